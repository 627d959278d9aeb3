/** What the world holds, as objects of the Kubernetes API (Kubernetes API reference, core/v1 and policy/v1). */
import { digest } from '../digest.ts';
import type { Cluster } from '../world/clusters.ts';
import type { Node } from '../world/nodes.ts';
import type { Pod, Workload } from '../world/pods.ts';
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
    ],
    nodeInfo: {
      architecture: node.labels['kubernetes.io/arch'],
      kubeletVersion: `v${node.instance.image.kubelet}-eks`,
      containerRuntimeVersion: 'containerd://2.1.0',
      operatingSystem: 'linux',
    },
    addresses: [{ type: 'InternalDNS', address: node.name }],
  },
});

export const podObject = (pod: Pod): KubernetesObject => ({
  metadata: {
    name: pod.name,
    namespace: pod.workload.namespace,
    uid: digest('pod-uid', pod.name).uuid,
    creationTimestamp: iso(pod.createdAt),
    ...(pod.endsAt === undefined
      ? {}
      : { deletionTimestamp: iso(pod.endsAt), deletionGracePeriodSeconds: usual.podTerminationSeconds }),
    labels: { app: pod.workload.name },
    ownerReferences: [ownerOf(pod)],
  },
  spec: {
    ...(pod.node === undefined ? {} : { nodeName: pod.node.name }),
    containers: [{ name: 'main', image: 'example.com/app:1', resources: { limits: { ...pod.workload.limits } } }],
  },
  status: {
    phase: pod.hasStarted ? 'Running' : 'Pending',
    conditions: [{ type: 'Ready', status: pod.isReady ? 'True' : 'False' }],
    containerStatuses: pod.hasStarted ? [{ name: 'main', ready: pod.isReady, restartCount: 0 }] : [],
  },
});

/** A Deployment owns a ReplicaSet, and that its pods; a DaemonSet owns its pods itself. */
const ownerOf = ({ workload }: Pod): unknown => {
  const { namespace, name, isDaemonSet } = workload;
  return {
    apiVersion: 'apps/v1',
    kind: isDaemonSet ? 'DaemonSet' : 'ReplicaSet',
    name,
    uid: digest(isDaemonSet ? 'daemon-set' : 'replica-set', namespace, name).uuid,
    controller: true,
  };
};

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
