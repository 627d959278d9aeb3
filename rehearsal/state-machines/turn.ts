/**
 * One thing moves at a time, among all executions on one clock.
 *
 * JSONata 2 evaluates in promises. If two branches evaluated side by side, the order of their events would hang on how
 * many promises the library happens to use. So a branch holds the turn while it computes, and gives it away only where
 * it waits for something outside: a timer, a task, another branch.
 */

import type { Clock } from '../clock/pretend-clock.ts';

export class Turn {
  #isTaken = false;
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is the caller's turn; first come, first served. */
  take(): Promise<void> {
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    return Promise.resolve();
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}

const turns = new WeakMap<Clock, Turn>();

export const turnOn = (clock: Clock): Turn => {
  const turn = turns.get(clock) ?? new Turn();
  turns.set(clock, turn);
  return turn;
};
