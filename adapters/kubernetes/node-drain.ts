import { selects } from '../../core/plan/label-selector.ts';
import type { NodeDrain } from '../../core/ports.ts';
import { TransientFault } from '../fault.ts';
import { type KubernetesApi, NotFound, TooManyRequests } from './api.ts';
import { listBudgets } from './cluster-evictions.ts';
import type { WithApi } from './connections.ts';

/** What is used of a Pod (Kubernetes API, core/v1). */
interface Pod {
  metadata: {
    namespace?: string;
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; controller?: boolean }[];
    deletionTimestamp?: string;
  };
  status?: { phase?: string };
}

/** What the API server says of a pod that two budgets select. */
const severalBudgets = 'This pod has more than one PodDisruptionBudget';

/** Nodes are emptied as `kubectl drain` does: cordoned, and their pods evicted by policy/v1, so that budgets are kept. */
export const kubernetesDrain = (withApi: WithApi): NodeDrain => ({
  cordon: (clusterName, node) =>
    withApi(clusterName, (api, token) =>
      api.patch(`/api/v1/nodes/${encodeURIComponent(node)}`, { spec: { unschedulable: true } }, token),
    ),
  podsOn: async (clusterName, node) =>
    (
      await withApi(clusterName, (api, token) =>
        api.list<Pod>('/api/v1/pods', { fieldSelector: `spec.nodeName=${node}` }, token),
      )
    ).map(({ metadata, status }) => ({
      namespace: metadata.namespace ?? 'default',
      name: metadata.name,
      controller: metadata.ownerReferences?.find((owner) => owner.controller === true)?.kind ?? null,
      isMirror: metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined,
      hasEnded: status?.phase === 'Succeeded' || status?.phase === 'Failed',
      isTerminating: metadata.deletionTimestamp !== undefined,
    })),
  evict: (clusterName, { namespace, name }) =>
    withApi(clusterName, async (api, token) => {
      try {
        await api.post(
          `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`,
          { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } },
          token,
        );
        return null;
      } catch (error) {
        if (error instanceof NotFound) return null;
        // 429: its budget is used up, or is being reckoned. Anything else that stands in the way is tried again, too.
        if (error instanceof TooManyRequests) return { message: error.told };
        // 500, and no other try helps (kubernetes/kubernetes, pkg/registry/core/pod/storage/eviction.go).
        if (error instanceof TransientFault && error.message.includes(severalBudgets)) {
          const names = await budgetsOf(api, token, { namespace, name });
          return { message: `${severalBudgets}${names.length === 0 ? '' : `: ${names.join(', ')}`}` };
        }
        throw error;
      }
    }),
});

/** The API server does not name them. */
const budgetsOf = async (
  api: KubernetesApi,
  token: string,
  { namespace, name }: { namespace: string; name: string },
): Promise<string[]> => {
  try {
    const [pod] = await api.list<Pod>(
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
      { fieldSelector: `metadata.name=${name}` },
      token,
    );
    return (await listBudgets(api, token))
      .filter((budget) => budget.namespace === namespace)
      .filter(({ selector }) => selector !== null && selects(selector, pod?.metadata.labels ?? {}))
      .map((budget) => `${budget.namespace}/${budget.name}`);
  } catch {
    // That it stays is what matters; their names are in the plan.
    return [];
  }
};
