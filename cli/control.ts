import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { LedgerItems } from '../adapters/ledger/items.ts';
import { ledgerControls, ledgerRollouts } from '../adapters/ledger/ledger.ts';
import { type Action, requestHash, requestHashHeader } from '../core/control/control.ts';
import type { Rollouts } from '../core/ports.ts';
import type { RolloutRecord } from '../core/rollout/record.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { clientConfig, findStack, type StackOptions, type StackPlace } from './stack.ts';
import type { Output } from './standard-output.ts';
import { start } from './start.ts';

export interface ControlOptions extends StackOptions {
  reason: string;
  /** Of approve: the plan that was read. */
  plan?: string;
  json?: boolean;
}

interface ControlAnswer {
  accepted: boolean;
  says: string;
  rolloutId: string | null;
  clusterName: string | null;
  by: string | null;
  inFlight: { nodeGroup: string; updateId: string | null; expectedEndAt: string }[];
}

/** Asks something of a rollout. What has ended is resumed or rolled back by another execution of it, which is waited for. */
export const control = async (
  action: Action,
  named: string,
  options: ControlOptions,
  output: Output,
): Promise<number> => {
  const place = await findStack(options);
  const ledger = new LedgerItems(place.ledgerTable, new DynamoDBClient(clientConfig(options)));
  const rollout = await rolloutNamed(ledgerRollouts(ledger), place, named);
  const { rolloutId, key, status } = rollout;
  if (status === 'settled' && (action === 'resume' || action === 'roll-back')) {
    const operation = action === 'resume' ? { resume: rolloutId } : { rollBack: rolloutId };
    return start(key.clusterName, { ...options, ...operation, wait: true }, output);
  }
  const asked = (await ledgerControls(ledger).read(rolloutId)).value.approval;
  if (action === 'approve' && options.plan === undefined && asked !== null) {
    throw new UsageError(
      [
        `rollout ${rolloutId} of ${key.clusterName} asks for the approval of plan ${asked.planHash}, until ${asked.expiresAt}:`,
        ...Object.entries(asked.scope.targets).map(([nodeGroup, imageId]) => `  ${nodeGroup} -> ${imageId}`),
        ...asked.scope.findings.map((finding) => `  finding ${finding}`),
        `to approve it: eks-ami-rollout approve ${rolloutId} --plan ${asked.planHash} --reason WHY`,
      ].join('\n'),
    );
  }
  const request = { action, rolloutId, reason: options.reason, planHash: options.plan ?? null };
  const answer = await ask(request, place, options);
  output.print(options.json === true ? JSON.stringify(answer) : answerText(answer));
  return answer.accepted ? exitCodes.ok : exitCodes.Refused;
};

/** By its id, or the one of a cluster that has not ended, or else its last. */
const rolloutNamed = async (rollouts: Rollouts, place: StackPlace, named: string): Promise<RolloutRecord> => {
  const known = await rollouts.read(named);
  if (known !== null) return known.value;
  const { accountId, region } = place;
  const found: RolloutRecord[] = [];
  for (const id of await rollouts.listOf({ accountId, region, clusterName: named }, 20)) {
    const rollout = await rollouts.read(id);
    if (rollout !== null) found.push(rollout.value);
  }
  const open = found.filter(({ status }) => status !== 'settled');
  if (open.length > 1) {
    throw new UsageError(
      `${named} has several open rollouts: ${open.map(({ rolloutId }) => rolloutId).join(', ')}; name one`,
    );
  }
  const chosen = open[0] ?? found[0];
  if (chosen === undefined) throw new UsageError(`the ledger knows neither a rollout nor a cluster ${named}`);
  return chosen;
};

const ask = async (
  request: { action: Action; rolloutId: string; reason: string; planHash: string | null },
  place: StackPlace,
  options: ControlOptions,
): Promise<ControlAnswer> => {
  const headers = await signedHeaders(requestHash(request), options);
  const lambda = new LambdaClient(clientConfig(options));
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({
      FunctionName: place.controlFunction,
      Payload: new TextEncoder().encode(JSON.stringify({ ...request, identity: { headers } })),
    }),
  );
  const text = Payload?.transformToString() ?? '';
  if (FunctionError !== undefined) throw new Error(`control-rollout failed: ${text.slice(0, 500)}`);
  return JSON.parse(text) as ControlAnswer;
};

/** A request that asks STS who we are, signed and not sent: control-rollout sends it, and so knows who asks. */
const signedHeaders = async (hash: string, options: ControlOptions): Promise<Record<string, string>> => {
  const sts = new STSClient(clientConfig(options));
  let headers: Record<string, string> = {};
  sts.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers[requestHashHeader] = hash;
      return next(args);
    },
    { step: 'build', name: 'sayWhatFor' },
  );
  sts.middlewareStack.add(
    () => async (args) => {
      headers = { ...(args.request as { headers: Record<string, string> }).headers };
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'finalizeRequest', priority: 'low', name: 'doNotSend' },
  );
  await sts.send(new GetCallerIdentityCommand({}));
  return headers;
};

const answerText = ({ accepted, says, rolloutId, clusterName, inFlight }: ControlAnswer): string =>
  [
    `${accepted ? 'done' : 'refused'}: rollout ${rolloutId}${clusterName === null ? '' : ` of ${clusterName}`}: ${says}`,
    ...inFlight.map(
      ({ nodeGroup, updateId, expectedEndAt }) =>
        `  ${nodeGroup}: update ${updateId ?? 'asked for'} cannot be stopped; usually it has ended by ${expectedEndAt}`,
    ),
  ].join('\n');
