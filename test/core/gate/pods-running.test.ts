import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Baseline, enoughLooks, mergeBaselines, takeBaseline } from '../../../core/gate/baseline.ts';
import type { Measurement } from '../../../core/gate/measurement.ts';
import { measurePodsRunning } from '../../../core/gate/pods-running.ts';
import type { WorkloadPod } from '../../../core/gate/workload-pod.ts';
import { aContainer, ago, aNode, aPod, now } from '../builders.ts';

const crashing = { containers: [aContainer({ waiting: 'CrashLoopBackOff' })] };
const starting = {
  isReady: false,
  readySince: null,
  scheduledAt: ago(30),
  containers: [aContainer({ hasStarted: false })],
};

let made = 0;
/** So many pods of a Deployment on a node. */
const pods = (count: number, workload: string, node: string, given: Partial<WorkloadPod> = {}): WorkloadPod[] =>
  Array.from({ length: count }, () => {
    made += 1;
    return aPod(`${workload}-${made}`, {
      controller: { kind: 'ReplicaSet', name: `${workload}-6d4cf56db6` },
      node,
      ...given,
    });
  });

const measure = (all: WorkloadPod[][], baseline: Baseline | null = null): Measurement =>
  measurePodsRunning(
    {
      pods: all.flat(),
      fresh: new Set(['new', 'new-2']),
      old: new Set(['old']),
      untouched: new Set(['other']),
      baseline,
    },
    now,
  );

/** The cluster as it was, seen from the node group whose node is `old`. */
const wasBefore = (...all: WorkloadPod[][]): Baseline => takeBaseline(all.flat(), [aNode('i-1', { name: 'old' })], now);

describe('pods of a workload on new nodes', () => {
  test.each<[string, WorkloadPod[][], Baseline | null, Measurement['kind']]>([
    ['that run as elsewhere', [pods(3, 'web', 'new'), pods(3, 'web', 'old')], null, 'healthy'],
    [
      'of which two crash, and none on old nodes',
      [pods(2, 'web', 'new', crashing), pods(3, 'web', 'old')],
      null,
      'unhealthy',
    ],
    [
      'of which two crash, and none on other groups',
      [pods(2, 'web', 'new', crashing), pods(3, 'web', 'other')],
      null,
      'unhealthy',
    ],
    [
      'of which two crash, and none did before',
      [pods(2, 'web', 'new', crashing)],
      wasBefore(pods(3, 'web', 'old')),
      'unhealthy',
    ],
    [
      'that crash on old nodes as well',
      [pods(2, 'web', 'new', crashing), pods(2, 'web', 'old', crashing)],
      null,
      'healthy',
    ],
    [
      'of which one crashes, and one of two elsewhere as well',
      [pods(1, 'web', 'new', crashing), pods(1, 'web', 'other', crashing), pods(1, 'web', 'other')],
      null,
      'healthy',
    ],
    [
      'of which one crashes, and none elsewhere',
      [pods(1, 'web', 'new', crashing), pods(2, 'web', 'other')],
      null,
      'doubtful',
    ],
    ['that crashed before', [pods(2, 'web', 'new', crashing)], wasBefore(pods(3, 'web', 'old', crashing)), 'healthy'],
    [
      'where those that crashed before have come together',
      [pods(2, 'web', 'new', crashing), pods(1, 'web', 'old')],
      wasBefore(pods(2, 'web', 'old', crashing), pods(1, 'web', 'old')),
      'healthy',
    ],
    [
      'where one more crashes than those that did before',
      [pods(3, 'web', 'new', crashing)],
      wasBefore(pods(2, 'web', 'old', crashing), pods(1, 'web', 'old')),
      'unhealthy',
    ],
    [
      'of which one crashes: too few to tell',
      [pods(1, 'web', 'new', crashing), pods(3, 'web', 'old')],
      null,
      'doubtful',
    ],
    [
      'of two workloads, one pod each',
      [pods(1, 'web', 'new', crashing), pods(1, 'api', 'new', crashing), pods(3, 'web', 'old'), pods(3, 'api', 'old')],
      null,
      'unhealthy',
    ],
    [
      'of which few of many crash',
      [pods(2, 'web', 'new', crashing), pods(8, 'web', 'new'), pods(9, 'web', 'old')],
      null,
      'healthy',
    ],
    ['that nobody knew before', [pods(3, 'web', 'new', crashing)], null, 'abstains'],
    [
      'that all start: nothing is known yet',
      [pods(3, 'web', 'new', starting), pods(3, 'web', 'old')],
      null,
      'abstains',
    ],
    ['that are not there', [pods(3, 'web', 'old')], null, 'abstains'],
    ['that nothing controls', [pods(3, 'web', 'new', { ...crashing, controller: null })], null, 'abstains'],
    ['on a node of nobody', [pods(3, 'web', 'elsewhere', crashing)], null, 'abstains'],
    [
      'that fall sick while as many fall sick elsewhere',
      [
        pods(1, 'web', 'new', crashing),
        pods(1, 'api', 'new', crashing),
        pods(3, 'db', 'new'),
        pods(3, 'web', 'old'),
        pods(3, 'api', 'old'),
        pods(2, 'db', 'old', crashing),
      ],
      null,
      'doubtful',
    ],
  ])('%s', (_, all, baseline, kind) => {
    expect(measure(all, baseline).kind).toBe(kind);
  });

  test('are told with what they were compared with', () => {
    expect(measure([pods(2, 'web', 'new', crashing), pods(3, 'web', 'old')])).toMatchObject({
      reason: 'Deployment shop/web: 2 of 2 pods on new nodes CrashLoopBackOff, 0 of 3 on old nodes',
    });
    expect(measure([pods(2, 'web', 'new', crashing)], wasBefore(pods(4, 'web', 'old')))).toMatchObject({
      reason: 'Deployment shop/web: 2 of 2 pods on new nodes CrashLoopBackOff, 0 of 4 before',
    });
    expect(measure([pods(2, 'web', 'new'), pods(3, 'web', 'other')])).toMatchObject({
      reason: '2 pods of 1 workload no worse than elsewhere',
    });
  });

  test('the worst workload comes first, and what most of its pods have', () => {
    const hung = { isReady: false, readySince: ago(400) };
    const measured = measure([
      pods(1, 'api', 'new', crashing),
      pods(2, 'web', 'new', hung),
      pods(1, 'web', 'new', crashing),
      pods(3, 'web', 'old'),
      pods(3, 'api', 'old'),
    ]);
    expect(measured).toMatchObject({
      reason:
        'Deployment shop/web: 3 of 3 pods on new nodes not Ready, 0 of 3 on old nodes, Deployment shop/api: 1 of 1 pods on new nodes CrashLoopBackOff, 0 of 3 on old nodes',
    });
  });

  test('that start slowly everywhere may start slowly', () => {
    const slow = { scheduledAt: ago(2_000), readySince: ago(1_500) };
    const late = { isReady: false, readySince: null, scheduledAt: ago(700) };
    expect(measure([pods(2, 'web', 'new', late), pods(3, 'web', 'old', slow)]).kind).toBe('abstains');
    expect(measure([pods(2, 'web', 'new', late), pods(3, 'web', 'old')]).kind).toBe('unhealthy');
    expect(measure([pods(2, 'web', 'new', late)], wasBefore(pods(3, 'web', 'old', slow))).kind).toBe('abstains');
  });
});

describe('what was before', () => {
  test('is seen from the node group: of a workload that runs there every pod counts, no other workload does', () => {
    const baseline = wasBefore(pods(2, 'web', 'old'), pods(1, 'web', 'other', crashing), pods(2, 'api', 'other'));
    expect(baseline.workloads).toMatchObject({ 'Deployment shop/web': { pods: 3, troubled: 1 } });
    expect(Object.keys(baseline.workloads)).toHaveLength(1);
  });

  test('is looked at twice, and the worse of the looks counts', () => {
    const merged = mergeBaselines(
      wasBefore(pods(4, 'web', 'old'), pods(2, 'api', 'old', crashing)),
      wasBefore(pods(1, 'web', 'old', crashing), pods(3, 'web', 'old'), pods(1, 'db', 'old'), pods(2, 'api', 'old')),
    );
    expect(merged.looks).toBe(enoughLooks);
    expect(merged.workloads).toMatchObject({
      'Deployment shop/web': { pods: 4, troubled: 1 },
      'Deployment shop/api': { pods: 2, troubled: 2 },
      'Deployment shop/db': { pods: 1, troubled: 0 },
    });
  });
});

describe('of any pods', () => {
  const states = [{}, crashing, starting, { deletedAt: ago(500) }, { isReady: false, readySince: ago(900) }];
  const drawn = fc
    .array(
      fc.tuple(
        fc.constantFrom('web', 'api', 'db'),
        fc.constantFrom('new', 'new-2', 'old', 'other', 'elsewhere'),
        fc.constantFrom(...states),
      ),
      { maxLength: 30 },
    )
    .map((all) => all.map(([workload, node, state]) => pods(1, workload, node, state)));

  test('a sick one on an old node never speaks against the new ones', () => {
    fc.assert(
      fc.property(drawn, fc.constantFrom('web', 'api', 'db'), (all, workload) => {
        if (measure([...all, pods(1, workload, 'old', crashing)]).kind !== 'unhealthy') return;
        const without = measure(all).kind;
        // It can be the first that its workload is compared with.
        expect(['unhealthy', 'doubtful', 'abstains', 'healthy']).toContain(without);
        const isFirst = !all
          .flat()
          .some(({ node, controller }) => node === 'old' && controller?.name.startsWith(workload));
        if (!isFirst) expect(['unhealthy', 'doubtful']).toContain(without);
      }),
    );
  });

  test('nothing is said where nothing is new', () => {
    fc.assert(
      fc.property(drawn, (all) => {
        const elsewhere = all.map((each) => each.filter(({ node }) => !node?.startsWith('new')));
        expect(measure(elsewhere).kind).toBe('abstains');
      }),
    );
  });

  test('workloads that were as sick before are never held against the new nodes', () => {
    fc.assert(
      fc.property(drawn, (all) => {
        const sick = ['web', 'api', 'db'].flatMap((workload) => [
          pods(3, workload, 'old', crashing),
          pods(1, workload, 'old', { deletedAt: ago(500) }),
        ]);
        expect(['healthy', 'abstains']).toContain(measure(all, wasBefore(...sick)).kind);
      }),
    );
  });
});
