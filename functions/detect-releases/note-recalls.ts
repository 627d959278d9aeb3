import { releaseSourceOf, type SurveyedCluster, variantNameOf } from '../../core/plan/facts.ts';
import { configuredImage, instancesByImage } from '../../core/plan/plan-node-group.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { goldenParameterOf } from '../../core/policy/settings.ts';
import type { Recalls } from '../../core/ports.ts';
import { isDeprecated } from '../../core/release/cross-check.ts';
import { type Recall, recallsAmong } from '../../core/release/recall.ts';
import { listingKey } from '../../core/release/release-listing.ts';
import type { ReleaseSelector } from '../../core/release/release-selector.ts';
import { logger } from '../lambda.ts';

/**
 * Writes down which releases that this cluster runs, or is on its way to, were recalled: running rollouts look there before
 * each change. Each is told once. One that is good again is forgotten.
 */
export const noteRecalls = async (
  ports: { recalls: Recalls },
  { cluster, nodeGroups, images, listings }: SurveyedCluster,
  policy: Policy,
  { denied, recalled, now }: { denied: readonly ReleaseSelector[]; recalled: readonly Recall[]; now: string },
): Promise<void> => {
  for (const nodeGroup of nodeGroups) {
    const source = releaseSourceOf(nodeGroup, images, goldenParameterOf(policy, cluster, nodeGroup.name));
    const listing = source === null ? undefined : listings[listingKey(source)];
    if (source === null || listing === undefined) continue;
    const configured = configuredImage({ nodeGroup, listing });
    const imageIds = [
      ...new Set([...(configured === null ? [] : [configured]), ...Object.keys(instancesByImage(nodeGroup))]),
    ];
    const unavailable = Object.fromEntries(
      imageIds.flatMap((imageId) => {
        const state = images[imageId]?.state ?? 'gone';
        return state === 'available' ? [] : [[imageId, state]];
      }),
    );
    const variant = variantNameOf(source) ?? '';
    const deprecations = Object.fromEntries(
      listing.published.flatMap(({ imageId }) => {
        const image = images[imageId];
        return image?.state === 'available' ? [[imageId, isDeprecated(image, now) ? image.deprecatedAt : null]] : [];
      }),
    );
    const found = recallsAmong({ variant, listing, imageIds, unavailable, deprecations, denied }, now);
    for (const recall of found) {
      if (recalled.some(({ imageId }) => imageId === recall.imageId)) continue;
      await ports.recalls.add(recall);
      logger.warn('A release that is in use was recalled', {
        cluster: cluster.key.clusterName,
        nodeGroup: nodeGroup.name,
        ...recall,
      });
    }
    for (const { imageId } of recalled) {
      const isListed = listing.published.some((release) => release.imageId === imageId);
      if (isListed && imageIds.includes(imageId) && !found.some((each) => each.imageId === imageId)) {
        await ports.recalls.remove(imageId);
        logger.warn('A recall was taken back', { imageId });
      }
    }
  }
};
