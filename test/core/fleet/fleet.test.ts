import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterRing,
  clusterExecutionName,
  type FleetNext,
  type FleetRecord,
  orderRings,
  type RingMembers,
  type RingOutcome,
  refusedFleet,
  restOfRing,
  ringOutcome,
} from '../../../core/fleet/fleet.ts';
import { type ClusterOutcome, clusterOutcomes, endsWell } from '../../../core/outcome/answer.ts';

const ring = (name: string, after?: string): RingMembers => ({
  name,
  ...(after === undefined ? {} : { after }),
  maxConcurrentClusters: 5,
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

/** Rings of one cluster each. Each takes only what passed in the one before, unless `free` says otherwise. */
const aFleet = (
  rings: Record<string, RingOutcome | null>,
  { outcomes = {}, free = [] }: { outcomes?: FleetRecord['outcomes']; free?: readonly string[] } = {},
): FleetRecord => ({
  rolloutId: 'fleet-1',
  startedBy: 'schedule',
  dryRun: false,
  reason: null,
  rings: Object.entries(rings).map(([name, outcome], index, all) => ({
    name,
    after: free.includes(name) ? null : (all[index - 1]?.[0] ?? null),
    maxConcurrentClusters: 5,
    clusters: [`${name}-1`],
    outcome,
  })),
  outcomes,
});

const starts = (ring: number, ...clusters: string[]) => ({ step: 'StartBatch', ring, first: 0, clusters });

describe('a fleet', () => {
  test('begins with its first ring', () => {
    expect(afterRing(aFleet({ dev: null, prod: null }))).toEqual(starts(0, 'dev-1'));
  });

  test('goes on with the next ring when the ring before has passed', () => {
    expect(afterRing(aFleet({ dev: 'Succeeded', prod: null }))).toEqual(starts(1, 'prod-1'));
  });

  test('goes on with a ring that takes only what passed in the one before, if something did', () => {
    const outcomes = { 'dev-1': 'Succeeded', 'dev-2': 'RolledBack' } as const;
    expect(afterRing(aFleet({ dev: 'Incomplete', prod: null }, { outcomes }))).toEqual(starts(1, 'prod-1'));
    const nothing = { 'dev-1': 'RolledBack' } as const;
    expect(afterRing(aFleet({ dev: 'Incomplete', prod: null }, { outcomes: nothing }))).toMatchObject({
      step: 'FinishFleet',
      answer: { outcome: 'Incomplete', reason: '1 RolledBack; ring dev did not pass, so ring prod was not started' },
    });
  });

  test('starts no ring that waits for none by name once one before it did not pass', () => {
    const fleet = aFleet(
      { dev: 'Incomplete', edge: null, prod: null },
      { outcomes: { 'dev-1': 'Succeeded', b: 'RolledBack', c: null }, free: ['edge', 'prod'] },
    );
    expect(afterRing(fleet)).toEqual({
      step: 'FinishFleet',
      answer: {
        outcome: 'Incomplete',
        reason: '1 Succeeded, 1 RolledBack, 1 Unknown; ring dev did not pass, so ring edge, prod was not started',
        rolloutId: 'fleet-1',
        counts: { Succeeded: 1, RolledBack: 1, Unknown: 1 },
        rings: [
          { name: 'dev', outcome: 'Incomplete' },
          { name: 'edge', outcome: 'NotStarted' },
          { name: 'prod', outcome: 'NotStarted' },
        ],
      },
    });
  });

  test('has succeeded when every ring has passed', () => {
    const outcomes = { a: 'Succeeded', b: 'UpToDate', c: 'Succeeded' } as const;
    const fleet = aFleet({ dev: 'Succeeded', prod: 'Succeeded' }, { outcomes });
    expect(afterRing(fleet)).toMatchObject({
      answer: { outcome: 'Succeeded', reason: '2 Succeeded, 1 UpToDate', counts: { Succeeded: 2, UpToDate: 1 } },
    });
  });

  test('without a cluster to update has succeeded', () => {
    expect(afterRing(aFleet({}))).toMatchObject({
      answer: { outcome: 'Succeeded', reason: 'no cluster wants a rollout', counts: {}, rings: [] },
    });
  });

  test('takes its rings in order, each once, and after one that did not pass only those that rest on one in which something did', () => {
    const outcome = fc.constantFrom<RingOutcome>('Succeeded', 'Incomplete');
    const rings = fc.array(fc.record({ ends: outcome, isFree: fc.boolean(), isPartial: fc.boolean() }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(rings, (listed) => {
        const names = listed.map((_, index) => `ring-${index}`);
        let fleet = aFleet(Object.fromEntries(names.map((name) => [name, null])), {
          free: names.filter((_, index) => index === 0 || listed[index]?.isFree),
        });
        const started: number[] = [];
        for (let next = afterRing(fleet); next.step === 'StartBatch'; next = afterRing(fleet)) {
          const { ring: index } = next;
          started.push(index);
          const { ends = null, isPartial } = listed[index] ?? {};
          const word = ends === 'Succeeded' || isPartial ? 'Succeeded' : 'RolledBack';
          fleet = {
            ...fleet,
            outcomes: { ...fleet.outcomes, [`ring-${index}-1`]: word },
            rings: fleet.rings.map((each, at) => (at === index ? { ...each, outcome: ends } : each)),
          };
        }
        const firstBad = listed.findIndex(({ ends }) => ends === 'Incomplete');
        const expected: number[] = [];
        for (const [index, { isFree }] of listed.entries()) {
          const before = listed[index - 1];
          const isBacked =
            !isFree && expected.includes(index - 1) && (before?.ends === 'Succeeded' || before?.isPartial === true);
          if (firstBad === -1 || index <= firstBad || isBacked) expected.push(index);
        }
        expect(started).toEqual(expected);
      }),
    );
  });

  test('hands over a ring of any size in parts of at most 500, each cluster once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1700 }), (size) => {
        const clusters = Array.from({ length: size }, (_, index) => `c${index}`);
        const { rings, ...fleet } = aFleet({ dev: null });
        const record = { ...fleet, rings: rings.map((each) => ({ ...each, clusters })) };
        const handed: string[] = [];
        for (
          let next: FleetNext | null = afterRing(record);
          next?.step === 'StartBatch';
          next = restOfRing(record, next)
        ) {
          expect(next.clusters.length).toBeLessThanOrEqual(500);
          handed.push(...next.clusters);
        }
        expect(handed).toEqual(clusters);
      }),
    );
  });

  test('of 500 clusters with the longest names fits into a state of 256 KiB', () => {
    // 100 characters (EKS API reference, CreateCluster), 80 of an execution's name.
    const clusters = Array.from({ length: 500 }, () => ({
      executionName: 'e'.repeat(80),
      clusterName: 'c'.repeat(100),
    }));
    expect(Buffer.byteLength(JSON.stringify({ clusters }))).toBeLessThan(128 * 1024);
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
