import type { NodeReading } from '../../core/gate/nodes-ready.ts';
import type { ClusterNodes } from '../../core/ports.ts';
import type { WithApi } from './connections.ts';
import { orDenied } from './denied.ts';

/** What is used of a Node (Kubernetes API, core/v1). */
interface Node {
  metadata: { name: string; creationTimestamp: string; labels?: Record<string, string> };
  spec?: { providerID?: string; unschedulable?: boolean };
  status?: {
    conditions?: { type: string; status: string; lastTransitionTime?: string }[];
    allocatable?: Record<string, string>;
  };
}

/** What emptying a node needs. A question about oneself every authenticated user may ask (system:basic-user). */
const drainRights = [
  { verb: 'patch', resource: 'nodes' },
  { verb: 'list', resource: 'pods' },
  { verb: 'create', resource: 'pods', subresource: 'eviction' },
];

/** Nodes by the Kubernetes API of each cluster. */
export const kubernetesNodes = (withApi: WithApi): ClusterNodes => {
  const nodes = (clusterName: string, labelSelector: string): Promise<Node[]> =>
    withApi(clusterName, (api, token) => api.list<Node>('/api/v1/nodes', { labelSelector }, token));

  return {
    access: (clusterName) =>
      orDenied(async () => {
        await nodes(clusterName, 'eks.amazonaws.com/nodegroup=eks-ami-rollout-access-check');
        return { access: 'granted' };
      }),
    drainAccess: (clusterName) =>
      orDenied(async () => {
        for (const right of drainRights) {
          const review = await withApi(clusterName, (api, token) =>
            api.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', selfReview(right), token),
          );
          const { status } = review as { status?: { allowed?: boolean } };
          if (status?.allowed !== true) {
            const { verb, resource, subresource } = right;
            return {
              access: 'denied',
              reason: `it may not ${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`,
            };
          }
        }
        return { access: 'granted' };
      }),
    ofNodeGroup: async (clusterName, nodeGroup) =>
      (await nodes(clusterName, `eks.amazonaws.com/nodegroup=${nodeGroup}`)).map(readingOf),
    all: async (clusterName) =>
      (await withApi(clusterName, (api, token) => api.list<Node>('/api/v1/nodes', {}, token))).map(readingOf),
    selfManaged: async (clusterName) => (await nodes(clusterName, '!eks.amazonaws.com/nodegroup')).map(readingOf),
    uncordon: (clusterName, node) =>
      withApi(clusterName, (api, token) =>
        api.patch(`/api/v1/nodes/${encodeURIComponent(node)}`, { spec: { unschedulable: false } }, token),
      ),
  };
};

const selfReview = (resourceAttributes: (typeof drainRights)[number]) => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes },
});

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
    instanceType: metadata.labels?.['node.kubernetes.io/instance-type'] ?? null,
    allocatable: status?.allocatable ?? {},
    conditions: Object.fromEntries(
      (status?.conditions ?? []).filter(({ type }) => type !== 'Ready').map(({ type, status }) => [type, status]),
    ),
  };
};
