import Table from 'cli-table3';
import { parseDocument } from 'yaml';
import { dateOf, dayOf, type History, type HistoryFilter, historyOf } from '../core/backtest/history.ts';
import { type ReplayResult, replay } from '../core/backtest/replay.ts';
import { builtInStrategies, type Strategy, strategyOf } from '../core/backtest/strategies.ts';
import { describeSeconds, parseDuration } from '../core/duration.ts';
import { parsePolicy } from '../core/policy/policy.ts';
import { isAmiType } from '../core/release/ami-variant.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { readIncidents, readReleases, textOf } from './history-files.ts';
import type { Output } from './standard-output.ts';

export interface BacktestOptions {
  releases: string;
  incidents?: string;
  policy?: string[];
  age: string;
  from?: string;
  to?: string;
  amiType?: string;
  kubernetes?: string;
  json?: boolean;
}

interface Row extends ReplayResult {
  policy: string;
}

/** Replays a history of releases against ways to choose one. What could not be read is named, and makes it end with 2. */
export const backtest = async (options: BacktestOptions, output: Output): Promise<number> => {
  const filter = filterOf(options);
  const ageSeconds = parseDuration(options.age);
  if (ageSeconds === undefined) throw new UsageError(`--age ${options.age} is not a duration such as P14D`);
  const own = await Promise.all((options.policy ?? []).map(policyStrategy));
  const releases = await readReleases(options.releases);
  const incidents = options.incidents === undefined ? null : await readIncidents(options.incidents);
  const mistakes = [...releases.mistakes, ...(incidents?.mistakes ?? [])];

  const history = historyOf(releases.items, incidents?.items ?? [], filter);
  const days = windowOf(history, options);
  const strategies = [...builtInStrategies(ageSeconds, describeSeconds(ageSeconds)), ...own];
  const rows = strategies.flatMap(({ name, rings }) =>
    replay(history, rings, days).map((result): Row => ({ policy: name, ...result })),
  );
  const settings = settingsOf(history, days, options, incidents !== null);
  for (const mistake of mistakes) output.remark(mistake);
  for (const remark of remarksOf(strategies, filter)) output.remark(remark);
  if (options.json === true) output.print(JSON.stringify({ settings, policies: rows, mistakes }));
  else output.print([settingsText(settings, mistakes.length), tableOf(rows, output.width)].join('\n'));
  return mistakes.length === 0 ? exitCodes.ok : exitCodes.usage;
};

const filterOf = ({ amiType, kubernetes }: BacktestOptions): HistoryFilter => {
  if (amiType !== undefined && !isAmiType(amiType)) throw new UsageError(`--ami-type ${amiType} is not an AMI type`);
  if (kubernetes !== undefined && !/^\d+\.\d+$/.test(kubernetes)) {
    throw new UsageError(`--kubernetes ${kubernetes} is not a minor such as 1.33`);
  }
  return {
    ...(amiType === undefined ? {} : { amiType }),
    ...(kubernetes === undefined ? {} : { minor: kubernetes }),
  };
};

const policyStrategy = async (file: string): Promise<Strategy> => {
  const document = parseDocument(await textOf(file));
  const [broken] = document.errors;
  if (broken !== undefined) throw new UsageError(`${file}: is neither YAML nor JSON: ${broken.message}`);
  const parsed = parsePolicy(document.toJS());
  if ('policy' in parsed) return strategyOf(file, parsed.policy);
  throw new UsageError(parsed.mistakes.map((mistake) => `${file}: ${mistake}`).join('\n'));
};

/** The whole history, unless a part of it is asked for. */
const windowOf = (
  { releases }: History,
  { releases: file, from, to }: BacktestOptions,
): { from: number; to: number } => {
  const [first, last] = [releases[0], releases.at(-1)];
  if (first === undefined || last === undefined)
    throw new UsageError(`${file}: holds no published release of this kind`);
  const dayNamed = (name: string, text: string | undefined, standard: number): number => {
    const day = text === undefined ? standard : dayOf(text);
    if (Number.isInteger(day)) return day;
    throw new UsageError(`--${name} ${text} is not a day such as 2024-01-01`);
  };
  const days = { from: dayNamed('from', from, first.day), to: dayNamed('to', to, last.day) };
  if (days.from > days.to) throw new UsageError(`--from ${dateOf(days.from)} is after --to ${dateOf(days.to)}`);
  return days;
};

const settingsOf = (
  { releases, counts, incidents }: History,
  { from, to }: { from: number; to: number },
  { amiType, kubernetes, age }: BacktestOptions,
  hasIncidents: boolean,
) => ({
  from: dateOf(from),
  to: dateOf(to),
  releasesInThatTime: releases.filter(({ day }) => day >= from && day <= to).length,
  releases: counts,
  amiType: amiType ?? null,
  kubernetes: kubernetes ?? null,
  age,
  incidents: hasIncidents ? incidents : null,
});

type Settings = ReturnType<typeof settingsOf>;

const settingsText = (settings: Settings, mistakes: number): string => {
  const { released, recalled, abandoned } = settings.releases;
  const incidents =
    settings.incidents === null
      ? 'no incidents were given, so only recalls are known to be bad'
      : `known to be bad by incidents: ${settings.incidents}`;
  return [
    `${settings.from} to ${settings.to}, day by day; ${settings.releasesInThatTime} releases in that time`,
    `of ${released + recalled + abandoned} in all: ${released} released, ${recalled} recalled, ${abandoned} abandoned (these never install)`,
    incidents,
    `${settings.amiType ?? 'every AMI type'}, ${settings.kubernetes === null ? 'every Kubernetes minor' : `Kubernetes ${settings.kubernetes}`}; a release is published at midnight UTC of its date`,
    ...(mistakes === 0
      ? []
      : [`mistakes in these files: ${mistakes}, named on standard error; what they are about is not counted`]),
  ].join('\n');
};

const remarksOf = (strategies: readonly Strategy[], { amiType }: HistoryFilter): string[] => {
  if (amiType !== undefined) return [];
  const named = strategies.flatMap(({ rings }) => rings.flatMap(({ denied, pinned }) => [...denied, ...pinned]));
  const texts = [...new Set(named.filter((selector) => selector.amiType !== undefined).map(({ text }) => text))];
  return texts.length === 0 ? [] : [`not heeded, because --ami-type is not given: ${texts.join(', ')}`];
};

const days = (count: number): string => `${count} d`;

const columns = [9, 8, 9, 10, 10, 10, 9];
const narrowest = 24;
const widest = 60;

const tableOf = (rows: readonly Row[], width: number): string => {
  const taken = columns.reduce((sum, each) => sum + each, columns.length + 2);
  const table = new Table({
    head: [
      'policy',
      'updates',
      'taken back',
      'longest gap',
      'oldest AMI run',
      'on known bad',
      'behind, mean',
      'behind, most',
    ],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...columns.map(() => 'right' as const)],
    colWidths: [Math.min(widest, Math.max(narrowest, width - taken)), ...columns],
    wordWrap: true,
  });
  for (const { policy, ring, ...result } of rows) {
    const { mean, worst } = result.behindDays;
    table.push([
      ring === '' ? policy : `${policy}: ${ring}`,
      result.updates,
      result.takenBack,
      days(result.longestGapDays),
      days(result.oldestDays),
      days(result.knownBadDays),
      `${mean.toFixed(1)} d`,
      days(worst),
    ]);
  }
  return table.toString();
};
