import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Blackout, MaintenanceWindow } from '../../../core/policy/policy.ts';
import { type Calendar, horizonDays, isOpen, nextFit, openSpans } from '../../../core/window/window.ts';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Weekday = (typeof weekdays)[number];

const aWindow = (days: readonly Weekday[], from: string, to: string, timeZone = 'UTC'): MaintenanceWindow => ({
  days: [...days],
  from,
  to,
  timeZone,
});

const calendar = (windows: MaintenanceWindow[], blackouts: Blackout[] = []): Calendar => ({ windows, blackouts });

/** `2026-03-29T01:00Z/2026-03-29T03:00Z`, for people who count on their fingers. */
const written = ({ start, end }: { start: number; end: number }): string =>
  [start, end].map((time) => new Date(time).toISOString().replace(':00.000Z', 'Z')).join('/');

const spansOn = (open: Calendar, from: string, to: string): string[] =>
  openSpans(open, { start: Date.parse(from), end: Date.parse(to) }).map(written);

describe('when a window is open', () => {
  test.each<[string, MaintenanceWindow, string, string, string[]]>([
    // An ordinary week: Thursday 20 August 2026 in Berlin is two hours ahead of Greenwich.
    [
      'on its days, in its zone',
      aWindow(['tue', 'thu'], '09:00', '15:00', 'Europe/Berlin'),
      '2026-08-17T00:00Z',
      '2026-08-24T00:00Z',
      ['2026-08-18T07:00Z/2026-08-18T13:00Z', '2026-08-20T07:00Z/2026-08-20T13:00Z'],
    ],
    [
      'over midnight: it belongs to the day it starts on',
      aWindow(['sat'], '22:00', '04:00', 'Asia/Kolkata'),
      '2026-08-20T00:00Z',
      '2026-08-26T00:00Z',
      ['2026-08-22T16:30Z/2026-08-22T22:30Z'],
    ],
    [
      'a whole day, when it ends when it began',
      aWindow(['sun'], '00:00', '00:00', 'Pacific/Auckland'),
      '2026-08-20T00:00Z',
      '2026-08-27T00:00Z',
      ['2026-08-22T12:00Z/2026-08-23T12:00Z'],
    ],
    // Berlin, 29 March 2026: at 02:00 clocks are put forward to 03:00 (01:00Z).
    [
      'what clocks skip is not there',
      aWindow(['sun'], '01:00', '04:00', 'Europe/Berlin'),
      '2026-03-28T00:00Z',
      '2026-03-30T00:00Z',
      ['2026-03-29T00:00Z/2026-03-29T02:00Z'],
    ],
    [
      'it begins in what is skipped: when clocks have been put forward',
      aWindow(['sun'], '02:30', '04:00', 'Europe/Berlin'),
      '2026-03-28T00:00Z',
      '2026-03-30T00:00Z',
      ['2026-03-29T01:00Z/2026-03-29T02:00Z'],
    ],
    [
      'it ends in what is skipped: when clocks are put forward',
      aWindow(['sun'], '01:00', '02:30', 'Europe/Berlin'),
      '2026-03-28T00:00Z',
      '2026-03-30T00:00Z',
      ['2026-03-29T00:00Z/2026-03-29T01:00Z'],
    ],
    [
      'all of it is skipped: not at all',
      aWindow(['sun'], '02:15', '02:45', 'Europe/Berlin'),
      '2026-03-28T00:00Z',
      '2026-03-30T00:00Z',
      [],
    ],
    // Berlin, 25 October 2026: at 03:00 clocks are put back to 02:00 (01:00Z).
    [
      'an hour that is shown twice is in it twice',
      aWindow(['sun'], '02:00', '03:00', 'Europe/Berlin'),
      '2026-10-24T00:00Z',
      '2026-10-26T00:00Z',
      ['2026-10-25T00:00Z/2026-10-25T02:00Z'],
    ],
    [
      'it ends within the hour that is shown twice',
      aWindow(['sun'], '01:30', '02:30', 'Europe/Berlin'),
      '2026-10-24T00:00Z',
      '2026-10-26T00:00Z',
      ['2026-10-24T23:30Z/2026-10-25T00:30Z', '2026-10-25T01:00Z/2026-10-25T01:30Z'],
    ],
    [
      'over midnight into the day of the change',
      aWindow(['sat'], '23:00', '04:00', 'Europe/Berlin'),
      '2026-10-24T00:00Z',
      '2026-10-26T00:00Z',
      ['2026-10-24T21:00Z/2026-10-25T03:00Z'],
    ],
    // New York, 8 March and 1 November 2026, at 02:00.
    [
      'New York in spring',
      aWindow(['sun'], '01:00', '05:00', 'America/New_York'),
      '2026-03-08T00:00Z',
      '2026-03-09T00:00Z',
      ['2026-03-08T06:00Z/2026-03-08T09:00Z'],
    ],
    [
      'New York in autumn',
      aWindow(['sun'], '01:00', '05:00', 'America/New_York'),
      '2026-11-01T00:00Z',
      '2026-11-02T00:00Z',
      ['2026-11-01T05:00Z/2026-11-01T10:00Z'],
    ],
    // Lord Howe Island puts clocks back by half an hour: 5 April 2026 at 02:00 to 01:30 (15:00Z the day before).
    [
      'half an hour',
      aWindow(['sun'], '01:00', '03:00', 'Australia/Lord_Howe'),
      '2026-04-04T00:00Z',
      '2026-04-06T00:00Z',
      ['2026-04-04T14:00Z/2026-04-04T16:30Z'],
    ],
    // The date line: in Kiritimati (+14) it is already the next day.
    [
      'beyond the date line',
      aWindow(['mon'], '00:00', '02:00', 'Pacific/Kiritimati'),
      '2026-08-22T00:00Z',
      '2026-08-26T00:00Z',
      ['2026-08-23T10:00Z/2026-08-23T12:00Z'],
    ],
  ])('%s', (_, window, from, to, expected) => {
    expect(spansOn(calendar([window]), from, to)).toEqual(expected);
  });

  test('windows that touch are one', () => {
    const both = calendar([aWindow(['fri'], '20:00', '00:00'), aWindow(['sat'], '00:00', '06:00')]);
    expect(spansOn(both, '2026-08-20T00:00Z', '2026-08-24T00:00Z')).toEqual(['2026-08-21T20:00Z/2026-08-22T06:00Z']);
  });

  test('no windows mean always', () => {
    expect(spansOn(calendar([]), '2026-08-20T00:00Z', '2026-08-21T00:00Z')).toEqual([
      '2026-08-20T00:00Z/2026-08-21T00:00Z',
    ]);
  });
});

describe('blackouts', () => {
  const freeze = { from: '2026-12-23', to: '2027-01-02', timeZone: 'Europe/Berlin' };

  test('from the first midnight to the last one, in their zone', () => {
    expect(spansOn(calendar([], [freeze]), '2026-12-20T00:00Z', '2027-01-05T00:00Z')).toEqual([
      '2026-12-20T00:00Z/2026-12-22T23:00Z',
      '2027-01-02T23:00Z/2027-01-05T00:00Z',
    ]);
  });

  test('they cut a window short', () => {
    const nightly = aWindow(['tue'], '22:00', '04:00', 'Europe/Berlin');
    expect(spansOn(calendar([nightly], [freeze]), '2026-12-22T00:00Z', '2026-12-25T00:00Z')).toEqual([
      '2026-12-22T21:00Z/2026-12-22T23:00Z',
    ]);
  });
});

describe('when something may be started', () => {
  const afternoon = calendar([aWindow(['tue', 'wed'], '12:00', '15:00')]);
  const at = (text: string): number => Date.parse(text);

  test.each([
    ['it fits into what is left', '2026-08-18T12:30Z', 150, { fit: 'now', until: at('2026-08-18T15:00Z') }],
    ['a minute more does not', '2026-08-18T12:30Z', 151, { fit: 'later', at: at('2026-08-19T12:00Z') }],
    ['nothing is started when it closes', '2026-08-18T15:00Z', 0, { fit: 'later', at: at('2026-08-19T12:00Z') }],
    ['before it opens', '2026-08-18T11:59Z', 10, { fit: 'later', at: at('2026-08-18T12:00Z') }],
    ['no window is so long', '2026-08-18T12:30Z', 181, { fit: 'never' }],
  ])('%s', (_, now, minutes, expected) => {
    expect(nextFit(afternoon, at(now), minutes)).toEqual(expected);
  });

  test('without windows at once, however long it takes', () => {
    expect(nextFit(calendar([]), at('2026-08-18T12:30Z'), 10_000_000)).toEqual({ fit: 'now', until: null });
  });

  test('a blackout without an end in sight is never', () => {
    const always = { from: '2026-01-01', to: '2030-01-01', timeZone: 'UTC' };
    expect(nextFit(calendar([], [always]), at('2026-08-18T12:30Z'), 1)).toEqual({ fit: 'never' });
  });
});

/** What a clock on a wall shows, by another way than the rule's: `tue 14:05`, and the date. */
const wallClock = (instant: number, timeZone: string): { weekday: Weekday; time: string; date: string } => {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  return {
    weekday: parts.weekday?.toLowerCase() as Weekday,
    time: `${parts.hour}:${parts.minute}`,
    date: `${parts.year}-${parts.month}-${parts.day}`,
  };
};

const dayBefore = (weekday: Weekday): Weekday => weekdays[(weekdays.indexOf(weekday) + 6) % 7] ?? 'mon';

const isShown = ({ days, from, to, timeZone }: MaintenanceWindow, instant: number): boolean => {
  const { weekday, time } = wallClock(instant, timeZone);
  if (from < to) return days.includes(weekday) && from <= time && time < to;
  return (days.includes(weekday) && from <= time) || (days.includes(dayBefore(weekday)) && time < to);
};

describe('whatever the zone, the windows and the time of year', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'Europe/Dublin',
    'America/New_York',
    'America/St_Johns',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Pacific/Auckland',
    'Pacific/Kiritimati',
    'Asia/Kolkata',
    'Africa/Casablanca',
  ];
  const timeOfDay = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 15, 30, 59))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const windows = fc.array(
    fc.record({
      days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
      from: timeOfDay,
      to: timeOfDay,
      timeZone: fc.constantFrom(...zones),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const blackoutList = fc.array(
    fc
      .record({
        day: fc.integer({ min: 0, max: 700 }),
        length: fc.integer({ min: 0, max: 9 }),
        timeZone: fc.constantFrom(...zones),
      })
      .map(({ day, length, timeZone }) => {
        const dateOf = (days: number): string => new Date(Date.UTC(2026, 0, 1 + days)).toISOString().slice(0, 10);
        return { from: dateOf(day), to: dateOf(day + length), timeZone };
      }),
    { maxLength: 3 },
  );
  /** Minutes of two years, those around changes of the clocks more often. */
  const changes = [
    '2026-03-08T07:00Z',
    '2026-03-29T01:00Z',
    '2026-04-04T15:00Z',
    '2026-10-25T01:00Z',
    '2026-11-01T06:00Z',
  ];
  const instants = fc.oneof(
    fc.integer({ min: 0, max: 700 * 1440 }).map((minutes) => Date.UTC(2026, 0, 1) + minutes * 60_000),
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -240, max: 240 }))
      .map(([change, minutes]) => Date.parse(change) + minutes * 60_000),
  );
  const isAllowed = ({ windows: given, blackouts }: Calendar, instant: number): boolean =>
    given.some((window) => isShown(window, instant)) &&
    !blackouts.some(({ from, to, timeZone }) => {
      const { date } = wallClock(instant, timeZone);
      return from <= date && date <= to;
    });

  test('an instant is accepted if, and only if, clocks show a time in a window and no day of a blackout', () => {
    fc.assert(
      fc.property(windows, blackoutList, instants, (given, blackouts, instant) => {
        const open = calendar(given, blackouts);
        expect(isOpen(open, instant)).toBe(isAllowed(open, instant));
      }),
      { numRuns: 2_000 },
    );
  });

  test('what is started when it is said to fit has ended before the window closes', () => {
    fc.assert(
      fc.property(windows, instants, fc.integer({ min: 0, max: 600 }), (given, instant, minutes) => {
        const open = calendar(given);
        const fit = nextFit(open, instant, minutes);
        if (fit.fit === 'never') return;
        const start = fit.fit === 'now' ? instant : fit.at;
        expect(start - instant).toBeLessThanOrEqual(horizonDays * 86_400_000);
        for (let passed = 0; passed < Math.max(1, minutes); passed += 7) {
          expect(isAllowed(open, start + passed * 60_000)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
