import type { InstanceReading } from '../../core/gate/nodes-ready.ts';
import type { AutoScalingGroups, Instances, NodeGroupInstances } from '../../core/ports.ts';

/** The instances of a node group's Auto Scaling groups that are there to stay, as Auto Scaling and EC2 say it together. */
export const nodeGroupInstances = (
  groups: AutoScalingGroups,
  instances: Instances,
  options: { withStatusChecks: boolean },
): NodeGroupInstances => ({
  read: async (autoScalingGroups) => {
    const members = (await groups.read(autoScalingGroups))
      .flatMap((group) => group.instances)
      .filter((member) => !member.lifecycleState.startsWith('Terminat'));
    const ids = members.map((member) => member.instanceId);
    const described = new Map((await instances.read(ids)).map((each) => [each.instanceId, each]));
    const impaired = options.withStatusChecks ? new Set(await instances.impaired(ids)) : null;
    return members.flatMap((member): InstanceReading[] => {
      const instance = described.get(member.instanceId);
      // Auto Scaling may still list what EC2 has forgotten.
      if (instance === undefined) return [];
      return [
        {
          instanceId: member.instanceId,
          imageId: instance.imageId,
          launchedAt: instance.launchedAt,
          isInService: member.lifecycleState === 'InService' && member.isHealthy,
          isImpaired: impaired === null ? null : impaired.has(member.instanceId),
        },
      ];
    });
  },
});
