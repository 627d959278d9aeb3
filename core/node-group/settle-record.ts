/** How a node group is written down when a rollout is done with it. */
import type { NodeReading } from '../gate/nodes-ready.ts';
import type { NodeGroupOutcome } from '../outcome/answer.ts';
import type { Drain } from './drain.ts';
import { type NodeGroupRecord, retainedOf } from './record.ts';
import type { Settle } from './step.ts';

export interface Told {
  outcome?: Settle['outcome'] | undefined;
  reason?: string | undefined;
  isGone?: boolean | undefined;
  /** What failed, when no decision was reached. */
  failure?: string | undefined;
  /** Nodes that were left cordoned and could not be uncordoned. */
  leftover: readonly string[];
  /** What of an Auto Scaling group could not be put back, each with the command that does. */
  notRestored: readonly string[];
}

export const settleRecord = (record: NodeGroupRecord, told: Told): { record: NodeGroupRecord; isSpent: boolean } => {
  const { outcome, reason } = decided(record, told);
  const { leftover, notRestored } = told;
  const tail = [
    ...(leftover.length === 0
      ? []
      : [`still cordoned: ${leftover.join(', ')} (kubectl uncordon ${leftover.join(' ')})`]),
    ...Object.entries(retainedOf(record)).map(describeRetained),
    ...notRestored,
  ];
  return {
    record: {
      ...record,
      outcome: outcome === 'Deferred' ? null : outcome,
      deferred: outcome === 'Deferred' ? reason : null,
      reason: outcome === 'Deferred' ? null : [reason, ...tail].join('; '),
      isGone: told.isGone === true,
    },
    isSpent: outcome === 'RolledBack' || outcome === 'Held' || outcome === 'Failed',
  };
};

/** It was to go, and its pods may not: it is no part of its group any more, and nobody but a person ends it. */
const describeRetained = ([instanceId, { node }]: [string, Drain]): string =>
  `${instanceId} runs on outside of its group, with the pods that are left on it; once they may go: kubectl drain ${node ?? 'NODE'} --ignore-daemonsets --delete-emptydir-data, then aws autoscaling terminate-instance-in-auto-scaling-group --instance-id ${instanceId} --no-should-decrement-desired-capacity`;

/** A step that failed for good leaves a node group where it is: Held if EKS was asked for anything, else Failed. */
const decided = (record: NodeGroupRecord, told: Told): { outcome: NodeGroupOutcome | 'Deferred'; reason: string } => {
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
