import type { Answer } from '../outcome/answer.ts';
import type { RolloutPlan } from '../plan/plan-rollout.ts';
import type { SpentRelease } from '../release/wanted-release.ts';

/**
 * What a held rollout leaves undone is spent for its cluster: "nothing goes on by itself" means that no schedule takes up
 * where it stopped. What failed in a node group was spent when that was settled.
 */
export const spentByHold = (answer: Answer, plan: RolloutPlan): (SpentRelease & { variant: string })[] => {
  if (answer.outcome !== 'Held') return [];
  return plan.nodeGroups.flatMap(({ name, variant, target }) => {
    const isLeft = answer.nodeGroups.some((each) => each.name === name && each.outcome === 'Untouched');
    if (!isLeft || target === null || variant === null) return [];
    const { imageId, releaseVersion } = target;
    return [
      { variant, imageId, releaseVersion, rolloutId: answer.rolloutId, reason: `the rollout was held before ${name}` },
    ];
  });
};
