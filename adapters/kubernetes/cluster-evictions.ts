import type { BudgetReading, EvictablePod } from '../../core/plan/evictions.ts';
import type { ClusterEvictions } from '../../core/ports.ts';
import type { KubernetesApi } from './api.ts';
import type { WithApi } from './connections.ts';

/** What is used of a Pod (Kubernetes API, core/v1). */
interface Pod {
  metadata: {
    namespace?: string;
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; controller?: boolean }[];
    deletionTimestamp?: string;
  };
  spec?: {
    nodeName?: string;
    tolerations?: { key?: string; operator?: string; effect?: string }[];
    containers?: { resources?: { requests?: Record<string, string> } }[];
  };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

/** What is used of a PodDisruptionBudget (Kubernetes API, policy/v1). Counts of 0 may be left out. */
interface Budget {
  metadata: { namespace?: string; name: string };
  spec?: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    unhealthyPodEvictionPolicy?: string;
    selector?: {
      matchLabels?: Record<string, string>;
      matchExpressions?: { key: string; operator: string; values?: string[] }[];
    };
  };
  status?: {
    disruptionsAllowed?: number;
    currentHealthy?: number;
    desiredHealthy?: number;
    expectedPods?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** By which owners ask Karpenter and the Cluster Autoscaler not to disturb a pod (their documentation, disruption and FAQ). */
const keepAnnotations: Readonly<Record<string, string>> = {
  'karpenter.sh/do-not-disrupt': 'true',
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
};

/** Pods and disruption budgets by the Kubernetes API of each cluster. */
export const kubernetesEvictions = (withApi: WithApi): ClusterEvictions => ({
  budgets: (clusterName) => withApi(clusterName, listBudgets),
  pods: async (clusterName) =>
    (await withApi(clusterName, (api, token) => api.list<Pod>('/api/v1/pods', {}, token))).map(podOf),
});

export const listBudgets = async (api: KubernetesApi, token: string): Promise<BudgetReading[]> =>
  (await api.list<Budget>('/apis/policy/v1/poddisruptionbudgets', {}, token)).map(budgetOf);

const podOf = ({ metadata, spec, status }: Pod): EvictablePod => {
  const { annotations = {} } = metadata;
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    labels: metadata.labels ?? {},
    controller: controller === undefined ? null : { kind: controller.kind, name: controller.name },
    node: spec?.nodeName ?? null,
    isMirror: annotations['kubernetes.io/config.mirror'] !== undefined,
    hasEnded: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    isTerminating: metadata.deletionTimestamp !== undefined,
    isReady: status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True',
    keepAnnotations: Object.entries(keepAnnotations).flatMap(([key, value]) =>
      annotations[key] === value ? [`${key}=${value}`] : [],
    ),
    toleratesEverything: (spec?.tolerations ?? []).some(
      ({ key = '', operator, effect = '' }) =>
        key === '' && operator === 'Exists' && (effect === '' || effect === 'NoSchedule'),
    ),
    requests: together((spec?.containers ?? []).map(({ resources }) => resources?.requests ?? {})),
  };
};

const together = (requests: readonly Record<string, string>[]): Record<string, string[]> => {
  const all: Record<string, string[]> = {};
  for (const each of requests)
    for (const [resource, quantity] of Object.entries(each)) all[resource] = [...(all[resource] ?? []), quantity];
  return all;
};

const budgetOf = ({ metadata, spec, status }: Budget): BudgetReading => {
  const failed = status?.conditions?.find(
    ({ type, reason }) => type === 'DisruptionAllowed' && reason === 'SyncFailed',
  );
  const { minAvailable, maxUnavailable, selector } = spec ?? {};
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    selector:
      selector === undefined
        ? null
        : {
            matchLabels: selector.matchLabels ?? {},
            matchExpressions: (selector.matchExpressions ?? []).map(({ key, operator, values }) => ({
              key,
              operator,
              values: values ?? [],
            })),
          },
    rule: minAvailable === undefined ? `maxUnavailable: ${maxUnavailable ?? 'none'}` : `minAvailable: ${minAvailable}`,
    disruptionsAllowed: status?.disruptionsAllowed ?? 0,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
    expectedPods: status?.expectedPods ?? 0,
    letsSickGo: spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow',
    failure: failed === undefined ? null : (failed.message ?? 'the API server cannot reckon it'),
  };
};
