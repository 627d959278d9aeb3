import { AMITypes } from '@aws-sdk/client-eks';
import { describe, expect, test } from 'vitest';
import {
  amiTypes,
  amiVariants,
  eksAmiTypes,
  parameterPath,
  parseEksImageName,
} from '../../../core/release/ami-variant.ts';

describe('AMI types', () => {
  test.each(amiTypes.map((amiType) => ({ amiType })))('$amiType, which is patched, is known to EKS', ({ amiType }) => {
    expect(Object.values(AMITypes)).toContain(amiType);
  });

  test('are the ones that EKS knows, every one, spelled as EKS spells them', () => {
    expect([...eksAmiTypes].sort()).toEqual(Object.values(AMITypes).sort());
  });

  test('each variant is filed under its own name', () => {
    expect(Object.keys(amiVariants).sort()).toEqual([...amiTypes].sort());
    for (const [amiType, variant] of Object.entries(amiVariants)) expect(variant.amiType).toBe(amiType);
  });
});

describe('the public parameters of a variant', () => {
  test.each([
    {
      amiType: 'AL2023_x86_64_STANDARD' as const,
      minor: '1.33',
      path: '/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard',
    },
    {
      amiType: 'AL2023_ARM_64_STANDARD' as const,
      minor: '1.34',
      path: '/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/arm64/standard',
    },
  ])('of $amiType for $minor lie under $path', ({ amiType, minor, path }) => {
    expect(parameterPath(amiType, minor)).toBe(path);
  });
});

describe('the name of an EKS-optimized image', () => {
  test.each([
    {
      name: 'amazon-eks-node-al2023-x86_64-standard-1.33-v20260710',
      says: { amiType: 'AL2023_x86_64_STANDARD', minor: '1.33', date: '20260710' },
    },
    {
      name: 'amazon-eks-node-al2023-arm64-standard-1.30-v20240531',
      says: { amiType: 'AL2023_ARM_64_STANDARD', minor: '1.30', date: '20240531' },
    },
  ])('$name says variant, minor and day', ({ name, says }) => {
    expect(parseEksImageName(name)).toEqual(says);
  });

  test.each([
    { name: 'amazon-eks-node-al2023-x86_64-nvidia-1.33-v20260710', why: 'its variant is not patched' },
    { name: 'amazon-eks-node-1.29-v20240531', why: 'Amazon Linux 2 is not patched' },
    { name: 'amazon-eks-node-al2023-riscv-standard-1.33-v20260710', why: 'its architecture is unknown' },
    { name: 'amazon-eks-node-al2023-x86_64-standard-1.33-20260710', why: 'the day has no v' },
    { name: 'copy of amazon-eks-node-al2023-x86_64-standard-1.33-v20260710', why: 'it is a copy' },
    { name: 'amazon-eks-node-al2023-x86_64-standard-1.33-v20260710-hardened', why: 'it was built upon' },
    { name: 'golden-web-42', why: 'it is the customer’s own' },
    { name: '', why: 'there is none' },
  ])('"$name" says nothing: $why', ({ name }) => {
    expect(parseEksImageName(name)).toBeUndefined();
  });
});
