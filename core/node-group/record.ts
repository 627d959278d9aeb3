/**
 * What the ledger holds of one node group in one rollout: where it came from, what was asked of AWS, and what became of
 * it. Written before the first change, so that whoever comes next knows the way back.
 */
import type { AmiState, NodeGroupOutcome } from '../outcome/answer.ts';
import type { NodeGroupKind } from '../plan/facts.ts';
import type { PlannedNodeGroup, Target } from '../plan/plan-node-group.ts';

export type Direction = 'forward' | 'back';

/** forward: swap, update, gate, bake. back: to the former version. settle: end what a dead execution began. */
export type Mode = Direction | 'settle';

/** One request to EKS. It is written down before the request is made. */
export interface Attempt {
  number: number;
  direction: Direction;
  launchTemplateVersion: string;
  token: string;
  requestedAt: string;
  /** When a usual update of this size has ended. It is only told, never acted on. */
  expectedEndAt: string;
  /** Null until EKS has answered. */
  updateId: string | null;
  ended: 'Successful' | 'Failed' | 'Cancelled' | null;
}

/** Why a node group does not stay on the new AMI. */
export interface Verdict {
  verdict: 'Failed' | 'Inconclusive' | 'Asked';
  reason: string;
}

/** What earlier looks at a health gate leave to the next one. */
export interface GateMemory {
  readings: number;
  unhealthy: number;
  /** Missing readings one after another. */
  missing: number;
}

export interface NodeGroupRecord {
  name: string;
  kind: NodeGroupKind;
  variant: string | null;
  wave: number;
  mode: Mode;
  direction: Direction;
  from: AmiState;
  to: AmiState;
  target: Target;
  desiredSize: number;
  budget: number;
  zones: number;
  attempts: Attempt[];
  /** When the forward update had ended; the bake counts from here. */
  updatedAt: string | null;
  gate: GateMemory;
  verdict: Verdict | null;
  outcome: NodeGroupOutcome | null;
  reason: string | null;
  /** It was deleted while the rollout ran, which is nobody's fault. */
  isGone: boolean;
}

/** The record of a planned node group, before anything was asked of AWS. */
export const recordOf = (planned: PlannedNodeGroup, target: Target, wave: number): NodeGroupRecord => ({
  name: planned.name,
  kind: planned.kind,
  variant: planned.variant,
  wave,
  mode: 'forward',
  direction: 'forward',
  from: planned.from,
  to: planned.to,
  target,
  desiredSize: planned.desiredSize,
  budget: planned.budget,
  zones: planned.zones,
  attempts: [],
  updatedAt: null,
  gate: { readings: 0, unhealthy: 0, missing: 0 },
  verdict: null,
  outcome: null,
  reason: null,
  isGone: false,
});

/** The request that has not ended yet, or undefined. */
export const openAttempt = (record: NodeGroupRecord): Attempt | undefined =>
  record.attempts.find((attempt) => attempt.ended === null);

/** The launch template version a direction leads to; null when the new one was not made yet. */
export const versionFor = (record: NodeGroupRecord, direction: Direction): string | null =>
  direction === 'forward' ? record.to.launchTemplateVersion : record.from.launchTemplateVersion;

export const imageFor = (record: NodeGroupRecord, direction: Direction): string | null =>
  direction === 'forward' ? record.to.imageId : record.from.imageId;
