/** https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html */

import { createHash } from 'node:crypto';
import type { TaskState } from './definition.ts';
import { StateFailure, TaskError } from './errors.ts';
import { notJson, toJson } from './expressions.ts';
import * as rules from './field-values.ts';
import { errorDetails, whole } from './history.ts';
import { LaneCut } from './lane.ts';
import { dataLimitExceeded, Payload } from './payload.ts';
import type { TaskCut, TaskRequest } from './run.ts';
import type { Leaving, Visit } from './visit.ts';

type Answer =
  | { readonly kind: 'result'; readonly payload: Payload }
  | { readonly kind: 'failure'; readonly failure: StateFailure }
  | { readonly kind: 'timeout'; readonly failure: StateFailure };

/** @throws StateFailure */
export const attemptTask = async (visit: Visit<TaskState>): Promise<Leaving> => {
  const { state, lane } = visit;
  const { type: resourceType, action: resource } = state.resource;
  visit.taskToken = state.resource.pattern === 'wait-for-task-token' ? tokenFor(visit) : undefined;
  const parameters = state.arguments === undefined ? visit.input : new Payload(await visit.evaluate(state.arguments));
  if (parameters.isTooLarge) throw dataLimitExceeded(state.name);
  const limits = await evaluateLimits(visit);
  visit.record({
    type: 'TaskScheduled',
    taskScheduledEventDetails: {
      resourceType,
      resource,
      region: visit.run.execution.arn.split(':')[3],
      parameters: parameters.text,
      ...(limits.timeout !== undefined && { timeoutInSeconds: limits.timeout }),
      ...(limits.heartbeat !== undefined && { heartbeatInSeconds: limits.heartbeat }),
    },
  });
  // AWS schedules the tasks of all branches before it starts the first.
  await lane.yield();
  visit.record({ type: 'TaskStarted', taskStartedEventDetails: { resourceType, resource } });
  const answer = await lane.block(awaitAnswer(visit, parameters.value, limits));
  switch (answer.kind) {
    case 'result': {
      const { payload } = answer;
      visit.record({
        type: 'TaskSucceeded',
        taskSucceededEventDetails: { resourceType, resource, output: payload.text, outputDetails: whole },
      });
      return visit.leave(state, payload, { result: payload.value });
    }
    case 'failure':
      visit.record({
        type: 'TaskFailed',
        taskFailedEventDetails: { resourceType, resource, ...errorDetails(answer.failure) },
      });
      throw answer.failure;
    case 'timeout':
      visit.record({
        type: 'TaskTimedOut',
        taskTimedOutEventDetails: { resourceType, resource, ...errorDetails(answer.failure) },
      });
      throw answer.failure;
  }
};

interface Limits {
  /** AWS's own default is 99,999,999 s, three years: none. */
  readonly timeout: number | undefined;
  readonly heartbeat: number | undefined;
}

const evaluateLimits = async (visit: Visit<TaskState>): Promise<Limits> => {
  const { timeoutSeconds, heartbeatSeconds } = visit.state;
  const timeout = timeoutSeconds && (await visit.evaluateAs('TimeoutSeconds', timeoutSeconds, rules.timeoutSeconds));
  const heartbeat =
    heartbeatSeconds && (await visit.evaluateAs('HeartbeatSeconds', heartbeatSeconds, rules.timeoutSeconds));
  if (timeout !== undefined && heartbeat !== undefined && heartbeat >= timeout) {
    throw visit.queryFailure('HeartbeatSeconds', 'HeartbeatSeconds must be smaller than TimeoutSeconds');
  }
  return { timeout, heartbeat };
};

/** A token says which attempt of which state it is for, and looks like nothing in particular, as AWS's do. */
const tokenFor = (visit: Visit<TaskState>): string => {
  const content = `token ${visit.run.execution.arn} ${visit.enteredEventId} ${visit.retryCount}`;
  return createHash('sha512').update(content).digest('base64');
};

/** Resolves with the first of: the task's answer, its timeout, its missed heartbeat. It is cut with its lane. */
const awaitAnswer = (visit: Visit<TaskState>, args: unknown, limits: Limits): Promise<Answer> =>
  new Promise((resolve) => {
    const { run, state, lane } = visit;
    const controller = new AbortController();
    let isOpen = true;

    const close = (): void => {
      isOpen = false;
      forget();
      timeout?.cancel();
      heartbeat?.cancel();
    };
    const cut = (reason: TaskCut): void => {
      close();
      controller.abort(reason);
    };
    const answer = (given: Answer): void => {
      if (!isOpen) return;
      close();
      resolve(given);
    };
    const expire = (alias?: 'States.HeartbeatTimeout') => (): void => {
      cut('task-timed-out');
      // Neither timeout has a cause on AWS, and a missed heartbeat is called States.Timeout too.
      resolve({ kind: 'timeout', failure: new StateFailure('States.Timeout', undefined, alias) });
    };
    const beat = () =>
      limits.heartbeat === undefined
        ? undefined
        : run.clock.after(limits.heartbeat * 1_000, expire('States.HeartbeatTimeout'));

    const forget = lane.onCut(cut);
    const timeout = limits.timeout === undefined ? undefined : run.clock.after(limits.timeout * 1_000, expire());
    let heartbeat = beat();

    const request: TaskRequest = {
      resource: state.resource.arn,
      arguments: args,
      stateName: state.name,
      execution: run.execution,
      taskToken: visit.taskToken,
      signal: controller.signal,
      submitted: (output) => {
        if (isOpen) recordSubmitted(visit, output);
      },
      heartbeat: () => {
        if (!isOpen) return;
        heartbeat?.cancel();
        heartbeat = beat();
      },
    };
    const started = async (): Promise<unknown> => run.runTask(request);
    started().then(
      (result) => answer(resultOf(visit, result)),
      (error) => answer({ kind: 'failure', failure: failureOf(visit, error) }),
    );
  });

/** It comes from outside the lane: if it ends the execution (25,000 events), that is not the caller's concern. */
const recordSubmitted = (visit: Visit<TaskState>, output: unknown): void => {
  const { type: resourceType, action: resource } = visit.state.resource;
  try {
    visit.record({
      type: 'TaskSubmitted',
      taskSubmittedEventDetails: { resourceType, resource, output: JSON.stringify(output), outputDetails: whole },
    });
  } catch (error) {
    if (!(error instanceof LaneCut)) throw error;
  }
};

const resultOf = (visit: Visit<TaskState>, result: unknown): Answer => {
  const value = result === undefined ? null : toJson(result);
  if (value === notJson) {
    const failure = visit.failure('States.Runtime', 'The task answered with something that is not JSON.');
    return { kind: 'failure', failure };
  }
  const payload = new Payload(value);
  return payload.isTooLarge
    ? { kind: 'failure', failure: dataLimitExceeded(visit.state.resource.type) }
    : { kind: 'result', payload };
};

/** Anything but a TaskError is a fault of the room that runs the tasks: it ends the execution, and no Catch hides it. */
const failureOf = (visit: Visit<TaskState>, error: unknown): StateFailure =>
  error instanceof TaskError
    ? new StateFailure(error.error, error.cause)
    : visit.failure('States.Runtime', `The task could not be run. ${String(error)}`);
