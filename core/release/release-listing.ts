/** What a publisher's parameters say of its releases: read, checked, and kept from one reading to the next. */
import { type AmiType, amiVariants, debianArchitecture } from './ami-variant.ts';
import { parseReleaseVersion } from './release-version.ts';
import { isNewerThan, label, type Release } from './wanted-release.ts';

/** A parameter as Systems Manager gives it. */
export interface ParameterReading {
  name: string;
  value: string;
  /** Counts how often it was written. */
  version: number;
  /** ISO 8601; null when it was not told. */
  lastModified: string | null;
}

/** The releases one variant can have for one Kubernetes minor, or those of a golden parameter. */
export interface ReleaseListing {
  published: readonly Release[];
  /** Null: which one its publisher recommends could not be told. */
  recommendedImageId: string | null;
  /** Parameters that do not say what they should. Each is named with its value; what they are about is not published. */
  mistakes: readonly string[];
}

/** A listing as the ledger keeps it: it stands until `recommended` is written again. */
export interface KeptListing extends ReleaseListing {
  recommendedVersion: number;
}

/** Which list of releases is meant. */
export type ReleaseSource = { amiType: AmiType; minor: string } | { parameter: string };

/** `AL2023_x86_64_STANDARD/1.33`, or the name of a golden parameter. */
export const listingKey = (source: ReleaseSource): string =>
  'parameter' in source ? source.parameter : `${source.amiType}/${source.minor}`;

/** How the publisher of a variant names its parameters. */
export interface ParameterLayout {
  /** Names the release its publisher recommends; it is written anew with each publication. */
  recommended: string;
  /** Under this path each release has parameters of its own, beside the recommended one; null: there are none. */
  folder: string | null;
  /** The folder of the recommended release among the others. */
  recommendedFolder: string;
  /** Of a release: what stands under its folder. */
  members: { imageId: string; imageName?: string; releaseVersion?: string };
}

/**
 * Amazon Linux: `recommended` as JSON, and one folder a release, named as its image (EKS user guide, retrieve-ami-id).
 * Bottlerocket: `latest` and one folder a version (Bottlerocket, pubsys SSM templates). Windows: the newest alone, as JSON
 * (EKS user guide, retrieve-windows-ami-id). Ubuntu: `current` and one folder a serial (Ubuntu on AWS).
 */
export const parameterLayout = ({ amiType, minor }: { amiType: AmiType; minor: string }): ParameterLayout => {
  const { operatingSystem, architecture, path } = amiVariants[amiType];
  const folder = path.replace('{minor}', minor);
  switch (operatingSystem) {
    case 'AL2':
    case 'AL2023':
      return {
        recommended: `${folder}/recommended`,
        folder,
        recommendedFolder: 'recommended',
        members: { imageId: 'image_id', imageName: 'image_name', releaseVersion: 'release_version' },
      };
    case 'Bottlerocket':
      return {
        recommended: `${folder}/latest/image_id`,
        folder,
        recommendedFolder: 'latest',
        members: { imageId: 'image_id', releaseVersion: 'image_version' },
      };
    case 'Windows':
      return { recommended: folder, folder: null, recommendedFolder: '', members: { imageId: '' } };
    case 'Ubuntu': {
      // From 24.04 on on gp3 volumes.
      const imageId = `${debianArchitecture[architecture]}/hvm/ebs-${amiType.includes('24_04') ? 'gp3' : 'gp2'}/ami-id`;
      return {
        recommended: `${folder}/current/${imageId}`,
        folder,
        recommendedFolder: 'current',
        members: { imageId },
      };
    }
  }
};

/**
 * What the parameters of a variant list. `below` are those under the layout's folder. A release counts as published when
 * its own parameter was written in this Region; where that is not told, when it was first seen. A publisher without
 * parameters for each release (Windows) leaves it to us to remember them.
 */
export const listReleases = (
  source: { amiType: AmiType; minor: string },
  recommended: ParameterReading,
  below: readonly ParameterReading[],
  { former, now }: { former: KeptListing | null; now: string },
): KeptListing => {
  const layout = parameterLayout(source);
  const named = readRecommended(recommended);
  const listed = claimsOf(layout, below);
  const isRemembered = layout.folder === null;
  const { releases, mistakes } = settle(source.amiType, isRemembered && 'imageId' in named ? [named] : listed.claims);
  const before = new Map(former?.published.map((release) => [release.imageId, release]));
  const published = releases.map((release) => ({
    ...release,
    publishedAt: release.publishedAt ?? before.get(release.imageId)?.publishedAt ?? now,
  }));
  for (const { imageId } of published) before.delete(imageId);
  const recommendedImageId = 'imageId' in named ? named.imageId : null;
  return {
    recommendedVersion: recommended.version,
    recommendedImageId,
    published: markWithdrawn(isRemembered ? [...published, ...before.values()] : published, recommendedImageId, former),
    mistakes: [...('mistake' in named ? [named.mistake] : []), ...listed.mistakes, ...mistakes],
  };
};

/**
 * What a publisher took back, by recommending an older release again, is not good because a newer one comes out; it is when
 * it is recommended again.
 */
const markWithdrawn = (
  published: readonly Release[],
  recommendedImageId: string | null,
  former: KeptListing | null,
): Release[] => {
  const now = published.find(({ imageId }) => imageId === recommendedImageId);
  const before = former?.published.find(({ imageId }) => imageId === former.recommendedImageId);
  const wentBack = now !== undefined && before !== undefined && isNewerThan(before, now);
  const known = new Map(former?.published.map(({ imageId, withdrawnFor }) => [imageId, withdrawnFor]));
  return published.map((release) => {
    if (release.imageId === recommendedImageId) return { ...release, withdrawnFor: undefined };
    const isTakenBack = wentBack && isNewerThan(release, now) && !isNewerThan(release, before);
    const withdrawnFor = isTakenBack ? label(now) : known.get(release.imageId);
    return withdrawnFor === undefined ? release : { ...release, withdrawnFor };
  });
};

/** The one image that a parameter of the customer's own holds. */
export const goldenListing = ({ name, value, lastModified }: ParameterReading): ReleaseListing => {
  const imageId = value.trim();
  if (!isImageId(imageId)) {
    return { published: [], recommendedImageId: null, mistakes: [`${name} ${holds(value)}, which is no image id`] };
  }
  const release = { amiType: null, releaseVersion: null, imageId, imageName: null, publishedAt: lastModified };
  return { published: [release], recommendedImageId: imageId, mistakes: [] };
};

/** May the listing stand until its publisher publishes again? One that was read in the middle of that is not whole. */
export const isWhole = ({ published, recommendedImageId, mistakes }: ReleaseListing): boolean =>
  mistakes.length === 0 && published.some(({ imageId }) => imageId === recommendedImageId);

/** What the parameters of one folder say of a release. */
interface Claim extends Omit<Release, 'amiType'> {
  /** The parameter that says which release it is. */
  by: string;
  /** Of two claims about one image the lower rank is the one to go by. */
  rank: number;
}

const isImageId = (text: unknown): boolean => typeof text === 'string' && /^ami-[0-9a-f]{8,17}$/.test(text);

const holds = (value: string): string =>
  `holds ${JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)}`;

/** JSON with image_id, image_name and release_version, or an image id alone. */
const readRecommended = ({ name, value, lastModified }: ParameterReading): Claim | { mistake: string } => {
  const claim = { imageId: value, imageName: null, releaseVersion: null, publishedAt: lastModified, by: name, rank: 0 };
  if (isImageId(value)) return claim;
  try {
    const { image_id, image_name = null, release_version = null } = JSON.parse(value);
    if (isImageId(image_id))
      return { ...claim, imageId: image_id, imageName: image_name, releaseVersion: release_version };
  } catch {
    // Said below, like JSON of something else.
  }
  return { mistake: `${name} ${holds(value)}, which is neither an image id nor JSON with one` };
};

const claimsOf = (
  { folder, recommendedFolder, members }: ParameterLayout,
  below: readonly ParameterReading[],
): { claims: Claim[]; mistakes: string[] } => {
  const byRelease = new Map<string, Map<string, ParameterReading>>();
  for (const parameter of below) {
    const [release = '', ...rest] = parameter.name.slice((folder?.length ?? 0) + 1).split('/');
    const found = byRelease.get(release) ?? new Map<string, ParameterReading>();
    byRelease.set(release, found.set(rest.join('/'), parameter));
  }
  const claims: Claim[] = [];
  const mistakes: string[] = [];
  for (const [release, found] of byRelease) {
    const isRecommended = release === recommendedFolder;
    const image = found.get(members.imageId);
    // Beside the folders may stand what is no release; and Ubuntu's current one says its serial elsewhere.
    if (image === undefined || (isRecommended && members.releaseVersion === undefined)) continue;
    if (!isImageId(image.value)) {
      mistakes.push(`${image.name} ${holds(image.value)}, which is no image id`);
      continue;
    }
    const version = found.get(members.releaseVersion ?? '');
    const releaseVersion = members.releaseVersion === undefined ? release : (version?.value ?? null);
    const imageName = found.get(members.imageName ?? '')?.value ?? null;
    claims.push({
      imageId: image.value,
      imageName,
      releaseVersion,
      publishedAt: image.lastModified,
      by: version?.name ?? `${folder}/${release}`,
      rank: isRecommended ? 2 : release === imageName || release === releaseVersion ? 0 : 1,
    });
  }
  return { claims: claims.sort((a, b) => a.rank - b.rank), mistakes };
};

/** One release an image: parameters may name it more than once, and must agree then. */
const settle = (amiType: AmiType, claims: readonly Claim[]): { releases: Release[]; mistakes: string[] } => {
  const first = new Map<string, Claim>();
  const wrong = new Set<string>();
  const mistakes: string[] = [];
  for (const claim of claims) {
    const { imageId, releaseVersion, by } = claim;
    const before = first.get(imageId);
    if (releaseVersion === null) {
      mistakes.push(`${by} names no release version`);
    } else if (parseReleaseVersion(releaseVersion, amiType) === undefined) {
      mistakes.push(`${by} ${holds(releaseVersion)}, which is no release version of ${amiType}`);
    } else if (before === undefined) {
      first.set(imageId, claim);
    } else if (before.releaseVersion !== releaseVersion) {
      mistakes.push(
        `${before.by} ${holds(before.releaseVersion ?? '')} for ${imageId}, but ${by} ${holds(releaseVersion)}`,
      );
      wrong.add(imageId);
    }
  }
  const agreed = [...first.values()].filter(({ imageId }) => !wrong.has(imageId));
  return {
    releases: agreed.map(({ by: _by, rank: _rank, ...release }) => ({ amiType, ...release })),
    mistakes,
  };
};
