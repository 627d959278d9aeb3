import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { sfnExecutions } from '../../adapters/aws/executions.ts';
import { stsSignedIdentities } from '../../adapters/aws/signed-identity.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerAudit, ledgerControls, ledgerRollouts, ledgerTokens } from '../../adapters/ledger/ledger.ts';
import { actions, decideControl, requestHash, requestHashHeader } from '../../core/control/control.ts';
import { openAttempt } from '../../core/node-group/record.ts';
import type { Audit, Controls, Executions, Rollouts, SignedIdentities, Tokens } from '../../core/ports.ts';
import { describeMistakes, strictObject } from '../../core/schema.ts';
import { environment } from '../environment.ts';
import { lambda, logger } from '../lambda.ts';

const requestSchema = strictObject({
  action: z.enum(actions),
  rolloutId: z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,80}$/, 'is not a rollout id')),
  reason: z.string().check(z.regex(/\S/, 'is empty'), z.maxLength(1000, 'is longer than 1,000 characters')),
  planHash: z._default(z.nullable(z.string().check(z.maxLength(64))), null),
  /** Headers of a signed, unsent request for GetCallerIdentity, `x-eks-ami-rollout-request` among those that are signed. */
  identity: strictObject({ headers: z.record(z.string(), z.string()) }),
});

export interface ControlPorts {
  audit: Audit;
  controls: Controls;
  executions: Pick<Executions, 'wake'>;
  identities: SignedIdentities;
  rollouts: Rollouts;
  tokens: Tokens;
  clock: () => string;
}

export interface ControlAnswer {
  accepted: boolean;
  /** Why not, or what follows. */
  says: string;
  rolloutId: string | null;
  clusterName: string | null;
  by: string | null;
  /** What cannot be stopped, and when it usually has ended. */
  inFlight: { nodeGroup: string; updateId: string | null; expectedEndAt: string }[];
}

/** Every word of a person to a rollout that runs: written to the ledger, and the execution is woken if it waits. */
export const controlRolloutWith =
  (ports: ControlPorts) =>
  async (event: unknown): Promise<ControlAnswer> => {
    const parsed = requestSchema.safeParse(event);
    const refusal = (says: string, known: Partial<ControlAnswer> = {}): ControlAnswer => {
      logger.warn('Refused what was asked', { says, ...known });
      return { accepted: false, says, rolloutId: null, clusterName: null, by: null, inFlight: [], ...known };
    };
    if (!parsed.success) return refusal(describeMistakes(parsed.error).join('; '));
    const { identity, ...request } = parsed.data;
    const { action, rolloutId, reason, planHash } = request;
    const by = await signerOf(ports.identities, identity.headers, requestHash(request));
    if (by === null) return refusal('the signature is not good, or not for this request', { rolloutId });

    const rollout = (await ports.rollouts.read(rolloutId))?.value ?? null;
    const { value: control, revision } = await ports.controls.read(rolloutId);
    const now = ports.clock();
    const verdict = decideControl({
      action,
      reason,
      planHash,
      caller: by,
      control,
      rollout: rollout && { hasEnded: rollout.status === 'settled', startedBy: rollout.request.startedBy },
      rules: rollout?.settings?.approval ?? null,
      now,
    });
    const isAccepted = verdict.verdict === 'accepted';
    if (isAccepted && verdict.control !== control) await ports.controls.write(rolloutId, verdict.control, revision);
    if (rollout !== null)
      await ports.audit.add(rolloutId, { at: now, by, action, reason, isAccepted, says: verdict.says });
    const known = { rolloutId, clusterName: rollout?.key.clusterName ?? null, by };
    if (!isAccepted) return refusal(verdict.says, known);
    const token = await ports.tokens.read(rolloutId);
    if (token !== null) await ports.executions.wake(token);
    logger.info('Did what was asked', { action, reason, says: verdict.says, ...known });
    return { accepted: true, says: verdict.says, ...known, inFlight: await inFlight(ports.rollouts, rolloutId) };
  };

/** The signature must be of this very request, else whoever saw another one could use it. */
const signerOf = async (
  identities: SignedIdentities,
  headers: Readonly<Record<string, string>>,
  hash: string,
): Promise<string | null> => {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const signed = /SignedHeaders=([^,\s]+)/.exec(named.authorization ?? '')?.[1]?.split(';') ?? [];
  if (named[requestHashHeader] !== hash || !signed.includes(requestHashHeader) || !signed.includes('host')) return null;
  return identities.callerOf(named);
};

const inFlight = async (rollouts: Rollouts, rolloutId: string): Promise<ControlAnswer['inFlight']> =>
  (await rollouts.readNodeGroups(rolloutId)).flatMap((record) => {
    const attempt = openAttempt(record);
    if (attempt === undefined) return [];
    return [{ nodeGroup: record.name, updateId: attempt.updateId, expectedEndAt: attempt.expectedEndAt }];
  });

const { LEDGER_TABLE, TOKENS_TABLE } = environment('LEDGER_TABLE', 'TOKENS_TABLE');
const dynamodb = new DynamoDBClient(clientSettings);
const ledger = new LedgerItems(LEDGER_TABLE, dynamodb);

export const handler = lambda(
  controlRolloutWith({
    audit: ledgerAudit(ledger),
    controls: ledgerControls(ledger),
    executions: sfnExecutions(),
    identities: stsSignedIdentities(),
    rollouts: ledgerRollouts(ledger),
    tokens: ledgerTokens(new LedgerItems(TOKENS_TABLE, dynamodb)),
    clock: () => new Date().toISOString(),
  }),
);
