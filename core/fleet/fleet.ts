/** A rollout of the whole fleet: rings in order, so many clusters of a ring side by side. */
import { createHash } from 'node:crypto';
import type { ClusterOutcome } from '../outcome/answer.ts';

export interface FleetRing {
  name: string;
  /** The ring it names as the one before: it takes only what passed there. Null: it names none. */
  after: string | null;
  /** How many of its clusters are worked on at the same time. */
  maxConcurrentClusters: number;
  clusters: string[];
  outcome: RingOutcome | null;
}

export type RingOutcome = 'Succeeded' | 'Incomplete' | 'NotStarted';

export interface FleetRecord {
  rolloutId: string;
  startedBy: string;
  dryRun: boolean;
  reason: string | null;
  rings: FleetRing[];
  /** By cluster name, in the words of a cluster's answer; null: its execution left no answer. */
  outcomes: Record<string, ClusterOutcome | null>;
}

export interface FleetAnswer {
  outcome: 'Succeeded' | 'Incomplete';
  reason: string;
  rolloutId: string;
  /** Clusters by outcome. */
  counts: Record<string, number>;
  rings: { name: string; outcome: RingOutcome }[];
}

/** What the fleet consists of: a ring and the clusters it selects that may be changed. */
export interface RingMembers {
  name: string;
  after?: string | undefined;
  maxConcurrentClusters: number;
  clusters: readonly string[];
}

/** Rings in order: each after the one it names, otherwise as the document lists them. */
export const orderRings = <Ring extends Pick<RingMembers, 'name' | 'after'>>(rings: readonly Ring[]): Ring[] => {
  const ordered: Ring[] = [];
  const waiting = [...rings];
  while (waiting.length > 0) {
    const index = waiting.findIndex(({ after }) => after === undefined || !waiting.some((each) => each.name === after));
    // The policy refuses rings that wait for each other, so there is always one that can go.
    ordered.push(...waiting.splice(Math.max(0, index), 1));
  }
  return ordered;
};

/** A cluster of a ring passed when it is where it should be. */
export const ringOutcome = (ring: Pick<FleetRing, 'clusters'>, outcomes: FleetRecord['outcomes']): RingOutcome =>
  ring.clusters.every((name) => passed(outcomes[name] ?? null)) ? 'Succeeded' : 'Incomplete';

const passed = (outcome: ClusterOutcome | null): boolean =>
  outcome === 'Succeeded' || outcome === 'UpToDate' || outcome === 'Planned';

/** So many clusters at once are handed to a Map: their names must fit into 256 KiB (Step Functions quotas). */
export const clustersABatch = 500;

/** A part of a ring: `clusters[first]` and those that follow. */
export interface Batch {
  ring: number;
  first: number;
}

export type FleetNext =
  | ({ step: 'StartBatch'; clusters: string[] } & Batch)
  | { step: 'FinishFleet'; answer: FleetAnswer };

/** What is left of a ring after a batch; null: all of it has been worked on. */
export const restOfRing = ({ rings }: Pick<FleetRecord, 'rings'>, { ring, first }: Batch): FleetNext | null =>
  batchOf(rings, { ring, first: first + clustersABatch });

/**
 * The next ring that may start, else the end. Once a ring did not pass, only those go on that take nothing but what passed in
 * the one before, and only if something did; what passed at an earlier time is found by the next scan.
 */
export const afterRing = (fleet: FleetRecord): FleetNext => {
  const { rings, outcomes } = fleet;
  const isStopped = rings.some(({ outcome }) => outcome === 'Incomplete');
  const somethingPassed = (ring: string | null): boolean =>
    rings.find(({ name }) => name === ring)?.clusters.some((each) => outcomes[each] === 'Succeeded') ?? false;
  const next = rings.findIndex(({ outcome, after }) => outcome === null && (!isStopped || somethingPassed(after)));
  return batchOf(rings, { ring: next, first: 0 }) ?? { step: 'FinishFleet', answer: fleetAnswer(fleet) };
};

const batchOf = (rings: FleetRecord['rings'], { ring, first }: Batch): FleetNext | null => {
  const clusters = rings[ring]?.clusters.slice(first, first + clustersABatch) ?? [];
  return clusters.length === 0 ? null : { step: 'StartBatch', ring, first, clusters };
};

const fleetAnswer = (fleet: FleetRecord): FleetAnswer => {
  const rings = fleet.rings.map(({ name, outcome }) => ({ name, outcome: outcome ?? ('NotStarted' as const) }));
  const stopped = rings.filter((ring) => ring.outcome === 'Incomplete').map(({ name }) => name);
  const notStarted = rings.filter((ring) => ring.outcome === 'NotStarted').map(({ name }) => name);
  const counts: Record<string, number> = {};
  for (const outcome of Object.values(fleet.outcomes)) {
    const word = outcome ?? 'Unknown';
    counts[word] = (counts[word] ?? 0) + 1;
  }
  const told = Object.entries(counts).map(([word, count]) => `${count} ${word}`);
  const tally = told.length === 0 ? 'no cluster wants a rollout' : told.join(', ');
  return {
    outcome: stopped.length === 0 ? 'Succeeded' : 'Incomplete',
    reason: [tally, whatStopped(stopped, notStarted)].filter((part) => part !== '').join('; '),
    rolloutId: fleet.rolloutId,
    counts,
    rings,
  };
};

const whatStopped = (stopped: readonly string[], notStarted: readonly string[]): string => {
  if (stopped.length === 0) return '';
  const so = notStarted.length === 0 ? '' : `, so ring ${notStarted.join(', ')} was not started`;
  return `ring ${stopped.join(', ')} did not pass${so}`;
};

/** A fleet that was refused: nothing was started. */
export const refusedFleet = (rolloutId: string, mistakes: readonly string[]): FleetAnswer => ({
  outcome: 'Incomplete',
  reason: `refused: ${mistakes.join('; ')}`,
  rolloutId,
  counts: {},
  rings: [],
});

/**
 * The name of a cluster's execution in a fleet: at most 80 characters, the same whenever it is asked for. A redriven
 * fleet asks for the same again and reads how it ended.
 */
export const clusterExecutionName = (fleetExecution: string, clusterName: string): string => {
  const hash = createHash('sha256').update(`${fleetExecution} ${clusterName}`).digest('hex').slice(0, 12);
  return `${clusterName.slice(0, 60)}-${hash}`;
};
