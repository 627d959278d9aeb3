/** What people are told by: alarms, events and topics. */
import { DescribeAlarmsCommand, type MetricAlarm, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTopicsCommand,
  PublishCommand,
} from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { beginEmbeddedAws, pass, strangersOf } from '../../adapters/embedded.ts';

const named = (part: string, alarms: MetricAlarm[] = []): MetricAlarm | undefined =>
  alarms.find(({ AlarmName }) => AlarmName?.includes(part));

describe('the alarms of the template', () => {
  test('are there as they were deployed, and know nothing yet', async () => {
    const { cloudWatch } = strangersOf(await beginEmbeddedAws());
    const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({}));
    expect(named('RolloutFailedAlarm', MetricAlarms)).toMatchObject({
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Unchecked: Initial alarm creation',
      Namespace: 'AWS/States',
      MetricName: 'ExecutionsFailed',
      Dimensions: [
        {
          Name: 'StateMachineArn',
          Value: 'arn:aws:states:us-east-1:111122223333:stateMachine:eks-ami-rollout-roll-out-cluster',
        },
      ],
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmActions: [],
    });
    // Two intervals of twelve hours.
    expect(named('ScansSilentAlarm', MetricAlarms)).toMatchObject({ Period: 43_200, EvaluationPeriods: 2 });
    const { Metrics, Dimensions } = named('NodeGroupStepErrorsAlarm', MetricAlarms) ?? {};
    expect(Metrics?.[0]).toMatchObject({ Id: 'all', Expression: 'SUM(METRICS())', ReturnData: true });
    expect(Dimensions).toBeUndefined();
  });

  test('tell the topic they were deployed with, and one without a schedule is not made', async () => {
    const topic = 'arn:aws:sns:us-east-1:111122223333:on-call';
    const { cloudWatch } = strangersOf(
      await beginEmbeddedAws({ deploy: { AlarmTopicArn: topic, ScheduleState: 'DISABLED' } }),
    );
    const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ ActionPrefix: 'arn:aws:sns' }));
    expect(named('RolloutFailedAlarm', MetricAlarms)?.AlarmActions).toEqual([topic]);
    expect(named('ScansSilentAlarm', MetricAlarms)).toBeUndefined();
  });

  test('are found by name, prefix and state, page by page', async () => {
    const { cloudWatch } = strangersOf(await beginEmbeddedAws());
    const names = async (input: DescribeAlarmsCommand['input']): Promise<(string | undefined)[]> =>
      ((await cloudWatch.send(new DescribeAlarmsCommand(input))).MetricAlarms ?? []).map(({ AlarmName }) => AlarmName);
    const all = await names({});
    expect(all.length).toBeGreaterThan(5);
    const [first = '', second = ''] = all as string[];
    expect(await names({ AlarmNames: [first, 'no-such'] })).toEqual([first]);
    expect(await names({ AlarmNamePrefix: second })).toEqual([second]);
    expect(await names({ AlarmTypes: ['CompositeAlarm'] })).toEqual([]);
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: first, StateValue: 'ALARM', StateReason: 'a look' }));
    expect(await names({ StateValue: 'ALARM' })).toEqual([first]);
    const page = await cloudWatch.send(new DescribeAlarmsCommand({ MaxRecords: 1 }));
    const next = await cloudWatch.send(new DescribeAlarmsCommand({ MaxRecords: 1, NextToken: page.NextToken }));
    expect([page, next].map(({ MetricAlarms }) => MetricAlarms?.[0]?.AlarmName)).toEqual([first, second]);
    await expect(cloudWatch.send(new DescribeAlarmsCommand({ NextToken: 'x' }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidNextToken' }),
    );
    await expect(
      cloudWatch.send(new SetAlarmStateCommand({ AlarmName: 'no', StateValue: 'OK', StateReason: '-' })),
    ).rejects.toThrow(expect.objectContaining({ name: 'ResourceNotFound' }));
  });

  test('remember when they changed, and when they were last set', async () => {
    const aws = await beginEmbeddedAws();
    const { cloudWatch } = strangersOf(aws);
    const [alarm] = aws.world.alarms.all();
    const set = async (StateValue: 'OK' | 'ALARM'): Promise<MetricAlarm | undefined> => {
      // Time moves for those who wait.
      aws.clock.after(60_000, () => {});
      await pass(aws, 60);
      await cloudWatch.send(
        new SetAlarmStateCommand({ AlarmName: alarm?.name ?? '', StateValue, StateReason: StateValue }),
      );
      const found = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarm?.name ?? ''] }));
      return found.MetricAlarms?.[0];
    };
    const begun = aws.clock.now;
    expect(await set('ALARM')).toMatchObject({ StateTransitionedTimestamp: new Date(begun + 60_000) });
    expect(await set('ALARM')).toMatchObject({
      StateTransitionedTimestamp: new Date(begun + 60_000),
      StateUpdatedTimestamp: new Date(begun + 120_000),
    });
  });
});

describe('events that somebody puts', () => {
  const entry: PutEventsRequestEntry = { Source: 'mine', DetailType: 'A look', Detail: '{"at":"this"}' };

  test.each<[string, PutEventsRequestEntry, string | undefined]>([
    ['on the default bus', entry, undefined],
    ['on the default bus by name', { ...entry, EventBusName: 'default' }, undefined],
    [
      'on the default bus by ARN',
      { ...entry, EventBusName: 'arn:aws:events:us-east-1:111122223333:event-bus/default' },
      undefined,
    ],
    ['on a bus that is not there', { ...entry, EventBusName: 'other' }, 'InvalidArgument'],
    ['without a source', { ...entry, Source: undefined }, 'InvalidArgument'],
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
  });

  test('are ten at most', async () => {
    const { events } = strangersOf(await beginEmbeddedAws());
    await expect(events.send(new PutEventsCommand({ Entries: Array(11).fill(entry) }))).rejects.toThrow(
      expect.objectContaining({ name: 'ValidationException' }),
    );
  });

  test('start nothing of the stack: nobody can speak for AWS', async () => {
    const aws = await beginEmbeddedAws();
    const { events } = strangersOf(aws);
    const DetailType = 'Step Functions Execution Status Change';
    await events.send(new PutEventsCommand({ Entries: [{ ...entry, Source: 'aws.states', DetailType }] }));
    expect(aws.triggers.isBusy).toBe(false);
  });
});

describe('a topic', () => {
  test('keeps what is published, until it is deleted', async () => {
    const aws = await beginEmbeddedAws();
    const { sns } = strangersOf(aws);
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'on-call' }));
    expect(TopicArn).toBe('arn:aws:sns:us-east-1:111122223333:on-call');
    // Again is the same one.
    expect((await sns.send(new CreateTopicCommand({ Name: 'on-call' }))).TopicArn).toBe(TopicArn);
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
    const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Subject: 'Held', Message: 'prod/web' }));
    expect(aws.world.topics.get(TopicArn)?.messages).toEqual([
      { id: MessageId, subject: 'Held', text: 'prod/web', attributes: {}, at: aws.clock.now },
    ]);
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({ TopicArn, Owner: '111122223333', SubscriptionsConfirmed: '0' });
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await expect(sns.send(new PublishCommand({ TopicArn, Message: 'gone' }))).rejects.toThrow(
      expect.objectContaining({ name: 'NotFoundException' }),
    );
  });

  test.each([
    ['a subject with a line break', { Subject: 'a\nb' }],
    ['a subject that begins with a space', { Subject: ' a' }],
    ['a subject of more than 100 characters', { Subject: 'a'.repeat(101) }],
    ['no message', { Message: '' }],
    ['a message of more than 256 KB', { Message: 'a'.repeat(256 * 1024 + 1) }],
  ])('refuses %s', async (_, given) => {
    const { sns } = strangersOf(await beginEmbeddedAws());
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'on-call' }));
    await expect(sns.send(new PublishCommand({ TopicArn, Message: 'a', ...given }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidParameterException' }),
    );
  });
});
