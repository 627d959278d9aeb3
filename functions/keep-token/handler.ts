import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerControls, ledgerTokens } from '../../adapters/ledger/ledger.ts';
import type { Controls, Tokens } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { lambda, logger } from '../lambda.ts';

const eventSchema = z.object({
  rolloutId: z.string(),
  token: z.string(),
  /** The revision of what people asked that the wait was decided by. */
  seen: z.number(),
});

/** Somebody said something since it was decided to wait. */
export class Signalled extends Error {
  override readonly name = 'Signalled';
}

/**
 * Keeps the token of a task that waits where control-rollout finds it. The token is written before it is looked whether
 * somebody spoke, and control-rollout writes before it looks for the token, so one of the two sees the other.
 */
export const keepTokenWith =
  ({ controls, tokens }: { controls: Controls; tokens: Tokens }) =>
  async (event: unknown): Promise<void> => {
    const { rolloutId, token, seen } = eventSchema.parse(event);
    await tokens.write(rolloutId, token);
    const { revision } = await controls.read(rolloutId);
    logger.info('Waits for a word', { rolloutId, seen, revision });
    if (revision !== seen) throw new Signalled(`rollout ${rolloutId}: somebody spoke meanwhile`);
  };

const { LEDGER_TABLE, TOKENS_TABLE } = environment('LEDGER_TABLE', 'TOKENS_TABLE');
const dynamodb = new DynamoDBClient(clientSettings);

export const handler = lambda(
  keepTokenWith({
    controls: ledgerControls(new LedgerItems(LEDGER_TABLE, dynamodb)),
    tokens: ledgerTokens(new LedgerItems(TOKENS_TABLE, dynamodb)),
  }),
);
