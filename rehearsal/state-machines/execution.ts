/** An execution of a Standard workflow, on the pretend clock. */

import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Clock, Scheduled } from '../clock/pretend-clock.ts';
import type { StateMachine } from './definition.ts';
import { InvalidExecutionInput, StateFailure } from './errors.ts';
import { errorDetails, History, historyFull, type NewEvent, whole } from './history.ts';
import { type CutReason, Lane, LaneCut } from './lane.ts';
import { dataLimitExceeded, Payload } from './payload.ts';
import { Random } from './random.ts';
import type { Execution, ExecutionStatus, MapRun, Run, RunTask, Surroundings } from './run.ts';
import { runFlow } from './run-flow.ts';
import { Scope } from './scope.ts';
import { turnOn } from './turn.ts';

export interface StartExecution {
  readonly clock: Clock;
  readonly machine: StateMachine;
  /** At most 80 characters; whether it is still free is the caller's to know. */
  readonly name: string;
  /** `arn:aws:states:<region>:<account>:execution:<machine>:<name>` */
  readonly executionArn: string;
  /** JSON text; `{}` if left out. */
  readonly input?: string;
  readonly runTask: RunTask;
  /** The same seed, definition and answers give the same history, to the byte. */
  readonly seed: string;
  readonly redriveCount?: number;
  /** Told of every execution that starts: this one, and the children of its Distributed Maps. */
  readonly onStart?: (execution: Execution) => void;
  /** Told when one of those has ended, in the same instant. */
  readonly onEnd?: (execution: Execution) => void;
  /** Why the role of this execution's machine may not start children of a Distributed Map. Left out: it may. */
  readonly mapRunRefusal?: (execution: Execution, label: string) => string | undefined;
  /** Told of each state that is entered, before it does anything. It may stop the execution there. */
  readonly onStateEntered?: (execution: Execution, stateName: string) => void;
}

/**
 * Starts an execution. ExecutionStarted is recorded before it returns; the first state is entered right after, in
 * microtasks. Call it inside an action of the clock.
 *
 * @throws InvalidExecutionInput
 */
export const startExecution = (options: StartExecution): Execution => {
  const input = readInput(options.input ?? '{}');
  return new RunningExecution(options, input, undefined);
};

/** The text stays as it was given; only its value is read. */
const readInput = (text: string): Payload => {
  let input: Payload;
  try {
    input = new Payload(JSON.parse(text), text);
  } catch (error) {
    throw new InvalidExecutionInput(`Invalid State Machine Execution Input: ${String(error)}`);
  }
  if (input.isTooLarge) throw new InvalidExecutionInput('the input is longer than 262144 bytes');
  return input;
};

/** The Map Run a child execution belongs to, and who waits for it there. */
interface Parent {
  readonly mapRunArn: string;
  readonly onEnd: () => void;
}

class RunningExecution implements Execution, Run {
  readonly arn: string;
  readonly name: string;
  readonly machine: StateMachine;
  readonly startDate: Date;
  readonly input: string;
  readonly redriveCount: number;
  readonly mapRunArn: string | undefined;
  readonly mapRuns: MapRun[] = [];
  readonly ended: Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly runTask: RunTask;
  readonly context: Run['context'];
  readonly execution: Execution = this;
  status: ExecutionStatus = 'RUNNING';
  stopDate: Date | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  transitions = 0;
  readonly #options: StartExecution;
  readonly #parent: Parent | undefined;
  readonly #history: History;
  readonly #lane: Lane;
  readonly #deadline: Scheduled | undefined;
  #resolveEnded: () => void = () => {};

  constructor(options: StartExecution, input: Payload, parent: Parent | undefined) {
    const { clock, machine } = options;
    const { timeoutSeconds } = machine.definition;
    this.arn = options.executionArn;
    this.name = options.name;
    this.machine = machine;
    this.startDate = new Date(clock.now);
    this.input = input.text;
    this.redriveCount = options.redriveCount ?? 0;
    this.mapRunArn = parent?.mapRunArn;
    this.clock = clock;
    this.random = new Random(`${options.seed} ${options.executionArn}`);
    this.runTask = options.runTask;
    this.#options = options;
    this.#parent = parent;
    this.#history = new History(clock);
    // The first state follows event 0, not ExecutionStarted: so AWS has it.
    this.#lane = new Lane(clock, turnOn(clock), 0);
    this.context = {
      Execution: {
        Id: this.arn,
        Input: input.value,
        Name: this.name,
        RoleArn: machine.roleArn,
        StartTime: this.startDate.toISOString(),
        RedriveCount: this.redriveCount,
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
    };
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#history.add(
      {
        type: 'ExecutionStarted',
        executionStartedEventDetails: { input: input.text, inputDetails: whole, roleArn: machine.roleArn },
      },
      0,
    );
    this.#deadline =
      timeoutSeconds === undefined ? undefined : clock.after(timeoutSeconds * 1_000, () => this.#timeOut());
    options.onStart?.(this);
    this.#lane.start(() => this.#run(input));
  }

  get history(): readonly HistoryEvent[] {
    return this.#history.events;
  }

  stop(error?: string, cause?: string): void {
    if (this.status !== 'RUNNING') return;
    const failure = new StateFailure(error, cause);
    this.#history.add({ type: 'ExecutionAborted', executionAbortedEventDetails: errorDetails(failure) }, 0);
    this.error = failure.error;
    this.cause = failure.cause;
    this.#end('ABORTED', 'execution-stopped');
  }

  record(lane: Lane, event: NewEvent): number {
    const id = this.recordAside(lane, event);
    lane.previousEventId = id;
    return id;
  }

  recordAside(lane: Lane, event: NewEvent, previousEventId = lane.previousEventId): number {
    lane.check();
    if (this.#history.isFull) {
      this.#fail(new StateFailure('States.Runtime', historyFull), lane.previousEventId);
      throw new LaneCut();
    }
    const id = this.#history.add(event, previousEventId);
    const entered = event.stateEnteredEventDetails?.name;
    if (entered !== undefined) this.#options.onStateEntered?.(this, entered);
    return id;
  }

  countTransition(): void {
    this.transitions += 1;
  }

  runFlow(flow: Parameters<Run['runFlow']>[0], input: Payload, surroundings: Surroundings): Promise<Payload> {
    return runFlow(this, flow, input, surroundings);
  }

  startMapRun(run: MapRun): void {
    this.mapRuns.push(run);
  }

  mapRunRefusal(label: string): string | undefined {
    return this.#options.mapRunRefusal?.(this, label);
  }

  /** arn:aws:states:<region>:<account>:execution:<machine>/<label>:<name> (Service Authorization Reference). */
  startChild({ mapRunArn, label, name, flow, input, onEnd }: Parameters<Run['startChild']>[0]): Execution {
    const [arn, partition, service, region, account, , machineName] = this.arn.split(':');
    const labelled = `${machineName}/${label}`;
    const arnOf = (...rest: string[]): string => [arn, partition, service, region, account, ...rest].join(':');
    const machine: StateMachine = {
      arn: arnOf('stateMachine', labelled),
      name: labelled,
      roleArn: this.machine.roleArn,
      definition: { name: labelled, ...flow },
    };
    const { clock, runTask, seed, onStart, onEnd: onAnyEnd, onStateEntered, mapRunRefusal } = this.#options;
    const options: StartExecution = {
      clock,
      machine,
      name,
      executionArn: arnOf('execution', labelled, name),
      runTask,
      seed,
      ...(onStart !== undefined && { onStart }),
      ...(onAnyEnd !== undefined && { onEnd: onAnyEnd }),
      ...(onStateEntered !== undefined && { onStateEntered }),
      ...(mapRunRefusal !== undefined && { mapRunRefusal }),
    };
    return new RunningExecution(options, input, { mapRunArn, onEnd });
  }

  async #run(input: Payload): Promise<void> {
    const surroundings: Surroundings = { lane: this.#lane, scope: new Scope(), item: undefined };
    try {
      const output = await runFlow(this, this.machine.definition, input, surroundings);
      if (output.isTooLarge) throw dataLimitExceeded(this.machine.name);
      this.#succeed(output);
    } catch (failure) {
      if (!(failure instanceof StateFailure)) throw failure;
      this.#fail(failure, this.#lane.previousEventId);
    }
  }

  #succeed(output: Payload): void {
    this.#history.add(
      {
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: output.text, outputDetails: whole },
      },
      this.#lane.previousEventId,
    );
    this.output = output.text;
    this.#end('SUCCEEDED', 'execution-stopped');
  }

  #fail(failure: StateFailure, previousEventId: number): void {
    const event: NewEvent = { type: 'ExecutionFailed', executionFailedEventDetails: errorDetails(failure) };
    this.#history.add(event, previousEventId);
    this.error = failure.error;
    this.cause = failure.cause;
    this.#end('FAILED', 'execution-failed');
  }

  /** DescribeExecution then shows neither error nor cause; only the event names States.Timeout. */
  #timeOut(): void {
    const details = { error: 'States.Timeout' };
    this.#history.add({ type: 'ExecutionTimedOut', executionTimedOutEventDetails: details }, 0);
    this.#end('TIMED_OUT', 'execution-timed-out');
  }

  #end(status: ExecutionStatus, reason: CutReason): void {
    this.status = status;
    this.stopDate = new Date(this.clock.now);
    this.#deadline?.cancel();
    this.#lane.cut(reason);
    this.#options.onEnd?.(this);
    this.#parent?.onEnd();
    this.#resolveEnded();
  }
}
