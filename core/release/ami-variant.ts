/**
 * AMI variants. A variant is what a release is built for: two releases are comparable only within one variant and one
 * Kubernetes minor.
 */

/**
 * Every value of `AMITypes` in the EKS API (API reference, Nodegroup.amiType). Its spelling is irregular: `x86_64` in
 * lower case, `ARM_64` in upper. CUSTOM is no variant: such a node group has a launch template with an image of its own,
 * and the image says what it is.
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

/** Canonical's Ubuntu for EKS. EKS has no AMI type for it (there it is CUSTOM); these names are ours, spelled like EKS's. */
export const ubuntuAmiTypes = [
  'UBUNTU_20_04_x86_64',
  'UBUNTU_20_04_ARM_64',
  'UBUNTU_22_04_x86_64',
  'UBUNTU_22_04_ARM_64',
  'UBUNTU_24_04_x86_64',
  'UBUNTU_24_04_ARM_64',
] as const;

/** The variants that are patched. */
export type AmiType = Exclude<(typeof eksAmiTypes)[number], 'CUSTOM'> | (typeof ubuntuAmiTypes)[number];

/** As `Architecture` of DescribeImages spells it. */
export type Architecture = 'x86_64' | 'arm64';
export type OperatingSystem = 'AL2' | 'AL2023' | 'Bottlerocket' | 'Windows' | 'Ubuntu';
/** The accelerators whose drivers are in the image. */
export type Accelerator = 'nvidia' | 'neuron' | 'nvidia+neuron';
/** How a node is told its cluster: what its user data must be. */
export type Bootstrap = 'bootstrap.sh' | 'nodeadm' | 'toml' | 'Start-EKSBootstrap.ps1';

export interface AmiVariant {
  operatingSystem: OperatingSystem;
  architecture: Architecture;
  accelerator: Accelerator | null;
  isFips: boolean;
  bootstrap: Bootstrap;
  /** The path its publisher keeps its parameters under; `{minor}` stands for the Kubernetes minor. */
  path: string;
  /** The name of its images, a pattern; `{build}` stands for what release version and name have in common. */
  imageName: string;
}

/** User guide, retrieve-ami-id. */
const amazonLinux = (
  operatingSystem: 'AL2' | 'AL2023',
  architecture: Architecture,
  accelerator: Accelerator | null,
  folder: string,
  name: string,
): AmiVariant => ({
  operatingSystem,
  architecture,
  accelerator,
  isFips: false,
  bootstrap: operatingSystem === 'AL2' ? 'bootstrap.sh' : 'nodeadm',
  path: `/aws/service/eks/optimized-ami/{minor}/${folder}`,
  imageName: `${name}-{minor}-v{build}`,
});

const al2023 = (architecture: Architecture, accelerator: 'nvidia' | 'neuron' | null): AmiVariant => {
  const flavor = accelerator ?? 'standard';
  return amazonLinux(
    'AL2023',
    architecture,
    accelerator,
    `amazon-linux-2023/${architecture}/${flavor}`,
    // Late in 2024 the branch of the driver stood in the name: nvidia-560.
    `amazon-eks-node-al2023-${architecture}-${flavor}${flavor === 'nvidia' ? '(?:-\\d+)?' : ''}`,
  );
};

/** User guide, retrieve-ami-id-bottlerocket. Parameters say arm64, image names aarch64. */
const bottlerocket = (architecture: Architecture, flavor: '' | '-fips' | '-nvidia' | '-nvidia-fips'): AmiVariant => ({
  operatingSystem: 'Bottlerocket',
  architecture,
  accelerator: flavor.startsWith('-nvidia') ? 'nvidia' : null,
  isFips: flavor.endsWith('-fips'),
  bootstrap: 'toml',
  path: `/aws/service/bottlerocket/aws-k8s-{minor}${flavor}/${architecture}`,
  imageName: `bottlerocket-aws-k8s-{minor}${flavor}-${architecture === 'arm64' ? 'aarch64' : architecture}-v{build}`,
});

/** User guide, retrieve-windows-ami-id. */
const windows = (year: '2019' | '2022' | '2025', edition: 'Core' | 'Full'): AmiVariant => {
  const name = `Windows_Server-${year}-English-${edition}-EKS_Optimized-{minor}`;
  return {
    operatingSystem: 'Windows',
    architecture: 'x86_64',
    accelerator: null,
    isFips: false,
    bootstrap: 'Start-EKSBootstrap.ps1',
    path: `/aws/service/ami-windows-latest/${name}`,
    imageName: `${name}-{build}`,
  };
};

/** Ubuntu on AWS, "Find Ubuntu images on AWS" (documentation.ubuntu.com/aws). */
const ubuntu = (version: '20.04' | '22.04' | '24.04', name: string, architecture: Architecture): AmiVariant => ({
  operatingSystem: 'Ubuntu',
  architecture,
  accelerator: null,
  isFips: false,
  bootstrap: 'bootstrap.sh',
  path: `/aws/service/canonical/ubuntu/eks/${version}/{minor}/stable`,
  imageName: `ubuntu-eks/k8s_{minor}/images/hvm-ssd(?:-gp3)?/ubuntu-${name}-${version}-${debianArchitecture[architecture]}-server-{build}`,
});

/** As Canonical spells architectures. */
export const debianArchitecture = { x86_64: 'amd64', arm64: 'arm64' } as const;

export const amiVariants: Readonly<Record<AmiType, AmiVariant>> = {
  AL2_x86_64: amazonLinux('AL2', 'x86_64', null, 'amazon-linux-2', 'amazon-eks-node'),
  AL2_x86_64_GPU: amazonLinux('AL2', 'x86_64', 'nvidia+neuron', 'amazon-linux-2-gpu', 'amazon-eks-gpu-node'),
  AL2_ARM_64: amazonLinux('AL2', 'arm64', null, 'amazon-linux-2-arm64', 'amazon-eks-arm64-node'),
  AL2023_x86_64_STANDARD: al2023('x86_64', null),
  AL2023_ARM_64_STANDARD: al2023('arm64', null),
  AL2023_x86_64_NVIDIA: al2023('x86_64', 'nvidia'),
  AL2023_ARM_64_NVIDIA: al2023('arm64', 'nvidia'),
  AL2023_x86_64_NEURON: al2023('x86_64', 'neuron'),
  BOTTLEROCKET_x86_64: bottlerocket('x86_64', ''),
  BOTTLEROCKET_ARM_64: bottlerocket('arm64', ''),
  BOTTLEROCKET_x86_64_FIPS: bottlerocket('x86_64', '-fips'),
  BOTTLEROCKET_ARM_64_FIPS: bottlerocket('arm64', '-fips'),
  BOTTLEROCKET_x86_64_NVIDIA: bottlerocket('x86_64', '-nvidia'),
  BOTTLEROCKET_ARM_64_NVIDIA: bottlerocket('arm64', '-nvidia'),
  BOTTLEROCKET_x86_64_NVIDIA_FIPS: bottlerocket('x86_64', '-nvidia-fips'),
  BOTTLEROCKET_ARM_64_NVIDIA_FIPS: bottlerocket('arm64', '-nvidia-fips'),
  WINDOWS_CORE_2019_x86_64: windows('2019', 'Core'),
  WINDOWS_FULL_2019_x86_64: windows('2019', 'Full'),
  WINDOWS_CORE_2022_x86_64: windows('2022', 'Core'),
  WINDOWS_FULL_2022_x86_64: windows('2022', 'Full'),
  WINDOWS_CORE_2025_x86_64: windows('2025', 'Core'),
  WINDOWS_FULL_2025_x86_64: windows('2025', 'Full'),
  UBUNTU_20_04_x86_64: ubuntu('20.04', 'focal', 'x86_64'),
  UBUNTU_20_04_ARM_64: ubuntu('20.04', 'focal', 'arm64'),
  UBUNTU_22_04_x86_64: ubuntu('22.04', 'jammy', 'x86_64'),
  UBUNTU_22_04_ARM_64: ubuntu('22.04', 'jammy', 'arm64'),
  UBUNTU_24_04_x86_64: ubuntu('24.04', 'noble', 'x86_64'),
  UBUNTU_24_04_ARM_64: ubuntu('24.04', 'noble', 'arm64'),
};

/** The variants that are patched. */
export const amiTypes = Object.keys(amiVariants) as AmiType[];

export const isAmiType = (text: string): text is AmiType => Object.hasOwn(amiVariants, text);
