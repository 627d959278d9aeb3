/** Instance refreshes: asked for, described, cancelled and rolled back. */
import type * as client from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../wire/errors.ts';
import type { Operations } from '../../wire/operations.ts';
import type { AutoScalingGroup } from '../../world/auto-scaling-groups.ts';
import { InstanceRefresh, type RefreshPreferences } from '../../world/instance-refresh.ts';
import { runInstanceRefresh } from '../../world/refresh-run.ts';
import type { World } from '../../world/world.ts';
import { pageOf } from '../paging.ts';
import { configurationOut, isPinned, readConfiguration } from './configurations.ts';
import { badToken, groupNamed, invalid, livingGroup } from './groups.ts';

export const refreshOperations = (world: World, onBug: (bug: unknown) => void) =>
  ({
    DescribeInstanceRefreshes: ({ AutoScalingGroupName, InstanceRefreshIds, MaxRecords, NextToken }) => {
      // Newest first (API reference, DescribeInstanceRefreshesAnswer).
      const found = groupNamed(world, AutoScalingGroupName)
        .refreshes.filter(({ id }) => InstanceRefreshIds?.includes(id) ?? true)
        .reverse();
      const page = pageOf(found, { token: NextToken, size: Math.min(MaxRecords ?? 50, 100), onBadToken: badToken });
      return { InstanceRefreshes: page.items.map((refresh) => refreshOut(world, refresh)), NextToken: page.nextToken };
    },

    StartInstanceRefresh: ({ AutoScalingGroupName, Strategy, DesiredConfiguration, Preferences }) => {
      const group = livingGroup(world, AutoScalingGroupName);
      if (Strategy !== undefined && Strategy !== 'Rolling') {
        throw invalid(`the strategy ${Strategy} is not played by the embedded AWS; see docs/rehearsal.md`);
      }
      const preferences = readPreferences(group, Preferences ?? {});
      const desired = readConfiguration(world, DesiredConfiguration ?? {});
      refuseAutoRollback(group, preferences, desired !== undefined);
      if (group.activeRefresh !== undefined) {
        throw new AwsError(
          'InstanceRefreshInProgressFault',
          `An Instance Refresh is already in progress and blocks the execution of this Instance Refresh: ${group.activeRefresh.id}`,
        );
      }
      const refresh = new InstanceRefresh(group, { preferences, desired, startedAt: world.clock.now, isPlayed: true });
      group.refreshes.push(refresh);
      runInstanceRefresh(world, refresh).catch(onBug);
      return { InstanceRefreshId: refresh.id };
    },

    CancelInstanceRefresh: ({ AutoScalingGroupName, WaitForTransitioningInstances = true }) => {
      const refresh = activeRefreshOf(groupNamed(world, AutoScalingGroupName));
      if (WaitForTransitioningInstances && refresh.isPlayed) refresh.status = 'Cancelling';
      else refresh.end('Cancelled', world.clock.now);
      return { InstanceRefreshId: refresh.id };
    },

    RollbackInstanceRefresh: ({ AutoScalingGroupName }) => {
      const group = groupNamed(world, AutoScalingGroupName);
      const refresh = activeRefreshOf(group);
      if (refresh.desired === undefined || !isPinned(group)) {
        throw irreversible('no desired configuration, or the group uses $Latest or $Default');
      }
      if (refresh.isRollingBack || refresh.status === 'Cancelling') throw irreversible(`it is ${refresh.status}`);
      refresh.startRollback('Manual rollback', world.clock.now);
      return { InstanceRefreshId: refresh.id };
    },
  }) satisfies Operations<typeof client>;

const activeRefreshOf = ({ activeRefresh, name }: AutoScalingGroup): InstanceRefresh => {
  if (activeRefresh !== undefined) return activeRefresh;
  throw new AwsError(
    'ActiveInstanceRefreshNotFoundFault',
    `No in progress or pending Instance Refresh found for Auto Scaling group ${name}`,
  );
};

const irreversible = (why: string): AwsError =>
  new AwsError('IrreversibleInstanceRefreshFault', `The instance refresh cannot be rolled back: ${why}`);

/** Bounds and defaults of the API reference, RefreshPreferences. */
const readPreferences = (group: AutoScalingGroup, sent: client.RefreshPreferences): RefreshPreferences => {
  const { MinHealthyPercentage: min, MaxHealthyPercentage: max, CheckpointPercentages: checkpoints = [] } = sent;
  refuseOutside('MinHealthyPercentage', min, 0, 100);
  refuseOutside('MaxHealthyPercentage', max, 100, 200);
  if (max !== undefined && min === undefined) {
    throw invalid('You must specify MinHealthyPercentage when you specify MaxHealthyPercentage.');
  }
  if (max !== undefined && max - (min ?? 0) > 100) {
    throw invalid('The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100.');
  }
  for (const [index, percentage] of checkpoints.entries()) {
    refuseOutside('CheckpointPercentages', percentage, 1, 100);
    if (percentage <= (checkpoints[index - 1] ?? 0)) {
      throw invalid('CheckpointPercentages must be unique and in ascending order.');
    }
  }
  if (sent.CheckpointDelay !== undefined && checkpoints.length === 0) {
    throw invalid('You must specify CheckpointPercentages when you specify CheckpointDelay.');
  }
  refuseOutside('CheckpointDelay', sent.CheckpointDelay, 0, 172_800);
  refuseOutside('BakeTime', sent.BakeTime, 0, 172_800);
  refuseOutside('InstanceWarmup', sent.InstanceWarmup, 0, Number.POSITIVE_INFINITY);
  if ((sent.AlarmSpecification?.Alarms ?? []).length > 0) {
    throw invalid('alarms of an instance refresh are not played by the embedded AWS; see docs/rehearsal.md');
  }
  return {
    minHealthyPercentage: min ?? 90,
    maxHealthyPercentage: max,
    // No group here has a DefaultInstanceWarmup, which would come first.
    instanceWarmupSeconds: sent.InstanceWarmup ?? group.healthCheckGracePeriodSeconds,
    checkpointPercentages: checkpoints,
    checkpointDelaySeconds: sent.CheckpointDelay ?? 3600,
    bakeTimeSeconds: sent.BakeTime ?? 0,
    skipMatching: sent.SkipMatching ?? false,
    autoRollback: sent.AutoRollback ?? false,
    scaleInProtectedInstances: sent.ScaleInProtectedInstances ?? 'Wait',
    standbyInstances: sent.StandbyInstances ?? 'Wait',
  };
};

const refuseOutside = (name: string, value: number | undefined, least: number, most: number): void => {
  if (value === undefined || (value >= least && value <= most)) return;
  throw invalid(`${name} must be between ${least} and ${most}, and is ${value}.`);
};

const refuseAutoRollback = (
  group: AutoScalingGroup,
  { autoRollback }: RefreshPreferences,
  isDesired: boolean,
): void => {
  if (!autoRollback) return;
  if (!isDesired) {
    throw invalid(
      "The request isn't valid. The AutoRollback parameter cannot be set to true when the DesiredConfiguration parameter is empty. Set AutoRollback to false or specify a desired configuration and try again.",
    );
  }
  if (!isPinned(group)) {
    throw invalid('AutoRollback cannot be set to true when the group uses the $Latest or $Default version.');
  }
};

const refreshOut = (world: World, refresh: InstanceRefresh): client.InstanceRefresh => {
  const { group, desired, rollback, endedAt } = refresh;
  const progress = (PercentageComplete: number, InstancesToUpdate: number) => ({
    PercentageComplete,
    InstancesToUpdate,
  });
  const livePool = progress(refresh.percentageComplete, refresh.instancesToUpdate);
  return {
    InstanceRefreshId: refresh.id,
    AutoScalingGroupName: group.name,
    Status: refresh.status,
    StatusReason: refresh.statusReason,
    // Nothing has begun while it is pending.
    ...(refresh.status === 'Pending' ? {} : { StartTime: new Date(refresh.startedAt) }),
    ...(endedAt === undefined ? {} : { EndTime: new Date(endedAt) }),
    ...livePool,
    // Told only of a group that has a second pool.
    ...(group.warmPoolSize === undefined
      ? {}
      : { ProgressDetails: { LivePoolProgress: livePool, WarmPoolProgress: progress(100, 0) } }),
    Preferences: preferencesOut(refresh.preferences),
    ...(desired === undefined ? {} : { DesiredConfiguration: configurationOut(world, desired) }),
    ...(rollback === undefined
      ? {}
      : {
          RollbackDetails: {
            RollbackReason: rollback.reason,
            RollbackStartTime: new Date(rollback.startedAt),
            PercentageCompleteOnRollback: rollback.percentageComplete,
            InstancesToUpdateOnRollback: rollback.instancesToUpdate,
          },
        }),
    Strategy: 'Rolling',
  };
};

const preferencesOut = (preferences: RefreshPreferences): client.RefreshPreferences => ({
  MinHealthyPercentage: preferences.minHealthyPercentage,
  MaxHealthyPercentage: preferences.maxHealthyPercentage,
  InstanceWarmup: preferences.instanceWarmupSeconds,
  ...(preferences.checkpointPercentages.length === 0
    ? {}
    : {
        CheckpointPercentages: [...preferences.checkpointPercentages],
        CheckpointDelay: preferences.checkpointDelaySeconds,
      }),
  BakeTime: preferences.bakeTimeSeconds,
  SkipMatching: preferences.skipMatching,
  AutoRollback: preferences.autoRollback,
  ScaleInProtectedInstances: preferences.scaleInProtectedInstances,
  StandbyInstances: preferences.standbyInstances,
});
