/** Which node takes a pod. Of resources only accelerators and the number of pods are looked at. */
import type { Node } from './nodes.ts';
import { isAccelerator } from './pod-failures.ts';
import type { Pod } from './pods.ts';

export type Placing = { node: Node } | { unschedulable: string };

/** The emptiest node that can take the pod, or why none can, in the scheduler's words. */
export const place = (pod: Pod, nodes: readonly Node[], pods: readonly Pod[]): Placing => {
  const onNode = new Map<Node, Pod[]>(nodes.map((node) => [node, []]));
  for (const each of pods) if (each.node !== undefined && !each.hasEnded) onNode.get(each.node)?.push(each);
  const load = (node: Node): number => onNode.get(node)?.length ?? 0;
  const reasons = new Map<string, number>();
  const fitting = nodes.filter((node) => {
    const reason = whyNot(pod, node, onNode.get(node) ?? []);
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return reason === undefined;
  });
  fitting.sort((a, b) => load(a) - load(b) || a.name.localeCompare(b.name));
  const [node] = fitting;
  if (node !== undefined) return { node };
  if (nodes.length === 0) return { unschedulable: 'no nodes available to schedule pods' };
  const parts = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return { unschedulable: `0/${nodes.length} nodes are available: ${parts.join(', ')}.` };
};

/** kubernetes/kubernetes, pkg/scheduler/framework/plugins: what each of them says. */
const whyNot = (pod: Pod, node: Node, there: readonly Pod[]): string | undefined => {
  const { workload, isDaemon, meantFor, bare } = pod;
  const isSelected =
    isDaemon || bare?.nodeName !== undefined
      ? node === meantFor
      : workload.nodeGroup === undefined || workload.nodeGroup === node.nodeGroup;
  if (!isSelected) return "node(s) didn't match Pod's node affinity/selector";
  // A DaemonSet tolerates a cordon, and a node that is not Ready (Kubernetes, DaemonSet, taints and tolerations).
  if (!isDaemon && bare?.toleratesAll !== true && !workload.toleratesAll) {
    if (node.isUnschedulable || node.isDraining) return 'node(s) were unschedulable';
    if (!node.isReady) return 'node(s) had untolerated taint {node.kubernetes.io/not-ready: }';
    if (node.instance.state !== 'running') {
      return 'node(s) had untolerated taint {node.cloudprovider.kubernetes.io/shutdown: }';
    }
  }
  if (there.length >= Number(node.allocatable.pods ?? 0)) return 'Too many pods';
  if (pod.sickness === 'pending') return 'Insufficient memory';
  for (const [resource, limit] of Object.entries(workload.limits)) {
    if (!isAccelerator(resource)) continue;
    const used = there.reduce((sum, each) => sum + Number(each.workload.limits[resource] ?? 0), 0);
    if (used + Number(limit) > Number(node.allocatable[resource] ?? 0)) return `Insufficient ${resource}`;
  }
  return undefined;
};
