import { DescribeNodegroupCommand, EKSClient, ListNodegroupsCommand, type Nodegroup } from '@aws-sdk/client-eks';
import type { NodeGroupReading, NodeGroups } from '../../core/ports.ts';
import { calling, callingUnless } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/** Managed node groups, by the EKS API. */
export const eksNodeGroups = (eks = new EKSClient(clientSettings)): NodeGroups => ({
  list: async (clusterName) => {
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await calling(`eks:ListNodegroups ${clusterName}`, () =>
        eks.send(new ListNodegroupsCommand({ clusterName, nextToken, maxResults: 100 })),
      );
      names.push(...(page.nodegroups ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return names;
  },

  read: async (clusterName, nodeGroup) => {
    const described = await callingUnless(
      `eks:DescribeNodegroup ${nodeGroup}`,
      () => eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName: nodeGroup })),
      { ResourceNotFoundException: () => null },
    );
    return described?.nodegroup === undefined ? null : readingOf(nodeGroup, described.nodegroup);
  },
});

const readingOf = (name: string, group: Nodegroup): NodeGroupReading => ({
  name,
  kind: group.amiType === 'CUSTOM' ? 'managed-custom-ami' : 'managed',
  status: group.status ?? 'UNKNOWN',
  issues: (group.health?.issues ?? []).map((issue) => ({
    code: issue.code ?? 'Unknown',
    message: issue.message ?? '',
    resourceIds: issue.resourceIds ?? [],
  })),
  tags: group.tags ?? {},
  desiredSize: group.scalingConfig?.desiredSize ?? 0,
  maxUnavailable:
    group.updateConfig?.maxUnavailablePercentage === undefined
      ? { nodes: group.updateConfig?.maxUnavailable ?? 1 }
      : { percentage: group.updateConfig.maxUnavailablePercentage },
  subnetIds: group.subnets ?? [],
  capacityType: group.capacityType ?? null,
  surges: group.updateConfig?.updateStrategy !== 'MINIMAL',
  autoScalingGroups: (group.resources?.autoScalingGroups ?? []).flatMap((each) => each.name ?? []),
  launchTemplate:
    group.launchTemplate?.id === undefined
      ? null
      : {
          id: group.launchTemplate.id,
          name: group.launchTemplate.name ?? group.launchTemplate.id,
          version: group.launchTemplate.version ?? '',
        },
  chosenByEks:
    group.amiType === 'CUSTOM'
      ? null
      : { amiType: group.amiType ?? '', version: group.version ?? '', releaseVersion: group.releaseVersion ?? '' },
  selfManaged: null,
});
