/** Plays a case on the embedded engine. */

import { PretendClock } from '../../../rehearsal/clock/pretend-clock.ts';
import {
  type Execution,
  parseDefinition,
  type RunTask,
  startExecution,
  TaskError,
  type TaskRequest,
} from '../../../rehearsal/state-machines/index.ts';
import type { Answer, Case } from './case.ts';

export const startOfTime = Date.parse('2026-08-20T09:00:00.000Z');

export interface Attempt {
  readonly state: string;
  readonly seconds: number;
  readonly arguments: unknown;
  readonly taskToken: string | undefined;
}

export interface Played {
  readonly execution: Execution;
  readonly children: readonly Execution[];
  readonly attempts: readonly Attempt[];
  readonly cuts: readonly { readonly state: string; readonly reason: string }[];
}

/** @throws DefinitionError */
export const play = async (played: Case): Promise<Played> => {
  const clock = new PretendClock(startOfTime);
  const definition = parseDefinition(JSON.stringify(played.definition), 'machine');
  const executions: Execution[] = [];
  const attempts: Attempt[] = [];
  const cuts: { state: string; reason: string }[] = [];
  const runTask: RunTask = (request) => {
    const answers = played.tasks[request.stateName] ?? [];
    const before = attempts.filter(({ state }) => state === request.stateName).length;
    attempts.push({
      state: request.stateName,
      seconds: (clock.now - startOfTime) / 1_000,
      arguments: request.arguments,
      taskToken: request.taskToken,
    });
    request.signal.addEventListener('abort', () =>
      cuts.push({ state: request.stateName, reason: String(request.signal.reason) }),
    );
    const answer = answers[Math.min(before, answers.length - 1)];
    if (answer === undefined) throw new Error(`no answer for ${request.stateName}`);
    return answered(clock, request, answer);
  };
  clock.at(startOfTime, () => {
    startExecution({
      clock,
      machine: {
        arn: 'arn:aws:states:us-east-1:111122223333:stateMachine:machine',
        name: 'machine',
        roleArn: 'arn:aws:iam::111122223333:role/machine',
        definition,
      },
      name: 'one',
      executionArn: 'arn:aws:states:us-east-1:111122223333:execution:machine:one',
      input: JSON.stringify(played.input),
      runTask,
      seed: 'case',
      onStart: (execution) => executions.push(execution),
    });
  });
  const { stop } = played;
  if (stop !== undefined) {
    clock.at(startOfTime + stop.at * 1_000, () => executions[0]?.stop(stop.error, stop.cause));
  }
  await clock.run();
  const [execution, ...children] = executions;
  if (execution === undefined) throw new Error('nothing was started');
  return { execution, children, attempts, cuts };
};

const answered = async (clock: PretendClock, request: TaskRequest, answer: Answer): Promise<unknown> => {
  if (answer.submitted !== undefined) request.submitted(answer.submitted);
  for (const beat of answer.beats) clock.after(beat * 1_000, () => request.heartbeat());
  if (answer.never) return new Promise(() => {});
  if (answer.after > 0) await new Promise<void>((resolve) => clock.after(answer.after * 1_000, resolve));
  if (answer.error !== undefined) throw new TaskError(answer.error, answer.cause);
  if (answer.echo) return request.arguments;
  if (answer.bytes !== undefined) return answer.of.repeat((answer.bytes - 2) / Buffer.byteLength(answer.of));
  return answer.result;
};
