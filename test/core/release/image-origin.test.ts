import { describe, expect, test } from 'vitest';
import { needsAncestry, originOf, variantOf } from '../../../core/release/image-origin.ts';
import { anImage, former, imageOf, imagesById, newest } from '../builders.ts';

const own = { name: 'shop-web-42', ownerAlias: null, ownerId: '111122223333' };
const published = { amiType: 'AL2023_x86_64_STANDARD', minor: '1.33', build: newest };
const tagged = (value: string) => ({ tags: { 'eks-ami-rollout:follows': value } });

describe('where an image comes from', () => {
  test.each([
    {
      title: 'its name tells, where it is its publisher’s',
      images: [anImage(former)],
      origin: { origin: 'published', ...published, build: former },
    },
    {
      title: 'its name tells nothing where anybody else gave it',
      images: [anImage(former, { ...own, name: anImage(former).name, ancestors: [] })],
      origin: { origin: 'unknown', why: 'EC2 knows no image it was made from' },
    },
    {
      title: 'its parent tells',
      images: [anImage(former, { ...own, ancestors: [imageOf(newest)] }), anImage(newest)],
      origin: { origin: 'built-on', base: published, baseImageId: imageOf(newest) },
    },
    {
      title: 'its parent’s parent tells',
      images: [
        anImage(former, { ...own, ancestors: ['ami-0000000a', imageOf(newest)] }),
        anImage(newest, { ...own, imageId: 'ami-0000000a' }),
        anImage(newest),
      ],
      origin: { origin: 'built-on', base: published, baseImageId: imageOf(newest) },
    },
    {
      title: 'its root tells nothing',
      images: [anImage(former, { ...own, ancestors: ['ami-0000000a'] })],
      origin: { origin: 'unknown', why: 'it was made from ami-0000000a, which is no known EKS AMI of this Region' },
    },
    {
      title: 'its tag goes before all that',
      images: [anImage(former, { ...own, ...tagged('BOTTLEROCKET_ARM_64/1.33'), ancestors: [imageOf(newest)] })],
      origin: { origin: 'tagged', amiType: 'BOTTLEROCKET_ARM_64', minor: '1.33', build: null },
    },
    ...['AL2023_x86_64_STANDARD', 'CUSTOM/1.33', 'AL2023/1.33', 'AL2023_x86_64_STANDARD/1', ''].map((tag) => ({
      title: `a tag of ${JSON.stringify(tag)} tells nothing`,
      images: [anImage(former, tagged(tag))],
      origin: {
        origin: 'unknown',
        why: `its tag eks-ami-rollout:follows says ${JSON.stringify(tag)}, which is not AMI_TYPE/MINOR such as AL2023_x86_64_STANDARD/1.33`,
      },
    })),
  ])('$title', ({ images, origin }) => {
    const [image] = images;
    expect(image && originOf(image, imagesById(images))).toEqual(origin);
  });
});

describe('its ancestry', () => {
  test.each([
    { title: 'is asked for where nothing else tells', image: anImage(former, own), isNeeded: true },
    { title: 'is asked for once', image: anImage(former, { ...own, ancestors: [] }), isNeeded: false },
    { title: 'is not asked for of a published one', image: anImage(former), isNeeded: false },
    {
      title: 'is not asked for where a tag tells',
      image: anImage(former, { ...own, ...tagged('x') }),
      isNeeded: false,
    },
  ])('$title', ({ image, isNeeded }) => {
    expect(needsAncestry(image)).toBe(isNeeded);
  });
});

describe('which releases may take its place', () => {
  test('those of a published image’s variant, and those a tag names', () => {
    expect(variantOf({ origin: 'published', ...published, amiType: 'AL2_ARM_64' })).toEqual({
      amiType: 'AL2_ARM_64',
      minor: '1.33',
    });
    expect(variantOf({ origin: 'tagged', amiType: 'AL2_ARM_64', minor: '1.30', build: null })).toEqual({
      amiType: 'AL2_ARM_64',
      minor: '1.30',
    });
  });

  test('none where something was built into it, or nothing is known', () => {
    const base = { ...published, amiType: 'AL2_ARM_64' as const };
    expect(variantOf({ origin: 'built-on', base, baseImageId: 'ami-0000000a' })).toBeNull();
    expect(variantOf({ origin: 'unknown', why: 'who knows' })).toBeNull();
  });
});
