/** Whom an alarm tells that its state changed: the topics it names, and the event bus. */

import { alarmTime, queriesOf, type SentQuery } from '../world/alarm-rules.ts';
import type { Alarm, Standing } from '../world/alarms.ts';
import { publishTo } from '../world/topics.ts';
import type { World } from '../world/world.ts';
import type { EventInput } from './triggers.ts';

const actionsOf = { OK: 'OKActions', ALARM: 'AlarmActions', INSUFFICIENT_DATA: 'InsufficientDataActions' } as const;

export const listOf = ({ properties }: Alarm, name: (typeof actionsOf)[keyof typeof actionsOf]): string[] =>
  ((properties[name] as unknown[] | undefined) ?? []).map(String);

export const arnOf = (world: World, { name }: Alarm): string => world.arn('cloudwatch', `alarm:${name}`);

/** Actions other than topics are not played; they fail as one on a topic that is not there does. */
export const takeActions = (world: World, alarm: Alarm, former: Standing): void => {
  if (alarm.properties.ActionsEnabled === false) return;
  for (const arn of listOf(alarm, actionsOf[alarm.state])) {
    const topic = world.topics.get(arn);
    if (topic !== undefined) {
      const subject = `${alarm.state}: "${alarm.name}" in ${world.region}`.slice(0, 100);
      publishTo(topic, { subject, text: JSON.stringify(notification(world, alarm, former)) }, world.clock.now);
    }
    const how = topic === undefined ? 'Failed to execute action' : 'Successfully executed action';
    world.alarms.remember(alarm, 'Action', `${how} ${arn}`, {
      actionState: topic === undefined ? 'Failed' : 'Succeeded',
      notificationResource: arn,
    });
  }
};

/** What a topic gets (CloudWatch user guide, Notify_Users_Alarm_Changes; the members as people see them). */
const notification = (world: World, alarm: Alarm, former: Standing) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.properties.AlarmDescription ?? null,
  AWSAccountId: world.accountId,
  AlarmConfigurationUpdatedTimestamp: alarmTime(alarm.createdAt),
  NewStateValue: alarm.state,
  NewStateReason: alarm.reason,
  StateChangeTime: alarmTime(alarm.updatedAt),
  Region: world.region,
  AlarmArn: arnOf(world, alarm),
  OldStateValue: former.state,
  OKActions: listOf(alarm, 'OKActions'),
  AlarmActions: listOf(alarm, 'AlarmActions'),
  InsufficientDataActions: listOf(alarm, 'InsufficientDataActions'),
  Trigger: triggerOf(alarm),
});

const triggerOf = ({ properties }: Alarm) => {
  const names = ['MetricName', 'Namespace', 'Statistic', 'Dimensions', 'Metrics', 'Period', 'EvaluationPeriods'];
  const more = ['DatapointsToAlarm', 'ComparisonOperator', 'Threshold', 'TreatMissingData'];
  return Object.fromEntries(
    [...names, ...more].flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]])),
  );
};

/** `CloudWatch Alarm State Change` (CloudWatch user guide, cloudwatch-and-eventbridge). */
export const alarmStateChange = (world: World, alarm: Alarm, former: Standing): EventInput => ({
  source: 'aws.cloudwatch',
  detailType: 'CloudWatch Alarm State Change',
  resources: [arnOf(world, alarm)],
  detail: {
    alarmName: alarm.name,
    state: standingIn(alarm),
    previousState: standingIn(former),
    configuration: { description: alarm.properties.AlarmDescription ?? '', metrics: metricsIn(alarm) },
  },
});

const standingIn = ({ state, reason, reasonData, updatedAt }: Standing) => ({
  value: state,
  reason,
  ...(reasonData === undefined ? {} : { reasonData }),
  timestamp: alarmTime(updatedAt),
});

const metricsIn = ({ name, properties }: Alarm): unknown[] =>
  queriesOf(name, properties).map(({ Id, Expression, Label, MetricStat, ReturnData }) => ({
    id: Id,
    ...(Expression === undefined ? {} : { expression: Expression }),
    ...(Label === undefined ? {} : { label: Label }),
    ...(MetricStat === undefined ? {} : { metricStat: statIn(MetricStat) }),
    returnData: ReturnData ?? true,
  }));

const statIn = ({ Stat, Period, Metric }: NonNullable<SentQuery['MetricStat']>) => ({
  metric: {
    namespace: Metric.Namespace,
    name: Metric.MetricName,
    dimensions: Object.fromEntries((Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
  },
  period: Period,
  stat: Stat,
});
