import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { clientSettings } from '../aws/client-settings.ts';
import { AccessDenied, calling } from '../fault.ts';
import { KubernetesApi } from './api.ts';
import { assumedRole } from './credentials.ts';
import { bearerToken } from './token.ts';

/** Runs something with the API of a cluster and a token that it accepts. */
export type WithApi = <T>(clusterName: string, use: (api: KubernetesApi, token: string) => Promise<T>) => Promise<T>;

/** EKS accepts a token for 14 minutes (aws-cli, get_token.py); ours is renewed well before. */
const tokenLifeMilliseconds = 10 * 60 * 1000;

/** The APIs of clusters, as the role that the clusters know this service by. */
export const clusterConnections = (
  { region, roleArn }: { region: string; roleArn: string },
  eks = new EKSClient(clientSettings),
): WithApi => {
  const credentials = assumedRole(roleArn);
  const known = new Map<string, { api: KubernetesApi; token: string; renewAt: number }>();

  const connect = async (clusterName: string): Promise<{ api: KubernetesApi; token: string }> => {
    const present = known.get(clusterName);
    if (present !== undefined && Date.now() < present.renewAt) return present;
    const token = await bearerToken(clusterName, region, credentials);
    const api = present?.api ?? (await findApi(clusterName));
    const connection = { api, token, renewAt: Date.now() + tokenLifeMilliseconds };
    known.set(clusterName, connection);
    return connection;
  };

  const findApi = async (clusterName: string): Promise<KubernetesApi> => {
    const { cluster } = await calling(`eks:DescribeCluster ${clusterName}`, () =>
      eks.send(new DescribeClusterCommand({ name: clusterName })),
    );
    const url = cluster?.endpoint;
    const authority = cluster?.certificateAuthority?.data;
    if (url === undefined || authority === undefined) {
      throw new AccessDenied(`eks:DescribeCluster ${clusterName}: the cluster has no endpoint yet`);
    }
    return new KubernetesApi({ url, certificateAuthority: Buffer.from(authority, 'base64').toString() });
  };

  /** A new cluster of the same name has another endpoint and authority, so what fails is looked up anew next time. */
  return async (clusterName, use) => {
    try {
      const { api, token } = await connect(clusterName);
      return await use(api, token);
    } catch (error) {
      known.delete(clusterName);
      throw error;
    }
  };
};
