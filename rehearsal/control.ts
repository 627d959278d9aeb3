/** What a person asks of a rollout, as the command would send it: signed, for this request alone. */
import { createHash } from 'node:crypto';
import type { Stack } from './deployment/stack.ts';
import type { Scenario } from './scenario-format/schema.ts';
import type { Executions } from './services/executions.ts';
import type { Identities } from './services/identities.ts';
import type { Tables } from './services/tables.ts';

export type AskedControl = NonNullable<Scenario['timeline'][number]['control']>;

export interface AnsweredControl {
  asked: AskedControl;
  rolloutId: string;
  /** Undefined: not answered yet. */
  answer: unknown;
}

/** The event of control-rollout. */
export const controlEvent = async (
  { action, reason, rollout, by, plan }: AskedControl,
  aws: { executions: Executions; identities: Identities; stack: Stack; tables: Tables },
): Promise<Record<string, unknown>> => {
  const newest = aws.executions.all.filter(({ machine }) => machine.name.endsWith('-roll-out-cluster')).at(-1);
  const rolloutId = rollout ?? newest?.name ?? 'none';
  const planHash = action === 'approve' ? (plan ?? (await planAskedFor(rolloutId, aws))) : null;
  const signedFor = createHash('sha256')
    .update(JSON.stringify([action, rolloutId, reason, planHash]))
    .digest('hex');
  const key = aws.identities.keyOfUser(by ?? 'administrator');
  const names = 'content-type;host;x-amz-date;x-eks-ami-rollout-request';
  return {
    action,
    rolloutId,
    reason,
    planHash,
    identity: {
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        host: 'sts.amazonaws.com',
        'x-amz-date': '20260820T090000Z',
        'x-eks-ami-rollout-request': signedFor,
        authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260820/us-east-1/sts/aws4_request, SignedHeaders=${names}, Signature=0`,
      },
    },
  };
};

/** As a person reads it in the ledger before they approve it. */
const planAskedFor = async (
  rolloutId: string,
  { stack, tables }: { stack: Stack; tables: Tables },
): Promise<string | null> => {
  const items = await tables.scan(stack.tables[0]?.name ?? '');
  const item = items.find(({ pk, sk }) => pk === `ROLLOUT#${rolloutId}` && sk === 'CONTROL');
  const control = JSON.parse(item?.body ?? '{}') as { approval?: { planHash: string } | null };
  return control.approval?.planHash ?? null;
};
