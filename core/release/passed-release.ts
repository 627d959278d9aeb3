/** A release that passed its gates on a node group: what a later ring rests on. */
import type { NodeGroupRecord } from '../node-group/record.ts';
import { listingKey } from './release-listing.ts';

export interface PassedRelease {
  /** Key of its list of releases, variant and Kubernetes minor: the verdict on one promotes no other. */
  listing: string;
  imageId: string;
  releaseVersion: string | null;
  rolloutId: string;
  /** Where it passed. */
  clusterName: string;
  nodeGroup: string;
  /** ISO 8601. */
  passedAt: string;
}

/** What a settled node group proves; null: nothing. */
export const passedBy = (
  { name, outcome, hasPassed, source, to }: NodeGroupRecord,
  about: Pick<PassedRelease, 'rolloutId' | 'clusterName' | 'passedAt'>,
): PassedRelease | null => {
  if (outcome !== 'Updated' || hasPassed !== true || source == null || to.imageId === null) return null;
  const { imageId, releaseVersion } = to;
  return { ...about, listing: listingKey(source), imageId, releaseVersion, nodeGroup: name };
};
