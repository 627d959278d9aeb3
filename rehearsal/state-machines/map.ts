/**
 * Map state, inline: each iteration runs in the execution of the Map.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
 */

import { recordAborted } from './aborted.ts';
import type { MapState } from './definition.ts';
import { StateFailure } from './errors.ts';
import { FanOut } from './fan-out.ts';
import * as rules from './field-values.ts';
import { dataLimitExceeded, Payload } from './payload.ts';
import type { MapItem } from './run.ts';
import type { Leaving, Visit } from './visit.ts';

/** "In this mode, the Map state supports up to 40 concurrent iterations." */
const mostIterations = 40;

/** The items of a Map: its Items, or its input, which then must be an array. */
export const itemsOf = async (visit: Visit<MapState>): Promise<readonly unknown[]> => {
  const { items } = visit.state;
  if (items !== undefined) return visit.evaluateAs('Items', items, rules.items);
  const { value } = visit.input;
  if (rules.items.is(value)) return value;
  throw visit.queryFailure('Items', `The state input must be an array, but was '${rules.typeOf(value)}'`);
};

/** 0 is no bound of its own. */
export const maxConcurrencyOf = async (visit: Visit<MapState>): Promise<number> => {
  const { maxConcurrency } = visit.state;
  return maxConcurrency === undefined ? 0 : visit.evaluateAs('MaxConcurrency', maxConcurrency, rules.count);
};

/** The input of an iteration: the item, or what ItemSelector makes of it. */
export const selectItem = async (visit: Visit<MapState>, item: MapItem): Promise<Payload> => {
  const { itemSelector, name } = visit.state;
  const selected = itemSelector === undefined ? item.Value : await visit.evaluate(itemSelector, { item });
  const input = new Payload(selected);
  if (input.isTooLarge) throw dataLimitExceeded(name);
  return input;
};

/** @throws StateFailure */
export const attemptInlineMap = async (visit: Visit<MapState>): Promise<Leaving> => {
  const { state, run, lane, surroundings } = visit;
  const items = await itemsOf(visit);
  const wanted = await maxConcurrencyOf(visit);
  const limit = wanted === 0 ? mostIterations : Math.min(wanted, mostIterations);
  let previousEventId = visit.record({
    type: 'MapStateStarted',
    mapStateStartedEventDetails: { length: items.length },
  });

  const { name } = state;
  let lastSucceeded = previousEventId;
  const iterations = new FanOut(surroundings, {
    succeeded: (index, inner) => {
      const event = { type: 'MapIterationSucceeded', mapIterationSucceededEventDetails: { name, index } } as const;
      lastSucceeded = run.recordAside(lane, event, inner.previousEventId);
    },
    ended: (index, isCut, inner, failingEventId) => {
      run.recordAside(
        lane,
        isCut
          ? { type: 'MapIterationAborted', mapIterationAbortedEventDetails: { name, index } }
          : { type: 'MapIterationFailed', mapIterationFailedEventDetails: { name, index } },
        failingEventId,
      );
      recordAborted(run, lane, inner, failingEventId, isCut);
    },
  });

  const start = async (index: number): Promise<void> => {
    const item: MapItem = { Index: index, Value: items[index] };
    const input = await selectItem(visit, item);
    const event = { type: 'MapIterationStarted', mapIterationStartedEventDetails: { name, index } } as const;
    const startedId = run.recordAside(lane, event, previousEventId);
    iterations.start(index, startedId, (inner) => run.runFlow(state.processor, input, { ...inner, item }));
  };

  const outputs: Payload[] = [];
  let started = 0;
  let running = 0;
  for (;;) {
    while (running < limit && started < items.length) {
      try {
        await start(started);
      } catch (failure) {
        // An ItemSelector that fails does so before its iteration begins, and cuts those that have begun.
        if (failure instanceof StateFailure) iterations.cut(lane.previousEventId);
        throw failure;
      }
      started += 1;
      running += 1;
    }
    if (running === 0) break;
    const end = await iterations.next();
    running -= 1;
    // A later iteration follows the one whose end made room for it.
    previousEventId = end.lastEventId;
    if (end.kind === 'failure') {
      lane.previousEventId = end.lastEventId;
      throw end.failure;
    }
    outputs[end.index] = end.output;
  }
  lane.previousEventId = lastSucceeded;
  run.recordAside(lane, { type: 'MapStateSucceeded' });
  const result = Payload.array(outputs);
  if (result.isTooLarge) throw dataLimitExceeded(name);
  return visit.leave(state, result, { result: result.value });
};
