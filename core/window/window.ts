/**
 * Maintenance windows: when nodes may be replaced. A window is open while a clock on a wall in its time zone shows a day
 * and a time in it. So an hour that clocks show twice is twice in it, and one that they skip is not there.
 */
import { Temporal } from 'temporal-polyfill';
import type { Blackout, MaintenanceWindow } from '../policy/policy.ts';

export interface Calendar {
  /** None: always open. */
  windows: readonly MaintenanceWindow[];
  /** Days on which nothing is started, whatever the windows say. */
  blackouts: readonly Blackout[];
}

/** From an instant until right before another, both in milliseconds since 1970. */
export interface Span {
  start: number;
  end: number;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** How far ahead a window is looked for. A blackout or a window that leaves nothing free for so long is said to be never. */
export const horizonDays = 60;

/** The times between two instants at which something may be started, in order, apart from each other. */
export const openSpans = ({ windows, blackouts }: Calendar, within: Span): Span[] => {
  const open = windows.length === 0 ? [within] : join(windows.flatMap((window) => spansOfWindow(window, within)));
  return join(blackouts.flatMap((blackout) => spansOfBlackout(blackout, within))).reduce(without, open);
};

export const isOpen = (calendar: Calendar, now: number): boolean =>
  openSpans(calendar, { start: now, end: now + 1 }).length > 0;

export type Fit =
  /** It may start now; it is open until then. Null: no end is in sight. */
  { fit: 'now'; until: number | null } | { fit: 'later'; at: number } | { fit: 'never' };

/** When something that takes so many minutes may be started: now, or when the next span that is long enough begins. */
export const nextFit = (calendar: Calendar, now: number, minutes: number): Fit => {
  const length = minutes * minute;
  const sight = now + horizonDays * day + length;
  const fitting = openSpans(calendar, { start: now, end: sight }).find(({ start, end }) => end - start >= length);
  if (fitting === undefined) return { fit: 'never' };
  if (fitting.start > now) return { fit: 'later', at: fitting.start };
  return { fit: 'now', until: fitting.end === sight ? null : fitting.end };
};

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const spansOfWindow = ({ days, from, to, timeZone }: MaintenanceWindow, within: Span): Span[] => {
  const [start, end] = [timeOfDay(from), timeOfDay(to)];
  const length = end > start ? end - start : end - start + day;
  const shown = daysAround(within)
    .filter((date) => days.some((name) => name === weekdays[new Date(date).getUTCDay()]))
    .map((date) => ({ start: date + start, end: date + start + length }));
  return whenShown(shown, timeZone, within);
};

const spansOfBlackout = ({ from, to, timeZone }: Blackout, within: Span): Span[] =>
  whenShown([{ start: Date.parse(from), end: Date.parse(to) + day }], timeZone, within);

/** Midnights around a span, as clocks show them; a window may have begun the day before, in any time zone. */
const daysAround = ({ start, end }: Span): number[] => {
  const first = Math.floor(start / day) - 3;
  const last = Math.floor(end / day) + 2;
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * day);
};

/** When clocks of a time zone show one of these times. What clocks show is written as if they stood in Greenwich. */
const whenShown = (shown: readonly Span[], timeZone: string, within: Span): Span[] =>
  steadyTimes(timeZone, within).flatMap(({ start, end, offset }) =>
    shown.flatMap((times): Span[] => {
      const span = { start: Math.max(times.start - offset, start), end: Math.min(times.end - offset, end) };
      return span.start < span.end ? [span] : [];
    }),
  );

/** The parts of a span in which clocks of a time zone are neither put forward nor back. */
const steadyTimes = (timeZone: string, { start, end }: Span): (Span & { offset: number })[] => {
  const parts: (Span & { offset: number })[] = [];
  let time = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(timeZone);
  while (time.epochMilliseconds < end) {
    const change = time.getTimeZoneTransition('next');
    const until = Math.min(change?.epochMilliseconds ?? end, end);
    parts.push({ start: time.epochMilliseconds, end: until, offset: time.offsetNanoseconds / 1_000_000 });
    if (change === null || until === end) break;
    time = change;
  }
  return parts;
};

/** In order, those that touch made one. */
const join = (spans: readonly Span[]): Span[] => {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else joined.push({ ...span });
  }
  return joined;
};

const without = (spans: readonly Span[], taken: Span): Span[] =>
  spans.flatMap(({ start, end }) =>
    [
      { start, end: Math.min(end, taken.start) },
      { start: Math.max(start, taken.end), end },
    ].filter((part) => part.start < part.end),
  );

const timeOfDay = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return (hours * 60 + minutes) * minute;
};
