/**
 * The branches of a Parallel or the iterations of an inline Map, during one attempt.
 *
 * "If any branch fails, due to an unhandled error or by transitioning to a Fail State, the entire Parallel State is
 * considered to have failed and all the branches are terminated" (States Language); the Map likewise.
 */

import { StateFailure } from './errors.ts';
import type { Lane } from './lane.ts';
import type { Payload } from './payload.ts';
import type { Surroundings } from './run.ts';
import { Scope } from './scope.ts';

/** How a strand ended. */
export type StrandEnd =
  | { readonly kind: 'output'; readonly index: number; readonly output: Payload; readonly lastEventId: number }
  | { readonly kind: 'failure'; readonly failure: StateFailure; readonly lastEventId: number };

/** What the state whose strands they are records about them. */
export interface StrandRecorder {
  succeeded(index: number, lane: Lane): void;
  /** A strand failed, or (`isCut`) was cut because another did. All these events follow the failing one. */
  ended(index: number, isCut: boolean, lane: Lane, failingEventId: number): void;
}

interface Strand {
  readonly index: number;
  readonly lane: Lane;
  isRunning: boolean;
}

export class FanOut {
  readonly #outer: Surroundings;
  readonly #recorder: StrandRecorder;
  readonly #strands: Strand[] = [];
  readonly #ends: StrandEnd[] = [];
  #wake: (() => void) | undefined;

  constructor(outer: Surroundings, recorder: StrandRecorder) {
    this.#outer = outer;
    this.#recorder = recorder;
  }

  /** Runs `body` beside the others, with variables of its own. */
  start(index: number, previousEventId: number, body: (inner: Omit<Surroundings, 'item'>) => Promise<Payload>): void {
    const lane = this.#outer.lane.fork(previousEventId);
    const strand: Strand = { index, lane, isRunning: true };
    this.#strands.push(strand);
    lane.start(async () => {
      try {
        const output = await body({ lane, scope: new Scope(this.#outer.scope) });
        this.#recorder.succeeded(index, lane);
        this.#end(strand, { kind: 'output', index, output, lastEventId: lane.previousEventId });
      } catch (failure) {
        if (!(failure instanceof StateFailure)) throw failure;
        this.#fail(strand, failure);
      }
    });
  }

  /** The next strand that has ended; the caller's lane lets the others move meanwhile. */
  async next(): Promise<StrandEnd> {
    for (;;) {
      const end = this.#ends.shift();
      if (end !== undefined) return end;
      await this.#outer.lane.block(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
  }

  /** Cuts whatever still runs, in the order it was started, and has it recorded. */
  cut(failingEventId: number): void {
    for (const strand of this.#strands) {
      if (!strand.isRunning) continue;
      strand.isRunning = false;
      this.#recorder.ended(strand.index, true, strand.lane, failingEventId);
      strand.lane.cut('sibling-failed');
    }
  }

  #fail(failed: Strand, failure: StateFailure): void {
    const lastEventId = failed.lane.previousEventId;
    const isSilent = failure.error === 'States.Runtime';
    for (const strand of this.#strands) {
      if (!strand.isRunning) continue;
      strand.isRunning = false;
      if (!isSilent) this.#recorder.ended(strand.index, strand !== failed, strand.lane, lastEventId);
      if (strand !== failed) strand.lane.cut('sibling-failed');
    }
    this.#end(failed, { kind: 'failure', failure, lastEventId });
  }

  #end(strand: Strand, end: StrandEnd): void {
    strand.isRunning = false;
    this.#ends.push(end);
    this.#wake?.();
  }
}
