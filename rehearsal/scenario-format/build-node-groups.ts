/** Makes the node groups a scenario describes, of both kinds, with their launch templates and their nodes. */
import { digest } from '../digest.ts';
import { type AmiTypeInWorld, amiTypeInWorld } from '../world/ami-types.ts';
import { AutoScalingGroup, type Configuration } from '../world/auto-scaling-groups.ts';
import type { Cluster } from '../world/clusters.ts';
import type { Image } from '../world/images.ts';
import { InstanceRefresh } from '../world/instance-refresh.ts';
import { LaunchTemplate } from '../world/launch-templates.ts';
import { type ManagedNodeGroup, nothingSeen, type SelfManagedNodeGroup, settingsOf } from '../world/node-groups.ts';
import { subnetId } from '../world/subnets.ts';
import type { World } from '../world/world.ts';
import { parseIsoDuration } from './iso-duration.ts';
import type { NodeGroupEntry } from './schema.ts';
import { templateNameOf } from './template-name.ts';

export const addNodeGroup = (world: World, cluster: Cluster, entry: NodeGroupEntry): void => {
  if (entry.kind === 'self-managed') addSelfManaged(world, cluster, entry);
  else addManaged(world, cluster, entry);
  const nodes = [...cluster.nodes.values()].filter((node) => node.nodeGroup === entry.name);
  for (const node of nodes.slice(0, entry.cordoned ?? 0)) node.isUnschedulable = true;
};

/** Somebody else's work on it ends. */
export const becomesActive = (
  world: World,
  { status, statusFor }: { status: string; statusFor?: string | undefined },
  become: (status: string) => void,
): void => {
  const milliseconds = statusFor === undefined ? undefined : parseIsoDuration(statusFor);
  if (status !== 'ACTIVE' && milliseconds !== undefined) world.clock.after(milliseconds, () => become('ACTIVE'));
};

/** The tags of the cluster unless the scenario says which: a fleet is tagged as a whole. */
const tagsOf = (cluster: Cluster, entry: NodeGroupEntry): Record<string, string> => ({
  ...(entry.tags ?? cluster.tags),
});

const zonesOf = (world: World, entry: NodeGroupEntry): string[] =>
  ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, entry.zones).map((letter) => `${world.region}${letter}`);

/** One for each zone, shared by the node groups of a cluster. */
const subnetsOf = (world: World, cluster: Cluster, zones: readonly string[]): string[] =>
  zones.map((zone) => {
    const id = subnetId(cluster.name, zone);
    if (!world.subnets.has(id)) world.subnets.set(id, { id, zone, usable: undefined });
    return id;
  });

const scalingOf = (entry: NodeGroupEntry): { min: number; max: number; desired: number } => ({
  min: entry.min ?? Math.min(1, entry.size),
  max: entry.max ?? Math.max(entry.size, 1) + 3,
  desired: entry.size,
});

const addManaged = (world: World, cluster: Cluster, entry: NodeGroupEntry): void => {
  const identity = [cluster.name, entry.name];
  const zones = zonesOf(world, entry);
  const image = configuredImage(world, cluster, entry);
  const configured = image?.imageId ?? '';
  const isCustomAmi = entry.kind === 'managed-custom-ami';
  const template = isCustomAmi ? templateFor(world, cluster, entry) : templateWithoutImage(world, cluster, entry);
  const version = isCustomAmi
    ? template?.versions.findLast((each) => each.data.ImageId === configured)
    : template?.latest;
  const uuid = digest('node-group', ...identity).uuid;
  const ownTemplate = new LaunchTemplate(`eks-${uuid}`, world.clock.now, { 'eks:nodegroup-name': entry.name });
  world.launchTemplates.set(ownTemplate.id, ownTemplate);
  const data = {
    ...version?.data,
    ImageId: configured,
    ...(version === undefined ? {} : { SourceVersion: version.number }),
  };
  ownTemplate.add(data, 'made by EKS', world.clock.now);

  const scaling = scalingOf(entry);
  const group = new AutoScalingGroup(world, {
    name: `eks-${entry.name}-${uuid}`,
    zones,
    subnets: subnetsOf(world, cluster, zones),
    tags: {
      'eks:cluster-name': cluster.name,
      'eks:nodegroup-name': entry.name,
      [`kubernetes.io/cluster/${cluster.name}`]: 'owned',
    },
    configuration: { template: { id: ownTemplate.id, version: '1' } },
    ...scaling,
  });
  world.autoScalingGroups.set(group.name, group);
  const maxUnavailable =
    typeof entry.maxUnavailable === 'number'
      ? { nodes: entry.maxUnavailable }
      : { percentage: Number.parseInt(entry.maxUnavailable, 10) };
  const nodeGroup: ManagedNodeGroup = {
    kind: 'managed',
    name: entry.name,
    cluster,
    uuid,
    isCustomAmi,
    amiType: entry.amiType,
    version: image?.minor ?? cluster.version,
    releaseVersion: isCustomAmi ? configured : entry.release,
    releaseImageId: configured,
    status: entry.status,
    issues: (entry.issues ?? []).map((issue) => ({ ...issue, resourceIds: [] })),
    tags: tagsOf(cluster, entry),
    scaling,
    maxUnavailable,
    updateStrategy: entry.updateStrategy,
    capacityType: entry.capacityType,
    subnets: [...group.subnets],
    createdAt: cluster.createdAt,
    launchTemplate: template === undefined || version === undefined ? undefined : { template, version: version.number },
    ownTemplate,
    group,
    updates: [],
    failures: Array.from({ length: entry.failedUpdates?.times ?? 0 }, () => ({
      errorCode: entry.failedUpdates?.code ?? '',
      errorMessage: entry.failedUpdates?.message ?? '',
      resourceIds: [],
    })),
    tokens: new Map(),
    seen: nothingSeen(),
    settingsAtStart: {},
  };
  nodeGroup.settingsAtStart = settingsOf(nodeGroup);
  cluster.nodeGroups.set(nodeGroup.name, nodeGroup);
  for (const { release, count } of entry.instances ?? [{ release: entry.release, count: entry.size }]) {
    const image = imageOf(world, cluster, entry, release);
    for (let index = 0; index < count; index += 1)
      group.launch({ isOld: true, ...(image === undefined ? {} : { image }) });
  }
  becomesActive(world, entry, (status) => {
    nodeGroup.status = status;
  });
};

/** Its name is the Auto Scaling group's, and the tag that its nodes need to join says of which cluster it is. */
const addSelfManaged = (world: World, cluster: Cluster, entry: NodeGroupEntry): void => {
  const zones = zonesOf(world, entry);
  const template = templateFor(world, cluster, entry);
  const versionWith = (release: string) =>
    template.versions.findLast((each) => each.data.ImageId === imageOf(world, cluster, entry, release)?.imageId);
  const version = entry.launchTemplateVersion ?? String(versionWith(entry.release)?.number);
  const group = new AutoScalingGroup(world, {
    name: entry.name,
    zones,
    subnets: subnetsOf(world, cluster, zones),
    tags: { [`kubernetes.io/cluster/${cluster.name}`]: 'owned', ...tagsOf(cluster, entry) },
    configuration: { template: { id: template.id, version }, ...mixedInstancesOf(entry) },
    ...scalingOf(entry),
    // What the console sets on a new group (EC2 Auto Scaling user guide, health-check-grace-period).
    healthCheckGracePeriodSeconds: 300,
  });
  group.isBeingDeleted = entry.status === 'DELETING';
  group.warmPoolSize = entry.warmPool;
  for (const process of entry.suspended ?? []) group.suspended.set(process, 'User suspended before the rehearsal');
  world.autoScalingGroups.set(group.name, group);
  const nodeGroup: SelfManagedNodeGroup = {
    kind: 'self-managed',
    name: entry.name,
    cluster,
    group,
    seen: nothingSeen(),
    settingsAtStart: {},
  };
  nodeGroup.settingsAtStart = settingsOf(nodeGroup);
  cluster.selfManagedNodeGroups.set(nodeGroup.name, nodeGroup);

  const launch = (release: string, count: number): void => {
    const image = imageOf(world, cluster, entry, release);
    const number =
      group.configuredVersion?.data.ImageId === image?.imageId
        ? group.configuredVersion?.number
        : versionWith(release)?.number;
    for (let index = 0; index < count; index += 1) {
      group.launch({
        isOld: true,
        ...(image === undefined ? {} : { image }),
        ...(number === undefined ? {} : { templateVersion: number }),
      });
    }
  };
  for (const { release, count } of entry.instances ?? [{ release: entry.release, count: entry.size }]) {
    launch(release, count);
  }
  for (const instance of group.instances.slice(0, entry.protected ?? 0)) instance.isProtectedFromScaleIn = true;
  launch(entry.release, entry.standby ?? 0);
  for (const instance of group.instances.slice(entry.size)) instance.lifecycleState = 'Standby';
  if (entry.status === 'UPDATING') addForeignRefresh(world, group, entry);
};

const mixedInstancesOf = ({ instanceTypes }: NodeGroupEntry): Pick<Configuration, 'mixed'> =>
  instanceTypes === undefined
    ? {}
    : {
        mixed: {
          instanceTypes,
          distribution: {
            OnDemandAllocationStrategy: 'prioritized',
            OnDemandBaseCapacity: 0,
            OnDemandPercentageAboveBaseCapacity: 100,
            SpotAllocationStrategy: 'lowest-price',
            SpotInstancePools: 2,
          },
        },
      };

/** Somebody else refreshes the group. What they replace is not played, only that it takes a while. */
const addForeignRefresh = (world: World, group: AutoScalingGroup, entry: NodeGroupEntry): void => {
  const refresh = new InstanceRefresh(group, {
    preferences: {
      minHealthyPercentage: 90,
      maxHealthyPercentage: undefined,
      instanceWarmupSeconds: group.healthCheckGracePeriodSeconds,
      checkpointPercentages: [],
      checkpointDelaySeconds: 0,
      bakeTimeSeconds: 0,
      skipMatching: false,
      autoRollback: false,
      scaleInProtectedInstances: 'Ignore',
      standbyInstances: 'Ignore',
    },
    desired: undefined,
    startedAt: world.clock.now,
    isPlayed: false,
  });
  group.refreshes.push(refresh);
  becomesActive(world, entry, () => {
    if (!refresh.isActive) return;
    refresh.percentageComplete = 100;
    refresh.instancesToUpdate = 0;
    refresh.end('Successful', world.clock.now);
  });
};

/** The image of a release as this node group runs it; its configured release may be an image of its owner's. */
const imageOf = (world: World, cluster: Cluster, entry: NodeGroupEntry, release: string): Image | undefined =>
  release === entry.release
    ? configuredImage(world, cluster, entry)
    : world.imageOfRelease(entry.amiType, release, cluster.version);

const configuredImage = (world: World, cluster: Cluster, { amiType, release, image }: NodeGroupEntry) =>
  image === undefined
    ? world.imageOfRelease(amiType, release, cluster.version)
    : [...world.images.values()].find(({ name, ownerId }) => name === image && ownerId === world.accountId);

/** What tells a node its cluster, as each operating system reads it. */
const userDataTexts: Readonly<Record<AmiTypeInWorld['bootstrap'], (cluster: string) => string[]>> = {
  'bootstrap.sh': (cluster) => ['#!/bin/bash', `/etc/eks/bootstrap.sh ${cluster}`],
  NodeConfig: (cluster) => [
    '---',
    'apiVersion: node.eks.aws/v1alpha1',
    'kind: NodeConfig',
    'spec:',
    '  cluster:',
    `    name: ${cluster}`,
  ],
  TOML: (cluster) => ['[settings.kubernetes]', `cluster-name = "${cluster}"`],
  PowerShell: (cluster) => [
    '<powershell>',
    `& "$env:ProgramFiles\\Amazon\\EKS\\Start-EKSBootstrap.ps1" -EKSClusterName ${cluster}`,
    '</powershell>',
  ],
};

const userData = (cluster: string, bootstrap: AmiTypeInWorld['bootstrap']): string =>
  Buffer.from(`${userDataTexts[bootstrap](cluster).join('\n')}\n`).toString('base64');

/** A customer's launch template from which EKS takes all but the image; undefined: the node group has none. */
const templateWithoutImage = (world: World, cluster: Cluster, entry: NodeGroupEntry): LaunchTemplate | undefined => {
  if (entry.launchTemplate === undefined) return undefined;
  const present = [...world.launchTemplates.values()].find((each) => each.name === entry.launchTemplate);
  if (present !== undefined) return present;
  const template = new LaunchTemplate(entry.launchTemplate, cluster.createdAt, tagsOf(cluster, entry));
  world.launchTemplates.set(template.id, template);
  template.add({ InstanceType: amiTypeInWorld(entry.amiType).instanceType }, 'all but the image', cluster.createdAt);
  return template;
};

/**
 * A customer's launch template: its default version is an early one, the version in use the newest. It holds a version
 * for each release its node groups run.
 */
const templateFor = (world: World, cluster: Cluster, entry: NodeGroupEntry): LaunchTemplate => {
  const name = templateNameOf(cluster.name, entry);
  const { instanceType, bootstrap } = amiTypeInWorld(entry.amiType);
  const holding = (release: string) => imageOf(world, cluster, entry, release)?.imageId ?? '';
  let template = [...world.launchTemplates.values()].find((each) => each.name === name);
  const data = {
    InstanceType: instanceType,
    UserData: userData(cluster.name, bootstrap),
    SecurityGroupIds: [`sg-${digest('security-group', cluster.name).resourceId}`],
    TagSpecifications: ['instance', 'volume'].map((ResourceType) => ({
      ResourceType,
      Tags: [{ Key: 'Name', Value: entry.name }],
    })),
    // Of a managed node group it may hold none (EKS user guide, launch templates).
    ...(entry.kind === 'self-managed' ? { IamInstanceProfile: { Name: `${cluster.name}-nodes` } } : {}),
  };
  if (template === undefined) {
    template = new LaunchTemplate(name, cluster.createdAt, tagsOf(cluster, entry));
    world.launchTemplates.set(template.id, template);
    template.add({ ...data, ImageId: holding(entry.release) }, 'the first one', cluster.createdAt);
  }
  const others = (entry.instances ?? []).map((each) => each.release).filter((release) => release !== entry.release);
  for (const release of [...others, entry.release]) {
    const imageId = holding(release);
    const isThere = template.versions.some(({ number, data: { ImageId } }) => number > 1 && ImageId === imageId);
    if (!isThere) template.add({ ...data, ImageId: imageId }, `with ${release}`, cluster.createdAt);
  }
  return template;
};
