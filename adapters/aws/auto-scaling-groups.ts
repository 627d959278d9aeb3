import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  type DesiredConfiguration,
  type LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroupReading, AutoScalingGroups } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { batchesOf } from './batches.ts';
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
      for (const batch of batchesOf(names, pageSize)) groups.push(...(await list(batch)));
      return groups;
    },
  };
};

/** One group as Auto Scaling says it; undefined: there is no such group. */
export const readGroup = async (autoScaling: AutoScalingClient, name: string): Promise<AutoScalingGroup | undefined> =>
  (
    await calling(`autoscaling:DescribeAutoScalingGroups ${name}`, () =>
      autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] })),
    )
  ).AutoScalingGroups?.[0];

/** The template its instances come from, unless an override says otherwise; null: it has none. */
export const templateOf = (group: AutoScalingGroup): AutoScalingGroupReading['template'] => {
  const template = group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  return template === undefined
    ? null
    : {
        id: template.LaunchTemplateId ?? null,
        name: template.LaunchTemplateName ?? null,
        // Left out means the default version (API reference, LaunchTemplateSpecification).
        version: template.Version ?? '$Default',
      };
};

/** The configuration of a group with another template version; a mixed instances policy must be repeated whole. */
export const configurationOf = (group: AutoScalingGroup, templateId: string, version: string): DesiredConfiguration => {
  const specification: LaunchTemplateSpecification = { LaunchTemplateId: templateId, Version: version };
  const policy = group.MixedInstancesPolicy;
  return policy === undefined
    ? { LaunchTemplate: specification }
    : {
        MixedInstancesPolicy: {
          ...policy,
          LaunchTemplate: { ...policy.LaunchTemplate, LaunchTemplateSpecification: specification },
        },
      };
};

export const tagsOf = (group: AutoScalingGroup): Record<string, string> =>
  Object.fromEntries((group.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

const readingOf = (group: AutoScalingGroup): AutoScalingGroupReading => ({
  name: group.AutoScalingGroupName ?? '',
  template: templateOf(group),
  instances: (group.Instances ?? []).map((instance) => ({
    instanceId: instance.InstanceId ?? '',
    lifecycleState: instance.LifecycleState ?? 'Unknown',
    isHealthy: instance.HealthStatus === 'Healthy',
  })),
  tags: tagsOf(group),
});
