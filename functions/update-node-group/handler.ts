import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupKinds, ofKind } from '../../adapters/aws/node-group-kinds.ts';
import { updateKinds } from '../../adapters/aws/update-kinds.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerControls,
  ledgerLeases,
  ledgerRecalls,
  ledgerRollouts,
  ledgerSpentReleases,
} from '../../adapters/ledger/ledger.ts';
import { afterAnswer } from '../../core/node-group/after-answer.ts';
import { mayTakeBack, mayUpdate } from '../../core/node-group/before-change.ts';
import {
  beginAttempt,
  endAttempt,
  type NodeGroupRecord,
  openAttempt,
  refreshOf,
} from '../../core/node-group/record.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import type { ByKind, ClusterNodes, Leases, NodeGroupUpdates } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { requireLease } from '../fence.ts';
import { kubernetesNodesFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { type LookPorts, lookAtNodeGroup, type Member, nodesOf } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';
import { readStopRule, type StopPorts } from '../stop-rule.ts';

const eventSchema = z.extend(nodeGroupEventSchema, {
  direction: z.enum(['forward', 'back']),
  /** When this step first waited for an update by somebody else. */
  waitingSince: z.nullish(z.string()),
});

export interface UpdatePorts extends LookPorts, StopPorts {
  leases: Leases;
  nodes: ClusterNodes;
  updates: ByKind<NodeGroupUpdates>;
}

/** Asks for the update of a node group to a launch template version: the new one, or back to the former one. */
export const updateNodeGroupWith =
  (ports: UpdatePorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, direction, waitingSince = null, now } = eventSchema.parse(event);
    const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const { isAndonOn, stop, pause } = await readStopRule(ports, rolloutId, record);
    const { look, members } = await lookAtNodeGroup(ports, fence.clusterName, record);
    const verdict = mayUpdate({
      record,
      direction,
      look,
      isAndonOn,
      stop,
      pause,
      waitingSince,
      now,
    });
    if (verdict.verdict === 'elsewhere') {
      logger.info('Nothing to ask of AWS', { nodeGroup, direction, ...verdict.step });
      return verdict.step;
    }

    // What is about to be asked is written down first, so that whoever comes after a death asks the same again.
    const cordonedBefore =
      record.cordonedBefore ?? (await cordonedNodes(ports.nodes, fence.clusterName, record, members));
    const running = openAttempt(record);
    const isTakenBack = mayTakeBack(record, direction);
    const free = running !== undefined && isTakenBack ? endAttempt(record, running, 'Cancelled') : record;
    const begun =
      openAttempt(free) === undefined ? { ...beginAttempt(free, rolloutId, direction, now), cordonedBefore } : free;
    if (begun !== record) await ports.rollouts.writeNodeGroup(rolloutId, begun, revision);
    const attempt = openAttempt(begun);
    if (attempt === undefined) throw new Error(`no attempt was begun for ${nodeGroup}`);
    await requireLease(ports.leases, fence);
    const answer = await ofKind(ports.updates, record).update({
      clusterName: fence.clusterName,
      nodeGroup,
      templateId: record.target.template?.templateId ?? null,
      version: attempt.version,
      kubernetesVersion: record.target.kubernetesVersion,
      token: attempt.token,
      since: attempt.requestedAt,
      takesBack: attempt.direction === 'back' ? record.to.launchTemplateVersion : null,
      refresh: refreshOf(begun, attempt.direction),
    });
    const { record: answered, step } = afterAnswer(begun, attempt, answer, { waitingSince, now });
    await ports.rollouts.writeNodeGroup(rolloutId, answered, begun === record ? revision : revision + 1);
    logger.info('Asked for an update', { nodeGroup, direction, attempt: attempt.number, ...answer });
    return step;
  };

/** Nodes that somebody cordoned before us are left so. Where nodes cannot be read, none is ever uncordoned. */
const cordonedNodes = async (
  nodes: ClusterNodes,
  clusterName: string,
  record: NodeGroupRecord,
  members: readonly Member[],
): Promise<string[] | null> => {
  try {
    const present = await nodesOf(nodes, clusterName, record, members);
    return present.filter((node) => node.isCordoned).map((node) => node.name);
  } catch (error) {
    logger.warn('Cordoned nodes could not be read before the update', {
      nodeGroup: record.name,
      error: String(error),
    });
    return null;
  }
};

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  updateNodeGroupWith({
    andon: ssmAndon(PARAMETER_PREFIX),
    controls: ledgerControls(ledger),
    autoScalingGroups: ec2AutoScalingGroups(),
    instances: ec2Instances(),
    leases: ledgerLeases(ledger),
    nodeGroups: nodeGroupKinds(),
    nodes: kubernetesNodesFromEnvironment(),
    recalls: ledgerRecalls(ledger),
    spentReleases: ledgerSpentReleases(ledger),
    rollouts: ledgerRollouts(ledger),
    updates: updateKinds(),
  }),
);
