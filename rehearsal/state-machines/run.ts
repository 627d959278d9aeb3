/** What the states of a running execution ask of it, and what the engine asks of the rooms around it. */

import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Clock } from '../clock/pretend-clock.ts';
import type { Flow, StateMachine } from './definition.ts';
import type { NewEvent } from './history.ts';
import type { CutReason, Lane } from './lane.ts';
import type { Payload } from './payload.ts';
import type { Random } from './random.ts';
import type { Scope } from './scope.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** An execution as DescribeExecution and GetExecutionHistory show it. It changes only while the clock runs. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: StateMachine;
  readonly status: ExecutionStatus;
  readonly startDate: Date;
  readonly stopDate: Date | undefined;
  /** JSON text, as it was given. */
  readonly input: string;
  /** JSON text; only of a SUCCEEDED execution. */
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly redriveCount: number;
  /** The Map Run whose child this execution is. */
  readonly mapRunArn: string | undefined;
  /** The Map Runs it started, in order. */
  readonly mapRuns: readonly MapRun[];
  readonly history: readonly HistoryEvent[];
  /** As AWS bills them: one for each state entered, and one for each retry. */
  readonly transitions: number;
  /** StopExecution: ends it ABORTED, at once. Does nothing when it has ended. */
  stop(error?: string, cause?: string): void;
  /** Resolves when it has ended, however it has. */
  readonly ended: Promise<void>;
}

/** One run of a Distributed Map, as DescribeMapRun shows it. */
export interface MapRun {
  readonly arn: string;
  readonly execution: Execution;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  readonly startDate: Date;
  readonly stopDate: Date | undefined;
  /** 0 where the definition sets none. */
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
  /** How many items there are; `children` holds those that were started. */
  readonly itemCount: number;
  readonly children: readonly Execution[];
}

/** One attempt of a Task state. */
export interface TaskRequest {
  /** As the definition has it: `arn:aws:states:::lambda:invoke`. */
  readonly resource: string;
  /** JSON; not to be changed. */
  readonly arguments: unknown;
  readonly stateName: string;
  readonly execution: Execution;
  /** Only of a `.waitForTaskToken` resource: the task ends when this comes back. */
  readonly taskToken: string | undefined;
  /**
   * Aborted when nobody waits for the task any more, with the reason (a TaskCut). Whoever started a job for a `.sync`
   * resource stops it then; what the task answers later is not heard.
   */
  readonly signal: AbortSignal;
  /** A `.sync` or `.waitForTaskToken` resource has accepted the job: records TaskSubmitted with its answer. */
  submitted(output: unknown): void;
  /** The task is alive: HeartbeatSeconds begins anew. */
  heartbeat(): void;
}

/** Why a task was given up. */
export type TaskCut = CutReason | 'task-timed-out';

/**
 * Does the work of a Task state. It resolves with the task's JSON answer or rejects with a TaskError, either inside an
 * action of the clock or in microtasks that follow one.
 */
export type RunTask = (request: TaskRequest) => Promise<unknown>;

/** The item an iteration of an inline Map works on, as the context object shows it. */
export interface MapItem {
  readonly Index: number;
  readonly Value: unknown;
}

/** Where a flow runs. */
export interface Surroundings {
  readonly lane: Lane;
  readonly scope: Scope;
  readonly item: MapItem | undefined;
}

export interface Run {
  readonly clock: Clock;
  readonly random: Random;
  readonly machine: StateMachine;
  readonly execution: Execution;
  readonly runTask: RunTask;
  /** The `Execution` and `StateMachine` of the context object. */
  readonly context: { readonly Execution: object; readonly StateMachine: object };
  /** Records an event behind the lane's last one, which it then is. Throws LaneCut where nothing may be recorded. */
  record(lane: Lane, event: NewEvent): number;
  /** Records an event that the lane's next one does not follow. */
  recordAside(lane: Lane, event: NewEvent, previousEventId?: number): number;
  countTransition(): void;
  /** Runs a flow to its end. @throws StateFailure */
  runFlow(flow: Flow, input: Payload, surroundings: Surroundings): Promise<Payload>;
  startMapRun(run: MapRun): void;
  /** Why the role of the state machine may not run its own children; undefined: it may. */
  mapRunRefusal(label: string): string | undefined;
  /** Starts a child execution of a Map Run. */
  startChild(options: {
    readonly mapRunArn: string;
    readonly label: string;
    readonly name: string;
    readonly flow: Flow;
    readonly input: Payload;
    readonly onEnd: () => void;
  }): Execution;
}
