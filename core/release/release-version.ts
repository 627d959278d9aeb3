/**
 * Release versions, as each publisher writes them:
 *
 * - Amazon Linux: `<kubernetes major.minor.patch>-<yyyymmdd>`, `1.33.4-20260710` (EKS user guide, eks-linux-ami-versions)
 * - Bottlerocket: `<version>-<commit>`, `1.28.0-0ab4fab4`; the same for every Kubernetes minor
 * - Windows: `<kubernetes major.minor>-<yyyy.mm.dd>`, `1.35-2026.04.18` (EKS user guide, eks-ami-versions-windows)
 * - Ubuntu: the serial of the image, `20260710` or, the second of a day, `20260710.1`
 */
import { type AmiType, amiVariants, type OperatingSystem } from './ami-variant.ts';

export type Family = 'Amazon Linux' | 'Bottlerocket' | 'Windows' | 'Ubuntu';

export interface ReleaseVersion {
  family: Family;
  /** The Kubernetes minor the image is built for, `1.33`; null where the version does not say. */
  minor: string | null;
  /** The kubelet's patch number, which may move within one minor; null where the version does not say. */
  patch: number | null;
  /**
   * What the name of the image says, too: the day of the build, the version of Bottlerocket, the serial. A day is a name,
   * not when the release was published.
   */
  build: string;
}

export const familyOf = (operatingSystem: OperatingSystem): Family =>
  operatingSystem === 'AL2' || operatingSystem === 'AL2023' ? 'Amazon Linux' : operatingSystem;

const day = '20\\d\\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])';

/** The build of each family, as it stands in release versions and in the names of images. */
export const buildPattern: Readonly<Record<Family, string>> = {
  'Amazon Linux': day,
  Bottlerocket: '\\d+\\.\\d+\\.\\d+-[0-9a-f]{8}',
  Windows: '20\\d\\d\\.(?:0[1-9]|1[0-2])\\.(?:0[1-9]|[12]\\d|3[01])',
  Ubuntu: `${day}(?:\\.\\d+)?`,
};

const families: readonly { family: Family; pattern: RegExp }[] = [
  { family: 'Amazon Linux', pattern: new RegExp(`^(\\d+\\.\\d+)\\.(\\d+)-(${buildPattern['Amazon Linux']})$`) },
  { family: 'Bottlerocket', pattern: new RegExp(`^()()(${buildPattern.Bottlerocket})$`) },
  { family: 'Windows', pattern: new RegExp(`^(\\d+\\.\\d+)()-(${buildPattern.Windows})$`) },
  { family: 'Ubuntu', pattern: new RegExp(`^()()(${buildPattern.Ubuntu})$`) },
];

/**
 * The parts of a release version, or undefined when the text is not one. Without an AMI type the first family whose form
 * it has is taken: a commit of Bottlerocket may, once in a great while, look like a day.
 */
export const parseReleaseVersion = (text: string, amiType?: AmiType | null): ReleaseVersion | undefined => {
  const only = amiType == null ? undefined : familyOf(amiVariants[amiType].operatingSystem);
  for (const { family, pattern } of families) {
    const match = only === undefined || only === family ? pattern.exec(text) : null;
    if (match === null) continue;
    const [, minor, patch, build] = match as unknown as [string, string, string, string];
    return { family, minor: minor || null, patch: patch === '' ? null : Number(patch), build };
  }
  return undefined;
};

export const formatReleaseVersion = ({ minor, patch, build }: ReleaseVersion): string =>
  minor === null ? build : `${minor}${patch === null ? '' : `.${patch}`}-${build}`;

/**
 * Older first: by the build, then by the kubelet's patch. Only releases of one variant and minor are comparable. Two builds
 * of one Bottlerocket version are equal: a commit tells nothing of time.
 */
export const compareReleaseVersions = (a: ReleaseVersion, b: ReleaseVersion): number =>
  compareBuilds(a.build, b.build) || (a.patch ?? 0) - (b.patch ?? 0);

export const compareBuilds = (a: string, b: string): number => {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Numbers in the order of their weight; the commit of Bottlerocket is none of them. */
const numbersOf = (build: string): number[] => (build.split('-')[0] ?? '').split('.').map(Number);

/** The day in a release version, `yyyymmdd`; undefined where there is none. */
export const dayOf = ({ family, build }: ReleaseVersion): string | undefined =>
  family === 'Bottlerocket' ? undefined : build.replaceAll('.', '').slice(0, 8);
