import type { Clock } from './pretend-clock.ts';

/** Resolves when so many milliseconds of pretend time have passed, inside an action of the clock. */
export const sleep = (clock: Clock, milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
