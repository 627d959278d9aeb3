/**
 * The AMI types the world can publish, with the names their publishers give images and parameters. Written from the
 * documents (EKS user guide, retrieve-ami-id, retrieve-ami-id-bottlerocket, retrieve-windows-ami-id; Ubuntu on AWS), not
 * from the product's own table: a shared mistake would not show.
 */

/** One image of one release, for one Kubernetes minor. */
export interface Publication {
  imageId: string;
  imageName: string;
  releaseVersion: string;
  minor: string;
}

export interface Publisher {
  ownerId: string;
  ownerAlias: string | undefined;
  /** Of a release version that is one of this publisher's; `minor` is named where it says the Kubernetes minor. */
  release: RegExp;
  example: string;
  /** Parameters with their values: `own` stay with the release, `recommended` move to the next one. */
  parameters(folder: string, what: Publication, which: 'own' | 'recommended'): Record<string, string>;
}

export interface AmiTypeInWorld {
  publisher: Publisher;
  architecture: 'x86_64' | 'arm64';
  /** As the label kubernetes.io/os says it. */
  operatingSystem: 'linux' | 'windows';
  osImage: string;
  rootDeviceName: string;
  /** What its user data must be. */
  bootstrap: 'bootstrap.sh' | 'NodeConfig' | 'TOML' | 'PowerShell';
  /** Where its parameters are, for a minor. */
  folder(minor: string): string;
  imageName(minor: string, releaseVersion: string): string;
  instanceType: string;
  /** Resources a node of it offers besides cpu, memory and pods. */
  devices: Readonly<Record<string, string>>;
  /** From launch to Ready, where it is not the usual time. */
  readySeconds?: number;
}

const afterDash = (releaseVersion: string): string => releaseVersion.slice(releaseVersion.indexOf('-') + 1);

/** `recommended`, and one folder a release, named as the image: each as JSON and its three members. */
const amazonLinux: Publisher = {
  // In most Regions (EKS user guide, add-ons-images).
  ownerId: '602401143452',
  ownerAlias: 'amazon',
  release: /^(?<minor>\d+\.\d+)\.\d+-\d{8}$/,
  example: '1.33.4-20260710',
  parameters: (folder, { imageId, imageName, releaseVersion }, which) => {
    const path = `${folder}/${which === 'own' ? imageName : 'recommended'}`;
    const members = { image_id: imageId, image_name: imageName, release_version: releaseVersion };
    return {
      [path]: JSON.stringify({ schema_version: '2', ...members }),
      [`${path}/image_id`]: imageId,
      [`${path}/image_name`]: imageName,
      [`${path}/release_version`]: releaseVersion,
    };
  },
};

/** One version of the OS for every Kubernetes minor. It is found with its commit, without it, and as the latest. */
const bottlerocketProject: Publisher = {
  ownerId: '092701018921',
  ownerAlias: 'amazon',
  release: /^\d+\.\d+\.\d+-[0-9a-f]{8}$/,
  example: '1.28.0-0ab4fab4',
  parameters: (folder, { imageId, releaseVersion }, which) => {
    const names = which === 'own' ? [releaseVersion, releaseVersion.split('-')[0]] : ['latest'];
    return Object.fromEntries(
      names.flatMap((name) => [
        [`${folder}/${name}/image_id`, imageId],
        [`${folder}/${name}/image_version`, releaseVersion],
      ]),
    );
  },
};

/** The newest alone. */
const windowsTeam: Publisher = {
  ownerId: '801119661308',
  ownerAlias: 'amazon',
  release: /^(?<minor>\d+\.\d+)-\d{4}\.\d\d\.\d\d$/,
  example: '1.33-2026.07.14',
  parameters: (folder, { imageId, releaseVersion }, which) =>
    which === 'own'
      ? {}
      : {
          [folder]: JSON.stringify({ image_id: imageId, release_version: releaseVersion }),
          [`${folder}/image_id`]: imageId,
        },
};

const canonical = (architecture: string, volume: string): Publisher => ({
  ownerId: '099720109477',
  ownerAlias: undefined,
  release: /^\d{8}(\.\d+)?$/,
  example: '20260710',
  parameters: (folder, { imageId, releaseVersion }, which) => ({
    [`${folder}/${which === 'own' ? releaseVersion : 'current'}/${architecture}/hvm/ebs-${volume}/ami-id`]: imageId,
  }),
});

const gpu = { 'nvidia.com/gpu': '1' };
const neuron = { 'aws.amazon.com/neuron': '1' };
const instanceTypes = { x86_64: 'm6i.large', arm64: 'm7g.large' };

const al2 = (
  architecture: 'x86_64' | 'arm64',
  folder: string,
  prefix: string,
  more: Partial<AmiTypeInWorld> = {},
): AmiTypeInWorld => ({
  publisher: amazonLinux,
  architecture,
  operatingSystem: 'linux',
  osImage: 'Amazon Linux 2',
  rootDeviceName: '/dev/xvda',
  bootstrap: 'bootstrap.sh',
  folder: (minor) => `/aws/service/eks/optimized-ami/${minor}/${folder}`,
  imageName: (minor, releaseVersion) => `${prefix}-${minor}-v${afterDash(releaseVersion)}`,
  instanceType: instanceTypes[architecture],
  devices: {},
  ...more,
});

const al2023 = (
  architecture: 'x86_64' | 'arm64',
  flavor: 'standard' | 'nvidia' | 'neuron',
  more: Partial<AmiTypeInWorld> = {},
): AmiTypeInWorld => ({
  ...al2(
    architecture,
    `amazon-linux-2023/${architecture}/${flavor}`,
    `amazon-eks-node-al2023-${architecture}-${flavor}`,
  ),
  osImage: 'Amazon Linux 2023',
  bootstrap: 'NodeConfig',
  ...more,
});

const bottlerocket = (
  architecture: 'x86_64' | 'arm64',
  flavor = '',
  more: Partial<AmiTypeInWorld> = {},
): AmiTypeInWorld => ({
  publisher: bottlerocketProject,
  architecture,
  operatingSystem: 'linux',
  osImage: 'Bottlerocket OS',
  rootDeviceName: '/dev/xvda',
  bootstrap: 'TOML',
  folder: (minor) => `/aws/service/bottlerocket/aws-k8s-${minor}${flavor}/${architecture}`,
  imageName: (minor, releaseVersion) =>
    `bottlerocket-aws-k8s-${minor}${flavor}-${architecture === 'x86_64' ? 'x86_64' : 'aarch64'}-v${releaseVersion}`,
  instanceType: instanceTypes[architecture],
  devices: {},
  ...more,
});

const windows = (year: string, edition: string): AmiTypeInWorld => ({
  publisher: windowsTeam,
  architecture: 'x86_64',
  operatingSystem: 'windows',
  osImage: `Windows Server ${year} Datacenter`,
  rootDeviceName: '/dev/sda1',
  bootstrap: 'PowerShell',
  folder: (minor) => `/aws/service/ami-windows-latest/Windows_Server-${year}-English-${edition}-EKS_Optimized-${minor}`,
  imageName: (minor, releaseVersion) =>
    `Windows_Server-${year}-English-${edition}-EKS_Optimized-${minor}-${afterDash(releaseVersion)}`,
  instanceType: 'm6i.xlarge',
  devices: {},
  readySeconds: 300,
});

const ubuntu = (version: string, name: string, architecture: 'x86_64' | 'arm64'): AmiTypeInWorld => {
  const debian = architecture === 'x86_64' ? 'amd64' : 'arm64';
  const volume = version === '24.04' ? 'gp3' : 'gp2';
  return {
    publisher: canonical(debian, volume),
    architecture,
    operatingSystem: 'linux',
    osImage: `Ubuntu ${version} LTS`,
    rootDeviceName: '/dev/sda1',
    bootstrap: 'bootstrap.sh',
    folder: (minor) => `/aws/service/canonical/ubuntu/eks/${version}/${minor}/stable`,
    imageName: (minor, releaseVersion) =>
      `ubuntu-eks/k8s_${minor}/images/hvm-ssd${volume === 'gp3' ? '-gp3' : ''}/ubuntu-${name}-${version}-${debian}-server-${releaseVersion}`,
    instanceType: instanceTypes[architecture],
    devices: {},
  };
};

export const amiTypesInWorld: Readonly<Record<string, AmiTypeInWorld>> = {
  AL2_x86_64: al2('x86_64', 'amazon-linux-2', 'amazon-eks-node'),
  AL2_x86_64_GPU: al2('x86_64', 'amazon-linux-2-gpu', 'amazon-eks-gpu-node', {
    instanceType: 'g5.xlarge',
    devices: gpu,
  }),
  AL2_ARM_64: al2('arm64', 'amazon-linux-2-arm64', 'amazon-eks-arm64-node'),
  AL2023_x86_64_STANDARD: al2023('x86_64', 'standard'),
  AL2023_ARM_64_STANDARD: al2023('arm64', 'standard'),
  AL2023_x86_64_NVIDIA: al2023('x86_64', 'nvidia', { instanceType: 'g5.xlarge', devices: gpu }),
  AL2023_ARM_64_NVIDIA: al2023('arm64', 'nvidia', { instanceType: 'g5g.xlarge', devices: gpu }),
  AL2023_x86_64_NEURON: al2023('x86_64', 'neuron', { instanceType: 'inf2.xlarge', devices: neuron }),
  BOTTLEROCKET_x86_64: bottlerocket('x86_64'),
  BOTTLEROCKET_ARM_64: bottlerocket('arm64'),
  BOTTLEROCKET_x86_64_FIPS: bottlerocket('x86_64', '-fips'),
  BOTTLEROCKET_ARM_64_FIPS: bottlerocket('arm64', '-fips'),
  BOTTLEROCKET_x86_64_NVIDIA: bottlerocket('x86_64', '-nvidia', { instanceType: 'g5.xlarge', devices: gpu }),
  BOTTLEROCKET_ARM_64_NVIDIA: bottlerocket('arm64', '-nvidia', { instanceType: 'g5g.xlarge', devices: gpu }),
  BOTTLEROCKET_x86_64_NVIDIA_FIPS: bottlerocket('x86_64', '-nvidia-fips', { instanceType: 'g5.xlarge', devices: gpu }),
  BOTTLEROCKET_ARM_64_NVIDIA_FIPS: bottlerocket('arm64', '-nvidia-fips', { instanceType: 'g5g.xlarge', devices: gpu }),
  WINDOWS_CORE_2019_x86_64: windows('2019', 'Core'),
  WINDOWS_FULL_2019_x86_64: windows('2019', 'Full'),
  WINDOWS_CORE_2022_x86_64: windows('2022', 'Core'),
  WINDOWS_FULL_2022_x86_64: windows('2022', 'Full'),
  WINDOWS_CORE_2025_x86_64: windows('2025', 'Core'),
  WINDOWS_FULL_2025_x86_64: windows('2025', 'Full'),
  // EKS has no AMI type for Ubuntu: these names are ours.
  UBUNTU_20_04_x86_64: ubuntu('20.04', 'focal', 'x86_64'),
  UBUNTU_20_04_ARM_64: ubuntu('20.04', 'focal', 'arm64'),
  UBUNTU_22_04_x86_64: ubuntu('22.04', 'jammy', 'x86_64'),
  UBUNTU_22_04_ARM_64: ubuntu('22.04', 'jammy', 'arm64'),
  UBUNTU_24_04_x86_64: ubuntu('24.04', 'noble', 'x86_64'),
  UBUNTU_24_04_ARM_64: ubuntu('24.04', 'noble', 'arm64'),
};

export const amiTypeInWorld = (amiType: string): AmiTypeInWorld => {
  const found = amiTypesInWorld[amiType];
  if (found === undefined) throw new Error(`the world knows no AMI type ${amiType}`);
  return found;
};

/** The Kubernetes minor a release version says; undefined: it says none, and is built for every minor. */
export const minorIn = (amiType: string, releaseVersion: string): string | undefined =>
  amiTypeInWorld(amiType).publisher.release.exec(releaseVersion)?.groups?.minor;
