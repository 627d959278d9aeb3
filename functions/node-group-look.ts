import type { NodeGroupLook } from '../core/node-group/before-change.ts';
import { instancesByImage } from '../core/plan/plan-node-group.ts';
import type { AutoScalingGroups, Instances, NodeGroupReading, NodeGroups } from '../core/ports.ts';

export interface LookPorts {
  nodeGroups: NodeGroups;
  autoScalingGroups: AutoScalingGroups;
  instances: Instances;
}

/** One look at a node group: what it is configured with, and what its instances run. */
export const lookAtNodeGroup = async (
  ports: LookPorts,
  clusterName: string,
  nodeGroup: string,
): Promise<{ look: NodeGroupLook; reading: NodeGroupReading | null }> => {
  const reading = await ports.nodeGroups.read(clusterName, nodeGroup);
  if (reading === null) return { look: { isThere: false }, reading };
  const members = (await ports.autoScalingGroups.read(reading.autoScalingGroups)).flatMap((group) => group.instances);
  const described = await ports.instances.read(members.map((member) => member.instanceId));
  const imageOf = new Map(described.map((instance) => [instance.instanceId, instance.imageId]));
  const instances = members.flatMap(({ instanceId, lifecycleState }) => {
    const imageId = imageOf.get(instanceId);
    return imageId === undefined ? [] : [{ instanceId, imageId, lifecycleState }];
  });
  return {
    reading,
    look: {
      isThere: true,
      status: reading.status,
      configuredVersion: reading.launchTemplate?.version ?? null,
      instances: instancesByImage({ instances }),
    },
  };
};
