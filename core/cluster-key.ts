/** What tells one cluster from every other, everywhere: in the ledger, the lease, events and answers. */
export interface ClusterKey {
  /** The twelve digits of the AWS account the cluster lies in. */
  accountId: string;
  region: string;
  clusterName: string;
}

/** `111122223333/us-east-1/prod`. Cluster names hold no slash (EKS API, CreateCluster: `^[0-9A-Za-z][A-Za-z0-9\-_]*`). */
export const formatClusterKey = ({ accountId, region, clusterName }: ClusterKey): string =>
  `${accountId}/${region}/${clusterName}`;
