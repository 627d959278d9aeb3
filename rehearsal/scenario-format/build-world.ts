/** Makes the world a scenario describes. */
import type { Clock } from '../clock/pretend-clock.ts';
import { digest } from '../digest.ts';
import { amiTypesInWorld } from '../world/ami-types.ts';
import { AutoScalingGroup } from '../world/auto-scaling-groups.ts';
import { Cluster } from '../world/clusters.ts';
import { imageIdOf, imageOf } from '../world/images.ts';
import { LaunchTemplate } from '../world/launch-templates.ts';
import type { NodeGroup } from '../world/node-groups.ts';
import { publish, recommend } from '../world/parameters.ts';
import { World } from '../world/world.ts';
import { parseIsoDuration } from './iso-duration.ts';
import type { ClusterEntry, NodeGroupEntry, Scenario } from './schema.ts';
import { templateNameOf } from './template-name.ts';

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
  for (const { name, image, value } of scenario.parameters ?? []) {
    const [amiType = '', release = ''] = image?.split('@') ?? [];
    if (image === undefined) world.parameters.put(name, value ?? '');
    else world.parameters.put(name, imageIdOf(amiType, release), { dataType: 'aws:ec2:image' });
  }
  for (const cluster of scenario.clusters) addCluster(world, cluster);
  for (const group of scenario.autoScalingGroups) addForeignGroup(world, group, scenario);
  return world;
};

/** Releases whose time has come are there; the others come when it does. */
const publishReleases = (world: World, { releases }: Scenario): void => {
  const instant = (text: string): number => Date.parse(text);
  const ordered = [...releases].sort((a, b) => instant(a.publishedAt) - instant(b.publishedAt));
  const isRecommendedElsewhere = (of: (typeof ordered)[number]): boolean =>
    ordered.some(
      (each) =>
        each !== of &&
        each.recommended === true &&
        each.amiType === of.amiType &&
        minorOf(each.release) === minorOf(of.release) &&
        instant(each.publishedAt) <= world.clock.now,
    );
  const bring = (entry: (typeof ordered)[number]): void => {
    const { deprecatedAt, ...rest } = entry;
    const at = instant(entry.publishedAt);
    const release = { ...rest, ...(deprecatedAt === undefined ? {} : { deprecatedAt: instant(deprecatedAt) }) };
    world.images.set(imageIdOf(entry.amiType, entry.release), imageOf(release, at));
    publish(world.parameters, release, at);
    if (!isRecommendedElsewhere(entry)) recommend(world.parameters, release, at);
  };
  for (const entry of ordered) {
    if (instant(entry.publishedAt) <= world.clock.now) bring(entry);
    else world.clock.at(instant(entry.publishedAt), () => bring(entry));
  }
};

const minorOf = (release: string): string => release.split('.').slice(0, 2).join('.');

const addCluster = (world: World, entry: ClusterEntry): void => {
  const cluster = new Cluster(world, {
    name: entry.name,
    version: entry.version,
    tags: entry.tags,
    status: entry.status,
    isKubernetesGranted: entry.kubernetesAccess === 'granted',
  });
  world.clusters.set(cluster.name, cluster);
  becomesActive(world, entry, (status) => {
    cluster.status = status;
  });
  for (const group of entry.nodeGroups) addNodeGroup(world, cluster, group, entry);
  for (const workload of entry.workloads) {
    const [namespace = '', name = ''] = workload.name.split('/');
    cluster.addWorkload({
      namespace,
      name,
      replicas: workload.replicas,
      nodeGroup: workload.nodeGroup,
      minAvailable: workload.minAvailable,
      limits: Object.fromEntries(Object.entries(workload.limits ?? {}).map(([key, value]) => [key, String(value)])),
    });
  }
};

/** Somebody else's work on it ends. */
const becomesActive = (
  world: World,
  { status, statusFor }: { status: string; statusFor?: string | undefined },
  become: (status: string) => void,
): void => {
  const milliseconds = statusFor === undefined ? undefined : parseIsoDuration(statusFor);
  if (status !== 'ACTIVE' && milliseconds !== undefined) world.clock.after(milliseconds, () => become('ACTIVE'));
};

const userData = (cluster: string): string =>
  Buffer.from(
    [
      '---',
      'apiVersion: node.eks.aws/v1alpha1',
      'kind: NodeConfig',
      'spec:',
      '  cluster:',
      `    name: ${cluster}`,
      '',
    ].join('\n'),
  ).toString('base64');

const addNodeGroup = (
  world: World,
  cluster: Cluster,
  entry: NodeGroupEntry,
  { name: clusterName, tags }: ClusterEntry,
): void => {
  const identity = [clusterName, entry.name];
  const zones = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, entry.zones).map((letter) => `${world.region}${letter}`);
  const configured = imageIdOf(entry.amiType, entry.release);
  const isCustomAmi = entry.kind === 'managed-custom-ami';
  const template = isCustomAmi
    ? templateFor(world, templateNameOf(clusterName, entry), entry, cluster, entry.tags ?? tags)
    : undefined;
  const version = template?.versions.findLast((each) => each.data.ImageId === configured);
  const uuid = digest('node-group', ...identity).uuid;
  const ownTemplate = new LaunchTemplate(`eks-${uuid}`, world.clock.now, { 'eks:nodegroup-name': entry.name });
  world.launchTemplates.set(ownTemplate.id, ownTemplate);
  const data = {
    ...version?.data,
    ImageId: configured,
    ...(version === undefined ? {} : { SourceVersion: version.number }),
  };
  ownTemplate.add(data, 'made by EKS', world.clock.now);

  const scaling = {
    min: entry.min ?? Math.min(1, entry.size),
    max: entry.max ?? Math.max(entry.size, 1) + 3,
    desired: entry.size,
  };
  const group = new AutoScalingGroup(world, {
    name: `eks-${entry.name}-${uuid}`,
    zones,
    tags: {
      'eks:cluster-name': clusterName,
      'eks:nodegroup-name': entry.name,
      [`kubernetes.io/cluster/${clusterName}`]: 'owned',
    },
    template: { id: ownTemplate.id, version: '1' },
    ...scaling,
  });
  world.autoScalingGroups.set(group.name, group);
  const maxUnavailable =
    typeof entry.maxUnavailable === 'number'
      ? { nodes: entry.maxUnavailable }
      : { percentage: Number.parseInt(entry.maxUnavailable, 10) };
  const nodeGroup: NodeGroup = {
    name: entry.name,
    cluster,
    uuid,
    isCustomAmi,
    amiType: entry.amiType,
    version: minorOf(entry.release),
    releaseVersion: isCustomAmi ? configured : entry.release,
    status: entry.status,
    issues: (entry.issues ?? []).map((issue) => ({ ...issue, resourceIds: [] })),
    // The tags of the cluster unless the scenario says which: a fleet is tagged as a whole.
    tags: { ...(entry.tags ?? tags) },
    scaling,
    maxUnavailable,
    subnets: zones.map((zone) => `subnet-${digest('subnet', clusterName, zone).resourceId}`),
    createdAt: cluster.createdAt,
    launchTemplate: template === undefined || version === undefined ? undefined : { template, version: version.number },
    ownTemplate,
    group,
    updates: [],
    tokens: new Map(),
    seen: { mostOutOfService: 0, mostOverBudget: 0, mostExtra: 0 },
    settingsAtStart: JSON.stringify([scaling, maxUnavailable]),
  };
  cluster.nodeGroups.set(nodeGroup.name, nodeGroup);
  const instances = entry.instances ?? [{ release: entry.release, count: entry.size }];
  for (const { release, count } of instances) {
    const image = world.images.get(imageIdOf(entry.amiType, release));
    for (let index = 0; index < count; index += 1)
      group.launch({ isOld: true, ...(image === undefined ? {} : { image }) });
  }
  const nodes = [...cluster.nodes.values()].filter((node) => node.instance.group === group);
  for (const node of nodes.slice(0, entry.cordoned ?? 0)) node.isUnschedulable = true;
  becomesActive(world, entry, (status) => {
    nodeGroup.status = status;
  });
};

/**
 * A customer's launch template: its default version is an early one, the version in use the newest. It holds a version
 * for each release its node groups run.
 */
const templateFor = (
  world: World,
  name: string,
  entry: NodeGroupEntry,
  cluster: Cluster,
  tags: Readonly<Record<string, string>>,
): LaunchTemplate => {
  let template = [...world.launchTemplates.values()].find((each) => each.name === name);
  const data = {
    InstanceType: amiTypesInWorld[entry.amiType]?.instanceType ?? 'm6i.large',
    UserData: userData(cluster.name),
    SecurityGroupIds: [`sg-${digest('security-group', cluster.name).resourceId}`],
  };
  if (template === undefined) {
    template = new LaunchTemplate(name, cluster.createdAt, tags);
    world.launchTemplates.set(template.id, template);
    template.add({ ...data, ImageId: imageIdOf(entry.amiType, entry.release) }, 'the first one', cluster.createdAt);
  }
  const others = (entry.instances ?? []).map((each) => each.release).filter((release) => release !== entry.release);
  for (const release of [...others, entry.release]) {
    const imageId = imageIdOf(entry.amiType, release);
    const isThere = template.versions.some(({ number, data: { ImageId } }) => number > 1 && ImageId === imageId);
    if (!isThere) template.add({ ...data, ImageId: imageId }, `with ${release}`, cluster.createdAt);
  }
  return template;
};

const addForeignGroup = (world: World, entry: Scenario['autoScalingGroups'][number], scenario: Scenario): void => {
  const template = [...world.launchTemplates.values()].find((each) => each.name === entry.launchTemplate);
  if (template === undefined) {
    throw new Error(`autoScalingGroups: ${scenario.name} has no launch template named ${entry.launchTemplate}`);
  }
  const group = new AutoScalingGroup(world, {
    name: entry.name,
    zones: [`${world.region}a`],
    template: { id: template.id, version: entry.version },
    min: 0,
    max: entry.size + 3,
    desired: entry.size,
  });
  world.autoScalingGroups.set(group.name, group);
  for (let index = 0; index < entry.size; index += 1) group.launch({ isOld: true });
};
