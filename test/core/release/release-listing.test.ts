import { describe, expect, test } from 'vitest';
import type { AmiType } from '../../../core/release/ami-variant.ts';
import {
  goldenListing,
  isWhole,
  type KeptListing,
  listingKey,
  listReleases,
  type ParameterReading,
  parameterLayout,
} from '../../../core/release/release-listing.ts';
import { now } from '../builders.ts';

const monday = '2026-08-10T18:00:00.000Z';
const sunday = '2026-07-10T18:00:00.000Z';
const [first, second] = ['ami-0000000a', 'ami-0000000b'];

const parameter = (name: string, value: string, more: Partial<ParameterReading> = {}): ParameterReading => ({
  name,
  value,
  version: 1,
  lastModified: monday,
  ...more,
});

const list = (
  amiType: AmiType,
  recommended: ParameterReading,
  below: ParameterReading[] = [],
  former: KeptListing | null = null,
): KeptListing => listReleases({ amiType, minor: '1.33' }, recommended, below, { former, now });

test('releases are listed by variant and minor, or by the golden parameter', () => {
  expect(listingKey({ amiType: 'AL2023_ARM_64_STANDARD', minor: '1.33' })).toBe('AL2023_ARM_64_STANDARD/1.33');
  expect(listingKey({ parameter: '/golden/web' })).toBe('/golden/web');
});

describe('Amazon Linux', () => {
  const path = '/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard';
  const json = (imageId: string, releaseVersion: string): string =>
    JSON.stringify({ schema_version: '2', image_id: imageId, image_name: 'x', release_version: releaseVersion });
  const named = (day: string): string => `amazon-eks-node-al2023-x86_64-standard-1.33-v${day}`;
  const folder = (
    name: string,
    { imageId, version, at = monday }: { imageId: string; version: string; at?: string | null },
  ): ParameterReading[] => [
    parameter(`${path}/${name}`, json(imageId, version), { lastModified: at }),
    parameter(`${path}/${name}/image_id`, imageId, { lastModified: at }),
    parameter(`${path}/${name}/image_name`, named(version.slice(-8)), { lastModified: at }),
    parameter(`${path}/${name}/release_version`, version, { lastModified: at }),
  ];
  const older = folder(named('20260710'), { imageId: first, version: '1.33.4-20260710', at: sunday });
  const newer = folder(named('20260810'), { imageId: second, version: '1.33.4-20260810' });
  const asRecommended = folder('recommended', { imageId: second, version: '1.33.4-20260810' });
  const recommended = parameter(`${path}/recommended`, json(second, '1.33.4-20260810'), { version: 18 });
  const release = (imageId: string, day: string, publishedAt = monday) => ({
    amiType: 'AL2023_x86_64_STANDARD',
    releaseVersion: `1.33.4-${day}`,
    imageId,
    imageName: named(day),
    publishedAt,
  });
  const of = (below: ParameterReading[], former?: KeptListing): KeptListing =>
    list('AL2023_x86_64_STANDARD', recommended, below, former);

  test('lists what lies under its path: one folder a release, each with the time it was published at', () => {
    const listing = of([...asRecommended, ...older, ...newer]);
    expect(listing).toEqual({
      recommendedVersion: 18,
      recommendedImageId: second,
      published: [release(first, '20260710', sunday), release(second, '20260810')],
      mistakes: [],
    });
    expect(isWhole(listing)).toBe(true);
  });

  test('a release that has no folder of its own yet is listed as the recommended one', () => {
    expect(of([...asRecommended, ...older]).published).toContainEqual(release(second, '20260810'));
  });

  test('the day a release was published is never that in its name; untold, it is when it was first seen', () => {
    const silent = folder(named('20260810'), { imageId: second, version: '1.33.4-20260810', at: null });
    const seen = of([...older, ...silent]);
    expect(seen.published).toContainEqual(release(second, '20260810', now));
    const later = listReleases({ amiType: 'AL2023_x86_64_STANDARD', minor: '1.33' }, recommended, silent, {
      former: seen,
      now: '2026-09-01T00:00:00.000Z',
    });
    expect(later.published).toEqual([release(second, '20260810', now)]);
  });

  test('what its publisher took away is not remembered', () => {
    expect(of(newer, of([...older, ...newer])).published).toEqual([release(second, '20260810')]);
  });

  test.each<{ title: string; below: ParameterReading[]; left: string[]; mistakes: string[] }>([
    {
      title: 'an image id that is none',
      below: [...newer, parameter(`${path}/${named('20260701')}/image_id`, 'ami-latest')],
      left: [second],
      mistakes: [`${path}/${named('20260701')}/image_id holds "ami-latest", which is no image id`],
    },
    {
      title: 'a release version that is none',
      below: [...newer, ...folder(named('20260701'), { imageId: first, version: '1.33' })],
      left: [second],
      mistakes: [
        `${path}/${named('20260701')}/release_version holds "1.33", which is no release version of AL2023_x86_64_STANDARD`,
      ],
    },
    {
      title: 'a release version of another family',
      below: [...newer, ...folder(named('20260701'), { imageId: first, version: '1.28.0-0ab4fab4' })],
      left: [second],
      mistakes: [
        `${path}/${named('20260701')}/release_version holds "1.28.0-0ab4fab4", which is no release version of AL2023_x86_64_STANDARD`,
      ],
    },
    {
      title: 'a release without a version',
      below: [...newer, parameter(`${path}/${named('20260701')}/image_id`, first)],
      left: [second],
      mistakes: [`${path}/${named('20260701')} names no release version`],
    },
    {
      title: 'two that contradict each other',
      below: [...older, ...newer, ...folder('recommended', { imageId: second, version: '1.33.4-20260811' })],
      left: [first],
      mistakes: [
        `${path}/${named('20260810')}/release_version holds "1.33.4-20260810" for ${second}, but ${path}/recommended/release_version holds "1.33.4-20260811"`,
      ],
    },
  ])('$title is named, and nothing else is lost', ({ below, left, mistakes }) => {
    const listing = of(below);
    expect(listing.published.map(({ imageId }) => imageId)).toEqual(left);
    expect(listing.mistakes).toEqual(mistakes);
    expect(isWhole(listing)).toBe(false);
  });

  test.each([
    'ami-latest',
    '',
    '{',
    'null',
    '[]',
    '{"image_id":"latest"}',
    '{"image_id":5}',
    `{"ImageId":"${second}"}`,
  ])('a recommended release of %j is named, and what is listed stands', (value) => {
    const listing = list('AL2023_x86_64_STANDARD', parameter(`${path}/recommended`, value), [...older, ...newer]);
    expect(listing.recommendedImageId).toBeNull();
    expect(listing.published).toHaveLength(2);
    expect(listing.mistakes).toEqual([
      `${path}/recommended holds ${JSON.stringify(value)}, which is neither an image id nor JSON with one`,
    ]);
  });

  test('a long value is not told to its end', () => {
    const listing = list('AL2023_x86_64_STANDARD', parameter(`${path}/recommended`, 'x'.repeat(4000)));
    expect(listing.mistakes[0]?.length).toBeLessThan(300);
  });

  test('a listing read in the middle of a publication does not stand until the next one', () => {
    expect(isWhole(of(older))).toBe(false);
  });
});

describe('Bottlerocket', () => {
  const path = '/aws/service/bottlerocket/aws-k8s-1.33-nvidia/arm64';
  const folder = (name: string, imageId: string, version: string): ParameterReading[] => [
    parameter(`${path}/${name}/image_id`, imageId),
    parameter(`${path}/${name}/image_version`, version),
  ];
  const recommended = parameter(`${path}/latest/image_id`, second, { version: 7 });

  test('lists one release a version, however many names it goes by', () => {
    const listing = list('BOTTLEROCKET_ARM_64_NVIDIA', recommended, [
      ...folder('1.27.1', first, '1.27.1-29cc92cc'),
      ...folder('1.27.1-29cc92cc', first, '1.27.1-29cc92cc'),
      ...folder('1.28.0', second, '1.28.0-0ab4fab4'),
      ...folder('1.28.0-0ab4fab4', second, '1.28.0-0ab4fab4'),
      ...folder('latest', second, '1.28.0-0ab4fab4'),
    ]);
    const common = { amiType: 'BOTTLEROCKET_ARM_64_NVIDIA', imageName: null, publishedAt: monday };
    expect(listing).toEqual({
      recommendedVersion: 7,
      recommendedImageId: second,
      published: [
        { ...common, releaseVersion: '1.27.1-29cc92cc', imageId: first },
        { ...common, releaseVersion: '1.28.0-0ab4fab4', imageId: second },
      ],
      mistakes: [],
    });
  });

  test('a commit that looks like a day is a commit', () => {
    const listing = list('BOTTLEROCKET_ARM_64_NVIDIA', recommended, folder('latest', second, '1.28.0-20260810'));
    expect(listing.published.map(({ releaseVersion }) => releaseVersion)).toEqual(['1.28.0-20260810']);
  });
});

describe('Windows', () => {
  const { recommended: name, folder } = parameterLayout({ amiType: 'WINDOWS_CORE_2022_x86_64', minor: '1.33' });
  const publication = (imageId: string, releaseVersion: string, version: number, at: string): ParameterReading =>
    parameter(name, JSON.stringify({ image_id: imageId, release_version: releaseVersion }), {
      version,
      lastModified: at,
    });
  const of = (reading: ParameterReading, former?: KeptListing): KeptListing =>
    list('WINDOWS_CORE_2022_x86_64', reading, [], former);

  test('has no parameters for each release', () => {
    expect(folder).toBeNull();
  });

  test('names the newest alone; those before are remembered, with the time each was published at', () => {
    const one = of(publication(first, '1.33-2026.07.10', 1, sunday));
    const two = of(publication(second, '1.33-2026.08.10', 2, monday), one);
    expect(two).toMatchObject({ recommendedVersion: 2, recommendedImageId: second, mistakes: [] });
    expect(two.published.map(({ releaseVersion, publishedAt }) => [releaseVersion, publishedAt])).toEqual([
      ['1.33-2026.08.10', monday],
      ['1.33-2026.07.10', sunday],
    ]);
    expect(isWhole(two)).toBe(true);
  });

  test('that goes back to one before keeps the time at which that was published first', () => {
    const one = of(publication(first, '1.33-2026.07.10', 1, sunday));
    const two = of(publication(second, '1.33-2026.08.10', 2, monday), one);
    const three = of(publication(first, '1.33-2026.07.10', 3, now), two);
    expect(three.recommendedImageId).toBe(first);
    expect(three.published.map(({ imageId }) => imageId).sort()).toEqual([first, second]);
  });

  test('one that its publisher took back stays so when a newer one comes, until it is recommended again', () => {
    const one = of(publication(first, '1.33-2026.07.10', 1, sunday));
    const two = of(publication(second, '1.33-2026.08.10', 2, monday), one);
    const back = of(publication(first, '1.33-2026.07.10', 3, now), two);
    const third = 'ami-0000000000000003a';
    const on = of(publication(third, '1.33-2026.08.17', 4, now), back);
    const again = of(publication(second, '1.33-2026.08.10', 5, now), on);
    const marked = ({ published }: KeptListing) =>
      published
        .filter(({ withdrawnFor }) => withdrawnFor !== undefined)
        .map(({ imageId, withdrawnFor }) => [imageId, withdrawnFor]);
    expect([one, two, back, on, again].map(marked)).toEqual([
      [],
      [],
      [[second, '1.33-2026.07.10']],
      [[second, '1.33-2026.07.10']],
      [[third, '1.33-2026.08.10']],
    ]);
  });

  test('a value that says nothing loses none of those before', () => {
    const one = of(publication(first, '1.33-2026.07.10', 1, sunday));
    const two = of(parameter(name, 'soon', { version: 2 }), one);
    expect(two.published).toEqual(one.published);
    expect(two.mistakes).toEqual([`${name} holds "soon", which is neither an image id nor JSON with one`]);
  });
});

describe('Ubuntu', () => {
  const path = '/aws/service/canonical/ubuntu/eks/24.04/1.33/stable';
  const names = (release: string, imageId: string): ParameterReading[] =>
    ['amd64', 'arm64'].map((architecture) =>
      parameter(
        `${path}/${release}/${architecture}/hvm/ebs-gp3/ami-id`,
        `${imageId}${architecture === 'arm64' ? 0 : 1}`,
      ),
    );

  test('lists one release a serial, of its own architecture', () => {
    const recommended = parameter(`${path}/current/arm64/hvm/ebs-gp3/ami-id`, `${second}0`);
    const listing = list('UBUNTU_24_04_ARM_64', recommended, [
      ...names('20260710', first),
      ...names('20260810.1', second),
      ...names('current', second),
    ]);
    expect(listing.published.map(({ releaseVersion, imageId }) => [releaseVersion, imageId])).toEqual([
      ['20260710', `${first}0`],
      ['20260810.1', `${second}0`],
    ]);
    expect(listing.mistakes).toEqual([]);
    expect(isWhole(listing)).toBe(true);
  });
});

describe('a golden parameter', () => {
  test('lists the one image it holds', () => {
    expect(goldenListing(parameter('/golden/web', ` ${first}\n`))).toEqual({
      published: [{ amiType: null, releaseVersion: null, imageId: first, imageName: null, publishedAt: monday }],
      recommendedImageId: first,
      mistakes: [],
    });
  });

  test.each(['', 'resolve:ssm:/golden/web', `${first},${second}`])('that holds %j is named', (value) => {
    expect(goldenListing(parameter('/golden/web', value))).toEqual({
      published: [],
      recommendedImageId: null,
      mistakes: [`/golden/web holds ${JSON.stringify(value)}, which is no image id`],
    });
  });
});
