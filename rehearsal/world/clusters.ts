/** EKS clusters, with what runs in them. */

import type { ManagedNodeGroup, NodeGroup, SelfManagedNodeGroup } from './node-groups.ts';
import type { Node } from './nodes.ts';
import { failureOf, isAccelerator } from './pod-failures.ts';
import { crash, type PodLife, restartOnce, runWell, startPod } from './pod-life.ts';
import { Pod, type Workload } from './pods.ts';
import { usual } from './timing.ts';
import type { World } from './world.ts';

/** `read-only`: it may list, but neither patch nodes nor evict pods. */
export type KubernetesAccess = 'granted' | 'read-only' | 'denied';

/** Pods that were there from the beginning were for so long. */
const ranForSeconds = 9 * 24 * 3600;
/** Kubernetes, CronJob, successfulJobsHistoryLimit. */
const keptRuns = 3;

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
  readonly #life: PodLife;
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
    this.#life = {
      clock: world.clock,
      isThere: (pod, node) => pod.node === node && !pod.isTerminating && this.pods.includes(pod),
      onEnd: ({ workload }) => {
        this.#forgetOldRuns(workload);
        this.#makePod(workload);
        this.schedulePods();
      },
    };
  }

  /** Of either kind; names are used once in a cluster. */
  nodeGroupNamed(name: string): NodeGroup | undefined {
    return this.nodeGroups.get(name) ?? this.selfManagedNodeGroups.get(name);
  }

  allNodeGroups(): NodeGroup[] {
    return [...this.nodeGroups.values(), ...this.selfManagedNodeGroups.values()];
  }

  /** What runs on a node, or is to. Of what has ended by itself only the record is left. */
  podsOn(node: Node): Pod[] {
    return this.pods.filter((pod) => pod.node === node && !pod.hasEnded);
  }

  /** Pods of a workload that count for its disruption budget. */
  healthyPodsOf(workload: Workload): Pod[] {
    return this.pods.filter((pod) => pod.workload === workload && pod.isReady && !pod.isTerminating);
  }

  addWorkload(workload: Workload): void {
    this.workloads.push(workload);
    const before = this.#world.clock.now - ranForSeconds * 1000;
    const replicas = workload.isDaemonSet ? 0 : workload.replicas;
    for (let index = 0; index < replicas; index += 1) this.#makePod(workload, before);
    for (const [pod, node] of this.#place()) {
      pod.ranBefore(workload.runSeconds === undefined ? before : this.#beganBefore(pod, workload.runSeconds));
      if (workload.before.restartsPerHour > 0) this.#rememberRestarts(pod);
      if (pod.isSick) crash(this.#life, pod, node);
      else runWell(this.#life, pod, node);
    }
    if (workload.runSeconds !== undefined) this.#rememberRuns(workload, workload.runSeconds);
    this.#keepRestarting(workload);
  }

  /** Pods that end by themselves are each at another point of their run. */
  #beganBefore({ workload, ...pod }: Pod, runSeconds: number): number {
    const index = this.pods.filter((each) => each.workload === workload).findIndex((each) => each.name === pod.name);
    return this.#world.clock.now - (1000 * runSeconds * index) / workload.replicas;
  }

  /** As often as its workload's others it restarted before. */
  #rememberRestarts(pod: Pod): void {
    const { before, replicas } = pod.workload;
    const hours = (this.#world.clock.now - (pod.scheduledAt ?? 0)) / 3_600_000;
    pod.restarts = Math.floor((before.restartsPerHour * hours) / replicas);
    const ago = Math.floor((this.#world.random() * 3_600_000 * replicas) / before.restartsPerHour);
    const until = this.#world.clock.now - ago;
    if (pod.restarts > 0) pod.lastEnding = { since: until - 60_000, until, exitCode: 1 };
  }

  /** The last of those that ran before and ended well. */
  #rememberRuns(workload: Workload, runSeconds: number): void {
    const [node] = this.nodes.values();
    for (let index = keptRuns; node !== undefined && index > 0; index -= 1) {
      const until = this.#world.clock.now - 1000 * index * runSeconds;
      const pod = this.#makePod(workload, until - 1000 * runSeconds);
      pod.node = node;
      pod.ranBefore(until - 1000 * runSeconds);
      pod.end(0, until);
    }
  }

  /** A workload that was sick before loses a pod now and then, whatever node it is on. */
  #keepRestarting(workload: Workload): void {
    const { restartsPerHour } = workload.before;
    if (restartsPerHour === 0) return;
    this.#world.clock.after((3600 / restartsPerHour) * 1000, () => {
      const running = this.pods.filter((pod) => pod.workload === workload && pod.isReady && !pod.isTerminating);
      const pod = running[Math.floor(this.#world.random() * running.length)];
      if (pod?.node !== undefined) restartOnce(this.#life, pod, pod.node);
      this.#keepRestarting(workload);
    });
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
      if (this.#isStuck(pod)) return;
      this.#forget(pod);
      // A DaemonSet has no second pod on the node before the first is gone.
      if (pod.isDaemon) this.schedulePods();
    });
    if (pod.isDaemon) return;
    this.#makePod(pod.workload);
    this.schedulePods();
  }

  /** Its node cannot end its container. */
  #isStuck(pod: Pod): boolean {
    const stuck = pod.node && failureOf(pod, pod.node, 'stop');
    return stuck !== undefined && stuck.at <= this.#world.clock.now && this.pods.includes(pod);
  }

  /** Of those that succeeded the last ones are kept, as a CronJob does. */
  #forgetOldRuns(workload: Workload): void {
    const ended = this.pods.filter((pod) => pod.workload === workload && pod.hasEnded);
    for (const pod of ended.slice(0, Math.max(0, ended.length - keptRuns))) this.#forget(pod);
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
    for (const pod of this.pods.filter((each) => each.node === node)) {
      this.#forget(pod);
      if (!pod.isTerminating && !pod.isDaemon && !pod.hasEnded) this.#makePod(pod.workload);
    }
    this.schedulePods();
  }

  /** The control plane takes pods on a node that is not Ready for not ready (Kubernetes, node lifecycle). */
  onNodeNotReady(node: Node): void {
    for (const pod of this.podsOn(node)) pod.setReady(false, this.#world.clock.now);
  }

  /** Puts pods that wait on nodes that can take them, the emptiest first. */
  schedulePods(): void {
    for (const pod of this.pods) {
      if (pod.node?.isReady === true && pod.isWell) pod.setReady(true, this.#world.clock.now);
    }
    for (const [pod, node] of this.#place()) startPod(this.#life, pod, node);
  }

  /** Puts pods on nodes, and says which where. */
  #place(): [Pod, Node][] {
    this.#placeDaemons();
    const placed: [Pod, Node][] = [];
    for (const pod of this.pods) {
      if (pod.isTerminating || pod.fitsNowhere) continue;
      pod.node ??= this.#nodeFor(pod);
      if (pod.node !== undefined && pod.scheduledAt === undefined) {
        pod.scheduledAt = this.#world.clock.now;
        placed.push([pod, pod.node]);
      }
    }
    return placed;
  }

  /** DaemonSets tolerate a cordon (Kubernetes, DaemonSet, taints and tolerations). */
  #placeDaemons(): void {
    for (const workload of this.workloads.filter(({ isDaemonSet }) => isDaemonSet)) {
      for (const node of this.nodes.values()) {
        const isFor = workload.nodeGroup === undefined || workload.nodeGroup === node.nodeGroup;
        const isThere = this.podsOn(node).some((pod) => pod.workload === workload);
        if (isFor && !isThere && node.isReady) this.#makePod(workload).node = node;
      }
    }
  }

  #nodeFor(pod: Pod): Node | undefined {
    const fitting = [...this.nodes.values()].filter(
      (node) =>
        node.canTakePods &&
        (pod.workload.nodeGroup === undefined || node.nodeGroup === pod.workload.nodeGroup) &&
        this.podsOn(node).length < Number(node.allocatable.pods ?? 0) &&
        this.#hasDevices(node, pod),
    );
    fitting.sort((a, b) => this.podsOn(a).length - this.podsOn(b).length || a.name.localeCompare(b.name));
    return fitting[0];
  }

  /** Devices are counted; cpu and memory are not (Kubernetes, device plugins). */
  #hasDevices(node: Node, { workload: { limits } }: Pod): boolean {
    return Object.entries(limits)
      .filter(([resource]) => isAccelerator(resource))
      .every(([resource, wanted]) => {
        const used = this.podsOn(node).reduce((sum, { workload }) => sum + Number(workload.limits[resource] ?? 0), 0);
        return Number(node.allocatable[resource] ?? 0) - used >= Number(wanted);
      });
  }

  /** As many of a workload's pods are sick as were before. */
  #makePod(workload: Workload, createdAt = this.#world.clock.now): Pod {
    this.#podsMade += 1;
    const alive = this.pods.filter((pod) => pod.workload === workload && !pod.isTerminating && !pod.hasEnded);
    const fitsNowhere = alive.filter((pod) => pod.fitsNowhere).length < workload.before.pending;
    const isSick = !fitsNowhere && alive.filter((pod) => pod.isSick).length < workload.before.crashing;
    const pod = new Pod(workload, this.#podsMade, createdAt, { isSick, fitsNowhere });
    this.pods.push(pod);
    return pod;
  }

  #forget(pod: Pod): void {
    this.pods = this.pods.filter((each) => each !== pod);
  }
}
