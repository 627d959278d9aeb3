import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { autoScalingDrainHooks } from '../../adapters/aws/drain-hooks.ts';
import { autoScalingGroupSettings } from '../../adapters/aws/group-settings.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { updateKinds } from '../../adapters/aws/update-kinds.ts';
import { kubernetesNodes } from '../../adapters/kubernetes/cluster-nodes.ts';
import { kubernetesProbePods } from '../../adapters/kubernetes/probe-pods.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerLeases,
  ledgerPaces,
  ledgerPassedReleases,
  ledgerRollouts,
  ledgerSpentReleases,
} from '../../adapters/ledger/ledger.ts';
import { paceOf } from '../../core/node-group/pace.ts';
import { type NodeGroupRecord, openAttempt } from '../../core/node-group/record.ts';
import { cordonedByUs, settleRecord } from '../../core/node-group/settle-record.ts';
import { cut } from '../../core/outcome/shorten.ts';
import type {
  ClusterNodes,
  Leases,
  Paces,
  PassedReleases,
  ProbePods,
  Rollouts,
  SpentReleases,
} from '../../core/ports.ts';
import { passedBy } from '../../core/release/passed-release.ts';
import { spentScope } from '../../core/rollout/spent-scope.ts';
import { environment } from '../environment.ts';
import { describeFailure, type Fence, failureSchema, nodeGroupEventSchema } from '../events.ts';
import { requireLease } from '../fence.ts';
import { connectionsFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { lookAtNodeGroup, type Member, nodesOf } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';
import { removeProbes } from './remove-probes.ts';
import { type RestorePorts, restoreGroup } from './restore-group.ts';

const eventSchema = z.extend(nodeGroupEventSchema, {
  outcome: z.optional(z.enum(['Updated', 'RolledBack', 'Untouched', 'Held', 'Failed', 'Deferred'])),
  reason: z.optional(z.string()),
  isGone: z.optional(z.boolean()),
  /** Set when a step before this one failed for good. */
  failure: z.optional(failureSchema),
});

export interface SettlePorts extends RestorePorts {
  leases: Leases;
  nodes: ClusterNodes;
  paces: Paces;
  probePods: Pick<ProbePods, 'list' | 'remove'>;
  passedReleases: PassedReleases;
  rollouts: Rollouts;
  spentReleases: SpentReleases;
}

/** Writes down how a node group ended, tidies up after AWS and after us, and remembers a release that failed. */
export const settleNodeGroupWith =
  (ports: SettlePorts) =>
  async (event: unknown): Promise<{ outcome: string }> => {
    const { rolloutId, nodeGroup, fence, now, failure, ...told } = eventSchema.parse(event);
    const { value: present, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    await requireLease(ports.leases, fence);
    const { members } =
      present.group === null || told.isGone
        ? { members: [] }
        : await lookAtNodeGroup(ports, fence.clusterName, present);
    const { record, notRestored } = told.isGone
      ? { record: present, notRestored: [] }
      : await restoreGroup(ports, fence.clusterName, present, members);
    const leftover = told.isGone ? [] : await uncordon(ports.nodes, fence, record, members);
    const unprobed = told.isGone ? [] : await removeProbes(ports.probePods, fence.clusterName, rolloutId, record);
    const settled = settleRecord(record, {
      ...told,
      failure: failure === undefined ? undefined : describeFailure(failure),
      leftover,
      notRestored: [...notRestored, ...unprobed],
    });
    if (settled.isSpent && settled.record.to.imageId !== null && record.variant !== null) {
      await ports.spentReleases.add(spentScope(record.rules.ring, fence), {
        variant: record.variant,
        imageId: settled.record.to.imageId,
        releaseVersion: record.to.releaseVersion,
        rolloutId,
        reason: cut(settled.record.reason ?? '', 300),
        spentAt: now,
      });
    }
    const pace = paceOf(settled.record);
    if (pace !== null) await ports.paces.write(fence, nodeGroup, pace);
    const passed = passedBy(settled.record, { rolloutId, clusterName: fence.clusterName, passedAt: now });
    if (passed !== null && record.rules.ring !== null) await ports.passedReleases.add(record.rules.ring, passed);
    await ports.rollouts.writeNodeGroup(rolloutId, settled.record, revision);
    const { outcome, deferred, reason } = settled.record;
    const word = deferred === null ? (outcome ?? 'Held') : 'Deferred';
    logger.info('Settled the node group', { nodeGroup, outcome: word, reason: deferred ?? reason, now });
    return { outcome: word };
  };

/** A failed update may leave nodes cordoned. Those that were not before may take pods again; the rest is named. */
const uncordon = async (
  nodes: ClusterNodes,
  { clusterName }: Fence,
  record: NodeGroupRecord,
  members: readonly Member[],
): Promise<string[]> => {
  // While an update still runs, the cordons are EKS's work.
  if (record.attempts.length === 0 || openAttempt(record) !== undefined) return [];
  const leftover: string[] = [];
  try {
    for (const node of cordonedByUs(record, await nodesOf(nodes, clusterName, record, members))) {
      try {
        await nodes.uncordon(clusterName, node);
      } catch (error) {
        logger.warn('A node could not be uncordoned', { node, error: String(error) });
        leftover.push(node);
      }
    }
  } catch (error) {
    logger.warn('Nodes could not be read, so none was uncordoned', { nodeGroup: record.name, error: String(error) });
  }
  return leftover;
};

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));

const withApi = connectionsFromEnvironment();

export const handler = lambda(
  settleNodeGroupWith({
    autoScalingGroups: ec2AutoScalingGroups(),
    groupSettings: autoScalingGroupSettings(),
    hooks: autoScalingDrainHooks(),
    instances: ec2Instances(),
    nodeGroups: nodeGroupKinds(),
    updates: updateKinds(),
    leases: ledgerLeases(ledger),
    nodes: kubernetesNodes(withApi),
    probePods: kubernetesProbePods(withApi),
    paces: ledgerPaces(ledger),
    passedReleases: ledgerPassedReleases(ledger),
    rollouts: ledgerRollouts(ledger),
    spentReleases: ledgerSpentReleases(ledger),
  }),
);
