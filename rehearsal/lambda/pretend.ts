/** What the preload of a worker lets the worker's runtime do with the bundle's time. */
export interface Pretend {
  /** A new invocation begins at this instant (milliseconds since the epoch), with randomness of its own. */
  begin(instant: number, seed: string): void;
  /** Time has moved on; timers that are due run, in order. */
  wake(instant: number): void;
  /** Calls back, once, when no request is in flight: at once if none is. */
  afterRequests(callback: () => void): void;
  /** Node does something real for the bundle besides requests. */
  isNodeBusy(): boolean;
  /** When the next timer is due; undefined when the bundle waits for none. */
  nextTimerAt(): number | undefined;
  /** A frozen environment is thawed without the timers of the invocation before. */
  forgetTimers(): void;
}

export const pretendKey = Symbol.for('eks-ami-rollout.rehearsal.pretend');

/** From the host to a worker. */
export type ToWorker =
  | { kind: 'invoke'; event: unknown; context: InvocationContext; instant: number; seed: string }
  | { kind: 'wake'; instant: number };

/** From a worker to its host. */
export type FromWorker =
  | { kind: 'loaded' }
  | { kind: 'not-loaded'; error: FunctionError }
  | { kind: 'answered'; payload: unknown }
  | { kind: 'failed'; error: FunctionError }
  /** The bundle waits for its own timers; undefined: for nothing that could ever happen. */
  | { kind: 'asleep'; until: number | undefined };

/** As Lambda reports an error a handler has thrown. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace: string[];
}

export interface InvocationContext {
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  /** Milliseconds since the epoch at which Lambda ends the invocation. */
  deadline: number;
}

export interface WorkerSettings {
  bundle: string;
  handler: string;
  instant: number;
  seed: string;
}
