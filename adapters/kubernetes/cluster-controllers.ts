import type { ControllerKind, ControllerReading } from '../../core/gate/controllers.ts';
import type { ClusterControllers } from '../../core/ports.ts';
import type { WithApi } from './connections.ts';
import { orDenied } from './denied.ts';

/** What is used of a Deployment or a DaemonSet (Kubernetes API, apps/v1). Counts of 0 are left out. */
interface Controller {
  metadata: { namespace?: string; name: string; generation?: number };
  spec?: { replicas?: number };
  status?: { availableReplicas?: number; desiredNumberScheduled?: number; numberAvailable?: number };
}

const pathOf: Readonly<Record<ControllerKind, string>> = {
  Deployment: '/apis/apps/v1/deployments',
  DaemonSet: '/apis/apps/v1/daemonsets',
};

/** Deployments and DaemonSets by the Kubernetes API of each cluster. */
export const kubernetesControllers = (withApi: WithApi): ClusterControllers => {
  const list = (clusterName: string, kind: ControllerKind, query: Record<string, string> = {}): Promise<Controller[]> =>
    withApi(clusterName, (api, token) => api.list<Controller>(pathOf[kind], query, token));
  return {
    access: (clusterName, kinds) =>
      orDenied(async () => {
        for (const kind of kinds) await list(clusterName, kind, { labelSelector: 'eks-ami-rollout=access-check' });
        return { access: 'granted' };
      }),
    all: async (clusterName, kinds) => {
      const found: ControllerReading[] = [];
      for (const kind of kinds) {
        found.push(...(await list(clusterName, kind)).map((controller) => readingOf(kind, controller)));
      }
      return found;
    },
  };
};

const readingOf = (kind: ControllerKind, { metadata, spec, status }: Controller): ControllerReading => ({
  kind,
  namespace: metadata.namespace ?? 'default',
  name: metadata.name,
  generation: metadata.generation ?? 0,
  // The API server fills in one replica where none is said.
  wanted: (kind === 'Deployment' ? (spec?.replicas ?? 1) : status?.desiredNumberScheduled) ?? 0,
  available: (kind === 'Deployment' ? status?.availableReplicas : status?.numberAvailable) ?? 0,
});
