import { existsSync, readFileSync } from 'node:fs';
import { AMITypes } from '@aws-sdk/client-eks';
import { describe, expect, test } from 'vitest';
import {
  type AmiType,
  amiTypes,
  amiVariants,
  eksAmiTypes,
  isAmiType,
  ubuntuAmiTypes,
} from '../../../core/release/ami-variant.ts';
import { parameterLayout } from '../../../core/release/release-listing.ts';

const eks = '/aws/service/eks/optimized-ami/1.35';
const bottlerocket = '/aws/service/bottlerocket/aws-k8s-1.35';
const windows = '/aws/service/ami-windows-latest/Windows_Server';
const ubuntu = '/aws/service/canonical/ubuntu/eks';

/** AMI type, operating system, architecture, accelerator, FIPS, bootstrap, the parameter of the recommended release. */
const table: [string, string, string, string | null, boolean, string, string][] = [
  ['AL2_x86_64', 'AL2', 'x86_64', null, false, 'bootstrap.sh', `${eks}/amazon-linux-2/recommended`],
  ['AL2_x86_64_GPU', 'AL2', 'x86_64', 'nvidia+neuron', false, 'bootstrap.sh', `${eks}/amazon-linux-2-gpu/recommended`],
  ['AL2_ARM_64', 'AL2', 'arm64', null, false, 'bootstrap.sh', `${eks}/amazon-linux-2-arm64/recommended`],
  [
    'AL2023_x86_64_STANDARD',
    'AL2023',
    'x86_64',
    null,
    false,
    'nodeadm',
    `${eks}/amazon-linux-2023/x86_64/standard/recommended`,
  ],
  [
    'AL2023_ARM_64_STANDARD',
    'AL2023',
    'arm64',
    null,
    false,
    'nodeadm',
    `${eks}/amazon-linux-2023/arm64/standard/recommended`,
  ],
  [
    'AL2023_x86_64_NVIDIA',
    'AL2023',
    'x86_64',
    'nvidia',
    false,
    'nodeadm',
    `${eks}/amazon-linux-2023/x86_64/nvidia/recommended`,
  ],
  [
    'AL2023_ARM_64_NVIDIA',
    'AL2023',
    'arm64',
    'nvidia',
    false,
    'nodeadm',
    `${eks}/amazon-linux-2023/arm64/nvidia/recommended`,
  ],
  [
    'AL2023_x86_64_NEURON',
    'AL2023',
    'x86_64',
    'neuron',
    false,
    'nodeadm',
    `${eks}/amazon-linux-2023/x86_64/neuron/recommended`,
  ],
  ['BOTTLEROCKET_x86_64', 'Bottlerocket', 'x86_64', null, false, 'toml', `${bottlerocket}/x86_64/latest/image_id`],
  ['BOTTLEROCKET_ARM_64', 'Bottlerocket', 'arm64', null, false, 'toml', `${bottlerocket}/arm64/latest/image_id`],
  [
    'BOTTLEROCKET_x86_64_FIPS',
    'Bottlerocket',
    'x86_64',
    null,
    true,
    'toml',
    `${bottlerocket}-fips/x86_64/latest/image_id`,
  ],
  [
    'BOTTLEROCKET_ARM_64_FIPS',
    'Bottlerocket',
    'arm64',
    null,
    true,
    'toml',
    `${bottlerocket}-fips/arm64/latest/image_id`,
  ],
  [
    'BOTTLEROCKET_x86_64_NVIDIA',
    'Bottlerocket',
    'x86_64',
    'nvidia',
    false,
    'toml',
    `${bottlerocket}-nvidia/x86_64/latest/image_id`,
  ],
  [
    'BOTTLEROCKET_ARM_64_NVIDIA',
    'Bottlerocket',
    'arm64',
    'nvidia',
    false,
    'toml',
    `${bottlerocket}-nvidia/arm64/latest/image_id`,
  ],
  [
    'BOTTLEROCKET_x86_64_NVIDIA_FIPS',
    'Bottlerocket',
    'x86_64',
    'nvidia',
    true,
    'toml',
    `${bottlerocket}-nvidia-fips/x86_64/latest/image_id`,
  ],
  [
    'BOTTLEROCKET_ARM_64_NVIDIA_FIPS',
    'Bottlerocket',
    'arm64',
    'nvidia',
    true,
    'toml',
    `${bottlerocket}-nvidia-fips/arm64/latest/image_id`,
  ],
  [
    'WINDOWS_CORE_2019_x86_64',
    'Windows',
    'x86_64',
    null,
    false,
    'Start-EKSBootstrap.ps1',
    `${windows}-2019-English-Core-EKS_Optimized-1.35`,
  ],
  [
    'WINDOWS_FULL_2019_x86_64',
    'Windows',
    'x86_64',
    null,
    false,
    'Start-EKSBootstrap.ps1',
    `${windows}-2019-English-Full-EKS_Optimized-1.35`,
  ],
  [
    'WINDOWS_CORE_2022_x86_64',
    'Windows',
    'x86_64',
    null,
    false,
    'Start-EKSBootstrap.ps1',
    `${windows}-2022-English-Core-EKS_Optimized-1.35`,
  ],
  [
    'WINDOWS_FULL_2022_x86_64',
    'Windows',
    'x86_64',
    null,
    false,
    'Start-EKSBootstrap.ps1',
    `${windows}-2022-English-Full-EKS_Optimized-1.35`,
  ],
  [
    'WINDOWS_CORE_2025_x86_64',
    'Windows',
    'x86_64',
    null,
    false,
    'Start-EKSBootstrap.ps1',
    `${windows}-2025-English-Core-EKS_Optimized-1.35`,
  ],
  [
    'WINDOWS_FULL_2025_x86_64',
    'Windows',
    'x86_64',
    null,
    false,
    'Start-EKSBootstrap.ps1',
    `${windows}-2025-English-Full-EKS_Optimized-1.35`,
  ],
  [
    'UBUNTU_20_04_x86_64',
    'Ubuntu',
    'x86_64',
    null,
    false,
    'bootstrap.sh',
    `${ubuntu}/20.04/1.35/stable/current/amd64/hvm/ebs-gp2/ami-id`,
  ],
  [
    'UBUNTU_20_04_ARM_64',
    'Ubuntu',
    'arm64',
    null,
    false,
    'bootstrap.sh',
    `${ubuntu}/20.04/1.35/stable/current/arm64/hvm/ebs-gp2/ami-id`,
  ],
  [
    'UBUNTU_22_04_x86_64',
    'Ubuntu',
    'x86_64',
    null,
    false,
    'bootstrap.sh',
    `${ubuntu}/22.04/1.35/stable/current/amd64/hvm/ebs-gp2/ami-id`,
  ],
  [
    'UBUNTU_22_04_ARM_64',
    'Ubuntu',
    'arm64',
    null,
    false,
    'bootstrap.sh',
    `${ubuntu}/22.04/1.35/stable/current/arm64/hvm/ebs-gp2/ami-id`,
  ],
  [
    'UBUNTU_24_04_x86_64',
    'Ubuntu',
    'x86_64',
    null,
    false,
    'bootstrap.sh',
    `${ubuntu}/24.04/1.35/stable/current/amd64/hvm/ebs-gp3/ami-id`,
  ],
  [
    'UBUNTU_24_04_ARM_64',
    'Ubuntu',
    'arm64',
    null,
    false,
    'bootstrap.sh',
    `${ubuntu}/24.04/1.35/stable/current/arm64/hvm/ebs-gp3/ami-id`,
  ],
];

describe('AMI types', () => {
  test('are the ones that EKS knows, every one, spelled as EKS spells them', () => {
    expect([...eksAmiTypes].sort()).toEqual(Object.values(AMITypes).sort());
  });

  test('are all patched, Ubuntu with them; CUSTOM alone is no variant', () => {
    expect(amiTypes).toEqual([...eksAmiTypes.filter((each) => each !== 'CUSTOM'), ...ubuntuAmiTypes]);
    expect(table.map(([amiType]) => amiType)).toEqual(amiTypes);
    expect(isAmiType('CUSTOM')).toBe(false);
    expect(isAmiType('toString')).toBe(false);
  });

  test.each(table)(
    '%s: %s, %s, accelerator %s, FIPS %s, %s, %s',
    (amiType, operatingSystem, architecture, accelerator, isFips, bootstrap, recommended) => {
      expect(amiVariants[amiType as AmiType]).toMatchObject({
        operatingSystem,
        architecture,
        accelerator,
        isFips,
        bootstrap,
      });
      expect(parameterLayout({ amiType: amiType as AmiType, minor: '1.35' }).recommended).toBe(recommended);
    },
  );
});

const known = new URL('../../../../shared/data/ami-types.json', import.meta.url);

describe.skipIf(!existsSync(known))('what is known of each AMI type from AWS’s documents', () => {
  interface Row {
    amiType: string;
    os: string;
    arch: string;
    accelerator: string | null;
    fips?: boolean;
    bootstrap: string;
    recommended: string | null;
    imageId: string;
  }
  const rows: Row[] = existsSync(known) ? JSON.parse(readFileSync(known, 'utf8')) : [];

  test.each(rows.filter(({ amiType }) => amiType !== 'CUSTOM'))('$amiType', (row) => {
    const variant = amiVariants[row.amiType as AmiType];
    expect(variant).toMatchObject({
      operatingSystem: row.os.split(' ')[0],
      architecture: row.arch,
      accelerator: row.accelerator,
      isFips: row.fips ?? false,
      bootstrap: row.bootstrap,
    });
    const parameter = (row.recommended ?? row.imageId).split(' ')[0]?.replace('{k8s}', '1.35');
    expect(parameterLayout({ amiType: row.amiType as AmiType, minor: '1.35' }).recommended).toBe(parameter);
  });
});
