import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { sfnExecutions } from '../../adapters/aws/executions.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerLeases, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { eventOccasion } from '../../core/rollout/heal.ts';
import { environment } from '../environment.ts';
import { type HealPorts, healRollout } from '../heal-rollout.ts';
import { lambda, logger } from '../lambda.ts';

/** `Step Functions Execution Status Change` (Step Functions developer guide, eventbridge-integration). */
const eventSchema = z.object({
  detail: z.object({
    executionArn: z.string(),
    name: z.string(),
    status: z.string(),
    /** JSON text; left out when it is too large for an event. */
    input: z.nullish(z.string()),
  }),
});

/** An execution ended ABORTED, TIMED_OUT or FAILED. If its rollout has not ended, another execution ends it. */
export const healRolloutsWith =
  (ports: HealPorts) =>
  async (event: unknown): Promise<{ healed: boolean }> => {
    const { detail } = eventSchema.parse(event);
    const rolloutId = rolloutOf(detail);
    if (rolloutId === null) {
      logger.info('No rollout of a cluster', { execution: detail.executionArn });
      return { healed: false };
    }
    return { healed: await healRollout(ports, rolloutId, eventOccasion, 'event:heal') };
  };

/** A child names its rollout; a further execution names the one it works on; a plain start is its own. */
const rolloutOf = ({
  name,
  input,
  executionArn,
}: {
  name: string;
  input?: string | null | undefined;
  executionArn: string;
}) => {
  const given = z
    .object({
      rolloutId: z.optional(z.string()),
      heal: z.optional(z.string()),
      resume: z.optional(z.string()),
      rollBack: z.optional(z.string()),
    })
    .safeParse(parseJson(input ?? ''));
  const named = given.data?.rolloutId ?? given.data?.heal ?? given.data?.resume ?? given.data?.rollBack;
  if (named !== undefined) return named;
  return executionArn.includes('-roll-out-cluster:') ? name : null;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const { LEDGER_TABLE, ROLL_OUT_CLUSTER_ARN } = environment('LEDGER_TABLE', 'ROLL_OUT_CLUSTER_ARN');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  healRolloutsWith({
    executions: sfnExecutions(),
    leases: ledgerLeases(ledger),
    rollouts: ledgerRollouts(ledger),
    rollOutClusterArn: ROLL_OUT_CLUSTER_ARN,
  }),
);
