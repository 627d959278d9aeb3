import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerLeases, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { beginAgain, type Verdict } from '../../core/node-group/record.ts';
import type { Andon, Leases, Rollouts } from '../../core/ports.ts';
import { afterWave, type WaveStart } from '../../core/rollout/after-wave.ts';
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
    });
    logger.info('Reviewed the wave', { rolloutId, wave, ...next });
    if (next.step === 'FinishRollout') return { step: 'FinishRollout', rolloutId, reason: next.reason };
    await prepare(ports.rollouts, rolloutId, next);
    return startNodeGroups(rolloutId, execution, fence, next, settings.waves.maxConcurrentNodeGroups);
  };

/** Node groups that had ended well and go back after all begin again; the others go on from where they are. */
const prepare = async (rollouts: Rollouts, rolloutId: string, next: WaveStart): Promise<void> => {
  if (next.mode !== 'back') return;
  const verdict: Verdict = { verdict: 'Asked', reason: next.reason };
  for (const name of next.nodeGroups) {
    const present = await rollouts.readNodeGroup(rolloutId, name);
    if (present === null || present.value.mode === 'back') continue;
    await rollouts.writeNodeGroup(rolloutId, beginAgain(present.value, 'back', verdict), present.revision);
  }
};

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  reviewWaveWith({
    andon: ssmAndon(PARAMETER_PREFIX),
    leases: ledgerLeases(ledger),
    rollouts: ledgerRollouts(ledger),
  }),
);
