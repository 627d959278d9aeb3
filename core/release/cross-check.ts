/**
 * Before a release is used: does the image that EC2 knows agree with what the parameters say of it, and can the nodes run
 * it? Each disagreement names both values.
 */
import { type AmiType, amiVariants, type OperatingSystem } from './ami-variant.ts';
import { isPublisher, parseImageName } from './image-name.ts';
import type { ImageOrigin } from './image-origin.ts';
import { parseReleaseVersion } from './release-version.ts';

/** An image as DescribeImages says it. */
export interface CheckedImage {
  name: string;
  ownerAlias: string | null;
  ownerId: string;
  architecture: string;
  /** available, disabled, … */
  state: string;
  /** ISO 8601; null: it is not to be deprecated. */
  deprecatedAt: string | null;
  /** `/dev/xvda`; block device mappings of launch templates speak of the root volume by it. */
  rootDeviceName: string | null;
  rootDeviceType: string | null;
}

export interface CrossCheckQuestion {
  /** As the parameters have it. A golden image has no AMI type, and mostly no release version. */
  release: { imageId: string; amiType: AmiType | null; releaseVersion: string | null; imageName: string | null };
  /** The Kubernetes minor the release is listed for; null: a golden image. */
  minor: string | null;
  /** Undefined: EC2 knows no such image. */
  image: CheckedImage | undefined;
  origin: ImageOrigin | undefined;
  /** What the node group is configured with now. */
  former: CheckedImage | undefined;
  formerOrigin: ImageOrigin | undefined;
  /** The control plane's Kubernetes minor. */
  clusterVersion: string;
  now: string;
}

export interface Disagreement {
  /** `parameter-disagrees`: the publisher's own word is contradictory. `image-unusable`: these nodes cannot run it. */
  code: 'parameter-disagrees' | 'image-unusable';
  message: string;
}

export const crossCheck = (question: CrossCheckQuestion): Disagreement[] => {
  const { release, image } = question;
  if (image === undefined) {
    return [
      unusable(`the wanted image ${release.imageId} does not exist in this Region, or is not shared with this account`),
    ];
  }
  return [...againstParameter(question, image), ...againstNodes(question, image)];
};

const unusable = (message: string): Disagreement => ({ code: 'image-unusable', message });

/** Owner, name, release version and architecture are what the variant and the parameters say they are. */
const againstParameter = ({ release, minor }: CrossCheckQuestion, image: CheckedImage): Disagreement[] => {
  const { amiType, imageId, imageName, releaseVersion } = release;
  if (amiType === null) return [];
  const found: Disagreement[] = [];
  const disagree = (message: string): number => found.push({ code: 'parameter-disagrees', message });
  const variant = amiVariants[amiType];
  if (!isPublisher(amiType, image)) {
    const owner = variant.operatingSystem === 'Ubuntu' ? 'Canonical' : 'Amazon';
    disagree(`${imageId} is listed as ${owner}'s ${amiType}, but its owner is ${image.ownerAlias ?? image.ownerId}`);
  }
  if (imageName !== null && imageName !== image.name) {
    disagree(`the parameter names ${imageId} ${imageName}, EC2 names it ${image.name}`);
  }
  const named = parseImageName(image.name);
  if (named?.amiType !== amiType) {
    disagree(`${imageId} is listed as ${amiType}, but it is named ${image.name}`);
  } else {
    const version = releaseVersion === null ? undefined : parseReleaseVersion(releaseVersion, amiType);
    const says = [named.minor, named.build].join(' ');
    const listed = [version?.minor ?? minor, version?.build ?? named.build].join(' ');
    if (says !== listed) {
      disagree(`the parameter says ${releaseVersion}, the image ${imageId} is named ${image.name}`);
    }
  }
  if (image.architecture !== variant.architecture) {
    disagree(
      `${imageId} is listed as ${amiType}, which is ${variant.architecture}, but EC2 says ${image.architecture}`,
    );
  }
  return found;
};

/** State, deprecation, architecture, operating system, root device and kubelet are such that these nodes can run it. */
const againstNodes = (question: CrossCheckQuestion, image: CheckedImage): Disagreement[] => {
  const { release, minor, origin, former, formerOrigin, clusterVersion, now } = question;
  const { imageId, releaseVersion } = release;
  const found: Disagreement[] = [];
  const wanted = `the wanted image ${imageId}`;
  if (image.state !== 'available') found.push(unusable(`${wanted} is ${image.state}, not available`));
  if (isDeprecated(image, now)) found.push(unusable(`${wanted} is deprecated since ${image.deprecatedAt}`));
  const differences: [string, string | null | undefined, string | null | undefined][] = [
    // Of a variant it was compared with what the variant is.
    ['architecture', image.architecture, release.amiType === null ? former?.architecture : null],
    ['operating system', systemOf(origin), systemOf(formerOrigin)],
    ['root device', image.rootDeviceName, former?.rootDeviceName],
    ['root device type', image.rootDeviceType, former?.rootDeviceType],
  ];
  for (const [what, its, theirs] of differences) {
    // What one of them does not tell cannot be compared.
    if (its == null || theirs == null || its === theirs) continue;
    found.push(unusable(`${wanted} has ${what} ${its}, the node group's image has ${theirs}`));
  }
  const kubelet =
    (releaseVersion && parseReleaseVersion(releaseVersion, release.amiType)?.minor) ?? minor ?? minorOf(origin);
  // A kubelet is never newer than the API server (Kubernetes, version skew policy).
  if (kubelet != null && isNewerMinor(kubelet, clusterVersion)) {
    found.push(
      unusable(
        `the kubelet of ${releaseVersion ?? imageId}, ${kubelet}, is newer than the control plane, ${clusterVersion}`,
      ),
    );
  }
  return found;
};

export const isDeprecated = ({ deprecatedAt }: Pick<CheckedImage, 'deprecatedAt'>, now: string): boolean =>
  deprecatedAt !== null && Date.parse(deprecatedAt) <= Date.parse(now);

const systemOf = (origin: ImageOrigin | undefined): OperatingSystem | undefined => {
  const amiType = origin && ('base' in origin ? origin.base.amiType : 'amiType' in origin ? origin.amiType : undefined);
  return amiType && amiVariants[amiType].operatingSystem;
};

const minorOf = (origin: ImageOrigin | undefined): string | undefined =>
  origin && ('base' in origin ? origin.base.minor : 'minor' in origin ? origin.minor : undefined);

const isNewerMinor = (a: string, b: string): boolean => Number(a.split('.')[1]) > Number(b.split('.')[1]);
