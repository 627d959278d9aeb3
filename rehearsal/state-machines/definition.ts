/**
 * A state machine as the engine plays it: every field checked, every expression compiled.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
 */

import type { Template } from './templates.ts';

/** The states of a machine, of a branch, or of an item processor; they go only to each other. */
export interface Flow {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface Definition extends Flow {
  readonly name: string;
  readonly comment?: string;
  /** After this long the execution ends TIMED_OUT. */
  readonly timeoutSeconds?: number;
}

export type Transition = { readonly go: 'next'; readonly to: string } | { readonly go: 'end' };

/** Variables a state assigns, in the order of the definition. */
export type Assign = readonly (readonly [string, Template])[];

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  /** Retries, not attempts: 0 never tries again. */
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  /** FULL waits a random time between nothing and the delay. */
  readonly jitterStrategy: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string;
  readonly output?: Template;
  readonly assign?: Assign;
}

interface Named {
  readonly name: string;
}

interface WithOutput extends Named {
  readonly output?: Template;
}

interface Going extends WithOutput {
  readonly assign?: Assign;
  readonly transition: Transition;
}

interface Guarded extends Going {
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

export interface PassState extends Going {
  readonly type: 'Pass';
}

/** How a task ends: with its answer, with the end of the job it started, or with its token sent back. */
export type IntegrationPattern = 'request-response' | 'sync' | 'wait-for-task-token';

export interface TaskResource {
  readonly arn: string;
  /** `lambda`, `states`, `aws-sdk:eks`; `resourceType` in the history. */
  readonly type: string;
  /** `invoke`, `startExecution.sync:2`; `resource` in the history. */
  readonly action: string;
  readonly pattern: IntegrationPattern;
}

export interface TaskState extends Guarded {
  readonly type: 'Task';
  readonly resource: TaskResource;
  readonly arguments?: Template;
  readonly timeoutSeconds?: Template;
  readonly heartbeatSeconds?: Template;
}

export interface ChoiceRule {
  readonly condition: Template;
  readonly next: string;
  readonly output?: Template;
  readonly assign?: Assign;
}

export interface ChoiceState extends WithOutput {
  readonly type: 'Choice';
  readonly choices: readonly ChoiceRule[];
  readonly default?: string;
  readonly assign?: Assign;
}

export interface WaitState extends Going {
  readonly type: 'Wait';
  readonly until:
    | { readonly field: 'Seconds'; readonly seconds: Template }
    | { readonly field: 'Timestamp'; readonly timestamp: Template };
}

export interface SucceedState extends WithOutput {
  readonly type: 'Succeed';
}

export interface FailState extends Named {
  readonly type: 'Fail';
  readonly error?: Template;
  readonly cause?: Template;
}

export interface ParallelState extends Guarded {
  readonly type: 'Parallel';
  readonly branches: readonly Flow[];
  readonly arguments?: Template;
}

export interface MapState extends Guarded {
  readonly type: 'Map';
  readonly mode: MapMode;
  readonly processor: Flow;
  readonly items?: Template;
  readonly itemSelector?: Template;
  readonly maxConcurrency?: Template;
}

export type MapMode =
  | { readonly kind: 'inline' }
  | {
      /** Each item is an execution of its own. */
      readonly kind: 'distributed';
      /** Part of the children's ARNs. */
      readonly label: string;
      readonly toleratedFailureCount?: Template;
      readonly toleratedFailurePercentage?: Template;
    };

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

/** What AWS keeps of a state machine beside its definition. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: Definition;
}
