import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amiTypes, amiVariants, type OperatingSystem } from '../../../core/release/ami-variant.ts';
import {
  compareBuilds,
  compareReleaseVersions,
  dayOf,
  familyOf,
  formatReleaseVersion,
  parseReleaseVersion,
  type ReleaseVersion,
} from '../../../core/release/release-version.ts';

describe('a release version', () => {
  test.each([
    { text: '1.33.4-20260710', family: 'Amazon Linux', minor: '1.33', patch: 4, build: '20260710', day: '20260710' },
    { text: '1.28.15-20250203', family: 'Amazon Linux', minor: '1.28', patch: 15, build: '20250203', day: '20250203' },
    { text: '1.30.0-20240531', family: 'Amazon Linux', minor: '1.30', patch: 0, build: '20240531', day: '20240531' },
    { text: '1.28.0-0ab4fab4', family: 'Bottlerocket', minor: null, patch: null, build: '1.28.0-0ab4fab4' },
    { text: '1.19.2-29cc92cc', family: 'Bottlerocket', minor: null, patch: null, build: '1.19.2-29cc92cc' },
    { text: '1.35-2026.04.18', family: 'Windows', minor: '1.35', patch: null, build: '2026.04.18', day: '20260418' },
    { text: '20260710', family: 'Ubuntu', minor: null, patch: null, build: '20260710', day: '20260710' },
    { text: '20260710.1', family: 'Ubuntu', minor: null, patch: null, build: '20260710.1', day: '20260710' },
  ])('$text: $family, Kubernetes $minor, patch $patch, build $build, day $day', ({ text, day, ...parts }) => {
    const version = parseReleaseVersion(text);
    expect(version).toEqual(parts);
    expect(version && dayOf(version)).toBe(day);
  });

  test.each([
    { text: '', why: 'it is empty' },
    { text: '1.33-20260710', why: 'the patch is missing' },
    { text: '1.33.4', why: 'the date is missing' },
    { text: '1.33.4-2026071', why: 'the date has seven digits' },
    { text: '1.33.4-202607101', why: 'the date has nine digits' },
    { text: '1.33.4-v20260710', why: 'that is how image names write it' },
    { text: 'v1.33.4-20260710', why: 'it begins with v' },
    { text: '1.28.0-0ab4fab', why: 'the commit has seven digits' },
    { text: '1.28-0ab4fab4', why: 'Bottlerocket has three numbers' },
    { text: '1.35-2026.13.18', why: 'there is no such month' },
    { text: '1.35.1-2026.04.18', why: 'Windows has no patch' },
    { text: '20260732', why: 'there is no such day' },
    { text: ' 1.33.4-20260710', why: 'there is a space before it' },
    { text: '1.33.4-20260710\n', why: 'there is a line break after it' },
    { text: 'ami-0123456789abcdef0', why: 'that is an image' },
  ])('"$text" is none: $why', ({ text }) => {
    expect(parseReleaseVersion(text)).toBeUndefined();
  });

  test('is read as its variant writes it, whatever else it might be', () => {
    // A commit of Bottlerocket that looks like a day.
    expect(parseReleaseVersion('1.28.0-20260710')?.family).toBe('Amazon Linux');
    expect(parseReleaseVersion('1.28.0-20260710', 'BOTTLEROCKET_ARM_64')).toMatchObject({
      family: 'Bottlerocket',
      build: '1.28.0-20260710',
    });
    expect(parseReleaseVersion('1.28.0-0ab4fab4', 'AL2_x86_64')).toBeUndefined();
    expect(parseReleaseVersion('20260710', 'WINDOWS_CORE_2022_x86_64')).toBeUndefined();
  });

  test.each<[OperatingSystem, string]>([
    ['AL2', 'Amazon Linux'],
    ['AL2023', 'Amazon Linux'],
    ['Bottlerocket', 'Bottlerocket'],
    ['Windows', 'Windows'],
    ['Ubuntu', 'Ubuntu'],
  ])('of %s is one of %s', (operatingSystem, family) => {
    expect(familyOf(operatingSystem)).toBe(family);
  });
});

const days = fc.date({ min: new Date('2018-01-01'), max: new Date('2059-12-31'), noInvalidDate: true });
const dayText = days.map((date) => date.toISOString().slice(0, 10).replaceAll('-', ''));
const minors = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 99 })).map(([major, minor]) => `${major}.${minor}`);

/** Any release version of a family. */
const anyOf: Record<ReleaseVersion['family'], fc.Arbitrary<ReleaseVersion>> = {
  'Amazon Linux': fc.record({
    family: fc.constant('Amazon Linux' as const),
    minor: minors,
    patch: fc.nat({ max: 99 }),
    build: dayText,
  }),
  Bottlerocket: fc.record({
    family: fc.constant('Bottlerocket' as const),
    minor: fc.constant(null),
    patch: fc.constant(null),
    build: fc
      .tuple(fc.nat({ max: 9 }), fc.nat({ max: 99 }), fc.nat({ max: 99 }), fc.stringMatching(/^[0-9a-f]{8}$/))
      .map(([major, minor, patch, commit]) => `${major}.${minor}.${patch}-${commit}`),
  }),
  Windows: fc.record({
    family: fc.constant('Windows' as const),
    minor: minors,
    patch: fc.constant(null),
    build: days.map((date) => date.toISOString().slice(0, 10).replaceAll('-', '.')),
  }),
  Ubuntu: fc.record({
    family: fc.constant('Ubuntu' as const),
    minor: fc.constant(null),
    patch: fc.constant(null),
    build: fc.tuple(dayText, fc.nat({ max: 3 })).map(([day, again]) => (again === 0 ? day : `${day}.${again}`)),
  }),
};

const families = Object.keys(anyOf) as ReleaseVersion['family'][];

describe('release versions in order', () => {
  test.each([
    { older: '1.33.4-20260710', newer: '1.33.4-20260714', because: 'it was built later' },
    { older: '1.33.4-20251231', newer: '1.33.4-20260101', because: 'it was built in a later year' },
    { older: '1.33.4-20260710', newer: '1.33.5-20260710', because: 'its kubelet has a higher patch' },
    { older: '1.33.9-20260710', newer: '1.33.10-20260710', because: 'patches are numbers' },
    { older: '1.33.5-20260710', newer: '1.33.4-20260714', because: 'the day goes before the patch' },
    { older: '1.28.0-ffffffff', newer: '1.28.1-00000000', because: 'it is a later version of Bottlerocket' },
    { older: '1.9.0-0ab4fab4', newer: '1.28.0-0ab4fab4', because: 'numbers are numbers' },
    { older: '1.35-2026.04.18', newer: '1.35-2026.05.12', because: 'it was built in a later month' },
    { older: '20260710', newer: '20260710.1', because: 'it is the second of its day' },
    { older: '20260710.2', newer: '20260710.10', because: 'serials are numbers' },
    { older: '20260710.9', newer: '20260711', because: 'the day goes before its number' },
  ])('$newer is newer than $older: $because', ({ older, newer }) => {
    const [a, b] = [parseReleaseVersion(older), parseReleaseVersion(newer)];
    if (a === undefined || b === undefined) throw new Error('not release versions');
    expect(compareReleaseVersions(a, b)).toBeLessThan(0);
    expect(compareReleaseVersions(b, a)).toBeGreaterThan(0);
    expect(Math.sign(compareBuilds(a.build, b.build))).toBe(a.build === b.build ? 0 : -1);
  });

  test('two builds of one Bottlerocket version are equal', () => {
    expect(compareBuilds('1.28.0-0ab4fab4', '1.28.0-deadbeef')).toBe(0);
  });

  // Few values, so that some are equal.
  const few: Record<ReleaseVersion['family'], fc.Arbitrary<ReleaseVersion>> = {
    'Amazon Linux': fc.record({
      family: fc.constant('Amazon Linux' as const),
      minor: fc.constant('1.33'),
      patch: fc.nat({ max: 3 }),
      build: fc.constantFrom('20250930', '20251001', '20260710'),
    }),
    Bottlerocket: fc.constantFrom('1.9.0-0ab4fab4', '1.28.0-0ab4fab4', '1.28.10-0ab4fab4').map((build) => ({
      family: 'Bottlerocket' as const,
      minor: null,
      patch: null,
      build,
    })),
    Windows: fc.constantFrom('2025.09.30', '2025.10.01', '2026.01.01').map((build) => ({
      family: 'Windows' as const,
      minor: '1.33',
      patch: null,
      build,
    })),
    Ubuntu: fc.constantFrom('20250930', '20250930.2', '20250930.10', '20251001').map((build) => ({
      family: 'Ubuntu' as const,
      minor: null,
      patch: null,
      build,
    })),
  };

  test.each(families)('of %s: each is equal to itself and to no other', (family) => {
    fc.assert(
      fc.property(few[family], few[family], (a, b) => {
        expect(compareReleaseVersions(a, { ...a })).toBe(0);
        expect(compareReleaseVersions(a, b) === 0).toBe(formatReleaseVersion(a) === formatReleaseVersion(b));
      }),
    );
  });

  test.each(families)('of %s: if one is older than another, the other is newer', (family) => {
    fc.assert(
      fc.property(anyOf[family], anyOf[family], (a, b) => {
        expect(Math.sign(compareReleaseVersions(a, b)) + Math.sign(compareReleaseVersions(b, a))).toBe(0);
      }),
    );
  });

  test.each(families)('of %s: what is older than an older one is older', (family) => {
    fc.assert(
      fc.property(few[family], few[family], few[family], (a, b, c) => {
        fc.pre(compareReleaseVersions(a, b) <= 0 && compareReleaseVersions(b, c) <= 0);
        expect(compareReleaseVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test.each(families)('of %s: one that is printed is read as the same', (family) => {
    const amiType = amiTypes.find((each) => familyOf(amiVariants[each].operatingSystem) === family);
    fc.assert(
      fc.property(anyOf[family], (version) => {
        expect(parseReleaseVersion(formatReleaseVersion(version), amiType)).toEqual(version);
      }),
    );
  });
});

const published = new URL('../../../../shared/data/ami-releases.csv', import.meta.url);

describe.skipIf(!existsSync(published))('every release of Amazon Linux ever published', () => {
  const [header = '', ...lines] = existsSync(published) ? readFileSync(published, 'utf8').trim().split('\n') : [];
  const names = header.split(',');
  const rows = lines
    .map((line) => Object.fromEntries(line.split(',').map((cell, index) => [names[index], cell])))
    .filter(({ releaseVersion }) => releaseVersion !== '');
  const versionOf = ({ releaseVersion = '' }: Record<string, string>): ReleaseVersion | undefined =>
    parseReleaseVersion(releaseVersion);

  test('has a version that is read and printed as it was', () => {
    expect(rows.length).toBeGreaterThan(5000);
    const changed = rows.filter((row) => {
      const version = versionOf(row);
      return version?.minor !== row.k8s || formatReleaseVersion(version as ReleaseVersion) !== row.releaseVersion;
    });
    expect(changed).toEqual([]);
  });

  test('has a place of its own in the order of its variant and minor, the one in which they were released', () => {
    for (const [group, members] of Map.groupBy(rows, (row) => `${row.amiType}/${row.k8s}`)) {
      const inOrder = members.sort((a, b) => (a.date ?? '').localeCompare(b.date ?? ''));
      for (const [index, row] of inOrder.entries()) {
        const [a, b] = [versionOf(inOrder[index - 1] ?? {}), versionOf(row)];
        if (a !== undefined && b !== undefined) {
          expect(compareReleaseVersions(a, b), `${group}: ${formatReleaseVersion(b)}`).toBeLessThan(0);
        }
      }
    }
  });
});
