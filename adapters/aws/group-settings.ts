import { AutoScalingClient, UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import type { GroupSettings } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { configurationOf, readGroup } from './auto-scaling-groups.ts';
import { clientSettings } from './client-settings.ts';

/** What a rollout sets on an Auto Scaling group that people run. */
export const autoScalingGroupSettings = (autoScaling = new AutoScalingClient(clientSettings)): GroupSettings => ({
  readRetention: async (name) =>
    (await readGroup(autoScaling, name))?.InstanceLifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon ?? null,
  setRetention: async (name, retention) => {
    await calling(`autoscaling:UpdateAutoScalingGroup ${name}`, () =>
      autoScaling.send(
        new UpdateAutoScalingGroupCommand({
          AutoScalingGroupName: name,
          InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: retention } },
        }),
      ),
    );
  },
  pin: async (name, templateId, version) => {
    const group = await readGroup(autoScaling, name);
    if (group === undefined) return;
    await calling(`autoscaling:UpdateAutoScalingGroup ${name}`, () =>
      autoScaling.send(
        new UpdateAutoScalingGroupCommand({
          AutoScalingGroupName: name,
          ...configurationOf(group, templateId, version),
        }),
      ),
    );
  },
});
