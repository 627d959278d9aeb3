/** EKS clusters, with what runs in them. */

import type { NodeGroup } from './node-groups.ts';
import type { Node } from './nodes.ts';
import { Pod, type Workload } from './pods.ts';
import { usual } from './timing.ts';
import type { World } from './world.ts';

export class Cluster {
  readonly name: string;
  readonly version: string;
  readonly tags: Record<string, string>;
  /** As DescribeCluster says it. */
  status: string;
  /** May the role of the product read the Kubernetes API? */
  isKubernetesGranted: boolean;
  readonly createdAt: number;
  readonly nodes = new Map<string, Node>();
  readonly nodeGroups = new Map<string, NodeGroup>();
  readonly workloads: Workload[] = [];
  pods: Pod[] = [];
  /** Where its Kubernetes API listens, and the authority that signed its certificate (PEM). */
  endpoint: { url: string; certificateAuthority: string } | undefined;
  readonly #world: World;
  #podsMade = 0;

  constructor(
    world: World,
    settings: {
      name: string;
      version: string;
      tags: Record<string, string>;
      status: string;
      isKubernetesGranted: boolean;
    },
  ) {
    this.#world = world;
    this.name = settings.name;
    this.version = settings.version;
    this.tags = { ...settings.tags };
    this.status = settings.status;
    this.isKubernetesGranted = settings.isKubernetesGranted;
    this.createdAt = world.clock.now - 90 * 24 * 3600 * 1000;
  }

  podsOn(node: Node): Pod[] {
    return this.pods.filter((pod) => pod.node === node);
  }

  /** Pods of a workload that count for its disruption budget. */
  healthyPodsOf(workload: Workload): Pod[] {
    return this.pods.filter((pod) => pod.workload === workload && pod.isReady && !pod.isTerminating);
  }

  addWorkload(workload: Workload): void {
    this.workloads.push(workload);
    for (let index = 0; index < workload.replicas; index += 1) this.#makePod(workload);
    this.schedulePods();
    // They ran long before the rehearsal began.
    for (const pod of this.pods) if (pod.node !== undefined) pod.becomeReady();
  }

  /** May a pod be evicted now, without its workload falling below its budget (Kubernetes, policy/v1 Eviction)? */
  mayEvict(pod: Pod): boolean {
    const { minAvailable } = pod.workload;
    if (minAvailable === undefined || !pod.isReady) return true;
    return this.healthyPodsOf(pod.workload).length - 1 >= minAvailable;
  }

  /** Begins to end a pod; its controller makes another one at once. */
  removePod(pod: Pod): void {
    if (pod.isTerminating) return;
    pod.isTerminating = true;
    this.#world.clock.after(usual.podTerminationSeconds * 1000, () => this.#forget(pod));
    this.#makePod(pod.workload);
    this.schedulePods();
  }

  /** The node is gone, and what ran on it with it. */
  onNodeGone(node: Node): void {
    this.nodes.delete(node.name);
    for (const pod of this.podsOn(node)) {
      const wasTerminating = pod.isTerminating;
      this.#forget(pod);
      if (!wasTerminating) this.#makePod(pod.workload);
    }
    this.schedulePods();
  }

  /** The control plane takes pods on a node that is not Ready for not ready (Kubernetes, node lifecycle). */
  onNodeNotReady(node: Node): void {
    for (const pod of this.podsOn(node)) pod.isReady = false;
  }

  /** Puts pods that wait on nodes that can take them, the emptiest first. */
  schedulePods(): void {
    for (const pod of this.pods) {
      if (pod.isTerminating) continue;
      if (pod.node?.isReady === true && !pod.isReady && pod.hasStarted) pod.isReady = true;
      if (pod.node !== undefined) continue;
      const node = this.#nodeFor(pod);
      if (node === undefined) continue;
      pod.node = node;
      this.#world.clock.after(usual.podStartSeconds * 1000, () => {
        if (pod.node === node && !pod.isTerminating && node.isReady) pod.becomeReady();
      });
    }
  }

  #nodeFor(pod: Pod): Node | undefined {
    const fitting = [...this.nodes.values()].filter(
      (node) =>
        node.canTakePods &&
        (pod.workload.nodeGroup === undefined ||
          node.labels['eks.amazonaws.com/nodegroup'] === pod.workload.nodeGroup) &&
        this.podsOn(node).length < Number(node.allocatable.pods ?? 0),
    );
    fitting.sort((a, b) => this.podsOn(a).length - this.podsOn(b).length || a.name.localeCompare(b.name));
    return fitting[0];
  }

  #makePod(workload: Workload): void {
    this.#podsMade += 1;
    this.pods.push(new Pod(workload, this.#podsMade, this.#world.clock.now));
  }

  #forget(pod: Pod): void {
    this.pods = this.pods.filter((each) => each !== pod);
  }
}
