import type { MaintenanceWindow } from '../policy/policy.ts';

const minutesOfDay = 24 * 60;
const minutesOfWeek = 7 * minutesOfDay;
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/**
 * Minutes of the longest time in an ordinary week that these windows are open without a break; null: always. Windows of
 * different time zones are not added to one another.
 */
export const longestWindowMinutes = (windows: readonly MaintenanceWindow[]): number | null => {
  if (windows.length === 0) return null;
  const lengths = [...new Set(windows.map((window) => window.timeZone))].map((timeZone) =>
    longestOf(windows.filter((window) => window.timeZone === timeZone)),
  );
  return lengths.some((length) => length >= minutesOfWeek) ? null : Math.max(...lengths);
};

/** Two weeks in a row, so that what goes on from Sunday to Monday is one. */
const longestOf = (windows: readonly MaintenanceWindow[]): number => {
  const spans = windows
    .flatMap(({ days, from, to }) => {
      const length = (minuteOf(to) - minuteOf(from) + minutesOfDay) % minutesOfDay || minutesOfDay;
      return days.flatMap((name) =>
        [0, minutesOfWeek].map((week) => {
          const start = week + weekdays.indexOf(name) * minutesOfDay + minuteOf(from);
          return { start, end: start + length };
        }),
      );
    })
    .sort((a, b) => a.start - b.start);
  let longest = 0;
  let begun = { start: 0, end: -1 };
  for (const { start, end } of spans) {
    begun = start <= begun.end ? { start: begun.start, end: Math.max(begun.end, end) } : { start, end };
    longest = Math.max(longest, begun.end - begun.start);
  }
  return longest;
};

const minuteOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
};
