import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterRing,
  clusterExecutionName,
  type FleetRecord,
  orderRings,
  type RingMembers,
  type RingOutcome,
  refusedFleet,
  ringOutcome,
} from '../../../core/fleet/fleet.ts';
import { type ClusterOutcome, clusterOutcomes, endsWell } from '../../../core/outcome/answer.ts';

const ring = (name: string, after?: string): RingMembers => ({
  name,
  ...(after === undefined ? {} : { after }),
  clusters: [],
});
const namesOf = (rings: readonly { name: string }[]): string => rings.map((each) => each.name).join(' ');

describe('rings', () => {
  test.each([
    { title: 'that wait for none go as they are listed', rings: [ring('b'), ring('a')], order: 'b a' },
    { title: 'that wait go after the one they name', rings: [ring('prod', 'dev'), ring('dev')], order: 'dev prod' },
    {
      title: 'that wait for one that waits go last',
      rings: [ring('prod', 'staging'), ring('staging', 'dev'), ring('dev')],
      order: 'dev staging prod',
    },
    {
      title: 'that wait for one go as they are listed',
      rings: [ring('b', 'dev'), ring('a', 'dev'), ring('dev')],
      order: 'dev b a',
    },
    {
      title: 'that wait for one that is not asked for go as they are listed',
      rings: [ring('prod', 'dev'), ring('edge')],
      order: 'prod edge',
    },
    { title: 'that are none are none', rings: [], order: '' },
  ])('$title', ({ rings, order }) => {
    expect(namesOf(orderRings(rings))).toBe(order);
  });

  test('in any number come each once, and each after the one it names', () => {
    const names = [...'abcdefg'];
    const rings = fc
      .tuple(
        fc.shuffledSubarray(names, { minLength: 1 }),
        fc.array(fc.option(fc.nat({ max: 6 })), { minLength: 7, maxLength: 7 }),
      )
      // A ring names one that comes later in a shuffled list, so there is no circle.
      .map(([shuffled, afters]) =>
        shuffled.map((name, index) => {
          const after = shuffled[index + 1 + (afters[index] ?? 9)];
          return ring(name, after);
        }),
      );
    fc.assert(
      fc.property(rings, (listed) => {
        const ordered = orderRings(listed);
        expect(ordered.map((each) => each.name).sort()).toEqual(listed.map((each) => each.name).sort());
        for (const [index, each] of ordered.entries()) {
          if (each.after === undefined) continue;
          expect(ordered.findIndex((other) => other.name === each.after)).toBeLessThan(index);
        }
      }),
    );
  });
});

describe('a ring', () => {
  test.each<{ outcomes: Record<string, ClusterOutcome | null>; is: RingOutcome }>([
    { outcomes: { a: 'Succeeded', b: 'UpToDate' }, is: 'Succeeded' },
    { outcomes: { a: 'Planned', b: 'Planned' }, is: 'Succeeded' },
    { outcomes: { a: 'Succeeded', b: 'Held' }, is: 'Incomplete' },
    { outcomes: { a: 'Succeeded', b: 'RolledBack' }, is: 'Incomplete' },
    { outcomes: { a: 'Refused', b: 'Succeeded' }, is: 'Incomplete' },
    { outcomes: { a: 'Failed', b: 'Succeeded' }, is: 'Incomplete' },
    { outcomes: { a: 'Succeeded', b: null }, is: 'Incomplete' },
    { outcomes: { a: 'Succeeded' }, is: 'Incomplete' },
    { outcomes: { a: 'Succeeded', b: 'UpToDate', other: 'Failed' }, is: 'Succeeded' },
  ])('of a and b that ended $outcomes is $is', ({ outcomes, is }) => {
    expect(ringOutcome({ clusters: ['a', 'b'] }, outcomes)).toBe(is);
  });

  test('without clusters has succeeded', () => {
    expect(ringOutcome({ clusters: [] }, {})).toBe('Succeeded');
  });

  test('has succeeded exactly with clusters whose executions end well', () => {
    for (const outcome of clusterOutcomes) {
      expect(ringOutcome({ clusters: ['a'] }, { a: outcome }) === 'Succeeded').toBe(endsWell(outcome));
    }
  });
});

const aFleet = (rings: Record<string, RingOutcome | null>, outcomes: FleetRecord['outcomes'] = {}): FleetRecord => ({
  rolloutId: 'fleet-1',
  startedBy: 'schedule',
  dryRun: false,
  reason: null,
  rings: Object.entries(rings).map(([name, outcome]) => ({ name, clusters: [], outcome })),
  outcomes,
});

describe('a fleet', () => {
  test('begins with its first ring', () => {
    expect(afterRing(aFleet({ dev: null, prod: null }))).toEqual({ step: 'StartRing', ring: 0 });
  });

  test('goes on with the next ring when the ring before has passed', () => {
    expect(afterRing(aFleet({ dev: 'Succeeded', prod: null }))).toEqual({ step: 'StartRing', ring: 1 });
  });

  test('starts no later ring when one has not passed', () => {
    const fleet = aFleet(
      { dev: 'Incomplete', staging: null, prod: null },
      { a: 'Succeeded', b: 'RolledBack', c: null },
    );
    expect(afterRing(fleet)).toEqual({
      step: 'FinishFleet',
      answer: {
        outcome: 'Incomplete',
        reason: '1 Succeeded, 1 RolledBack, 1 Unknown; ring dev did not pass, so no later ring was started',
        rolloutId: 'fleet-1',
        counts: { Succeeded: 1, RolledBack: 1, Unknown: 1 },
        rings: [
          { name: 'dev', outcome: 'Incomplete' },
          { name: 'staging', outcome: 'NotStarted' },
          { name: 'prod', outcome: 'NotStarted' },
        ],
      },
    });
  });

  test('has succeeded when every ring has passed', () => {
    const fleet = aFleet({ dev: 'Succeeded', prod: 'Succeeded' }, { a: 'Succeeded', b: 'UpToDate', c: 'Succeeded' });
    expect(afterRing(fleet)).toMatchObject({
      answer: { outcome: 'Succeeded', reason: '2 Succeeded, 1 UpToDate', counts: { Succeeded: 2, UpToDate: 1 } },
    });
  });

  test('without a cluster to update has succeeded', () => {
    expect(afterRing(aFleet({}))).toMatchObject({
      answer: { outcome: 'Succeeded', reason: 'no cluster wants a rollout', counts: {}, rings: [] },
    });
  });

  test('takes its rings one after another, and none after one that did not pass', () => {
    const outcomes = fc.array(fc.constantFrom<RingOutcome>('Succeeded', 'Incomplete'), { maxLength: 6 });
    fc.assert(
      fc.property(outcomes, (ends) => {
        let fleet = aFleet(Object.fromEntries(ends.map((_, index) => [`ring-${index}`, null])));
        const started: number[] = [];
        for (let next = afterRing(fleet); next.step === 'StartRing'; next = afterRing(fleet)) {
          const { ring: index } = next;
          started.push(index);
          fleet = {
            ...fleet,
            rings: fleet.rings.map((each, at) => (at === index ? { ...each, outcome: ends[index] ?? null } : each)),
          };
        }
        const firstBad = ends.indexOf('Incomplete');
        const count = firstBad === -1 ? ends.length : firstBad + 1;
        expect(started).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
    );
  });

  test('that is refused started nothing, and says every mistake', () => {
    expect(refusedFleet('fleet-1', ['rings: is empty', 'unknown key "ring"'])).toEqual({
      outcome: 'Incomplete',
      reason: 'refused: rings: is empty; unknown key "ring"',
      rolloutId: 'fleet-1',
      counts: {},
      rings: [],
    });
  });
});

describe('the name of a cluster’s execution in a fleet', () => {
  test('is the same whenever it is asked for', () => {
    expect(clusterExecutionName('fleet-1', 'prod')).toBe(clusterExecutionName('fleet-1', 'prod'));
    expect(clusterExecutionName('fleet-1', 'prod')).toMatch(/^prod-[0-9a-f]{12}$/);
  });

  test('differs by fleet and by cluster, also by long names that begin alike', () => {
    const long = 'c'.repeat(99);
    expect(clusterExecutionName('fleet-2', 'prod')).not.toBe(clusterExecutionName('fleet-1', 'prod'));
    expect(clusterExecutionName('fleet-1', `${long}a`)).not.toBe(clusterExecutionName('fleet-1', `${long}b`));
  });

  test('has only the length and the characters that Step Functions allows', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_.-]{1,80}$/),
        fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/),
        (fleet, cluster) => {
          expect(clusterExecutionName(fleet, cluster)).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
        },
      ),
    );
  });
});
