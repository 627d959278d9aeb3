/**
 * The pretend clock: a queue of things that will happen, ordered by (instant, sequence).
 *
 * One thing moves at a time. An action may do real work (serve a request, run a Lambda bundle); the clock stands still
 * until the promise it returned is settled and every microtask has run. Only then does the next action get its turn,
 * and only if its instant lies ahead does time move. The same actions therefore happen in the same order every time.
 */

import TinyQueue from 'tinyqueue';

/** Something that happens at an instant. The clock waits for a returned promise before anything else moves. */
export type Action = () => void | Promise<void>;

/** A handle on an action that has not happened yet. */
export interface Scheduled {
  /** Forget the action. Does nothing when it has already happened. */
  cancel(): void;
}

/** What the rooms of the embedded AWS may do with time: read it, and ask for something to happen later. */
export interface Clock {
  /** The pretend instant, in milliseconds since the Unix epoch. */
  readonly now: number;
  /** Does `action` at `instant` (milliseconds since the epoch); an instant in the past means now, after what is queued. */
  at(instant: number, action: Action): Scheduled;
  /** Does `action` when `milliseconds` have passed. */
  after(milliseconds: number, action: Action): Scheduled;
  /** As `after`, but time does not go on for its sake: it happens while something else is still to happen. */
  meanwhile(milliseconds: number, action: Action): Scheduled;
}

interface Entry {
  readonly instant: number;
  readonly sequence: number;
  readonly action: Action;
  /** A run goes on until it has happened. */
  readonly isAwaited: boolean;
  /** It has happened, or was cancelled. */
  isOver: boolean;
}

/** Lets every microtask run that earlier work has queued. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class PretendClock implements Clock {
  #now: number;
  #sequence = 0;
  #awaited = 0;
  readonly #queue = new TinyQueue<Entry>([], (a, b) => a.instant - b.instant || a.sequence - b.sequence);
  #wake: (() => void) | undefined;
  /** Set while the clock keeps pace with real time. */
  #pace: { speed: number; pretendStart: number; realStart: number } | undefined;

  /** @param start milliseconds since the Unix epoch at which pretend time begins */
  constructor(start: number) {
    this.#now = start;
  }

  get now(): number {
    if (this.#pace !== undefined) {
      const { speed, pretendStart, realStart } = this.#pace;
      const paced = pretendStart + Math.floor((performance.now() - realStart) * speed);
      const next = this.#next();
      this.#now = Math.max(this.#now, next === undefined ? paced : Math.min(paced, next.instant));
    }
    return this.#now;
  }

  at(instant: number, action: Action): Scheduled {
    return this.#add(instant, action, true);
  }

  after(milliseconds: number, action: Action): Scheduled {
    return this.#add(this.now + milliseconds, action, true);
  }

  meanwhile(milliseconds: number, action: Action): Scheduled {
    return this.#add(this.now + milliseconds, action, false);
  }

  #add(instant: number, action: Action, isAwaited: boolean): Scheduled {
    const sequence = this.#sequence++;
    const entry: Entry = { instant: Math.max(instant, this.now), sequence, action, isAwaited, isOver: false };
    this.#queue.push(entry);
    if (isAwaited) this.#awaited += 1;
    this.#wake?.();
    return { cancel: () => this.#end(entry) };
  }

  #end(entry: Entry): void {
    if (entry.isOver) return;
    entry.isOver = true;
    if (entry.isAwaited) this.#awaited -= 1;
  }

  /**
   * Runs as fast as the machine can until nothing is left that is awaited, `until` is reached, or `isDone` says so.
   * `isDone` is asked between any two actions; `beforeStep` may hold the next one up for people who watch.
   */
  async run(
    options: {
      until?: number;
      isDone?: () => boolean;
      beforeStep?: (instant: number) => Promise<void> | undefined;
    } = {},
  ): Promise<void> {
    const until = options.until ?? Number.POSITIVE_INFINITY;
    await settle();
    for (;;) {
      if (options.isDone?.() === true) return;
      const next = this.#next();
      if (next === undefined || this.#awaited === 0) return;
      if (next.instant > until) {
        this.#now = Math.max(this.#now, until);
        return;
      }
      await options.beforeStep?.(next.instant);
      await this.#do(next);
    }
  }

  /**
   * Keeps pace with real time, `speed` pretend seconds a real second, until `signal` is aborted. With speed Infinity
   * time moves as fast as it can while `isBusy` says that somebody waits for it, and as real time does otherwise.
   */
  async keepPace(options: { speed: number; isBusy: () => boolean; signal: AbortSignal }): Promise<void> {
    const { speed, isBusy, signal } = options;
    while (!signal.aborted) {
      const isFast = speed === Number.POSITIVE_INFINITY;
      this.#setPace(isFast ? (isBusy() ? undefined : 1) : speed);
      const next = this.#next();
      const runsAhead = this.#pace === undefined && this.#awaited > 0;
      const isFree = next !== undefined && (next.instant <= this.now || runsAhead);
      if (next === undefined || !isFree) {
        await this.#sleepUntilWoken(next, signal);
        continue;
      }
      await this.#do(next);
    }
    this.#setPace(undefined);
  }

  /** `undefined`: time moves by events alone. */
  #setPace(speed: number | undefined): void {
    if (this.#pace?.speed === speed) return;
    this.#now = this.now;
    this.#pace = speed === undefined ? undefined : { speed, pretendStart: this.#now, realStart: performance.now() };
  }

  async #sleepUntilWoken(next: Entry | undefined, signal: AbortSignal): Promise<void> {
    const realMilliseconds =
      next === undefined || this.#pace === undefined
        ? 1_000
        : Math.max(1, (next.instant - this.now) / this.#pace.speed);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(realMilliseconds, 1_000));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', this.#wake, { once: true });
    });
    if (this.#wake !== undefined) signal.removeEventListener('abort', this.#wake);
    this.#wake = undefined;
  }

  #next(): Entry | undefined {
    while (this.#queue.peek()?.isOver === true) this.#queue.pop();
    return this.#queue.peek();
  }

  async #do(next: Entry): Promise<void> {
    this.#queue.pop();
    this.#end(next);
    this.#now = Math.max(this.#now, next.instant);
    await next.action();
    await settle();
  }
}
