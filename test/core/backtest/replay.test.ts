import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dateOf,
  dayOf,
  type History,
  type HistoryRow,
  historyOf,
  type Incident,
} from '../../../core/backtest/history.ts';
import { type ReplayedRing, type ReplayResult, replay } from '../../../core/backtest/replay.ts';
import { builtInStrategies, strategyOf } from '../../../core/backtest/strategies.ts';
import { day, policyOf, selector } from '../builders.ts';

/** Releases on these days of January 2026, and the days after which those known to be bad were. */
const historyOn = (days: readonly number[], incidents: Partial<Incident & { on: number }>[] = []): History =>
  historyOf(
    days.map((each): HistoryRow => {
      const date = dateOf(dayOf('2026-01-01') + each - 1);
      return {
        release: `v${date.replaceAll('-', '')}`,
        date,
        status: 'released',
        minor: '1.33',
        releaseVersion: `1.33.4-${date.replaceAll('-', '')}`,
        amiType: 'AL2023_x86_64_STANDARD',
      };
    }),
    incidents.map(({ on = 1, ...given }) => ({
      release: `v${dateOf(dayOf('2026-01-01') + on - 1).replaceAll('-', '')}`,
      amiTypes: [],
      ready: true,
      knownAfterDays: 3,
      ...given,
    })),
  );

const plain: ReplayedRing = {
  name: '',
  minimumReleaseAgeSeconds: 0,
  denied: [],
  pinned: [],
  considers: 'every-release',
  heedsVerdictsAndRecalls: false,
  after: null,
};
const january = { from: dayOf('2026-01-01'), to: dayOf('2026-01-31') };

const play = (history: History, ...rings: Partial<ReplayedRing>[]): ReplayResult[] =>
  replay(
    history,
    rings.map((ring) => ({ ...plain, ...ring })),
    january,
  );
const playOne = (history: History, ring: Partial<ReplayedRing> = {}): ReplayResult => {
  const [result] = play(history, ring);
  if (result === undefined) throw new Error('no result');
  return result;
};

describe('the latest at once', () => {
  test('takes each on its day: the first is no update, and nothing is ever behind', () => {
    expect(playOne(historyOn([1, 4, 10, 20]))).toEqual({
      ring: '',
      updates: 3,
      takenBack: 0,
      // From the 20th to the end.
      longestGapDays: 11,
      oldestDays: 11,
      knownBadDays: 0,
      behindDays: { mean: 0, worst: 0 },
    });
  });

  test('stays on what is known to be bad until the next one comes', () => {
    // The release of the 4th is known to be bad from the 7th to the 9th.
    const result = playOne(historyOn([1, 4, 10], [{ on: 4 }]));
    expect(result.knownBadDays).toBe(3);
  });
});

describe('a minimum release age of five days', () => {
  const aged = { minimumReleaseAgeSeconds: 5 * day };
  /** Every three days a release. */
  const often = historyOn([1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31]);

  test('starves where only the latest is looked at', () => {
    expect(playOne(often, { ...aged, considers: 'newest-alone' })).toMatchObject({ updates: 0 });
  });

  test('stays five days behind where the newest that is old enough is taken', () => {
    const result = playOne(often, aged);
    // From the 6th on something runs; from the 9th on it is replaced every three days.
    expect(result).toMatchObject({ updates: 8, longestGapDays: 8, oldestDays: 7 });
    expect(result.behindDays.worst).toBe(6);
  });

  test('counts what happened before the window as well, but does not count it', () => {
    const [result] = replay(often, [{ ...plain, ...aged }], { from: dayOf('2026-01-20'), to: january.to });
    expect(result).toMatchObject({ updates: 4, oldestDays: 7, longestGapDays: 3 });
  });
});

describe('verdicts and recalls', () => {
  const heeding = { heedsVerdictsAndRecalls: true };

  test('a release whose nodes do not stay Ready goes back on its day and is not tried again', () => {
    const history = historyOn([1, 4, 10], [{ on: 4, ready: false, knownAfterDays: 20 }]);
    expect(playOne(history, heeding)).toMatchObject({ updates: 1, takenBack: 1, oldestDays: 21, knownBadDays: 0 });
  });

  test('one whose nodes stay Ready goes back on the day it is known to be bad', () => {
    const history = historyOn([1, 4, 10], [{ on: 4, knownAfterDays: 3 }]);
    expect(playOne(history, heeding)).toMatchObject({ updates: 2, takenBack: 1, knownBadDays: 0 });
  });

  test('there may be nothing to go back to', () => {
    const history = historyOn([1], [{ on: 1, knownAfterDays: 3 }]);
    expect(playOne(history, heeding)).toMatchObject({ updates: 0, takenBack: 0, knownBadDays: 28 });
  });

  test('a later ring takes only what passed in the one before, when it is old enough there', () => {
    const history = historyOn([1, 4, 10], [{ on: 4, ready: false, knownAfterDays: 20 }]);
    const [dev, prod] = play(
      history,
      { ...heeding, name: 'dev' },
      { ...heeding, name: 'prod', after: 'dev', minimumReleaseAgeSeconds: 5 * day },
    );
    expect(dev).toMatchObject({ updates: 1, takenBack: 1 });
    expect(prod).toMatchObject({ updates: 1, takenBack: 0 });
  });
});

describe('deny list and pins', () => {
  test('a denied release is never taken', () => {
    expect(playOne(historyOn([1, 4, 10]), { denied: [selector('20260104')] })).toMatchObject({
      updates: 1,
      behindDays: { worst: 3 },
    });
  });

  test('a pinned one is the only one taken, from the day it is there', () => {
    expect(playOne(historyOn([1, 4, 10]), { pinned: [selector('20260104')] })).toMatchObject({
      updates: 0,
      oldestDays: 27,
      behindDays: { worst: 6 },
    });
  });
});

describe('of any history', () => {
  const histories = fc
    .record({
      days: fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { minLength: 1, maxLength: 15 }),
      bad: fc.array(
        fc.record({
          on: fc.integer({ min: 1, max: 31 }),
          ready: fc.constantFrom<Incident['ready']>(true, false, 'flaps'),
          knownAfterDays: fc.nat({ max: 10 }),
        }),
        { maxLength: 4 },
      ),
    })
    .map(({ days, bad }) => historyOn(days, bad));
  const ages = fc.nat({ max: 20 }).map((days) => days * day);

  test('nothing runs before it is old enough, and no more is updated than is released', () => {
    fc.assert(
      fc.property(histories, ages, (history, minimumReleaseAgeSeconds) => {
        const { updates, oldestDays, behindDays, longestGapDays } = playOne(history, { minimumReleaseAgeSeconds });
        expect(updates).toBeLessThan(history.releases.length);
        expect(behindDays.worst).toBeLessThanOrEqual(oldestDays);
        expect(longestGapDays).toBeLessThanOrEqual(30);
      }),
    );
  });

  test('without an age both ways to read it are the same', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(playOne(history, { considers: 'newest-alone' })).toEqual(playOne(history));
      }),
    );
  });

  test('the newest that is old enough is never updated less often than the latest, if it is', () => {
    fc.assert(
      fc.property(histories, ages, (history, minimumReleaseAgeSeconds) => {
        const [all, latest] = play(
          history,
          { minimumReleaseAgeSeconds },
          { minimumReleaseAgeSeconds, considers: 'newest-alone' },
        );
        expect(all?.updates).toBeGreaterThanOrEqual(latest?.updates ?? 0);
      }),
    );
  });

  test('who heeds recalls runs what is known to be bad only where there is nothing to go back to', () => {
    fc.assert(
      fc.property(histories, ages, (history, minimumReleaseAgeSeconds) => {
        const [first] = history.releases;
        fc.pre(first?.bad === null);
        const heeding = playOne(history, { minimumReleaseAgeSeconds, heedsVerdictsAndRecalls: true });
        expect(heeding.knownBadDays).toBe(0);
      }),
    );
  });
});

describe('what is compared', () => {
  test('four ways to choose, the last one in two rings', () => {
    const strategies = builtInStrategies(14 * day, '14 d');
    expect(strategies.map(({ name, rings }) => [name, rings.map((ring) => ring.name)])).toEqual([
      ['latest at once', ['']],
      ['latest, if 14 d old', ['']],
      ['newest that is 14 d old', ['']],
      ['newest that is 14 d old, with rings, verdicts and recalls', ['dev', 'prod']],
    ]);
  });

  test('a policy document, ring by ring in the order in which they are taken', () => {
    const policy = policyOf({
      minimumReleaseAge: 'P7D',
      denyReleases: ['20260104'],
      rings: [
        { name: 'prod', clusters: {}, after: 'dev' },
        { name: 'dev', clusters: {}, minimumReleaseAge: 'PT0S' },
      ],
    });
    const { name, rings } = strategyOf('policy.yaml', policy);
    expect(name).toBe('policy.yaml');
    expect(rings).toMatchObject([
      { name: 'dev', after: null, minimumReleaseAgeSeconds: 0, denied: [{ text: '20260104' }] },
      { name: 'prod', after: 'dev', minimumReleaseAgeSeconds: 7 * day, heedsVerdictsAndRecalls: true },
    ]);
  });

  test('a policy document without rings, by its top level', () => {
    expect(strategyOf('policy.yaml', policyOf({ minimumReleaseAge: 'P7D' })).rings).toMatchObject([
      { name: '', after: null, minimumReleaseAgeSeconds: 7 * day, considers: 'every-release' },
    ]);
  });
});
