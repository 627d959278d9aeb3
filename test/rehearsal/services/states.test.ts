/** Step Functions' API: which execution a name stands for, and what stopping one does. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  paginateListExecutions,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import { beginEmbeddedAws, pass, strangersOf } from '../../adapters/embedded.ts';

const roleArn = 'arn:aws:iam::111122223333:role/any';

/** Waits for a minute. */
const waits = { QueryLanguage: 'JSONata', StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } };

const begin = async () => {
  const aws = await beginEmbeddedAws();
  const { sfn } = strangersOf(aws);
  const create = async (name: string, definition: unknown): Promise<string> => {
    const asked = new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn });
    return (await sfn.send(asked)).stateMachineArn ?? '';
  };
  const stateMachineArn = await create('waits', waits);
  const start = (name?: string, input?: string, machine = stateMachineArn) =>
    sfn.send(new StartExecutionCommand({ stateMachineArn: machine, name, input }));
  const read = (executionArn?: string) => sfn.send(new DescribeExecutionCommand({ executionArn }));
  return { aws, sfn, stateMachineArn, create, start, read };
};

describe('StartExecution', () => {
  /** Step Functions API reference, StartExecution: idempotent for Standard workflows while the execution runs. */
  test('of one name and input is one execution while it runs', async () => {
    const { aws, start } = await begin();
    const started = await start('one', '{"a": 1}');
    await pass(aws, 30);
    expect(await start('one', '{"a":1}')).toMatchObject({
      executionArn: started.executionArn,
      startDate: started.startDate,
    });
    expect(aws.executions.all).toHaveLength(1);
  });

  test('of that name is refused with another input, and with any when it has ended', async () => {
    const { aws, start } = await begin();
    const refused = { name: 'ExecutionAlreadyExists' };
    const { executionArn } = await start('one', '{"a": 1}');
    await expect(start('one', '{"a": 2}')).rejects.toMatchObject(refused);
    await expect(start('one')).rejects.toMatchObject(refused);
    await pass(aws, 90);
    expect(aws.executions.find(executionArn ?? '')?.status).toBe('SUCCEEDED');
    await expect(start('one', '{"a": 1}')).rejects.toMatchObject(refused);
    expect(aws.executions.all).toHaveLength(1);
  });

  test('without a name is another execution each time', async () => {
    const { start } = await begin();
    const arns = [await start(), await start()].map(({ executionArn }) => executionArn);
    expect(new Set(arns).size).toBe(2);
  });

  test('by a version or alias of the machine names an execution of the machine', async () => {
    const { start, stateMachineArn } = await begin();
    const started = await start('one', '{}', `${stateMachineArn}:1`);
    expect(started.executionArn).toBe('arn:aws:states:us-east-1:111122223333:execution:waits:one');
    expect((await start('one', '{}', `${stateMachineArn}:live`)).executionArn).toBe(started.executionArn);
  });

  test.each([
    ['a name with a space', 'a b', '{}', 'InvalidName'],
    ['a name with a colon', 'a:b', '{}', 'InvalidName'],
    ['a name with a slash', 'a/b', '{}', 'InvalidName'],
    ['a name of 81 characters', 'a'.repeat(81), '{}', 'InvalidName'],
    ['an input that is no JSON', 'one', '{', 'InvalidExecutionInput'],
  ])('is refused with %s', async (_, name, input, error) => {
    const { aws, start } = await begin();
    await expect(start(name, input)).rejects.toMatchObject({ name: error });
    expect(aws.executions.all).toEqual([]);
    expect(await start('a'.repeat(80))).toMatchObject({ executionArn: expect.any(String) });
  });

  test('is refused for a machine that is not there', async () => {
    const { start, stateMachineArn } = await begin();
    await expect(start('one', '{}', `${stateMachineArn}-2`)).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
  });
});

describe('StopExecution', () => {
  test('ends it as ABORTED, with what was said; its name stays taken', async () => {
    const { aws, sfn, start, read } = await begin();
    const { executionArn } = await start('one');
    await pass(aws, 30);
    const { stopDate } = await sfn.send(new StopExecutionCommand({ executionArn, error: 'Tired', cause: 'enough' }));
    expect(stopDate).toEqual(new Date('2026-08-20T09:00:30Z'));
    expect(await read(executionArn)).toMatchObject({ status: 'ABORTED', error: 'Tired', cause: 'enough', stopDate });
    await pass(aws, 90);
    expect(await read(executionArn)).toMatchObject({ status: 'ABORTED', stopDate });
    await expect(start('one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  test('of one that has ended changes nothing', async () => {
    const { aws, sfn, start, read } = await begin();
    const { executionArn } = await start('one');
    await pass(aws, 90);
    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Late' }));
    const ended = await read(executionArn);
    expect([ended.status, ended.error]).toEqual(['SUCCEEDED', undefined]);
  });

  test('of a parent stops the child it waits for, by which that child is told why', async () => {
    const { aws, sfn, create, start, stateMachineArn } = await begin();
    const parent = await create('parent', {
      QueryLanguage: 'JSONata',
      StartAt: 'T',
      States: {
        T: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          Arguments: { StateMachineArn: stateMachineArn, Name: 'child', Input: {} },
          End: true,
        },
      },
    });
    const { executionArn } = await start('one', '{}', parent);
    await pass(aws, 30);
    const child = executionArn?.replace(':parent:one', ':waits:child') ?? '';
    expect(aws.executions.find(child)?.status).toBe('RUNNING');
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await pass(aws, 1);
    expect(aws.executions.find(child)).toMatchObject({
      status: 'ABORTED',
      cause: expect.stringContaining(executionArn ?? 'no arn'),
    });
  });

  test('of one that is not there is refused', async () => {
    const { sfn } = await begin();
    const asked = { executionArn: 'arn:aws:states:us-east-1:111122223333:execution:waits:none' };
    await expect(sfn.send(new StopExecutionCommand(asked))).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});

test('executions are listed newest first, by status and page by page', async () => {
  const { aws, sfn, stateMachineArn, start } = await begin();
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await start(name);
    await pass(aws, 20);
  }
  const pages: (string | undefined)[][] = [];
  for await (const { executions = [] } of paginateListExecutions({ client: sfn, pageSize: 2 }, { stateMachineArn })) {
    pages.push(executions.map(({ name }) => name));
  }
  expect(pages).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
  const running = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
  expect(running.executions?.map(({ name }) => name)).toEqual(['e', 'd']);
});
