/** AMIs: what EC2 says of them, and how nodes behave that run them. */
import { digest } from '../digest.ts';
import { amiTypesInWorld } from './ami-types.ts';
import type { PodFailure } from './pod-failures.ts';

/** What nodes of a release do. Left out, they are healthy. */
export interface Behavior {
  /** false: instances boot and never join the cluster. */
  joins?: boolean | undefined;
  /** From launch to Ready. */
  readyAfterSeconds?: number | undefined;
  notReady?:
    | {
        /** From when the node was first Ready. */
        afterSeconds: number;
        everySeconds: number;
        forSeconds: number;
        /** Only nodes that run pods of a workload. */
        onlyUnderLoad?: boolean | undefined;
      }
    | undefined;
  /** What befalls pods on it; of several, the first that concerns a pod. */
  pods?: PodFailure | readonly PodFailure[] | undefined;
  /** What the node offers changes after a while. */
  allocatable?: { afterSeconds: number; set: Readonly<Record<string, string | number>> } | undefined;
}

export interface Image {
  imageId: string;
  name: string;
  ownerId: string;
  ownerAlias: string | undefined;
  architecture: 'x86_64' | 'arm64';
  /** available, disabled, deregistered, … A deregistered image is not known to EC2 any more. */
  state: string;
  createdAt: number;
  deprecatedAt: number | undefined;
  amiType: string;
  releaseVersion: string;
  kubelet: string;
  behavior: Behavior;
}

/** AWS owns the EKS-optimized AMIs with this account in most Regions (EKS user guide, add-ons-images). */
const amazon = { ownerId: '602401143452', ownerAlias: 'amazon' };

export interface ReleaseInWorld {
  amiType: string;
  /** `1.33.4-20260710` */
  release: string;
  kubelet?: string | undefined;
  state?: string | undefined;
  deprecatedAt?: number | undefined;
  behavior?: Behavior | undefined;
}

/** `1.33.4-20260710` is of the minor 1.33, built on that day. */
export const partsOfRelease = (release: string): { minor: string; patchVersion: string; date: string } => {
  const [version = '', date = ''] = release.split('-');
  return { minor: version.split('.').slice(0, 2).join('.'), patchVersion: version, date };
};

export const imageIdOf = (amiType: string, release: string): string => `ami-${digest(amiType, release).resourceId}`;

export const imageNameOf = (amiType: string, release: string): string => {
  const { minor, date } = partsOfRelease(release);
  return `${amiTypesInWorld[amiType]?.imagePrefix}-${minor}-v${date}`;
};

export const imageOf = (release: ReleaseInWorld, publishedAt: number): Image => ({
  imageId: imageIdOf(release.amiType, release.release),
  name: imageNameOf(release.amiType, release.release),
  ...amazon,
  architecture: amiTypesInWorld[release.amiType]?.architecture ?? 'x86_64',
  state: release.state ?? 'available',
  createdAt: publishedAt,
  deprecatedAt: release.deprecatedAt,
  amiType: release.amiType,
  releaseVersion: release.release,
  kubelet: release.kubelet ?? partsOfRelease(release.release).patchVersion,
  behavior: release.behavior ?? {},
});
