/** What groups and their instances look like. */
import type * as client from '@aws-sdk/client-auto-scaling';
import type { Operations } from '../../wire/operations.ts';
import type { AutoScalingGroup, Instance } from '../../world/auto-scaling-groups.ts';
import type { World } from '../../world/world.ts';
import { matchesFilters, tagTexts } from '../filters.ts';
import { pageOf } from '../paging.ts';
import { configurationOut } from './configurations.ts';
import { badToken } from './groups.ts';

export const descriptionOperations = (world: World) =>
  ({
    DescribeAutoScalingGroups: ({ AutoScalingGroupNames, Filters, MaxRecords, NextToken }) => {
      // Names that do not exist are left out, not refused.
      const found = [...world.autoScalingGroups.values()]
        .filter(({ name }) => AutoScalingGroupNames === undefined || AutoScalingGroupNames.includes(name))
        .filter((group) =>
          matchesFilters(group, Filters, {
            'tag-key': ({ tags }) => Object.keys(tags),
            'tag-value': ({ tags }) => Object.values(tags),
            'tag:*': ({ tags }) => tagTexts(tags),
          }),
        )
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const page = pageOf(found, {
        token: NextToken,
        size: Math.min(MaxRecords ?? 50, 100),
        onBadToken: badToken,
      });
      return { AutoScalingGroups: page.items.map((group) => groupOut(world, group)), NextToken: page.nextToken };
    },

    DescribeAutoScalingInstances: ({ InstanceIds, MaxRecords, NextToken }) => {
      const found = world
        .instances()
        .filter(({ id }) => InstanceIds === undefined || InstanceIds.includes(id))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = pageOf(found, { token: NextToken, size: Math.min(MaxRecords ?? 50, 50), onBadToken: badToken });
      return {
        AutoScalingInstances: page.items.map((instance) => ({
          ...instanceOut(world, instance),
          AutoScalingGroupName: instance.group.name,
          // In capitals here, and not there.
          HealthStatus: instance.health.toUpperCase(),
        })),
        NextToken: page.nextToken,
      };
    },
  }) satisfies Operations<typeof client>;

const groupOut = (world: World, group: AutoScalingGroup): client.AutoScalingGroup => ({
  AutoScalingGroupName: group.name,
  AutoScalingGroupARN: group.arn,
  ...configurationOut(world, group.configuration),
  MinSize: group.min,
  MaxSize: group.max,
  DesiredCapacity: group.desired,
  DefaultCooldown: 300,
  AvailabilityZones: [...group.zones],
  ...(group.subnets.length === 0 ? {} : { VPCZoneIdentifier: group.subnets.join(',') }),
  HealthCheckType: 'EC2',
  HealthCheckGracePeriod: group.healthCheckGracePeriodSeconds,
  CreatedTime: new Date(group.createdAt),
  Instances: group.instances.map((instance) => instanceOut(world, instance)),
  SuspendedProcesses: [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
    ProcessName,
    SuspensionReason,
  })),
  Tags: Object.entries(group.tags).map(([Key, Value]) => ({
    Key,
    Value,
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
    PropagateAtLaunch: true,
  })),
  NewInstancesProtectedFromScaleIn: group.protectsNewInstances,
  ...(group.isBeingDeleted ? { Status: 'Delete in progress' } : {}),
  ...(group.warmPoolSize === undefined
    ? {}
    : {
        WarmPoolConfiguration: { MinSize: group.warmPoolSize, PoolState: 'Stopped' },
        WarmPoolSize: group.warmPoolSize,
      }),
  ...(group.retainsAbandoned === undefined
    ? {}
    : {
        InstanceLifecyclePolicy: {
          RetentionTriggers: { TerminateHookAbandon: group.retainsAbandoned ? 'retain' : 'terminate' },
        },
      }),
});

const instanceOut = (world: World, instance: Instance): client.Instance => ({
  InstanceId: instance.id,
  InstanceType: instance.instanceType,
  AvailabilityZone: instance.zone,
  LifecycleState: instance.lifecycleState,
  HealthStatus: instance.health,
  ProtectedFromScaleIn: instance.isProtectedFromScaleIn,
  LaunchTemplate: {
    LaunchTemplateId: instance.templateId,
    LaunchTemplateName: world.launchTemplates.get(instance.templateId)?.name ?? '',
    Version: String(instance.templateVersion),
  },
});
