/** Answers that are objects, and lists of them. */
import { failure, type KubernetesAnswer } from './answers.ts';
import type { KubernetesObject } from './objects.ts';
import type { Asked } from './route.ts';
import { fieldSelector, matchesLabels } from './selectors.ts';

export const one = (apiVersion: string, kind: string, object: KubernetesObject): KubernetesAnswer => ({
  status: 200,
  body: { apiVersion, kind, ...object },
});

export const notFound = (resource: string, name: string): KubernetesAnswer =>
  failure(404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource });

/** A page of a list, with `limit` and `continue` (Kubernetes, API concepts, chunks). */
export const list = (
  kind: string,
  apiVersion: string,
  objects: KubernetesObject[],
  { url, names: [namespace] }: Asked,
): KubernetesAnswer => {
  const asks = (parameter: string): string => url.searchParams.get(parameter) ?? '';
  const fields = fieldSelector(kind, asks('fieldSelector'));
  if ('unknown' in fields) return failure(400, 'BadRequest', `field label not supported: ${fields.unknown}`);
  const found = objects
    .filter((object) => matchesLabels(object.metadata.labels ?? {}, asks('labelSelector')) && fields.matches(object))
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const start = Number(asks('continue'));
  const limit = Number(asks('limit')) || found.length;
  const end = start + limit;
  return {
    status: 200,
    body: {
      apiVersion,
      kind: `${kind}List`,
      metadata: {
        resourceVersion: '1',
        ...(end < found.length ? { continue: String(end), remainingItemCount: found.length - end } : {}),
      },
      items: found.slice(start, end),
    },
  };
};
