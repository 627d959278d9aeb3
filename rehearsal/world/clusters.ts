/** EKS clusters, with what runs in them. */

import type { ManagedNodeGroup, NodeGroup, SelfManagedNodeGroup } from './node-groups.ts';
import type { Node } from './nodes.ts';
import { Pod, type Workload } from './pods.ts';
import { usual } from './timing.ts';
import type { World } from './world.ts';

/** `read-only`: it may list, but neither patch nodes nor evict pods. */
export type KubernetesAccess = 'granted' | 'read-only' | 'denied';

export class Cluster {
  readonly name: string;
  readonly version: string;
  readonly tags: Record<string, string>;
  /** As DescribeCluster says it. */
  status: string;
  /** What the role of the product may do with the Kubernetes API. */
  kubernetesAccess: KubernetesAccess;
  readonly createdAt: number;
  readonly nodes = new Map<string, Node>();
  /** Those that EKS knows. */
  readonly nodeGroups = new Map<string, ManagedNodeGroup>();
  readonly selfManagedNodeGroups = new Map<string, SelfManagedNodeGroup>();
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
      kubernetesAccess: KubernetesAccess;
    },
  ) {
    this.#world = world;
    this.name = settings.name;
    this.version = settings.version;
    this.tags = { ...settings.tags };
    this.status = settings.status;
    this.kubernetesAccess = settings.kubernetesAccess;
    this.createdAt = world.clock.now - 90 * 24 * 3600 * 1000;
  }

  /** Of either kind; names are used once in a cluster. */
  nodeGroupNamed(name: string): NodeGroup | undefined {
    return this.nodeGroups.get(name) ?? this.selfManagedNodeGroups.get(name);
  }

  allNodeGroups(): NodeGroup[] {
    return [...this.nodeGroups.values(), ...this.selfManagedNodeGroups.values()];
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
    const replicas = workload.isDaemonSet ? 0 : workload.replicas;
    for (let index = 0; index < replicas; index += 1) this.#makePod(workload);
    this.schedulePods();
    // They ran long before the rehearsal began.
    for (const pod of this.pods) if (pod.node !== undefined) pod.becomeReady();
  }

  podNamed(namespace: string, name: string): Pod | undefined {
    return this.pods.find((pod) => pod.workload.namespace === namespace && pod.name === name);
  }

  /**
   * May a pod be evicted now, by its workload's budget? One that never ran always; one that runs and is not ready only
   * while the others are enough (Kubernetes, disruption budgets, unhealthyPodEvictionPolicy IfHealthyBudget).
   */
  mayEvict(pod: Pod): boolean {
    const { minAvailable } = pod.workload;
    if (minAvailable === undefined || !pod.hasStarted) return true;
    return this.healthyPodsOf(pod.workload).length - (pod.isReady ? 1 : 0) >= minAvailable;
  }

  /** Begins to end a pod; its controller makes another one at once. */
  removePod(pod: Pod): void {
    if (pod.isTerminating) return;
    pod.endsAt = this.#world.clock.now + usual.podTerminationSeconds * 1000;
    this.#world.clock.at(pod.endsAt, () => {
      this.#forget(pod);
      // A DaemonSet has no second pod on the node before the first is gone.
      if (pod.isDaemon) this.schedulePods();
    });
    if (pod.isDaemon) return;
    this.#makePod(pod.workload);
    this.schedulePods();
  }

  /** Pods of each workload that a budget forbids to evict from a node now, by the workload's name. */
  protectedPodsOn(node: Node): Map<string, number> {
    const found = new Map<string, number>();
    for (const workload of this.workloads) {
      if (workload.minAvailable === undefined) continue;
      const healthy = this.healthyPodsOf(workload);
      const here = healthy.filter((pod) => pod.node === node).length;
      const mayGo = Math.max(0, healthy.length - workload.minAvailable);
      if (here > mayGo) found.set(`${workload.namespace}/${workload.name}`, here - mayGo);
    }
    return found;
  }

  /** The node is gone, and what ran on it with it. */
  onNodeGone(node: Node): void {
    this.nodes.delete(node.name);
    for (const pod of this.podsOn(node)) {
      const wasTerminating = pod.isTerminating;
      this.#forget(pod);
      if (!wasTerminating && !pod.isDaemon) this.#makePod(pod.workload);
    }
    this.schedulePods();
  }

  /** The control plane takes pods on a node that is not Ready for not ready (Kubernetes, node lifecycle). */
  onNodeNotReady(node: Node): void {
    for (const pod of this.podsOn(node)) pod.isReady = false;
  }

  /** Puts pods that wait on nodes that can take them, the emptiest first. */
  schedulePods(): void {
    this.#placeDaemons();
    for (const pod of this.pods) {
      if (pod.isTerminating) continue;
      if (pod.node?.isReady === true && !pod.isReady && pod.hasStarted) pod.isReady = true;
      if (pod.node !== undefined) continue;
      const node = this.#nodeFor(pod);
      if (node !== undefined) this.#start(pod, node);
    }
  }

  #start(pod: Pod, node: Node): void {
    pod.node = node;
    this.#world.clock.after(usual.podStartSeconds * 1000, () => {
      if (pod.node === node && !pod.isTerminating && node.isReady) pod.becomeReady();
    });
  }

  /** DaemonSets tolerate a cordon (Kubernetes, DaemonSet, taints and tolerations). */
  #placeDaemons(): void {
    for (const workload of this.workloads.filter(({ isDaemonSet }) => isDaemonSet)) {
      for (const node of this.nodes.values()) {
        const isFor = workload.nodeGroup === undefined || workload.nodeGroup === node.nodeGroup;
        const isThere = this.podsOn(node).some((pod) => pod.workload === workload);
        if (isFor && !isThere && node.isReady) this.#start(this.#makePod(workload), node);
      }
    }
  }

  #nodeFor(pod: Pod): Node | undefined {
    const fitting = [...this.nodes.values()].filter(
      (node) =>
        node.canTakePods &&
        (pod.workload.nodeGroup === undefined || node.nodeGroup === pod.workload.nodeGroup) &&
        this.podsOn(node).length < Number(node.allocatable.pods ?? 0),
    );
    fitting.sort((a, b) => this.podsOn(a).length - this.podsOn(b).length || a.name.localeCompare(b.name));
    return fitting[0];
  }

  #makePod(workload: Workload): Pod {
    this.#podsMade += 1;
    const pod = new Pod(workload, this.#podsMade, this.#world.clock.now);
    this.pods.push(pod);
    return pod;
  }

  #forget(pod: Pod): void {
    this.pods = this.pods.filter((each) => each !== pod);
  }
}
