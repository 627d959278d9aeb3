/** What can be asked of what makes pods, and of the events of a cluster. */
import type { Cluster } from '../world/clusters.ts';
import { eventObject } from './event-objects.ts';
import { list, notFound, one } from './lists.ts';
import type { KubernetesObject } from './objects.ts';
import type { Route } from './route.ts';
import { daemonSetObject, deploymentObject, jobObjects, kindOf, replicaSetObject } from './workload-objects.ts';

type Objects = (cluster: Cluster) => KubernetesObject[];

/** Its list, and each of its objects by name. */
const routesOf = (apiVersion: string, kind: string, objects: Objects): Route[] => {
  const resource = `${kind.toLowerCase()}s`;
  const namespaced = (suffix: string): RegExp => new RegExp(`^/apis/${apiVersion}${suffix}$`);
  return [
    {
      method: 'GET',
      path: namespaced(`(?:/namespaces/([^/]+))?/${resource}`),
      operation: `List${kind}s`,
      attributes: { verb: 'list', resource },
      play: (cluster, asked) => list(kind, apiVersion, objects(cluster), asked),
    },
    {
      method: 'GET',
      path: namespaced(`/namespaces/([^/]+)/${resource}/([^/]+)`),
      operation: `Get${kind}`,
      attributes: { verb: 'get', resource },
      play: (cluster, { names: [namespace = '', name = ''] }) => {
        const found = objects(cluster).find(
          ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
        );
        return found === undefined ? notFound(resource, name) : one(apiVersion, kind, found);
      },
    },
  ];
};

const ofKind =
  (
    kind: ReturnType<typeof kindOf>,
    make: (cluster: Cluster, workload: Cluster['workloads'][number]) => KubernetesObject,
  ) =>
  (cluster: Cluster): KubernetesObject[] =>
    cluster.workloads.filter((workload) => kindOf(workload) === kind).map((workload) => make(cluster, workload));

export const workloadRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/api\/v1(?:\/namespaces\/([^/]+))?\/events$/,
    operation: 'ListEvents',
    attributes: { verb: 'list', resource: 'events' },
    play: (cluster, asked) => list('Event', 'v1', cluster.recentEvents().map(eventObject), asked),
  },
  ...routesOf('apps/v1', 'Deployment', ofKind('Deployment', deploymentObject)),
  ...routesOf('apps/v1', 'ReplicaSet', ofKind('Deployment', replicaSetObject)),
  ...routesOf('apps/v1', 'DaemonSet', ofKind('DaemonSet', daemonSetObject)),
  // Whoever asks for all workloads asks for these, too. There are none.
  ...routesOf('apps/v1', 'StatefulSet', () => []),
  ...routesOf('batch/v1', 'Job', (cluster) => cluster.workloads.flatMap((workload) => jobObjects(cluster, workload))),
];
