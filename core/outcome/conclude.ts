/** The answer of a rollout, from its plan and what became of each node group. */
import type { NodeGroupRecord } from '../node-group/record.ts';
import type { RolloutPlan } from '../plan/plan-rollout.ts';
import {
  type Answer,
  type ClusterOutcome,
  type NodeGroupAnswer,
  type NodeGroupOutcome,
  unknownAmi,
  worstOutcome,
} from './answer.ts';

export interface Conclusion {
  rolloutId: string;
  clusterName: string;
  plan: RolloutPlan;
  records: readonly NodeGroupRecord[];
  /** The execution that began it died; what was not begun stays so. */
  wasStopped: boolean;
  /** A person aborted it, or had it go back. */
  wasEnded: boolean;
  /** A fault of ours or of AWS that ended the rollout before its time. */
  fault: string | null;
  /** Why no further wave was started. */
  endedBecause: string | null;
}

export const conclude = (conclusion: Conclusion): Answer => {
  const { rolloutId, clusterName, plan, records } = conclusion;
  const nodeGroups = plan.nodeGroups.map((planned): NodeGroupAnswer => {
    const { name, kind, from, to } = planned;
    const record = records.find((each) => each.name === name);
    if (record === undefined) {
      if (planned.outcome !== 'Planned')
        return { name, kind, from, to, outcome: planned.outcome, reason: planned.reason };
      return { name, kind, from, to, outcome: 'Untouched', reason: notStarted };
    }
    return { name, kind, from: record.from, to: record.to, ...endOf(record) };
  });
  const gone = new Set(records.filter((record) => record.isGone).map((record) => record.name));
  const left = nodeGroups.filter(
    (each) => each.outcome === 'Untouched' && each.to.imageId !== null && !gone.has(each.name),
  );
  const outcome = outcomeOf(conclusion, nodeGroups, left.length > 0);
  return {
    outcome,
    reason: reasonOf(conclusion, outcome, nodeGroups, left),
    rolloutId,
    clusterName,
    nodeGroups,
    plan: { waves: plan.waves, findings: plan.findings },
  };
};

/** The answer of a rollout that ended before anything was planned or changed. */
export const concludeEarly = (early: {
  outcome: ClusterOutcome;
  reason: string;
  rolloutId: string;
  clusterName: string | null;
  plan?: RolloutPlan;
}): Answer => ({
  outcome: early.outcome,
  reason: early.reason,
  rolloutId: early.rolloutId,
  clusterName: early.clusterName,
  nodeGroups: (early.plan?.nodeGroups ?? []).map(({ name, kind, outcome, reason, from, to }) => ({
    name,
    kind,
    ...(outcome === 'Planned' && early.outcome !== 'Planned'
      ? { outcome: 'Untouched' as const, reason: notStarted }
      : { outcome, reason }),
    from: from ?? unknownAmi,
    to: to ?? unknownAmi,
  })),
  plan: { waves: early.plan?.waves ?? [], findings: early.plan?.findings ?? [] },
});

const notStarted = 'was not started';

const endOf = (record: NodeGroupRecord): { outcome: NodeGroupOutcome; reason: string } => {
  if (record.outcome !== null) return { outcome: record.outcome, reason: record.reason ?? '' };
  if (record.attempts.length === 0) {
    return {
      outcome: 'Untouched',
      reason: record.deferred === null ? notStarted : `${notStarted}: ${record.deferred}`,
    };
  }
  return { outcome: 'Held', reason: 'its state could not be told: the executions that worked on it died' };
};

const outcomeOf = (
  { wasStopped, wasEnded, fault }: Conclusion,
  nodeGroups: readonly NodeGroupAnswer[],
  isLeft: boolean,
): ClusterOutcome => {
  const worst = worstOutcome(nodeGroups);
  const isChanged = nodeGroups.some((each) => each.outcome === 'Updated');
  if (fault !== null && (worst === 'UpToDate' || worst === 'Succeeded' || worst === 'Refused'))
    return isChanged ? 'Held' : 'Failed';
  if (worst === 'UpToDate' && wasEnded) return 'Held';
  if (worst === 'UpToDate' && (wasStopped || isLeft)) return 'Refused';
  // Stopped in the middle: some are forward, some were never begun, and only a person knows what is wanted.
  if (worst === 'Succeeded' && isLeft) return 'Held';
  return worst;
};

const reasonOf = (
  { rolloutId, clusterName, fault, wasStopped, endedBecause }: Conclusion,
  outcome: ClusterOutcome,
  nodeGroups: readonly NodeGroupAnswer[],
  untouched: readonly NodeGroupAnswer[],
): string => {
  const named = (wanted: NodeGroupOutcome): NodeGroupAnswer[] => nodeGroups.filter((each) => each.outcome === wanted);
  const updated = named('Updated');
  const bad = [...named('Failed'), ...named('Held'), ...named('RolledBack'), ...named('Refused')];
  const cutShort = untouched.length > 0 && bad.length === 0 && fault === null && !wasStopped;
  const parts = [
    ...(fault === null ? [] : [fault]),
    ...(wasStopped ? ['its execution was stopped from outside'] : []),
    // Where something went wrong, that is the reason; else it is whatever kept the next wave from starting.
    ...(cutShort && endedBecause !== null ? [endedBecause] : []),
    ...bad.slice(0, 3).map(withName),
    ...(bad.length > 3 ? [`and ${bad.length - 3} more`] : []),
    ...(updated.length > 0 ? [`updated ${describeUpdated(updated)}`] : []),
    ...describeUntouched(untouched),
  ];
  const told = parts.length > 0 ? parts.join('; ') : `nothing was changed in ${clusterName}`;
  if (outcome !== 'Held') return told;
  return `${told}. Nothing goes on by itself. To go on: eks-ami-rollout start ${clusterName} --resume ${rolloutId} --reason WHY; to go back: eks-ami-rollout start ${clusterName} --roll-back ${rolloutId} --reason WHY`;
};

/** Many reasons begin with the name already. */
const withName = ({ name, reason }: NodeGroupAnswer): string =>
  reason.startsWith(`${name}:`) || reason.startsWith(`${name} `) ? reason : `${name}: ${reason}`;

/** Names, and once each why. */
const describeUntouched = (untouched: readonly NodeGroupAnswer[]): string[] => {
  if (untouched.length === 0) return [];
  const reasons = [...new Set(untouched.map((each) => each.reason))].filter((reason) => reason !== notStarted);
  const why = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
  return [`never touched: ${untouched.map((each) => each.name).join(', ')}${why}`];
};

const describeUpdated = (updated: readonly NodeGroupAnswer[]): string => {
  const releases = [...new Set(updated.map((each) => each.to.releaseVersion ?? each.to.imageId))];
  return `${updated.map((each) => each.name).join(', ')} to ${releases.join(' and ')}`;
};
