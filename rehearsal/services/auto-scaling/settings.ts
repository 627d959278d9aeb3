/** What can be changed about a group: its configuration, its size, its processes and single instances. */
import type * as client from '@aws-sdk/client-auto-scaling';
import { digest } from '../../digest.ts';
import { AwsError } from '../../wire/errors.ts';
import type { Operations } from '../../wire/operations.ts';
import type { AutoScalingGroup } from '../../world/auto-scaling-groups.ts';
import { processes } from '../../world/processes.ts';
import type { World } from '../../world/world.ts';
import { readConfiguration } from './configurations.ts';
import { groupNamed, instanceOf, invalid, livingGroup } from './groups.ts';

export const settingOperations = (world: World) =>
  ({
    UpdateAutoScalingGroup: (input) => {
      const { AutoScalingGroupName, LaunchTemplate, MixedInstancesPolicy, ...rest } = input;
      const { MinSize, MaxSize, DesiredCapacity, InstanceLifecyclePolicy, NewInstancesProtectedFromScaleIn, ...more } =
        rest;
      const group = livingGroup(world, AutoScalingGroupName);
      const unplayed = Object.entries(more).flatMap(([name, value]) => (value === undefined ? [] : [name]));
      if (unplayed.length > 0) {
        throw invalid(`UpdateAutoScalingGroup of ${unplayed.join(', ')} is not played by the embedded AWS`);
      }
      const configuration = readConfiguration(world, { LaunchTemplate, MixedInstancesPolicy });
      if (configuration !== undefined && group.activeRefresh?.desired !== undefined) {
        throw invalid(
          'An active instance refresh with a desired configuration exists. All configuration options derived from the desired configuration are not available for update while the instance refresh is active.',
        );
      }
      const scaling = scalingOf(group, { MinSize, MaxSize, DesiredCapacity });
      const { TerminateHookAbandon } = InstanceLifecyclePolicy?.RetentionTriggers ?? {};
      group.configuration = configuration ?? group.configuration;
      group.protectsNewInstances = NewInstancesProtectedFromScaleIn ?? group.protectsNewInstances;
      if (TerminateHookAbandon !== undefined) group.retainsAbandoned = TerminateHookAbandon === 'retain';
      group.scale(scaling);
      return {};
    },

    SetDesiredCapacity: ({ AutoScalingGroupName, DesiredCapacity: desired }) => {
      const group = livingGroup(world, AutoScalingGroupName);
      const { min, max } = group;
      const refuse = (where: string): AwsError =>
        invalid(`New SetDesiredCapacity value ${desired} is ${where} for the AutoScalingGroup.`);
      if (desired > max) throw refuse(`above max value ${max}`);
      if (desired < min) throw refuse(`below min value ${min}`);
      group.scale({ min, max, desired });
      return {};
    },

    SuspendProcesses: ({ AutoScalingGroupName, ScalingProcesses }) => {
      const group = livingGroup(world, AutoScalingGroupName);
      const at = new Date(world.clock.now).toISOString();
      for (const process of readProcesses(ScalingProcesses)) group.suspended.set(process, `User suspended at ${at}`);
      return {};
    },

    ResumeProcesses: ({ AutoScalingGroupName, ScalingProcesses }) => {
      const group = livingGroup(world, AutoScalingGroupName);
      for (const process of readProcesses(ScalingProcesses)) group.suspended.delete(process);
      const { min, max, desired } = group;
      group.scale({ min, max, desired });
      return {};
    },

    TerminateInstanceInAutoScalingGroup: ({ InstanceId = '', InstanceIds, ShouldDecrementDesiredCapacity }) => {
      if (InstanceIds !== undefined) throw invalid('InstanceIds are not played by the embedded AWS; send InstanceId');
      const instance = world.instances().find(({ id }) => id === InstanceId);
      if (instance === undefined)
        throw invalid(`Instance Id not found - No managed instance found for instance ID: ${InstanceId}`);
      const { group, lifecycleState } = instance;
      const decrement = ShouldDecrementDesiredCapacity;
      if (decrement && lifecycleState === 'Terminating:Retained') {
        throw invalid(`The instance ${InstanceId} is retained and does not count towards the desired capacity.`);
      }
      if (decrement && group.desired <= group.min) {
        throw invalid(
          `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
        );
      }
      group.terminate(instance, { decrement });
      return {
        Activity: {
          ActivityId: digest('activity', InstanceId, String(world.clock.now)).uuid,
          AutoScalingGroupName: group.name,
          Description: `Terminating EC2 instance: ${InstanceId}`,
          Cause: `At ${new Date(world.clock.now).toISOString()} instance ${InstanceId} was taken out of service in response to a user request.`,
          StartTime: new Date(world.clock.now),
          StatusCode: 'InProgress',
          Progress: 0,
        },
      };
    },

    SetInstanceProtection: ({ AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn }) => {
      const group = groupNamed(world, AutoScalingGroupName);
      if (InstanceIds.length > 50) throw new AwsError('LimitExceededFault', 'At most 50 instances can be named.');
      const instances = InstanceIds.map((id) => instanceOf(group, id));
      for (const instance of instances) instance.isProtectedFromScaleIn = ProtectedFromScaleIn;
      return {};
    },
  }) satisfies Operations<typeof client>;

const readProcesses = (sent: readonly string[] | undefined): readonly string[] => {
  const unknown = sent?.filter((process) => !processes.some((each) => each === process)) ?? [];
  if (unknown.length > 0) throw invalid(`Invalid scaling process: ${unknown.join(', ')}`);
  // Left out, or empty as a query says it: all of them.
  return sent === undefined || sent.length === 0 ? processes : sent;
};

/** A new minimum or maximum takes the desired capacity with it (API reference, UpdateAutoScalingGroup). */
const scalingOf = (
  group: AutoScalingGroup,
  {
    MinSize: min = group.min,
    MaxSize: max = group.max,
    DesiredCapacity,
  }: { MinSize?: number | undefined; MaxSize?: number | undefined; DesiredCapacity?: number | undefined },
): { min: number; max: number; desired: number } => {
  if (min > max) throw invalid(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  const desired = DesiredCapacity ?? Math.min(max, Math.max(min, group.desired));
  if (desired >= min && desired <= max) return { min, max, desired };
  throw invalid(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
};
