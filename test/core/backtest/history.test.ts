import { describe, expect, test } from 'vitest';
import { dateOf, dayOf, type HistoryRow, historyOf, type Incident, instantOf } from '../../../core/backtest/history.ts';

const row = (date: string, given: Partial<HistoryRow> = {}): HistoryRow => ({
  release: `v${date.replaceAll('-', '')}`,
  date,
  status: 'released',
  minor: '1.33',
  releaseVersion: `1.33.4-${date.replaceAll('-', '')}`,
  amiType: 'AL2023_x86_64_STANDARD',
  ...given,
});

const incident = (release: string, given: Partial<Incident> = {}): Incident => ({
  release,
  amiTypes: [],
  ready: true,
  knownAfterDays: 4,
  ...given,
});

test('days are days of the calendar', () => {
  expect(dayOf('2024-03-01') - dayOf('2024-02-28')).toBe(2);
  expect(dateOf(dayOf('2024-02-29'))).toBe('2024-02-29');
  expect(instantOf(dayOf('2024-02-29'))).toBe('2024-02-29T00:00:00.000Z');
  expect(dayOf('soon')).toBeNaN();
});

describe('a history', () => {
  test('has one release of many rows, oldest first, by its version for the newest minor', () => {
    const { releases, counts } = historyOf(
      [
        row('2026-02-01'),
        row('2026-01-01', { minor: '1.9', releaseVersion: '1.9.1-20260101' }),
        row('2026-01-01', { minor: '1.34', releaseVersion: '1.34.2-20260101', amiType: 'AL2_x86_64' }),
        row('2026-01-01'),
      ],
      [],
    );
    expect(releases.map(({ release, day }) => [release.releaseVersion, release.publishedAt, dateOf(day)])).toEqual([
      ['1.34.2-20260101', '2026-01-01T00:00:00.000Z', '2026-01-01'],
      ['1.33.4-20260201', '2026-02-01T00:00:00.000Z', '2026-02-01'],
    ]);
    expect(releases.every(({ release }) => release.amiType === null)).toBe(true);
    expect(counts).toEqual({ released: 2, recalled: 0, abandoned: 0 });
  });

  test('of one variant and minor has only its releases', () => {
    const rows = [
      row('2026-01-01'),
      row('2026-01-02', { amiType: 'AL2_x86_64' }),
      row('2026-01-03', { minor: '1.34' }),
      row('2026-01-04', { amiType: null, minor: null }),
    ];
    const tags = (filter: Parameters<typeof historyOf>[2]): string[] =>
      historyOf(rows, [], filter).releases.map(({ release }) => release.imageId);
    expect(tags({})).toHaveLength(4);
    expect(tags({ amiType: 'AL2_x86_64' })).toEqual(['v20260102']);
    expect(tags({ amiType: 'AL2023_x86_64_STANDARD', minor: '1.33' })).toEqual(['v20260101']);
    expect(tags({ minor: '1.34' })).toEqual(['v20260103']);
    expect(historyOf(rows, [], { amiType: 'AL2_x86_64' }).releases[0]?.release.amiType).toBe('AL2_x86_64');
  });

  test('never installs what was abandoned', () => {
    const { releases, counts } = historyOf([row('2026-01-01'), row('2026-01-02', { status: 'abandoned' })], []);
    expect(releases).toHaveLength(1);
    expect(counts.abandoned).toBe(1);
  });

  test('makes a version of the day for rows without one', () => {
    const [first] = historyOf([row('2026-01-01', { minor: null, releaseVersion: null, amiType: null })], []).releases;
    expect(first?.release.releaseVersion).toBe('0.0.0-20260101');
  });
});

describe('what is bad', () => {
  const rows = [row('2026-01-01'), row('2026-01-11'), row('2026-01-21')];
  const badOf = (incidents: Incident[], more: HistoryRow[] = [], filter = {}) =>
    historyOf([...rows, ...more], incidents, filter).releases.map(({ bad }) =>
      bad === null ? null : `${dateOf(bad.knownDay)} ${bad.isSeenByGates ? 'seen' : 'not seen'}`,
    );

  test.each([
    { ready: true as const, says: '2026-01-15 not seen' },
    { ready: false as const, says: '2026-01-15 seen' },
    { ready: 'flaps' as const, says: '2026-01-15 seen' },
  ])('is known some days after it came; gates see it where nodes do not stay Ready ($ready)', ({ ready, says }) => {
    expect(badOf([incident('v20260111', { ready })])).toEqual([null, says, null]);
  });

  test('is known by the first word of several, and seen if one of them is', () => {
    const two = [
      incident('v20260111', { knownAfterDays: 6 }),
      incident('v20260111', { knownAfterDays: 2, ready: false }),
    ];
    expect(badOf(two)).toEqual([null, '2026-01-13 seen', null]);
  });

  test('is so for the AMI types it names', () => {
    const ofGpu = incident('v20260111', { amiTypes: ['AL2_x86_64_GPU'] });
    expect(badOf([ofGpu], [], { amiType: 'AL2023_x86_64_STANDARD' })).toEqual([null, null, null]);
    expect(badOf([ofGpu])).toEqual([null, '2026-01-15 not seen', null]);
    expect(historyOf(rows, [ofGpu], { amiType: 'AL2023_x86_64_STANDARD' }).incidents).toBe(0);
    expect(historyOf(rows, [ofGpu, incident('v20200101')]).incidents).toBe(1);
  });

  test('is what was recalled: of a recall without an incident, from the day of the next release', () => {
    const recalled = row('2026-01-15', { status: 'recalled' });
    expect(badOf([], [recalled])).toEqual([null, null, '2026-01-21 not seen', null]);
    expect(badOf([incident('v20260115', { knownAfterDays: 1 })], [recalled])[2]).toBe('2026-01-16 not seen');
    expect(badOf([], [row('2026-01-25', { status: 'recalled' })]).at(-1)).toBe('2026-01-25 not seen');
  });
});
