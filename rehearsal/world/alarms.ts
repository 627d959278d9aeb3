/** CloudWatch alarms. No metric is played: an alarm has the state somebody gives it. */
import type { Clock } from '../clock/pretend-clock.ts';

export const alarmStates = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type AlarmState = (typeof alarmStates)[number];

export interface Alarm {
  name: string;
  /** As CloudFormation, or whoever made it, sent it. */
  readonly properties: Readonly<Record<string, unknown>>;
  state: AlarmState;
  reason: string;
  reasonData: string | undefined;
  /** When the state was last set, and when it last became another one. */
  updatedAt: number;
  changedAt: number;
  readonly createdAt: number;
}

export class Alarms {
  readonly #clock: Clock;
  readonly #alarms = new Map<string, Alarm>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By name. */
  all(): Alarm[] {
    return [...this.#alarms.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Alarm | undefined {
    return this.#alarms.get(name);
  }

  /** It begins without data (CloudWatch user guide, alarm states). */
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
    return alarm;
  }

  set(alarm: Alarm, state: AlarmState, reason: string, reasonData?: string): void {
    const { now } = this.#clock;
    if (alarm.state !== state) alarm.changedAt = now;
    Object.assign(alarm, { state, reason, reasonData, updatedAt: now });
  }
}
