import { describe, expect, test } from 'vitest';
import type { NodeGroupRecord } from '../../../core/node-group/record.ts';
import { type Answer, type NodeGroupOutcome, unknownAmi } from '../../../core/outcome/answer.ts';
import { type Conclusion, conclude, concludeEarly } from '../../../core/outcome/conclude.ts';
import type { PlannedNodeGroup } from '../../../core/plan/plan-node-group.ts';
import { aPlannedNodeGroup, aRecord, imageOf, newest, versionOf, withAttempts } from '../builders.ts';

/** A node group that was planned, and the record of what became of it; null: it was never begun. */
type Ended = NodeGroupOutcome | 'gone' | 'died' | null;

const planOf = (nodeGroups: PlannedNodeGroup[]): Conclusion['plan'] => ({
  nodeGroups,
  waves: [nodeGroups.map((group) => group.name)],
  findings: [{ code: 'no-canary', level: 'warn', message: 'as it is' }],
});

const recordOf = (name: string, ended: Exclude<Ended, null>): NodeGroupRecord => {
  if (ended === 'died') return withAttempts(aRecord(name), 'forward');
  if (ended === 'gone') return aRecord(name, { outcome: 'Untouched', reason: 'is gone', isGone: true });
  return aRecord(name, { outcome: ended, reason: `why ${ended}` });
};

/** The answer about node groups that were planned and ended so, and others that the plan had settled already. */
const answerTo = (
  ended: Record<string, Ended>,
  given: Partial<Conclusion> = {},
  settled: PlannedNodeGroup[] = [],
): Answer =>
  conclude({
    rolloutId: 'rollout-9',
    clusterName: 'prod',
    wasEnded: false,
    plan: planOf([...Object.keys(ended).map((name) => aPlannedNodeGroup(name)), ...settled]),
    records: Object.entries(ended).flatMap(([name, how]) => (how === null ? [] : [recordOf(name, how)])),
    wasStopped: false,
    fault: null,
    endedBecause: null,
    ...given,
  });

const settledAs = (name: string, outcome: PlannedNodeGroup['outcome']): PlannedNodeGroup =>
  aPlannedNodeGroup(name, { outcome, reason: `is ${outcome} by plan`, target: null, to: unknownAmi });

describe('the outcome of a rollout', () => {
  test.each<{ title: string; answer: Answer; outcome: string }>([
    { title: 'where all were updated', answer: answerTo({ a: 'Updated', b: 'Updated' }), outcome: 'Succeeded' },
    {
      title: 'where all were updated beside those the plan left alone',
      answer: answerTo({ a: 'Updated' }, {}, [settledAs('b', 'UpToDate'), settledAs('c', 'Untouched')]),
      outcome: 'Succeeded',
    },
    { title: 'where one was rolled back', answer: answerTo({ a: 'Updated', b: 'RolledBack' }), outcome: 'RolledBack' },
    {
      title: 'where one was rolled back and the rest never begun',
      answer: answerTo({ a: 'RolledBack', b: 'Untouched', c: null }),
      outcome: 'RolledBack',
    },
    { title: 'where one is held', answer: answerTo({ a: 'RolledBack', b: 'Held' }), outcome: 'Held' },
    { title: 'where one has failed', answer: answerTo({ a: 'Failed', b: 'Held' }), outcome: 'Failed' },
    {
      title: 'where the plan refused one and the others were updated',
      answer: answerTo({ a: 'Updated' }, {}, [settledAs('b', 'Refused')]),
      outcome: 'Held',
    },
    {
      title: 'where the plan refused one and the others were never begun',
      answer: answerTo({ a: 'Untouched' }, {}, [settledAs('b', 'Refused')]),
      outcome: 'Refused',
    },
    {
      title: 'where the plan held one and the others were updated',
      answer: answerTo({ a: 'Updated' }, {}, [settledAs('b', 'Held')]),
      outcome: 'Held',
    },
    {
      title: 'where one was deleted midway and the others were updated',
      answer: answerTo({ a: 'Updated', b: 'gone' }),
      outcome: 'Succeeded',
    },
    { title: 'where the only one was deleted midway', answer: answerTo({ a: 'gone' }), outcome: 'UpToDate' },
    {
      title: 'where some are forward and others were never begun',
      answer: answerTo({ a: 'Updated', b: 'Untouched' }),
      outcome: 'Held',
    },
    {
      title: 'where some are forward and others have no record',
      answer: answerTo({ a: 'Updated', b: null }),
      outcome: 'Held',
    },
    {
      title: 'where something was to be done and nothing was begun',
      answer: answerTo({ a: 'Untouched', b: null }),
      outcome: 'Refused',
    },
    { title: 'where the executions of one died', answer: answerTo({ a: 'died' }), outcome: 'Held' },
    {
      title: 'that a fault ended before anything was changed',
      answer: answerTo({ a: null }, { fault: 'Lambda.TooManyRequestsException' }),
      outcome: 'Failed',
    },
    {
      title: 'that a fault ended before anything was changed, beside one the plan refused',
      answer: answerTo({ a: null }, { fault: 'Lambda.TooManyRequestsException' }, [settledAs('b', 'Refused')]),
      outcome: 'Failed',
    },
    {
      title: 'that a fault ended after something was changed',
      answer: answerTo({ a: 'Updated', b: null }, { fault: 'Lambda.TooManyRequestsException' }),
      outcome: 'Held',
    },
    {
      title: 'that a fault ended after everything was changed',
      answer: answerTo({ a: 'Updated' }, { fault: 'Lambda.TooManyRequestsException' }),
      outcome: 'Held',
    },
    {
      title: 'that a fault ended after one was rolled back',
      answer: answerTo({ a: 'RolledBack' }, { fault: 'Lambda.TooManyRequestsException' }),
      outcome: 'RolledBack',
    },
    {
      title: 'that was stopped before anything was begun',
      answer: answerTo({ a: null }, { wasStopped: true }),
      outcome: 'Refused',
    },
    {
      title: 'that was stopped before anything was settled',
      answer: answerTo({ a: 'Untouched' }, { wasStopped: true }),
      outcome: 'Refused',
    },
    {
      title: 'that was stopped in the middle',
      answer: answerTo({ a: 'Updated', b: 'Untouched' }, { wasStopped: true }),
      outcome: 'Held',
    },
    {
      title: 'that was stopped when all was done',
      answer: answerTo({ a: 'Updated' }, { wasStopped: true }),
      outcome: 'Succeeded',
    },
  ])('$title is $outcome', ({ answer, outcome }) => {
    expect(answer.outcome).toBe(outcome);
  });
});

describe('the answer', () => {
  test('names every node group of the plan once, in its order, with where it came from and where it went', () => {
    const answer = answerTo({ a: 'Updated', b: 'Untouched' }, {}, [settledAs('c', 'UpToDate')]);
    expect(answer.nodeGroups.map((group) => [group.name, group.outcome, group.reason])).toEqual([
      ['a', 'Updated', 'why Updated'],
      ['b', 'Untouched', 'why Untouched'],
      ['c', 'UpToDate', 'is UpToDate by plan'],
    ]);
    expect(answer.nodeGroups[0]).toMatchObject({
      kind: 'managed-custom-ami',
      from: { launchTemplateVersion: '3' },
      to: { imageId: imageOf(newest), releaseVersion: versionOf(newest), launchTemplateVersion: '4' },
    });
  });

  test('says of what has no record that it was not started', () => {
    expect(answerTo({ a: null }).nodeGroups).toEqual([
      expect.objectContaining({ outcome: 'Untouched', reason: 'was not started' }),
    ]);
  });

  test('says of what was recorded and never begun that it was not started', () => {
    expect(answerTo({}, { plan: planOf([aPlannedNodeGroup('a')]), records: [aRecord('a')] }).nodeGroups).toEqual([
      expect.objectContaining({ outcome: 'Untouched', reason: 'was not started' }),
    ]);
  });

  test('says of what was begun and never ended that nobody can tell', () => {
    expect(answerTo({ a: 'died' }).nodeGroups).toEqual([
      expect.objectContaining({
        outcome: 'Held',
        reason: 'its state could not be told: the executions that worked on it died',
      }),
    ]);
  });

  test('carries the plan’s waves and findings', () => {
    expect(answerTo({ a: 'Updated', b: 'Updated' }).plan).toEqual({
      waves: [['a', 'b']],
      findings: [{ code: 'no-canary', level: 'warn', message: 'as it is' }],
    });
  });
});

describe('the reason of a rollout', () => {
  const goOn =
    '. Nothing goes on by itself. To go on: eks-ami-rollout start prod --resume rollout-9 --reason WHY; to go back: eks-ami-rollout start prod --roll-back rollout-9 --reason WHY';

  test.each<{ title: string; answer: Answer; reason: string }>([
    {
      title: 'names what was updated, and to what',
      answer: answerTo({ a: 'Updated', b: 'Updated' }),
      reason: 'updated a, b to 1.33.4-20260810',
    },
    { title: 'says why one was rolled back', answer: answerTo({ a: 'RolledBack' }), reason: 'a: why RolledBack' },
    {
      title: 'tells the worst first',
      answer: answerTo({ a: 'RolledBack', b: 'Failed' }),
      reason: 'b: why Failed; a: why RolledBack',
    },
    {
      title: 'tells three',
      answer: answerTo({ a: 'RolledBack', b: 'RolledBack', c: 'RolledBack' }),
      reason: 'a: why RolledBack; b: why RolledBack; c: why RolledBack',
    },
    {
      title: 'tells three of four, and that there is one more',
      answer: answerTo({ a: 'RolledBack', b: 'RolledBack', c: 'RolledBack', d: 'RolledBack' }),
      reason: 'a: why RolledBack; b: why RolledBack; c: why RolledBack; and 1 more',
    },
    {
      title: 'tells three at most, and how many more',
      answer: answerTo({ a: 'RolledBack', b: 'RolledBack', c: 'RolledBack', d: 'RolledBack', e: 'RolledBack' }),
      reason: 'a: why RolledBack; b: why RolledBack; c: why RolledBack; and 2 more',
    },
    {
      title: 'of a held one names the commands to go on and to go back',
      answer: answerTo({ a: 'Held' }),
      reason: `a: why Held${goOn}`,
    },
    {
      title: 'begins with the fault',
      answer: answerTo({ a: 'Updated' }, { fault: 'Lambda.TooManyRequestsException' }),
      reason: `Lambda.TooManyRequestsException; updated a to 1.33.4-20260810${goOn}`,
    },
    {
      title: 'says that it was stopped',
      answer: answerTo({ a: 'Updated' }, { wasStopped: true }),
      reason: 'its execution was stopped from outside; updated a to 1.33.4-20260810',
    },
    { title: 'says that nothing was changed', answer: answerTo({}), reason: 'nothing was changed in prod' },
    { title: 'does not miss what was deleted', answer: answerTo({ a: 'gone' }), reason: 'nothing was changed in prod' },
    {
      title: 'does not miss what the plan left alone',
      answer: answerTo({}, {}, [settledAs('a', 'Untouched')]),
      reason: 'nothing was changed in prod',
    },
  ])('$title', ({ answer, reason }) => {
    expect(answer.reason).toBe(reason);
  });

  test('names what was never touched', () => {
    expect(answerTo({ a: 'Updated', b: null, c: null }).reason).toContain('never touched: b, c');
    expect(answerTo({ a: 'RolledBack', b: null }).reason).toBe('a: why RolledBack; never touched: b');
  });

  describe('says why no further wave was started', () => {
    const endedBecause = 'the andon switch is on (or cannot be read)';

    test('where nothing went wrong and something was left', () => {
      expect(answerTo({ a: 'Updated', b: null }, { endedBecause }).reason).toBe(
        `${endedBecause}; updated a to 1.33.4-20260810; never touched: b${goOn}`,
      );
    });

    test.each<{ title: string; answer: Answer }>([
      {
        title: 'where something went wrong: that is the reason',
        answer: answerTo({ a: 'RolledBack', b: null }, { endedBecause }),
      },
      { title: 'where nothing was left', answer: answerTo({ a: 'Updated' }, { endedBecause }) },
      {
        title: 'where a fault ended it',
        answer: answerTo({ a: 'Updated', b: null }, { endedBecause, fault: 'Timeout' }),
      },
      {
        title: 'where it was stopped from outside',
        answer: answerTo({ a: 'Updated', b: null }, { endedBecause, wasStopped: true }),
      },
    ])('but not $title', ({ answer }) => {
      expect(answer.reason).not.toContain(endedBecause);
    });
  });

  test.each([
    { reason: 'nodes never joined', told: 'a: nodes never joined' },
    { reason: 'a: nodes never joined', told: 'a: nodes never joined' },
    { reason: 'a was moved underneath', told: 'a was moved underneath' },
    { reason: 'api is gone', told: 'a: api is gone' },
  ])('names a node group once: "$reason" is told as "$told"', ({ reason, told }) => {
    const record = aRecord('a', { outcome: 'RolledBack', reason });
    expect(answerTo({}, { plan: planOf([aPlannedNodeGroup('a')]), records: [record] }).reason).toBe(told);
  });

  test('says once why it was never touched', () => {
    const untouched = answerTo({ a: 'Untouched', b: 'Untouched', c: null });
    expect(untouched.reason).toBe('never touched: a, b, c (why Untouched)');
  });

  test('names the image where the release has no version', () => {
    const record = aRecord('a', {
      outcome: 'Updated',
      to: { imageId: imageOf(newest), releaseVersion: null, launchTemplateVersion: '4' },
    });
    expect(answerTo({}, { plan: planOf([aPlannedNodeGroup('a')]), records: [record] }).reason).toBe(
      `updated a to ${imageOf(newest)}`,
    );
  });
});

describe('the answer of a rollout that ended before anything was planned', () => {
  test('is its outcome and reason, and nothing more', () => {
    const early = { outcome: 'Refused' as const, reason: 'why', rolloutId: 'rollout-9', clusterName: null };
    expect(concludeEarly(early)).toEqual({ ...early, nodeGroups: [], plan: { waves: [], findings: [] } });
  });

  test('carries its plan where there is one, as people may read it', () => {
    const answer = concludeEarly({
      outcome: 'Planned',
      reason: 'why',
      rolloutId: 'rollout-9',
      clusterName: 'prod',
      plan: planOf([aPlannedNodeGroup('a')]),
    });
    expect(answer.plan).toEqual({ waves: [['a']], findings: [expect.objectContaining({ code: 'no-canary' })] });
    expect(answer.nodeGroups.map((group) => Object.keys(group))).toEqual([
      ['name', 'kind', 'outcome', 'reason', 'from', 'to'],
    ]);
    expect(answer.nodeGroups[0]).toMatchObject({ name: 'a', outcome: 'Planned', to: { imageId: imageOf(newest) } });
  });
});
