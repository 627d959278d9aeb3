/**
 * A scan of the fleet, in slices: one invocation of a function is too short for a thousand clusters. What is left lies in the
 * ledger, so that a slice that died is done again and none is done twice.
 */
import type { ApprovableReleases } from '../release/approved-release.ts';
import type { ScanScope } from '../release/scan-trigger.ts';
import { clustersToStart, type LookedAt } from './behind.ts';

export interface ScanRecord {
  scan: string;
  /** When it was triggered, ISO 8601. */
  at: string;
  startedBy: string;
  /** Only node groups that take their image from one of these; null: every one. */
  parameters: string[] | null;
  /** Clusters that have not been looked at. Null: which there are is not known yet. */
  left: string[] | null;
  /** Those that AWS could not answer for just now; they have another turn when all have had theirs. */
  again: string[];
  /** From 0. */
  turn: number;
  clusters: number;
  found: LookedAt[];
  unreadable: string[];
  /** What may be approved, of each ring and variant once. */
  approvable: ApprovableReleases[];
  isFinished: boolean;
  /** The ARN of the rollout it started. */
  started: string | null;
}

/** What was seen of one cluster. */
export type ClusterLook =
  /** Something of it should be updated, and may be: now, or once it has passed in the ring before. */
  | LookedAt
  /** Where it should be, or only observed. */
  | { look: 'left' }
  | { look: 'not-concerned' }
  | { look: 'unreadable'; isTransient: boolean };

/** So many clusters are looked at in one invocation, a minute or two as a rule. */
export const clustersASlice = 100;

/** So many are looked at side by side, each by some calls at a time: half of what EC2 refills for its reads. */
export const clustersSideBySide = 5;

/** Whoever was throttled in all of these turns is left to the next scan. */
export const mostTurns = 3;

/** Before a further turn. Throttling that lasts minutes is not waited out by the retries of the SDK. */
export const pauseBeforeTurnMilliseconds = 300_000;

/** A slice that has less time left than this begins with no further cluster. */
export const leastMilliseconds = 180_000;

export const beginScan = (
  { scan, at }: { scan: string; at: string },
  scope: Exclude<ScanScope, { scope: 'none' }>,
): ScanRecord => ({
  scan,
  at,
  startedBy: scope.startedBy,
  parameters: scope.scope === 'parameters' ? scope.parameters : null,
  left: null,
  again: [],
  turn: 0,
  clusters: 0,
  found: [],
  unreadable: [],
  approvable: [],
  isFinished: false,
  started: null,
});

export const withClusters = (record: ScanRecord, clusters: readonly string[]): ScanRecord => ({
  ...record,
  left: [...clusters],
});

/** AWS could not even say which clusters there are. Null: that was the last turn. */
export const withoutClusters = (record: ScanRecord): ScanRecord | null =>
  record.turn + 1 < mostTurns ? { ...record, turn: record.turn + 1 } : null;

/** What is known after some more clusters, in their order, were looked at. */
export const afterLooks = (record: ScanRecord, looks: readonly (readonly [string, ClusterLook])[]): ScanRecord => {
  const seen = new Set(looks.map(([cluster]) => cluster));
  const left = (record.left ?? []).filter((cluster) => !seen.has(cluster));
  const isAgain = ([, look]: (typeof looks)[number]): boolean =>
    look.look === 'unreadable' && look.isTransient && record.turn + 1 < mostTurns;
  const settled = looks.filter((each) => !isAgain(each));
  const again = [...record.again, ...looks.filter(isAgain).map(([cluster]) => cluster)];
  const next = {
    ...record,
    left,
    again,
    clusters: record.clusters + settled.filter(([, { look }]) => look !== 'not-concerned').length,
    found: [...record.found, ...settled.flatMap(([, look]) => ('clusterName' in look ? [look] : []))],
    unreadable: [
      ...record.unreadable,
      ...settled.filter(([, { look }]) => look === 'unreadable').map(([cluster]) => cluster),
    ],
  };
  return left.length > 0 || again.length === 0 ? next : { ...next, left: again, again: [], turn: record.turn + 1 };
};

/** With what else may be approved; what was seen before stands. */
export const withApprovable = (record: ScanRecord, seen: readonly ApprovableReleases[]): ScanRecord => {
  const keyOf = ({ ring, minor, amiType }: ApprovableReleases): string => [ring, minor, amiType].join('/');
  const present = new Set(record.approvable.map(keyOf));
  return { ...record, approvable: [...record.approvable, ...seen.filter((each) => !present.has(keyOf(each)))] };
};

/** Every cluster has had its turn. */
export const isThrough = ({ left }: ScanRecord): boolean => left?.length === 0;

/** What is kept of a scan that has ended, so that a trigger that is told again has the same answer. */
export const finished = (record: ScanRecord, started: string | null): ScanRecord => {
  const behind = behindOf(record);
  const found = record.found.filter(({ clusterName }) => behind.includes(clusterName));
  return { ...record, found, approvable: [], isFinished: true, started };
};

/** The clusters a rollout of the fleet is started of. */
export const behindOf = ({ found }: ScanRecord): string[] => clustersToStart(found).sort();
