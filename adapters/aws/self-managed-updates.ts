import {
  AutoScalingClient,
  type AutoScalingGroup,
  CancelInstanceRefreshCommand,
  type DesiredConfiguration,
  type InstanceRefresh,
  RollbackInstanceRefreshCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import type { UpdateLook } from '../../core/node-group/after-update.ts';
import type { NodeGroupUpdates, UpdateAnswer, UpdateRequest } from '../../core/ports.ts';
import { callingUnless } from '../fault.ts';
import { configurationOf } from './auto-scaling-groups.ts';
import { clientSettings } from './client-settings.ts';
import { isActive, refreshesOf } from './instance-refreshes.ts';
import { findGroup } from './self-managed-node-groups.ts';

const looks: Readonly<Record<string, UpdateLook['status']>> = {
  Pending: 'InProgress',
  InProgress: 'InProgress',
  Cancelling: 'InProgress',
  RollbackInProgress: 'InProgress',
  Baking: 'Baking',
  Successful: 'Successful',
  RollbackSuccessful: 'TakenBack',
  Cancelled: 'Cancelled',
  Failed: 'Failed',
  RollbackFailed: 'Failed',
};

/** Updates of Auto Scaling groups that people run: instance refreshes. */
export const instanceRefreshUpdates = (autoScaling = new AutoScalingClient(clientSettings)): NodeGroupUpdates => {
  const start = async (group: AutoScalingGroup, request: UpdateRequest): Promise<UpdateAnswer> => {
    const { nodeGroup, templateId, version, refresh: preferences } = request;
    if (preferences === null || templateId === null) {
      throw new Error(`${nodeGroup}: an instance refresh needs preferences and a launch template`);
    }
    const { checkpointPercentages, checkpointDelaySeconds, bakeTimeSeconds } = preferences;
    return callingUnless<UpdateAnswer, UpdateAnswer>(
      `autoscaling:StartInstanceRefresh ${nodeGroup}`,
      async () => {
        const { InstanceRefreshId } = await autoScaling.send(
          new StartInstanceRefreshCommand({
            AutoScalingGroupName: nodeGroup,
            DesiredConfiguration: configurationOf(group, templateId, version),
            Preferences: {
              MinHealthyPercentage: preferences.minHealthyPercentage,
              MaxHealthyPercentage: preferences.maxHealthyPercentage,
              // What runs the wanted version already stays: the same request does no work twice.
              SkipMatching: true,
              ScaleInProtectedInstances: preferences.protectedInstances,
              StandbyInstances: preferences.standbyInstances,
              ...(checkpointPercentages.length === 0
                ? {}
                : { CheckpointPercentages: checkpointPercentages, CheckpointDelay: checkpointDelaySeconds }),
              ...(bakeTimeSeconds === 0 ? {} : { BakeTime: bakeTimeSeconds }),
            },
          }),
        );
        if (InstanceRefreshId === undefined)
          throw new Error(`autoscaling:StartInstanceRefresh ${nodeGroup} answered no id`);
        return { answer: 'started', updateId: InstanceRefreshId };
      },
      {
        InstanceRefreshInProgress: busy,
        InstanceRefreshInProgressFault: busy,
        ResourceContention: busy,
        ResourceContentionFault: busy,
        ScalingActivityInProgress: busy,
        ValidationError: (error) => ({ answer: 'rejected', message: `ValidationError: ${error.message}` }),
        LimitExceeded: (error) => ({ answer: 'rejected', message: `LimitExceeded: ${error.message}` }),
      },
    );
  };

  /** Rolled back where that is possible; else cancelled, and the way back is asked for when it has ended. */
  const takeBack = async (name: string, id: string): Promise<UpdateAnswer> => {
    const cannot = async (): Promise<UpdateAnswer> => {
      await cancel(name);
      return { answer: 'busy', message: `refresh ${id} of ${name} cannot be rolled back; it is cancelled` };
    };
    const answer = await callingUnless<UpdateAnswer | 'cannot', UpdateAnswer | 'cannot'>(
      `autoscaling:RollbackInstanceRefresh ${name}`,
      async () => {
        await autoScaling.send(new RollbackInstanceRefreshCommand({ AutoScalingGroupName: name }));
        return { answer: 'started', updateId: id };
      },
      {
        IrreversibleInstanceRefresh: () => 'cannot',
        IrreversibleInstanceRefreshFault: () => 'cannot',
        ActiveInstanceRefreshNotFound: busy,
        ActiveInstanceRefreshNotFoundFault: busy,
        ResourceContention: busy,
        ResourceContentionFault: busy,
      },
    );
    return answer === 'cannot' ? cannot() : answer;
  };

  const cancel = (name: string): Promise<void> =>
    callingUnless(
      `autoscaling:CancelInstanceRefresh ${name}`,
      async () => {
        await autoScaling.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName: name }));
      },
      { ActiveInstanceRefreshNotFound: () => undefined, ActiveInstanceRefreshNotFoundFault: () => undefined },
    );

  return {
    update: async (request) => {
      const { clusterName, nodeGroup, version, since, takesBack } = request;
      const group = await findGroup(autoScaling, clusterName, nodeGroup);
      if (group === undefined) {
        return { answer: 'not-found', message: `${clusterName} has no Auto Scaling group ${nodeGroup}` };
      }
      // There is no token, so it is looked first: what was asked for since then was asked for by us.
      const known = await refreshesOf(autoScaling, nodeGroup);
      const same = known.find((each) => leadsTo(each, version) && startedSince(each, since));
      const active = known.find(isActive);
      const found = same ?? (active?.Status === 'RollbackInProgress' && takesBack !== null ? active : undefined);
      if (found?.InstanceRefreshId !== undefined) return { answer: 'started', updateId: found.InstanceRefreshId };
      if (active?.InstanceRefreshId === undefined) return start(group, request);
      if (takesBack !== null && leadsTo(active, takesBack)) return takeBack(nodeGroup, active.InstanceRefreshId);
      return { answer: 'busy', message: `refresh ${active.InstanceRefreshId} of ${nodeGroup} runs` };
    },

    cancel: async (_clusterName, nodeGroup, updateId) => {
      const [present] = await refreshesOf(autoScaling, nodeGroup, [updateId]);
      if (present !== undefined && isActive(present) && present.Status !== 'Cancelling') await cancel(nodeGroup);
    },

    readUpdate: async (_clusterName, nodeGroup, updateId) => {
      const [present] = await refreshesOf(autoScaling, nodeGroup, [updateId]);
      if (present === undefined) return null;
      const status = looks[present.Status ?? ''] ?? 'InProgress';
      const reason = present.StatusReason ?? present.RollbackDetails?.RollbackReason;
      return {
        status,
        errors:
          status === 'Failed' || status === 'Cancelled' || status === 'TakenBack'
            ? [{ code: present.Status ?? 'Unknown', message: reason ?? 'no reason was given', resourceIds: [] }]
            : [],
      };
    },

    findUpdate: async (_clusterName, nodeGroup, version, since) => {
      const known = await refreshesOf(autoScaling, nodeGroup);
      const found = known.find(
        (each) => (leadsTo(each, version) && startedSince(each, since)) || wasRolledBackSince(each, since),
      );
      return found?.InstanceRefreshId ?? null;
    },
  };
};

const busy = (error: Error): UpdateAnswer => ({ answer: 'busy', message: error.message });

const leadsTo = ({ DesiredConfiguration: desired, Status }: InstanceRefresh, version: string): boolean =>
  versionOf(desired) === version && !(Status ?? '').startsWith('Rollback');

const versionOf = (desired: DesiredConfiguration | undefined): string | undefined =>
  desired?.LaunchTemplate?.Version ??
  desired?.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification?.Version;

/** Auto Scaling keeps whole seconds, the ledger keeps milliseconds. */
const startedSince = ({ StartTime }: InstanceRefresh, since: string): boolean =>
  (StartTime?.getTime() ?? Number.POSITIVE_INFINITY) + 1000 > Date.parse(since);

const wasRolledBackSince = ({ Status, EndTime }: InstanceRefresh, since: string): boolean =>
  (Status ?? '').startsWith('Rollback') && (EndTime === undefined || EndTime.getTime() + 1000 > Date.parse(since));
