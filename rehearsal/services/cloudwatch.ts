/** CloudWatch alarms (CloudWatch API reference). There are no composite alarms and no log alarms. */
import type * as client from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import type { AlarmState } from '../world/alarm-rules.ts';
import { type Alarm, alarmStates, type HistoryItem } from '../world/alarms.ts';
import type { World } from '../world/world.ts';
import { arnOf, listOf } from './alarm-actions.ts';
import { pageOf } from './paging.ts';

/** API reference, DescribeAlarms and DescribeAlarmHistory. */
const limits = { names: 100, records: 100 };
const usualRecords = 50;

export const cloudWatchOperations = (world: World): Operations<typeof client> => ({
  DescribeAlarms: (input) => {
    const { MaxRecords, NextToken } = input;
    const page = pageOf(alarmsAskedFor(world, input), {
      token: NextToken,
      size: recordsIn(MaxRecords),
      onBadToken,
    });
    return {
      MetricAlarms: page.items.map((alarm) => alarmOut(world, alarm)),
      CompositeAlarms: [],
      LogAlarms: [],
      NextToken: page.nextToken,
    };
  },

  DescribeAlarmHistory: ({ AlarmName, AlarmTypes, HistoryItemType, StartDate, EndDate, ScanBy, ...input }) => {
    const from = StartDate?.getTime() ?? Number.NEGATIVE_INFINITY;
    const to = EndDate?.getTime() ?? Number.POSITIVE_INFINITY;
    const found = world.alarms.history
      .filter(({ alarm }) => AlarmName === undefined || alarm.name === AlarmName)
      .filter(({ type }) => HistoryItemType === undefined || type === HistoryItemType)
      .filter(({ at }) => at >= from && at <= to);
    const page = pageOf(!isOfMetrics(AlarmTypes) ? [] : ScanBy === 'TimestampAscending' ? found : found.reverse(), {
      token: input.NextToken,
      size: recordsIn(input.MaxRecords),
      onBadToken,
    });
    return { AlarmHistoryItems: page.items.map(historyItemOut), NextToken: page.nextToken };
  },

  SetAlarmState: ({ AlarmName, StateValue, StateReason, StateReasonData }) => {
    const alarm = world.alarms.get(AlarmName);
    if (alarm === undefined) throw new AwsError('ResourceNotFound', `Alarm with name ${AlarmName} does not exist`);
    if (StateReasonData !== undefined && !isJson(StateReasonData)) {
      throw new AwsError('InvalidFormatFault', 'StateReasonData must be JSON.');
    }
    world.alarms.set(alarm, stateIn(StateValue), StateReason, StateReasonData);
    return {};
  },
});

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

const onBadToken = (): AwsError => new AwsError('InvalidNextToken', 'The next token specified is invalid.');

const recordsIn = (sent: number | undefined): number => {
  if (sent !== undefined && (sent < 1 || sent > limits.records)) {
    throw invalid(`Value '${sent}' at 'maxRecords' failed to satisfy constraint: from 1 to ${limits.records}`);
  }
  return sent ?? usualRecords;
};

const stateIn = (sent: string): AlarmState => {
  const state = alarmStates.find((each) => each === sent);
  if (state !== undefined) return state;
  throw invalid(`Value '${sent}' at 'stateValue' failed to satisfy constraint: one of ${alarmStates.join(', ')}`);
};

/** Left out: metric alarms, and no others. */
const isOfMetrics = (types: readonly string[] | undefined): boolean => types?.includes('MetricAlarm') ?? true;

const alarmsAskedFor = (world: World, input: client.DescribeAlarmsInput): Alarm[] => {
  const { AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue, ActionPrefix } = input;
  if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
    throw new AwsError('InvalidParameterCombinationException', 'AlarmNames and AlarmNamePrefix exclude each other.');
  }
  if ((AlarmNames?.length ?? 0) > limits.names) {
    throw invalid(`Value at 'alarmNames' failed to satisfy constraint: at most ${limits.names} members`);
  }
  const state = StateValue === undefined ? undefined : stateIn(StateValue);
  // Only composite alarms have children or are parents.
  if (input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined) return [];
  if (!isOfMetrics(AlarmTypes)) return [];
  return world.alarms
    .all()
    .filter(({ name }) => AlarmNames?.includes(name) ?? name.startsWith(AlarmNamePrefix ?? ''))
    .filter((alarm) => state === undefined || alarm.state === state)
    .filter((alarm) => ActionPrefix === undefined || actionsOf(alarm).some((arn) => arn.startsWith(ActionPrefix)));
};

const actionsOf = (alarm: Alarm): string[] => [
  ...listOf(alarm, 'OKActions'),
  ...listOf(alarm, 'AlarmActions'),
  ...listOf(alarm, 'InsufficientDataActions'),
];

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const alarmOut = (world: World, alarm: Alarm): client.MetricAlarm => {
  const { name, properties, state, reason, reasonData, updatedAt, changedAt, createdAt } = alarm;
  const text = (key: string) => (properties[key] === undefined ? undefined : String(properties[key]));
  const number = (key: string) => (properties[key] === undefined ? undefined : Number(properties[key]));
  return {
    AlarmName: name,
    AlarmArn: arnOf(world, alarm),
    AlarmDescription: text('AlarmDescription'),
    AlarmConfigurationUpdatedTimestamp: new Date(createdAt),
    ActionsEnabled: properties.ActionsEnabled !== false,
    OKActions: listOf(alarm, 'OKActions'),
    AlarmActions: listOf(alarm, 'AlarmActions'),
    InsufficientDataActions: listOf(alarm, 'InsufficientDataActions'),
    StateValue: state,
    StateReason: reason,
    StateReasonData: reasonData,
    StateUpdatedTimestamp: new Date(updatedAt),
    StateTransitionedTimestamp: new Date(changedAt),
    Namespace: text('Namespace'),
    MetricName: text('MetricName'),
    Statistic: text('Statistic') as client.Statistic | undefined,
    Dimensions: properties.Metrics === undefined ? ((properties.Dimensions ?? []) as client.Dimension[]) : undefined,
    Metrics: properties.Metrics as client.MetricDataQuery[] | undefined,
    Period: number('Period'),
    EvaluationPeriods: number('EvaluationPeriods'),
    DatapointsToAlarm: number('DatapointsToAlarm'),
    Threshold: number('Threshold'),
    ComparisonOperator: text('ComparisonOperator') as client.ComparisonOperator | undefined,
    TreatMissingData: text('TreatMissingData'),
  };
};

const historyItemOut = ({ alarm, at, type, summary, data }: HistoryItem): client.AlarmHistoryItem => ({
  AlarmName: alarm.name,
  AlarmType: 'MetricAlarm',
  Timestamp: new Date(at),
  HistoryItemType: type,
  HistorySummary: summary,
  HistoryData: JSON.stringify(data),
});
