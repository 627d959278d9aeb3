/**
 * The gate `instances`: what EC2, Auto Scaling and EKS say of the machines under the new nodes. A node may be Ready on a
 * machine that fails, for a while.
 */
import type { Measurement } from './measurement.ts';
import { few, type InstanceReading, joinGraceSeconds, secondsSince } from './nodes-ready.ts';

/** What EKS says is wrong with a node group (EKS API reference, Issue). */
export interface NodeGroupIssue {
  code: string;
  message: string;
  resourceIds: readonly string[];
}

export interface InstancesReading {
  /** Of the new AMI, with what the status checks said. */
  instances: readonly InstanceReading[];
  issues: readonly NodeGroupIssue[];
}

export const measureInstances = ({ instances, issues }: InstancesReading, now: string): Measurement => {
  if (instances.length === 0) return { kind: 'abstains', reason: 'no new instance' };
  const unhealthy: string[] = [];
  const starting: string[] = [];
  const unread: string[] = [];
  for (const { instanceId, isImpaired, isInService, launchedAt } of instances) {
    // Issues that name none of the new nodes were there before, or are about the group.
    const issue = issues.find(({ resourceIds }) => resourceIds.includes(instanceId));
    if (isImpaired === true) unhealthy.push(`${instanceId} fails its EC2 status checks`);
    else if (issue !== undefined) unhealthy.push(`${instanceId} has ${issue.code}: ${issue.message}`);
    else if (!isInService) {
      const isYoung = secondsSince(launchedAt, now) < joinGraceSeconds;
      (isYoung ? starting : unhealthy).push(`${instanceId} is not Healthy and InService`);
    } else if (isImpaired === null) unread.push(instanceId);
  }
  if (unhealthy.length > 0) {
    return { kind: 'unhealthy', reason: `${unhealthy.length} of ${instances.length} new instances: ${few(unhealthy)}` };
  }
  if (unread.length > 0) return { kind: 'missing', reason: `no status checks were read of ${few(unread)}` };
  if (starting.length > 0) return { kind: 'starting', reason: few(starting) };
  return { kind: 'healthy', reason: `${instances.length} new instances pass their status checks` };
};
