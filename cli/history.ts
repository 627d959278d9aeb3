import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import colors from 'picocolors';
import { LedgerItems } from '../adapters/ledger/items.ts';
import { ledgerRollouts } from '../adapters/ledger/ledger.ts';
import { exitCodes } from './exit-codes.ts';
import { paint } from './print-answer.ts';
import { clientConfig, findStack, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface HistoryOptions extends StackOptions {
  json?: boolean;
  /** How many rollouts to show. */
  last: number;
}

interface Line {
  rolloutId: string;
  startedAt: string;
  endedAt: string | null;
  startedBy: string;
  /** The reason that was given with the start. */
  why: string | null;
  outcome: string;
  reason: string;
}

const describe = ({ rolloutId, startedAt, startedBy, why, outcome, reason }: Line): string =>
  [
    `${startedAt.slice(0, 16).replace('T', ' ')}Z  ${paint(outcome)}  ${rolloutId}`,
    `  ${colors.dim(`by ${startedBy}${why === null ? '' : `: ${why}`}`)}`,
    ...(reason === '' ? [] : [`  ${reason}`]),
  ].join('\n');

/** The rollouts of a cluster, newest first: who started it, how it ended, and why. */
export const history = async (clusterName: string, options: HistoryOptions, output: Output): Promise<number> => {
  const { accountId, region, ledgerTable } = await findStack(options);
  const rollouts = ledgerRollouts(new LedgerItems(ledgerTable, new DynamoDBClient(clientConfig(options))));
  const lines: Line[] = [];
  for (const id of await rollouts.listOf({ accountId, region, clusterName }, options.last)) {
    const rollout = (await rollouts.read(id))?.value;
    if (rollout === undefined) continue;
    const { rolloutId, startedAt, endedAt, request, answer } = rollout;
    const { outcome = 'Running', reason = '' } = answer ?? {};
    lines.push({
      rolloutId,
      startedAt,
      endedAt,
      startedBy: request.startedBy,
      why: request.reason ?? null,
      outcome,
      reason,
    });
  }
  if (options.json === true) {
    output.print(JSON.stringify({ clusterName, rollouts: lines }));
  } else if (lines.length === 0) {
    output.print(`the ledger knows no rollout of ${clusterName}`);
  } else {
    output.print(lines.map(describe).join('\n'));
  }
  return exitCodes.ok;
};
