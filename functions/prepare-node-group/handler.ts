import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { autoScalingDrainHooks } from '../../adapters/aws/drain-hooks.ts';
import { autoScalingGroupSettings } from '../../adapters/aws/group-settings.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerControls,
  ledgerLeases,
  ledgerRecalls,
  ledgerRollouts,
  ledgerSpentReleases,
} from '../../adapters/ledger/ledger.ts';
import { mayUpdate } from '../../core/node-group/before-change.ts';
import { drainHook } from '../../core/node-group/drain.ts';
import { versionFor, withGroup } from '../../core/node-group/record.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import type { DrainHooks, GroupSettings, Leases } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { requireLease } from '../fence.ts';
import { lambda, logger } from '../lambda.ts';
import { type LookPorts, lookAtNodeGroup } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';
import { readStopRule, type StopPorts } from '../stop-rule.ts';

const eventSchema = z.extend(nodeGroupEventSchema, {
  direction: z.enum(['forward', 'back']),
  /** When this step first waited for an update by somebody else. */
  waitingSince: z.nullish(z.string()),
});

export interface PreparePorts extends LookPorts, StopPorts {
  groupSettings: GroupSettings;
  hooks: DrainHooks;
  leases: Leases;
}

/**
 * Makes an Auto Scaling group that people run ready for a refresh: pinned to a number, so that the new version is not
 * taken before its turn, and with our hook, so that nodes are emptied before they go. settle-node-group undoes it.
 */
export const prepareNodeGroupWith =
  (ports: PreparePorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, direction, waitingSince = null, now } = eventSchema.parse(event);
    const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const { group, target } = record;
    const { template } = target;
    if (group === null || template === null) throw new Error(`${nodeGroup} is no group that people run`);
    const { isAndonOn, stop, pause } = await readStopRule(ports, rolloutId, record);
    const { look, reading } = await lookAtNodeGroup(ports, fence.clusterName, record);
    const next: NodeGroupStep =
      versionFor(record, direction) === null ? { step: 'SwapAmi' } : { step: 'UpdateNodeGroup', direction };
    if (group.isPrepared) return next;
    const verdict = mayUpdate({
      record: withGroup(record, { isPrepared: true }),
      direction,
      look,
      isAndonOn,
      stop,
      pause,
      waitingSince,
      now,
    });
    if (verdict.verdict === 'elsewhere' && verdict.step.step !== 'SwapAmi') return verdict.step;

    // How it was is written down before it is changed; after a death the first word stands.
    const retention = await ports.groupSettings.readRetention(nodeGroup);
    const prepared = group.prepared ?? { hook: drainHook, retentionBefore: retention };
    const noted = withGroup(record, { prepared });
    await ports.rollouts.writeNodeGroup(rolloutId, noted, revision);
    await requireLease(ports.leases, fence);
    if (reading?.selfManaged?.follows != null) {
      await ports.groupSettings.pin(nodeGroup, template.templateId, template.versionInUse);
    }
    if (retention !== 'retain') await ports.groupSettings.setRetention(nodeGroup, 'retain');
    await ports.hooks.put(nodeGroup, prepared.hook, JSON.stringify({ rolloutId, fence }));
    await ports.rollouts.writeNodeGroup(rolloutId, withGroup(noted, { isPrepared: true }), revision + 1);
    logger.info('Prepared the Auto Scaling group', { nodeGroup, ...prepared, follows: group.follows });
    return next;
  };

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  prepareNodeGroupWith({
    andon: ssmAndon(PARAMETER_PREFIX),
    controls: ledgerControls(ledger),
    autoScalingGroups: ec2AutoScalingGroups(),
    groupSettings: autoScalingGroupSettings(),
    hooks: autoScalingDrainHooks(),
    instances: ec2Instances(),
    leases: ledgerLeases(ledger),
    nodeGroups: nodeGroupKinds(),
    recalls: ledgerRecalls(ledger),
    spentReleases: ledgerSpentReleases(ledger),
    rollouts: ledgerRollouts(ledger),
  }),
);
