/** CloudWatch alarms: what state they are in, how they came to it, and when they are looked at again. */
import type { Clock } from '../clock/pretend-clock.ts';
import { type AlarmRule, type AlarmState, judge, rangeOf, ruleOf } from './alarm-rules.ts';
import { keyOf, type Metrics } from './metrics.ts';

export const alarmStates: readonly AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** A state and why. */
export interface Standing {
  state: AlarmState;
  reason: string;
  /** JSON. */
  reasonData: string | undefined;
  /** When it was last said, in milliseconds. */
  updatedAt: number;
}

export interface Alarm extends Standing {
  readonly name: string;
  /** As CloudFormation, or whoever made it, sent it. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** When the state last became another one. */
  changedAt: number;
  readonly createdAt: number;
}

export interface HistoryItem {
  alarm: Alarm;
  at: number;
  type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action';
  summary: string;
  data: Readonly<Record<string, unknown>>;
}

/** An alarm is evaluated every minute (CloudWatch user guide, alarm-evaluation). */
const minute = 60_000;

/** What an alarm measures that is not played as a metric: what of it is amiss, from 0 to 1. */
export type Amiss = () => number;

/** So much amiss, in so many looks one after another, is an ALARM. */
const follows = { threshold: 0.2, looks: 2 };

interface Watched {
  alarm: Alarm;
  rule: AlarmRule;
  isLookedAtAgain: boolean;
  /** Somebody keeps it in its state, whatever its metrics say. */
  isHeld: boolean;
}

export class Alarms {
  /** Told of each new state, with the former standing. */
  onChange: (alarm: Alarm, former: Standing) => void = () => {};
  /** Oldest first. */
  readonly history: HistoryItem[] = [];
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #alarms = new Map<string, Alarm>();
  readonly #watched = new Map<string, Watched>();
  readonly #held = new Set<Alarm>();

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#metrics = metrics;
    metrics.onSample = (metric) => {
      for (const watched of this.#watched.values()) {
        if (watched.rule.metrics.some((each) => keyOf(each) === keyOf(metric))) this.#look(watched);
      }
    };
  }

  /** By name. */
  all(): Alarm[] {
    return [...this.#alarms.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Alarm | undefined {
    return this.#alarms.get(name);
  }

  /**
   * It begins without data (CloudWatch user guide, alarm states). One whose metrics are not measured here stays so until
   * somebody sets it.
   */
  add(name: string, properties: Readonly<Record<string, unknown>>): Alarm {
    const { now } = this.#clock;
    const alarm: Alarm = {
      name,
      properties,
      state: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      reasonData: undefined,
      updatedAt: now,
      changedAt: now,
      createdAt: now,
    };
    this.#alarms.set(name, alarm);
    this.remember(alarm, 'ConfigurationUpdate', `Alarm "${name}" created`, { version: '1.0', type: 'Create' });
    const rule = ruleOf(name, properties);
    if (rule.metrics.every((metric) => this.#metrics.isMeasured(metric))) {
      const watched: Watched = { alarm, rule, isLookedAtAgain: true, isHeld: false };
      this.#watched.set(name, watched);
      this.#clock.meanwhile(minute, () => this.#lookAgain(watched));
    }
    return alarm;
  }

  /** Until its metrics have something else to say (CloudWatch API reference, SetAlarmState). */
  set(alarm: Alarm, state: AlarmState, reason: string, reasonData?: string): void {
    const { now } = this.#clock;
    const former: Standing = { ...alarm };
    Object.assign(alarm, { state, reason, reasonData, updatedAt: now });
    if (former.state === state) return;
    alarm.changedAt = now;
    this.remember(alarm, 'StateUpdate', `Alarm updated from ${former.state} to ${state}`, {
      version: '1.0',
      oldState: standingIn(former),
      newState: standingIn(alarm),
    });
    this.onChange(alarm, former);
  }

  /** It stays in the state, whatever its metrics say. */
  hold(alarm: Alarm, state: AlarmState, reason: string): void {
    const watched = this.#watched.get(alarm.name);
    if (watched !== undefined) watched.isHeld = true;
    this.#held.add(alarm);
    this.set(alarm, state, reason);
  }

  /** It tells how much is amiss, every minute, until somebody keeps it in a state. */
  follow(alarm: Alarm, amiss: Amiss, breaches = 0): void {
    const share = amiss();
    const inARow = share >= follows.threshold ? breaches + 1 : 0;
    const said = `[${share.toFixed(2)}] against the threshold ${follows.threshold}`;
    if (this.#held.has(alarm)) return;
    if (inARow >= follows.looks) this.set(alarm, 'ALARM', `Threshold Crossed: ${said}`);
    else if (inARow === 0) this.set(alarm, 'OK', `Threshold not crossed: ${said}`);
    this.#clock.meanwhile(minute, () => this.follow(alarm, amiss, inARow));
  }

  remember(alarm: Alarm, type: HistoryItem['type'], summary: string, data: HistoryItem['data']): void {
    this.history.push({ alarm, at: this.#clock.now, type, summary, data });
  }

  /** Looks at once, and every minute for as long as there is data to look at. */
  #look(watched: Watched): void {
    const { alarm, rule, isHeld } = watched;
    const { now } = this.#clock;
    const { state, reason, reasonData } = judge(rule, this.#metrics, now);
    if (!isHeld && state !== undefined && state !== alarm.state) this.set(alarm, state, reason, reasonData);
    if (watched.isLookedAtAgain || !this.#hasData(rule, now)) return;
    watched.isLookedAtAgain = true;
    this.#clock.meanwhile(minute - (now % minute), () => this.#lookAgain(watched));
  }

  #lookAgain(watched: Watched): void {
    watched.isLookedAtAgain = false;
    this.#look(watched);
  }

  #hasData(rule: AlarmRule, now: number): boolean {
    return rule.metrics.some((metric) => this.#metrics.over(metric, 'SampleCount', now - rangeOf(rule), now));
  }
}

const standingIn = ({ state, reason, reasonData }: Standing) => ({
  stateValue: state,
  stateReason: reason,
  ...(reasonData === undefined ? {} : { stateReasonData: JSON.parse(reasonData) as unknown }),
});
