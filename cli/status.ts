import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LedgerItems } from '../adapters/ledger/items.ts';
import { ledgerRollouts } from '../adapters/ledger/ledger.ts';
import { describeSeconds } from '../core/duration.ts';
import type { Attempt, NodeGroupRecord } from '../core/node-group/record.ts';
import type { RolloutRecord } from '../core/rollout/record.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { answerText, nodeGroupTable } from './print-answer.ts';
import { clientConfig, findStack, type StackOptions, type StackPlace } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface StatusOptions extends StackOptions {
  json?: boolean;
  /** Shows it again and again until every rollout has ended. */
  watch?: boolean;
  /** How many rollouts to show. */
  last: number;
}

/** What the ledger says of the rollouts of a cluster, newest first, or of every open one. */
export const status = async (
  clusterName: string | undefined,
  options: StatusOptions,
  output: Output,
): Promise<number> => {
  const place = await findStack(options);
  for (;;) {
    const found = await read(clusterName, options, place);
    output.print(shown(found, clusterName, options, output.width));
    if (options.watch !== true || found.every(({ rollout }) => rollout.status === 'settled')) {
      return options.watch === true ? worstCode(found) : exitCodes.ok;
    }
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    if (options.json !== true) output.print('');
  }
};

interface Shown {
  rollout: RolloutRecord;
  nodeGroups: NodeGroupRecord[];
}

/** As `start` would have ended. */
const worstCode = (found: readonly Shown[]): number =>
  Math.max(exitCodes.ok, ...found.map(({ rollout }) => exitCodeOf(rollout.answer?.outcome ?? 'Failed')));

const read = async (
  clusterName: string | undefined,
  options: StatusOptions,
  { accountId, region, ledgerTable }: StackPlace,
): Promise<Shown[]> => {
  const rollouts = ledgerRollouts(new LedgerItems(ledgerTable, new DynamoDBClient(clientConfig(options))));
  const ids =
    clusterName === undefined
      ? (await rollouts.listOpen()).map((open) => open.rolloutId)
      : await rollouts.listOf({ accountId, region, clusterName }, options.last);
  const found: Shown[] = [];
  for (const id of ids) {
    const rollout = await rollouts.read(id);
    if (rollout !== null) found.push({ rollout: rollout.value, nodeGroups: await rollouts.readNodeGroups(id) });
  }
  return found;
};

const shown = (
  found: readonly Shown[],
  clusterName: string | undefined,
  options: StatusOptions,
  width: number,
): string => {
  if (options.json === true) {
    return JSON.stringify({ rollouts: found.map(({ rollout, nodeGroups }) => ({ ...rollout, nodeGroups })) });
  }
  if (found.length === 0) {
    return clusterName === undefined ? 'no rollout is open' : `the ledger knows no rollout of ${clusterName}`;
  }
  return found.map((each) => describe(each, width)).join('\n\n');
};

const describe = (
  { rollout, nodeGroups }: { rollout: RolloutRecord; nodeGroups: readonly NodeGroupRecord[] },
  width: number,
): string => {
  if (rollout.answer !== null) return answerText(rollout.answer, width);
  const { rolloutId, key, startedAt, plan } = rollout;
  const lines = [
    `Running  ${key.clusterName}  rollout ${rolloutId}`,
    `started ${startedAt} by ${rollout.request.startedBy}; ${plan.waves.length} waves: ${plan.waves.map((wave) => wave.join(', ')).join(' | ')}`,
  ];
  if (rollout.waiting !== null) lines.push(`waits until ${rollout.waiting.until}: ${rollout.waiting.reason}`);
  if (nodeGroups.length > 0) {
    const rows = nodeGroups.map((record) => ({
      name: record.name,
      outcome: record.outcome ?? 'Running',
      reason: record.reason ?? whereItStands(record),
      from: record.from,
      to: record.to,
    }));
    lines.push('', nodeGroupTable(rows, width));
  }
  return lines.join('\n');
};

/** What was predicted when it was started, by what the last update took, comes before what is usual. */
const expectedEnd = (
  { predictedMinutes }: NodeGroupRecord,
  { direction, requestedAt, expectedEndAt }: Attempt,
): string => {
  if (direction === 'back' || predictedMinutes === null) return `usually until ${expectedEndAt}`;
  return `predicted until ${new Date(Date.parse(requestedAt) + predictedMinutes * 60_000).toISOString()}`;
};

/** What a node group that has not ended is at. */
const whereItStands = (record: NodeGroupRecord): string => {
  const attempt = record.attempts.at(-1);
  if (attempt === undefined && record.deferred !== null) return `waits: ${record.deferred}`;
  if (attempt === undefined)
    return record.to.launchTemplateVersion === null ? 'not started' : 'has its new launch template version';
  const going = record.direction === 'forward' ? 'goes forward' : `goes back: ${record.verdict?.reason ?? 'asked for'}`;
  if (attempt.ended === null)
    return `${going}; update ${attempt.updateId ?? 'asked for'}, ${expectedEnd(record, attempt)}`;
  if (record.updatedAt !== null && record.direction === 'forward') {
    return `bakes for ${describeSeconds(record.rules.bakeTimeSeconds)} since ${record.updatedAt}`;
  }
  return going;
};
