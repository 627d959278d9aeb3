import { ofKind } from '../adapters/aws/node-group-kinds.ts';
import type { NodeReading } from '../core/gate/nodes-ready.ts';
import type { NodeGroupLook } from '../core/node-group/before-change.ts';
import type { NodeGroupRecord } from '../core/node-group/record.ts';
import { instancesByImage } from '../core/plan/plan-node-group.ts';
import type {
  AutoScalingGroups,
  ByKind,
  ClusterNodes,
  Instances,
  NodeGroupReading,
  NodeGroups,
} from '../core/ports.ts';

export interface LookPorts {
  nodeGroups: ByKind<NodeGroups>;
  autoScalingGroups: AutoScalingGroups;
  instances: Instances;
}

/** An instance of a node group, as Auto Scaling and EC2 say it together. */
export interface Member {
  instanceId: string;
  imageId: string;
  launchedAt: string;
  lifecycleState: string;
}

/** It leaves, and waits for a lifecycle hook (EC2 Auto Scaling user guide, instance lifecycle). */
const isLeaving = ({ lifecycleState }: Pick<Member, 'lifecycleState'>): boolean =>
  lifecycleState === 'Terminating:Wait';

/** One look at a node group: what it is configured with, and what its instances run. */
export const lookAtNodeGroup = async (
  ports: LookPorts,
  clusterName: string,
  { name, kind }: Pick<NodeGroupRecord, 'name' | 'kind'>,
): Promise<{ look: NodeGroupLook; reading: NodeGroupReading | null; members: Member[] }> => {
  const reading = await ofKind(ports.nodeGroups, { kind }).read(clusterName, name);
  if (reading === null) return { look: { isThere: false }, reading, members: [] };
  const listed = (await ports.autoScalingGroups.read(reading.autoScalingGroups)).flatMap((group) => group.instances);
  const described = await ports.instances.read(listed.map((member) => member.instanceId));
  const known = new Map(described.map((instance) => [instance.instanceId, instance]));
  const members = listed.flatMap(({ instanceId, lifecycleState }): Member[] => {
    const instance = known.get(instanceId);
    return instance === undefined ? [] : [{ ...instance, lifecycleState }];
  });
  return {
    reading,
    members,
    look: {
      isThere: true,
      status: reading.status,
      configuredVersion: configuredVersionOf(reading),
      instances: instancesByImage({ instances: members }),
      // EKS empties the nodes of its own groups.
      leaving: kind === 'self-managed' ? members.filter(isLeaving).map(({ instanceId }) => instanceId) : [],
    },
  };
};

/** The launch template version it is configured with, or the release version where EKS chooses the AMI. */
export const configuredVersionOf = ({ chosenByEks, launchTemplate }: NodeGroupReading): string | null =>
  chosenByEks === null ? (launchTemplate?.version ?? null) : chosenByEks.releaseVersion;

/** The nodes of a node group. The cluster does not know whose the others are; their instances tell. */
export const nodesOf = async (
  nodes: Pick<ClusterNodes, 'ofNodeGroup' | 'selfManaged'>,
  clusterName: string,
  { name, kind }: Pick<NodeGroupRecord, 'name' | 'kind'>,
  members: readonly { instanceId: string; imageId: string }[],
): Promise<NodeReading[]> => {
  if (kind !== 'self-managed') return nodes.ofNodeGroup(clusterName, name);
  const imageOf = new Map(members.map(({ instanceId, imageId }) => [instanceId, imageId]));
  return (await nodes.selfManaged(clusterName)).flatMap((node) => {
    const imageId = imageOf.get(node.instanceId);
    return imageId === undefined ? [] : [{ ...node, imageId }];
  });
};
