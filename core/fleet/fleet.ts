/** A rollout of the whole fleet: rings in order, the clusters of a ring one after another. */
import { createHash } from 'node:crypto';
import type { ClusterOutcome } from '../outcome/answer.ts';

export interface FleetRing {
  name: string;
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

export type AfterRing = { step: 'StartRing'; ring: number } | { step: 'FinishFleet'; answer: FleetAnswer };

/** The next ring, if every ring before it passed; else the end. Rings without clusters pass. */
export const afterRing = (fleet: FleetRecord): AfterRing => {
  const next = fleet.rings.findIndex((ring) => ring.outcome === null);
  const isStopped = fleet.rings.some((ring) => ring.outcome === 'Incomplete');
  if (next !== -1 && !isStopped) return { step: 'StartRing', ring: next };
  return { step: 'FinishFleet', answer: fleetAnswer(fleet) };
};

const fleetAnswer = (fleet: FleetRecord): FleetAnswer => {
  const rings = fleet.rings.map(({ name, outcome }) => ({ name, outcome: outcome ?? ('NotStarted' as const) }));
  const stopped = rings.find((ring) => ring.outcome === 'Incomplete');
  const counts: Record<string, number> = {};
  for (const outcome of Object.values(fleet.outcomes)) {
    const word = outcome ?? 'Unknown';
    counts[word] = (counts[word] ?? 0) + 1;
  }
  const told = Object.entries(counts).map(([word, count]) => `${count} ${word}`);
  const tally = told.length === 0 ? 'no cluster wants a rollout' : told.join(', ');
  return {
    outcome: stopped === undefined ? 'Succeeded' : 'Incomplete',
    reason: stopped === undefined ? tally : `${tally}; ring ${stopped.name} did not pass, so no later ring was started`,
    rolloutId: fleet.rolloutId,
    counts,
    rings,
  };
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
