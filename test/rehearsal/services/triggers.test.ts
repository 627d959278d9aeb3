/** What starts the product without a person: event patterns, rules, the queue and the schedule. */
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { PretendClock } from '../../../rehearsal/clock/pretend-clock.ts';
import type { DeployedRule, DeployedSchedule, Stack } from '../../../rehearsal/deployment/stack.ts';
import { Authority } from '../../../rehearsal/iam/authority.ts';
import { matchesPattern } from '../../../rehearsal/services/event-patterns.ts';
import { Triggers } from '../../../rehearsal/services/triggers.ts';
import { beginEmbeddedAws, strangersOf } from '../../adapters/embedded.ts';

/** EventBridge user guide, eb-create-pattern-operators. */
describe('an event pattern', () => {
  const event = {
    source: 'aws.ssm',
    resources: ['arn:a', 'arn:b'],
    detail: { name: '/golden/web', operation: 'Update', count: 0, error: null },
  };

  test.each<[string, unknown, boolean]>([
    ['one of several values', { source: ['aws.ec2', 'aws.ssm'] }, true],
    ['none of them', { source: ['aws.ec2'] }, false],
    ['every key must match', { source: ['aws.ssm'], detail: { operation: ['Create'] } }, false],
    ['no key: everything', {}, true],
    ['a value is whole, not a part of one', { source: ['aws'] }, false],
    ['a number is not its text', { detail: { count: ['0'] } }, false],
    ['a number', { detail: { count: [0] } }, true],
    ['null is a value', { detail: { error: [null] } }, true],
    ['and is not the absence of one', { detail: { missing: [null] } }, false],
    ['one of the values of a list', { resources: ['arn:b'] }, true],
    ['prefix', { detail: { name: [{ prefix: '/golden/' }] } }, true],
    ['another prefix', { detail: { name: [{ prefix: '/gold/' }] } }, false],
    ['one of several prefixes', { detail: { name: [{ prefix: '/a' }, { prefix: '/g' }] } }, true],
    ['suffix', { detail: { name: [{ suffix: '/web' }] } }, true],
    ['exists', { detail: { name: [{ exists: true }] } }, true],
    ['exists, and does not', { detail: { exception: [{ exists: true }] } }, false],
    ['does not exist', { detail: { exception: [{ exists: false }] } }, true],
    ['does not exist, below what does not exist', { other: { exception: [{ exists: false }] } }, true],
    ['anything but', { detail: { operation: [{ 'anything-but': 'Delete' }] } }, true],
    ['anything but one of these', { detail: { operation: [{ 'anything-but': ['Delete', 'Update'] }] } }, false],
    ['anything but needs a value', { detail: { missing: [{ 'anything-but': 'a' }] } }, false],
  ])('%s', (_, pattern, isMatched) => {
    expect(matchesPattern(pattern, event)).toBe(isMatched);
  });

  test('with an operator that is not played is refused, not ignored', () => {
    expect(() => matchesPattern({ source: [{ wildcard: 'aws.*' }] }, event)).toThrow('wildcard');
  });
});

const queueArn = 'arn:aws:sqs:us-east-1:111122223333:changes';

const rule = (name: string, source: string, target: DeployedRule['target'], bus = 'default'): DeployedRule => ({
  name,
  arn: `arn:aws:events:us-east-1:111122223333:rule/${name}`,
  description: undefined,
  bus,
  pattern: { source: [source] },
  target,
  sentTarget: { Id: 'one', Arn: '' },
});

const stack: Stack = {
  name: 'any',
  functions: [],
  alarms: [],
  stateMachines: [],
  schedules: [],
  eventBuses: ['shop'],
  rules: [
    rule('heal', 'aws.states', { function: 'Heal' }),
    rule('changes', 'aws.ssm', { queue: queueArn }),
    rule('orders', 'shop', { function: 'Take' }, 'shop'),
  ],
  queues: [{ logicalId: 'Changes', arn: queueArn, functionId: 'Detect', batchSize: 100, windowSeconds: 60 }],
  tables: [],
  parameters: [],
  roles: [],
  managedPolicies: [],
  queuePolicies: [
    {
      name: 'LetRulesIn',
      queues: [queueArn],
      document: {
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queueArn,
          Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:events:us-east-1:111122223333:rule/changes' } },
        },
      },
    },
  ],
  functionLogGroup: 'arn:aws:logs:us-east-1:111122223333:log-group:any',
  topics: [],
};

const startOfTime = Date.parse('2026-08-20T09:00:00Z');

const begin = (failures = 0) => {
  const clock = new PretendClock(startOfTime);
  const invoked: { functionId: string; event: unknown; seconds: number }[] = [];
  const lost: string[] = [];
  let left = failures;
  const triggers = new Triggers({
    clock,
    accountId: '111122223333',
    region: 'us-east-1',
    seed: '1',
    stack,
    authority: new Authority(stack),
    invoke: async (functionId, event) => {
      invoked.push({ functionId, event, seconds: (clock.now - startOfTime) / 1000 });
      left -= 1;
      if (left < 0) return { status: 'answered', payload: null };
      return { status: 'failed', error: { errorType: 'Error', errorMessage: 'no', trace: [] } };
    },
    onLost: (what) => lost.push(what),
  });
  const publish = (source: string, detail: Record<string, unknown> = {}, bus = 'default'): void => {
    triggers.publish({ source, detailType: 'Something', resources: ['arn:x'], detail, bus });
  };
  return { clock, triggers, publish, invoked, lost };
};

describe('a rule', () => {
  test('hands the event to its function, as EventBridge words it; others get nothing', async () => {
    const { clock, publish, invoked, triggers } = begin();
    publish('aws.states', { status: 'FAILED' });
    publish('aws.eks');
    expect(triggers.isBusy).toBe(true);
    await clock.run();
    expect(invoked).toEqual([
      {
        functionId: 'Heal',
        seconds: 1,
        event: {
          version: '0',
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          'detail-type': 'Something',
          source: 'aws.states',
          account: '111122223333',
          time: '2026-08-20T09:00:00Z',
          region: 'us-east-1',
          resources: ['arn:x'],
          detail: { status: 'FAILED' },
        },
      },
    ]);
    expect(triggers.isBusy).toBe(false);
  });

  test('hears its own event bus only', async () => {
    const { clock, publish, invoked } = begin();
    publish('shop', {}, 'shop');
    publish('shop');
    publish('aws.states', {}, 'shop');
    await clock.run();
    expect(invoked.map(({ functionId }) => functionId)).toEqual(['Take']);
  });

  /** Lambda developer guide, invocation-async: twice more, after one and after two minutes. */
  test.each([
    [1, [1, 61], 0],
    [2, [1, 61, 181], 0],
    [3, [1, 61, 181], 1],
  ])('tries a function again that failed %i times, until the event is lost', async (failures, seconds, losses) => {
    const { clock, publish, invoked, lost, triggers } = begin(failures);
    publish('aws.states');
    await clock.run();
    expect(invoked.map((each) => each.seconds)).toEqual(seconds);
    expect(new Set(invoked.map(({ event }) => JSON.stringify(event))).size).toBe(1);
    expect(lost).toHaveLength(losses);
    expect(triggers.isBusy).toBe(false);
  });
});

describe('a queue', () => {
  const namesIn = (event: unknown): unknown[] =>
    (event as { Records: { body: string }[] }).Records.map(({ body }) => JSON.parse(body).detail.name);

  test('gathers what comes in its window, which the first message opens', async () => {
    const { clock, publish, invoked, triggers } = begin();
    for (const [seconds, name] of [
      [0, 'a'],
      [30, 'b'],
      [59, 'c'],
      [90, 'd'],
    ] as const) {
      clock.at(startOfTime + seconds * 1000, () => publish('aws.ssm', { name }));
    }
    await clock.run();
    expect(invoked.map(({ functionId, event, seconds }) => [functionId, seconds, namesIn(event)])).toEqual([
      ['Detect', 61, ['a', 'b', 'c']],
      ['Detect', 151, ['d']],
    ]);
    expect(triggers.isBusy).toBe(false);
  });

  test('hands over no more than a batch at once, and leaves nothing behind', async () => {
    const { clock, publish, invoked, triggers } = begin();
    const names = Array.from({ length: 250 }, (_, index) => `p${index}`);
    for (const name of names) publish('aws.ssm', { name });
    await clock.run();
    expect(invoked.flatMap(({ event }) => namesIn(event))).toEqual(names);
    expect(Math.max(...invoked.map(({ event }) => namesIn(event).length))).toBeLessThanOrEqual(100);
    expect(triggers.isBusy).toBe(false);
    publish('aws.ssm', { name: 'later' });
    await clock.run();
    expect(namesIn(invoked.at(-1)?.event)).toEqual(['later']);
  });
});

describe('the schedule', () => {
  const schedule = (given: Partial<DeployedSchedule> = {}): DeployedSchedule => ({
    functionId: 'Detect',
    roleArn: 'arn:aws:iam::111122223333:role/any',
    deadLetterQueue: undefined,
    arn: 'arn:aws:scheduler:us-east-1:111122223333:schedule/default/any',
    expression: 'rate(12 hours)',
    isEnabled: true,
    input: '{"trigger":"schedule","at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}',
    ...given,
  });

  test('fires now and at its rate, each time with the time it was meant for', async () => {
    const { clock, triggers, invoked } = begin();
    triggers.keepFiring(schedule());
    await clock.run({ until: startOfTime + 25 * 3_600_000 });
    expect(invoked.map(({ event }) => event)).toEqual(
      ['2026-08-20T09:00:00Z', '2026-08-20T21:00:00Z', '2026-08-21T09:00:00Z'].map((at) => ({
        trigger: 'schedule',
        at,
        by: schedule().arn,
      })),
    );
  });

  test('that is disabled never fires', async () => {
    const { clock, triggers, invoked } = begin();
    triggers.keepFiring(schedule({ isEnabled: false }));
    await clock.run({ until: startOfTime + 25 * 3_600_000 });
    expect(invoked).toEqual([]);
  });

  test('with an expression that is not played is refused', () => {
    const { triggers } = begin();
    expect(() => triggers.keepFiring(schedule({ expression: 'cron(0 9 * * ? *)' }))).toThrow('cron(0 9 * * ? *)');
  });
});

describe('the stack as it is deployed', () => {
  test.each([
    ['/golden/web', true],
    ['/eks-ami-rollout/policy', true],
    ['/eks-ami-rollout/policy/rings/dev', true],
    ['/eks-ami-rollout/andon', false],
    ['/goldenrod', false],
    ['/shop/price', false],
  ])('a change of %s starts a scan: %s', async (Name, isStarted) => {
    const aws = await beginEmbeddedAws();
    const { ssm } = strangersOf(aws);
    await ssm.send(new PutParameterCommand({ Name, Value: 'v', Type: 'String', Overwrite: true }));
    expect(aws.triggers.isBusy).toBe(isStarted);
  });

  test('no public parameter can be changed, and a new release of its publisher raises no event', async () => {
    const aws = await beginEmbeddedAws({
      releases: [
        { amiType: 'AL2023_x86_64_STANDARD', release: '1.33.4-20260820', publishedAt: '2026-08-20T10:00:00Z' },
      ],
    });
    const { ssm } = strangersOf(aws);
    const Name = '/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended';
    const put = new PutParameterCommand({ Name, Value: 'mine', Overwrite: true });
    await expect(ssm.send(put)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(ssm.send(new DeleteParameterCommand({ Name }))).rejects.toMatchObject({ name: 'ParameterNotFound' });
    await aws.clock.run();
    expect(aws.world.parameters.get(Name)?.value).toContain('1.33.4-20260820');
    expect(aws.triggers.isBusy).toBe(false);
  });
});
