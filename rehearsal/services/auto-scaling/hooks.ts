/** Lifecycle hooks and the actions they begin. */
import type * as client from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../wire/errors.ts';
import type { Operations } from '../../wire/operations.ts';
import type { AutoScalingGroup } from '../../world/auto-scaling-groups.ts';
import {
  globalTimeoutSeconds,
  type LifecycleAction,
  type LifecycleHook,
  type LifecycleResult,
} from '../../world/lifecycle-hooks.ts';
import type { World } from '../../world/world.ts';
import { groupNamed, invalid, livingGroup } from './groups.ts';

const terminating = 'autoscaling:EC2_INSTANCE_TERMINATING';

/** API reference, PutLifecycleHook. */
const limits = { hooks: 50, shortestHeartbeat: 30, longestHeartbeat: 7200, usualHeartbeat: 3600 };

export const hookOperations = (world: World) =>
  ({
    DescribeLifecycleHooks: ({ AutoScalingGroupName, LifecycleHookNames }) => {
      const group = groupNamed(world, AutoScalingGroupName);
      const found = [...group.hooks.hooks.values()].filter(({ name }) => LifecycleHookNames?.includes(name) ?? true);
      return { LifecycleHooks: found.map((hook) => hookOut(group, hook)) };
    },

    PutLifecycleHook: (input) => {
      const { hooks } = livingGroup(world, input.AutoScalingGroupName).hooks;
      const present = hooks.get(input.LifecycleHookName);
      const transition = input.LifecycleTransition ?? (present === undefined ? undefined : terminating);
      if (transition === undefined) throw invalid('LifecycleTransition is required for a new lifecycle hook.');
      if (transition !== terminating) {
        throw invalid(`hooks of ${transition} are not played by the embedded AWS; see docs/rehearsal.md`);
      }
      const heartbeatTimeoutSeconds =
        input.HeartbeatTimeout ?? present?.heartbeatTimeoutSeconds ?? limits.usualHeartbeat;
      if (heartbeatTimeoutSeconds < limits.shortestHeartbeat || heartbeatTimeoutSeconds > limits.longestHeartbeat) {
        throw invalid('Heartbeat timeout must be between 30 and 7200 seconds.');
      }
      if (present === undefined && hooks.size >= limits.hooks) {
        throw new AwsError('LimitExceededFault', `An Auto Scaling group has at most ${limits.hooks} lifecycle hooks.`);
      }
      hooks.set(input.LifecycleHookName, {
        name: input.LifecycleHookName,
        heartbeatTimeoutSeconds,
        defaultResult: readResult(input.DefaultResult ?? present?.defaultResult ?? 'ABANDON'),
        notificationMetadata: input.NotificationMetadata ?? present?.notificationMetadata,
        notificationTargetArn: input.NotificationTargetARN ?? present?.notificationTargetArn,
        roleArn: input.RoleARN ?? present?.roleArn,
      });
      return {};
    },

    DeleteLifecycleHook: ({ AutoScalingGroupName, LifecycleHookName }) => {
      const { hooks } = groupNamed(world, AutoScalingGroupName);
      if (!hooks.hooks.has(LifecycleHookName)) throw invalid(`No Lifecycle Hook found: ${LifecycleHookName}`);
      hooks.delete(LifecycleHookName);
      return {};
    },

    CompleteLifecycleAction: (input) => {
      const group = groupNamed(world, input.AutoScalingGroupName);
      group.hooks.complete(actionOf(group, input), readResult(input.LifecycleActionResult));
      return {};
    },

    RecordLifecycleActionHeartbeat: (input) => {
      const group = groupNamed(world, input.AutoScalingGroupName);
      group.hooks.recordHeartbeat(actionOf(group, input));
      return {};
    },
  }) satisfies Operations<typeof client>;

const actionOf = (
  group: AutoScalingGroup,
  {
    LifecycleHookName,
    LifecycleActionToken: token,
    InstanceId: instanceId,
  }: {
    LifecycleHookName: string;
    LifecycleActionToken?: string | undefined;
    InstanceId?: string | undefined;
  },
): LifecycleAction => {
  if (token === undefined && instanceId === undefined) {
    throw invalid('Either a lifecycle action token or an instance ID must be specified.');
  }
  const action = group.hooks.find(
    LifecycleHookName,
    token === undefined ? { instanceId: instanceId ?? '' } : { token },
  );
  if (action !== undefined) return action;
  const by = token === undefined ? `instance ID ${instanceId}` : `token ${token}`;
  throw invalid(`No active Lifecycle Action found with ${by}`);
};

const readResult = (text: string): LifecycleResult => {
  if (text === 'CONTINUE' || text === 'ABANDON') return text;
  throw invalid('Lifecycle Action Result must be CONTINUE or ABANDON.');
};

const hookOut = (group: AutoScalingGroup, hook: LifecycleHook): client.LifecycleHook => ({
  LifecycleHookName: hook.name,
  AutoScalingGroupName: group.name,
  LifecycleTransition: terminating,
  HeartbeatTimeout: hook.heartbeatTimeoutSeconds,
  GlobalTimeout: globalTimeoutSeconds(hook),
  DefaultResult: hook.defaultResult,
  NotificationMetadata: hook.notificationMetadata,
  NotificationTargetARN: hook.notificationTargetArn,
  RoleARN: hook.roleArn,
});

/** The event of an action that begins (EC2 Auto Scaling user guide, lifecycle hook events). */
export const terminateLifecycleAction = ({ token, hook, instance }: LifecycleAction) => ({
  source: 'aws.autoscaling',
  detailType: 'EC2 Instance-terminate Lifecycle Action',
  resources: [instance.group.arn],
  detail: {
    LifecycleActionToken: token,
    AutoScalingGroupName: instance.group.name,
    LifecycleHookName: hook.name,
    EC2InstanceId: instance.id,
    LifecycleTransition: terminating,
    ...(hook.notificationMetadata === undefined ? {} : { NotificationMetadata: hook.notificationMetadata }),
    Origin: 'AutoScalingGroup',
    Destination: 'EC2',
  },
});
