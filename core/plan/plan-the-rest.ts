import type { NodeGroupRecord } from '../node-group/record.ts';
import type { RolloutPlan } from './plan-rollout.ts';

/** Something of it was asked of AWS, or it has ended: a plan made again leaves it as it is. */
export const isDone = ({ isBegun, outcome }: Pick<NodeGroupRecord, 'isBegun' | 'outcome'>): boolean =>
  isBegun || outcome !== null;

/** A plan made again in the middle of a rollout: what is done stays as it was planned, the rest as it is planned now. */
export const planTheRest = (
  plan: RolloutPlan,
  former: RolloutPlan | null,
  records: readonly NodeGroupRecord[],
): RolloutPlan => {
  const done = new Set(records.filter(isDone).map(({ name }) => name));
  if (former === null || done.size === 0) return plan;
  return {
    nodeGroups: [
      ...former.nodeGroups.filter(({ name }) => done.has(name)),
      ...plan.nodeGroups.filter(({ name }) => !done.has(name)),
    ],
    waves: plan.waves.map((wave) => wave.filter((name) => !done.has(name))).filter((wave) => wave.length > 0),
    findings: plan.findings,
  };
};
