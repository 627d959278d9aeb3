/** EC2 Auto Scaling: what its groups look like (EC2 Auto Scaling API reference). */
import type * as client from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import type { AutoScalingGroup } from '../world/auto-scaling-groups.ts';
import type { World } from '../world/world.ts';
import { pageOf } from './paging.ts';

export const autoScalingOperations = (world: World): Operations<typeof client> => ({
  DescribeAutoScalingGroups: ({ AutoScalingGroupNames, MaxRecords, NextToken }) => {
    // Names that do not exist are left out, not refused.
    const found = [...world.autoScalingGroups.values()]
      .filter(({ name }) => AutoScalingGroupNames === undefined || AutoScalingGroupNames.includes(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = pageOf(found, {
      token: NextToken,
      size: Math.min(MaxRecords ?? 50, 100),
      onBadToken: () => new AwsError('InvalidNextToken', 'The token is not valid.'),
    });
    return { AutoScalingGroups: page.items.map((group) => groupOut(world, group)), NextToken: page.nextToken };
  },
});

const groupOut = (world: World, group: AutoScalingGroup): client.AutoScalingGroup => {
  const template = {
    LaunchTemplateId: group.template.id,
    LaunchTemplateName: world.launchTemplates.get(group.template.id)?.name ?? '',
  };
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: world.arn('autoscaling', `autoScalingGroup:${group.name}:autoScalingGroupName/${group.name}`),
    LaunchTemplate: { ...template, Version: group.template.version },
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: 300,
    AvailabilityZones: [...group.zones],
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 15,
    CreatedTime: new Date(group.createdAt),
    Instances: group.instances.map((instance) => ({
      InstanceId: instance.id,
      InstanceType: instance.instanceType,
      AvailabilityZone: instance.zone,
      LifecycleState: instance.lifecycleState,
      HealthStatus: instance.health,
      ProtectedFromScaleIn: false,
      LaunchTemplate: { ...template, Version: String(instance.templateVersion) },
    })),
    Tags: Object.entries(group.tags).map(([Key, Value]) => ({
      Key,
      Value,
      ResourceId: group.name,
      ResourceType: 'auto-scaling-group',
      PropagateAtLaunch: true,
    })),
    NewInstancesProtectedFromScaleIn: false,
  };
};
