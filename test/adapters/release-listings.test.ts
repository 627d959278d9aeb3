/** Releases, from what publishers' parameters say to what may be used: every AMI type, played and resolved. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { askedOnce } from '../../adapters/asked-once.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2Images } from '../../adapters/aws/images.ts';
import { ssmParameters } from '../../adapters/aws/parameters.ts';
import { LedgerConflict } from '../../adapters/fault.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerListings } from '../../adapters/ledger/ledger.ts';
import { releaseListings } from '../../adapters/release-listings.ts';
import type { KeptListings, Parameters, PassedReleases } from '../../core/ports.ts';
import { type AmiType, amiTypes } from '../../core/release/ami-variant.ts';
import { crossCheck } from '../../core/release/cross-check.ts';
import { originOf, variantOf } from '../../core/release/image-origin.ts';
import { listingKey } from '../../core/release/release-listing.ts';
import { amiTypesInWorld, minorIn } from '../../rehearsal/world/ami-types.ts';
import { hub, now } from '../core/builders.ts';
import { clusterOf } from '../rehearsal/play.ts';
import { beginEmbeddedAws, pass, useEnvironmentOf } from './embedded.ts';

const minor = '1.33';

/** Two releases of an AMI type, as its publisher writes them. */
const releasesOf = (amiType: string): [string, string] => {
  if (amiType.startsWith('BOTTLEROCKET')) return ['1.48.0-713f44ce', '1.49.0-0ab4fab4'];
  if (amiType.startsWith('WINDOWS')) return ['1.33-2026.07.14', '1.33-2026.08.11'];
  if (amiType.startsWith('UBUNTU')) return ['20260710', '20260810.1'];
  return ['1.33.4-20260710', '1.33.4-20260810'];
};

const published = (amiType: string, more: Record<string, unknown> = {}) =>
  releasesOf(amiType).map((release, index) => ({
    amiType,
    release,
    publishedAt: index === 0 ? '2026-07-14T18:00:00Z' : '2026-08-11T18:00:00Z',
    ...more,
  }));

/** The port, and how often it asked. */
const begin = async (
  scenario: Record<string, unknown>,
  wrap: (kept: KeptListings) => KeptListings = (kept) => kept,
) => {
  const aws = await beginEmbeddedAws({ clusters: [{ name: 'prod', version: minor }], ...scenario });
  useEnvironmentOf(aws);
  const asked = { names: 0, paths: 0 };
  const ssm = ssmParameters();
  const parameters: Parameters = {
    read: (names) => {
      asked.names += 1;
      return ssm.read(names);
    },
    below: (path) => {
      asked.paths += 1;
      return ssm.below(path);
    },
  };
  const items = new LedgerItems(aws.stack.tables[0]?.name ?? '', new DynamoDBClient(clientSettings));
  const releases = releaseListings(parameters, wrap(ledgerListings(items, hub.region)));
  return { aws, releases, asked };
};

test('every AMI type that is patched is played', () => {
  expect(Object.keys(amiTypesInWorld).sort()).toEqual([...amiTypes].sort());
});

describe('of every AMI type', () => {
  test.each(amiTypes)('%s: the releases that are published are found, and agree with their images', async (amiType) => {
    const { aws, releases, asked } = await begin({ releases: published(amiType) });
    const source = { amiType, minor };
    const listing = (await releases.list([source], now))[listingKey(source)];
    const [older, newer] = releasesOf(amiType);
    const isWindows = amiType.startsWith('WINDOWS');
    expect(listing?.mistakes).toEqual([]);
    // Windows names the newest alone.
    expect(listing?.published.map(({ releaseVersion }) => releaseVersion).sort()).toEqual(
      isWindows ? [newer] : [older, newer].sort(),
    );
    const image = aws.world.imageOfRelease(amiType, newer, minor);
    expect(listing?.recommendedImageId).toBe(image?.imageId);
    expect(asked).toEqual({ names: 1, paths: isWindows ? 0 : 1 });

    const images = await ec2Images().read(listing?.published.map(({ imageId }) => imageId) ?? []);
    for (const release of listing?.published ?? []) {
      const its = images.find(({ imageId }) => imageId === release.imageId);
      const origin = its && originOf(its, {});
      expect(origin && variantOf(origin)).toEqual(source);
      const there = { former: its, formerOrigin: origin, clusterVersion: minor, now };
      expect(crossCheck({ release, minor, image: its, origin, ...there })).toEqual([]);
    }
  });

  test('one that is built for every minor is found for the minors there are', async () => {
    const clusters = [
      { name: 'a', version: '1.33' },
      { name: 'b', version: '1.34' },
    ];
    const { releases } = await begin({ clusters, releases: published('BOTTLEROCKET_x86_64') });
    const sources = ['1.33', '1.34', '1.35'].map((each) => ({
      amiType: 'BOTTLEROCKET_x86_64' as AmiType,
      minor: each,
    }));
    const listings = await releases.list(sources, now);
    expect(Object.keys(listings)).toEqual(['BOTTLEROCKET_x86_64/1.33', 'BOTTLEROCKET_x86_64/1.34']);
    const ids = Object.values(listings).flatMap((listing) => listing.published.map(({ imageId }) => imageId));
    expect(new Set(ids).size).toBe(4);
    expect(minorIn('BOTTLEROCKET_x86_64', '1.48.0-713f44ce')).toBeUndefined();
  });
});

describe('a listing is kept in the ledger', () => {
  const amiType = 'AL2023_x86_64_STANDARD';
  const source = { amiType, minor } as const;
  const third = { amiType, release: '1.33.4-20260820', publishedAt: '2026-08-20T09:10:00Z' };

  test('until its publisher publishes again', async () => {
    const { aws, releases, asked } = await begin({ releases: [...published(amiType), third] });
    const first = await releases.list([source], now);
    expect(await releases.list([source], now)).toEqual(first);
    expect(asked).toEqual({ names: 2, paths: 1 });
    await pass(aws, 900);
    const later = await releases.list([source], now);
    expect(asked).toEqual({ names: 3, paths: 2 });
    expect(later[listingKey(source)]?.published).toHaveLength(3);
  });

  test('and read again while something of it is wrong', async () => {
    const [older, newer] = published(amiType);
    const { releases, asked } = await begin({ releases: [{ ...older, parameter: { releaseVersion: '1.33' } }, newer] });
    for (let time = 0; time < 3; time += 1) await releases.list([source], now);
    expect(asked).toEqual({ names: 3, paths: 3 });
  });

  test('two who read it at once have both read the same', async () => {
    const { releases } = await begin({ releases: published(amiType) }, (kept) => ({
      ...kept,
      write: () => Promise.reject(new LedgerConflict('somebody else was faster')),
    }));
    expect((await releases.list([source], now))[listingKey(source)]?.published).toHaveLength(2);
  });

  test('that cannot be kept for another reason is a fault', async () => {
    const { releases } = await begin({ releases: published(amiType) }, (kept) => ({
      ...kept,
      write: () => Promise.reject(new Error('no such table')),
    }));
    await expect(releases.list([source], now)).rejects.toThrow('no such table');
  });

  test('Windows: what was the newest once is remembered', async () => {
    const windows = { amiType: 'WINDOWS_CORE_2022_x86_64', minor } as const;
    const next = { amiType: windows.amiType, release: '1.33-2026.08.20', publishedAt: '2026-08-20T09:10:00Z' };
    const { aws, releases } = await begin({ releases: [...published(windows.amiType), next] });
    await releases.list([windows], now);
    await pass(aws, 900);
    const listing = (await releases.list([windows], now))[listingKey(windows)];
    expect(listing?.published.map(({ releaseVersion, publishedAt }) => [releaseVersion, publishedAt])).toEqual([
      ['1.33-2026.08.20', '2026-08-20T09:10:00.000Z'],
      ['1.33-2026.08.11', '2026-08-11T18:00:00.000Z'],
    ]);
  });
});

describe('what has no parameters', () => {
  test('is left out, and no error', async () => {
    const { releases, asked } = await begin({ releases: published('AL2_x86_64') });
    const sources = [{ amiType: 'AL2_x86_64' as AmiType, minor: '1.29' }, { parameter: '/golden/none' }];
    expect(await releases.list(sources, now)).toEqual({});
    expect(asked).toEqual({ names: 1, paths: 0 });
  });
});

const nothingPassed: PassedReleases = { in: async () => [], add: async () => undefined };

describe('for the time of one scan', () => {
  test('what passed in a ring is read once for each list', async () => {
    const { releases } = await begin({ releases: published('AL2_x86_64') });
    const read: string[] = [];
    const passed = { imageId: 'ami-0000000a', passedAt: '2026-08-18T00:00:00Z' };
    const passedReleases: PassedReleases = {
      ...nothingPassed,
      in: async (ring, listing) => {
        read.push(`${ring} ${listing}`);
        return [passed];
      },
    };
    const once = askedOnce({
      releases,
      images: ec2Images(),
      passedReleases,
      autoScalingGroups: ec2AutoScalingGroups(),
    });
    for (const ring of ['dev', 'staging', 'dev']) {
      expect(await once.passedReleases.in(ring, 'AL2_x86_64/1.33')).toEqual([passed]);
    }
    expect(read).toEqual(['dev AL2_x86_64/1.33', 'staging AL2_x86_64/1.33']);
  });

  test('what several clusters need is asked for once, also what is not there', async () => {
    const amiType = 'AL2023_x86_64_STANDARD';
    const { releases, asked } = await begin({ releases: published(amiType) });
    const read: string[][] = [];
    const images = ec2Images();
    const once = askedOnce({
      releases,
      passedReleases: nothingPassed,
      autoScalingGroups: ec2AutoScalingGroups(),
      images: {
        ...images,
        read: (ids) => {
          read.push([...ids]);
          return images.read(ids);
        },
      },
    });
    const sources = [{ amiType, minor } as const, { parameter: '/golden/none' }];
    const first = await once.releases.list(sources, now);
    expect(Object.keys(first)).toEqual([`${amiType}/${minor}`]);
    expect(await once.releases.list(sources, now)).toEqual(first);
    expect(asked).toEqual({ names: 1, paths: 1 });
    const ids = [
      ...(first[`${amiType}/${minor}`]?.published.map(({ imageId }) => imageId) ?? []),
      'ami-0ffffffffffffffff',
    ];
    expect(await once.images.read(ids)).toEqual(await once.images.read(ids));
    expect(read).toEqual([ids]);
  });

  test('what several ask for side by side is asked for once, and what failed is asked for again', async () => {
    const { releases } = await begin({ releases: published('AL2_x86_64') });
    const groups = ec2AutoScalingGroups();
    let asked = 0;
    const once = askedOnce({
      releases,
      passedReleases: nothingPassed,
      images: ec2Images(),
      autoScalingGroups: {
        ...groups,
        listAll: async () => {
          asked += 1;
          if (asked === 1) throw new Error('throttled');
          return groups.listAll();
        },
      },
    });
    const both = (): Promise<unknown> =>
      Promise.allSettled([once.autoScalingGroups.listAll(), once.autoScalingGroups.listAll()]);
    expect(await both()).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(await both()).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
    expect(asked).toBe(2);
  });

  test('an image’s ancestry is asked for once', async () => {
    const { aws, releases } = await begin({
      releases: published('AL2_x86_64'),
      images: [{ name: 'golden-1', builtFrom: 'AL2_x86_64@1.33.4-20260710' }],
      clusters: [clusterOf([{ name: 'web', amiType: 'AL2_x86_64', image: 'golden-1' }])],
    });
    const own = [...aws.world.images.values()].find(({ name }) => name === 'golden-1')?.imageId ?? '';
    let asked = 0;
    const images = ec2Images();
    const once = askedOnce({
      releases,
      passedReleases: nothingPassed,
      autoScalingGroups: ec2AutoScalingGroups(),
      images: {
        ...images,
        ancestorsOf: (id) => {
          asked += 1;
          return images.ancestorsOf(id);
        },
      },
    });
    const base = aws.world.imageOfRelease('AL2_x86_64', '1.33.4-20260710')?.imageId;
    for (let time = 0; time < 2; time += 1) expect(await once.images.ancestorsOf(own)).toEqual([base]);
    expect(asked).toBe(1);
  });
});
