import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { HolderStatus } from '../../core/lease/lease.ts';
import type { Executions } from '../../core/ports.ts';
import { calling, callingUnless } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

export const sfnExecutions = (sfn = new SFNClient(clientSettings)): Executions => ({
  status: async (executionArn): Promise<HolderStatus> => {
    const described = await callingUnless<HolderStatus, HolderStatus>(
      `states:DescribeExecution ${executionArn}`,
      async () => {
        const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? 'alive' : 'ended';
      },
      // Step Functions forgets executions 90 days after they ended.
      { ExecutionDoesNotExist: () => 'ended' },
    ).catch((): HolderStatus => 'unknown');
    return described;
  },

  start: (machineArn, name, input) =>
    callingUnless(
      `states:StartExecution ${name}`,
      async () => {
        const started = await sfn.send(
          new StartExecutionCommand({ stateMachineArn: machineArn, name, input: JSON.stringify(input) }),
        );
        return { arn: started.executionArn ?? '' };
      },
      { ExecutionAlreadyExists: () => ({ arn: executionArn(machineArn, name) }) },
    ),

  isRunning: async (machineArn) => {
    const page = await calling('states:ListExecutions', () =>
      sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn, statusFilter: 'RUNNING', maxResults: 1 })),
    );
    return (page.executions ?? []).length > 0;
  },

  wake: (token) =>
    callingUnless(
      'states:SendTaskSuccess',
      async () => {
        await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
      },
      // It was woken, or its time was up.
      { TaskTimedOut: () => undefined, TaskDoesNotExist: () => undefined, InvalidToken: () => undefined },
    ),
});

/** `arn:…:stateMachine:NAME[:VERSION]` and an execution's name make `arn:…:execution:NAME:EXECUTION`. */
const executionArn = (machineArn: string, name: string): string => {
  const parts = machineArn.split(':');
  return [...parts.slice(0, 5), 'execution', parts[6], name].join(':');
};
