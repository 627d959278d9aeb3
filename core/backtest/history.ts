/** A history of releases, and what became known of them, as a backtest replays it. Days are counted from 1970. */
import { grouped } from '../grouped.ts';
import type { AmiType } from '../release/ami-variant.ts';
import type { Release } from '../release/wanted-release.ts';

/** One image of one release, as a row of the history has it. */
export interface HistoryRow {
  /** `v20240202` */
  release: string;
  /** The day it was published, `yyyy-mm-dd`. */
  date: string;
  /** recalled: published, and withdrawn later. abandoned: never published, though it was announced. */
  status: 'released' | 'recalled' | 'abandoned';
  /** Null: the history does not say. */
  minor: string | null;
  releaseVersion: string | null;
  amiType: AmiType | null;
  /** Versions by package, where the history tells them. */
  packages?: Readonly<Record<string, string>>;
}

/** A release that broke nodes. */
export interface Incident {
  release: string;
  /** Only these were bad; empty: all. */
  amiTypes: readonly AmiType[];
  /** Did its nodes stay Ready? */
  ready: boolean | 'flaps';
  /** From the release to the first public word of it. */
  knownAfterDays: number;
}

/** What a node group could run. */
export interface HistoricRelease {
  release: Release;
  /** The day it was published. */
  day: number;
  /** Null: nothing bad is known of it. */
  bad: { knownDay: number; isSeenByGates: boolean } | null;
}

export interface History {
  /** Oldest first; abandoned ones are not among them. */
  releases: readonly HistoricRelease[];
  counts: Readonly<Record<HistoryRow['status'], number>>;
  incidents: number;
}

const secondsADay = 86_400;

export const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000 / secondsADay;
export const instantOf = (day: number): string => new Date(day * secondsADay * 1000).toISOString();
export const dateOf = (day: number): string => instantOf(day).slice(0, 10);

/** Which images count: those of one variant, or minor, or, left out, all of them. */
export interface HistoryFilter {
  amiType?: AmiType;
  minor?: string;
}

/**
 * The releases a node group could have chosen from. A release is bad for it if an incident names its AMI type, or if it
 * was recalled; of a recall without an incident the day is not known, so that of the next release stands for it.
 */
export const historyOf = (
  rows: readonly HistoryRow[],
  incidents: readonly Incident[],
  { amiType, minor }: HistoryFilter = {},
): History => {
  const fitting = rows.filter(
    (row) => (amiType === undefined || row.amiType === amiType) && (minor === undefined || row.minor === minor),
  );
  const byRelease = [...grouped(fitting, ({ release }) => release).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...others.reduce(newerMinor, first), amiType: amiType ?? null }],
  );
  const published = byRelease
    .filter(({ status }) => status !== 'abandoned')
    .sort((a, b) => a.date.localeCompare(b.date) || a.release.localeCompare(b.release));
  const concerning = incidents.filter(
    ({ amiTypes }) => amiType === undefined || amiTypes.length === 0 || amiTypes.includes(amiType),
  );
  const count = (status: HistoryRow['status']): number => byRelease.filter((row) => row.status === status).length;
  return {
    releases: published.map((row, index) => ({
      release: releaseOf(row),
      day: dayOf(row.date),
      bad: badnessOf(row, concerning, published[index + 1]?.date),
    })),
    counts: { released: count('released'), recalled: count('recalled'), abandoned: count('abandoned') },
    incidents: concerning.filter(({ release }) => published.some((row) => row.release === release)).length,
  };
};

/** A release goes by its version for the newest minor: within one history only the day in it tells them apart. */
const newerMinor = (a: HistoryRow, b: HistoryRow): HistoryRow =>
  Number(b.minor?.split('.')[1] ?? -1) > Number(a.minor?.split('.')[1] ?? -1) ? b : a;

const releaseOf = ({ release, date, minor, releaseVersion, amiType }: HistoryRow): Release => ({
  amiType,
  releaseVersion: releaseVersion ?? `${minor ?? '0.0'}.0-${release.replace('v', '')}`,
  imageId: release,
  imageName: null,
  publishedAt: `${date}T00:00:00.000Z`,
});

const badnessOf = (
  { release, date, status }: HistoryRow,
  incidents: readonly Incident[],
  nextDate: string | undefined,
): HistoricRelease['bad'] => {
  const its = incidents.filter((incident) => incident.release === release);
  if (its.length > 0) {
    return {
      knownDay: dayOf(date) + Math.min(...its.map(({ knownAfterDays }) => knownAfterDays)),
      isSeenByGates: its.some(({ ready }) => ready !== true),
    };
  }
  if (status !== 'recalled') return null;
  return { knownDay: dayOf(nextDate ?? date), isSeenByGates: false };
};
