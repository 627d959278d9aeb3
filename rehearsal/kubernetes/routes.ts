/** What can be asked of the Kubernetes API of a cluster, and what it answers. */
import type { Cluster } from '../world/clusters.ts';
import { budgetStatus } from '../world/disruption-budgets.ts';
import { type Attributes, isAllowed } from './access.ts';
import { failure, type KubernetesAnswer } from './answers.ts';
import { discover } from './discovery.ts';
import { list, notFound, one } from './lists.ts';
import { budgetObjects, nodeObject } from './objects.ts';
import { podObject } from './pod-objects.ts';
import { podRoutes } from './pod-routes.ts';
import type { Asked, Route } from './route.ts';
import { workloadRoutes } from './workload-routes.ts';

export const routeOf = (method: string, pathname: string): Route | undefined =>
  routes.find((each) => each.method === method && each.path.test(pathname));

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/(?:version|api(?:\/v1)?|apis(?:\/[\w.-]+\/v1)?)$/,
    operation: 'Discover',
    play: (cluster, { url }) => {
      const body = discover(url.pathname, cluster.version);
      if (body !== undefined) return { status: 200, body };
      return failure(
        404,
        'NotFound',
        `the server could not find the requested resource: ${url.pathname} is not played`,
      );
    },
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/nodes\/([^/]+)$/,
    operation: 'GetNode',
    attributes: { verb: 'get', resource: 'nodes' },
    play: (cluster, { names: [name = ''] }) => {
      const node = cluster.nodes.get(name);
      return node === undefined ? notFound('nodes', name) : one('v1', 'Node', nodeObject(node));
    },
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/nodes$/,
    operation: 'ListNodes',
    attributes: { verb: 'list', resource: 'nodes' },
    play: (cluster, asked) => list('Node', 'v1', [...cluster.nodes.values()].map(nodeObject), asked),
  },
  {
    method: 'PATCH',
    path: /^\/api\/v1\/nodes\/([^/]+)$/,
    operation: 'PatchNode',
    attributes: { verb: 'patch', resource: 'nodes' },
    play: (cluster, { names: [name = ''], body, url }) => {
      const node = cluster.nodes.get(name);
      if (node === undefined) return notFound('nodes', name);
      const { spec } = body as { spec?: { unschedulable?: boolean | null } };
      if (spec?.unschedulable !== undefined && url.searchParams.get('dryRun') !== 'All') {
        node.isUnschedulable = spec.unschedulable === true;
        cluster.schedulePods();
      }
      return one('v1', 'Node', nodeObject(node));
    },
  },
  {
    method: 'GET',
    path: /^\/api\/v1(?:\/namespaces\/([^/]+))?\/pods$/,
    operation: 'ListPods',
    attributes: { verb: 'list', resource: 'pods' },
    play: (cluster, asked) => list('Pod', 'v1', cluster.pods.map(podObject), asked),
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/,
    operation: 'GetPod',
    attributes: { verb: 'get', resource: 'pods' },
    play: (cluster, { names: [namespace = '', name = ''] }) => {
      const pod = cluster.podNamed(namespace, name);
      return pod === undefined ? notFound('pods', name) : one('v1', 'Pod', podObject(pod));
    },
  },
  {
    method: 'POST',
    path: /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/eviction$/,
    operation: 'EvictPod',
    attributes: { verb: 'create', resource: 'pods', subresource: 'eviction' },
    play: evictPod,
  },
  {
    method: 'GET',
    path: /^\/apis\/policy\/v1(?:\/namespaces\/([^/]+))?\/poddisruptionbudgets$/,
    operation: 'ListPodDisruptionBudgets',
    attributes: { verb: 'list', resource: 'poddisruptionbudgets' },
    play: (cluster, asked) =>
      list(
        'PodDisruptionBudget',
        'policy/v1',
        cluster.workloads.flatMap((workload) => budgetObjects(cluster, workload)),
        asked,
      ),
  },
  {
    method: 'POST',
    path: /^\/apis\/authorization\.k8s\.io\/v1\/selfsubjectaccessreviews$/,
    operation: 'ReviewOwnAccess',
    attributes: { verb: 'create', resource: 'selfsubjectaccessreviews' },
    play: (_cluster, { body, access }) => {
      const { spec } = body as { spec?: { resourceAttributes?: Attributes } };
      const asks = spec?.resourceAttributes;
      return {
        status: 201,
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          metadata: {},
          spec,
          status: { allowed: asks !== undefined && isAllowed(access, asks) },
        },
      };
    },
  },
  ...workloadRoutes,
  ...podRoutes,
];

export const kubernetesOperations: readonly string[] = routes.map(({ operation }) => operation);

/**
 * Evicts a pod, or says that its disruption budget forbids it now (Kubernetes, API-initiated eviction). The words are the
 * API server's (kubernetes/kubernetes, pkg/registry/core/pod/storage/eviction.go).
 */
function evictPod(cluster: Cluster, { names: [namespace = '', name = ''], body }: Asked): KubernetesAnswer {
  const pod = cluster.podNamed(namespace, name);
  if (pod === undefined) return notFound('pods', name);
  const { workload } = pod;
  if (!pod.isTerminating && !cluster.mayEvict(pod)) {
    const [budget, second] = workload.budgets;
    if (budget === undefined || second !== undefined) {
      return failure(
        500,
        'InternalError',
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
    }
    const { currentHealthy, desiredHealthy } = budgetStatus(workload, budget, cluster.healthyPodsOf(workload).length);
    return failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${budget.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
        },
      ],
    });
  }
  const { deleteOptions } = body as { deleteOptions?: { dryRun?: string[] } };
  if (deleteOptions?.dryRun?.includes('All') !== true) cluster.removePod(pod);
  return { status: 201, body: { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', code: 201 } };
}
