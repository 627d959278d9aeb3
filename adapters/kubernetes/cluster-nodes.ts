import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import type { NodeReading } from '../../core/gate/nodes-ready.ts';
import type { ClusterNodes } from '../../core/ports.ts';
import { clientSettings } from '../aws/client-settings.ts';
import { AccessDenied, calling } from '../fault.ts';
import { KubernetesApi } from './api.ts';
import { assumedRole } from './credentials.ts';
import { bearerToken } from './token.ts';

/** What is used of a Node (Kubernetes API, core/v1). */
interface Node {
  metadata: { name: string; creationTimestamp: string; labels?: Record<string, string> };
  spec?: { providerID?: string; unschedulable?: boolean };
  status?: { conditions?: { type: string; status: string; lastTransitionTime?: string }[] };
}

/** EKS accepts a token for 14 minutes (aws-cli, get_token.py); ours is renewed well before. */
const tokenLifeMilliseconds = 10 * 60 * 1000;

/** Nodes by the Kubernetes API of each cluster, as the role that the clusters know this service by. */
export const kubernetesNodes = (
  { region, roleArn }: { region: string; roleArn: string },
  eks = new EKSClient(clientSettings),
): ClusterNodes => {
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
  const withApi = async <T>(
    clusterName: string,
    use: (api: KubernetesApi, token: string) => Promise<T>,
  ): Promise<T> => {
    try {
      const { api, token } = await connect(clusterName);
      return await use(api, token);
    } catch (error) {
      known.delete(clusterName);
      throw error;
    }
  };

  const nodes = (clusterName: string, query: Readonly<Record<string, string>>): Promise<Node[]> =>
    withApi(clusterName, (api, token) => api.list<Node>('/api/v1/nodes', query, token));

  return {
    access: async (clusterName) => {
      try {
        await nodes(clusterName, { labelSelector: 'eks.amazonaws.com/nodegroup=eks-ami-rollout-access-check' });
        return { access: 'granted' };
      } catch (error) {
        if (error instanceof AccessDenied) return { access: 'denied', reason: error.message };
        throw error;
      }
    },
    ofNodeGroup: async (clusterName, nodeGroup) => {
      const found = await nodes(clusterName, { labelSelector: `eks.amazonaws.com/nodegroup=${nodeGroup}` });
      return found.map(readingOf);
    },
    uncordon: (clusterName, node) =>
      withApi(clusterName, (api, token) =>
        api.patch(`/api/v1/nodes/${encodeURIComponent(node)}`, { spec: { unschedulable: false } }, token),
      ),
  };
};

const readingOf = ({ metadata, spec, status }: Node): NodeReading => {
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
  return {
    name: metadata.name,
    // aws:///us-east-1a/i-0123456789abcdef0
    instanceId: spec?.providerID?.split('/').at(-1) ?? '',
    imageId: metadata.labels?.['eks.amazonaws.com/nodegroup-image'] ?? null,
    isReady: ready?.status === 'True',
    readySince: ready?.lastTransitionTime ?? metadata.creationTimestamp,
    createdAt: metadata.creationTimestamp,
    isCordoned: spec?.unschedulable === true,
  };
};
