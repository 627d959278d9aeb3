/** What makes pods, as the Kubernetes API shows it (Kubernetes API reference, apps/v1 and batch/v1). */
import { digest } from '../digest.ts';
import type { Cluster } from '../world/clusters.ts';
import { containerImage as image, type Job, type Pod, templateHashOf, type Workload } from '../world/pods.ts';
import { iso, type KubernetesObject } from './objects.ts';

/** What kind of controller a workload is, if any. */
export const kindOf = ({ isDaemonSet, isBare, runSeconds }: Workload): 'Deployment' | 'DaemonSet' | 'Job' | 'none' => {
  if (isBare) return 'none';
  return runSeconds === undefined ? (isDaemonSet ? 'DaemonSet' : 'Deployment') : 'Job';
};

const uidOf = (kind: string, namespace: string, name: string): string =>
  digest('controller', kind, namespace, name).uuid;

const replicaSetName = (workload: Workload): string => `${workload.name}-${templateHashOf(workload)}`;

/** A Deployment owns a ReplicaSet, and that its pods; a DaemonSet or a Job owns its pods itself. */
export const ownerOf = (workload: Workload, job: Job | undefined): unknown => {
  const { namespace, name, isDaemonSet } = workload;
  if (job !== undefined) return reference('batch/v1', 'Job', namespace, job.name);
  return isDaemonSet
    ? reference('apps/v1', 'DaemonSet', namespace, name)
    : reference('apps/v1', 'ReplicaSet', namespace, replicaSetName(workload));
};

const reference = (apiVersion: string, kind: string, namespace: string, name: string): unknown => ({
  apiVersion,
  kind,
  name,
  uid: uidOf(kind, namespace, name),
  controller: true,
  blockOwnerDeletion: true,
});

/** What is limited and not asked for is asked for up to its limit (Kubernetes, resource management for pods). */
export const resourcesOf = ({ limits }: Workload) => ({ limits: { ...limits }, requests: { ...limits } });

/** Counts of 0 are left out where the API leaves them out (`omitempty`). */
const counts = (of: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(of).filter(([, count]) => count !== 0));

const metadataOf = (kind: string, workload: Workload, createdAt: number, name = workload.name) => ({
  name,
  namespace: workload.namespace,
  uid: uidOf(kind, workload.namespace, name),
  creationTimestamp: iso(createdAt),
  generation: 1,
  labels: { app: workload.name },
});

const templateOf = (workload: Workload) => ({
  metadata: { labels: { app: workload.name } },
  spec: { containers: [{ name: 'main', image, resources: resourcesOf(workload) }] },
});

/** Pods that a ReplicaSet counts: they are neither deleted nor ended. */
const activePodsOf = ({ pods }: Cluster, workload: Workload): Pod[] =>
  pods.filter((pod) => pod.workload === workload && !pod.isTerminating && !pod.hasEnded);

const readyIn = (pods: readonly Pod[]): number => pods.filter(({ isReady }) => isReady).length;

export const deploymentObject = (cluster: Cluster, workload: Workload): KubernetesObject => {
  const { name, replicas } = workload;
  const pods = activePodsOf(cluster, workload);
  const ready = readyIn(pods);
  return {
    metadata: {
      ...metadataOf('Deployment', workload, cluster.createdAt),
      annotations: { 'deployment.kubernetes.io/revision': '1' },
    },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: templateOf(workload) },
    status: {
      observedGeneration: 1,
      ...counts({
        replicas: pods.length,
        updatedReplicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        unavailableReplicas: Math.max(0, replicas - ready),
      }),
    },
  };
};

export const replicaSetObject = (cluster: Cluster, workload: Workload): KubernetesObject => {
  const { namespace, name, replicas } = workload;
  const pods = activePodsOf(cluster, workload);
  const ready = readyIn(pods);
  const labels = { app: name, 'pod-template-hash': templateHashOf(workload) };
  return {
    metadata: {
      ...metadataOf('ReplicaSet', workload, cluster.createdAt, replicaSetName(workload)),
      labels,
      ownerReferences: [reference('apps/v1', 'Deployment', namespace, name)],
    },
    spec: { replicas, selector: { matchLabels: labels }, template: templateOf(workload) },
    status: {
      observedGeneration: 1,
      replicas: pods.length,
      ...counts({ fullyLabeledReplicas: pods.length, readyReplicas: ready, availableReplicas: ready }),
    },
  };
};

export const daemonSetObject = (cluster: Cluster, workload: Workload): KubernetesObject => {
  const pods = activePodsOf(cluster, workload);
  const ready = readyIn(pods);
  const desired = cluster.nodesFor(workload).length;
  return {
    metadata: metadataOf('DaemonSet', workload, cluster.createdAt),
    spec: { selector: { matchLabels: { app: workload.name } }, template: templateOf(workload) },
    status: {
      observedGeneration: 1,
      currentNumberScheduled: pods.length,
      desiredNumberScheduled: desired,
      numberMisscheduled: 0,
      numberReady: ready,
      ...counts({
        updatedNumberScheduled: pods.length,
        numberAvailable: ready,
        numberUnavailable: Math.max(0, desired - ready),
      }),
    },
  };
};

/** A Job is known as long as a pod of it is. */
export const jobObjects = (cluster: Cluster, workload: Workload): KubernetesObject[] => {
  const podsByJob = new Map<Job, Pod[]>();
  for (const pod of cluster.pods) {
    if (pod.workload !== workload || pod.job === undefined) continue;
    podsByJob.set(pod.job, [...(podsByJob.get(pod.job) ?? []), pod]);
  }
  return [...podsByJob].map(([job, pods]) => jobObject(workload, job, pods));
};

const jobObject = (workload: Workload, job: Job, pods: readonly Pod[]): KubernetesObject => {
  const active = pods.filter((pod) => !pod.isTerminating && !pod.hasEnded);
  const ended = pods.flatMap(({ container: { state } }) => (state.is === 'terminated' ? [state.finishedAt] : []));
  const [completedAt] = ended;
  return {
    metadata: metadataOf('Job', workload, job.createdAt, job.name),
    spec: { parallelism: 1, completions: 1, backoffLimit: 6, template: templateOf(workload) },
    status: {
      startTime: iso(job.createdAt),
      ready: readyIn(active),
      ...counts({
        active: active.length,
        succeeded: ended.length,
        terminating: pods.filter(({ isTerminating }) => isTerminating).length,
      }),
      ...(completedAt === undefined
        ? {}
        : {
            completionTime: iso(completedAt),
            conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: iso(completedAt) }],
          }),
    },
  };
};
