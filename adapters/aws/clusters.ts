import { DescribeClusterCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import type { Clusters } from '../../core/ports.ts';
import { calling, callingUnless } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/** Clusters of one account and Region, by the EKS API. */
export const eksClusters = (
  hub: { accountId: string; region: string },
  eks = new EKSClient(clientSettings),
): Clusters => ({
  read: async (clusterName) => {
    const described = await callingUnless(
      `eks:DescribeCluster ${clusterName}`,
      () => eks.send(new DescribeClusterCommand({ name: clusterName })),
      { ResourceNotFoundException: () => null },
    );
    const cluster = described?.cluster;
    if (cluster === undefined || cluster === null) return null;
    return {
      key: { ...hub, clusterName },
      arn: cluster.arn ?? clusterName,
      status: cluster.status ?? 'UNKNOWN',
      version: cluster.version ?? '',
      tags: cluster.tags ?? {},
    };
  },
  list: async () => {
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await calling('eks:ListClusters', () =>
        eks.send(new ListClustersCommand({ nextToken, maxResults: 100 })),
      );
      names.push(...(page.clusters ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return names;
  },
});
