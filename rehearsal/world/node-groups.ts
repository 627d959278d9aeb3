/** Managed node groups, as EKS keeps them. */
import type { AutoScalingGroup, Instance } from './auto-scaling-groups.ts';
import type { Cluster } from './clusters.ts';
import type { LaunchTemplate } from './launch-templates.ts';

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

export interface NodeGroup {
  name: string;
  cluster: Cluster;
  uuid: string;
  /** An ImageId in the launch template; else EKS chooses the AMI. */
  isCustomAmi: boolean;
  amiType: string;
  /** The Kubernetes minor of its nodes. */
  version: string;
  releaseVersion: string;
  status: string;
  issues: NodeGroupIssue[];
  tags: Record<string, string>;
  scaling: { min: number; max: number; desired: number };
  maxUnavailable: { nodes: number } | { percentage: number };
  subnets: string[];
  createdAt: number;
  /** The customer's launch template and the version in use. */
  launchTemplate: { template: LaunchTemplate; version: number } | undefined;
  /** EKS launches from a template of its own, which it makes from the customer's (EKS user guide, launch templates). */
  ownTemplate: LaunchTemplate;
  group: AutoScalingGroup;
  updates: Update[];
  /** Requests by token, so that the same request is the same update. */
  tokens: Map<string, { request: string; update: Update }>;
  /**
   * How many nodes were out of service at once because they were being replaced, by how many that was more than the
   * budget of that moment allows, and how many there were too many.
   */
  seen: { mostOutOfService: number; mostOverBudget: number; mostExtra: number };
  settingsAtStart: string;
}

/** How many nodes EKS takes out at once. How a percentage is rounded is not documented; up is played. */
export const unavailableOf = (nodeGroup: NodeGroup, mostUnavailable: number): number => {
  const { maxUnavailable, scaling } = nodeGroup;
  const nodes =
    'nodes' in maxUnavailable ? maxUnavailable.nodes : Math.ceil((scaling.desired * maxUnavailable.percentage) / 100);
  return Math.max(1, Math.min(mostUnavailable, nodes));
};

/** The image the node group is configured for. */
export const configuredImageId = (nodeGroup: NodeGroup): string | undefined => {
  const use = nodeGroup.launchTemplate;
  if (nodeGroup.isCustomAmi && use !== undefined) return use.template.version(String(use.version))?.data.ImageId;
  return nodeGroup.ownTemplate.latest.data.ImageId;
};

export const imagesOf = (instances: readonly Instance[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { image } of instances) counts[image.imageId] = (counts[image.imageId] ?? 0) + 1;
  return counts;
};
