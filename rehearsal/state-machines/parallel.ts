/** https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html */

import { recordAborted } from './aborted.ts';
import type { ParallelState } from './definition.ts';
import { FanOut } from './fan-out.ts';
import { dataLimitExceeded, Payload } from './payload.ts';
import type { Leaving, Visit } from './visit.ts';

/** @throws StateFailure */
export const attemptParallel = async (visit: Visit<ParallelState>): Promise<Leaving> => {
  const { state, run, lane, surroundings } = visit;
  const input = state.arguments === undefined ? visit.input : new Payload(await visit.evaluate(state.arguments));
  if (input.isTooLarge) throw dataLimitExceeded(state.name);
  const startedId = visit.record({ type: 'ParallelStateStarted' });
  const branches = new FanOut(surroundings, {
    succeeded: () => {},
    ended: (_index, _isCut, inner, failingEventId) => recordAborted(run, lane, inner, failingEventId),
  });
  for (const [index, branch] of state.branches.entries()) {
    branches.start(index, startedId, (inner) => run.runFlow(branch, input, { ...inner, item: surroundings.item }));
  }
  const outputs: Payload[] = [];
  for (let running = state.branches.length; running > 0; running -= 1) {
    const end = await branches.next();
    lane.previousEventId = end.lastEventId;
    if (end.kind === 'failure') throw end.failure;
    outputs[end.index] = end.output;
  }
  run.recordAside(lane, { type: 'ParallelStateSucceeded' });
  const result = Payload.array(outputs);
  if (result.isTooLarge) throw dataLimitExceeded(state.name);
  return visit.leave(state, result, { result: result.value });
};
