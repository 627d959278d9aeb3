import type { ProbePodReading } from '../../core/gate/probe.ts';
import { keepsName } from '../../core/gate/probe-pod.ts';
import type { ProbePods } from '../../core/ports.ts';
import { AlreadyExists, NotFound, Refused } from './api.ts';
import type { WithApi } from './connections.ts';
import { orDenied } from './denied.ts';

/** What is used of a Pod (Kubernetes API, core/v1). */
interface Pod {
  metadata: { name: string; creationTimestamp: string; deletionTimestamp?: string };
  spec?: { nodeName?: string; containers?: { name: string }[] };
  status?: {
    phase?: string;
    reason?: string;
    conditions?: { type: string; status: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
  };
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: { startedAt?: string };
    terminated?: { exitCode?: number; startedAt?: string; finishedAt?: string };
  };
}

/** What a probe needs in its namespace, beside making one, which is tried. */
const rights = [
  { verb: 'list', resource: 'pods' },
  { verb: 'delete', resource: 'pods' },
];

const podsIn = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;

/** Probe pods by the Kubernetes API of each cluster. */
export const kubernetesProbePods = (withApi: WithApi): ProbePods => ({
  access: (clusterName, { namespace, manifest }) =>
    orDenied(() =>
      withApi(clusterName, async (api, token) => {
        for (const right of rights) {
          const review = {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes: { ...right, namespace } },
          };
          const answer = await api.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, token);
          if ((answer as { status?: { allowed?: boolean } }).status?.allowed !== true) {
            return { access: 'denied', reason: `it may not ${right.verb} ${right.resource} in ${namespace}` };
          }
        }
        try {
          // Rights, the namespace, quotas and admission in one (Kubernetes, API concepts, dry-run).
          await api.post(`${podsIn(namespace)}?dryRun=All`, manifest, token);
        } catch (error) {
          if (error instanceof NotFound || error instanceof Refused) return { access: 'denied', reason: error.message };
          if (!(error instanceof AlreadyExists)) throw error;
        }
        return { access: 'granted' };
      }),
    ),
  list: async (clusterName, namespace, labelSelector) =>
    (await withApi(clusterName, (api, token) => api.list<Pod>(podsIn(namespace), { labelSelector }, token))).map(
      readingOf,
    ),
  put: (clusterName, { namespace, manifest }) =>
    withApi(clusterName, async (api, token) => {
      try {
        await api.post(podsIn(namespace), manifest, token);
      } catch (error) {
        if (!(error instanceof AlreadyExists)) throw error;
      }
    }),
  remove: (clusterName, namespace, name) =>
    withApi(clusterName, async (api, token) => {
      try {
        await api.remove(`${podsIn(namespace)}/${encodeURIComponent(name)}`, token);
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
      }
    }),
});

const readingOf = ({ metadata, spec, status }: Pod): ProbePodReading => {
  const statuses = status?.containerStatuses ?? [];
  const keeps = statuses.find(({ name }) => name === keepsName);
  const checks = statuses.find(({ name }) => name !== keepsName);
  const { waiting, running, terminated } = checks?.state ?? {};
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const nothing = { waiting: null, message: null, startedAt: null, exitCode: null, finishedAt: null };
  return {
    name: metadata.name,
    createdAt: metadata.creationTimestamp,
    deletedAt: metadata.deletionTimestamp ?? null,
    phase: status?.phase ?? 'Unknown',
    failure: status?.reason ?? null,
    unschedulable: scheduled?.status === 'False' ? (scheduled.message ?? null) : null,
    checks:
      checks === undefined
        ? spec?.nodeName === undefined
          ? null
          : nothing
        : {
            waiting: waiting?.reason ?? null,
            message: waiting?.message ?? null,
            startedAt: running?.startedAt ?? terminated?.startedAt ?? null,
            exitCode: terminated?.exitCode ?? null,
            finishedAt: terminated?.finishedAt ?? null,
          },
    isKeeping: keeps === undefined ? null : keeps.ready === true,
  };
};
