/** CloudWatch alarms (CloudWatch API reference). */
import type * as client from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import { type Alarm, type AlarmState, alarmStates } from '../world/alarms.ts';
import type { World } from '../world/world.ts';
import { pageOf } from './paging.ts';

/** API reference, DescribeAlarms. */
const mostRecords = 100;
const usualRecords = 50;

export const cloudWatchOperations = (world: World): Operations<typeof client> => ({
  DescribeAlarms: ({ AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue, ActionPrefix, MaxRecords, NextToken }) => {
    if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
      throw invalid('AlarmNames and AlarmNamePrefix cannot both be specified');
    }
    if (MaxRecords !== undefined && (MaxRecords < 1 || MaxRecords > mostRecords)) {
      throw invalid(`MaxRecords must be between 1 and ${mostRecords}`);
    }
    // Composite alarms are not played, so there are none.
    const isAsked = AlarmTypes === undefined || AlarmTypes.includes('MetricAlarm');
    const found = world.alarms
      .all()
      .filter(({ name }) => AlarmNames?.includes(name) ?? name.startsWith(AlarmNamePrefix ?? ''))
      .filter(({ state }) => StateValue === undefined || state === StateValue)
      .filter(
        ({ properties }) =>
          ActionPrefix === undefined ||
          actionsOf(properties, 'AlarmActions').some((action) => action.startsWith(ActionPrefix)),
      );
    const page = pageOf(isAsked ? found : [], {
      token: NextToken,
      size: MaxRecords ?? usualRecords,
      onBadToken: () => new AwsError('InvalidNextToken', 'The next token specified is invalid.'),
    });
    return {
      MetricAlarms: page.items.map((alarm) => alarmOut(world, alarm)),
      CompositeAlarms: [],
      NextToken: page.nextToken,
    };
  },

  SetAlarmState: ({ AlarmName, StateValue, StateReason, StateReasonData }) => {
    const alarm = world.alarms.get(AlarmName);
    if (alarm === undefined) throw new AwsError('ResourceNotFound', `The alarm ${AlarmName} does not exist.`);
    if (!alarmStates.includes(StateValue as AlarmState)) throw invalid(`${StateValue} is no state of an alarm`);
    world.alarms.set(alarm, StateValue as AlarmState, StateReason, StateReasonData);
    return {};
  },
});

const invalid = (message: string): AwsError => new AwsError('ValidationError', message);

const actionsOf = (properties: Alarm['properties'], name: string): string[] =>
  ((properties[name] as unknown[] | undefined) ?? []).map(String);

const alarmOut = (world: World, alarm: Alarm): client.MetricAlarm => {
  const { name, properties, state, reason, reasonData, updatedAt, changedAt, createdAt } = alarm;
  const text = (key: string) => (properties[key] === undefined ? undefined : String(properties[key]));
  const number = (key: string) => (properties[key] === undefined ? undefined : Number(properties[key]));
  return {
    AlarmName: name,
    AlarmArn: world.arn('cloudwatch', `alarm:${name}`),
    AlarmDescription: text('AlarmDescription'),
    AlarmConfigurationUpdatedTimestamp: new Date(createdAt),
    ActionsEnabled: properties.ActionsEnabled !== false,
    OKActions: actionsOf(properties, 'OKActions'),
    AlarmActions: actionsOf(properties, 'AlarmActions'),
    InsufficientDataActions: actionsOf(properties, 'InsufficientDataActions'),
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
