/** AMIs: what EC2 says of them, and how nodes behave that run them. */
import { digest } from '../digest.ts';
import { amiTypeInWorld, minorIn } from './ami-types.ts';
import type { Disagreement } from './parameters.ts';
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
  /** What the node offers changes after a while. */
  allocatable?: { afterSeconds: number; set: Readonly<Record<string, string | number>> } | undefined;
  /** Device plugins have told the node's devices so long after it was Ready; until then it offers none. */
  devicesAfterSeconds?: number | undefined;
  /** Conditions that its nodes report after a while. */
  conditions?: { afterSeconds: number; set: Readonly<Record<string, string | boolean>> } | undefined;
  /** Its instances fail their EC2 status checks after a while. */
  statusChecks?: { afterSeconds: number } | undefined;
  /** What befalls pods on it; of several, the first that concerns a pod. */
  pods?: PodFailure | readonly PodFailure[] | undefined;
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
  rootDeviceName: string;
  readonly tags: Record<string, string>;
  /** The image it was made from; undefined: a root. */
  sourceImageId: string | undefined;
  amiType: string;
  releaseVersion: string;
  /** The Kubernetes minor it is built for. */
  minor: string;
  kubelet: string;
  /** Whether Systems Manager takes it for a parameter that holds an image. */
  validates: boolean;
  behavior: Behavior;
}

/** What EC2 says of an image that is not what its publisher means by it. */
export interface Oddity {
  name?: string | undefined;
  ownerId?: string | undefined;
  architecture?: 'x86_64' | 'arm64' | undefined;
  rootDeviceName?: string | undefined;
}

/** A release as it is published for one Kubernetes minor. */
export interface ReleaseInWorld {
  amiType: string;
  /** `1.33.4-20260710` */
  release: string;
  minor: string;
  kubelet?: string | undefined;
  state?: string | undefined;
  deprecatedAt?: number | undefined;
  validates?: boolean | undefined;
  behavior?: Behavior | undefined;
  image?: Oddity | undefined;
  parameter?: Disagreement | undefined;
}

/** Where a release is built for every Kubernetes minor, there is an image for each. */
export const imageIdOf = (amiType: string, release: string, minor = ''): string =>
  `ami-${digest(amiType, release, ...(minorIn(amiType, release) === undefined ? [minor] : [])).resourceId}`;

export const imageNameOf = ({ amiType, release, minor }: ReleaseInWorld): string =>
  amiTypeInWorld(amiType).imageName(minor, release);

export const imageOf = (release: ReleaseInWorld, publishedAt: number): Image => {
  const { publisher, architecture, rootDeviceName, readySeconds } = amiTypeInWorld(release.amiType);
  const { image: oddity = {} } = release;
  const [version] = /^\d+\.\d+\.\d+(?=-\d{8}$)/.exec(release.release) ?? [];
  return {
    imageId: imageIdOf(release.amiType, release.release, release.minor),
    name: oddity.name ?? imageNameOf(release),
    ownerId: oddity.ownerId ?? publisher.ownerId,
    ownerAlias: oddity.ownerId === undefined ? publisher.ownerAlias : undefined,
    architecture: oddity.architecture ?? architecture,
    rootDeviceName: oddity.rootDeviceName ?? rootDeviceName,
    state: release.state ?? 'available',
    createdAt: publishedAt,
    deprecatedAt: release.deprecatedAt,
    tags: {},
    sourceImageId: undefined,
    amiType: release.amiType,
    releaseVersion: release.release,
    minor: release.minor,
    kubelet: release.kubelet ?? (version?.startsWith(`${release.minor}.`) ? version : `${release.minor}.0`),
    validates: release.validates ?? true,
    behavior: { ...(readySeconds === undefined ? {} : { readyAfterSeconds: readySeconds }), ...release.behavior },
  };
};

/** An image that the account's owner made of another one, with CreateImage or CopyImage. */
export const ownImageOf = (
  own: { name: string; tags: Readonly<Record<string, string>>; behavior?: Behavior | undefined; state: string },
  source: Image,
  { ownerId, createdAt, isTraceable }: { ownerId: string; createdAt: number; isTraceable: boolean },
): Image => ({
  ...source,
  imageId: `ami-${digest('own-image', own.name).resourceId}`,
  name: own.name,
  ownerId,
  ownerAlias: undefined,
  state: own.state,
  createdAt,
  deprecatedAt: undefined,
  tags: { ...own.tags },
  sourceImageId: isTraceable ? source.imageId : undefined,
  validates: true,
  behavior: own.behavior ?? source.behavior,
});
