import Table from 'cli-table3';
import colors from 'picocolors';
import {
  type Advisory,
  type AdvisoryVerdict,
  judgeAdvisory,
  type ReleasePackages,
  type Severity,
  severities,
} from '../core/advisory/advisory.ts';
import type { HistoryRow } from '../core/backtest/history.ts';
import { isAmiType } from '../core/release/ami-variant.ts';
import { readFeed, withPage } from './advisory-files.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { readReleases } from './history-files.ts';
import type { Output } from './standard-output.ts';

export interface AdvisoriesOptions extends AdvisorySources {
  releases: string;
  release?: string;
  amiType?: string;
  kubernetes?: string;
  json?: boolean;
}

/** Of Amazon Linux 2023; the one of AL2 is …/AL2/alas.rss. */
export const standardFeed = 'https://alas.aws.amazon.com/AL2023/alas.rss';

export interface AdvisorySources {
  feed?: string[];
  details?: string;
  offline?: boolean;
  severity: string;
}

/** Every advisory of the feeds from a severity on, judged for every release. */
export const judgeAll = async (
  releases: readonly ReleasePackages[],
  { feed: sources = [standardFeed], details, offline, severity: from }: AdvisorySources,
): Promise<{ judged: Judged[]; mistakes: string[] }> => {
  const least = severityOf(from);
  const judged: Judged[] = [];
  const mistakes: string[] = [];
  for (const source of sources) {
    const feed = await readFeed(source);
    mistakes.push(...feed.mistakes);
    for (const listed of feed.items.filter(({ severity }) => severities.indexOf(severity) >= least)) {
      const isNeeded = releases.some((release) => dependsOnPage(judgeAdvisory(listed, release)));
      const { advisory, mistake } = isNeeded
        ? await withPage(listed, { details, online: offline !== true })
        : { advisory: listed };
      if (mistake !== undefined) mistakes.push(mistake);
      for (const release of releases) judged.push({ advisory, release, verdict: judgeAdvisory(advisory, release) });
    }
  }
  return { judged, mistakes };
};

export interface Judged {
  advisory: Advisory;
  release: ReleasePackages;
  verdict: AdvisoryVerdict;
}

/** Which advisories a release of the EKS AMIs has the remedy of. What could not be read is named, and makes it end with 2. */
export const advisories = async (options: AdvisoriesOptions, output: Output): Promise<number> => {
  const { amiType } = options;
  if (amiType !== undefined && !isAmiType(amiType)) throw new UsageError(`--ami-type ${amiType} is not an AMI type`);
  const history = await readReleases(options.releases);
  const releases = releasesOf(history.items, options);
  const mistakes = [...history.mistakes];
  const { judged, mistakes: misread } = await judgeAll(releases, options);
  mistakes.push(...misread);
  for (const mistake of mistakes) output.remark(mistake);
  const told = judged.filter(({ verdict }) => verdict.verdict !== 'not-concerned');
  if (options.json === true) output.print(JSON.stringify({ releases, advisories: told, mistakes }));
  else output.print(describe(releases, told, output.width));
  return mistakes.length === 0 ? exitCodes.ok : exitCodes.usage;
};

const severityOf = (text: string): number => {
  const index = severities.indexOf(text as Severity);
  if (index >= 0) return index;
  throw new UsageError(`--severity ${text} is not one of ${severities.join(', ')}`);
};

/** Only its page can tell which version mends it. */
const dependsOnPage = (verdict: AdvisoryVerdict): boolean =>
  verdict.verdict === 'cannot-be-judged' && verdict.reason.startsWith('which version');

/** Of each AMI type and minor the newest release, or the one that is named. */
const releasesOf = (
  rows: readonly HistoryRow[],
  { release, amiType, kubernetes, releases: file }: AdvisoriesOptions,
): ReleasePackages[] => {
  const wanted = release === undefined || release.startsWith('v') ? release : `v${release}`;
  const newest = new Map<string, HistoryRow>();
  for (const row of rows) {
    if (row.amiType === null || row.status === 'abandoned' || (wanted !== undefined && row.release !== wanted))
      continue;
    if (amiType !== undefined && row.amiType !== amiType) continue;
    if (kubernetes !== undefined && row.minor !== kubernetes) continue;
    const key = `${row.amiType} ${row.minor}`;
    const present = newest.get(key);
    if (present === undefined || present.date < row.date) newest.set(key, row);
  }
  const found = [...newest.values()].flatMap(({ release: name, amiType: type, minor, packages = {} }) =>
    type === null ? [] : [{ release: name, amiType: type, minor, packages }],
  );
  if (found.length > 0) return found;
  throw new UsageError(`${file}: holds no release ${[wanted, amiType, kubernetes].filter(Boolean).join(', ')}`);
};

const paint: Record<AdvisoryVerdict['verdict'], (text: string) => string> = {
  fixed: colors.green,
  open: colors.red,
  'cannot-be-judged': colors.yellow,
  'not-concerned': colors.dim,
};

const describe = (releases: readonly ReleasePackages[], judged: readonly Judged[], width: number): string => {
  const count = (verdict: string): number => judged.filter((each) => each.verdict.verdict === verdict).length;
  const summary = `${releases.length} release${releases.length === 1 ? '' : 's'}: ${count('open')} open, ${count('fixed')} fixed, ${count('cannot-be-judged')} cannot be judged`;
  if (judged.length === 0) return `${summary}; no advisory of this severity concerns them`;
  const columns = [24, 11, 16, 12, 26, 18];
  const why = Math.max(24, width - columns.reduce((sum, each) => sum + each, columns.length + 2));
  const table = new Table({
    head: ['advisory', 'severity', 'package', 'release', 'AMI type', 'verdict', 'why'],
    style: { head: [], border: [], compact: true },
    colWidths: [...columns, why],
    wordWrap: true,
  });
  for (const { advisory, release, verdict } of [...judged].sort(byWeight)) {
    const { minor } = release;
    table.push([
      advisory.id,
      advisory.severity,
      advisory.package,
      `${release.release}${minor === null ? '' : ` ${minor}`}`,
      release.amiType,
      paint[verdict.verdict](verdict.verdict),
      'reason' in verdict ? verdict.reason : `has ${verdict.has}, needs ${verdict.needs}`,
    ]);
  }
  return [table.toString(), summary].join('\n');
};

const order: readonly AdvisoryVerdict['verdict'][] = ['open', 'cannot-be-judged', 'fixed', 'not-concerned'];

/** What is open first, the gravest first. */
const byWeight = (a: Judged, b: Judged): number =>
  order.indexOf(a.verdict.verdict) - order.indexOf(b.verdict.verdict) ||
  severities.indexOf(b.advisory.severity) - severities.indexOf(a.advisory.severity);
