/** Events, as the Kubernetes API shows them (Kubernetes API reference, core/v1 Event). */
import type { ClusterEvent } from '../world/cluster-events.ts';
import { iso, type KubernetesObject } from './objects.ts';

export const eventObject = (event: ClusterEvent): KubernetesObject => {
  const { involved, type, reason, message, component, host, count, firstAt, lastAt } = event;
  const { kind, namespace, name, uid } = involved;
  return {
    metadata: { name: event.name, namespace, creationTimestamp: iso(firstAt) },
    involvedObject: { apiVersion: 'v1', kind, ...(kind === 'Node' ? {} : { namespace }), name, uid },
    type,
    reason,
    message,
    source: { component, ...(host === undefined ? {} : { host }) },
    reportingComponent: component,
    reportingInstance: host ?? '',
    firstTimestamp: iso(firstAt),
    lastTimestamp: iso(lastAt),
    count,
  };
};
