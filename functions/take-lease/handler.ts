import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { sfnExecutions } from '../../adapters/aws/executions.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerControls, ledgerLeases, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import type { ClusterKey } from '../../core/cluster-key.ts';
import { stopOf } from '../../core/control/control.ts';
import { decideLease } from '../../core/lease/lease.ts';
import type { Controls, Executions, Leases, Rollouts } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { executionSchema, type Fence } from '../events.ts';
import { lambda, logger } from '../lambda.ts';

const eventSchema = z.object({
  rolloutId: z.string(),
  cluster: z.object({ accountId: z.string(), region: z.string(), clusterName: z.string() }),
  execution: executionSchema,
});

type LeaseStep =
  | { step: 'PlanRollout'; fence: Fence }
  /** It ends in the middle because a person said so; what is left is not planned any more. */
  | { step: 'ClearStart'; fence: Fence; next: Record<string, unknown> }
  /** In the middle of a rollout, after a long wait: somebody else's turn ends some time. */
  | { step: 'WaitForLease'; seconds: number; reason: string; cluster: ClusterKey }
  | { step: 'FinishRollout'; rolloutId: string; outcome: 'Refused'; reason: string };

const secondsBetweenTries = 600;

export interface LeasePorts {
  controls: Pick<Controls, 'read'>;
  leases: Leases;
  rollouts: Pick<Rollouts, 'read'>;
  executions: Pick<Executions, 'status'>;
}

/** Takes the cluster's lease, so that no other rollout works on it. */
export const takeLeaseWith =
  ({ controls, leases, rollouts, executions }: LeasePorts) =>
  async (event: unknown): Promise<LeaseStep> => {
    const { rolloutId, cluster, execution } = eventSchema.parse(event);
    const { value: lease, revision } = await leases.read(cluster);
    const isOthers = lease.holder !== null && lease.holder !== execution.arn;
    const verdict = decideLease({
      lease,
      asker: execution.arn,
      rolloutId,
      holder: isOthers ? await executions.status(lease.holder ?? '') : 'ended',
      isHolderSettled: isOthers && (await rollouts.read(lease.rolloutId ?? ''))?.value.status === 'settled',
    });
    if (verdict.verdict === 'take') await leases.write(cluster, verdict.lease, revision);
    logger.info('Asked for the lease', { clusterName: cluster.clusterName, rolloutId, ...verdict });
    if (verdict.verdict === 'refuse' && (await hasBegun(rollouts, rolloutId, execution.arn)))
      return { step: 'WaitForLease', seconds: secondsBetweenTries, reason: verdict.reason, cluster };
    if (verdict.verdict === 'refuse')
      return { step: 'FinishRollout', rolloutId, outcome: 'Refused', reason: verdict.reason };
    const fence = { ...cluster, holder: execution.arn, generation: verdict.lease.generation };
    const { value: control } = await controls.read(rolloutId);
    if (stopOf(control) !== undefined && (await hasBegun(rollouts, rolloutId, execution.arn))) {
      return { step: 'ClearStart', fence, next: { step: 'StartNodeGroups', mode: 'forward', nodeGroups: [] } };
    }
    return { step: 'PlanRollout', fence };
  };

const hasBegun = async (rollouts: LeasePorts['rollouts'], rolloutId: string, execution: string): Promise<boolean> => {
  const found = await rollouts.read(rolloutId);
  return found?.value.status === 'running' && found.value.execution === execution;
};

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  takeLeaseWith({
    controls: ledgerControls(ledger),
    leases: ledgerLeases(ledger),
    rollouts: ledgerRollouts(ledger),
    executions: sfnExecutions(),
  }),
);
