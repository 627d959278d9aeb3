/**
 * The update of a managed node group, phase by phase as documented: set-up, scale-up, upgrade, scale-down (EKS user guide,
 * managed node group update behavior). It cannot be stopped. What happens when it fails is not documented; the scenario
 * says which possibility is played.
 */
import type { Clock } from '../clock/pretend-clock.ts';
import { sleep } from '../clock/sleep.ts';
import type { Instance } from './auto-scaling-groups.ts';
import type { TemplateData } from './launch-templates.ts';
import { type ManagedNodeGroup, type Update, unavailableOf } from './node-groups.ts';
import type { Node } from './nodes.ts';
import { documented, usual } from './timing.ts';
import type { World } from './world.ts';

/** What the update leads to. */
export interface UpdateTarget {
  /** The customer's version; undefined: EKS chooses the AMI. */
  templateVersion?: number;
  data: TemplateData;
  /** The Kubernetes minor of its nodes. */
  version: string;
  releaseVersion: string;
}

interface Failure {
  errorCode: string;
  errorMessage: string;
  resourceIds: string[];
}

/** Label that takes a node out of external load balancers, set with the cordon. */
const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

export const runManagedUpdate = async (
  world: World,
  nodeGroup: ManagedNodeGroup,
  update: Update,
  target: UpdateTarget,
): Promise<void> => {
  const { clock } = world;
  nodeGroup.status = 'UPDATING';
  await sleep(clock, usual.updateSetUpSeconds * 1000);
  if (isGone(nodeGroup)) return;
  pointToTarget(world, nodeGroup, target);
  const foretold = nodeGroup.failures.shift();
  if (foretold !== undefined) return fail(world, nodeGroup, update, target, foretold);
  const failure =
    nodeGroup.updateStrategy === 'MINIMAL'
      ? await replaceInPlace(world, nodeGroup, target)
      : ((await scaleUp(world, nodeGroup, target)) ?? (await upgrade(world, nodeGroup, target)));
  if (isGone(nodeGroup)) return;
  if (failure !== undefined) return fail(world, nodeGroup, update, target, failure);
  await scaleDown(world, nodeGroup);
  if (isGone(nodeGroup)) return;
  for (const node of nodesOf(nodeGroup)) uncordon(node);
  settleOn(nodeGroup, target);
  nodeGroup.status = 'ACTIVE';
  nodeGroup.issues = [];
  update.status = 'Successful';
};

/** EKS makes a version of its own template and has the group launch from it. */
const pointToTarget = (world: World, nodeGroup: ManagedNodeGroup, target: UpdateTarget): void => {
  const { ownTemplate, group } = nodeGroup;
  const data = {
    ...target.data,
    ...(target.templateVersion === undefined ? {} : { SourceVersion: target.templateVersion }),
  };
  const version = ownTemplate.add(data, 'made by EKS', world.clock.now);
  group.configuration = { template: { id: ownTemplate.id, version: String(version.number) } };
};

/** More nodes first: one of the new ones must be Ready in each zone. Nodes on the target already are left alone. */
const scaleUp = async (
  world: World,
  nodeGroup: ManagedNodeGroup,
  target: UpdateTarget,
): Promise<Failure | undefined> => {
  const { group } = nodeGroup;
  if (oldInstances(nodeGroup, target).length === 0) return undefined;
  const surge = Math.max(2 * group.zones.length, unavailableOf(nodeGroup));
  const since = world.clock.now;
  group.resize(group.desired + surge);
  world.observe(nodeGroup);
  for (;;) {
    await sleep(world.clock, usual.eksPollSeconds * 1000);
    if (isGone(nodeGroup)) return undefined;
    const missing = notReady(world, nodeGroup, target);
    const zonesReady = group.zones.every((zone) =>
      group.members.some((each) => each.zone === zone && isNew(each, target) && world.nodeOf(each)?.isReady === true),
    );
    if (missing.length === 0 && zonesReady && group.members.length >= group.desired) break;
    if (world.clock.now - since >= documented.joinLimitSeconds * 1000) {
      const isFull = group.zones.some((zone) => !world.hasFreeAddress(group.subnetIn(zone)));
      return missing.length === 0 && isFull ? noAddresses : notJoining(missing);
    }
  }
  cordonOld(world, nodeGroup, target);
  return undefined;
};

/** Old nodes, chosen at random, a few at a time: drained, cordoned, a minute later terminated. */
const upgrade = async (
  world: World,
  nodeGroup: ManagedNodeGroup,
  target: UpdateTarget,
): Promise<Failure | undefined> => {
  for (;;) {
    const old = oldInstances(nodeGroup, target);
    if (old.length === 0 || isGone(nodeGroup)) return undefined;
    const batch = pickRandom(world, old, unavailableOf(nodeGroup));
    const failures = await Promise.all(batch.map((instance) => replace(world, nodeGroup, instance)));
    const failure = failures.find((each) => each !== undefined);
    if (failure !== undefined) return failure;
  }
};

/** MINIMAL: all old nodes are cordoned, and each goes before another takes its place; there are never more than asked for. */
const replaceInPlace = async (
  world: World,
  nodeGroup: ManagedNodeGroup,
  target: UpdateTarget,
): Promise<Failure | undefined> => {
  cordonOld(world, nodeGroup, target);
  for (;;) {
    const old = oldInstances(nodeGroup, target);
    if (old.length === 0 || isGone(nodeGroup)) return undefined;
    const batch = pickRandom(world, old, unavailableOf(nodeGroup));
    const failures = await Promise.all(batch.map((instance) => replace(world, nodeGroup, instance)));
    const failure = failures.find((each) => each !== undefined) ?? (await joined(world, nodeGroup, target));
    if (failure !== undefined) return failure;
  }
};

/** Waits until every new node is Ready, for as long as a node may take to join. */
const joined = async (
  world: World,
  nodeGroup: ManagedNodeGroup,
  target: UpdateTarget,
): Promise<Failure | undefined> => {
  const since = world.clock.now;
  for (;;) {
    await sleep(world.clock, usual.eksPollSeconds * 1000);
    if (isGone(nodeGroup)) return undefined;
    const missing = notReady(world, nodeGroup, target);
    if (missing.length === 0 && nodeGroup.group.members.length >= nodeGroup.group.desired) return undefined;
    if (world.clock.now - since >= documented.joinLimitSeconds * 1000) return notJoining(missing);
  }
};

const notReady = (world: World, { group }: ManagedNodeGroup, target: UpdateTarget): Instance[] =>
  group.members.filter((instance) => isNew(instance, target) && world.nodeOf(instance)?.isReady !== true);

/** EKS API reference, Issue, has these words for it; that an update fails with the code is not documented as such. */
const noAddresses: Failure = {
  errorCode: 'InsufficientFreeAddresses',
  errorMessage:
    "One or more of the subnets associated with your managed node group doesn't have enough available IP addresses for new nodes",
  resourceIds: [],
};

const notJoining = (missing: readonly Instance[]): Failure => ({
  errorCode: 'NodeCreationFailure',
  errorMessage: "Couldn't proceed with upgrade process as new nodes are not joining node group",
  resourceIds: missing.map((instance) => instance.id),
});

const cordonOld = (world: World, nodeGroup: ManagedNodeGroup, target: UpdateTarget): void => {
  for (const instance of oldInstances(nodeGroup, target)) {
    const node = world.nodeOf(instance);
    if (node !== undefined) cordon(node);
  }
};

const replace = async (world: World, nodeGroup: ManagedNodeGroup, instance: Instance): Promise<Failure | undefined> => {
  const node = world.nodeOf(instance);
  if (node !== undefined) {
    node.isDraining = true;
    cordon(node);
    world.observe(nodeGroup);
    const failure = await drain(world, node);
    if (failure !== undefined) {
      node.isDraining = false;
      return failure;
    }
  }
  await sleep(world.clock, documented.afterCordonSeconds * 1000);
  instance.group.terminate(instance, { decrement: false });
  await until(world.clock, () => instance.state === 'terminated');
  return undefined;
};

/** Evicts what runs on a node, again and again, until it is empty or the limit has passed. */
const drain = async (world: World, node: Node): Promise<Failure | undefined> => {
  const { cluster } = node;
  const since = world.clock.now;
  for (;;) {
    // A pod of a DaemonSet goes with its node.
    const left = cluster.podsOn(node).filter((pod) => !pod.isDaemon);
    if (left.length === 0) return undefined;
    if (world.clock.now - since >= documented.evictionLimitSeconds * 1000) {
      return {
        errorCode: 'PodEvictionFailure',
        errorMessage: `Reached max retries while trying to evict pods from nodes in node group ${node.labels['eks.amazonaws.com/nodegroup']}`,
        resourceIds: [node.name],
      };
    }
    for (const pod of left) if (!pod.isTerminating && cluster.mayEvict(pod)) cluster.removePod(pod);
    await sleep(world.clock, usual.evictionRetrySeconds * 1000);
  }
};

/** One by one back to the size the node group is configured for. */
const scaleDown = async (world: World, nodeGroup: ManagedNodeGroup): Promise<void> => {
  const { group } = nodeGroup;
  while (group.members.length > nodeGroup.scaling.desired && !isGone(nodeGroup)) {
    const [instance] = [...group.members].sort((a, b) => loadOf(world, a) - loadOf(world, b) || (a.id < b.id ? -1 : 1));
    if (instance === undefined) return;
    const node = world.nodeOf(instance);
    if (node !== undefined) {
      node.isDraining = true;
      world.observe(nodeGroup);
      await drain(world, node);
    }
    group.terminate(instance, { decrement: true });
    await until(world.clock, () => instance.state === 'terminated');
  }
  group.desired = nodeGroup.scaling.desired;
  group.max = nodeGroup.scaling.max;
};

const fail = (
  world: World,
  nodeGroup: ManagedNodeGroup,
  update: Update,
  target: UpdateTarget,
  failure: Failure,
): void => {
  const { unproven } = world;
  const { group } = nodeGroup;
  if (unproven.cordonsAfterFailedUpdate === 'go') for (const node of nodesOf(nodeGroup)) uncordon(node);
  if (unproven.versionAfterFailedUpdate === 'target') settleOn(nodeGroup, target);
  if (unproven.surgeAfterFailedUpdate === 'goes') {
    for (const instance of group.members.filter((each) => isNew(each, target))) {
      if (group.desired <= nodeGroup.scaling.desired) break;
      group.terminate(instance, { decrement: true });
    }
  }
  nodeGroup.status = 'ACTIVE';
  update.status = 'Failed';
  update.errors = [failure];
};

/** What DescribeNodegroup says from now on. */
const settleOn = (nodeGroup: ManagedNodeGroup, target: UpdateTarget): void => {
  if (nodeGroup.launchTemplate !== undefined && target.templateVersion !== undefined) {
    nodeGroup.launchTemplate = { ...nodeGroup.launchTemplate, version: target.templateVersion };
  }
  nodeGroup.version = target.version;
  nodeGroup.releaseVersion = target.releaseVersion;
  nodeGroup.releaseImageId = target.data.ImageId ?? '';
};

const isNew = (instance: Instance, target: UpdateTarget): boolean => instance.image.imageId === target.data.ImageId;

const oldInstances = (nodeGroup: ManagedNodeGroup, target: UpdateTarget): Instance[] =>
  nodeGroup.group.members.filter((instance) => !isNew(instance, target));

const nodesOf = (nodeGroup: ManagedNodeGroup): Node[] =>
  [...nodeGroup.cluster.nodes.values()].filter((node) => node.instance.group === nodeGroup.group);

const loadOf = (world: World, instance: Instance): number => {
  const node = world.nodeOf(instance);
  return node === undefined ? -1 : node.cluster.podsOn(node).length;
};

const cordon = (node: Node): void => {
  node.isUnschedulable = true;
  node.labels[excludeLabel] = 'true';
};

/** Only what EKS itself has cordoned; it knows by its label. */
const uncordon = (node: Node): void => {
  if (node.labels[excludeLabel] !== 'true') return;
  node.isUnschedulable = false;
  delete node.labels[excludeLabel];
  node.cluster.schedulePods();
};

const isGone = (nodeGroup: ManagedNodeGroup): boolean =>
  nodeGroup.status === 'DELETING' || nodeGroup.status === 'DELETED';

const pickRandom = (world: World, instances: readonly Instance[], count: number): Instance[] => {
  const left = [...instances];
  const picked: Instance[] = [];
  while (picked.length < count && left.length > 0) {
    picked.push(...left.splice(Math.floor(world.random() * left.length), 1));
  }
  return picked;
};

const until = async (clock: Clock, holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(clock, usual.eksPollSeconds * 1000);
};
