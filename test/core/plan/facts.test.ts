import { describe, expect, test } from 'vitest';
import { releaseSourceOf, variantNameOf } from '../../../core/plan/facts.ts';
import { aNodeGroup, anImage, aTemplate, former, imageOf, imagesById, newest } from '../builders.ts';

describe('which releases a node group chooses from', () => {
  const arm = anImage(former, { name: 'amazon-eks-node-al2023-arm64-standard-1.33-v20260710' });
  const own = { ownerAlias: null, ownerId: '111122223333' };
  const ofItsVariant = { amiType: 'AL2023_ARM_64_STANDARD', minor: '1.33' };

  test.each([
    { title: 'those of its variant and minor', images: [arm], source: ofItsVariant },
    {
      title: 'those of its golden parameter',
      images: [arm],
      golden: '/golden/web',
      source: { parameter: '/golden/web' },
    },
    {
      title: 'those that a tag of its image names',
      images: [anImage(former, { ...own, tags: { 'eks-ami-rollout:follows': 'AL2023_ARM_64_STANDARD/1.33' } })],
      source: ofItsVariant,
    },
    {
      title: 'none where its image tells nothing',
      images: [anImage(former, { ...own, name: 'shop-42' })],
      source: null,
    },
    { title: 'none where somebody else gave it that name', images: [{ ...arm, ...own }], source: null },
    {
      title: 'none where something was built into it',
      images: [anImage(former, { ...own, ancestors: [imageOf(newest)] }), anImage(newest)],
      source: null,
    },
    { title: 'none where its image is gone', images: [], source: null },
    {
      title: 'none without a launch template',
      group: aNodeGroup('web', { launchTemplate: null }),
      images: [arm],
      source: null,
    },
    {
      title: 'none where its launch template holds no image',
      group: aNodeGroup('web', { launchTemplate: aTemplate({ imageId: null }) }),
      images: [arm],
      source: null,
    },
  ])('$title', ({ group = aNodeGroup('web'), images, golden = null, source }) => {
    expect(releaseSourceOf(group, imagesById(images), golden)).toEqual(source);
  });

  test.each([
    { source: { amiType: 'AL2023_ARM_64_STANDARD' as const, minor: '1.33' }, name: 'AL2023_ARM_64_STANDARD' },
    { source: { parameter: '/golden/web' }, name: '/golden/web' },
    { source: null, name: null },
  ])('$source: the variant is called $name', ({ source, name }) => {
    expect(variantNameOf(source)).toBe(name);
  });
});
