/** Makes the world a scenario describes. */
import type { Clock } from '../clock/pretend-clock.ts';
import type { AlarmState } from '../world/alarm-rules.ts';
import { minorIn } from '../world/ami-types.ts';
import { AutoScalingGroup } from '../world/auto-scaling-groups.ts';
import { Cluster } from '../world/clusters.ts';
import type { Budget } from '../world/disruption-budgets.ts';
import { type Image, imageOf, ownImageOf, type ReleaseInWorld } from '../world/images.ts';
import { publish, recommend } from '../world/parameters.ts';
import { healthy } from '../world/pods.ts';
import { subnetId } from '../world/subnets.ts';
import { usual } from '../world/timing.ts';
import { World } from '../world/world.ts';
import { addNodeGroup, becomesActive } from './build-node-groups.ts';
import type { ClusterEntry, Scenario } from './schema.ts';

export const accountId = '111122223333';

export const buildWorld = (scenario: Scenario, clock: Clock): World => {
  const world = new World({
    clock,
    accountId,
    region: scenario.region,
    seed: String(scenario.seed),
    unproven: scenario.unproven,
  });
  publishReleases(world, scenario);
  for (const entry of scenario.images) addOwnImage(world, entry);
  for (const { name, image, value } of scenario.parameters ?? []) {
    if (image === undefined) world.parameters.put(name, value ?? '');
    else world.parameters.put(name, imageNamed(world, image).imageId, { dataType: 'aws:ec2:image' });
  }
  for (const cluster of scenario.clusters) addCluster(world, cluster);
  for (const group of scenario.autoScalingGroups) addForeignGroup(world, group, scenario);
  for (const { name, follows, how } of scenario.functions) {
    world.customerFunctions.set(name, { arn: world.arn('lambda', `function:${name}`), follows, how });
  }
  return world;
};

/** The minors a release is built for: the one its version says, or its kubelet's; else those of all clusters. */
export const minorsOf = (
  { clusters }: Pick<Scenario, 'clusters'>,
  { amiType, release, kubelet }: Pick<Scenario['releases'][number], 'amiType' | 'release' | 'kubelet'>,
): string[] => {
  const said = minorIn(amiType, release) ?? /^\d+\.\d+/.exec(kubelet ?? '')?.[0];
  return said === undefined ? [...new Set(clusters.map(({ version }) => version))] : [said];
};

/** Releases whose time has come are there; the others come when it does. */
const publishReleases = (world: World, scenario: Scenario): void => {
  const instant = (text: string): number => Date.parse(text);
  const ordered = scenario.releases
    .flatMap((entry) => minorsOf(scenario, entry).map((minor) => ({ ...entry, minor })))
    .sort((a, b) => instant(a.publishedAt) - instant(b.publishedAt));
  const isRecommendedElsewhere = (of: (typeof ordered)[number]): boolean =>
    ordered.some(
      (each) =>
        each !== of &&
        each.recommended === true &&
        each.amiType === of.amiType &&
        each.minor === of.minor &&
        instant(each.publishedAt) <= world.clock.now,
    );
  const bring = (entry: (typeof ordered)[number]): void => {
    const { deprecatedAt, ...rest } = entry;
    const at = instant(entry.publishedAt);
    const release: ReleaseInWorld = {
      ...rest,
      ...(deprecatedAt === undefined ? {} : { deprecatedAt: instant(deprecatedAt) }),
    };
    const image = imageOf(release, at);
    world.images.set(image.imageId, image);
    publish(world.parameters, release, at);
    if (!isRecommendedElsewhere(entry)) recommend(world.parameters, release, at);
  };
  for (const entry of ordered) {
    if (instant(entry.publishedAt) <= world.clock.now) bring(entry);
    else world.clock.at(instant(entry.publishedAt), () => bring(entry));
  }
};

/** `AMI_TYPE@RELEASE`, or the name of an image of the account's own. */
export const imageNamed = (world: World, text: string, minor?: string): Image => {
  const [amiType = '', release] = text.split('@');
  const found =
    release === undefined
      ? [...world.images.values()].find(({ name, ownerId }) => name === text && ownerId === world.accountId)
      : world.imageOfRelease(amiType, release, minor);
  if (found === undefined) throw new Error(`the world has no image ${text}`);
  return found;
};

const addOwnImage = (world: World, entry: Scenario['images'][number]): void => {
  const image = ownImageOf(entry, imageNamed(world, entry.builtFrom), {
    ownerId: world.accountId,
    createdAt: world.clock.now,
    isTraceable: entry.ancestry === 'known',
  });
  world.images.set(image.imageId, image);
};

const addCluster = (world: World, entry: ClusterEntry): void => {
  const cluster = new Cluster(world, {
    name: entry.name,
    version: entry.version,
    tags: entry.tags,
    status: entry.status,
    kubernetesAccess: entry.kubernetesAccess,
  });
  for (const namespace of entry.namespaces) cluster.ownNamespaces.add(namespace);
  world.clusters.set(cluster.name, cluster);
  becomesActive(world, entry, (status) => {
    cluster.status = status;
  });
  for (const group of entry.nodeGroups) addNodeGroup(world, cluster, group);
  limitAddresses(world, entry);
  for (const workload of entry.workloads) {
    const [namespace = '', name = ''] = workload.name.split('/');
    cluster.addWorkload({
      namespace,
      name,
      replicas: workload.replicas ?? 0,
      isDaemonSet: workload.daemonSet,
      nodeGroup: workload.nodeGroup,
      budgets: budgetsOf(name, workload),
      isBare: workload.bare,
      annotations: workload.annotations,
      toleratesAll: workload.toleratesAll,
      runSeconds: runSecondsOf(workload),
      before: workload.before ?? healthy,
      limits: Object.fromEntries(Object.entries(workload.limits ?? {}).map(([key, value]) => [key, String(value)])),
    });
  }
  for (const alarm of entry.alarms) addAlarm(world, cluster, alarm);
};

const addAlarm = (
  { alarms }: World,
  cluster: Cluster,
  { name, follows, state }: ClusterEntry['alarms'][number],
): void => {
  const alarm = alarms.add(name, {
    Namespace: 'Shop',
    MetricName: name,
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 2,
    Threshold: 0.2,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  });
  alarms.set(alarm, state as AlarmState, 'before the rehearsal began');
  if (follows !== undefined) alarms.follow(alarm, () => 1 - (cluster.shareThatServes(follows) ?? 1));
};

/** What is said to be free is free when the rehearsal begins. */
const limitAddresses = (world: World, { name, freeAddresses: left }: ClusterEntry): void => {
  for (const [zone, count] of Object.entries(left)) {
    const subnet = world.subnets.get(subnetId(name, zone));
    if (subnet === undefined) throw new Error(`freeAddresses: ${name} has no subnet in ${zone}`);
    const taken = [...world.autoScalingGroups.values()]
      .filter((group) => group.subnets.includes(subnet.id))
      .flatMap((group) => group.instances.filter((instance) => instance.zone === zone)).length;
    subnet.usable = taken + count;
  }
};

const budgetsOf = (
  name: string,
  { minAvailable, maxUnavailable, budgets }: ClusterEntry['workloads'][number],
): Budget[] =>
  minAvailable === undefined && maxUnavailable === undefined
    ? []
    : Array.from({ length: budgets }, (_, index) => ({
        name: index === 0 ? name : `${name}-${index + 1}`,
        minAvailable,
        maxUnavailable,
      }));

const runSecondsOf = ({ completes }: ClusterEntry['workloads'][number]): number | undefined => {
  if (typeof completes === 'object') return completes.afterSeconds;
  return completes ? usual.podRunSeconds : undefined;
};

const addForeignGroup = (world: World, entry: Scenario['autoScalingGroups'][number], scenario: Scenario): void => {
  const template = [...world.launchTemplates.values()].find((each) => each.name === entry.launchTemplate);
  if (template === undefined) {
    throw new Error(`autoScalingGroups: ${scenario.name} has no launch template named ${entry.launchTemplate}`);
  }
  const group = new AutoScalingGroup(world, {
    name: entry.name,
    zones: [`${world.region}a`],
    configuration: { template: { id: template.id, version: entry.version } },
    min: 0,
    max: entry.size + 3,
    desired: entry.size,
  });
  world.autoScalingGroups.set(group.name, group);
  for (let index = 0; index < entry.size; index += 1) group.launch({ isOld: true });
};
