import fc from 'fast-check';
import { test } from 'vitest';
import { clusterOf, formerRelease, isSweep, newRelease, playScenario, releasesWith, startOfTime } from './play.ts';

const behavior = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.constant({ joins: false }),
  fc.record({ readyAfterSeconds: fc.integer({ min: 20, max: 1200 }) }),
  fc.record({
    notReady: fc.record({
      afterSeconds: fc.integer({ min: 0, max: 1200 }),
      everySeconds: fc.integer({ min: 60, max: 900 }),
      forSeconds: fc.integer({ min: 5, max: 300 }),
    }),
  }),
);

const nodeGroup = fc.record({
  kind: fc.constantFrom('managed-custom-ami', 'managed-custom-ami', 'managed'),
  size: fc.integer({ min: 0, max: 5 }),
  zones: fc.integer({ min: 1, max: 3 }),
  maxUnavailable: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom('10%', '34%', '100%')),
  release: fc.constantFrom(formerRelease, formerRelease, newRelease),
  failedUpdates: fc.option(
    fc.record({
      code: fc.constantFrom('ClusterUnreachable', 'AccessDenied', 'PodEvictionFailure'),
      times: fc.integer({ min: 1, max: 5 }),
    }),
    { nil: undefined, freq: 4 },
  ),
  status: fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'UPDATING', 'CREATE_FAILED'),
  launchTemplate: fc.option(fc.constantFrom('shared-a', 'shared-b'), { nil: undefined }),
});

const event = fc.record({
  minute: fc.integer({ min: 1, max: 60 }),
  group: fc.nat(4),
  what: fc.constantFrom('scale', 'terminate', 'stop', 'andon', 'again'),
});

const fault = fc.record({
  call: fc.constantFrom(
    'eks:DescribeNodegroup',
    'eks:UpdateNodegroupVersion',
    'eks:DescribeUpdate',
    'ec2:CreateLaunchTemplateVersion',
    'kubernetes:ListNodes',
    'dynamodb:PutItem',
    'dynamodb:GetItem',
  ),
  nth: fc.integer({ min: 1, max: 12 }),
  times: fc.integer({ min: 1, max: 6 }),
  fault: fc.constantFrom('throttled', 'error', 'access-denied', 'timeout-before', 'timeout-after'),
});

const world = fc.record({
  behavior,
  nodeGroups: fc.array(nodeGroup, { minLength: 1, maxLength: 4 }),
  minAvailable: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  onFailure: fc.constantFrom('rollBack', 'rollBackAll', 'hold'),
  waves: fc.constantFrom(['100%'], ['50%', '100%'], ['25%', '100%']),
  events: fc.array(event, { maxLength: 2 }),
  faults: fc.array(fault, { maxLength: 2 }),
});

/** Whatever was cut off and that no event could heal, the next scan does, or the one after it: a fault may meet both. */
const lastScans = [48, 53, 58, 63, 68].map((hour) => ({ at: `PT${hour}H`, schedule: true }));

const happening = (
  { minute, group, what }: { minute: number; group: number; what: string },
  names: readonly string[],
  nodeGroups: readonly { max: number }[],
) => {
  const at = `PT${minute}M`;
  const index = group % names.length;
  const place = { cluster: 'prod', nodeGroup: names[index] };
  switch (what) {
    case 'scale':
      return { at, scale: { ...place, desired: Math.min(3, nodeGroups[index]?.max ?? 1) } };
    case 'terminate':
      return { at, terminateInstance: place };
    case 'stop':
      return { at, stopExecution: { machine: 'roll-out-cluster' } };
    case 'andon':
      return { at, call: 'ssm:PutParameter', input: { Name: '/eks-ami-rollout/andon', Value: 'on', Overwrite: true } };
    default:
      return { at, start: { clusterName: 'prod' } };
  }
};

type Drawn = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

const scenarioOf = (drawn: Drawn) => {
  const names = drawn.nodeGroups.map((_, index) => `group-${index}`);
  // Node groups of one launch template begin on one version of it.
  const releaseOfTemplate = new Map<string, string>();
  const nodeGroups = drawn.nodeGroups.map(({ launchTemplate: shared, ...group }, index) => {
    // What EKS takes from a template that holds no image is another story.
    const launchTemplate = group.kind === 'managed' ? undefined : shared;
    const release = releaseOfTemplate.get(launchTemplate ?? '') ?? group.release;
    if (launchTemplate !== undefined) releaseOfTemplate.set(launchTemplate, release);
    return {
      ...group,
      ...(launchTemplate === undefined ? {} : { launchTemplate }),
      ...(group.status === 'UPDATING' ? { statusFor: 'PT20M' } : {}),
      release,
      max: group.size + 3,
      name: names[index],
    };
  });
  const workloads =
    drawn.minAvailable === undefined
      ? []
      : [{ name: 'shop/web', replicas: 4, nodeGroup: names[0], minAvailable: drawn.minAvailable }];
  return {
    name: 'a random world',
    now: startOfTime,
    releases: releasesWith(drawn.behavior),
    // biome-ignore lint/suspicious/noThenProperty: it is a key of the policy
    policy: { version: 1, bakeTime: 'PT5M', onFailure: drawn.onFailure, waves: { then: drawn.waves } },
    clusters: [clusterOf(nodeGroups, { workloads })],
    timeline: [...drawn.events.map((each) => happening(each, names, nodeGroups)), ...lastScans],
    faults: drawn.faults,
    start: { clusterName: 'prod' },
    until: 'P3D',
  };
};

test('in any world, no more nodes are out of service than the budget allows, and every run ends in a documented outcome', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (drawn) => {
      const scenario = scenarioOf(drawn);
      const { report } = await playScenario(scenario);
      if (report.invariants.length === 0) return;
      const answers = report.executions.map(({ outcome, reason }) => `${outcome}: ${reason}`);
      throw new Error([...report.invariants, ...answers, JSON.stringify({ version: 1, ...scenario })].join('\n'));
    }),
    // The same worlds each time: what is looked for here is found by the sweep, which draws others.
    isSweep ? { numRuns: 300 } : { numRuns: 10, seed: 20261123, endOnFailure: true },
  );
}, 1_800_000);
