import {
  type AlarmHistoryItem,
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmReading } from '../../core/gate/alarm.ts';
import type { HealthAlarms } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { batchesOf } from './batches.ts';
import { clientSettings } from './client-settings.ts';

/** So many names a request takes (CloudWatch API reference, DescribeAlarms). */
const batchSize = 100;

/** Alarms of either kind: left out, a request finds no composite ones (CloudWatch API reference, DescribeAlarms). */
const AlarmTypes = ['MetricAlarm', 'CompositeAlarm'] as const;

type Found = MetricAlarm | CompositeAlarm;

/** Names in batches, each beginning of names in a request of its own; histories only of what changed. */
export const cloudWatchAlarms = (cloudWatch = new CloudWatchClient(clientSettings)): HealthAlarms => {
  const describe = async (asked: { AlarmNames: string[] } | { AlarmNamePrefix: string }): Promise<Found[]> => {
    const found: Found[] = [];
    let NextToken: string | undefined;
    do {
      const page = await calling('cloudwatch:DescribeAlarms', () =>
        cloudWatch.send(
          new DescribeAlarmsCommand({ ...asked, AlarmTypes: [...AlarmTypes], MaxRecords: batchSize, NextToken }),
        ),
      );
      found.push(...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return found;
  };

  const firedSince = async (name: string, since: string): Promise<string | null> => {
    let NextToken: string | undefined;
    do {
      const page = await calling(`cloudwatch:DescribeAlarmHistory ${name}`, () =>
        cloudWatch.send(
          new DescribeAlarmHistoryCommand({
            AlarmName: name,
            AlarmTypes: [...AlarmTypes],
            HistoryItemType: 'StateUpdate',
            StartDate: new Date(since),
            ScanBy: 'TimestampAscending',
            MaxRecords: 100,
            NextToken,
          }),
        ),
      );
      const fired = page.AlarmHistoryItems?.find(wentIntoAlarm);
      if (fired !== undefined) return fired.Timestamp?.toISOString() ?? since;
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return null;
  };

  const readingOf = async (alarm: Found, since: string | null): Promise<AlarmReading> => {
    const name = alarm.AlarmName ?? '';
    const changedAt = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp ?? new Date(0);
    const mayHaveFired = since !== null && changedAt.getTime() >= Date.parse(since);
    return {
      name,
      state: stateOf(alarm.StateValue),
      changedAt: changedAt.toISOString(),
      firedAt: mayHaveFired ? await firedSince(name, since) : null,
    };
  };

  return {
    read: async (patterns, since) => {
      const names = patterns.filter((pattern) => !pattern.endsWith('*'));
      const beginnings = patterns.filter((pattern) => pattern.endsWith('*'));
      const found = new Map<string, Found>();
      const remember = (alarms: readonly Found[]): void => {
        for (const alarm of alarms) found.set(alarm.AlarmName ?? '', alarm);
      };
      for (const batch of batchesOf(names, batchSize)) remember(await describe({ AlarmNames: batch }));
      for (const each of beginnings) remember(await describe({ AlarmNamePrefix: each.slice(0, -1) }));
      const readings: AlarmReading[] = [];
      for (const alarm of found.values()) readings.push(await readingOf(alarm, since));
      return readings;
    },
  };
};

/** A state that is not known yet says as little as one without data. */
const stateOf = (value: string | undefined): AlarmReading['state'] =>
  value === 'OK' || value === 'ALARM' ? value : 'INSUFFICIENT_DATA';

/** HistoryData of a StateUpdate is JSON (CloudWatch API reference, AlarmHistoryItem). */
const wentIntoAlarm = ({ HistoryData, HistorySummary }: AlarmHistoryItem): boolean => {
  try {
    const { newState } = JSON.parse(HistoryData ?? '') as { newState?: { stateValue?: string } };
    if (newState?.stateValue !== undefined) return newState.stateValue === 'ALARM';
  } catch {
    // Then its summary tells.
  }
  return HistorySummary?.endsWith('to ALARM') ?? false;
};
