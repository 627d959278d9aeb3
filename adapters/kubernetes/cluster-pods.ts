import type { ContainerReading, WorkloadPod } from '../../core/gate/workload-pod.ts';
import type { ClusterPods } from '../../core/ports.ts';
import type { WithApi } from './connections.ts';
import { orDenied } from './denied.ts';

/** What is used of a Pod (Kubernetes API, core/v1). */
interface Pod {
  metadata: {
    namespace?: string;
    name: string;
    labels?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; controller?: boolean }[];
    deletionTimestamp?: string;
  };
  spec?: { nodeName?: string };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; lastTransitionTime?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

interface ContainerStatus {
  restartCount?: number;
  state?: { waiting?: { reason?: string }; running?: object; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}

interface Terminated {
  startedAt?: string;
  finishedAt?: string;
  reason?: string;
  exitCode?: number;
}

/** Pods by the Kubernetes API of each cluster. */
export const kubernetesPods = (withApi: WithApi): ClusterPods => ({
  access: (clusterName) =>
    orDenied(async () => {
      const path = '/api/v1/namespaces/kube-system/pods';
      await withApi(clusterName, (api, token) =>
        api.list(path, { labelSelector: 'eks-ami-rollout=access-check' }, token),
      );
      return { access: 'granted' };
    }),
  all: async (clusterName) =>
    (await withApi(clusterName, (api, token) => api.list<Pod>('/api/v1/pods', {}, token))).map(readingOf),
});

const readingOf = ({ metadata, spec, status }: Pod): WorkloadPod => {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  const condition = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted);
  const ready = condition('Ready');
  const scheduled = condition('PodScheduled');
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    controller: controller === undefined ? null : { kind: controller.kind, name: controller.name },
    templateHash: metadata.labels?.['pod-template-hash'] ?? null,
    node: spec?.nodeName ?? null,
    phase: status?.phase ?? 'Unknown',
    isReady: ready?.status === 'True',
    readySince: ready?.lastTransitionTime ?? null,
    scheduledAt: scheduled?.status === 'True' ? (scheduled.lastTransitionTime ?? null) : null,
    deletedAt: metadata.deletionTimestamp ?? null,
    containers: [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(containerOf),
  };
};

const containerOf = ({ restartCount, state, lastState }: ContainerStatus): ContainerReading => {
  const ended = state?.terminated;
  const before = lastState?.terminated ?? (restartCount === 0 || restartCount === undefined ? undefined : ended);
  return {
    waiting: state?.waiting?.reason ?? null,
    hasStarted: state?.running !== undefined || ended !== undefined || before !== undefined,
    restarts: restartCount ?? 0,
    lastEnd:
      before?.finishedAt === undefined
        ? null
        : { at: before.finishedAt, reason: before.reason ?? 'Error', exitCode: before.exitCode ?? 0 },
    ran:
      ended?.startedAt === undefined || ended.finishedAt === undefined
        ? null
        : { from: ended.startedAt, to: ended.finishedAt },
  };
};
