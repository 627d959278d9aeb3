/**
 * Tokens that make a request the same request when it is made again, and different when it is not. They are hashes of
 * what is asked for, never of when or by which execution.
 */
import { createHash } from 'node:crypto';
import type { Direction } from './record.ts';

const hash = (parts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/** For CreateLaunchTemplateVersion. User data is not changed yet, so there is none in it. */
export const versionToken = (version: {
  rolloutId: string;
  templateId: string;
  sourceVersion: string;
  imageId: string;
}): string => hash(['version', version.rolloutId, version.templateId, version.sourceVersion, version.imageId]);

/**
 * For UpdateNodegroupVersion. With the attempt in it, because EKS answers a token it knows with the first result, also
 * when that was a failure.
 */
export const updateToken = (update: {
  rolloutId: string;
  nodeGroup: string;
  direction: Direction;
  version: string;
  attempt: number;
}): string => hash(['update', update.rolloutId, update.nodeGroup, update.direction, update.version, update.attempt]);

const ours = 'eks-ami-rollout';

/** The description of a version that we make (at most 255 characters): whose it is, and what it was made from. */
export const versionDescription = (version: {
  rolloutId: string;
  templateId: string;
  sourceVersion: string;
  imageId: string;
}): string => `${ours} ${versionToken(version)} from ${version.sourceVersion} by ${version.rolloutId}`;

/** Was this version made by us? Then nothing but the image is different in it. */
export const isOurs = (description: string): boolean => new RegExp(`^${ours} [0-9a-f]{32} from `).test(description);

/** Was this version made by us from that one? With the same image it is the version another rollout needs, too. */
export const isOursFrom = (description: string, sourceVersion: string): boolean =>
  new RegExp(`^${ours} [0-9a-f]{32} from ${sourceVersion} by `).test(description);
