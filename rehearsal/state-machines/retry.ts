/**
 * Retry and Catch of a Task, Map or Parallel state.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */

import type { Catcher, MapState, ParallelState, Retrier, TaskState } from './definition.ts';
import { isNamedBy, StateFailure } from './errors.ts';
import { Payload } from './payload.ts';
import type { Random } from './random.ts';
import type { Leaving, Visit } from './visit.ts';

/** The wait before retry number `retry` (from 0): the interval grows, is capped, and then is drawn from by FULL jitter. */
export const delayMilliseconds = (retrier: Retrier, retry: number, random: Random): number => {
  const grown = retrier.intervalSeconds * retrier.backoffRate ** retry;
  const milliseconds = Math.min(grown, retrier.maxDelaySeconds) * 1_000;
  return Math.round(retrier.jitterStrategy === 'FULL' ? random.next() * milliseconds : milliseconds);
};

/** Where a guarded state goes: on as it says, or to its Catcher's state. */
export type Outcome = { readonly leaving: Leaving; readonly caughtBy: Catcher | undefined };

/**
 * Attempts a state until it succeeds, its retries are used up, or a Catcher takes the failure.
 *
 * "A Retrier's parameters apply across all visits to that Retrier in the context of a single state execution": each
 * keeps its own count, and the first that names the error decides, even when it has no retry left.
 *
 * @param attempt one attempt, its Output and Assign included: they can fail too
 * @param failed records that the state failed for good, where its type has an event for that
 * @throws StateFailure
 */
export const guarded = async (
  visit: Visit<TaskState | MapState | ParallelState>,
  attempt: () => Promise<Leaving>,
  failed: () => void,
): Promise<Outcome> => {
  const { state, run, lane } = visit;
  const used = new Map<Retrier, number>();
  for (;;) {
    try {
      return { leaving: await attempt(), caughtBy: undefined };
    } catch (failure) {
      if (!(failure instanceof StateFailure)) throw failure;
      const retrier = state.retry.find(({ errorEquals }) => isNamedBy(errorEquals, failure));
      const retries = retrier === undefined ? 0 : (used.get(retrier) ?? 0);
      if (retrier === undefined || retries >= retrier.maxAttempts) return giveUp(visit, failure, failed);
      used.set(retrier, retries + 1);
      visit.retryCount += 1;
      await lane.sleepUntil(run.clock.now + delayMilliseconds(retrier, retries, run.random));
      run.countTransition();
    }
  }
};

const giveUp = async (
  visit: Visit<TaskState | MapState | ParallelState>,
  failure: StateFailure,
  failed: () => void,
): Promise<Outcome> => {
  // A States.Runtime ends the execution where it happened; the states around it record nothing.
  if (failure.error === 'States.Runtime') throw failure;
  const { lane } = visit;
  const before = lane.previousEventId;
  failed();
  const index = visit.state.catch.findIndex(({ errorEquals }) => isNamedBy(errorEquals, failure));
  const catcher = visit.state.catch[index];
  if (catcher === undefined) throw failure;
  const errorOutput = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
  const after = lane.previousEventId;
  try {
    // A Catcher whose own Output fails is recorded from before the state failed, and fails the state once more.
    lane.previousEventId = before;
    const leaving = await visit.leave(catcher, new Payload(errorOutput), { errorOutput });
    lane.previousEventId = after;
    return { leaving, caughtBy: catcher };
  } catch (second) {
    if (second instanceof StateFailure) failed();
    throw second;
  }
};
