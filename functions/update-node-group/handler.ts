import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { eksNodeGroups } from '../../adapters/aws/node-groups.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerLeases, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { afterAnswer } from '../../core/node-group/after-answer.ts';
import { mayUpdate, stopReason } from '../../core/node-group/before-change.ts';
import { beginAttempt, openAttempt } from '../../core/node-group/record.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import type { Andon, ClusterNodes, Leases, Rollouts } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { requireLease } from '../fence.ts';
import { kubernetesNodesFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { type LookPorts, lookAtNodeGroup } from '../node-group-look.ts';
import { readOthers, readRecord } from '../node-group-record.ts';

const eventSchema = z.extend(nodeGroupEventSchema, {
  direction: z.enum(['forward', 'back']),
  /** When this step first waited for an update by somebody else. */
  waitingSince: z.nullish(z.string()),
});

export interface UpdatePorts extends LookPorts {
  andon: Andon;
  leases: Leases;
  nodes: ClusterNodes;
  rollouts: Rollouts;
}

/** Asks EKS to move a node group to a launch template version: the new one, or back to the former one. */
export const updateNodeGroupWith =
  (ports: UpdatePorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, direction, waitingSince = null, now } = eventSchema.parse(event);
    const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const others = await readOthers(ports.rollouts, rolloutId, nodeGroup);
    const isAndonOn = await ports.andon.isOn();
    const { look } = await lookAtNodeGroup(ports, fence.clusterName, nodeGroup);
    const verdict = mayUpdate({
      record,
      direction,
      look,
      isAndonOn,
      stop: stopReason(others, isAndonOn),
      waitingSince,
      now,
    });
    if (verdict.verdict === 'elsewhere') {
      logger.info('Nothing to ask of EKS', { nodeGroup, direction, ...verdict.step });
      return verdict.step;
    }

    // What is about to be asked is written down first, so that whoever comes after a death asks the same again.
    const cordonedBefore = record.cordonedBefore ?? (await cordonedNodes(ports.nodes, fence.clusterName, nodeGroup));
    const begun =
      openAttempt(record) === undefined
        ? { ...beginAttempt(record, rolloutId, direction, now), cordonedBefore }
        : record;
    if (begun !== record) await ports.rollouts.writeNodeGroup(rolloutId, begun, revision);
    const attempt = openAttempt(begun);
    if (attempt === undefined) throw new Error(`no attempt was begun for ${nodeGroup}`);
    await requireLease(ports.leases, fence);
    const answer = await ports.nodeGroups.update({
      clusterName: fence.clusterName,
      nodeGroup,
      templateId: record.target.templateId,
      version: attempt.launchTemplateVersion,
      token: attempt.token,
    });
    const { record: answered, step } = afterAnswer(begun, attempt, answer, { waitingSince, now });
    await ports.rollouts.writeNodeGroup(rolloutId, answered, begun === record ? revision : revision + 1);
    logger.info('Asked EKS for an update', { nodeGroup, direction, attempt: attempt.number, ...answer });
    return step;
  };

/** Nodes that somebody cordoned before us are left so. Where nodes cannot be read, none is ever uncordoned. */
const cordonedNodes = async (nodes: ClusterNodes, clusterName: string, nodeGroup: string): Promise<string[] | null> => {
  try {
    return (await nodes.ofNodeGroup(clusterName, nodeGroup)).filter((node) => node.isCordoned).map((node) => node.name);
  } catch (error) {
    logger.warn('Cordoned nodes could not be read before the update', { nodeGroup, error: String(error) });
    return null;
  }
};

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  updateNodeGroupWith({
    andon: ssmAndon(PARAMETER_PREFIX),
    autoScalingGroups: ec2AutoScalingGroups(),
    instances: ec2Instances(),
    leases: ledgerLeases(ledger),
    nodeGroups: eksNodeGroups(),
    nodes: kubernetesNodesFromEnvironment(),
    rollouts: ledgerRollouts(ledger),
  }),
);
