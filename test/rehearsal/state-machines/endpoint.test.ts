/** The cases once more, but over HTTP with the SDK's client, as any Step Functions can be asked. */
import { spawnSync } from 'node:child_process';
import { SFN } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedAws, startEmbeddedAws } from '../../../rehearsal/embedded-aws.ts';
import { parseScenario } from '../../../rehearsal/scenario-format/read.ts';

it('at least 60 cases can be played on an endpoint, and the embedded one plays all as the pages say', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/asl-cases.ts'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const [, played = '0', agreed] =
    /^(\d+) of \d+ cases played on \S+: (\d+) as the pages say, 0 not/m.exec(stdout) ?? [];
  expect(Number(played)).toBeGreaterThanOrEqual(60);
  expect(agreed).toBe(played);
  expect(status).toBe(0);
});

describe('a state machine beside those of the stack', () => {
  let aws: EmbeddedAws;
  let sfn: SFN;
  const roleArn = 'arn:aws:iam::111122223333:role/any';
  const definition = '{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}';

  beforeAll(async () => {
    const scenario = { version: 1, name: 'none', now: '2026-08-20T09:00:00Z', releases: [], clusters: [] };
    aws = await startEmbeddedAws(parseScenario(JSON.stringify(scenario), 'none'));
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    sfn = new SFN({ endpoint: aws.url, region: 'us-east-1', credentials });
  });
  afterAll(() => aws.close());

  it('is created once, and is the same when it is created again', async () => {
    const first = await sfn.createStateMachine({ name: 'mine', definition, roleArn });
    expect(await sfn.createStateMachine({ name: 'mine', definition, roleArn })).toMatchObject({
      stateMachineArn: first.stateMachineArn,
      creationDate: first.creationDate,
    });
    const other = definition.replaceAll('"A"', '"B"');
    await expect(sfn.createStateMachine({ name: 'mine', definition: other, roleArn })).rejects.toMatchObject({
      name: 'StateMachineAlreadyExists',
    });
    expect((await sfn.describeStateMachine({ stateMachineArn: first.stateMachineArn })).definition).toBe(definition);
    expect((await sfn.listStateMachines({})).stateMachines?.map(({ name }) => name)).toContain('mine');
  });

  it.each([
    ['a name with a blank', { name: 'a b', definition }, 'InvalidName'],
    ['a definition that is no JSON', { name: 'x', definition: '{' }, 'InvalidDefinition'],
    [
      'a definition that leads nowhere',
      { name: 'x', definition: definition.replace('"A"', '"Z"') },
      'InvalidDefinition',
    ],
  ])('%s is refused', async (_what, input, error) => {
    await expect(sfn.createStateMachine({ ...input, roleArn })).rejects.toMatchObject({ name: error });
  });

  it('is gone when it is deleted, twice as well, and the stack is not', async () => {
    const { stateMachineArn } = await sfn.createStateMachine({ name: 'brief', definition, roleArn });
    await sfn.deleteStateMachine({ stateMachineArn });
    await sfn.deleteStateMachine({ stateMachineArn });
    await expect(sfn.startExecution({ stateMachineArn })).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
    expect((await sfn.listStateMachines({})).stateMachines).toHaveLength(aws.stack.stateMachines.length + 1);
  });
});
