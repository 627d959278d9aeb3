/**
 * The gate `alarm`: CloudWatch alarms that the policy names stay out of ALARM, from the request for the update to the end
 * of the bake. What happened in between counts as well: an alarm that came and went between two looks was one.
 */
import type { Finding } from '../plan/finding.ts';
import type { Measurement } from './measurement.ts';
import { few } from './nodes-ready.ts';
import type { Unread } from './unread.ts';

export interface AlarmReading {
  name: string;
  state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  /** When it came into this state, ISO 8601. */
  changedAt: string;
  /** When it first went into ALARM since the instant that was asked about; null: it did not. */
  firedAt: string | null;
}

/** Does the policy mean this alarm? A `*` at the end stands for any text. */
export const isMeant = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** `since`: when the update was requested. An alarm that was there before is nobody's verdict on the new AMI. */
export const measureAlarm = (pattern: string, alarms: readonly AlarmReading[] | Unread, since: string): Measurement => {
  if ('fault' in alarms) return { kind: 'missing', reason: alarms.fault };
  const meant = alarms.filter(({ name }) => isMeant(pattern, name));
  if (meant.length === 0) return { kind: 'missing', reason: `there is no alarm ${pattern}` };
  const isSince = (instant: string): boolean => Date.parse(instant) >= Date.parse(since);
  const fired = meant.flatMap(({ name, state, changedAt, firedAt }) => {
    if (state === 'ALARM' && isSince(changedAt)) return [`${name} is in ALARM since ${changedAt}`];
    return firedAt === null ? [] : [`${name} went into ALARM at ${firedAt}`];
  });
  if (fired.length > 0) return { kind: 'unhealthy', reason: few(fired) };
  const silent = meant.filter(({ state }) => state === 'INSUFFICIENT_DATA').map(({ name }) => name);
  if (silent.length > 0) return { kind: 'missing', reason: `INSUFFICIENT_DATA in ${few(silent)}` };
  const before = meant.filter(({ state }) => state === 'ALARM');
  if (before.length > 0) {
    const since = before.map(({ name, changedAt }) => `${name} is in ALARM since ${changedAt}`);
    return { kind: 'doubtful', reason: `${few(since)}, before the update was requested` };
  }
  return { kind: 'healthy', reason: meant.length === 1 ? 'OK throughout' : `${meant.length} alarms OK throughout` };
};

/** One look before the first change: an alarm that already fires, or says nothing, could judge no AMI. */
export const alarmFindings = (patterns: readonly string[], alarms: readonly AlarmReading[] | Unread): Finding[] => {
  if (patterns.length === 0) return [];
  if ('fault' in alarms) {
    const message = `the alarms ${few(patterns)}, gates of the policy, cannot be read: ${alarms.fault}`;
    return [{ code: 'gate-not-read', level: 'refuse', message }];
  }
  return patterns.flatMap((pattern): Finding[] => {
    const meant = alarms.filter(({ name }) => isMeant(pattern, name));
    const of = (state: AlarmReading['state']): string[] =>
      meant.filter((alarm) => alarm.state === state).map(({ name }) => name);
    if (meant.length === 0) {
      return [
        {
          code: 'gate-not-read',
          level: 'refuse',
          message: `there is no CloudWatch alarm ${pattern}, which the policy names as a gate`,
          fix: 'name one that "aws cloudwatch describe-alarms" lists in the Region of the cluster',
        },
      ];
    }
    const firing = of('ALARM');
    if (firing.length > 0) {
      return [
        {
          code: 'alarm-firing',
          level: 'refuse',
          message: `${few(firing)}, ${firing.length === 1 ? 'a gate' : 'gates'} of the policy, already ${firing.length === 1 ? 'is' : 'are'} in ALARM`,
          fix: 'start again when it is OK',
        },
      ];
    }
    const silent = of('INSUFFICIENT_DATA');
    if (silent.length === 0) return [];
    return [
      {
        code: 'gate-not-read',
        level: 'refuse',
        message: `${few(silent)}, ${silent.length === 1 ? 'a gate' : 'gates'} of the policy, ${silent.length === 1 ? 'has' : 'have'} INSUFFICIENT_DATA`,
        fix: 'let its metric be published, or set its TreatMissingData to notBreaching',
      },
    ];
  });
};
