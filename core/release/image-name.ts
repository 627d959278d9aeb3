import { type AmiType, amiTypes, amiVariants } from './ami-variant.ts';
import { buildPattern, familyOf, formatReleaseVersion } from './release-version.ts';

/** What the name of a published image says: `amazon-eks-node-al2023-x86_64-standard-1.33-v20260710`. */
export interface ImageName {
  amiType: AmiType;
  minor: string;
  /** What its release version says, too: the day of the build, the version of Bottlerocket, the serial. */
  build: string;
}

const patterns = amiTypes.map((amiType) => {
  const { operatingSystem, imageName } = amiVariants[amiType];
  const named = imageName
    .replace('{minor}', '(?<minor>\\d+\\.\\d+)')
    .replace('{build}', `(?<build>${buildPattern[familyOf(operatingSystem)]})`);
  return { amiType, pattern: new RegExp(`^${named}$`) };
});

/** Reads the name of an image; undefined when it is none that a publisher of EKS AMIs gives. Anybody may give any name. */
export const parseImageName = (name: string): ImageName | undefined => {
  for (const { amiType, pattern } of patterns) {
    const groups = pattern.exec(name)?.groups;
    if (groups !== undefined) return { amiType, minor: groups.minor ?? '', build: groups.build ?? '' };
  }
  return undefined;
};

/** The release version an image's name tells; null: Amazon Linux leaves the kubelet's patch out of it. */
export const namedReleaseVersion = ({ amiType, minor, build }: ImageName): string | null => {
  const family = familyOf(amiVariants[amiType].operatingSystem);
  if (family === 'Amazon Linux') return null;
  return formatReleaseVersion({ family, minor: family === 'Windows' ? minor : null, patch: null, build });
};

/** Canonical's accounts in the partitions aws, aws-us-gov and aws-cn. */
const canonical = ['099720109477', '513442679011', '837727238323'];

/** Is the owner of an image the one who publishes images of this variant? AWS's accounts differ by Region, their alias not. */
export const isPublisher = (amiType: AmiType, owner: { ownerAlias: string | null; ownerId: string }): boolean =>
  amiVariants[amiType].operatingSystem === 'Ubuntu' ? canonical.includes(owner.ownerId) : owner.ownerAlias === 'amazon';
