/** EventBridge as a stranger's client sees it. */
import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { PretendClock } from '../../../rehearsal/clock/pretend-clock.ts';
import { deploy } from '../../../rehearsal/deployment/stack.ts';
import { parseTemplate } from '../../../rehearsal/deployment/template.ts';
import { Authority } from '../../../rehearsal/iam/authority.ts';
import { eventBridgeOperations } from '../../../rehearsal/services/event-bus.ts';
import { Triggers } from '../../../rehearsal/services/triggers.ts';
import { beginEmbeddedAws, strangersOf } from '../../adapters/embedded.ts';
import { startWire } from '../wire/wire-under-test.ts';

const entry: PutEventsRequestEntry = { Source: 'mine', DetailType: 'A look', Detail: '{"at":"this"}' };
const arnOfDefault = 'arn:aws:events:us-east-1:111122223333:event-bus/default';

/** A template that is not this project's. */
const ofOthers = parseTemplate(`
  Resources:
    Orders: { Type: AWS::Events::EventBus, Properties: { Name: orders } }
    Rule:
      Type: AWS::Events::Rule
      Properties:
        Name: shipped
        Description: What was shipped.
        EventBusName: !GetAtt Orders.Arn
        EventPattern: { source: [shop] }
        Targets: [{ Id: ship, Arn: !Sub "arn:aws:lambda:\${AWS::Region}:\${AWS::AccountId}:function:ship" }]
    Told: { Type: AWS::SNS::Topic }
    OnCall: { Type: AWS::SNS::Topic, Properties: { TopicName: on-call } }
    Watcher:
      Type: AWS::SSM::Parameter
      Properties: { Name: /who, Type: String, Value: !Sub "\${OnCall} \${Told.TopicName}" }
`);
const place = { stackName: 'any', accountId: '111122223333', region: 'us-east-1', parameters: {} };

describe('PutEvents', () => {
  test.each<[string, PutEventsRequestEntry, string | undefined]>([
    ['on the default bus', entry, undefined],
    ['on the default bus by name', { ...entry, EventBusName: 'default' }, undefined],
    ['on the default bus by ARN', { ...entry, EventBusName: arnOfDefault }, undefined],
    // AWS takes it and says nothing.
    ['on a bus that is not there', { ...entry, EventBusName: 'other' }, undefined],
    ['without a source', { ...entry, Source: undefined }, 'InvalidArgument'],
    ['without a detail type', { ...entry, DetailType: '' }, 'InvalidArgument'],
    ['without a detail', { ...entry, Detail: undefined }, 'InvalidArgument'],
    ['in the name of AWS', { ...entry, Source: 'aws.states' }, 'NotAuthorizedForSourceException'],
    ['with a detail that is no JSON', { ...entry, Detail: '{' }, 'MalformedDetail'],
    ['with a detail that is no object', { ...entry, Detail: '[]' }, 'MalformedDetail'],
  ])('%s', async (_, given, code) => {
    const { events } = strangersOf(await beginEmbeddedAws());
    const put = await events.send(new PutEventsCommand({ Entries: [given, entry] }));
    expect(put.FailedEntryCount).toBe(code === undefined ? 0 : 1);
    expect(put.Entries?.[0]?.ErrorCode).toBe(code);
    expect(put.Entries?.[1]?.EventId).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(put.Entries?.map(({ EventId }) => EventId)).size).toBe(2);
  });

  test('hands an event to the rules of its bus a second later, as it was put', async () => {
    const stack = deploy(ofOthers, place);
    const clock = new PretendClock(Date.parse('2026-08-20T09:00:00Z'));
    const delivered: unknown[] = [];
    const triggers = new Triggers({
      ...place,
      clock,
      stack,
      authority: new Authority(stack),
      seed: '1',
      invoke: async (functionId, event) => {
        delivered.push([functionId, clock.now, event]);
        return { status: 'answered', payload: null };
      },
      onLost: () => {},
    });
    const account = {
      accountId: place.accountId,
      arn: (service: string, of: string) => `arn:aws:${service}:us-east-1:111122223333:${of}`,
    };
    const wire = await startWire({ events: eventBridgeOperations(stack, account, (event) => triggers.publish(event)) });
    const { events } = strangersOf(wire);
    const shipped = { Source: 'shop', DetailType: 'Shipped', Detail: '{"order":7}', Resources: ['arn:order'] };
    const EventBusName = account.arn('events', 'event-bus/orders');
    const Time = new Date('2026-08-20T08:30:00Z');
    const Entries = [shipped, { ...shipped, EventBusName, Time }, { ...shipped, EventBusName: 'no' }];
    const put = await events.send(new PutEventsCommand({ Entries }));
    await clock.run();
    expect(delivered).toEqual([
      [
        'arn:aws:lambda:us-east-1:111122223333:function:ship',
        Date.parse('2026-08-20T09:00:01Z'),
        {
          version: '0',
          id: put.Entries?.[1]?.EventId,
          'detail-type': 'Shipped',
          source: 'shop',
          account: '111122223333',
          time: '2026-08-20T08:30:00Z',
          region: 'us-east-1',
          resources: ['arn:order'],
          detail: { order: 7 },
        },
      ],
    ]);
    const { EventBuses } = await events.send(new ListEventBusesCommand({}));
    expect(EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'orders']);
    expect((await events.send(new ListRulesCommand({}))).Rules).toEqual([]);
    const [rule] = (await events.send(new ListRulesCommand({ EventBusName: 'orders' }))).Rules ?? [];
    expect(rule).toMatchObject({ Name: 'shipped', Description: 'What was shipped.', EventBusName: 'orders' });
  });

  test.each([
    ['no entries', []],
    ['eleven entries', Array(11).fill(entry)],
    ['more than 1 MB', Array(2).fill({ ...entry, Detail: JSON.stringify({ much: 'é'.repeat(256 * 1024) }) })],
  ])('refuses %s', async (_, Entries) => {
    const { events } = strangersOf(await beginEmbeddedAws());
    await expect(events.send(new PutEventsCommand({ Entries }))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('takes 1 MB and not a byte more', async () => {
    const { events } = strangersOf(await beginEmbeddedAws());
    const put = (bytes: number) => {
      const around = 'mine'.length + 'A look'.length + '{"a":""}'.length + 14;
      const Detail = JSON.stringify({ a: 'x'.repeat(bytes - around) });
      return events.send(new PutEventsCommand({ Entries: [{ ...entry, Detail, Time: new Date(0) }] }));
    };
    expect((await put(1024 * 1024)).FailedEntryCount).toBe(0);
    await expect(put(1024 * 1024 + 1)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('starts nothing of the stack: nobody can speak for AWS', async () => {
    const aws = await beginEmbeddedAws();
    const { events } = strangersOf(aws);
    const DetailType = 'Step Functions Execution Status Change';
    await events.send(new PutEventsCommand({ Entries: [{ ...entry, Source: 'aws.states', DetailType }] }));
    expect(aws.triggers.isBusy).toBe(false);
  });
});

describe('rules', () => {
  test('are listed, page by page, and described with their targets', async () => {
    const { events } = strangersOf(await beginEmbeddedAws());
    const { Rules = [] } = await events.send(new ListRulesCommand({}));
    const names = Rules.map(({ Name = '' }) => Name);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('eks-ami-rollout-HealRolloutsFunctionExecutionEnded');
    const pages: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await events.send(new ListRulesCommand({ Limit: 1, NextToken }));
      expect(page.Rules).toHaveLength(1);
      pages.push(page.Rules?.[0]?.Name);
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    expect(pages).toEqual(names);

    const Name = 'eks-ami-rollout-HealRolloutsFunctionExecutionEnded';
    expect((await events.send(new ListRulesCommand({ NamePrefix: Name }))).Rules).toHaveLength(1);
    const described = await events.send(new DescribeRuleCommand({ Name, EventBusName: arnOfDefault }));
    expect(described).toMatchObject({
      Arn: `arn:aws:events:us-east-1:111122223333:rule/${Name}`,
      State: 'ENABLED',
      EventBusName: 'default',
      CreatedBy: '111122223333',
    });
    expect(JSON.parse(described.EventPattern ?? '')).toMatchObject({ source: ['aws.states'] });
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    expect(Targets).toEqual([
      {
        Id: 'HealRolloutsFunctionExecutionEndedLambdaTarget',
        Arn: expect.stringMatching(/:function:eks-ami-rollout-HealRolloutsFunction-[0-9A-F]{12}:live$/),
        RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
        DeadLetterConfig: { Arn: expect.stringContaining('TriggerDeadLetters') },
      },
    ]);
  });

  test('and buses that are not there are not found', async () => {
    const { events } = strangersOf(await beginEmbeddedAws());
    // The stack has one of its own.
    expect((await events.send(new ListEventBusesCommand({}))).EventBuses).toEqual([
      { Name: 'default', Arn: arnOfDefault },
      { Name: 'eks-ami-rollout', Arn: arnOfDefault.replace('default', 'eks-ami-rollout') },
    ]);
    expect((await events.send(new ListEventBusesCommand({ NamePrefix: 'x' }))).EventBuses).toEqual([]);
    expect((await events.send(new DescribeEventBusCommand({}))).Arn).toBe(arnOfDefault);
    const refused = { name: 'ResourceNotFoundException' };
    await expect(events.send(new DescribeEventBusCommand({ Name: 'no' }))).rejects.toMatchObject(refused);
    await expect(events.send(new ListRulesCommand({ EventBusName: 'no' }))).rejects.toMatchObject(refused);
    await expect(events.send(new DescribeRuleCommand({ Name: 'no' }))).rejects.toMatchObject(refused);
    await expect(events.send(new ListTargetsByRuleCommand({ Rule: 'no' }))).rejects.toMatchObject(refused);
    await expect(events.send(new ListRulesCommand({ NextToken: 'x' }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

test('buses, rules and topics of a template are deployed by its names', () => {
  const stack = deploy(ofOthers, place);
  expect(stack.eventBuses).toEqual(['orders']);
  expect(stack.rules).toMatchObject([
    {
      name: 'shipped',
      arn: 'arn:aws:events:us-east-1:111122223333:rule/orders/shipped',
      description: 'What was shipped.',
      bus: 'orders',
      sentTarget: { Id: 'ship', Arn: 'arn:aws:lambda:us-east-1:111122223333:function:ship' },
    },
  ]);
  expect(stack.topics).toEqual([
    expect.stringMatching(/^arn:aws:sns:us-east-1:111122223333:any-Told-[0-9A-F]{12}$/),
    'arn:aws:sns:us-east-1:111122223333:on-call',
  ]);
  expect(stack.parameters[0]?.value).toMatch(/^arn:aws:sns:us-east-1:111122223333:on-call any-Told-[0-9A-F]{12}$/);
});
