/** The room's door: what the rest of the embedded AWS uses of the state machine engine. */

export type { Definition, StateMachine } from './definition.ts';
export { DefinitionError, InvalidExecutionInput, TaskError } from './errors.ts';
export { type StartExecution, startExecution } from './execution.ts';
export { parseDefinition } from './parse-definition.ts';
export type { Execution, ExecutionStatus, MapRun, RunTask, TaskCut, TaskRequest } from './run.ts';
