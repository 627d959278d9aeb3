import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AmiType, amiTypes } from '../../../core/release/ami-variant.ts';
import { isPublisher, namedReleaseVersion, parseImageName } from '../../../core/release/image-name.ts';
import { parseReleaseVersion } from '../../../core/release/release-version.ts';

/** One name of each variant, as its publisher writes it. */
const names: [name: string, amiType: AmiType, minor: string, build: string][] = [
  ['amazon-eks-node-1.30-v20240807', 'AL2_x86_64', '1.30', '20240807'],
  ['amazon-eks-gpu-node-1.30-v20240807', 'AL2_x86_64_GPU', '1.30', '20240807'],
  ['amazon-eks-arm64-node-1.30-v20240807', 'AL2_ARM_64', '1.30', '20240807'],
  ['amazon-eks-node-al2023-x86_64-standard-1.33-v20260710', 'AL2023_x86_64_STANDARD', '1.33', '20260710'],
  ['amazon-eks-node-al2023-arm64-standard-1.30-v20240531', 'AL2023_ARM_64_STANDARD', '1.30', '20240531'],
  ['amazon-eks-node-al2023-x86_64-nvidia-1.33-v20260710', 'AL2023_x86_64_NVIDIA', '1.33', '20260710'],
  ['amazon-eks-node-al2023-x86_64-nvidia-560-1.31-v20241016', 'AL2023_x86_64_NVIDIA', '1.31', '20241016'],
  ['amazon-eks-node-al2023-arm64-nvidia-1.33-v20250704', 'AL2023_ARM_64_NVIDIA', '1.33', '20250704'],
  ['amazon-eks-node-al2023-x86_64-neuron-1.33-v20260710', 'AL2023_x86_64_NEURON', '1.33', '20260710'],
  ['bottlerocket-aws-k8s-1.33-x86_64-v1.46.0-431fe75a', 'BOTTLEROCKET_x86_64', '1.33', '1.46.0-431fe75a'],
  ['bottlerocket-aws-k8s-1.33-aarch64-v1.46.0-431fe75a', 'BOTTLEROCKET_ARM_64', '1.33', '1.46.0-431fe75a'],
  ['bottlerocket-aws-k8s-1.34-fips-x86_64-v1.54.0-5043decc', 'BOTTLEROCKET_x86_64_FIPS', '1.34', '1.54.0-5043decc'],
  ['bottlerocket-aws-k8s-1.34-fips-aarch64-v1.54.0-5043decc', 'BOTTLEROCKET_ARM_64_FIPS', '1.34', '1.54.0-5043decc'],
  ['bottlerocket-aws-k8s-1.30-nvidia-x86_64-v1.20.4-b6163b2a', 'BOTTLEROCKET_x86_64_NVIDIA', '1.30', '1.20.4-b6163b2a'],
  [
    'bottlerocket-aws-k8s-1.33-nvidia-aarch64-v1.54.0-5043decc',
    'BOTTLEROCKET_ARM_64_NVIDIA',
    '1.33',
    '1.54.0-5043decc',
  ],
  [
    'bottlerocket-aws-k8s-1.34-nvidia-fips-x86_64-v1.54.0-5043decc',
    'BOTTLEROCKET_x86_64_NVIDIA_FIPS',
    '1.34',
    '1.54.0-5043decc',
  ],
  [
    'bottlerocket-aws-k8s-1.34-nvidia-fips-aarch64-v1.54.0-5043decc',
    'BOTTLEROCKET_ARM_64_NVIDIA_FIPS',
    '1.34',
    '1.54.0-5043decc',
  ],
  ['Windows_Server-2019-English-Core-EKS_Optimized-1.35-2026.04.18', 'WINDOWS_CORE_2019_x86_64', '1.35', '2026.04.18'],
  ['Windows_Server-2019-English-Full-EKS_Optimized-1.35-2026.04.18', 'WINDOWS_FULL_2019_x86_64', '1.35', '2026.04.18'],
  ['Windows_Server-2022-English-Core-EKS_Optimized-1.35-2026.04.18', 'WINDOWS_CORE_2022_x86_64', '1.35', '2026.04.18'],
  ['Windows_Server-2022-English-Full-EKS_Optimized-1.35-2026.04.18', 'WINDOWS_FULL_2022_x86_64', '1.35', '2026.04.18'],
  ['Windows_Server-2025-English-Core-EKS_Optimized-1.35-2026.04.18', 'WINDOWS_CORE_2025_x86_64', '1.35', '2026.04.18'],
  ['Windows_Server-2025-English-Full-EKS_Optimized-1.35-2026.04.18', 'WINDOWS_FULL_2025_x86_64', '1.35', '2026.04.18'],
  [
    'ubuntu-eks/k8s_1.28/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20240301',
    'UBUNTU_20_04_x86_64',
    '1.28',
    '20240301',
  ],
  [
    'ubuntu-eks/k8s_1.28/images/hvm-ssd/ubuntu-focal-20.04-arm64-server-20240301',
    'UBUNTU_20_04_ARM_64',
    '1.28',
    '20240301',
  ],
  [
    'ubuntu-eks/k8s_1.31/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20250626',
    'UBUNTU_22_04_x86_64',
    '1.31',
    '20250626',
  ],
  [
    'ubuntu-eks/k8s_1.31/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20240930',
    'UBUNTU_22_04_ARM_64',
    '1.31',
    '20240930',
  ],
  [
    'ubuntu-eks/k8s_1.33/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250610',
    'UBUNTU_24_04_x86_64',
    '1.33',
    '20250610',
  ],
  [
    'ubuntu-eks/k8s_1.33/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20250610.1',
    'UBUNTU_24_04_ARM_64',
    '1.33',
    '20250610.1',
  ],
];

describe('the name of a published image', () => {
  test.each(names)('%s is of %s for %s, build %s', (name, amiType, minor, build) => {
    expect(parseImageName(name)).toEqual({ amiType, minor, build });
  });

  test.each([
    { name: 'amazon-eks-node-1.30-v20240807', version: null },
    { name: 'bottlerocket-aws-k8s-1.33-x86_64-v1.46.0-431fe75a', version: '1.46.0-431fe75a' },
    { name: 'Windows_Server-2019-English-Core-EKS_Optimized-1.35-2026.04.18', version: '1.35-2026.04.18' },
    {
      name: 'ubuntu-eks/k8s_1.33/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20250610.1',
      version: '20250610.1',
    },
  ])('$name tells the release version $version', ({ name, version }) => {
    const named = parseImageName(name);
    expect(named && namedReleaseVersion(named)).toBe(version);
  });

  test('is read for every variant', () => {
    expect(new Set(names.map(([, amiType]) => amiType))).toEqual(new Set(amiTypes));
  });

  test.each([
    { name: 'amazon-eks-node-al2023-riscv-standard-1.33-v20260710', why: 'its architecture is unknown' },
    { name: 'amazon-eks-node-al2023-arm64-neuron-1.33-v20260710', why: 'there is no such variant' },
    { name: 'amazon-eks-node-al2023-x86_64-standard-1.33-20260710', why: 'the day has no v' },
    { name: 'amazon-eks-node-al2023-x86_64-standard-1.33-v20261310', why: 'there is no such month' },
    { name: 'copy of amazon-eks-node-al2023-x86_64-standard-1.33-v20260710', why: 'it is a copy' },
    { name: 'amazon-eks-node-al2023-x86_64-standard-1.33-v20260710-hardened', why: 'it was built upon' },
    { name: 'bottlerocket-aws-ecs-2-x86_64-v1.42.0-5ed15786', why: 'it is for ECS' },
    { name: 'bottlerocket-aws-k8s-1.33-x86_64-v1.46.0', why: 'it has no commit' },
    { name: 'Windows_Server-2025-English-Core-Base-2026.04.18', why: 'it is not for EKS' },
    { name: 'golden-web-42', why: 'it is the customer’s own' },
    { name: '', why: 'there is none' },
  ])('"$name" says nothing: $why', ({ name }) => {
    expect(parseImageName(name)).toBeUndefined();
  });
});

describe('the publisher of an image', () => {
  const amazon = { ownerAlias: 'amazon', ownerId: '602401143452' };
  const canonical = { ownerAlias: null, ownerId: '099720109477' };
  const bottlerocketOfAmazon = { ownerAlias: 'amazon', ownerId: '092701018921' };
  const somebody = { ownerAlias: null, ownerId: '111122223333' };

  test.each([
    { amiType: 'AL2023_x86_64_STANDARD' as const, owner: amazon, is: true },
    { amiType: 'BOTTLEROCKET_x86_64' as const, owner: bottlerocketOfAmazon, is: true },
    { amiType: 'AL2023_x86_64_STANDARD' as const, owner: somebody, is: false },
    { amiType: 'AL2023_x86_64_STANDARD' as const, owner: canonical, is: false },
    { amiType: 'UBUNTU_24_04_x86_64' as const, owner: canonical, is: true },
    { amiType: 'UBUNTU_24_04_x86_64' as const, owner: { ...canonical, ownerAlias: 'amazon' }, is: true },
    { amiType: 'UBUNTU_24_04_x86_64' as const, owner: amazon, is: false },
    { amiType: 'AL2_x86_64' as const, owner: { ...somebody, ownerAlias: 'aws-marketplace' }, is: false },
  ])('of $amiType: $owner.ownerAlias $owner.ownerId $is', ({ amiType, owner, is }) => {
    expect(isPublisher(amiType, owner)).toBe(is);
  });
});

const published = new URL('../../../../shared/data/ami-releases.csv', import.meta.url);

describe.skipIf(!existsSync(published))('every image that was ever published for Amazon Linux', () => {
  const [header = '', ...lines] = existsSync(published) ? readFileSync(published, 'utf8').trim().split('\n') : [];
  const columns = header.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [columns[index], cell])));

  test('has a name that tells its variant, its minor, and the build of its release version', () => {
    expect(rows.length).toBeGreaterThan(5000);
    const wrong = rows.filter(({ amiName = '', amiType, k8s, releaseVersion = '', release = '' }) => {
      const named = parseImageName(amiName);
      const build = releaseVersion === '' ? release.slice(1) : parseReleaseVersion(releaseVersion)?.build;
      return named?.amiType !== amiType || named?.minor !== k8s || named?.build !== build;
    });
    expect(wrong).toEqual([]);
  });
});
