import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import type { SelfManagedFacts } from '../../core/plan/facts.ts';
import type { LaunchTemplates, NodeGroupReading, NodeGroups } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { readGroup, tagsOf, templateOf } from './auto-scaling-groups.ts';
import { clientSettings } from './client-settings.ts';
import { isActive, refreshesOf } from './instance-refreshes.ts';
import { ec2LaunchTemplates } from './launch-templates.ts';

/** The tag by which a node's group belongs to a cluster (EKS user guide, self-managed nodes). */
const clusterTag = (clusterName: string): string => `kubernetes.io/cluster/${clusterName}`;

/** EKS's own groups bear this tag; they are never touched. */
const managedTag = 'eks:nodegroup-name';

/** Auto Scaling groups that people run as nodes of a cluster. */
export const selfManagedNodeGroups = (
  autoScaling = new AutoScalingClient(clientSettings),
  launchTemplates: Pick<LaunchTemplates, 'readVersion'> = ec2LaunchTemplates(),
): NodeGroups => ({
  list: async (clusterName) => {
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await calling(`autoscaling:DescribeAutoScalingGroups of ${clusterName}`, () =>
        autoScaling.send(
          new DescribeAutoScalingGroupsCommand({
            Filters: [{ Name: 'tag-key', Values: [clusterTag(clusterName)] }],
            NextToken,
            MaxRecords: 100,
          }),
        ),
      );
      const ours = (page.AutoScalingGroups ?? []).filter((group) => belongsTo(group, clusterName));
      names.push(...ours.map((group) => group.AutoScalingGroupName ?? ''));
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return names.sort();
  },

  read: async (clusterName, nodeGroup) => {
    const group = await findGroup(autoScaling, clusterName, nodeGroup);
    if (group === undefined) return null;
    const isRefreshed = (await refreshesOf(autoScaling, nodeGroup)).some(isActive);
    const template = templateOf(group);
    const version =
      template?.id == null || !template.version.startsWith('$')
        ? template?.version
        : (await launchTemplates.readVersion(template.id, template.version))?.version;
    return readingOf(group, isRefreshed, version);
  },
});

/** Undefined: there is no such group, or it is not the cluster's, or EKS runs it. */
export const findGroup = async (
  autoScaling: AutoScalingClient,
  clusterName: string,
  name: string,
): Promise<AutoScalingGroup | undefined> => {
  const group = await readGroup(autoScaling, name);
  return group !== undefined && belongsTo(group, clusterName) ? group : undefined;
};

const belongsTo = (group: AutoScalingGroup, clusterName: string): boolean => {
  const tags = tagsOf(group);
  return clusterTag(clusterName) in tags && !(managedTag in tags);
};

const readingOf = (group: AutoScalingGroup, isRefreshed: boolean, version: string | undefined): NodeGroupReading => {
  const name = group.AutoScalingGroupName ?? '';
  const template = templateOf(group);
  return {
    name,
    kind: 'self-managed',
    // Set only while it is being deleted (API reference, AutoScalingGroup).
    status: group.Status !== undefined ? 'DELETING' : isRefreshed ? 'UPDATING' : 'ACTIVE',
    issues: [],
    tags: tagsOf(group),
    desiredSize: group.DesiredCapacity ?? 0,
    // Auto Scaling goes by its healthy percentages; what they allow is reckoned from the policy.
    maxUnavailable: { nodes: 1 },
    subnetIds: (group.VPCZoneIdentifier ?? '').split(',').filter((id) => id !== ''),
    capacityType: null,
    surges: false,
    autoScalingGroups: [name],
    launchTemplate:
      template?.id == null || version === undefined
        ? null
        : { id: template.id, name: template.name ?? template.id, version },
    chosenByEks: null,
    selfManaged: selfManagedFacts(group),
  };
};

const selfManagedFacts = (group: AutoScalingGroup): SelfManagedFacts => {
  const instances = group.Instances ?? [];
  const idsOf = (chosen: typeof instances): string[] => chosen.map((each) => each.InstanceId ?? '').sort();
  const version = templateOf(group)?.version;
  return {
    follows: version === '$Latest' || version === '$Default' ? version : null,
    unusable: unusable(group),
    hasWeights: overridesOf(group).some(({ WeightedCapacity }) => WeightedCapacity !== undefined),
    suspendedProcesses: (group.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? '').sort(),
    protectedInstances: idsOf(instances.filter((each) => each.ProtectedFromScaleIn === true)),
    standbyInstances: idsOf(instances.filter((each) => each.LifecycleState === 'Standby')),
    warmPool: group.WarmPoolConfiguration === undefined ? null : (group.WarmPoolSize ?? 0),
  };
};

const overridesOf = (group: AutoScalingGroup) => group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];

const unusable = (group: AutoScalingGroup): string | null => {
  if (group.LaunchConfigurationName !== undefined)
    return `uses launch configuration ${group.LaunchConfigurationName}; only launch templates have versions`;
  if (templateOf(group)?.id == null) return 'has no launch template with an id';
  const overrides = overridesOf(group);
  if (overrides.some((each) => each.LaunchTemplateSpecification !== undefined))
    return 'has launch templates of their own in its mixed instances policy, which this version does not swap';
  // An instance refresh with a desired configuration does not take it (user guide, instance refresh, limitations).
  if (overrides.some((each) => each.InstanceRequirements !== undefined))
    return 'chooses instance types by requirements, for which Auto Scaling can neither refresh to a configuration nor roll back';
  return null;
};
