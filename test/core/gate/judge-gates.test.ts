import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  failureLimit,
  type GatesQuestion,
  judgeGates,
  judgeInFlight,
  missingLimit,
} from '../../../core/gate/judge-gates.ts';
import type { Measurement } from '../../../core/gate/measurement.ts';
import type { Decision } from '../../../core/node-group/decision.ts';
import type { GateMemory } from '../../../core/node-group/record.ts';
import { hour, later, now } from '../builders.ts';

const healthy: Measurement = { kind: 'healthy', reason: '3 of 3 new nodes Ready' };
const unhealthy: Measurement = { kind: 'unhealthy', reason: '1 of 3 new nodes is not Ready' };
const starting: Measurement = { kind: 'starting', reason: 'i-1 has not joined' };
const missing: Measurement = { kind: 'missing', reason: 'connection refused' };
const nothing: Measurement = { kind: 'nothing-to-measure' };

const noMemory: GateMemory = { readings: 0, unhealthy: 0, missing: 0 };
const bakeTimeSeconds = 900;

/** What is asked, of one gate that has a memory. */
type Given = Partial<Omit<GatesQuestion, 'memory'>> & { memory?: GateMemory };
type GateDecision = Decision & { memory: GateMemory; hasPassed?: true };

/** The update ended `now`; the one gate is read so many seconds later. */
const judge = (measurement: Measurement, seconds = 0, { memory = noMemory, ...given }: Given = {}): GateDecision => {
  const decision = judgeGates({
    readings: [{ gate: 'nodes-ready', measurement }],
    dryRun: [],
    memory: { 'nodes-ready': memory },
    isCanary: true,
    updatedAt: now,
    bakeTimeSeconds,
    onFailure: 'rollBack',
    now: later(seconds),
    ...given,
  });
  return { ...decision, memory: decision.memory['nodes-ready'] ?? noMemory };
};

const inFlight = (measurement: Measurement, memory: GateMemory) => {
  const judged = judgeInFlight([{ gate: 'nodes-ready', measurement }], { 'nodes-ready': memory }, []);
  return { ...judged, memory: judged.memory['nodes-ready'] ?? noMemory };
};

/** The verdict in the words of DESIGN.md: Passed, Failed, Inconclusive, NothingToMeasure; Undecided: it is read on. */
const verdictOf = (decision: GateDecision): string => {
  if (decision.verdict !== undefined) return decision.verdict.verdict;
  if (decision.step.step === 'Bake') return 'Undecided';
  if (decision.step.step !== 'SettleNodeGroup' || decision.step.outcome !== 'Updated') return decision.step.step;
  return decision.step.reason.includes('nothing to measure') ? 'NothingToMeasure' : 'Passed';
};

/** One reading after another, each so many seconds after the update had ended, until something is decided. */
const judgeAll = (readings: readonly { measurement: Measurement; at: number }[], given: Given = {}) => {
  let memory = noMemory;
  for (const { measurement, at } of readings) {
    const decision = judge(measurement, at, { memory, ...given });
    if (verdictOf(decision) !== 'Undecided') return { verdict: verdictOf(decision), decision };
    memory = decision.memory;
  }
  return { verdict: 'Undecided', decision: undefined };
};

/** A minute apart. */
const minutely = (...measurements: Measurement[]) =>
  measurements.map((measurement, index) => ({ measurement, at: (index + 1) * 60 }));
const times = (count: number, measurement: Measurement): Measurement[] => Array(count).fill(measurement);

describe('a gate', () => {
  test.each<{ title: string; readings: { measurement: Measurement; at: number }[]; verdict: string }>([
    {
      title: 'that is healthy before the bake has ended is read on',
      readings: [{ measurement: healthy, at: 899 }],
      verdict: 'Undecided',
    },
    {
      title: 'that is healthy when the bake has ended has passed',
      readings: [{ measurement: healthy, at: 900 }],
      verdict: 'Passed',
    },
    {
      title: 'that was unhealthy twice and is healthy at the end has passed',
      readings: [...minutely(unhealthy, unhealthy, healthy), { measurement: healthy, at: 900 }],
      verdict: 'Passed',
    },
    {
      title: 'that is unhealthy the third time has failed',
      readings: minutely(...times(3, unhealthy)),
      verdict: 'Failed',
    },
    {
      title: 'that is unhealthy the third time has failed, however healthy in between',
      readings: minutely(unhealthy, healthy, healthy, unhealthy, healthy, unhealthy),
      verdict: 'Failed',
    },
    {
      title: 'that is unhealthy twice at the end of the bake is read on',
      readings: [
        { measurement: unhealthy, at: 900 },
        { measurement: unhealthy, at: 930 },
      ],
      verdict: 'Undecided',
    },
    { title: 'whose nodes start is read on', readings: minutely(...times(12, starting)), verdict: 'Undecided' },
    {
      title: 'whose nodes still start after the bake is read on',
      readings: [{ measurement: starting, at: 1_000 }],
      verdict: 'Undecided',
    },
    {
      title: 'that cannot be read four times is read on',
      readings: minutely(...times(4, missing)),
      verdict: 'Undecided',
    },
    {
      title: 'that cannot be read five times one after another is inconclusive',
      readings: minutely(...times(5, missing)),
      verdict: 'Inconclusive',
    },
    {
      title: 'that cannot be read now and then is read on',
      readings: minutely(...times(4, missing), healthy, ...times(4, missing), unhealthy, ...times(4, missing)),
      verdict: 'Undecided',
    },
    {
      title: 'that cannot be read when the bake has ended has not passed',
      readings: [{ measurement: missing, at: 900 }],
      verdict: 'Undecided',
    },
    {
      title: 'that has no healthy end two hours after the bake is inconclusive',
      readings: [{ measurement: starting, at: bakeTimeSeconds + 2 * hour }],
      verdict: 'Inconclusive',
    },
    {
      title: 'that has no healthy end a second before that is read on',
      readings: [{ measurement: starting, at: bakeTimeSeconds + 2 * hour - 1 }],
      verdict: 'Undecided',
    },
    {
      title: 'that is unhealthy for the first time two hours after the bake is inconclusive',
      readings: [{ measurement: unhealthy, at: bakeTimeSeconds + 2 * hour }],
      verdict: 'Inconclusive',
    },
    {
      title: 'without a new node has nothing to measure',
      readings: [{ measurement: nothing, at: 0 }],
      verdict: 'NothingToMeasure',
    },
  ])('$title: $verdict', ({ readings, verdict }) => {
    expect(judgeAll(readings).verdict).toBe(verdict);
  });

  test('that failed leads back where the policy says so', () => {
    expect(judge(unhealthy, 60, { memory: { readings: 2, unhealthy: 2, missing: 0 } })).toEqual({
      memory: { readings: 3, unhealthy: 3, missing: 0 },
      verdict: { verdict: 'Failed', reason: 'nodes-ready: 1 of 3 new nodes is not Ready' },
      step: { step: 'UpdateNodeGroup', direction: 'back', reason: 'nodes-ready: 1 of 3 new nodes is not Ready' },
    });
  });

  test('that failed stays for a person where the policy says hold', () => {
    const decision = judge(unhealthy, 60, { memory: { readings: 2, unhealthy: 2, missing: 0 }, onFailure: 'hold' });
    expect(decision).toMatchObject({ verdict: { verdict: 'Failed' }, step: { outcome: 'Held' } });
  });

  test('that is inconclusive stays on the new AMI for a person, whatever the policy says', () => {
    for (const onFailure of ['rollBack', 'rollBackAll', 'hold'] as const) {
      expect(judge(missing, 60, { memory: { readings: 4, unhealthy: 0, missing: 4 }, onFailure })).toMatchObject({
        verdict: { verdict: 'Inconclusive', reason: 'nodes-ready: could not be read 5 times: connection refused' },
        step: {
          step: 'SettleNodeGroup',
          outcome: 'Held',
          reason:
            'nodes-ready: could not be read 5 times: connection refused; it stays on the new AMI until a person decides',
        },
      });
    }
  });

  test('that has no healthy end says how long it was read after the bake', () => {
    expect(judge(starting, bakeTimeSeconds + 2 * hour + 600).verdict?.reason).toBe(
      'nodes-ready: no healthy end 2 h 10 min after the bake: i-1 has not joined',
    );
  });

  test('that passed says for how long', () => {
    expect(judge(healthy, 905).step).toMatchObject({
      outcome: 'Updated',
      reason: 'nodes-ready: 3 of 3 new nodes Ready throughout 15 min 5 s of bake',
    });
  });

  test('that passed proves its release; one without nodes, or that still bakes, does not', () => {
    expect(judge(healthy, 905).hasPassed).toBe(true);
    expect(judge(nothing).hasPassed).toBeUndefined();
    expect(judge(healthy, 60).hasPassed).toBeUndefined();
  });

  test('with nothing to measure says so', () => {
    expect(judge(nothing).step).toMatchObject({
      outcome: 'Updated',
      reason: 'is updated; it has no nodes, so its gates had nothing to measure',
    });
  });

  test('counts its readings: all, the unhealthy ones, and the missing ones one after another', () => {
    let memory = noMemory;
    for (const measurement of [missing, missing, unhealthy, missing, healthy, starting, unhealthy, missing]) {
      memory = judge(measurement, 60, { memory }).memory;
    }
    expect(memory).toEqual({ readings: 8, unhealthy: 2, missing: 1 });
  });

  test('passes without a bake as soon as it is healthy', () => {
    expect(verdictOf(judge(healthy, 0, { bakeTimeSeconds: 0 }))).toBe('Passed');
  });
});

describe('while it bakes', () => {
  test.each([
    { at: 0, next: 30 },
    { at: 60, next: 30 },
    { at: 300, next: 100 },
    { at: 600, next: 200 },
    { at: 890, next: 10 },
    { at: 899.5, next: 1 },
  ])('a healthy gate is read again $next seconds after the one of second $at', ({ at, next }) => {
    expect(judge(healthy, at).step).toMatchObject({ step: 'Bake', seconds: next });
  });

  test('it is read every five minutes at least', () => {
    expect(judge(healthy, 3 * hour, { bakeTimeSeconds: 6 * hour }).step).toMatchObject({ seconds: 300 });
  });

  test.each([
    { kind: 'starting', measurement: starting },
    { kind: 'unhealthy', measurement: unhealthy },
    { kind: 'missing', measurement: missing },
  ])('a gate that is $kind is read again in half a minute', ({ measurement }) => {
    expect(judge(measurement, 600).step).toMatchObject({
      step: 'Bake',
      seconds: 30,
      reason: `nodes-ready: ${'reason' in measurement ? measurement.reason : ''}; it is read again`,
    });
  });

  test('it says how long it bakes yet', () => {
    expect(judge(healthy, 300).step).toMatchObject({
      reason: 'nodes-ready: 3 of 3 new nodes Ready; bakes for 10 min more',
    });
  });
});

describe('of any readings', () => {
  const measurements = fc.constantFrom(healthy, unhealthy, starting, missing, nothing);
  const sequences = fc
    .array(fc.tuple(measurements, fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 30 })
    .map((steps) => {
      let at = 0;
      return steps.map(([measurement, seconds]) => {
        at += seconds;
        return { measurement, at };
      });
    });

  test('a missing one in between never makes a gate pass', () => {
    fc.assert(
      fc.property(sequences, fc.nat(), (readings, place) => {
        const index = place % (readings.length + 1);
        const at = readings[index]?.at ?? readings.at(-1)?.at ?? 0;
        const more = [...readings.slice(0, index), { measurement: missing, at }, ...readings.slice(index)];
        if (judgeAll(more).verdict === 'Passed') expect(judgeAll(readings).verdict).toBe('Passed');
      }),
      { numRuns: 500 },
    );
  });

  test('missing ones alone never make a gate pass or fail', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(lengths, (steps) => {
        let at = 0;
        const readings = steps.map((seconds) => {
          at += seconds;
          return { measurement: missing, at };
        });
        expect(['Undecided', 'Inconclusive']).toContain(judgeAll(readings).verdict);
      }),
    );
  });

  test('a missing one in place of any other never makes a gate fail', () => {
    fc.assert(
      fc.property(sequences, fc.nat(), (readings, place) => {
        const index = place % readings.length;
        const less = readings.map((each, i) => (i === index ? { ...each, measurement: missing } : each));
        if (readings[index]?.measurement.kind === 'nothing-to-measure') return;
        if (readings[index]?.measurement === healthy && judgeAll(readings).verdict === 'Passed') return;
        if (judgeAll(less).verdict === 'Failed') expect(judgeAll(readings).verdict).toBe('Failed');
      }),
      { numRuns: 500 },
    );
  });

  test('a gate passes only on a healthy reading at or after the end of the bake', () => {
    fc.assert(
      fc.property(sequences, (readings) => {
        if (judgeAll(readings).verdict !== 'Passed') return;
        const decisive = readings.find(({ measurement, at }) => measurement === healthy && at >= bakeTimeSeconds);
        expect(decisive).toBeDefined();
      }),
    );
  });

  test('a gate fails only with more unhealthy readings than are tolerated', () => {
    fc.assert(
      fc.property(sequences, (readings) => {
        if (judgeAll(readings).verdict !== 'Failed') return;
        const count = readings.filter(({ measurement }) => measurement === unhealthy).length;
        expect(count).toBeGreaterThan(failureLimit);
      }),
    );
  });

  test('who waits for the next one waits at least a second, five minutes at most', () => {
    fc.assert(
      fc.property(
        measurements,
        fc.integer({ min: 0, max: 4 * hour }),
        fc.integer({ min: 0, max: 4 * hour }),
        (measurement, at, bake) => {
          const { step } = judge(measurement, at, { bakeTimeSeconds: bake });
          if (step.step !== 'Bake') return;
          expect(step.seconds).toBeGreaterThanOrEqual(1);
          expect(step.seconds).toBeLessThanOrEqual(300);
        },
      ),
    );
  });

  test('every gate comes to an end', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.constantFrom(healthy, unhealthy, starting, missing)), (stream) => {
        let memory = noMemory;
        let at = 0;
        for (const measurement of stream) {
          const { step, memory: next } = judge(measurement, at, { memory });
          if (step.step !== 'Bake') return;
          memory = next;
          at += step.seconds;
          expect(at).toBeLessThan(bakeTimeSeconds + 2 * hour + 300);
        }
      }),
    );
  });

  test('the limits are those of the documentation', () => {
    expect({ failureLimit, missingLimit }).toEqual({ failureLimit: 2, missingLimit: 4 });
  });
});

describe('a gate that is read while the update runs', () => {
  const twice = { readings: 2, unhealthy: 2, missing: 0 };

  test('fails at the third unhealthy reading, and says when', () => {
    expect(inFlight(unhealthy, { ...twice, unhealthy: 1 }).verdict).toBeUndefined();
    expect(inFlight(unhealthy, twice)).toEqual({
      memory: { readings: 3, unhealthy: 3, missing: 0 },
      verdict: { verdict: 'Failed', reason: 'nodes-ready: 1 of 3 new nodes is not Ready, while the update ran' },
    });
  });

  test.each([
    { kind: 'healthy', measurement: healthy },
    { kind: 'starting', measurement: starting },
    { kind: 'missing', measurement: missing },
    { kind: 'nothing to measure', measurement: nothing },
  ])('never fails on a reading that is $kind, whatever came before', ({ measurement }) => {
    expect(inFlight(measurement, { readings: 9, unhealthy: 9, missing: 9 }).verdict).toBeUndefined();
  });

  test('leaves its count to the gate after the update', () => {
    const { memory } = inFlight(unhealthy, { ...noMemory, unhealthy: 1 });
    expect(verdictOf(judge(unhealthy, 60, { memory }))).toBe('Failed');
  });
});

describe('several gates', () => {
  const doubtful: Measurement = { kind: 'doubtful', reason: '1 of 1 pods crashes' };
  const abstains: Measurement = { kind: 'abstains', reason: 'no pod to compare' };
  const judgeMany = (pods: Measurement, seconds: number, given: Partial<GatesQuestion> = {}) =>
    judgeGates({
      readings: [
        { gate: 'nodes-ready', measurement: healthy },
        { gate: 'pods-running', measurement: pods },
      ],
      dryRun: [],
      memory: {},
      isCanary: true,
      updatedAt: now,
      bakeTimeSeconds,
      onFailure: 'rollBack',
      now: later(seconds),
      ...given,
    });
  const unhealthyTwice = { 'pods-running': { readings: 2, unhealthy: 2, missing: 0 } };

  test('pass together, and each says why', () => {
    expect(judgeMany({ kind: 'healthy', reason: '9 pods' }, 900).step).toEqual({
      step: 'SettleNodeGroup',
      outcome: 'Updated',
      reason: 'nodes-ready: 3 of 3 new nodes Ready; pods-running: 9 pods, throughout 15 min of bake',
    });
  });

  test('fail when one fails, whatever the others say', () => {
    expect(judgeMany(unhealthy, 60, { memory: unhealthyTwice }).verdict).toEqual({
      verdict: 'Failed',
      reason: 'pods-running: 1 of 3 new nodes is not Ready',
    });
  });

  test('one that failed is graver than one that cannot be read', () => {
    const readings = [
      { gate: 'nodes-ready', measurement: missing },
      { gate: 'pods-running', measurement: unhealthy },
    ];
    const memory = { ...unhealthyTwice, 'nodes-ready': { readings: 9, unhealthy: 0, missing: 9 } };
    expect(judgeMany(healthy, 60, { readings, memory }).verdict?.verdict).toBe('Failed');
  });

  test('each has a memory of its own', () => {
    const { memory } = judgeMany(unhealthy, 60, { memory: unhealthyTwice });
    expect(memory).toEqual({
      'nodes-ready': { readings: 1, unhealthy: 0, missing: 0 },
      'pods-running': { readings: 3, unhealthy: 3, missing: 0 },
    });
  });

  test('one that abstains does not stand in the way, and is listed', () => {
    expect(judgeMany(abstains, 900, { isCanary: false }).step).toMatchObject({
      outcome: 'Updated',
      reason: expect.stringContaining('pods-running abstains (no pod to compare)'),
    });
  });

  test('of the first wave need one beside the first that could tell something', () => {
    expect(judgeMany(abstains, 899).step.step).toBe('Bake');
    expect(judgeMany(abstains, 900)).toMatchObject({
      verdict: { verdict: 'Inconclusive', reason: expect.stringContaining('too little for the first wave') },
      step: { outcome: 'Held' },
    });
  });

  test('a doubt is read again until ten minutes after the bake, and then put before a person', () => {
    expect(judgeMany(doubtful, bakeTimeSeconds + 599).step).toMatchObject({ step: 'Bake', seconds: 30 });
    expect(judgeMany(doubtful, bakeTimeSeconds + 600)).toMatchObject({
      verdict: {
        verdict: 'Inconclusive',
        reason: 'pods-running: no healthy end 10 min after the bake: 1 of 1 pods crashes',
      },
      step: { outcome: 'Held' },
    });
  });

  test('have nothing to measure where there is no node', () => {
    const readings = [
      { gate: 'nodes-ready', measurement: nothing },
      { gate: 'pods-running', measurement: abstains },
    ];
    expect(judgeMany(healthy, 0, { readings }).step).toMatchObject({ outcome: 'Updated' });
  });

  describe('in dry run', () => {
    const dryRun = ['pods-running'];
    const thrice = { 'pods-running': { readings: 5, unhealthy: 3, missing: 0 } };
    const silent = { 'pods-running': { readings: 9, unhealthy: 0, missing: 6 } };

    test.each<[string, Measurement, GatesQuestion['memory'], string]>([
      ['healthy', healthy, {}, 'in dry run pods-running: '],
      ['unhealthy', unhealthy, thrice, 'in dry run pods-running would have failed, unhealthy at 4 of 6 readings ('],
      ['missing', missing, silent, 'in dry run pods-running would have been undecided ('],
      ['doubtful', doubtful, {}, 'in dry run pods-running: 1 of 1 pods crashes'],
    ])('one that is %s decides nothing, and says what it would have done', (_, measurement, memory, says) => {
      const decision = judgeMany(measurement, 900, { dryRun, memory, isCanary: false });
      expect(decision).toMatchObject({
        hasPassed: true,
        step: { outcome: 'Updated', reason: expect.stringContaining(says) },
      });
    });

    test('one that fails while the update runs decides nothing either', () => {
      const readings = [{ gate: 'pods-running', measurement: unhealthy }];
      const judged = judgeInFlight(readings, thrice, dryRun);
      expect(judged.verdict).toBeUndefined();
      expect(judged.memory['pods-running']?.unhealthy).toBe(4);
    });

    test('one cannot tell enough for the first wave', () => {
      const readings = [
        { gate: 'nodes-ready', measurement: healthy },
        { gate: 'allocatable-kept', measurement: abstains },
        { gate: 'pods-running', measurement: healthy },
      ];
      expect(judgeMany(healthy, 900, { readings, dryRun }).step).toMatchObject({ outcome: 'Held' });
    });
  });

  test('while the update runs only what is unhealthy is remembered, and the first that failed is told', () => {
    const readings = [
      { gate: 'nodes-ready', measurement: missing },
      { gate: 'pods-running', measurement: unhealthy },
    ];
    expect(judgeInFlight(readings, unhealthyTwice, [])).toEqual({
      memory: { 'pods-running': { readings: 3, unhealthy: 3, missing: 0 } },
      verdict: { verdict: 'Failed', reason: 'pods-running: 1 of 3 new nodes is not Ready, while the update ran' },
    });
  });
});
