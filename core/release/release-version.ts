/**
 * Release versions of the EKS-optimized Amazon Linux AMIs: `<kubernetes major.minor.patch>-<yyyymmdd>`, for example
 * `1.33.4-20260710` (EKS user guide, eks-linux-ami-versions).
 */
export interface ReleaseVersion {
  /** The Kubernetes minor the image is built for: `1.33`. */
  minor: string;
  /** The kubelet's patch number. It may move within one minor. */
  patch: number;
  /** The day of the build, `yyyymmdd`. It is a name, not the day it was published. */
  date: string;
}

const pattern = /^(\d+\.\d+)\.(\d+)-(\d{8})$/;

/** The parts of a release version, or undefined when the text is not one. */
export const parseReleaseVersion = (text: string): ReleaseVersion | undefined => {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, minor, patch, date] = match as unknown as [string, string, string, string];
  return { minor, patch: Number(patch), date };
};

export const formatReleaseVersion = ({ minor, patch, date }: ReleaseVersion): string => `${minor}.${patch}-${date}`;

/** Older first: by the day of the build, then by the kubelet's patch. Releases of different minors are not comparable. */
export const compareReleaseVersions = (a: ReleaseVersion, b: ReleaseVersion): number =>
  a.date.localeCompare(b.date) || a.patch - b.patch;
