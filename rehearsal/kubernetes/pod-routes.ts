/** Pods that are put into a cluster and taken from it, and the namespaces they lie in. */
import { barePodOf, type PodManifest } from '../world/bare-pods.ts';
import type { Cluster } from '../world/clusters.ts';
import { failure, type KubernetesAnswer } from './answers.ts';
import { list, notFound, one } from './lists.ts';
import { iso, type KubernetesObject } from './objects.ts';
import { podObject } from './pod-objects.ts';
import type { Asked, Route } from './route.ts';

const isDryRun = ({ url, body }: Asked): boolean =>
  url.searchParams.get('dryRun') === 'All' || (body.dryRun as string[] | undefined)?.includes('All') === true;

/** A label of DNS, as RFC 1123 has them (Kubernetes, object names and ids). */
const isName = (name: string): boolean => /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name);

/** The words are the API server's (kubernetes/kubernetes, staging/src/k8s.io/apimachinery/pkg/api/errors). */
function putPod(cluster: Cluster, asked: Asked): KubernetesAnswer {
  const [namespace = ''] = asked.names;
  if (!cluster.namespaces.includes(namespace)) return notFound('namespaces', namespace);
  const { metadata = {}, spec } = asked.body as PodManifest;
  const { name = '' } = metadata;
  const invalid = (field: string): KubernetesAnswer => failure(422, 'Invalid', `Pod "${name}" is invalid: ${field}`);
  if (!isName(name))
    return invalid(`metadata.name: Invalid value: "${name}": a lowercase RFC 1123 subdomain is wanted`);
  const containers = spec?.containers ?? [];
  if (spec === undefined || containers.length === 0) return invalid('spec.containers: Required value');
  const nameless = containers.findIndex((each) => !each.name || !each.image);
  if (nameless !== -1) return invalid(`spec.containers[${nameless}]: Required value`);
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    return failure(
      400,
      'BadRequest',
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
  if (cluster.podNamed(namespace, name) !== undefined) {
    return failure(409, 'AlreadyExists', `pods "${name}" already exists`, { name, kind: 'pods' });
  }
  if (isDryRun(asked)) {
    return {
      status: 201,
      body: { apiVersion: 'v1', kind: 'Pod', ...asked.body, metadata: { ...metadata, namespace } },
    };
  }
  const pod = cluster.putPod(namespace, barePodOf({ metadata, spec }));
  return { status: 201, body: { apiVersion: 'v1', kind: 'Pod', ...podObject(pod) } };
}

/** A pod on a node is told to end; it is gone when its containers are (Kubernetes, pod lifecycle, termination of pods). */
function deletePod(cluster: Cluster, asked: Asked): KubernetesAnswer {
  const [namespace = '', name = ''] = asked.names;
  const pod = cluster.podNamed(namespace, name);
  if (pod === undefined) return notFound('pods', name);
  if (!isDryRun(asked)) cluster.removePod(pod);
  return one('v1', 'Pod', podObject(pod));
}

const namespaceObject = (cluster: Cluster, name: string): KubernetesObject => ({
  metadata: { name, creationTimestamp: iso(cluster.createdAt), labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

export const podRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: /^\/api\/v1\/namespaces\/([^/]+)\/pods$/,
    operation: 'CreatePod',
    attributes: { verb: 'create', resource: 'pods' },
    play: putPod,
  },
  {
    method: 'DELETE',
    path: /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/,
    operation: 'DeletePod',
    attributes: { verb: 'delete', resource: 'pods' },
    play: deletePod,
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/namespaces$/,
    operation: 'ListNamespaces',
    attributes: { verb: 'list', resource: 'namespaces' },
    play: (cluster, asked) =>
      list(
        'Namespace',
        'v1',
        cluster.namespaces.map((name) => namespaceObject(cluster, name)),
        asked,
      ),
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/namespaces\/([^/]+)$/,
    operation: 'GetNamespace',
    attributes: { verb: 'get', resource: 'namespaces' },
    play: (cluster, { names: [name = ''] }) =>
      cluster.namespaces.includes(name)
        ? one('v1', 'Namespace', namespaceObject(cluster, name))
        : notFound('namespaces', name),
  },
  {
    method: 'POST',
    path: /^\/api\/v1\/namespaces$/,
    operation: 'CreateNamespace',
    attributes: { verb: 'create', resource: 'namespaces' },
    play: (cluster, asked) => {
      const { name = '' } = (asked.body as PodManifest).metadata ?? {};
      if (!isName(name)) return failure(422, 'Invalid', `Namespace "${name}" is invalid: metadata.name`);
      if (cluster.namespaces.includes(name)) {
        return failure(409, 'AlreadyExists', `namespaces "${name}" already exists`, { name, kind: 'namespaces' });
      }
      if (!isDryRun(asked)) cluster.ownNamespaces.add(name);
      return { status: 201, body: { apiVersion: 'v1', kind: 'Namespace', ...namespaceObject(cluster, name) } };
    },
  },
];
