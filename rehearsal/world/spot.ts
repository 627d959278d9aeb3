/** EC2 takes Spot instances back two minutes after it has said so (EC2 user guide, spot-instance-termination-notices). */
import type { Instance } from './auto-scaling-groups.ts';
import type { NodeGroup } from './node-groups.ts';
import { documented, usual } from './timing.ts';
import type { World } from './world.ts';

/**
 * EKS empties a node of a managed node group as soon as the notice comes (EKS user guide, managed node group capacity types);
 * of an Auto Scaling group that people run nobody does. Auto Scaling makes another instance once this one is gone.
 */
export const interrupt = (world: World, nodeGroup: NodeGroup, instance: Instance): void => {
  const { clock } = world;
  const goesAt = clock.now + documented.spotNoticeSeconds * 1000;
  const node = world.nodeOf(instance);
  const evict = (): void => {
    if (node === undefined || clock.now >= goesAt || instance.state !== 'running') return;
    for (const pod of node.cluster.podsOn(node)) {
      if (!pod.isDaemon && !pod.isTerminating && node.cluster.mayEvict(pod)) node.cluster.removePod(pod);
    }
    clock.after(usual.evictionRetrySeconds * 1000, evict);
  };
  if (nodeGroup.kind === 'managed' && node !== undefined) {
    node.isUnschedulable = true;
    evict();
  }
  world.interrupted.add(instance.id);
  clock.at(goesAt, () => {
    world.interrupted.delete(instance.id);
    nodeGroup.group.reclaim(instance);
  });
};
