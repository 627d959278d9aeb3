import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EKSClient } from '@aws-sdk/client-eks';
import Table from 'cli-table3';
import colors from 'picocolors';
import { eksClusters } from '../adapters/aws/clusters.ts';
import { LedgerItems } from '../adapters/ledger/items.ts';
import { ledgerObservations } from '../adapters/ledger/ledger.ts';
import type { ReleasePackages } from '../core/advisory/advisory.ts';
import type { Observation, ObservedCluster } from '../core/ports.ts';
import { type AdvisorySources, judgeAll } from './advisories.ts';
import { exitCodes } from './exit-codes.ts';
import { readReleases } from './history-files.ts';
import { paint } from './print-answer.ts';
import { clientConfig, findStack, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface ReportOptions extends StackOptions, Partial<AdvisorySources> {
  /** A CSV of releases and their packages, for a column of open advisories. */
  releases?: string;
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
  const found = await advisoriesOf(reported, options);
  for (const mistake of found?.mistakes ?? []) output.remark(mistake);
  if (options.json === true) {
    output.print(JSON.stringify({ clusters: reported, ...(found === null ? {} : { advisories: found.open }) }));
  } else output.print(describe(reported, found, output.width));
  return found === null || found.mistakes.length === 0 ? exitCodes.ok : exitCodes.usage;
};

/** Of each release that runs: how many advisories it lacks the remedy of, and of how many that cannot be told. */
interface FoundAdvisories {
  open: Record<string, { open: string[]; cannotBeJudged: number }>;
  mistakes: string[];
}

const keyOf = (releaseVersion: string, variant: string): string => `${variant}@${releaseVersion}`;

const advisoriesOf = async (
  reported: readonly Reported[],
  { releases: file, severity = 'important', ...sources }: ReportOptions,
): Promise<FoundAdvisories | null> => {
  if (file === undefined) return null;
  const history = await readReleases(file);
  const running = new Set(
    reported.flatMap(({ seen }) =>
      (seen?.nodeGroups ?? []).map(({ running: { releaseVersion }, variant }) =>
        keyOf(releaseVersion ?? '', variant ?? ''),
      ),
    ),
  );
  const releases = history.items.flatMap(({ releaseVersion, amiType, minor, packages = {} }): ReleasePackages[] =>
    releaseVersion !== null && amiType !== null && running.has(keyOf(releaseVersion, amiType))
      ? [{ release: releaseVersion, amiType, minor, packages }]
      : [],
  );
  const { judged, mistakes } = await judgeAll(releases, { ...sources, severity });
  const open: FoundAdvisories['open'] = {};
  for (const { release, amiType } of releases) open[keyOf(release, amiType)] = { open: [], cannotBeJudged: 0 };
  for (const { advisory, release, verdict } of judged) {
    const of = open[keyOf(release.release, release.amiType)];
    if (verdict.verdict === 'open') of?.open.push(advisory.id);
    if (verdict.verdict === 'cannot-be-judged' && of !== undefined) of.cannotBeJudged += 1;
  }
  return { open, mistakes: [...history.mistakes, ...mistakes] };
};

const describe = (reported: readonly Reported[], found: FoundAdvisories | null, width: number): string => {
  const unseen = reported.filter(({ seen }) => seen === null).map(({ clusterName }) => clusterName);
  const rows = reported.flatMap(({ clusterName, seen }) =>
    seen === null ? [] : seen.nodeGroups.map((nodeGroup) => ({ clusterName, seen, nodeGroup })),
  );
  const remark = unseen.length === 0 ? [] : [`not seen by any scan yet: ${unseen.join(', ')}`];
  if (rows.length === 0) return remark[0] ?? 'there are no clusters';
  const columns = [14, 16, 18, 7, 18, 8, ...(found === null ? [] : [14]), 11];
  const why = Math.max(20, width - columns.reduce((sum, each) => sum + each, columns.length + 2));
  const table = new Table({
    head: [
      ...['cluster', 'node group', 'runs', 'age', 'wanted', 'behind'],
      ...(found === null ? [] : ['advisories']),
      ...['state', 'why'],
    ],
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
      ...(found === null ? [] : [advisoriesText(found, nodeGroup)]),
      paint(nodeGroup.outcome),
      nodeGroup.reason,
    ]);
  }
  const oldest = rows.map(({ seen }) => seen.at).sort()[0];
  return [table.toString(), colors.dim(`as scans saw it; the oldest look is of ${oldest}`), ...remark].join('\n');
};

/** `2 open`, `1 open, 3 ?`; a release whose packages are not known cannot be judged at all. */
const advisoriesText = ({ open }: FoundAdvisories, { running, variant }: Observation): string => {
  const of = open[keyOf(running.releaseVersion ?? '', variant ?? '')];
  if (of === undefined) return '?';
  return [`${of.open.length} open`, ...(of.cannotBeJudged === 0 ? [] : [`${of.cannotBeJudged} ?`])].join(', ');
};

const labelOf = ({ releaseVersion, imageId }: Pick<Observation['running'], 'releaseVersion' | 'imageId'>): string =>
  releaseVersion ?? imageId ?? '-';

/** Since its release was published in this Region. */
const ageOf = ({ running: { publishedAt } }: Observation, at: string): string =>
  publishedAt === null ? '?' : `${Math.floor((Date.parse(at) - Date.parse(publishedAt)) / 86_400_000)} d`;
