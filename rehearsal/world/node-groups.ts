/** Node groups of a cluster: those that EKS manages, and Auto Scaling groups that people run themselves. */
import type { AutoScalingGroup, Instance } from './auto-scaling-groups.ts';
import type { Cluster } from './clusters.ts';
import type { LaunchTemplate } from './launch-templates.ts';
import { documented } from './timing.ts';

/** What every node group has, whoever runs it. */
interface AnyNodeGroup {
  name: string;
  cluster: Cluster;
  group: AutoScalingGroup;
  seen: Seen;
  /** How it was set at the start, or was set since by somebody who may. */
  settingsAtStart: Settings;
}

/** What the world saw of a node group, to be judged at the end. */
export interface Seen {
  /** Nodes that were out of service at once because they were being replaced. */
  mostOutOfService: number;
  /** By how many that was more than the budget of that moment allows. */
  mostOverBudget: number;
  mostExtra: number;
  /** By workload, the pods that died with a refreshed instance although a disruption budget forbade to evict them. */
  podsKilled: Record<string, number>;
}

/** Settings by their names, to be compared. */
export type Settings = Record<string, unknown>;

export type NodeGroup = ManagedNodeGroup | SelfManagedNodeGroup;

/** An Auto Scaling group whose instances join the cluster by themselves. EKS does not know it. */
export interface SelfManagedNodeGroup extends AnyNodeGroup {
  kind: 'self-managed';
}

export interface NodeGroupIssue {
  code: string;
  message: string;
  resourceIds: string[];
}

export interface Update {
  id: string;
  status: 'InProgress' | 'Failed' | 'Cancelled' | 'Successful';
  type: 'VersionUpdate';
  params: { type: string; value: string }[];
  createdAt: number;
  errors: { errorCode: string; errorMessage: string; resourceIds: string[] }[];
}

/** As EKS keeps it. */
export interface ManagedNodeGroup extends AnyNodeGroup {
  kind: 'managed';
  uuid: string;
  /** An ImageId in the launch template; else EKS chooses the AMI. */
  isCustomAmi: boolean;
  amiType: string;
  /** The Kubernetes minor of its nodes. */
  version: string;
  releaseVersion: string;
  /** Of the release; of no account where the launch template holds an image. */
  releaseImageId: string;
  status: string;
  issues: NodeGroupIssue[];
  tags: Record<string, string>;
  scaling: { min: number; max: number; desired: number };
  maxUnavailable: { nodes: number } | { percentage: number };
  updateStrategy: 'DEFAULT' | 'MINIMAL';
  capacityType: 'ON_DEMAND' | 'SPOT' | 'CAPACITY_BLOCK';
  subnets: string[];
  createdAt: number;
  /** The customer's launch template and the version in use. */
  launchTemplate: { template: LaunchTemplate; version: number } | undefined;
  /** EKS launches from a template of its own, which it makes from the customer's (EKS user guide, launch templates). */
  ownTemplate: LaunchTemplate;
  updates: Update[];
  /** What the next updates fail by. */
  failures: Update['errors'];
  /** Requests by token, so that the same request is the same update. */
  tokens: Map<string, { request: string; update: Update }>;
}

export const nothingSeen = (): Seen => ({ mostOutOfService: 0, mostOverBudget: 0, mostExtra: 0, podsKilled: {} });

/** What must be as it was when all is over. */
export const settingsOf = (nodeGroup: NodeGroup): Settings => {
  if (nodeGroup.kind === 'managed') {
    const { scaling, maxUnavailable } = nodeGroup;
    return { scaling, maxUnavailable };
  }
  const { min, max, desired, suspended, retainsAbandoned, protectsNewInstances, configuration } = nodeGroup.group;
  return {
    scaling: { min, max, desired },
    suspended: [...suspended.keys()].sort(),
    retainsAbandoned: retainsAbandoned === true,
    protectsNewInstances,
    mixedInstances: configuration.mixed,
  };
};

/** How many nodes it is asked to run. */
export const desiredSize = (nodeGroup: NodeGroup): number =>
  nodeGroup.kind === 'managed' ? nodeGroup.scaling.desired : nodeGroup.group.desired;

/** Sets its size, as EKS and Auto Scaling do it on request. */
export const scaleTo = (nodeGroup: NodeGroup, scaling: { min: number; max: number; desired: number }): void => {
  if (nodeGroup.kind === 'managed') nodeGroup.scaling = scaling;
  nodeGroup.group.scale(scaling);
};

/** How many nodes may be out of service at once, as things are now. */
export const unavailableOf = (nodeGroup: NodeGroup): number =>
  nodeGroup.kind === 'managed' ? unavailableByEks(nodeGroup) : (nodeGroup.group.refreshes.at(-1)?.budget ?? 0);

/** How a percentage is rounded is not documented; up is played. */
const unavailableByEks = ({ maxUnavailable, scaling }: ManagedNodeGroup): number => {
  const nodes =
    'nodes' in maxUnavailable ? maxUnavailable.nodes : Math.ceil((scaling.desired * maxUnavailable.percentage) / 100);
  return Math.max(1, Math.min(documented.mostUnavailable, nodes));
};

/** The image the node group is configured for. */
export const configuredImageId = (nodeGroup: NodeGroup): string | undefined => {
  if (nodeGroup.kind === 'self-managed') return nodeGroup.group.configuredVersion?.data.ImageId;
  const use = nodeGroup.launchTemplate;
  if (nodeGroup.isCustomAmi && use !== undefined) return use.template.version(String(use.version))?.data.ImageId;
  return nodeGroup.releaseImageId;
};

/** The number of the customer's launch template version that it is configured for. */
export const configuredVersionNumber = (nodeGroup: NodeGroup): number | undefined =>
  nodeGroup.kind === 'managed' ? nodeGroup.launchTemplate?.version : nodeGroup.group.configuredVersion?.number;

export const imagesOf = (instances: readonly Instance[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { image } of instances) counts[image.imageId] = (counts[image.imageId] ?? 0) + 1;
  return counts;
};
