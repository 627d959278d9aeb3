import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { eksNodeGroups } from '../../adapters/aws/node-groups.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { judgeInFlight } from '../../core/gate/judge-gate.ts';
import { measureInFlight } from '../../core/gate/nodes-ready.ts';
import { afterUpdate, type UpdateLook } from '../../core/node-group/after-update.ts';
import type { NodeGroupLook } from '../../core/node-group/before-change.ts';
import { applyDecision } from '../../core/node-group/decision.ts';
import { type Attempt, endAttempt, type NodeGroupRecord, openAttempt } from '../../core/node-group/record.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import type { ClusterNodes, Rollouts } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { kubernetesNodesFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { type LookPorts, lookAtNodeGroup } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';

export interface WatchPorts extends LookPorts {
  nodes: ClusterNodes;
  rollouts: Rollouts;
}

/** Looks at the update of a node group, and says where to go: wait, judge, ask again, or go back. */
export const watchUpdateWith =
  (ports: WatchPorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, now } = nodeGroupEventSchema.parse(event);
    const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const attempt = await knownAttempt(ports, fence.clusterName, record);
    const update =
      attempt?.updateId == null
        ? null
        : await ports.nodeGroups.readUpdate(fence.clusterName, nodeGroup, attempt.updateId);
    const isRunning = update?.status === 'InProgress';
    // While EKS works, the group is only looked at where a gate could fail in flight; the rest costs and tells nothing.
    const look: NodeGroupLook = isRunning
      ? { isThere: true, status: 'UPDATING', configuredVersion: null, instances: {} }
      : (await lookAtNodeGroup(ports, fence.clusterName, nodeGroup)).look;
    const watched =
      isRunning && attempt?.direction === 'forward' ? await judgeNodes(ports, fence.clusterName, record) : record;
    const decision = afterUpdate({ record: watched, attempt, update, look, now });
    const next = applyDecision(withEnd(watched, attempt, update), decision, now);
    if (next !== record) await ports.rollouts.writeNodeGroup(rolloutId, next, revision);
    logger.info('Looked at the update', {
      nodeGroup,
      update: attempt?.updateId,
      status: update?.status,
      ...decision.step,
    });
    return decision.step;
  };

/** The attempt that is under way; if its execution died before it noted the update's id, EKS still knows the update. */
const knownAttempt = async (
  { nodeGroups }: WatchPorts,
  clusterName: string,
  record: NodeGroupRecord,
): Promise<Attempt | undefined> => {
  const attempt = openAttempt(record);
  if (attempt === undefined || attempt.updateId !== null) return attempt;
  const { launchTemplateVersion, requestedAt } = attempt;
  const updateId = await nodeGroups.findUpdate(clusterName, record.name, launchTemplateVersion, requestedAt);
  return updateId === null ? undefined : { ...attempt, updateId };
};

const withEnd = (record: NodeGroupRecord, attempt: Attempt | undefined, update: UpdateLook | null): NodeGroupRecord => {
  if (attempt === undefined) return record;
  const isNew = openAttempt(record)?.updateId == null;
  const noted = isNew
    ? { ...record, attempts: record.attempts.map((each) => (each.number === attempt.number ? attempt : each)) }
    : record;
  if (update === null || update.status === 'InProgress') return noted;
  return endAttempt(noted, attempt, update.status);
};

/** New nodes that were Ready and are not any more: the update cannot be stopped, but nothing else shall start. */
const judgeNodes = async (
  { nodes }: WatchPorts,
  clusterName: string,
  record: NodeGroupRecord,
): Promise<NodeGroupRecord> => {
  if (record.verdict !== null || record.to.imageId === null) return record;
  try {
    const readings = await nodes.ofNodeGroup(clusterName, record.name);
    const measured = measureInFlight(readings, record.to.imageId);
    if (measured.kind !== 'unhealthy') return record;
    const { memory, verdict } = judgeInFlight('nodes-ready', measured, record.gate);
    return { ...record, gate: memory, verdict: verdict ?? null };
  } catch (error) {
    // The gates are read in earnest once the update has ended; until then a missing reading changes nothing.
    logger.warn('Nodes could not be read while the update runs', { nodeGroup: record.name, error: String(error) });
    return record;
  }
};

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  watchUpdateWith({
    autoScalingGroups: ec2AutoScalingGroups(),
    instances: ec2Instances(),
    nodeGroups: eksNodeGroups(),
    nodes: kubernetesNodesFromEnvironment(),
    rollouts: ledgerRollouts(ledger),
  }),
);
