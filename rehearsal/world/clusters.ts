/** EKS clusters, with what runs in them. */

import { type BarePod, workloadOfBarePod } from './bare-pods.ts';
import { type ClusterEvent, ClusterEvents } from './cluster-events.ts';
import { keptByBudgets } from './disruption-budgets.ts';
import { Kubelet } from './kubelet.ts';
import type { ManagedNodeGroup, NodeGroup, SelfManagedNodeGroup } from './node-groups.ts';
import type { Node } from './nodes.ts';
import { type Job, Pod, type Workload } from './pods.ts';
import { place } from './scheduler.ts';
import { kubernetes, usual } from './timing.ts';
import type { World } from './world.ts';

/** `read-only`: it may list, but neither patch nodes nor evict pods. */
export type KubernetesAccess = 'granted' | 'read-only' | 'denied';

/** What runs at the start has run for so long: nodes are older. */
const ranForSeconds = 9 * 24 * 3600;

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
  /** Made by somebody, beside those of its workloads and of Kubernetes itself. */
  readonly ownNamespaces = new Set<string>();
  pods: Pod[] = [];
  /** Where its Kubernetes API listens, and the authority that signed its certificate (PEM). */
  endpoint: { url: string; certificateAuthority: string } | undefined;
  readonly #events = new ClusterEvents();
  readonly #world: World;
  #barePods = 0;
  readonly #kubelet: Kubelet;
  /** Of each workload, how many pods, and the minute of its last Job. */
  readonly #made = new Map<Workload, { pods: number; jobsOfMinute: number }>();

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
    this.#kubelet = new Kubelet(world, this.#events, (pod, at) => this.#onCompleted(pod, at));
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

  /** Of a workload, NAMESPACE/NAME: the share of its pods that are there and Ready; undefined: there is no such workload. */
  shareThatServes(named: string): number | undefined {
    const workload = this.workloads.find(({ namespace, name }) => `${namespace}/${name}` === named);
    if (workload === undefined) return undefined;
    const wanted = workload.isDaemonSet ? this.nodesFor(workload).length : workload.replicas;
    return wanted === 0 ? 1 : Math.min(1, this.healthyPodsOf(workload).length / wanted);
  }

  /** A workload that was there long before the rehearsal began. */
  addWorkload(workload: Workload): void {
    this.workloads.push(workload);
    const replicas = workload.isDaemonSet ? 0 : workload.replicas;
    for (let index = 0; index < replicas; index += 1) {
      const at = this.#beganBefore(workload, index);
      this.#tryToPlace(this.#makePod(workload, at), at);
    }
    this.#makeDaemons(this.#beganBefore(workload, 0));
    this.#keepRestarting(workload);
  }

  /** Those that have not expired. */
  recentEvents(): ClusterEvent[] {
    return this.#events.list(this.#world.clock.now);
  }

  /** Kubernetes, namespaces, initial namespaces. */
  get namespaces(): string[] {
    const initial = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
    const used = this.workloads.map(({ namespace }) => namespace);
    return [...new Set([...initial, ...used, ...this.ownNamespaces])].sort();
  }

  /** A pod without a controller. */
  putPod(namespace: string, bare: BarePod): Pod {
    const { now } = this.#world.clock;
    const workload = workloadOfBarePod(namespace, bare);
    this.#barePods += 1;
    const meantFor = bare.nodeName === undefined ? undefined : this.nodes.get(bare.nodeName);
    const pod = new Pod(workload, { cluster: this.name, ordinal: this.#barePods, at: now, meantFor, bare });
    this.pods.push(pod);
    this.#tryToPlace(pod, now);
    return pod;
  }

  podNamed(namespace: string, name: string): Pod | undefined {
    return this.pods.find((pod) => pod.workload.namespace === namespace && pod.name === name);
  }

  /**
   * May a pod be evicted now, by its workload's budget? One that never ran always; one that runs and is not ready only
   * while the others are enough (Kubernetes, disruption budgets, unhealthyPodEvictionPolicy IfHealthyBudget).
   */
  mayEvict(pod: Pod): boolean {
    const kept = keptByBudgets(pod.workload);
    if (kept === undefined || pod.phase !== 'Running') return true;
    return this.healthyPodsOf(pod.workload).length - (pod.isReady ? 1 : 0) >= kept;
  }

  /**
   * Begins to end a pod; its controller makes another one at once. One that is on no node, or has ended, is gone at once
   * (kubernetes/kubernetes, pkg/registry/core/pod/strategy.go, CheckGracefulDelete).
   */
  removePod(pod: Pod): void {
    if (pod.isTerminating) return;
    pod.deletedAt = this.#world.clock.now;
    if (pod.node === undefined || pod.hasEnded) {
      this.#forget(pod);
    } else {
      this.#kubelet.stop(pod, () => {
        this.#forget(pod);
        this.schedulePods();
      });
    }
    this.#replace(pod);
    this.schedulePods();
  }

  /** Pods of each workload that a budget forbids to evict from a node now, by the workload's name. */
  protectedPodsOn(node: Node): Map<string, number> {
    const found = new Map<string, number>();
    for (const workload of this.workloads) {
      const kept = keptByBudgets(workload);
      if (kept === undefined) continue;
      const healthy = this.healthyPodsOf(workload);
      const here = healthy.filter((pod) => pod.node === node).length;
      const mayGo = Math.max(0, healthy.length - kept);
      if (here > mayGo) found.set(`${workload.namespace}/${workload.name}`, here - mayGo);
    }
    return found;
  }

  /** The node is gone, and what ran on it with it. */
  onNodeGone(node: Node): void {
    this.nodes.delete(node.name);
    for (const pod of this.pods.filter((each) => each.node === node || each.meantFor === node)) {
      this.#forget(pod);
      if (!pod.isTerminating) this.#replace(pod);
    }
    this.schedulePods();
  }

  onNodeReady(node: Node): void {
    this.#tellOfNode(node, 'NodeReady');
    this.#kubelet.onNodeReady(this.podsOn(node).filter((pod) => !pod.hasEnded));
    this.schedulePods();
  }

  /** The control plane takes pods on a node that is not Ready for not ready (Kubernetes, node lifecycle). */
  onNodeNotReady(node: Node): void {
    this.#tellOfNode(node, 'NodeNotReady');
    for (const pod of this.podsOn(node)) {
      if (pod.hasEnded) continue;
      pod.isOnLostNode = true;
      pod.note(this.#world.clock.now);
    }
  }

  /** Puts pods that wait on nodes that can take them, the emptiest first. */
  schedulePods(): void {
    const { now } = this.#world.clock;
    this.#makeDaemons(now);
    for (const pod of this.pods) {
      if (pod.node === undefined && !pod.isTerminating) this.#tryToPlace(pod, now);
    }
  }

  #tryToPlace(pod: Pod, at: number): void {
    const placing =
      pod.bare?.isAssigned === true && pod.meantFor !== undefined
        ? { node: pod.meantFor }
        : place(pod, [...this.nodes.values()], this.pods);
    const component = 'default-scheduler';
    const name = `${pod.workload.namespace}/${pod.name}`;
    if ('node' in placing) {
      const message = `Successfully assigned ${name} to ${placing.node.name}`;
      this.#events.settle(pod, at);
      this.#events.tell(pod.asInvolved, { type: 'Normal', reason: 'Scheduled', message, component }, at);
      pod.node = placing.node;
      this.#kubelet.admit(pod, at);
    } else if (placing.unschedulable !== pod.unschedulable) {
      const message = placing.unschedulable;
      const everySeconds = usual.schedulingRetrySeconds;
      this.#events.settle(pod, at);
      this.#events.tell(
        pod.asInvolved,
        { type: 'Warning', reason: 'FailedScheduling', message, component, everySeconds },
        at,
      );
      pod.unschedulable = message;
      pod.note(at);
    }
  }

  /** A DaemonSet has a pod for each node, and no second one before the first is gone. */
  #makeDaemons(at: number): void {
    for (const workload of this.workloads.filter(({ isDaemonSet }) => isDaemonSet)) {
      for (const node of this.nodesFor(workload)) {
        const isThere = this.pods.some((pod) => pod.workload === workload && pod.meantFor === node);
        if (!isThere && node.isReady) this.#tryToPlace(this.#makePod(workload, at, { meantFor: node }), at);
      }
    }
  }

  /** Nodes that a DaemonSet has pods on. */
  nodesFor({ nodeGroup }: Workload): Node[] {
    return [...this.nodes.values()].filter((node) => nodeGroup === undefined || nodeGroup === node.nodeGroup);
  }

  /** Its controller makes another pod, a Job one for the same work. */
  #replace(pod: Pod): void {
    if (!pod.isDaemon && !pod.hasEnded && !pod.workload.isBare)
      this.#makePod(pod.workload, this.#world.clock.now, { job: pod.job });
  }

  /** The next Job begins as soon as one is done. The last ones stay to be seen, as a CronJob keeps them. */
  #onCompleted(pod: Pod, at: number): void {
    const { workload } = pod;
    if (pod.bare !== undefined) return;
    const ended = this.pods.filter((each) => each.workload === workload && each.hasEnded);
    const tooMany = ended.length - kubernetes.finishedJobsKept * workload.replicas;
    for (const each of ended.slice(0, Math.max(0, tooMany))) this.#forget(each);
    this.#tryToPlace(this.#makePod(workload, at), at);
  }

  #makePod(workload: Workload, at: number, more: { job?: Job | undefined; meantFor?: Node } = {}): Pod {
    const made = this.#made.get(workload) ?? { pods: 0, jobsOfMinute: 0 };
    this.#made.set(workload, made);
    made.pods += 1;
    const isOfJob = workload.runSeconds !== undefined;
    const pod = new Pod(workload, {
      ...more,
      cluster: this.name,
      ordinal: made.pods,
      at,
      job: isOfJob ? (more.job ?? this.#nextJob(workload, made, at)) : undefined,
      sickness: this.#sicknessOfNext(workload),
    });
    this.pods.push(pod);
    return pod;
  }

  /** A CronJob names a Job by the minute it was due (Kubernetes, CronJob); two of one minute would be the same. */
  #nextJob({ name }: Workload, made: { jobsOfMinute: number }, at: number): Job {
    made.jobsOfMinute = Math.max(made.jobsOfMinute + 1, Math.floor(at / 60_000));
    return { name: `${name}-${made.jobsOfMinute}`, createdAt: at };
  }

  /** As many pods of a workload are sick at any time as were sick before. */
  #sicknessOfNext(workload: Workload): 'pending' | 'crashing' | undefined {
    const count = (sickness: Pod['sickness']): number =>
      this.pods.filter((pod) => pod.workload === workload && pod.sickness === sickness && !pod.isTerminating).length;
    if (count('crashing') < workload.before.crashing) return 'crashing';
    return count('pending') < workload.before.pending ? 'pending' : undefined;
  }

  /** Long ago, but later than the oldest nodes; pods of Jobs have ended and been followed by others since. */
  #beganBefore({ namespace, name, runSeconds }: Workload, index: number): number {
    const { now } = this.#world.clock;
    if (runSeconds === undefined) return now - ranForSeconds * 1000;
    const chance = this.#world.chanceOf('first job', this.name, namespace, name, String(index));
    const before = kubernetes.finishedJobsKept * (usual.podStartSeconds + runSeconds);
    // Each is somewhere in its run.
    return Math.floor(now - (before + usual.podStartSeconds + chance * runSeconds) * 1000);
  }

  /** A workload that was sick before loses a container now and then, whatever node it is on. */
  #keepRestarting(workload: Workload, nth = 1): void {
    const { namespace, name, before } = workload;
    if (before.restartsPerHour === 0) return;
    const once = 3_600_000 / before.restartsPerHour;
    if (nth === 1) {
      for (const pod of this.pods.filter((each) => each.workload === workload && each.isReady)) {
        this.#kubelet.rememberRestarts(pod, (ranForSeconds * 1000) / once / workload.replicas);
      }
    }
    this.#world.clock.after(once, () => {
      const ready = this.pods.filter((pod) => pod.workload === workload && pod.isReady && !pod.isTerminating);
      const chance = this.#world.chanceOf('restart', this.name, namespace, name, String(nth));
      const pod = ready[Math.floor(chance * ready.length)];
      if (pod !== undefined) this.#kubelet.crash(pod);
      this.#keepRestarting(workload, nth + 1);
    });
  }

  #tellOfNode(node: Node, reason: 'NodeReady' | 'NodeNotReady'): void {
    const { name, uid } = node;
    this.#events.tell(
      { kind: 'Node', namespace: 'default', name, uid },
      { type: 'Normal', reason, message: `Node ${name} status is now: ${reason}`, component: 'node-controller' },
      this.#world.clock.now,
    );
  }

  #forget(pod: Pod): void {
    pod.isGone = true;
    this.#events.settle(pod, this.#world.clock.now);
    this.pods = this.pods.filter((each) => each !== pod);
  }
}
