import { describe, expect, test } from 'vitest';
import { afterRecall } from '../../../core/node-group/decision.ts';
import { describeRecall, type Recall, recallsAmong, type UsedReleases } from '../../../core/release/recall.ts';
import { aListing, aRecord, former, imageOf, newest, now, selector, versionOf } from '../builders.ts';

const used = (given: Partial<UsedReleases> = {}): Recall[] =>
  recallsAmong(
    {
      variant: 'AL2023_x86_64_STANDARD',
      listing: aListing([former, newest]),
      imageIds: [imageOf(former), imageOf(newest)],
      unavailable: {},
      deprecations: { [imageOf(former)]: null, [imageOf(newest)]: null },
      denied: [],
      ...given,
    },
    now,
  );

describe('of the releases in use', () => {
  test('none was recalled while the newest is recommended and can be launched', () => {
    expect(used()).toEqual([]);
  });

  test('those newer than the recommended one were withdrawn', () => {
    const listing = { ...aListing([former, newest]), recommendedImageId: imageOf(former) };
    expect(used({ listing })).toEqual([
      {
        imageId: imageOf(newest),
        releaseVersion: versionOf(newest),
        variant: 'AL2023_x86_64_STANDARD',
        reason: `was withdrawn: its publisher recommends ${versionOf(former)} again`,
        since: now,
      },
    ]);
  });

  test('one that is deprecated before an older one was taken back', () => {
    const since = '2026-08-15T00:00:00.000Z';
    const deprecations = { [imageOf(former)]: null, [imageOf(newest)]: since };
    expect(used({ deprecations })).toMatchObject([
      {
        imageId: imageOf(newest),
        reason: `is deprecated since ${since}, before the older ${versionOf(former)}: its publisher took it back`,
      },
    ]);
  });

  test('those that are deprecated in the order of their age, or of which EC2 tells nothing, are not', () => {
    const since = '2026-08-15T00:00:00.000Z';
    expect(used({ deprecations: { [imageOf(former)]: since, [imageOf(newest)]: null } })).toEqual([]);
    expect(used({ deprecations: { [imageOf(former)]: since, [imageOf(newest)]: since } })).toEqual([]);
    expect(used({ deprecations: { [imageOf(newest)]: since } })).toEqual([]);
  });

  test('those the policy denies are recalled by it', () => {
    expect(used({ denied: [selector(former)] })).toMatchObject([
      { imageId: imageOf(former), reason: expect.stringContaining('is on the deny list') },
    ]);
  });

  test('those whose image was taken away are recalled', () => {
    expect(used({ unavailable: { [imageOf(newest)]: 'disabled' } })).toMatchObject([
      { imageId: imageOf(newest), reason: 'is disabled: its publisher took the image away' },
    ]);
  });

  test('a Windows image that is made private after four months says nothing of its release; one before does', () => {
    const gone = (publishedAt: string): Recall[] => {
      const { published, ...rest } = aListing([former, newest]);
      const windows = published.map((release) => ({
        ...release,
        amiType: 'WINDOWS_CORE_2022_x86_64' as const,
        publishedAt,
      }));
      return used({ listing: { ...rest, published: windows }, unavailable: { [imageOf(former)]: 'gone' } });
    };
    const daysAgo = (days: number): string => new Date(Date.parse(now) - days * 24 * 3600 * 1000).toISOString();
    expect([gone(daysAgo(124)).length, gone(daysAgo(20)).length]).toEqual([0, 1]);
  });

  test('one that nobody lists says nothing', () => {
    expect(used({ imageIds: ['ami-of-our-own'], unavailable: { 'ami-of-our-own': 'gone' } })).toEqual([]);
  });
});

describe('a node group on its way to a recalled release', () => {
  const [recall] = used({ denied: [selector(newest)] });
  if (recall === undefined) throw new Error('nothing was recalled');

  test('goes back, however healthy it is', () => {
    expect(afterRecall(aRecord(), recall)).toMatchObject({
      step: { step: 'UpdateNodeGroup', direction: 'back' },
      verdict: { verdict: 'Failed', reason: describeRecall(recall) },
    });
  });

  test('is held where the policy says so', () => {
    const { rules } = aRecord();
    const holding = aRecord('web', { rules: { ...rules, onFailure: 'hold' } });
    expect(afterRecall(holding, recall)).toMatchObject({ step: { outcome: 'Held' } });
  });
});
