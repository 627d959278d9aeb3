/** Step Functions' API over the executions (Step Functions API reference). */
import type * as client from '@aws-sdk/client-sfn';
import type { Clock } from '../clock/pretend-clock.ts';
import {
  type Definition,
  DefinitionError,
  type Execution,
  parseDefinition,
  TaskError,
} from '../state-machines/index.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import { type Executions, isName, type KeptMachine, StartRefused, type WaitingTask } from './executions.ts';
import { pageOf } from './paging.ts';

const badToken = (): Error => new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");

export const statesOperations = (
  executions: Executions,
  clock: Clock,
  account: { arn(service: string, resource: string): string },
): Operations<typeof client> => {
  const executionNamed = (arn: string): Execution => {
    const execution = executions.find(arn);
    if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  };
  const machineNamed = (arn: string): KeptMachine => {
    const machine = executions.machine(arn);
    if (machine === undefined) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  };

  const taskOf = (taskToken: string): WaitingTask => {
    const task = executions.waiting(taskToken);
    if (task === undefined) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    if (task === 'over') throw new AwsError('TaskTimedOut', 'Task Timed Out: the task is not waiting any more');
    return task;
  };

  return {
    SendTaskSuccess: ({ taskToken, output }) => {
      const task = taskOf(taskToken);
      executions.forget(taskToken);
      task.resolve(outputOf(output ?? ''));
      return {};
    },

    SendTaskFailure: ({ taskToken, error, cause }) => {
      const task = taskOf(taskToken);
      executions.forget(taskToken);
      task.reject(new TaskError(error ?? 'States.TaskFailed', cause ?? ''));
      return {};
    },

    SendTaskHeartbeat: ({ taskToken }) => {
      taskOf(taskToken).heartbeat();
      return {};
    },

    CreateStateMachine: ({ name, definition, roleArn, type }) => {
      if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
      if (type === 'EXPRESS') throw new AwsError('ValidationException', 'Express workflows are not played here');
      const arn = account.arn('states', `stateMachine:${name}`);
      const present = executions.machine(arn);
      if (present !== undefined) {
        // Created again with the same properties it is the same one (Step Functions API reference, CreateStateMachine).
        if (present.text === definition) return { stateMachineArn: arn, creationDate: present.createdAt };
        throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
      }
      const createdAt = new Date(clock.now);
      executions.addMachine({ arn, name, roleArn, text: definition, createdAt, definition: parsed(definition, name) });
      return { stateMachineArn: arn, creationDate: createdAt };
    },

    DeleteStateMachine: ({ stateMachineArn }) => executions.removeMachine(stateMachineArn),

    StartExecution: ({ stateMachineArn, name, input }) => {
      // The clock stands still while a request is served, so what begins here runs on in the microtasks that follow.
      const started = refusing(() => executions.start(stateMachineArn, name, input ?? '{}'));
      return { executionArn: started.arn, startDate: started.startDate };
    },

    DescribeExecution: ({ executionArn }) => describe(executionNamed(executionArn)),

    StopExecution: ({ executionArn, error, cause }) => {
      const execution = executionNamed(executionArn);
      execution.stop(error, cause);
      return { stopDate: execution.stopDate ?? new Date(clock.now) };
    },

    ListExecutions: ({ stateMachineArn, statusFilter, maxResults, nextToken }) => {
      if (stateMachineArn === undefined)
        throw new AwsError('ValidationException', 'Exactly one of stateMachineArn and mapRunArn must be given.');
      const machine = machineNamed(stateMachineArn);
      const found = executions.all
        .filter((execution) => execution.machine.arn === machine.arn)
        .filter((execution) => statusFilter === undefined || execution.status === statusFilter)
        .reverse();
      const page = pageOf(found, { token: nextToken, size: maxResults || 100, onBadToken: badToken });
      return {
        executions: page.items.map((execution) => ({
          executionArn: execution.arn,
          stateMachineArn: machine.arn,
          name: execution.name,
          status: execution.status,
          startDate: execution.startDate,
          ...(execution.stopDate === undefined ? {} : { stopDate: execution.stopDate }),
        })),
        nextToken: page.nextToken,
      };
    },

    GetExecutionHistory: ({ executionArn, reverseOrder, maxResults, nextToken }) => {
      const { history } = executionNamed(executionArn);
      const ordered = reverseOrder === true ? [...history].reverse() : history;
      const page = pageOf(ordered, { token: nextToken, size: maxResults || 100, onBadToken: badToken });
      return { events: page.items, nextToken: page.nextToken };
    },

    ListStateMachines: ({ maxResults, nextToken }) => {
      const page = pageOf(executions.machines, { token: nextToken, size: maxResults || 100, onBadToken: badToken });
      return {
        stateMachines: page.items.map((machine) => ({
          stateMachineArn: machine.arn,
          name: machine.name,
          type: 'STANDARD' as const,
          creationDate: machine.createdAt,
        })),
        nextToken: page.nextToken,
      };
    },

    DescribeStateMachine: ({ stateMachineArn }) => {
      const machine = machineNamed(stateMachineArn);
      return {
        stateMachineArn: machine.arn,
        name: machine.name,
        status: 'ACTIVE',
        definition: machine.text,
        roleArn: machine.roleArn,
        type: 'STANDARD',
        creationDate: machine.createdAt,
      };
    },
  };
};

const outputOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('InvalidOutput', `Invalid Output: '${text.slice(0, 100)}' is not JSON`);
  }
};

const parsed = (definition: string, name: string): Definition => {
  try {
    return parseDefinition(definition, name);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${error.message}'`);
  }
};

const refusing = <Result>(run: () => Result): Result => {
  try {
    return run();
  } catch (error) {
    throw error instanceof StartRefused ? new AwsError(error.code, error.message) : error;
  }
};

const describe = (execution: Execution): client.DescribeExecutionOutput => ({
  executionArn: execution.arn,
  stateMachineArn: execution.machine.arn,
  name: execution.name,
  status: execution.status,
  startDate: execution.startDate,
  ...(execution.stopDate === undefined ? {} : { stopDate: execution.stopDate }),
  input: execution.input,
  inputDetails: { included: true },
  ...(execution.output === undefined ? {} : { output: execution.output, outputDetails: { included: true } }),
  ...(execution.error === undefined ? {} : { error: execution.error }),
  ...(execution.cause === undefined ? {} : { cause: execution.cause }),
  redriveCount: execution.redriveCount,
  redriveStatus: 'NOT_REDRIVABLE',
});
