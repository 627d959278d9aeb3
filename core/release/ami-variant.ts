/**
 * AMI variants: one row a value of the EKS API's `AMITypes` that this product patches. A variant is what a release is
 * built for; two releases are comparable only within one variant and one Kubernetes minor.
 */
export interface AmiVariant {
  /** The value of `AMITypes` in the EKS API. Its spelling is irregular: `x86_64` in lower case, `ARM_64` in upper. */
  amiType: AmiType;
  architecture: Architecture;
  operatingSystem: 'AL2023';
}

/**
 * Every value of `AMITypes` in the EKS API (API reference, Nodegroup.amiType). A policy may name any of them; the ones
 * that are patched are `amiTypes`.
 */
export const eksAmiTypes = [
  'AL2_x86_64',
  'AL2_x86_64_GPU',
  'AL2_ARM_64',
  'AL2023_x86_64_STANDARD',
  'AL2023_ARM_64_STANDARD',
  'AL2023_x86_64_NVIDIA',
  'AL2023_ARM_64_NVIDIA',
  'AL2023_x86_64_NEURON',
  'BOTTLEROCKET_x86_64',
  'BOTTLEROCKET_ARM_64',
  'BOTTLEROCKET_x86_64_FIPS',
  'BOTTLEROCKET_ARM_64_FIPS',
  'BOTTLEROCKET_x86_64_NVIDIA',
  'BOTTLEROCKET_ARM_64_NVIDIA',
  'BOTTLEROCKET_x86_64_NVIDIA_FIPS',
  'BOTTLEROCKET_ARM_64_NVIDIA_FIPS',
  'WINDOWS_CORE_2019_x86_64',
  'WINDOWS_FULL_2019_x86_64',
  'WINDOWS_CORE_2022_x86_64',
  'WINDOWS_FULL_2022_x86_64',
  'WINDOWS_CORE_2025_x86_64',
  'WINDOWS_FULL_2025_x86_64',
  'CUSTOM',
] as const;

/** The variants that are patched. */
export const amiTypes = ['AL2023_x86_64_STANDARD', 'AL2023_ARM_64_STANDARD'] as const;
export type AmiType = (typeof amiTypes)[number];

/** As `Architecture` of DescribeImages spells it. */
export type Architecture = 'x86_64' | 'arm64';

export const amiVariants: Readonly<Record<AmiType, AmiVariant>> = {
  AL2023_x86_64_STANDARD: {
    amiType: 'AL2023_x86_64_STANDARD',
    architecture: 'x86_64',
    operatingSystem: 'AL2023',
  },
  AL2023_ARM_64_STANDARD: {
    amiType: 'AL2023_ARM_64_STANDARD',
    architecture: 'arm64',
    operatingSystem: 'AL2023',
  },
};

/**
 * The public parameters of a variant lie under this path: `recommended`, and one name a release
 * (EKS user guide, retrieve-ami-id).
 */
export const parameterPath = (amiType: AmiType, minor: string): string => {
  const { architecture } = amiVariants[amiType];
  return `/aws/service/eks/optimized-ami/${minor}/amazon-linux-2023/${architecture}/standard`;
};

const eksImageName = /^amazon-eks-node-al2023-(x86_64|arm64)-standard-(\d+\.\d+)-v(\d{8})$/;

/** What the name of an EKS-optimized image says: `amazon-eks-node-al2023-x86_64-standard-1.33-v20260710`. */
export interface EksImageName {
  amiType: AmiType;
  minor: string;
  /** The day of the build, `yyyymmdd`. */
  date: string;
}

/** Reads an EKS-optimized image's name; undefined when it is none, or of a variant that is not patched. */
export const parseEksImageName = (name: string): EksImageName | undefined => {
  const match = eksImageName.exec(name);
  if (match === null) return undefined;
  const [, architecture, minor, date] = match as unknown as [string, string, string, string];
  const variant = Object.values(amiVariants).find((each) => each.architecture === architecture);
  return variant && { amiType: variant.amiType, minor, date };
};
