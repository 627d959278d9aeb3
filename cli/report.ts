import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EKSClient } from '@aws-sdk/client-eks';
import Table from 'cli-table3';
import colors from 'picocolors';
import { eksClusters } from '../adapters/aws/clusters.ts';
import { LedgerItems } from '../adapters/ledger/items.ts';
import { ledgerObservations } from '../adapters/ledger/ledger.ts';
import type { Observation, ObservedCluster } from '../core/ports.ts';
import { exitCodes } from './exit-codes.ts';
import { paint } from './print-answer.ts';
import { clientConfig, findStack, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface ReportOptions extends StackOptions {
  json?: boolean;
}

/** A cluster; `seen` is null where no scan has seen it yet. */
interface Reported {
  clusterName: string;
  seen: ObservedCluster | null;
}

/** What every node group of every cluster runs, what it should run, and why it does not, as the last scan saw it. */
export const report = async (
  clusterName: string | undefined,
  options: ReportOptions,
  output: Output,
): Promise<number> => {
  const { accountId, region, ledgerTable } = await findStack(options);
  const config = clientConfig(options);
  const observations = ledgerObservations(new LedgerItems(ledgerTable, new DynamoDBClient(config)));
  const names =
    clusterName === undefined ? await eksClusters({ accountId, region }, new EKSClient(config)).list() : [clusterName];
  const reported: Reported[] = [];
  for (const name of names.toSorted()) {
    reported.push({ clusterName: name, seen: await observations.read({ accountId, region, clusterName: name }) });
  }
  output.print(options.json === true ? JSON.stringify({ clusters: reported }) : describe(reported, output.width));
  return exitCodes.ok;
};

const describe = (reported: readonly Reported[], width: number): string => {
  const unseen = reported.filter(({ seen }) => seen === null).map(({ clusterName }) => clusterName);
  const rows = reported.flatMap(({ clusterName, seen }) =>
    seen === null ? [] : seen.nodeGroups.map((nodeGroup) => ({ clusterName, seen, nodeGroup })),
  );
  const remark = unseen.length === 0 ? [] : [`not seen by any scan yet: ${unseen.join(', ')}`];
  if (rows.length === 0) return remark[0] ?? 'there are no clusters';
  const columns = [14, 16, 18, 7, 18, 8, 11];
  const why = Math.max(20, width - columns.reduce((sum, each) => sum + each, columns.length + 2));
  const table = new Table({
    head: ['cluster', 'node group', 'runs', 'age', 'wanted', 'behind', 'state', 'why'],
    style: { head: [], border: [], compact: true },
    colWidths: [...columns, why],
    wordWrap: true,
  });
  for (const { clusterName, seen, nodeGroup } of rows) {
    table.push([
      clusterName,
      nodeGroup.nodeGroup,
      labelOf(nodeGroup.running),
      ageOf(nodeGroup, seen.at),
      labelOf(nodeGroup.wanted),
      nodeGroup.behind ?? '?',
      paint(nodeGroup.outcome),
      nodeGroup.reason,
    ]);
  }
  const oldest = rows.map(({ seen }) => seen.at).sort()[0];
  return [table.toString(), colors.dim(`as scans saw it; the oldest look is of ${oldest}`), ...remark].join('\n');
};

const labelOf = ({ releaseVersion, imageId }: Pick<Observation['running'], 'releaseVersion' | 'imageId'>): string =>
  releaseVersion ?? imageId ?? '-';

/** Since its release was published in this Region. */
const ageOf = ({ running: { publishedAt } }: Observation, at: string): string =>
  publishedAt === null ? '?' : `${Math.floor((Date.parse(at) - Date.parse(publishedAt)) / 86_400_000)} d`;
