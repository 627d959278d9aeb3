/** What the world holds, as objects of the Kubernetes API (Kubernetes API reference, core/v1 and policy/v1). */
import { amiTypeInWorld } from '../world/ami-types.ts';
import type { Cluster } from '../world/clusters.ts';
import { budgetStatus } from '../world/disruption-budgets.ts';
import type { Node } from '../world/nodes.ts';
import type { Workload } from '../world/pods.ts';

export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [member: string]: unknown };
  [member: string]: unknown;
}

/** Kubernetes tells instants in whole seconds. */
export const iso = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

export const nodeObject = (node: Node): KubernetesObject => ({
  metadata: {
    name: node.name,
    uid: node.uid,
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
    conditions: nodeConditions(node),
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

/** Once its kubelet is no longer heard of, everything it said is unknown (Kubernetes, node status, conditions). */
const nodeConditions = (node: Node): Record<string, string>[] => {
  const { isReady, wasReady, readySince, createdAt, conditions } = node;
  const isLost = !isReady && wasReady;
  const pressure = (type: string, reason: string) => ({
    type,
    status: isLost ? 'Unknown' : 'False',
    reason: isLost ? 'NodeStatusUnknown' : reason,
    lastTransitionTime: iso(isLost ? readySince : createdAt),
  });
  return [
    pressure('MemoryPressure', 'KubeletHasSufficientMemory'),
    pressure('DiskPressure', 'KubeletHasNoDiskPressure'),
    pressure('PIDPressure', 'KubeletHasSufficientPID'),
    {
      type: 'Ready',
      status: isReady ? 'True' : isLost ? 'Unknown' : 'False',
      reason: isReady ? 'KubeletReady' : isLost ? 'NodeStatusUnknown' : 'KubeletNotReady',
      lastTransitionTime: iso(readySince),
    },
    ...[...conditions].map(([type, { status, since }]) => ({
      type,
      status,
      reason: status === 'True' ? `${type.replace(/Ready$/, '')}IsReady` : `${type}Problem`,
      lastTransitionTime: iso(since),
    })),
  ];
};

export const budgetObjects = (cluster: Cluster, workload: Workload): KubernetesObject[] =>
  workload.budgets.map((budget) => {
    const { name, minAvailable, maxUnavailable } = budget;
    const status = budgetStatus(workload, budget, cluster.healthyPodsOf(workload).length);
    const { failure, ...counts } = status;
    const reason = counts.disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
    return {
      metadata: { name, namespace: workload.namespace, labels: { app: workload.name } },
      spec: {
        ...(minAvailable === undefined ? { maxUnavailable } : { minAvailable }),
        selector: { matchLabels: { app: workload.name } },
      },
      status: {
        ...counts,
        conditions: [
          {
            type: 'DisruptionAllowed',
            status: counts.disruptionsAllowed > 0 ? 'True' : 'False',
            reason: failure === undefined ? reason : 'SyncFailed',
            message: failure ?? '',
            lastTransitionTime: iso(cluster.createdAt),
          },
        ],
      },
    };
  });
