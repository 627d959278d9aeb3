/**
 * What the Cluster Autoscaler does to a node group while others work on it: it speaks to the Auto Scaling group, never to EKS
 * (Cluster Autoscaler on AWS, and its FAQ: how does scale-up and scale-down work).
 */
import type { Instance } from './auto-scaling-groups.ts';
import type { NodeGroup } from './node-groups.ts';
import { usual } from './timing.ts';
import type { World } from './world.ts';

/** So many nodes more, or fewer; less where its limits, a budget or the youth of its nodes are against it. */
export const autoscale = (world: World, nodeGroup: NodeGroup, by: number): void => {
  const { group } = nodeGroup;
  const { min, max, desired } = nodeGroup.kind === 'managed' ? nodeGroup.scaling : group;
  const note = (change: number): void => {
    // EKS tells the desired size of the Auto Scaling group as its own.
    if (nodeGroup.kind === 'managed') nodeGroup.scaling = { min, max, desired: nodeGroup.scaling.desired + change };
    nodeGroup.settingsAtStart = { ...nodeGroup.settingsAtStart, scaling: { min, max, desired: desired + change } };
  };
  if (by > 0) {
    const more = Math.max(0, Math.min(by, max - desired));
    group.resize(group.desired + more);
    note(more);
    return;
  }
  const leaving = group.members
    .filter((instance) => world.clock.now - instance.launchedAt >= usual.unneededSeconds * 1000)
    .filter((instance) => mayEmpty(world, instance))
    .sort((a, b) => loadOf(world, a) - loadOf(world, b) || (a.id < b.id ? -1 : 1))
    .slice(0, Math.max(0, Math.min(-by, desired - min)));
  for (const instance of leaving) {
    const node = world.nodeOf(instance);
    if (node !== undefined) {
      node.isUnschedulable = true;
      for (const pod of podsOn(world, instance)) node.cluster.removePod(pod);
    }
    group.terminate(instance, { decrement: true });
  }
  note(-leaving.length);
};

const podsOn = (world: World, instance: Instance) => {
  const node = world.nodeOf(instance);
  return node === undefined ? [] : node.cluster.podsOn(node).filter((pod) => !pod.isDaemon);
};

const loadOf = (world: World, instance: Instance): number => podsOn(world, instance).length;

/** It takes no node whose pods may not go, and none that somebody empties already. */
const mayEmpty = (world: World, instance: Instance): boolean => {
  const node = world.nodeOf(instance);
  if (node === undefined || node.isUnschedulable || node.isDraining) return false;
  return node.cluster.protectedPodsOn(node).size === 0;
};
