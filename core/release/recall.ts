/** Releases that were taken out of circulation while node groups run them, or are on their way to them. */

import { amiVariants } from './ami-variant.ts';
import type { ReleaseListing } from './release-listing.ts';
import type { ReleaseSelector } from './release-selector.ts';
import { denialOf, isNewerThan, label, type Release } from './wanted-release.ts';

/** Somebody who may has said that a release is not to be run. */
export interface Recall {
  imageId: string;
  releaseVersion: string | null;
  variant: string;
  /** As it goes on after the release: `was withdrawn: …`, `is on the deny list (…)`. */
  reason: string;
  /** When it was first seen, ISO 8601. */
  since: string;
}

export interface UsedReleases {
  variant: string;
  listing: ReleaseListing;
  /** Images that are configured or run. */
  imageIds: readonly string[];
  /** Of these, the ones nobody can launch any more, by what EC2 says of them. */
  unavailable: Readonly<Record<string, string>>;
  /** Of the published ones, those that are deprecated, and since when; null: a published one that is not. */
  deprecations: Readonly<Record<string, string | null>>;
  denied: readonly ReleaseSelector[];
}

/**
 * Which of the images in use were recalled: the publisher recommends an older release again, the policy denies the release,
 * the image cannot be launched any more, or it was deprecated before its time.
 */
export const recallsAmong = (
  { variant, listing, imageIds, unavailable, deprecations, denied }: UsedReleases,
  now: string,
): Recall[] =>
  imageIds.flatMap((imageId) => {
    const release = listing.published.find((each) => each.imageId === imageId);
    if (release === undefined) return [];
    const { published, recommendedImageId } = listing;
    const state = unavailable[imageId];
    const reason =
      denialOf(release, { denied, published, recommendedImageId }) ??
      (state === undefined || isRetired(release, state, now)
        ? deprecatedEarly(release, published, deprecations)
        : `is ${state}: its publisher took the image away`);
    return reason === undefined
      ? []
      : [{ imageId, releaseVersion: release.releaseVersion, variant, reason, since: now }];
  });

/**
 * Images are deprecated in the order of their age, a fixed time after they were made. One that is while an older one of the
 * same variant is not was taken out of the row. At the end of a variant's life all are.
 */
const deprecatedEarly = (
  release: Release,
  published: readonly Release[],
  deprecations: UsedReleases['deprecations'],
): string | undefined => {
  const since = deprecations[release.imageId];
  if (since == null) return undefined;
  const older = published.find((each) => isNewerThan(release, each) && deprecations[each.imageId] === null);
  return older && `is deprecated since ${since}, before the older ${label(older)}: its publisher took it back`;
};

/**
 * Windows AMIs are public for four months; then they are made private, and EC2 knows them no more (EKS user guide,
 * eks-optimized-windows-ami). That says nothing of the release.
 */
const isRetired = ({ amiType, publishedAt }: Release, state: string, now: string): boolean => {
  if (state !== 'gone' || amiType === null || amiVariants[amiType].operatingSystem !== 'Windows') return false;
  return publishedAt === null || Date.parse(now) - Date.parse(publishedAt) > windowsLifeDays * 24 * 3600 * 1000;
};

/** A week short of four months. */
const windowsLifeDays = 113;

/** Why nothing more is brought to a release, as one sentence. */
export const describeRecall = ({ releaseVersion, imageId, reason, since }: Recall): string =>
  `${releaseVersion ?? imageId} ${reason} (seen ${since})`;
