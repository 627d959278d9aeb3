/** What a kubelet keeps in mind of a pod: what happens next to its container, and what has happened. */
import type { Clock } from '../clock/pretend-clock.ts';
import type { PodFailure } from './pod-failures.ts';
import { kubernetes } from './timing.ts';

export class PodCourse {
  /** It waits for its node to be Ready again, and has not begun. */
  isHeldUp = false;
  /** It never starts, or never again. */
  cannotStart: PodFailure['how'] | undefined;
  /** Its process works no more, and does not end. */
  isHung = false;
  starts = 0;
  /** Tries in a row that failed. */
  #failures = 0;
  #next: { at: number; happen(at: number): void } | undefined;

  /** What happens next, unless something else comes in between. */
  plan(at: number, happen: (at: number) => void): void {
    this.#next = { at, happen };
  }

  stop(): void {
    this.#next = undefined;
  }

  /** Lets happen what was to happen by now, as if it had been seen then, and waits for the rest. */
  goOn(clock: Clock, isGone: () => boolean): void {
    for (;;) {
      const next = this.#next;
      if (next === undefined || isGone()) return;
      if (next.at > clock.now) {
        clock.at(next.at, () => {
          if (this.#next === next) this.goOn(clock, isGone);
        });
        return;
      }
      this.#next = undefined;
      next.happen(next.at);
    }
  }

  /** How many milliseconds the kubelet waits after one more failure of something that had worked for so long. */
  backOffAfter(workedMilliseconds: number): number {
    const { backOffResetSeconds, firstBackOffSeconds, longestBackOffSeconds } = kubernetes;
    if (workedMilliseconds >= backOffResetSeconds * 1000) this.#failures = 0;
    this.#failures += 1;
    if (this.#failures === 1) return 0;
    return 1000 * Math.min(longestBackOffSeconds, firstBackOffSeconds * 2 ** (this.#failures - 2));
  }
}
