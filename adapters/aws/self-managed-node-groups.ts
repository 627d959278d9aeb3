import {
  AutoScalingClient,
  type AutoScalingGroup,
  CancelInstanceRefreshCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  type DesiredConfiguration,
  type InstanceRefresh,
  RollbackInstanceRefreshCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import type { UpdateLook } from '../../core/node-group/after-update.ts';
import type { SelfManagedFacts } from '../../core/plan/facts.ts';
import type { LaunchTemplates, NodeGroupReading, NodeGroups, UpdateAnswer, UpdateRequest } from '../../core/ports.ts';
import { calling, callingUnless } from '../fault.ts';
import { configurationOf, readGroup, tagsOf, templateOf } from './auto-scaling-groups.ts';
import { clientSettings } from './client-settings.ts';
import { ec2LaunchTemplates } from './launch-templates.ts';

/** An instance refresh that has not ended (API reference, InstanceRefresh, Status). */
const activeStatuses = ['Pending', 'InProgress', 'Baking', 'Cancelling', 'RollbackInProgress'];

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

/** The tag by which a node's group belongs to a cluster (EKS user guide, self-managed nodes). */
const clusterTag = (clusterName: string): string => `kubernetes.io/cluster/${clusterName}`;

/** EKS's own groups bear this tag; they are never touched. */
const managedTag = 'eks:nodegroup-name';

/** Auto Scaling groups that people run as nodes of a cluster. An update is an instance refresh. */
export const selfManagedNodeGroups = (
  autoScaling = new AutoScalingClient(clientSettings),
  launchTemplates: Pick<LaunchTemplates, 'readVersion'> = ec2LaunchTemplates(),
): NodeGroups => {
  /** The newest first (API reference, DescribeInstanceRefreshes). */
  const refreshes = async (name: string): Promise<InstanceRefresh[]> =>
    (await callingUnless(
      `autoscaling:DescribeInstanceRefreshes ${name}`,
      async () =>
        (
          await autoScaling.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: name, MaxRecords: 20 }))
        ).InstanceRefreshes ?? [],
      // What the service says of a group it does not know.
      { ValidationError: () => [] },
    )) ?? [];

  const refresh = async (name: string, id: string): Promise<InstanceRefresh | undefined> =>
    (
      await callingUnless(
        `autoscaling:DescribeInstanceRefreshes ${name} ${id}`,
        async () =>
          (
            await autoScaling.send(
              new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: name, InstanceRefreshIds: [id] }),
            )
          ).InstanceRefreshes ?? [],
        { ValidationError: () => [] },
      )
    )[0];

  const find = async (clusterName: string, name: string): Promise<AutoScalingGroup | undefined> => {
    const group = await readGroup(autoScaling, name);
    return group !== undefined && belongsTo(group, clusterName) ? group : undefined;
  };

  const start = async (group: AutoScalingGroup, request: UpdateRequest): Promise<UpdateAnswer> => {
    const { nodeGroup, templateId, version, refresh: preferences } = request;
    if (preferences === null) throw new Error(`${nodeGroup}: an instance refresh needs preferences`);
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
      const group = await find(clusterName, nodeGroup);
      if (group === undefined) return null;
      const isRefreshed = (await refreshes(nodeGroup)).some(isActive);
      const template = templateOf(group);
      const version =
        template?.id == null || !template.version.startsWith('$')
          ? template?.version
          : (await launchTemplates.readVersion(template.id, template.version))?.version;
      return readingOf(group, isRefreshed, version);
    },

    update: async (request) => {
      const { clusterName, nodeGroup, version, since, takesBack } = request;
      const group = await find(clusterName, nodeGroup);
      if (group === undefined) {
        return { answer: 'not-found', message: `${clusterName} has no Auto Scaling group ${nodeGroup}` };
      }
      // There is no token, so it is looked first: what was asked for since then was asked for by us.
      const known = await refreshes(nodeGroup);
      const same = known.find((each) => leadsTo(each, version) && startedSince(each, since));
      const active = known.find(isActive);
      const found = same ?? (active?.Status === 'RollbackInProgress' && takesBack !== null ? active : undefined);
      if (found?.InstanceRefreshId !== undefined) return { answer: 'started', updateId: found.InstanceRefreshId };
      if (active?.InstanceRefreshId === undefined) return start(group, request);
      if (takesBack !== null && leadsTo(active, takesBack)) return takeBack(nodeGroup, active.InstanceRefreshId);
      return { answer: 'busy', message: `refresh ${active.InstanceRefreshId} of ${nodeGroup} runs` };
    },

    cancel: async (_clusterName, nodeGroup, updateId) => {
      const present = await refresh(nodeGroup, updateId);
      if (present !== undefined && isActive(present) && present.Status !== 'Cancelling') await cancel(nodeGroup);
    },

    readUpdate: async (_clusterName, nodeGroup, updateId) => {
      const present = await refresh(nodeGroup, updateId);
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
      const known = await refreshes(nodeGroup);
      const found = known.find(
        (each) => (leadsTo(each, version) && startedSince(each, since)) || wasRolledBackSince(each, since),
      );
      return found?.InstanceRefreshId ?? null;
    },
  };
};

const busy = (error: Error): UpdateAnswer => ({ answer: 'busy', message: error.message });

const belongsTo = (group: AutoScalingGroup, clusterName: string): boolean => {
  const tags = tagsOf(group);
  return clusterTag(clusterName) in tags && !(managedTag in tags);
};

const isActive = ({ Status }: InstanceRefresh): boolean => activeStatuses.includes(Status ?? '');

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
    subnets: group.AvailabilityZones?.length ?? 1,
    autoScalingGroups: [name],
    launchTemplate:
      template?.id == null || version === undefined
        ? null
        : { id: template.id, name: template.name ?? template.id, version },
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
