/**
 * The history of an execution, in the types of GetExecutionHistory.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 *
 * Which event follows which (`previousEventId`) is in no page. It is as AWS-recorded histories have it (the snapshots of
 * localstack/localstack under tests/aws/services/stepfunctions/v2, recorded against AWS): the first state follows
 * event 0; a branch follows the event that started it; MapStateSucceeded, ParallelStateSucceeded and what ends an
 * iteration are passed by.
 */

import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Clock } from '../clock/pretend-clock.ts';

/** An event before it has its place. */
export type NewEvent = Omit<HistoryEvent, 'id' | 'previousEventId' | 'timestamp' | 'type'> & {
  readonly type: NonNullable<HistoryEvent['type']>;
};

/** 25,000 events; the one that says so is the last of them (bp-history-limit.html). */
export const mostEvents = 25_000;

export const historyFull = `The execution reached the maximum number of history events (${mostEvents}).`;

/** No payload is left out here, as none is by AWS up to its limit. */
export const whole = { truncated: false };

export class History {
  readonly events: HistoryEvent[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Only the event that ends the execution fits in. */
  get isFull(): boolean {
    return this.events.length >= mostEvents - 1;
  }

  /** @returns the event's id */
  add(event: NewEvent, previousEventId: number): number {
    const id = this.events.length + 1;
    this.events.push({ ...event, id, previousEventId, timestamp: new Date(this.#clock.now) });
    return id;
  }
}

/** An error name and cause as the details of an event have them: what is not there leaves no key. */
export const errorDetails = (failure: {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}): { error?: string; cause?: string } => ({
  ...(failure.error !== undefined && { error: failure.error }),
  ...(failure.cause !== undefined && { cause: failure.cause }),
});
