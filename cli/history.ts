import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import colors from 'picocolors';
import { LedgerItems } from '../adapters/ledger/items.ts';
import { ledgerAudit, ledgerRollouts } from '../adapters/ledger/ledger.ts';
import type { AuditEntry } from '../core/ports.ts';
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
  /** What people asked of it while it ran, oldest first. */
  audit: AuditEntry[];
}

const describe = ({ rolloutId, startedAt, startedBy, why, outcome, reason, audit }: Line): string =>
  [
    `${startedAt.slice(0, 16).replace('T', ' ')}Z  ${paint(outcome)}  ${rolloutId}`,
    `  ${colors.dim(`by ${startedBy}${why === null ? '' : `: ${why}`}`)}`,
    ...audit.map(({ at, by, action, reason, isAccepted, says }) => {
      const refused = isAccepted ? '' : ` (refused: ${says})`;
      return `  ${colors.dim(`${at.slice(0, 16).replace('T', ' ')}Z  ${action} by ${by}: ${reason}${refused}`)}`;
    }),
    ...(reason === '' ? [] : [`  ${reason}`]),
  ].join('\n');

/** The rollouts of a cluster, newest first: who started it, what people asked of it, how it ended, and why. */
export const history = async (clusterName: string, options: HistoryOptions, output: Output): Promise<number> => {
  const { accountId, region, ledgerTable } = await findStack(options);
  const items = new LedgerItems(ledgerTable, new DynamoDBClient(clientConfig(options)));
  const [rollouts, audit] = [ledgerRollouts(items), ledgerAudit(items)];
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
      audit: await audit.of(id),
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
