/**
 * The AMI types the world can publish, with the names AWS gives their images and parameters (EKS user guide,
 * retrieve-ami-id). Written from the documents, not from the product's own table: a shared mistake would not show.
 */
export interface AmiTypeInWorld {
  architecture: 'x86_64' | 'arm64';
  /** Under /aws/service/eks/optimized-ami/<minor>/ */
  parameterFolder: string;
  /** Of an image: without the Kubernetes minor and the day. */
  imagePrefix: string;
  instanceType: string;
  /** Resources a node of it offers besides cpu, memory and pods. */
  devices: Readonly<Record<string, string>>;
}

const al2023 = (
  architecture: 'x86_64' | 'arm64',
  variant: 'standard' | 'nvidia' | 'neuron',
  instanceType: string,
  devices: Record<string, string> = {},
): AmiTypeInWorld => ({
  architecture,
  parameterFolder: `amazon-linux-2023/${architecture}/${variant}`,
  imagePrefix: `amazon-eks-node-al2023-${architecture}-${variant}`,
  instanceType,
  devices,
});

export const amiTypesInWorld: Readonly<Record<string, AmiTypeInWorld>> = {
  AL2023_x86_64_STANDARD: al2023('x86_64', 'standard', 'm6i.large'),
  AL2023_ARM_64_STANDARD: al2023('arm64', 'standard', 'm7g.large'),
  AL2023_x86_64_NVIDIA: al2023('x86_64', 'nvidia', 'g5.xlarge', { 'nvidia.com/gpu': '1' }),
  AL2023_ARM_64_NVIDIA: al2023('arm64', 'nvidia', 'g5g.xlarge', { 'nvidia.com/gpu': '1' }),
  AL2023_x86_64_NEURON: al2023('x86_64', 'neuron', 'inf2.xlarge', { 'aws.amazon.com/neuron': '1' }),
  AL2_x86_64: {
    architecture: 'x86_64',
    parameterFolder: 'amazon-linux-2',
    imagePrefix: 'amazon-eks-node',
    instanceType: 'm6i.large',
    devices: {},
  },
  AL2_ARM_64: {
    architecture: 'arm64',
    parameterFolder: 'amazon-linux-2-arm64',
    imagePrefix: 'amazon-eks-arm64-node',
    instanceType: 'm7g.large',
    devices: {},
  },
  AL2_x86_64_GPU: {
    architecture: 'x86_64',
    parameterFolder: 'amazon-linux-2-gpu',
    imagePrefix: 'amazon-eks-gpu-node',
    instanceType: 'g5.xlarge',
    devices: { 'nvidia.com/gpu': '1' },
  },
};
