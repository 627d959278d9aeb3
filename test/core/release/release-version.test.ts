import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEksImageName } from '../../../core/release/ami-variant.ts';
import {
  compareReleaseVersions,
  formatReleaseVersion,
  parseReleaseVersion,
} from '../../../core/release/release-version.ts';

describe('a release version', () => {
  test.each([
    { text: '1.33.4-20260710', minor: '1.33', patch: 4, date: '20260710' },
    { text: '1.28.15-20250203', minor: '1.28', patch: 15, date: '20250203' },
    { text: '1.30.0-20240531', minor: '1.30', patch: 0, date: '20240531' },
  ])('$text is of Kubernetes $minor, patch $patch, built on $date', ({ text, ...parts }) => {
    expect(parseReleaseVersion(text)).toEqual(parts);
  });

  test.each([
    { text: '', why: 'it is empty' },
    { text: '20260710', why: 'a date alone is none' },
    { text: '1.33-20260710', why: 'the patch is missing' },
    { text: '1.33.4', why: 'the date is missing' },
    { text: '1.33.4-2026071', why: 'the date has seven digits' },
    { text: '1.33.4-202607101', why: 'the date has nine digits' },
    { text: '1.33.4-v20260710', why: 'that is how image names write it' },
    { text: 'v1.33.4-20260710', why: 'it begins with v' },
    { text: '1.28.0-0ab4fab4', why: 'Bottlerocket has no day in it' },
    { text: ' 1.33.4-20260710', why: 'there is a space before it' },
    { text: '1.33.4-20260710\n', why: 'there is a line break after it' },
    { text: 'ami-0123456789abcdef0', why: 'that is an image' },
  ])('"$text" is none: $why', ({ text }) => {
    expect(parseReleaseVersion(text)).toBeUndefined();
  });
});

const versions = fc.record({
  minor: fc.constant('1.33'),
  patch: fc.nat({ max: 3 }),
  date: fc.constantFrom('20250930', '20251001', '20260710', '20260714'),
});

describe('release versions in order', () => {
  test.each([
    { older: '1.33.4-20260710', newer: '1.33.4-20260714', because: 'it was built later' },
    { older: '1.33.4-20251231', newer: '1.33.4-20260101', because: 'it was built in a later year' },
    { older: '1.33.4-20260710', newer: '1.33.5-20260710', because: 'its kubelet has a higher patch' },
    { older: '1.33.9-20260710', newer: '1.33.10-20260710', because: 'patches are numbers' },
    { older: '1.33.5-20260710', newer: '1.33.4-20260714', because: 'the day goes before the patch' },
  ])('$newer is newer than $older: $because', ({ older, newer }) => {
    const [a, b] = [parseReleaseVersion(older), parseReleaseVersion(newer)];
    if (a === undefined || b === undefined) throw new Error('not release versions');
    expect(compareReleaseVersions(a, b)).toBeLessThan(0);
    expect(compareReleaseVersions(b, a)).toBeGreaterThan(0);
  });

  test('each is equal to itself and to no other', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        expect(compareReleaseVersions(a, { ...a })).toBe(0);
        expect(compareReleaseVersions(a, b) === 0).toBe(a.date === b.date && a.patch === b.patch);
      }),
    );
  });

  test('if one is older than another, the other is newer', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        expect(Math.sign(compareReleaseVersions(a, b)) + Math.sign(compareReleaseVersions(b, a))).toBe(0);
      }),
    );
  });

  test('what is older than an older one is older', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        fc.pre(compareReleaseVersions(a, b) <= 0 && compareReleaseVersions(b, c) <= 0);
        expect(compareReleaseVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('a release version that is printed is read as the same', () => {
    const any = fc.record({
      minor: fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 99 })).map(([major, minor]) => `${major}.${minor}`),
      patch: fc.nat({ max: 99 }),
      date: fc.stringMatching(/^20\d{6}$/),
    });
    fc.assert(
      fc.property(any, (version) => {
        expect(parseReleaseVersion(formatReleaseVersion(version))).toEqual(version);
      }),
    );
  });
});

const published = new URL('../../../../shared/data/ami-releases.csv', import.meta.url);

/** Every image that was ever published for the variants that are patched. */
const publishedReleases = (): { releaseVersion: string; minor: string; image: string; amiType: string }[] => {
  const [header = '', ...lines] = readFileSync(published, 'utf8').trim().split('\n');
  const names = header.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [names[index], cell])));
  return rows
    .map((row) => ({
      releaseVersion: row.releaseVersion ?? '',
      minor: row.k8s ?? '',
      image: row.amiName ?? '',
      amiType: row.amiType ?? '',
    }))
    .filter((row) => parseEksImageName(row.image) !== undefined && row.releaseVersion !== '');
};

describe.skipIf(!existsSync(published))('every release ever published for the variants that are patched', () => {
  const rows = existsSync(published) ? publishedReleases() : [];

  test('there are many', () => {
    expect(rows.length).toBeGreaterThan(500);
    expect(new Set(rows.map((row) => row.amiType))).toEqual(
      new Set(['AL2023_x86_64_STANDARD', 'AL2023_ARM_64_STANDARD']),
    );
  });

  test('has a version that is read and printed as it was', () => {
    const changed = rows.filter(({ releaseVersion }) => {
      const version = parseReleaseVersion(releaseVersion);
      return version === undefined || formatReleaseVersion(version) !== releaseVersion;
    });
    expect(changed).toEqual([]);
  });

  test('has an image name that agrees with its version, minor and variant', () => {
    const disagreeing = rows.filter(({ image, releaseVersion, minor, amiType }) => {
      const [named, version] = [parseEksImageName(image), parseReleaseVersion(releaseVersion)];
      return (
        named === undefined ||
        version === undefined ||
        named.date !== version.date ||
        named.minor !== minor ||
        version.minor !== minor ||
        named.amiType !== amiType
      );
    });
    expect(disagreeing).toEqual([]);
  });

  test('has a place of its own in the order of its variant and minor', () => {
    const groups = Map.groupBy(rows, (row) => `${row.amiType}/${row.minor}`);
    for (const [group, members] of groups) {
      const ordered = members
        .flatMap((row) => parseReleaseVersion(row.releaseVersion) ?? [])
        .sort(compareReleaseVersions);
      const ties = ordered.filter((version, index) => {
        const before = ordered[index - 1];
        return before !== undefined && compareReleaseVersions(before, version) >= 0;
      });
      expect(ties, group).toEqual([]);
    }
  });
});
