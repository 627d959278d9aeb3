import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerControls, ledgerLeases, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import type { Andon, Controls, Leases, Rollouts } from '../../core/ports.ts';
import { afterWave } from '../../core/rollout/after-wave.ts';
import { beginReturn } from '../begin-return.ts';
import { environment } from '../environment.ts';
import { executionSchema, fenceSchema } from '../events.ts';
import { requireLease } from '../fence.ts';
import { lambda, logger } from '../lambda.ts';
import { type StartNodeGroups, startNodeGroups } from '../plan-step.ts';

const eventSchema = z.object({
  rolloutId: z.string(),
  fence: fenceSchema,
  execution: executionSchema,
  /** The wave that has just ended, as it was started. */
  wave: z.number(),
  mode: z.enum(['forward', 'back', 'settle']),
  again: z.number(),
  turn: z.number(),
  nodeGroups: z.array(z.object({ nodeGroup: z.string() })),
});

export interface ReviewPorts {
  andon: Andon;
  controls: Controls;
  leases: Leases;
  rollouts: Rollouts;
}

/** Reads how the node groups of a wave ended, and says what comes next: another wave, the way back, or the end. */
export const reviewWaveWith =
  (ports: ReviewPorts) =>
  async (event: unknown): Promise<StartNodeGroups | { step: 'FinishRollout'; rolloutId: string; reason: string }> => {
    const { rolloutId, fence, execution, wave, mode, again, turn, nodeGroups } = eventSchema.parse(event);
    await requireLease(ports.leases, fence);
    const rollout = await ports.rollouts.read(rolloutId);
    const settings = rollout?.value.settings;
    if (rollout == null || settings == null) throw new Error(`the ledger has no settings of rollout ${rolloutId}`);
    const next = afterWave({
      waves: rollout.value.plan.waves,
      records: await ports.rollouts.readNodeGroups(rolloutId),
      wave,
      mode,
      started: nodeGroups.map((each) => each.nodeGroup),
      again,
      turn,
      onFailure: settings.onFailure,
      isAndonOn: await ports.andon.isOn(),
      control: (await ports.controls.read(rolloutId)).value,
    });
    logger.info('Reviewed the wave', { rolloutId, wave, ...next });
    if (next.step === 'FinishRollout') return { step: 'FinishRollout', rolloutId, reason: next.reason };
    await beginReturn(ports.rollouts, rolloutId, next);
    return startNodeGroups(rolloutId, execution, fence, next, settings.waves.maxConcurrentNodeGroups);
  };

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  reviewWaveWith({
    andon: ssmAndon(PARAMETER_PREFIX),
    controls: ledgerControls(ledger),
    leases: ledgerLeases(ledger),
    rollouts: ledgerRollouts(ledger),
  }),
);
