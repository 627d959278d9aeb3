/**
 * What can go wrong in a state machine, and which Retrier or Catcher finds it.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */

/** A definition AWS would refuse to create, or one that asks for something this engine does not play. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  /** Where it stands, as AWS writes it: `/States/Swap/Retry[0]/MaxAttempts`. */
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.path = path;
  }
}

/** An input that StartExecution refuses: not JSON, or longer than 256 KiB. */
export class InvalidExecutionInput extends Error {
  override readonly name = 'InvalidExecutionInput';
}

/** What a task's resource answers instead of a result: an error name a machine can match, and why. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly error: string;
  override readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.error = error;
    this.cause = cause;
  }
}

/** API_ExecutionFailedEventDetails: 256 characters of error, 32,768 of cause; what is longer is cut. */
const longestError = 256;
const longestCause = 32_768;

/** The error a state reports. Neither name nor cause need be there: a Fail state may have none. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  /**
   * A second name by which it can be found. A missed heartbeat is recorded as States.Timeout, and is matched by
   * States.HeartbeatTimeout too.
   */
  readonly alias: 'States.HeartbeatTimeout' | undefined;

  constructor(error: string | undefined, cause: string | undefined, alias?: 'States.HeartbeatTimeout') {
    super(`${error}: ${cause}`);
    this.error = error?.slice(0, longestError);
    this.cause = cause?.slice(0, longestCause);
    this.alias = alias;
  }
}

/** Names under `States.` that AWS reports or reserves; a definition that lists another one has a typing mistake. */
export const errorNames: ReadonlySet<string> = new Set([
  'States.ALL',
  'States.BranchFailed',
  'States.DataLimitExceeded',
  'States.ExceedToleratedFailureThreshold',
  'States.HeartbeatTimeout',
  'States.Http.Socket',
  'States.IntrinsicFailure',
  'States.ItemReaderFailed',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.Permissions',
  'States.QueryEvaluationError',
  'States.ResultPathMatchFailure',
  'States.ResultWriterFailed',
  'States.Runtime',
  'States.TaskFailed',
  'States.Timeout',
]);

/**
 * Whether an ErrorEquals list names the failure.
 *
 * States.Runtime is neither retried nor caught, whatever is listed. States.DataLimitExceeded is terminal: the page says
 * that States.ALL does not catch it, so only its own name does here. (A recording of AWS from March 2024 shows
 * States.ALL catching a Lambda's too large answer; the page is the stricter of the two.) States.TaskFailed stands for
 * every error but States.Timeout.
 */
export const isNamedBy = (errorEquals: readonly string[], failure: StateFailure): boolean => {
  const { error, alias } = failure;
  if (error === 'States.Runtime') return false;
  return errorEquals.some((listed) => {
    if (listed === error || (alias !== undefined && listed === alias)) return true;
    if (error === 'States.DataLimitExceeded') return false;
    return listed === 'States.ALL' || (listed === 'States.TaskFailed' && error !== 'States.Timeout');
  });
};
