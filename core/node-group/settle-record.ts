/** How a node group is written down when a rollout is done with it. */
import type { NodeReading } from '../gate/nodes-ready.ts';
import type { NodeGroupOutcome } from '../outcome/answer.ts';
import type { NodeGroupRecord } from './record.ts';
import type { Settle } from './step.ts';

export interface Told {
  outcome?: Settle['outcome'] | undefined;
  reason?: string | undefined;
  isGone?: boolean | undefined;
  /** What failed, when no decision was reached. */
  failure?: string | undefined;
  /** Nodes EKS left cordoned that could not be uncordoned. */
  leftover: readonly string[];
}

export const settleRecord = (record: NodeGroupRecord, told: Told): { record: NodeGroupRecord; isSpent: boolean } => {
  const { outcome, reason } = decided(record, told);
  const tail =
    told.leftover.length === 0
      ? ''
      : `; still cordoned: ${told.leftover.join(', ')} (kubectl uncordon ${told.leftover.join(' ')})`;
  return {
    record: { ...record, outcome, reason: `${reason}${tail}`, isGone: told.isGone === true },
    isSpent: outcome === 'RolledBack' || outcome === 'Held' || outcome === 'Failed',
  };
};

/** A step that failed for good leaves a node group where it is: Held if EKS was asked for anything, else Failed. */
const decided = (record: NodeGroupRecord, told: Told): { outcome: NodeGroupOutcome; reason: string } => {
  if (told.outcome !== undefined) return { outcome: told.outcome, reason: told.reason ?? '' };
  const failure = told.failure ?? 'a step failed without saying why';
  if (record.attempts.length === 0) return { outcome: 'Failed', reason: `nothing was changed: ${failure}` };
  return { outcome: 'Held', reason: `its state must be looked at by a person: ${failure}` };
};

/** Nodes that are cordoned now and were not before; none where that was not read. */
export const cordonedByUs = (record: NodeGroupRecord, nodes: readonly NodeReading[]): string[] => {
  const { cordonedBefore } = record;
  if (cordonedBefore === null) return [];
  return nodes.filter((node) => node.isCordoned && !cordonedBefore.includes(node.name)).map((node) => node.name);
};
