/**
 * What the ledger holds of one node group in one rollout: where it came from, what was asked of AWS, and what became of
 * it. Written before the first change, so that whoever comes next knows the way back.
 */
import type { ProbeMemory } from '../gate/probe.ts';
import type { AmiState, NodeGroupOutcome } from '../outcome/answer.ts';
import type { NodeGroupKind } from '../plan/facts.ts';
import type { PlannedNodeGroup, Target } from '../plan/plan-node-group.ts';
import type { Settings } from '../policy/settings.ts';
import type { Retention } from '../ports.ts';
import type { ReleaseSource } from '../release/release-listing.ts';
import type { Drain } from './drain.ts';
import { usualMinutes } from './duration.ts';
import { type RefreshPreferences, refreshPreferences, usualRefreshMinutes } from './instance-refresh.ts';
import { updateToken } from './tokens.ts';

export type Direction = 'forward' | 'back';

/** forward: swap, update, gate, bake. back: to the former version. settle: end what a dead execution began. */
export type Mode = Direction | 'settle';

/** One request to AWS. It is written down before the request is made. */
export interface Attempt {
  number: number;
  direction: Direction;
  /** What it leads to: a launch template version, or a release version where EKS chooses the AMI. */
  version: string;
  token: string;
  requestedAt: string;
  /** When a usual update of this size has ended. It is only told, never acted on. */
  expectedEndAt: string;
  /** Null until AWS has answered. */
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

/** By gate. */
export type GateMemories = Readonly<Record<string, GateMemory>>;

/** What of the policy a node group is judged by. It stays in force until its rollout ends. */
export type Rules = Pick<
  Settings,
  'ring' | 'bakeTimeSeconds' | 'gates' | 'dryRun' | 'onFailure' | 'withoutKubernetes' | 'instanceRefresh' | 'waves'
>;

/** What a rollout changes of an Auto Scaling group that people run, and how far its nodes are emptied. */
export interface GroupChanges {
  /** The moving version it came from, before it was pinned to a number. */
  follows: '$Latest' | '$Default' | null;
  /** Set before the group is changed for the time of the rollout; null again when that was undone. */
  prepared: { hook: string; retentionBefore: Retention | null } | null;
  /** The group was changed as `prepared` says, by the execution that works on it now. */
  isPrepared: boolean;
  /** By instance. */
  drains: Readonly<Record<string, Drain>>;
  /** A refresh ended because a node was not empty in time: the next nodes are emptied before the next refresh. */
  drainsAhead: boolean;
}

export interface NodeGroupRecord {
  name: string;
  kind: NodeGroupKind;
  variant: string | null;
  /** Where its releases are listed. */
  source: ReleaseSource | null;
  wave: number;
  mode: Mode;
  direction: Direction;
  from: AmiState;
  to: AmiState;
  target: Target;
  desiredSize: number;
  budget: number;
  zones: number;
  /** When its rollout began, ISO 8601. */
  startedAt: string;
  /** The settings its rollout began with. */
  rules: Rules;
  attempts: Attempt[];
  /** Something was asked of AWS by the execution that works on it now. Before that a stop rule may still stop it. */
  isBegun: boolean;
  /** Nodes that somebody had cordoned before; null when that could not be read. They are left as they were. */
  cordonedBefore: string[] | null;
  /** When the forward update had ended; the bake counts from here. */
  updatedAt: string | null;
  gates: GateMemories;
  /** What the gate `probe` knows of its new nodes; null: nothing yet. */
  probes: ProbeMemory | null;
  /** Its gates were read throughout the bake, and passed. Nodes that are not there prove nothing. */
  hasPassed: boolean;
  verdict: Verdict | null;
  /** How long its update was expected to take when it was started; null before. */
  predictedMinutes: number | null;
  /** Why it was not started when its turn came, and waits for another; null when it does not. */
  deferred: string | null;
  outcome: NodeGroupOutcome | null;
  reason: string | null;
  /** It was deleted while the rollout ran, which is nobody's fault. */
  isGone: boolean;
  /** Null: EKS runs its Auto Scaling group. */
  group: GroupChanges | null;
}

export const noReadings: GateMemory = { readings: 0, unhealthy: 0, missing: 0 };

/** The record of a planned node group, before anything was asked of AWS. */
export const recordOf = (
  planned: PlannedNodeGroup,
  target: Target,
  { wave, startedAt }: Pick<NodeGroupRecord, 'wave' | 'startedAt'>,
  { ring, bakeTimeSeconds, gates, dryRun, onFailure, withoutKubernetes, instanceRefresh, waves }: Rules,
): NodeGroupRecord => ({
  name: planned.name,
  kind: planned.kind,
  variant: planned.variant,
  source: planned.source,
  wave,
  mode: 'forward',
  direction: 'forward',
  from: planned.from,
  to: planned.to,
  target,
  desiredSize: planned.desiredSize,
  budget: planned.budget,
  zones: planned.zones,
  startedAt,
  rules: { ring, bakeTimeSeconds, gates, dryRun, onFailure, withoutKubernetes, instanceRefresh, waves },
  attempts: [],
  isBegun: false,
  cordonedBefore: null,
  updatedAt: null,
  gates: {},
  probes: null,
  hasPassed: false,
  verdict: null,
  predictedMinutes: null,
  deferred: null,
  outcome: null,
  reason: null,
  isGone: false,
  group:
    planned.kind === 'self-managed'
      ? { follows: planned.follows, prepared: null, isPrepared: false, drains: {}, drainsAhead: false }
      : null,
});

/** The record as a further execution of the same rollout begins with it. What was asked of AWS before stays known. */
export const beginAgain = (record: NodeGroupRecord, mode: Mode, verdict: Verdict | null): NodeGroupRecord =>
  mode === 'settle'
    ? { ...record, mode }
    : {
        ...record,
        mode,
        direction: mode,
        isBegun: false,
        updatedAt: null,
        gates: {},
        probes: null,
        hasPassed: false,
        verdict,
        deferred: null,
        outcome: null,
        reason: null,
        isGone: false,
        group: record.group && { ...record.group, isPrepared: false, drains: retainedOf(record), drainsAhead: false },
      };

/** How the instances of a self-managed node group are to be replaced; null where EKS decides it. */
export const refreshOf = (record: NodeGroupRecord, direction: Direction): RefreshPreferences | null => {
  if (record.group === null) return null;
  const { instanceRefresh, waves, bakeTimeSeconds } = record.rules;
  return refreshPreferences(
    { settings: instanceRefresh, shares: waves.then, bakeTimeSeconds },
    direction,
    record.desiredSize,
  );
};

/** The record with something else known of its Auto Scaling group. */
export const withGroup = (record: NodeGroupRecord, changes: Partial<GroupChanges>): NodeGroupRecord =>
  record.group === null ? record : { ...record, group: { ...record.group, ...changes } };

/** How long its update usually takes. */
export const expectedMinutes = (record: NodeGroupRecord, direction: Direction): number => {
  const { desiredSize: nodes, budget, zones } = record;
  const preferences = refreshOf(record, direction);
  return preferences === null
    ? usualMinutes({ nodes, budget, zones })
    : usualRefreshMinutes({ nodes, budget, preferences });
};

/** The next request to AWS, as it is written down before it is made. */
export const beginAttempt = (
  record: NodeGroupRecord,
  rolloutId: string,
  direction: Direction,
  now: string,
): NodeGroupRecord => {
  const version = versionFor(record, direction);
  if (version === null) throw new Error(`${record.name} has no version to go ${direction} to`);
  const number = record.attempts.length + 1;
  const minutes = expectedMinutes(record, direction);
  const attempt: Attempt = {
    number,
    direction,
    version,
    token: updateToken({ rolloutId, nodeGroup: record.name, direction, version, attempt: number }),
    requestedAt: now,
    expectedEndAt: new Date(Date.parse(now) + minutes * 60_000).toISOString(),
    updateId: null,
    ended: null,
  };
  return {
    ...withGroup(record, { drains: retainedOf(record) }),
    direction,
    isBegun: true,
    attempts: [...record.attempts, attempt],
  };
};

/** What runs on outside of the group; every other drain belonged to an update that is over. */
export const retainedOf = ({ group }: NodeGroupRecord): Record<string, Drain> =>
  Object.fromEntries(Object.entries(group?.drains ?? {}).filter(([, drain]) => drain.isRetained));

export const endAttempt = (
  record: NodeGroupRecord,
  attempt: Attempt,
  ended: NonNullable<Attempt['ended']>,
): NodeGroupRecord => ({
  ...record,
  attempts: record.attempts.map((each) => (each.number === attempt.number ? { ...each, ended } : each)),
});

/** The request that has not ended yet, or undefined. */
export const openAttempt = (record: NodeGroupRecord): Attempt | undefined =>
  record.attempts.find((attempt) => attempt.ended === null);

/**
 * The launch template version a direction leads to, or the release version where EKS chooses the AMI; null when the new
 * one was not made yet.
 */
export const versionFor = (
  record: Pick<NodeGroupRecord, 'from' | 'to' | 'target'>,
  direction: Direction,
): string | null => {
  const state = direction === 'forward' ? record.to : record.from;
  return record.target.template === null ? state.releaseVersion : state.launchTemplateVersion;
};

/** How a version of it is called. */
export const versionName = ({ target }: Pick<NodeGroupRecord, 'target'>): string =>
  target.template === null ? 'release version' : 'launch template version';

export const imageFor = (record: NodeGroupRecord, direction: Direction): string | null =>
  direction === 'forward' ? record.to.imageId : record.from.imageId;
