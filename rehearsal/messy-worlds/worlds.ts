/**
 * Worlds as they are: something is always wrong in a cluster that no AMI is to blame for. Each is drawn from a seed, and
 * played twice: with a release that is well, and with one that is bad in a way real ones were.
 */
import fc from 'fast-check';

const [former, next] = ['1.33.4-20260710', '1.33.4-20260810'];
const standard = 'AL2023_x86_64_STANDARD';
const nvidia = 'AL2023_x86_64_NVIDIA';

/** What real bad releases did (rehearsal/incidents/); the delays lie within an hour, as the bake does. */
export const badWays = {
  'never joins': () => ({ joins: false }),
  'flaps under load': ({ delay }) => ({
    notReady: { afterSeconds: delay, everySeconds: 300, forSeconds: 60, onlyUnderLoad: true },
  }),
  'offers no GPU': () => ({ allocatable: { afterSeconds: 0, set: { 'nvidia.com/gpu': 0 } } }),
  'offers less memory': () => ({ allocatable: { afterSeconds: 0, set: { memory: '3Gi' } } }),
  'breaks a condition': ({ delay }) => ({ conditions: { afterSeconds: delay, set: { KernelReady: 'False' } } }),
  'pulls no image': () => ({ pods: { fail: 'start', how: 'ImagePullBackOff' } }),
  'makes no sandbox': () => ({ pods: { fail: 'start', how: 'FailedCreatePodSandBox' } }),
  'crashes pods': ({ delay }) => ({ pods: { fail: 'run', how: 'CrashLoopBackOff', afterSeconds: delay } }),
  'hangs pods with a CPU limit': ({ delay }) => ({
    pods: { fail: 'run', how: 'Hung', only: 'cpu-limit', afterSeconds: delay },
  }),
  'keeps pods from ending': () => ({ pods: { fail: 'stop', how: 'StuckTerminating' } }),
} satisfies Record<string, (drawn: { delay: number }) => Record<string, unknown>>;

export type BadWay = keyof typeof badWays;

const minute = fc.integer({ min: 2, max: 150 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 });

/** Everything by chance, so that the same seed draws the same worlds. */
const drawnWorld = fc.record({
  groups: fc.array(
    fc.record({
      kind: fc.constantFrom('managed-custom-ami', 'managed-custom-ami', 'managed', 'self-managed'),
      size: fc.integer({ min: 2, max: 5 }),
      maxUnavailable: fc.constantFrom(1, 2, '34%'),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  hasGpus: fc.boolean(),
  /** Sick since long before: some of its pods crash again and again, and some fit nowhere. */
  sick: maybe(
    fc.record({
      replicas: fc.integer({ min: 3, max: 6 }),
      crashing: fc.integer({ min: 0, max: 2 }),
      pending: fc.integer({ min: 0, max: 1 }),
    }),
  ),
  /** Its pods restart now and then, wherever they are. */
  flapping: maybe(
    fc.record({ replicas: fc.integer({ min: 3, max: 8 }), restartsPerHour: fc.integer({ min: 2, max: 20 }) }),
  ),
  /** Minutes in which Kubernetes answers a share of all questions with an error. */
  missing: maybe(
    fc.record({
      minute,
      length: fc.integer({ min: 2, max: 8 }),
      share: fc.constantFrom(0.2, 0.4),
      fault: fc.constantFrom('throttled', 'error', 'timeout-before'),
    }),
  ),
  devicesAfterSeconds: maybe(fc.integer({ min: 30, max: 300 })),
  spot: fc.array(fc.record({ minute, group: fc.nat(2) }), { maxLength: 3 }),
  autoscaler: fc.array(
    fc.record({ minute, group: fc.nat(2), by: fc.constantFrom(-1, 1, 2), for: fc.integer({ min: 5, max: 40 }) }),
    { maxLength: 3 },
  ),
  jobs: fc.boolean(),
  way: fc.constantFrom(...(Object.keys(badWays) as BadWay[])),
  delay: fc.integer({ min: 30, max: 2400 }),
});

export type MessyWorld = typeof drawnWorld extends fc.Arbitrary<infer Drawn> ? Drawn : never;

export const drawWorlds = (seed: number, count: number): MessyWorld[] =>
  fc.sample(drawnWorld, { seed, numRuns: count });

/** How the release of a world is bad: without GPUs none can be missing. */
export const wayOf = ({ way, hasGpus }: MessyWorld): BadWay =>
  way === 'offers no GPU' && !hasGpus ? 'offers less memory' : way;

/** What is wrong in a world that no release is to blame for. */
export const messOf = (world: MessyWorld): string[] => [
  ...(world.sick === null ? [] : ['sick from before']),
  ...(world.flapping === null ? [] : ['flapping']),
  ...(world.missing === null ? [] : ['missing readings']),
  ...(world.devicesAfterSeconds === null || !world.hasGpus ? [] : ['a slow device plugin']),
  ...(world.spot.length === 0 ? [] : ['spot interruptions']),
  ...(world.autoscaler.length === 0 ? [] : ['autoscaler']),
];

/** The scenario of a world. The policy is the default with `probe` and an hour of bake. */
export const scenarioOf = (world: MessyWorld, release: 'well' | 'bad'): Record<string, unknown> => {
  const { groups, hasGpus, sick, flapping, missing, devicesAfterSeconds, jobs } = world;
  const slow = devicesAfterSeconds === null ? {} : { devicesAfterSeconds };
  const behavior = { ...slow, ...(release === 'bad' ? badWays[wayOf(world)](world) : {}) };
  const nodeGroups = [
    ...groups.map((group, index) => ({ ...group, name: `group-${index}`, amiType: standard })),
    ...(hasGpus ? [{ name: 'gpu', kind: 'managed-custom-ami', size: 2, maxUnavailable: 1, amiType: nvidia }] : []),
  ].map((group) => ({ ...group, release: former, min: 1, max: group.size + 4 }));
  const place = (group: number) => ({ cluster: 'prod', nodeGroup: `group-${group % groups.length}` });
  const nodes = groups.reduce((sum, { size }) => sum + size, 0);
  return {
    version: 1,
    name: 'a messy world',
    now: '2026-08-20T09:00:00Z',
    seed: 7,
    policy: {
      version: 1,
      gates: ['nodes-ready', 'pods-running', 'allocatable-kept', 'probe'],
      bakeTime: 'PT1H',
      waves: { canaryNodeGroup: 'never' },
    },
    releases: [standard, nvidia].flatMap((amiType) => [
      { amiType, release: former, publishedAt: '2026-07-10T18:00:00Z', behavior: slow },
      { amiType, release: next, publishedAt: '2026-08-10T18:00:00Z', behavior },
    ]),
    clusters: [
      {
        name: 'prod',
        version: '1.33',
        tags: { 'eks-ami-rollout': 'enabled' },
        nodeGroups,
        workloads: [
          { name: 'shop/web', replicas: nodes * 2, minAvailable: nodes, limits: { cpu: '500m' } },
          { name: 'shop/cart', replicas: nodes },
          { name: 'kube-system/agent', daemonSet: true },
          ...(hasGpus ? [{ name: 'ml/infer', replicas: 1, nodeGroup: 'gpu', limits: { 'nvidia.com/gpu': 1 } }] : []),
          ...(jobs ? [{ name: 'jobs/import', replicas: 2, completes: true }] : []),
          ...(sick === null
            ? []
            : [
                {
                  name: 'shop/legacy',
                  replicas: sick.replicas,
                  before: { crashing: sick.crashing, pending: sick.pending },
                },
              ]),
          ...(flapping === null
            ? []
            : [
                {
                  name: 'shop/leaky',
                  replicas: flapping.replicas,
                  before: { restartsPerHour: flapping.restartsPerHour },
                },
              ]),
        ],
      },
    ],
    storms:
      missing === null
        ? []
        : [
            {
              at: `PT${missing.minute}M`,
              for: `PT${missing.length}M`,
              calls: 'kubernetes:List*',
              share: missing.share,
              fault: missing.fault,
            },
          ],
    timeline: [
      ...world.spot.map((each) => ({ at: `PT${each.minute}M`, spotInterruption: place(each.group) })),
      ...world.autoscaler.flatMap((each) => [
        { at: `PT${each.minute}M`, autoscaler: { ...place(each.group), by: each.by } },
        { at: `PT${each.minute + each.for}M`, autoscaler: { ...place(each.group), by: -each.by } },
      ]),
    ],
    start: { clusterName: 'prod' },
    until: 'P2D',
  };
};
