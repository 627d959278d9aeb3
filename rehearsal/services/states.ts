/** Step Functions' API over the executions (Step Functions API reference). */
import type * as client from '@aws-sdk/client-sfn';
import type { Clock } from '../clock/pretend-clock.ts';
import type { Execution, StateMachine } from '../state-machines/index.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import { type Executions, StartRefused } from './executions.ts';
import { pageOf } from './paging.ts';

const badToken = (): Error => new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");

export const statesOperations = (
  executions: Executions,
  clock: Clock,
  definitionOf: (machine: StateMachine) => string,
): Operations<typeof client> => {
  const deployedAt = new Date(clock.now);
  const executionNamed = (arn: string): Execution => {
    const execution = executions.find(arn);
    if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  };
  const machineNamed = (arn: string): StateMachine => {
    const machine = executions.machine(arn);
    if (machine === undefined) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  };

  return {
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
          creationDate: deployedAt,
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
        definition: definitionOf(machine),
        roleArn: machine.roleArn,
        type: 'STANDARD',
        creationDate: deployedAt,
      };
    },
  };
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
