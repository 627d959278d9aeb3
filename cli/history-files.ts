/** Reads histories of releases and incidents. What cannot be read is named with file and place; the rest is kept. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import type { HistoryRow, Incident } from '../core/backtest/history.ts';
import { type AmiType, amiTypes, isAmiType } from '../core/release/ami-variant.ts';
import { parseImageName } from '../core/release/image-name.ts';
import { parseReleaseVersion } from '../core/release/release-version.ts';
import { describeMistakes, strictObject } from '../core/schema.ts';
import { UsageError } from './exit-codes.ts';

/** What was read, and one line for each thing that was not. */
export interface ReadFile<T> {
  items: T[];
  mistakes: string[];
}

export const textOf = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${(error as Error).message}`);
  }
};

/** A CSV with a header, or the CHANGELOG.md of awslabs/amazon-eks-ami. */
export const readReleases = async (file: string): Promise<ReadFile<HistoryRow>> => {
  const text = await textOf(file);
  const read = /\.(md|markdown)$/i.test(path.basename(file)) ? readChangelog(text, file) : readCsv(text, file);
  if (read.items.length > 0) return read;
  throw new UsageError([...read.mistakes, `${file}: holds no release`].join('\n'));
};

const needed = ['release', 'date', 'status', 'k8s', 'releaseVersion', 'amiType'] as const;
const statuses: readonly string[] = ['released', 'recalled', 'abandoned'] satisfies HistoryRow['status'][];

const readCsv = (text: string, file: string): ReadFile<HistoryRow> => {
  const mistakes: { line: number; text: string }[] = [];
  const rows = parseCsv<{ record: Record<string, string>; info: { lines: number } }>(text, {
    columns: (header: string[]) => {
      const missing = needed.filter((column) => !header.includes(column));
      if (missing.length === 0) return header;
      throw new UsageError(`${file}:1: lacks the column ${missing.join(', ')}; needed are ${needed.join(', ')}`);
    },
    bom: true,
    // A file that was edited by hand may have both.
    record_delimiter: ['\r\n', '\n'],
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) mistakes.push({ line: Number(error.lines), text: error.message });
    },
  });
  const items = rows.flatMap(({ record, info }): HistoryRow[] => {
    const { release = '', date = '', status = '', k8s = '', releaseVersion = '', amiType = '' } = record;
    const wrong = [
      /^v?\d{8}$/.test(release) ? '' : `release ${JSON.stringify(release)} is not one such as v20240202`,
      isDay(date) ? '' : `date ${JSON.stringify(date)} is not a day such as 2024-02-02`,
      statuses.includes(status) ? '' : `status ${JSON.stringify(status)} is not one of ${statuses.join(', ')}`,
      k8s === '' || /^\d+\.\d+$/.test(k8s) ? '' : `k8s ${JSON.stringify(k8s)} is not a minor such as 1.33`,
      amiType === '' || isAmiType(amiType)
        ? ''
        : `amiType ${JSON.stringify(amiType)} is not an AMI type; known are ${amiTypes.join(', ')}`,
      releaseVersion === '' || parseReleaseVersion(releaseVersion) !== undefined
        ? ''
        : `releaseVersion ${JSON.stringify(releaseVersion)} is not a release version such as 1.33.4-20260710`,
    ].filter((each) => each !== '');
    mistakes.push(...wrong.map((each) => ({ line: info.lines, text: each })));
    if (wrong.length > 0) return [];
    return [
      {
        release: release.startsWith('v') ? release : `v${release}`,
        date,
        status: status as HistoryRow['status'],
        minor: k8s || null,
        releaseVersion: releaseVersion || null,
        amiType: (amiType as AmiType) || null,
        packages: packagesOf(record),
      },
    ];
  });
  mistakes.sort((a, b) => a.line - b.line);
  return { items, mistakes: mistakes.map((mistake) => `${file}:${mistake.line}: ${mistake.text}`) };
};

/** Every other column is a package, by its name. */
const packagesOf = (record: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record)
      .filter(
        ([column, value]) => value !== '' && !(needed as readonly string[]).includes(column) && column !== 'amiName',
      )
      .map(([column, value]) => [column === 'nvidiaDriver' ? 'nvidia-driver' : column, value]),
  );

const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;

/**
 * Each release is a heading, `AMI Release v20240202`, a mark in brackets before it where it was withdrawn; below it stand
 * the names of its images and their release versions. The day in its name is taken for that of its publication.
 */
const readChangelog = (text: string, file: string): ReadFile<HistoryRow> => {
  const items: HistoryRow[] = [];
  const mistakes: string[] = [];
  const headings = [...text.matchAll(/^#+ +(?:\[(\w+)\] +)?AMI Release v?(\d{8})\b.*$/gm)];
  for (const [index, heading] of headings.entries()) {
    const [line, mark = 'released', day = ''] = heading;
    const where = `${file}:${text.slice(0, heading.index).split('\n').length}`;
    const body = text.slice(heading.index + line.length, headings[index + 1]?.index);
    const status = /^> .*\babandoned\b/im.test(body) ? 'abandoned' : mark.toLowerCase();
    const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
    if (!isDay(date)) mistakes.push(`${where}: ${day} is not a day`);
    if (!statuses.includes(status)) {
      mistakes.push(`${where}: [${mark}] is not known; known are ${statuses.slice(1).join(', ')}`);
    }
    if (!isDay(date) || !statuses.includes(status)) continue;
    const versions = new Map(
      [...body.matchAll(/\b(\d+\.\d+)\.\d+-\d{8}\b/g)].map(([version, minor]) => [minor, version]),
    );
    const release = { release: `v${day}`, date, status: status as HistoryRow['status'] };
    const names = [...new Set(body.match(/\bamazon-eks-[\w.-]*?-\d+\.\d+-v?\d{8}\b/g) ?? [])];
    // Some entries leave the v out.
    const named = names.map((name) => ({ name, image: parseImageName(name.replace(/-(\d{8})$/, '-v$1')) }));
    const unknown = named.filter(({ image }) => image === undefined).map(({ name }) => name);
    if (unknown.length > 0) mistakes.push(`${where}: not the name of an EKS AMI that is known: ${unknown.join(', ')}`);
    const rows = named.flatMap(({ image }): HistoryRow[] =>
      image === undefined
        ? []
        : [
            {
              ...release,
              minor: image.minor,
              amiType: image.amiType,
              releaseVersion: versions.get(image.minor) ?? null,
            },
          ],
    );
    // An entry without names is a release all the same.
    items.push(...(rows.length > 0 ? rows : [{ ...release, minor: null, amiType: null, releaseVersion: null }]));
  }
  return { items, mistakes };
};

const incident = strictObject({
  release: z.string().check(z.regex(/^v?\d{8}$/, 'is not a release such as v20240202')),
  amiTypes: z._default(z.array(z.enum(amiTypes)), []),
  ready: z.union([z.boolean(), z.literal('flaps')], 'is neither true, false nor flaps'),
  knownAfterDays: z.int().check(z.gte(0)),
  symptom: z.optional(z.string()),
  appears: z.optional(z.string()),
  source: z.optional(z.array(z.string())),
});

/** A YAML list of releases that broke nodes. */
export const readIncidents = async (file: string): Promise<ReadFile<Incident>> => {
  const document = parseDocument(await textOf(file));
  const [broken] = document.errors;
  if (broken !== undefined) throw new UsageError(`${file}: is not YAML: ${broken.message}`);
  const list: unknown = document.toJS();
  if (!Array.isArray(list)) throw new UsageError(`${file}: is not a list of incidents`);
  const read: ReadFile<Incident> = { items: [], mistakes: [] };
  for (const [index, entry] of list.entries()) {
    const parsed = incident.safeParse(entry);
    if (!parsed.success) {
      read.mistakes.push(...describeMistakes(parsed.error).map((mistake) => `${file}: [${index}] ${mistake}`));
      continue;
    }
    const { release, amiTypes: concerned, ready, knownAfterDays } = parsed.data;
    const tag = release.startsWith('v') ? release : `v${release}`;
    read.items.push({ release: tag, amiTypes: concerned, ready, knownAfterDays });
  }
  return read;
};
