/** What the world holds, as objects of the Kubernetes API (Kubernetes API reference, core/v1 and policy/v1). */
import { digest } from '../digest.ts';
import { amiTypeInWorld } from '../world/ami-types.ts';
import type { Cluster } from '../world/clusters.ts';
import type { Node } from '../world/nodes.ts';
import { type ContainerState, type Ending, type Pod, templateHashOf, type Workload } from '../world/pods.ts';
import { usual } from '../world/timing.ts';

export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [member: string]: unknown };
  [member: string]: unknown;
}

const iso = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

export const nodeObject = (node: Node): KubernetesObject => ({
  metadata: {
    name: node.name,
    uid: digest('node', node.instance.id).uuid,
    creationTimestamp: iso(node.createdAt),
    labels: { 'kubernetes.io/hostname': node.name, ...node.labels },
  },
  spec: {
    providerID: `aws:///${node.instance.zone}/${node.instance.id}`,
    ...(node.isUnschedulable
      ? { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }
      : {}),
  },
  status: {
    capacity: { ...node.allocatable },
    allocatable: { ...node.allocatable },
    conditions: [
      {
        type: 'Ready',
        status: node.isReady ? 'True' : node.wasReady ? 'Unknown' : 'False',
        reason: node.isReady ? 'KubeletReady' : node.wasReady ? 'NodeStatusUnknown' : 'KubeletNotReady',
        lastTransitionTime: iso(node.readySince),
      },
      ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
        type,
        status: node.wasReady && !node.isReady ? 'Unknown' : 'False',
        lastTransitionTime: iso(node.createdAt),
      })),
    ],
    nodeInfo: {
      architecture: node.labels['kubernetes.io/arch'],
      kubeletVersion: `v${node.instance.image.kubelet}-eks`,
      containerRuntimeVersion: 'containerd://2.1.0',
      operatingSystem: node.labels['kubernetes.io/os'],
      osImage: amiTypeInWorld(node.instance.image.amiType).osImage,
    },
    addresses: [{ type: 'InternalDNS', address: node.name }],
  },
});

export const podObject = (pod: Pod): KubernetesObject => ({
  metadata: {
    name: pod.name,
    namespace: pod.workload.namespace,
    uid: digest('pod-uid', pod.workload.namespace, pod.name).uuid,
    creationTimestamp: iso(pod.createdAt),
    ...(pod.endsAt === undefined
      ? {}
      : { deletionTimestamp: iso(pod.endsAt), deletionGracePeriodSeconds: usual.podTerminationSeconds }),
    labels: {
      app: pod.workload.name,
      ...(kindOfOwner(pod) === 'ReplicaSet' ? { 'pod-template-hash': templateHashOf(pod.workload) } : {}),
    },
    ownerReferences: [
      {
        apiVersion: kindOfOwner(pod) === 'Job' ? 'batch/v1' : 'apps/v1',
        kind: kindOfOwner(pod),
        name: pod.owner,
        uid: digest('owner', pod.workload.namespace, pod.owner).uuid,
        controller: true,
      },
    ],
  },
  spec: {
    ...(pod.node === undefined ? {} : { nodeName: pod.node.name }),
    containers: [{ name: 'main', image: 'example.com/app:1', resources: { limits: { ...pod.workload.limits } } }],
  },
  status: {
    phase: phaseOf(pod),
    ...(pod.scheduledAt === undefined ? {} : { startTime: iso(pod.scheduledAt) }),
    conditions: conditionsOf(pod),
    containerStatuses: pod.node === undefined || pod.hasNoSandbox ? [] : [containerStatusOf(pod)],
  },
});

const kindOfOwner = ({ workload: { isDaemonSet, runSeconds } }: Pod): string => {
  if (isDaemonSet) return 'DaemonSet';
  return runSeconds === undefined ? 'ReplicaSet' : 'Job';
};

/** Kubernetes, pod lifecycle, pod phase. */
const phaseOf = (pod: Pod): string => {
  if (pod.container.is === 'ended') return pod.container.exitCode === 0 ? 'Succeeded' : 'Failed';
  return pod.hasStarted ? 'Running' : 'Pending';
};

const conditionsOf = (pod: Pod): unknown[] => {
  const condition = (type: string, isTrue: boolean, since: number | undefined, reason?: string) => ({
    type,
    status: isTrue ? 'True' : 'False',
    ...(since === undefined ? {} : { lastTransitionTime: iso(since) }),
    ...(isTrue || reason === undefined ? {} : { reason }),
  });
  const isScheduled = pod.scheduledAt !== undefined;
  const notReady = pod.hasEnded ? 'PodCompleted' : 'ContainersNotReady';
  const readySince = pod.readySince ?? pod.scheduledAt;
  return [
    condition('PodScheduled', isScheduled, pod.scheduledAt ?? pod.createdAt, 'Unschedulable'),
    ...(isScheduled
      ? [
          condition('Initialized', true, pod.scheduledAt),
          condition('ContainersReady', pod.isReady, readySince, notReady),
          condition('Ready', pod.isReady, readySince, notReady),
        ]
      : []),
  ];
};

const containerStatusOf = ({ container, lastEnding, isReady, restarts }: Pod): unknown => ({
  name: 'main',
  image: 'example.com/app:1',
  ready: isReady,
  started: container.is === 'running',
  restartCount: restarts,
  state: stateOf(container),
  lastState: lastEnding === undefined ? {} : { terminated: terminatedOf(lastEnding) },
});

const stateOf = (container: ContainerState): unknown => {
  switch (container.is) {
    case 'waiting':
      return { waiting: { reason: container.reason } };
    case 'running':
      return { running: { startedAt: iso(container.since) } };
    case 'ended':
      return { terminated: terminatedOf(container) };
  }
};

const terminatedOf = ({ since, until, exitCode }: Ending): unknown => ({
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  startedAt: iso(since),
  finishedAt: iso(until),
});

export const budgetObject = (cluster: Cluster, workload: Workload): KubernetesObject => {
  const healthy = cluster.healthyPodsOf(workload).length;
  const minAvailable = workload.minAvailable ?? 0;
  return {
    metadata: { name: workload.name, namespace: workload.namespace, labels: { app: workload.name } },
    spec: { minAvailable, selector: { matchLabels: { app: workload.name } } },
    status: {
      currentHealthy: healthy,
      desiredHealthy: minAvailable,
      disruptionsAllowed: Math.max(0, healthy - minAvailable),
      expectedPods: workload.replicas,
    },
  };
};
