/**
 * A lane is one strand of an execution: its main line, a branch of a Parallel, an iteration of a Map. It keeps the
 * chain of its events, and what must be undone when it is cut.
 */

import type { Clock } from '../clock/pretend-clock.ts';
import type { Turn } from './turn.ts';

/** Why a lane was cut while something in it still ran. */
export type CutReason = 'execution-stopped' | 'execution-timed-out' | 'execution-failed' | 'sibling-failed';

/** Thrown to unwind a lane that was cut. It is no failure: nobody catches it but the lane itself. */
export class LaneCut extends Error {
  override readonly name = 'LaneCut';
}

export class Lane {
  /** The id of the event that the lane's next event follows. */
  previousEventId: number;
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #cuts = new Set<(reason: CutReason) => void>();
  #isAlive = true;
  #holdsTurn = false;
  /** Takes the lane off its outer lane's list. */
  #leave = (): void => {};

  constructor(clock: Clock, turn: Turn, previousEventId: number) {
    this.#clock = clock;
    this.#turn = turn;
    this.previousEventId = previousEventId;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** A lane inside this one: it is cut with it. */
  fork(previousEventId: number): Lane {
    const inner = new Lane(this.#clock, this.#turn, previousEventId);
    inner.#leave = this.onCut((reason) => inner.cut(reason));
    return inner;
  }

  /** Runs `body` in this lane as soon as it gets a turn. `body` deals with its own failures. */
  start(body: () => Promise<void>): void {
    const run = async (): Promise<void> => {
      try {
        await this.#takeTurn();
        await body();
      } catch (error) {
        if (!(error instanceof LaneCut)) throw error;
      } finally {
        this.#isAlive = false;
        this.#cuts.clear();
        this.#leave();
        this.#giveTurn();
      }
    };
    void run();
  }

  /** Waits for something inside the lane (an expression); nobody else moves meanwhile. */
  async hold<T>(computed: Promise<T>): Promise<T> {
    try {
      return await computed;
    } finally {
      this.check();
    }
  }

  /** Waits for something outside; others have their turn meanwhile. */
  async block<T>(awaited: Promise<T>): Promise<T> {
    this.#giveTurn();
    try {
      return await awaited;
    } finally {
      await this.#takeTurn();
    }
  }

  /** Lets the others that are ready go first. */
  async yield(): Promise<void> {
    this.#giveTurn();
    await this.#takeTurn();
  }

  /** Waits until the clock shows `instant`. */
  sleepUntil(instant: number): Promise<void> {
    return this.block(
      new Promise((resolve) => {
        const alarm = this.#clock.at(instant, () => {
          forget();
          resolve();
        });
        const forget = this.onCut(() => alarm.cancel());
      }),
    );
  }

  /** Does `undo` if the lane is cut; the answer takes it off the list again. */
  onCut(undo: (reason: CutReason) => void): () => void {
    this.#cuts.add(undo);
    return () => this.#cuts.delete(undo);
  }

  /** Ends the lane where it stands: nothing in it moves or is recorded any more. */
  cut(reason: CutReason): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const undo of this.#cuts) undo(reason);
    this.#cuts.clear();
  }

  /** Throws when the lane was cut while it waited. */
  check(): void {
    if (!this.#isAlive) throw new LaneCut();
  }

  async #takeTurn(): Promise<void> {
    this.check();
    await this.#turn.take();
    this.#holdsTurn = true;
    this.check();
  }

  #giveTurn(): void {
    if (!this.#holdsTurn) return;
    this.#holdsTurn = false;
    this.#turn.give();
  }
}
