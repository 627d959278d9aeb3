/**
 * Instance refreshes: what was asked for, and how far they are (EC2 Auto Scaling user guide, asg-instance-refresh; API
 * reference, StartInstanceRefresh and InstanceRefresh). How instances are replaced is in refresh-run.ts.
 */
import { digest } from '../digest.ts';
import type { AutoScalingGroup, Configuration } from './auto-scaling-groups.ts';

export type RefreshStatus =
  | 'Pending'
  | 'InProgress'
  | 'Baking'
  | 'Successful'
  | 'Failed'
  | 'Cancelling'
  | 'Cancelled'
  | 'RollbackInProgress'
  | 'RollbackSuccessful'
  | 'RollbackFailed';

export interface RefreshPreferences {
  minHealthyPercentage: number;
  /** Left out is not the same as 100: see `launchesFirst`. */
  maxHealthyPercentage: number | undefined;
  instanceWarmupSeconds: number;
  /** Ascending. */
  checkpointPercentages: readonly number[];
  checkpointDelaySeconds: number;
  bakeTimeSeconds: number;
  skipMatching: boolean;
  autoRollback: boolean;
  scaleInProtectedInstances: 'Refresh' | 'Ignore' | 'Wait';
  standbyInstances: 'Terminate' | 'Ignore' | 'Wait';
}

/** How far a refresh was when its rollback began. */
export interface RefreshRollback {
  reason: string;
  startedAt: number;
  percentageComplete: number;
  instancesToUpdate: number;
}

const activeStatuses: readonly RefreshStatus[] = [
  'Pending',
  'InProgress',
  'Baking',
  'Cancelling',
  'RollbackInProgress',
];

export class InstanceRefresh {
  readonly id: string;
  readonly group: AutoScalingGroup;
  readonly preferences: RefreshPreferences;
  /** What it leads to; undefined: instances are replaced by what the group has saved. */
  readonly desired: Configuration | undefined;
  readonly startedAt: number;
  /** false: somebody else's, which is there and does nothing. */
  readonly isPlayed: boolean;
  status: RefreshStatus;
  statusReason: string | undefined;
  percentageComplete = 0;
  instancesToUpdate: number;
  endedAt: number | undefined;
  rollback: RefreshRollback | undefined;
  /** How many instances it may have out of service at once: as many as when the last of them was begun. */
  budget: number;

  constructor(
    group: AutoScalingGroup,
    settings: {
      preferences: RefreshPreferences;
      desired: Configuration | undefined;
      startedAt: number;
      isPlayed: boolean;
    },
  ) {
    this.id = digest('instance-refresh', group.name, String(group.refreshes.length + 1)).uuid;
    this.group = group;
    this.preferences = settings.preferences;
    this.desired = settings.desired;
    this.startedAt = settings.startedAt;
    this.isPlayed = settings.isPlayed;
    this.status = settings.isPlayed ? 'Pending' : 'InProgress';
    this.instancesToUpdate = group.members.length;
    this.budget = this.replacedAtOnce;
  }

  get isActive(): boolean {
    return activeStatuses.includes(this.status);
  }

  get isRollingBack(): boolean {
    return this.rollback !== undefined;
  }

  /** What the group launches from while it is active. */
  get launchesFrom(): Configuration {
    return this.isRollingBack || this.desired === undefined ? this.group.configuration : this.desired;
  }

  /** How many instances may be missing without the group falling below what must stay in service. */
  get #toSpare(): number {
    const { desired } = this.group;
    return desired - Math.ceil((desired * this.preferences.minHealthyPercentage) / 100);
  }

  /**
   * New instances come before old ones go. With an explicit maximum of 100 it is so only where both bounds cannot be
   * honored otherwise; without one it is never so (API reference, RefreshPreferences, MaxHealthyPercentage).
   */
  get launchesFirst(): boolean {
    const { maxHealthyPercentage } = this.preferences;
    return maxHealthyPercentage !== undefined && (maxHealthyPercentage > 100 || this.#toSpare < 1);
  }

  /** At least one instance is always replaced. */
  get replacedAtOnce(): number {
    const { maxHealthyPercentage = 100 } = this.preferences;
    const { desired } = this.group;
    const more = Math.floor((desired * maxHealthyPercentage) / 100) - desired;
    return Math.max(1, this.launchesFirst ? more : this.#toSpare);
  }

  end(status: RefreshStatus, at: number, reason?: string): void {
    this.status = status;
    this.statusReason = reason;
    this.endedAt = at;
  }

  startRollback(reason: string, at: number): void {
    this.rollback = {
      reason,
      startedAt: at,
      percentageComplete: this.percentageComplete,
      instancesToUpdate: this.instancesToUpdate,
    };
    this.status = 'RollbackInProgress';
    this.statusReason = undefined;
  }
}
