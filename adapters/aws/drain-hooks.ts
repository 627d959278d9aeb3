import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  DeleteLifecycleHookCommand,
  PutLifecycleHookCommand,
  RecordLifecycleActionHeartbeatCommand,
} from '@aws-sdk/client-auto-scaling';
import { heartbeatSeconds } from '../../core/node-group/drain.ts';
import type { DrainHooks } from '../../core/ports.ts';
import { calling, callingUnless } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/** What the service says of a hook or an action that is not there; the group itself is looked at elsewhere. */
const unlessGone = { ValidationError: () => undefined };

export const autoScalingDrainHooks = (autoScaling = new AutoScalingClient(clientSettings)): DrainHooks => ({
  put: async (group, hook, metadata) => {
    await calling(`autoscaling:PutLifecycleHook ${group}`, () =>
      autoScaling.send(
        new PutLifecycleHookCommand({
          AutoScalingGroupName: group,
          LifecycleHookName: hook,
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          HeartbeatTimeout: heartbeatSeconds,
          NotificationMetadata: metadata,
          // Should nobody answer any more, the group goes on without us.
          DefaultResult: 'CONTINUE',
        }),
      ),
    );
  },
  remove: (group, hook) =>
    callingUnless(
      `autoscaling:DeleteLifecycleHook ${group}`,
      async () => {
        await autoScaling.send(
          new DeleteLifecycleHookCommand({ AutoScalingGroupName: group, LifecycleHookName: hook }),
        );
      },
      unlessGone,
    ),
  beat: (group, hook, instanceId) =>
    callingUnless(
      `autoscaling:RecordLifecycleActionHeartbeat ${instanceId}`,
      async () => {
        await autoScaling.send(
          new RecordLifecycleActionHeartbeatCommand({
            AutoScalingGroupName: group,
            LifecycleHookName: hook,
            InstanceId: instanceId,
          }),
        );
      },
      unlessGone,
    ),
  complete: (group, hook, instanceId, result) =>
    callingUnless(
      `autoscaling:CompleteLifecycleAction ${instanceId}`,
      async () => {
        await autoScaling.send(
          new CompleteLifecycleActionCommand({
            AutoScalingGroupName: group,
            LifecycleHookName: hook,
            InstanceId: instanceId,
            LifecycleActionResult: result,
          }),
        );
      },
      unlessGone,
    ),
});
