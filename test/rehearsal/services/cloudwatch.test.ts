/** CloudWatch as a stranger's client sees it: alarms that say what happened, in every protocol that clients speak. */

import {
  CloudWatchClient,
  type CloudWatchClientConfig,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  type DescribeAlarmsInput,
  type MetricAlarm,
  paginateDescribeAlarmHistory,
  paginateDescribeAlarms,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EmbeddedAws } from '../../../rehearsal/embedded-aws.ts';
import { alarmStateChange } from '../../../rehearsal/services/alarm-actions.ts';
import { beginEmbeddedAws, pass, strangersOf } from '../../adapters/embedded.ts';
import { clientSettings } from '../wire/wire-under-test.ts';

const begin = async (scenario: Record<string, unknown> = {}) => {
  const aws = await beginEmbeddedAws(scenario);
  const { cloudWatch, sfn, sns } = strangersOf(aws);
  const describeAlarms = async (input: DescribeAlarmsInput = {}): Promise<MetricAlarm[]> =>
    (await cloudWatch.send(new DescribeAlarmsCommand(input))).MetricAlarms ?? [];
  return {
    aws,
    cloudWatch,
    sfn,
    sns,
    names: async (input: DescribeAlarmsInput) => (await describeAlarms(input)).map(({ AlarmName }) => AlarmName),
    /** The alarm of the template's resource of that logical id. */
    alarm: async (logicalId: string): Promise<MetricAlarm> => {
      const [found] = await describeAlarms({ AlarmNamePrefix: `eks-ami-rollout-${logicalId}-` });
      if (found === undefined) throw new Error(`no alarm ${logicalId}`);
      return found;
    },
    /** Time moves for those who wait. */
    wait: async (seconds: number): Promise<void> => {
      aws.clock.after(seconds * 1000, () => {});
      await pass(aws, seconds);
    },
  };
};

const machineArn = (aws: EmbeddedAws, name: string): string =>
  aws.stack.stateMachines.find((machine) => machine.name.endsWith(`-${name}`))?.arn ?? '';

/** A rollout that is refused at once: its execution fails. */
const refuseRollout = ({ aws, sfn }: Awaited<ReturnType<typeof begin>>) =>
  sfn.send(
    new StartExecutionCommand({
      stateMachineArn: machineArn(aws, 'roll-out-cluster'),
      input: '{"clusterName":"nope"}',
    }),
  );

describe('the alarms of the template', () => {
  test('are there as they were deployed, and know nothing yet', async () => {
    const { alarm } = await begin();
    expect(await alarm('RolloutFailedAlarm')).toMatchObject({
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
    expect(await alarm('ScansSilentAlarm')).toMatchObject({ Period: 43_200, EvaluationPeriods: 2 });
    const { Metrics, Dimensions } = await alarm('NodeGroupStepErrorsAlarm');
    expect(Metrics?.[0]).toMatchObject({ Id: 'all', Expression: 'SUM(METRICS())', ReturnData: true });
    expect(Dimensions).toBeUndefined();
  });

  test('tell the topic they were deployed with, and one without a schedule is not made', async () => {
    const topic = 'arn:aws:sns:us-east-1:111122223333:on-call';
    const { alarm, names } = await begin({ deploy: { AlarmTopicArn: topic, ScheduleState: 'DISABLED' } });
    expect((await alarm('RolloutFailedAlarm')).AlarmActions).toEqual([topic]);
    expect((await names({ ActionPrefix: topic })).length).toBeGreaterThan(5);
    expect(await names({ ActionPrefix: `${topic}-2` })).toEqual([]);
    expect(await names({ AlarmNamePrefix: 'eks-ami-rollout-ScansSilent' })).toEqual([]);
  });

  test('are OK a minute later, but for the one that waits for lines of a log', async () => {
    const { alarm, names, wait } = await begin();
    await wait(60);
    expect(await alarm('RolloutFailedAlarm')).toMatchObject({
      StateValue: 'OK',
      StateReason:
        'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
    });
    await wait(3 * 24 * 3600);
    expect(await names({ StateValue: 'INSUFFICIENT_DATA' })).toEqual([(await alarm('ScansSilentAlarm')).AlarmName]);
    expect(await names({ StateValue: 'ALARM' })).toEqual([]);
  });

  test('say that a rollout failed, and five minutes later that none does any more', async () => {
    const world = await begin();
    const { alarm, names, wait } = world;
    await wait(60);
    await refuseRollout(world);
    await wait(30);
    const failed = await alarm('RolloutFailedAlarm');
    expect(await names({ StateValue: 'ALARM' })).toEqual([failed.AlarmName]);
    expect(failed.StateReason).toBe(
      'Threshold Crossed: 1 out of the last 1 datapoints [1.0 (20/08/26 08:56:00)] was greater than the threshold (0.0).',
    );
    expect(JSON.parse(failed.StateReasonData ?? '')).toMatchObject({
      recentDatapoints: [1],
      threshold: 0,
      period: 300,
    });
    expect(failed.StateTransitionedTimestamp).toEqual(new Date('2026-08-20T09:01:00Z'));
    await wait(269);
    expect((await alarm('RolloutFailedAlarm')).StateValue).toBe('ALARM');
    await wait(1);
    expect((await alarm('RolloutFailedAlarm')).StateValue).toBe('OK');
  });

  test('say that a function failed and that its event is lost', async () => {
    const { aws, alarm, wait } = await begin({
      faults: [{ function: 'detect-releases', nth: 1, times: 3, fault: 'dies-before', call: 'dynamodb:GetItem' }],
    });
    await wait(60);
    for (const schedule of aws.stack.schedules) aws.triggers.fire(schedule);
    await wait(30);
    expect((await alarm('StarterErrorsAlarm')).StateValue).toBe('ALARM');
    expect((await alarm('TriggerLostAlarm')).StateValue).toBe('OK');
    // Tried again after one and two minutes.
    await wait(180);
    expect(aws.lost).toHaveLength(1);
    // Nobody empties the queue.
    await wait(3600);
    expect((await alarm('TriggerLostAlarm')).StateValue).toBe('ALARM');
    expect((await alarm('StarterErrorsAlarm')).StateValue).toBe('OK');
  });
});

describe('an alarm that changes its state', () => {
  const onCall = 'arn:aws:sns:us-east-1:111122223333:on-call';

  test('tells its topic, once, and remembers it', async () => {
    const world = await begin({ deploy: { AlarmTopicArn: onCall } });
    const { aws, alarm, cloudWatch, sns, wait } = world;
    await sns.send(new CreateTopicCommand({ Name: 'on-call' }));
    await wait(60);
    await refuseRollout(world);
    await wait(3600);
    const { AlarmName = '', AlarmArn } = await alarm('RolloutFailedAlarm');
    const told = aws.world.topics.get(onCall)?.messages ?? [];
    expect(told.map(({ subject }) => subject)).toEqual([`ALARM: "${AlarmName}" in us-east-1`]);
    expect(JSON.parse(told[0]?.text ?? '')).toMatchObject({
      AlarmName,
      AlarmArn,
      AWSAccountId: '111122223333',
      OldStateValue: 'OK',
      NewStateValue: 'ALARM',
      NewStateReason: expect.stringContaining('was greater than the threshold (0.0)'),
      StateChangeTime: '2026-08-20T09:01:00.000+0000',
      Trigger: { MetricName: 'ExecutionsFailed', Namespace: 'AWS/States', Threshold: 0, Period: 300 },
    });
    const { AlarmHistoryItems = [] } = await cloudWatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName, ScanBy: 'TimestampAscending' }),
    );
    expect(AlarmHistoryItems.map(({ HistoryItemType, HistorySummary }) => [HistoryItemType, HistorySummary])).toEqual([
      ['ConfigurationUpdate', `Alarm "${AlarmName}" created`],
      ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to OK'],
      ['StateUpdate', 'Alarm updated from OK to ALARM'],
      ['Action', `Successfully executed action ${onCall}`],
      ['StateUpdate', 'Alarm updated from ALARM to OK'],
    ]);
  });

  test('remembers that there was nobody to tell', async () => {
    const { alarm, cloudWatch } = await begin({ deploy: { AlarmTopicArn: onCall } });
    const { AlarmName } = await alarm('RolloutFailedAlarm');
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a look' }));
    const asked = new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'Action' });
    const { AlarmHistoryItems } = await cloudWatch.send(asked);
    expect(AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      `Failed to execute action ${onCall}`,
    ]);
  });

  /** CloudWatch user guide, cloudwatch-and-eventbridge. */
  test('tells the event bus as CloudWatch words it', async () => {
    const { aws, wait } = await begin();
    const told: unknown[] = [];
    aws.world.alarms.onChange = (alarm, former) => told.push(alarmStateChange(aws.world, alarm, former));
    await wait(60);
    expect(told).toContainEqual({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [
        expect.stringMatching(/^arn:aws:cloudwatch:us-east-1:111122223333:alarm:eks-ami-rollout-FleetFailed/),
      ],
      detail: {
        alarmName: expect.stringContaining('FleetFailed'),
        state: {
          value: 'OK',
          reason: expect.stringContaining('[NonBreaching]'),
          reasonData: expect.stringContaining('"version":"1.0"'),
          timestamp: '2026-08-20T09:01:00.000+0000',
        },
        previousState: {
          value: 'INSUFFICIENT_DATA',
          reason: 'Unchecked: Initial alarm creation',
          timestamp: '2026-08-20T09:00:00.000+0000',
        },
        configuration: {
          description: 'A rollout of the fleet could not go on.',
          metrics: [
            {
              id: expect.any(String),
              metricStat: {
                metric: {
                  namespace: 'AWS/States',
                  name: 'ExecutionsFailed',
                  dimensions: { StateMachineArn: machineArn(aws, 'roll-out-fleet') },
                },
                period: 300,
                stat: 'Sum',
              },
              returnData: true,
            },
          ],
        },
      },
    });
  });
});

describe('SetAlarmState', () => {
  test('remembers when the state changed, and when it was last set', async () => {
    const { alarm, cloudWatch, wait } = await begin();
    const { AlarmName } = await alarm('RolloutFailedAlarm');
    const set = async (StateValue: StateValue): Promise<MetricAlarm> => {
      await wait(60);
      await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a look' }));
      return alarm('RolloutFailedAlarm');
    };
    const changed = new Date('2026-08-20T09:01:00Z');
    expect(await set('ALARM')).toMatchObject({ StateReason: 'a look', StateTransitionedTimestamp: changed });
    expect(await set('ALARM')).toMatchObject({
      StateTransitionedTimestamp: changed,
      StateUpdatedTimestamp: new Date('2026-08-20T09:02:00Z'),
    });
  });

  test('lasts until the metric has something to say', async () => {
    const world = await begin();
    const { alarm, cloudWatch, wait } = world;
    const { AlarmName } = await alarm('RolloutAbortedAlarm');
    await wait(60);
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a look' }));
    await wait(3600);
    expect((await alarm('RolloutAbortedAlarm')).StateValue).toBe('ALARM');
    const input = JSON.stringify({ clusterName: 'nope' });
    const started = await world.sfn.send(
      new StartExecutionCommand({ stateMachineArn: machineArn(world.aws, 'roll-out-cluster'), input }),
    );
    world.aws.executions.find(started.executionArn ?? '')?.stop();
    await wait(600);
    expect((await alarm('RolloutAbortedAlarm')).StateValue).toBe('OK');
  });
});

describe('DescribeAlarms', () => {
  test('finds by name, prefix and state', async () => {
    const { names, cloudWatch } = await begin();
    const all = await names({});
    expect(all.length).toBeGreaterThan(5);
    expect(all).toEqual([...all].sort());
    const [first = '', second = ''] = all as string[];
    expect(await names({ AlarmNames: [first, 'no-such'] })).toEqual([first]);
    expect(await names({ AlarmNamePrefix: second })).toEqual([second]);
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: first, StateValue: 'ALARM', StateReason: 'a look' }));
    expect(await names({ StateValue: 'ALARM' })).toEqual([first]);
    expect(await names({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] })).toEqual(all);
    expect(await names({ AlarmTypes: ['CompositeAlarm'] })).toEqual([]);
    expect(await names({ ChildrenOfAlarmName: first })).toEqual([]);
  });

  test('and DescribeAlarmHistory go page by page, with a token for each', async () => {
    const { names, cloudWatch, wait } = await begin();
    await wait(60);
    const found: (string | undefined)[] = [];
    const tokens: string[] = [];
    for await (const page of paginateDescribeAlarms({ client: cloudWatch, pageSize: 1 }, {})) {
      found.push(...(page.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName));
      if (page.NextToken !== undefined) tokens.push(page.NextToken);
    }
    expect(found).toEqual(await names({}));
    expect(new Set(tokens).size).toBe(found.length - 1);

    const input = { ScanBy: 'TimestampDescending' as const };
    const whole = (await cloudWatch.send(new DescribeAlarmHistoryCommand(input))).AlarmHistoryItems ?? [];
    const pages: unknown[] = [];
    for await (const page of paginateDescribeAlarmHistory({ client: cloudWatch, pageSize: 1 }, input)) {
      pages.push(...(page.AlarmHistoryItems ?? []));
    }
    expect(pages).toEqual(whole);
    expect(whole.length).toBeGreaterThan(found.length);
    expect(whole[0]?.HistoryItemType).toBe('StateUpdate');
    expect(whole.at(-1)?.HistoryItemType).toBe('ConfigurationUpdate');
  });

  test.each<[string, DescribeAlarmsInput, string]>([
    ['names and a prefix', { AlarmNames: ['a'], AlarmNamePrefix: 'a' }, 'InvalidParameterCombinationException'],
    ['more than a hundred names', { AlarmNames: Array(101).fill('a') }, 'ValidationException'],
    ['no records', { MaxRecords: 0 }, 'ValidationException'],
    ['more than a hundred records', { MaxRecords: 101 }, 'ValidationException'],
    ['a state that is none', { StateValue: 'FINE' as StateValue }, 'ValidationException'],
    ['a token that was not given', { NextToken: 'x' }, 'InvalidNextToken'],
  ])('refuses %s', async (_, input, name) => {
    const { cloudWatch } = await begin();
    await expect(cloudWatch.send(new DescribeAlarmsCommand(input))).rejects.toMatchObject({ name });
  });
});

/** The AWS SDK for JavaScript speaks JSON to CloudWatch, botocore CBOR, and older clients forms and XML. */
describe.each<[string, CloudWatchClientConfig]>([
  ['JSON 1.0', {}],
  ['RPC v2 CBOR', { protocol: SmithyRpcV2CborProtocol }],
  ['query', { protocol: AwsQueryProtocol }],
])('in %s', (_, protocol) => {
  test('alarms are found and set, and errors have their names', async () => {
    const { aws, alarm, wait } = await begin();
    await wait(60);
    const client = new CloudWatchClient({ ...clientSettings(aws.url), ...protocol });
    onTestFinished(() => client.destroy());
    const AlarmNamePrefix = 'eks-ami-rollout-StarterErrors';
    const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix }));
    const [errors] = MetricAlarms;
    expect(errors).toEqual(await alarm('StarterErrorsAlarm'));
    const AlarmName = errors?.AlarmName;
    await client.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'é & <a>' }));
    expect((await alarm('StarterErrorsAlarm')).StateReason).toBe('é & <a>');
    const { AlarmHistoryItems } = await client.send(new DescribeAlarmHistoryCommand({ AlarmName, MaxRecords: 1 }));
    expect(AlarmHistoryItems).toEqual([
      expect.objectContaining({ HistorySummary: 'Alarm updated from OK to ALARM', Timestamp: new Date(aws.clock.now) }),
    ]);
    const absent = new SetAlarmStateCommand({ AlarmName: 'no', StateValue: 'OK', StateReason: '-' });
    await expect(client.send(absent)).rejects.toMatchObject({
      name: 'ResourceNotFound',
      $metadata: { httpStatusCode: 404 },
    });
    const notJson = new SetAlarmStateCommand({
      AlarmName,
      StateValue: 'OK',
      StateReason: '-',
      StateReasonData: '{',
    });
    await expect(client.send(notJson)).rejects.toMatchObject({ name: 'InvalidFormatFault' });
  });
});
