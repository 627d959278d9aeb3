import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroupReading, AutoScalingGroups } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/** DescribeAutoScalingGroups takes and returns at most 100 groups (API reference). */
const pageSize = 100;

export const ec2AutoScalingGroups = (autoScaling = new AutoScalingClient(clientSettings)): AutoScalingGroups => {
  const list = async (names?: string[]): Promise<AutoScalingGroupReading[]> => {
    const groups: AutoScalingGroupReading[] = [];
    let NextToken: string | undefined;
    do {
      const page = await calling('autoscaling:DescribeAutoScalingGroups', () =>
        autoScaling.send(
          new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: names, NextToken, MaxRecords: pageSize }),
        ),
      );
      groups.push(...(page.AutoScalingGroups ?? []).map(readingOf));
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return groups;
  };

  return {
    listAll: () => list(),
    read: async (names) => {
      const groups: AutoScalingGroupReading[] = [];
      // An empty list of names would mean every group.
      for (let index = 0; index < names.length; index += pageSize) {
        groups.push(...(await list(names.slice(index, index + pageSize))));
      }
      return groups;
    },
  };
};

const readingOf = (group: AutoScalingGroup): AutoScalingGroupReading => {
  const template =
    group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification ?? undefined;
  return {
    name: group.AutoScalingGroupName ?? '',
    template:
      template === undefined
        ? null
        : {
            id: template.LaunchTemplateId ?? null,
            name: template.LaunchTemplateName ?? null,
            // Left out means the default version (API reference, LaunchTemplateSpecification).
            version: template.Version ?? '$Default',
          },
    instances: (group.Instances ?? []).map((instance) => ({
      instanceId: instance.InstanceId ?? '',
      lifecycleState: instance.LifecycleState ?? 'Unknown',
      isHealthy: instance.HealthStatus === 'Healthy',
    })),
  };
};
