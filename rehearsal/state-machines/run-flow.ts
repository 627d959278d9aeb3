/** Runs the states of a flow, one after the other, until one of them ends it. */

import { enter } from './aborted.ts';
import { choose } from './choice.ts';
import type {
  FailState,
  Flow,
  MapState,
  ParallelState,
  State,
  TaskState,
  Transition,
  WaitState,
} from './definition.ts';
import { attemptDistributedMap } from './distributed-map.ts';
import { StateFailure } from './errors.ts';
import * as rules from './field-values.ts';
import { attemptInlineMap } from './map.ts';
import { attemptParallel } from './parallel.ts';
import type { Payload } from './payload.ts';
import { guarded } from './retry.ts';
import type { Run, Surroundings } from './run.ts';
import { attemptTask } from './task.ts';
import { type Leaving, Visit } from './visit.ts';

/** @throws StateFailure */
export const runFlow = async (run: Run, flow: Flow, input: Payload, surroundings: Surroundings): Promise<Payload> => {
  let payload = input;
  let name = flow.startAt;
  for (;;) {
    const state = flow.states.get(name);
    if (state === undefined) throw new TypeError(`no state '${name}'`);
    enter(surroundings.lane, state);
    const { output, transition } = await visitState(run, state, payload, surroundings);
    if (transition.go === 'end') return output;
    payload = output;
    name = transition.to;
  }
};

interface Left {
  readonly output: Payload;
  readonly transition: Transition;
}

const visitState = async (run: Run, state: State, input: Payload, surroundings: Surroundings): Promise<Left> => {
  switch (state.type) {
    case 'Pass': {
      const visit = new Visit(run, state, input, surroundings);
      return left(visit, await visit.leave(state, input), state.transition);
    }
    case 'Succeed': {
      const visit = new Visit(run, state, input, surroundings);
      return left(visit, await visit.leave(state, input), { go: 'end' });
    }
    case 'Fail':
      throw await failureOf(new Visit(run, state, input, surroundings));
    case 'Wait': {
      const visit = new Visit(run, state, input, surroundings);
      await surroundings.lane.sleepUntil(await instantOf(visit));
      return left(visit, await visit.leave(state, input), state.transition);
    }
    case 'Choice': {
      const visit = new Visit(run, state, input, surroundings);
      const chosen = await choose(visit);
      return left(visit, chosen, { go: 'next', to: chosen.next });
    }
    case 'Task': {
      const visit = new Visit(run, state, input, surroundings);
      return leftGuarded(
        visit,
        () => attemptTask(visit),
        () => {},
      );
    }
    case 'Parallel': {
      const visit = new Visit(run, state, input, surroundings);
      return leftGuarded(
        visit,
        () => attemptParallel(visit),
        () => visit.record({ type: 'ParallelStateFailed' }),
      );
    }
    case 'Map': {
      const visit = new Visit(run, state, input, surroundings);
      const { mode } = state;
      const attempt = () => (mode.kind === 'inline' ? attemptInlineMap(visit) : attemptDistributedMap(visit, mode));
      return leftGuarded(visit, attempt, () => visit.record({ type: 'MapStateFailed' }));
    }
  }
};

const left = (visit: Visit, leaving: Leaving, transition: Transition): Left => {
  visit.exit(leaving);
  return { output: leaving.output, transition };
};

const leftGuarded = async <S extends TaskState | ParallelState | MapState>(
  visit: Visit<S>,
  attempt: () => Promise<Leaving>,
  failed: () => void,
): Promise<Left> => {
  const { leaving, caughtBy } = await guarded(visit, attempt, failed);
  return left(visit, leaving, caughtBy === undefined ? visit.state.transition : { go: 'next', to: caughtBy.next });
};

/** A Wait until an instant that has passed is over at once (state-wait.html). */
const instantOf = async (visit: Visit<WaitState>): Promise<number> => {
  const { until } = visit.state;
  switch (until.field) {
    case 'Seconds':
      return visit.run.clock.now + (await visit.evaluateAs('Seconds', until.seconds, rules.waitSeconds)) * 1_000;
    case 'Timestamp':
      return Date.parse(await visit.evaluateAs('Timestamp', until.timestamp, rules.timestamp));
  }
};

/** The failure a Fail state stands for; its error and cause are passed on as they are. */
const failureOf = async (visit: Visit<FailState>): Promise<StateFailure> => {
  const { error, cause } = visit.state;
  return new StateFailure(
    error && (await visit.evaluateAs('Error', error, rules.text)),
    cause && (await visit.evaluateAs('Cause', cause, rules.text)),
  );
};
