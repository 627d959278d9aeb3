/**
 * The gate `pods-running`: pods of a workload fare no worse on new nodes than the same workload fares elsewhere. It is a
 * comparison, because something is sick in every cluster: what was sick before, or is sick on old nodes as well, is not the
 * new AMI's fault.
 */
import { type Baseline, groupByWorkload, shareOf, type WorkloadBefore } from './baseline.ts';
import type { Measurement } from './measurement.ts';
import { few } from './nodes-ready.ts';
import {
  crashesAsUsual,
  crashesPerHour,
  isSettled,
  isStuck,
  longestRunSeconds,
  slowestStartSeconds,
  troubleOf,
  type WorkloadPod,
} from './workload-pod.ts';

export interface PodsReading {
  pods: readonly WorkloadPod[];
  /** Names of the nodes of the new AMI. */
  fresh: ReadonlySet<string>;
  /** Of the same node group, on the AMI it comes from. */
  old: ReadonlySet<string>;
  /** Of other node groups, which were there before the rollout. */
  untouched: ReadonlySet<string>;
  /** Null: none was taken. */
  baseline: Baseline | null;
}

/** So much larger must the share in trouble be on new nodes. */
const worseBy = 0.3;
/** Fewer pods than this may have a bad day of their own. */
const fewestTroubled = 2;
/** Where as many pods elsewhere fell sick meanwhile, it is not the nodes. */
const timesElsewhere = 2;

interface Comparison {
  workload: string;
  /** Pods on new nodes of which it can be said how they are. */
  known: number;
  troubled: number;
  /** What is wrong with them, the most frequent first. */
  what: string;
  isWorse: boolean;
  /** What they were compared with, in words. */
  elsewhere: string;
  /** Pods elsewhere that were not sick before: how many, and how many of them are now. */
  control: { pods: number; troubled: number };
}

export const measurePodsRunning = (reading: PodsReading, now: string): Measurement => {
  const compared = [...groupByWorkload(reading.pods)].flatMap(([workload, pods]) =>
    compare(workload, pods, reading, now),
  );
  const total = sum(compared, ({ known }) => known);
  if (total === 0) return { kind: 'abstains', reason: 'no pod on a new node that could be compared' };
  const worse = compared.filter(({ isWorse }) => isWorse).sort((a, b) => b.troubled - a.troubled);
  const troubled = sum(worse, (each) => each.troubled);
  if (troubled === 0) {
    const workloads = `${compared.length} workload${compared.length === 1 ? '' : 's'}`;
    return { kind: 'healthy', reason: `${total} pods of ${workloads} no worse than elsewhere` };
  }
  const reason = few(worse.map(describe));
  const elsewhere = sum(compared, ({ control }) => control.pods);
  const sickElsewhere = sum(compared, ({ control }) => control.troubled);
  const isEverywhere = elsewhere > 0 && troubled / total <= (timesElsewhere * sickElsewhere) / elsewhere;
  return troubled < fewestTroubled || isEverywhere ? { kind: 'doubtful', reason } : { kind: 'unhealthy', reason };
};

/** Its pods that run, or are to; and those that are to go. */
const compare = (
  workload: string,
  pods: readonly WorkloadPod[],
  { fresh, old, untouched, baseline }: PodsReading,
  now: string,
): Comparison[] => {
  const before = baseline?.workloads[workload];
  const on = (nodes: ReadonlySet<string>) => pods.filter(({ node }) => node !== null && nodes.has(node));
  const onFresh = on(fresh);
  const [onOld, onUntouched] = [on(old), on(untouched)];
  const reference = onOld.length > 0 ? onOld : onUntouched;
  if (onFresh.length === 0 || (reference.length === 0 && before === undefined)) return [];
  const where = onOld.length > 0 ? 'on old nodes' : 'on nodes of other groups';
  const compared = { workload, pods, onFresh, reference, where, before };
  return [...compareRunning(compared, now), ...compareLeaving(compared, now)];
};

interface Compared {
  workload: string;
  /** All of it. */
  pods: readonly WorkloadPod[];
  onFresh: readonly WorkloadPod[];
  reference: readonly WorkloadPod[];
  where: string;
  before: WorkloadBefore | undefined;
}

const compareRunning = (compared: Compared, now: string): Comparison[] => {
  const { workload, pods, onFresh, reference, where, before } = compared;
  const usual = {
    startSeconds: most(before?.startSeconds, slowestStartSeconds(reference)),
    runSeconds: most(before?.runSeconds, longestRunSeconds(reference)),
    crashes: crashesAsUsual(onFresh, Math.max(before?.crashesPerHour ?? 0, crashesPerHour(reference, now)), now),
  };
  const troubles = onFresh.flatMap((pod) => troubleOf(pod, usual, now) ?? []);
  const known = troubles.length + onFresh.filter((pod) => troubleOf(pod, usual, now) === null && isSettled(pod)).length;
  if (known === 0) return [];
  const sick = reference.filter((pod) => troubleOf(pod, usual, now) !== null).length;
  // Those that were sick before may all have come to new nodes, while the healthy ones still are on old ones.
  const all = pods.filter((pod) => pod.node !== null && troubleOf(pod, usual, now) !== null).length;
  const isMore = before === undefined || all > before.troubled;
  // One pod more of a workload that is sick elsewhere as well, in these minutes, says nothing of nodes.
  const isOneOfMany = troubles.length < fewestTroubled && sick > 0;
  const shareBefore = before === undefined ? 0 : shareOf(before);
  const shareElsewhere = Math.max(shareBefore, reference.length === 0 ? 0 : sick / reference.length);
  return [
    {
      workload,
      known,
      troubled: troubles.length,
      what: mostFrequent(troubles),
      isWorse: isMore && !isOneOfMany && troubles.length > 0 && troubles.length / known - shareElsewhere >= worseBy,
      elsewhere:
        reference.length > 0
          ? `${sick} of ${reference.length} ${where}`
          : `${before?.troubled} of ${before?.pods} before`,
      control: {
        pods: reference.length,
        troubled: Math.max(0, sick - Math.round(shareBefore * reference.length)),
      },
    },
  ];
};

/** Pods leave now and then; of those that do, none stays for minutes, unless something holds them anywhere. */
const compareLeaving = ({ workload, onFresh, reference, where, before }: Compared, now: string): Comparison[] => {
  const stuck = onFresh.filter((pod) => isStuck(pod, now)).length;
  if (stuck === 0) return [];
  const elsewhere = reference.filter((pod) => isStuck(pod, now)).length;
  return [
    {
      workload,
      known: stuck,
      troubled: stuck,
      what: 'stuck Terminating',
      isWorse: elsewhere === 0 && (before?.stuck ?? 0) === 0,
      elsewhere: `${elsewhere} ${reference.length > 0 ? where : 'elsewhere'}`,
      control: { pods: elsewhere, troubled: elsewhere },
    },
  ];
};

const describe = ({ workload, known, troubled, what, elsewhere }: Comparison): string =>
  `${workload}: ${troubled} of ${known} pods on new nodes ${what}, ${elsewhere}`;

const mostFrequent = (troubles: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const trouble of troubles) counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([trouble]) => trouble)[0] ?? '';
};

const most = (a: number | null | undefined, b: number | null): number | null =>
  a == null || b === null ? (a ?? b) : Math.max(a, b);

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
