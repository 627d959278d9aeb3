import { DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import type { KnownCluster } from '../../core/user-data/cluster-facts.ts';
import { callingUnless } from '../fault.ts';

/**
 * What a NodeConfig says of its cluster. Null: EKS knows no such cluster. A cluster that is being made has neither an
 * endpoint nor a certificate authority yet; what it lacks is left out.
 */
export const readClusterDetails = async (clusterName: string, eks: EKSClient): Promise<KnownCluster | null> => {
  const described = await callingUnless(
    `eks:DescribeCluster ${clusterName}`,
    () => eks.send(new DescribeClusterCommand({ name: clusterName })),
    { ResourceNotFoundException: () => null },
  );
  const cluster = described?.cluster;
  if (cluster === undefined || cluster === null) return null;
  const { endpoint, certificateAuthority, kubernetesNetworkConfig: network } = cluster;
  // Of the two EKS gives the one of the cluster's family (EKS API, KubernetesNetworkConfigResponse).
  const cidr = network?.ipFamily === 'ipv6' ? network.serviceIpv6Cidr : network?.serviceIpv4Cidr;
  return {
    name: clusterName,
    ...(endpoint === undefined ? {} : { apiServerEndpoint: endpoint }),
    ...(certificateAuthority?.data === undefined ? {} : { certificateAuthority: certificateAuthority.data }),
    ...(cidr === undefined ? {} : { cidr }),
  };
};
