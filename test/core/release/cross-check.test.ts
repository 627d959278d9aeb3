import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CrossCheckQuestion, crossCheck } from '../../../core/release/cross-check.ts';
import { originOf } from '../../../core/release/image-origin.ts';
import { anImage, aRelease, former, imageOf, newest, now } from '../builders.ts';

type Given = Omit<Partial<CrossCheckQuestion>, 'image' | 'former' | 'release'> & {
  release?: Partial<CrossCheckQuestion['release']>;
  image?: Parameters<typeof anImage>[1];
  former?: Parameters<typeof anImage>[1];
};

const checkOf = ({ release, image, former: before, ...given }: Given = {}): string[] => {
  const [its, theirs] = [anImage(newest, image), anImage(former, before)];
  return crossCheck({
    release: { ...aRelease(newest), ...release },
    minor: '1.33',
    image: its,
    origin: originOf(its, {}),
    former: theirs,
    formerOrigin: originOf(theirs, {}),
    clusterVersion: '1.33',
    now,
    ...given,
  }).map(({ code, message }) => `${code}: ${message}`);
};

const wanted = `the wanted image ${imageOf(newest)}`;
const golden = { amiType: null, releaseVersion: null, imageName: null };

describe('a release that agrees with its image', () => {
  test('may be used', () => {
    expect(checkOf()).toEqual([]);
  });

  test.each<{ title: string; given: Given }>([
    { title: 'whose parameters name no image', given: { release: { imageName: null } } },
    { title: 'that is to be deprecated some day', given: { image: { deprecatedAt: '2028-08-10T00:00:00.000Z' } } },
    { title: 'whose kubelet is older than the control plane', given: { clusterVersion: '1.35' } },
    { title: 'whose kubelet is older by the length of its number', given: { clusterVersion: '1.100' } },
    { title: 'where nothing is known of the former image', given: { former: { rootDeviceName: null } } },
  ])('also one $title', ({ given }) => {
    expect(checkOf(given)).toEqual([]);
  });
});

describe('a disagreement names both values:', () => {
  test.each<{ about: string; given: Given; says: string[] }>([
    {
      about: 'owner',
      given: { image: { ownerAlias: null, ownerId: '999988887777' } },
      says: [
        `parameter-disagrees: ${imageOf(newest)} is listed as Amazon's AL2023_x86_64_STANDARD, but its owner is 999988887777`,
      ],
    },
    {
      about: 'architecture',
      given: { image: { architecture: 'arm64' } },
      says: [
        `parameter-disagrees: ${imageOf(newest)} is listed as AL2023_x86_64_STANDARD, which is x86_64, but EC2 says arm64`,
      ],
    },
    {
      about: 'name',
      given: { release: { imageName: 'amazon-eks-node-al2023-x86_64-standard-1.33-v20260811' } },
      says: [
        `parameter-disagrees: the parameter names ${imageOf(newest)} amazon-eks-node-al2023-x86_64-standard-1.33-v20260811, EC2 names it amazon-eks-node-al2023-x86_64-standard-1.33-v20260810`,
      ],
    },
    {
      about: 'variant',
      given: {
        release: { imageName: null },
        image: { name: 'amazon-eks-node-al2023-x86_64-nvidia-1.33-v20260810' },
      },
      says: [
        `parameter-disagrees: ${imageOf(newest)} is listed as AL2023_x86_64_STANDARD, but it is named amazon-eks-node-al2023-x86_64-nvidia-1.33-v20260810`,
      ],
    },
    {
      about: 'a name that tells nothing',
      given: { release: { imageName: null }, image: { name: 'copied' } },
      says: [`parameter-disagrees: ${imageOf(newest)} is listed as AL2023_x86_64_STANDARD, but it is named copied`],
    },
    {
      about: 'the day of the release version',
      given: { release: { releaseVersion: '1.33.4-20260811' } },
      says: [
        `parameter-disagrees: the parameter says 1.33.4-20260811, the image ${imageOf(newest)} is named amazon-eks-node-al2023-x86_64-standard-1.33-v20260810`,
      ],
    },
    {
      about: 'the minor of the release version',
      given: { release: { releaseVersion: '1.32.4-20260810' } },
      says: [
        `parameter-disagrees: the parameter says 1.32.4-20260810, the image ${imageOf(newest)} is named amazon-eks-node-al2023-x86_64-standard-1.33-v20260810`,
      ],
    },
    {
      about: 'the minor it is listed for, where its version names none',
      given: {
        release: { amiType: 'BOTTLEROCKET_x86_64', releaseVersion: '1.28.0-0ab4fab4', imageName: null },
        image: { name: 'bottlerocket-aws-k8s-1.34-x86_64-v1.28.0-0ab4fab4' },
        formerOrigin: undefined,
      },
      says: [
        `parameter-disagrees: the parameter says 1.28.0-0ab4fab4, the image ${imageOf(newest)} is named bottlerocket-aws-k8s-1.34-x86_64-v1.28.0-0ab4fab4`,
      ],
    },
    {
      about: 'state',
      given: { image: { state: 'disabled' } },
      says: [`image-unusable: ${wanted} is disabled, not available`],
    },
    {
      about: 'deprecation',
      given: { image: { deprecatedAt: now } },
      says: [`image-unusable: ${wanted} is deprecated since ${now}`],
    },
    {
      about: 'root device',
      given: { image: { rootDeviceName: '/dev/sda1' } },
      says: [`image-unusable: ${wanted} has root device /dev/sda1, the node group's image has /dev/xvda`],
    },
    {
      about: 'root device type',
      given: { image: { rootDeviceType: 'instance-store' } },
      says: [`image-unusable: ${wanted} has root device type instance-store, the node group's image has ebs`],
    },
    {
      about: 'kubelet',
      given: { clusterVersion: '1.32' },
      says: ['image-unusable: the kubelet of 1.33.4-20260810, 1.33, is newer than the control plane, 1.32'],
    },
    {
      about: 'kubelet of a release whose version names no minor',
      given: {
        release: { amiType: 'BOTTLEROCKET_x86_64', releaseVersion: '1.28.0-0ab4fab4', imageName: null },
        image: { name: 'bottlerocket-aws-k8s-1.33-x86_64-v1.28.0-0ab4fab4' },
        formerOrigin: undefined,
        clusterVersion: '1.32',
      },
      says: ['image-unusable: the kubelet of 1.28.0-0ab4fab4, 1.33, is newer than the control plane, 1.32'],
    },
  ])('$about', ({ given, says }) => {
    expect(checkOf(given)).toEqual(says);
  });

  test('an image that EC2 does not know', () => {
    expect(checkOf({}).length).toBe(0);
    const question = { release: aRelease(newest), minor: '1.33', image: undefined, origin: undefined };
    const there = { former: anImage(former), formerOrigin: undefined, clusterVersion: '1.33', now };
    expect(crossCheck({ ...question, ...there })).toEqual([
      {
        code: 'image-unusable',
        message: `${wanted} does not exist in this Region, or is not shared with this account`,
      },
    ]);
  });
});

describe('a golden image', () => {
  const own = { name: 'shop-web-43', ownerAlias: null, ownerId: '111122223333' };
  const base = { amiType: 'AL2023_x86_64_STANDARD' as const, minor: '1.33', build: newest };
  const builtOn = (given: Partial<typeof base> | { amiType: 'AL2_x86_64' } = {}) => ({
    origin: 'built-on' as const,
    base: { ...base, ...given },
    baseImageId: 'ami-0000000a',
  });
  const ofGolden = (given: Given = {}): string[] =>
    checkOf({ release: golden, minor: null, ...given, image: { ...own, ...given.image } });

  test('is compared with nothing that no parameter says', () => {
    expect(ofGolden()).toEqual([]);
  });

  test.each<{ about: string; given: Given; says: string }>([
    {
      about: 'its architecture is not the node group’s',
      given: { image: { architecture: 'arm64' } },
      says: `${wanted} has architecture arm64, the node group's image has x86_64`,
    },
    {
      about: 'it was built on another operating system',
      given: { origin: builtOn({ amiType: 'AL2_x86_64' }) },
      says: `${wanted} has operating system AL2, the node group's image has AL2023`,
    },
    {
      about: 'it was built on a newer kubelet than the control plane',
      given: { origin: builtOn({ minor: '1.34' }) },
      says: `the kubelet of ${imageOf(newest)}, 1.34, is newer than the control plane, 1.33`,
    },
  ])('is refused where $about', ({ given, says }) => {
    expect(ofGolden(given)).toEqual([`image-unusable: ${says}`]);
  });
});

test('whatever differs, it is told, and nothing is told of what does not', () => {
  const differing = fc.record({
    owner: fc.boolean(),
    architecture: fc.boolean(),
    name: fc.boolean(),
    state: fc.boolean(),
    deprecated: fc.boolean(),
    root: fc.boolean(),
    kubelet: fc.boolean(),
  });
  fc.assert(
    fc.property(differing, (drawn) => {
      const told = checkOf({
        image: {
          ...(drawn.owner ? { ownerAlias: null } : {}),
          ...(drawn.architecture ? { architecture: 'arm64' } : {}),
          ...(drawn.state ? { state: 'pending' } : {}),
          ...(drawn.deprecated ? { deprecatedAt: '2026-01-01T00:00:00.000Z' } : {}),
          ...(drawn.root ? { rootDeviceName: '/dev/sda1' } : {}),
        },
        release: drawn.name ? { imageName: 'another' } : {},
        clusterVersion: drawn.kubelet ? '1.29' : '1.33',
      });
      expect(told).toHaveLength(Object.values(drawn).filter(Boolean).length);
    }),
  );
});
