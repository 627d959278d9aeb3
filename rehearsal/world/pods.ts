/** Workloads and their pods: what the API server knows of them. */
import { digest } from '../digest.ts';
import type { BarePod } from './bare-pods.ts';
import type { Involved } from './cluster-events.ts';
import type { Budget } from './disruption-budgets.ts';
import type { Node } from './nodes.ts';

/** What runs in every pod. */
export const containerImage = 'example.com/app:1';

export interface Workload {
  namespace: string;
  name: string;
  /** Of a DaemonSet: as many as there are nodes for it. */
  replicas: number;
  /** One pod on every node that it may run on, cordoned or not. */
  isDaemonSet: boolean;
  /** Its pods run on nodes of this node group only. */
  nodeGroup: string | undefined;
  /** That select its pods. */
  budgets: Budget[];
  /** Nobody makes its pods again: they have no controller. */
  isBare: boolean;
  annotations: Readonly<Record<string, string>>;
  /** Its pods go onto any node, cordoned or not. */
  toleratesAll: boolean;
  limits: Readonly<Record<string, string>>;
  /** Its pods are of Jobs, and end well after so long; undefined: they run for ever. */
  runSeconds: number | undefined;
  /** What was wrong with it before anything happened, and stays wrong on any node. */
  before: Sickness;
}

export interface Sickness {
  /** Of all its pods together. */
  restartsPerHour: number;
  /** So many of its pods fit on no node. */
  pending: number;
  /** So many of its pods crash again and again. */
  crashing: number;
}

export const healthy: Sickness = { restartsPerHour: 0, pending: 0, crashing: 0 };

export interface Job {
  name: string;
  createdAt: number;
}

/** The one container of a pod, in the kubelet's words (Kubernetes, pod lifecycle, container states). */
export interface Container {
  state: { is: 'waiting'; reason: string; message?: string } | { is: 'running'; startedAt: number } | Terminated;
  /** How its last run ended. */
  lastState: Terminated | undefined;
  restartCount: number;
  /** Its readiness probe succeeds. */
  isReady: boolean;
}

export interface Terminated {
  is: 'terminated';
  reason: string;
  exitCode: number;
  message?: string;
  /** 0, the epoch: it never ran. */
  startedAt: number;
  finishedAt: number;
}

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export type PodConditionType =
  | 'DisruptionTarget'
  | 'PodReadyToStartContainers'
  | 'Initialized'
  | 'Ready'
  | 'ContainersReady'
  | 'PodScheduled';

export interface PodCondition {
  isTrue: boolean;
  reason?: string;
  message?: string;
  /** When it last changed. */
  since: number;
}

/** The hash that a Deployment puts into the name of its ReplicaSet, and a DaemonSet into a label of its pods. */
export const templateHashOf = ({ namespace, name }: Workload): string =>
  digest('pod-template', namespace, name).hex.slice(0, 10);

export class Pod {
  readonly name: string;
  readonly uid: string;
  readonly workload: Workload;
  readonly createdAt: number;
  /** Of a workload that completes. */
  readonly job: Job | undefined;
  /** Of a DaemonSet: the node it is for. */
  readonly meantFor: Node | undefined;
  /** Somebody put it there without a controller; nobody makes another one in its place. */
  readonly bare: BarePod | undefined;
  /** Of a bare one: its containers beside the first run. */
  othersRun = false;
  /** It ran for longer than it may (`activeDeadlineSeconds`). */
  isOverdue = false;
  /** What was wrong with one of the workload's pods before. */
  readonly sickness: 'pending' | 'crashing' | undefined;
  node: Node | undefined;
  /** Why no node takes it. */
  unschedulable: string | undefined;
  /** Its sandbox, with its address, is there. */
  hasSandbox = false;
  container: Container = {
    state: { is: 'waiting', reason: 'ContainerCreating' },
    lastState: undefined,
    restartCount: 0,
    isReady: false,
  };
  /** When somebody deleted it. */
  deletedAt: number | undefined;
  /** Nobody hears of its node. */
  isOnLostNode = false;
  /** The API server does not know it any more. */
  isGone = false;
  readonly conditions = new Map<PodConditionType, PodCondition>();

  constructor(
    workload: Workload,
    made: {
      cluster: string;
      /** The nth of its workload. */
      ordinal: number;
      at: number;
      job?: Job | undefined;
      meantFor?: Node | undefined;
      bare?: BarePod | undefined;
      sickness?: 'pending' | 'crashing' | undefined;
    },
  ) {
    const { namespace, name, isDaemonSet } = workload;
    const { hex, uuid } = digest('pod', made.cluster, namespace, name, String(made.ordinal));
    this.workload = workload;
    this.uid = uuid;
    // A ReplicaSet stands between a Deployment and its pods.
    const owner = made.job?.name ?? (isDaemonSet || workload.isBare ? name : `${name}-${templateHashOf(workload)}`);
    this.name = made.bare?.name ?? `${owner}-${hex.slice(0, 5)}`;
    this.bare = made.bare;
    this.createdAt = made.at;
    this.job = made.job;
    this.meantFor = made.meantFor;
    this.sickness = made.sickness;
  }

  get isDaemon(): boolean {
    return this.workload.isDaemonSet;
  }

  /** As events name it. */
  get asInvolved(): Involved {
    return { kind: 'Pod', namespace: this.workload.namespace, name: this.name, uid: this.uid };
  }

  get isTerminating(): boolean {
    return this.deletedAt !== undefined;
  }

  /** As the kubelet reckons it (kubernetes/kubernetes, pkg/kubelet/kubelet_pods.go, getPhase). */
  get phase(): Phase {
    const { state, lastState } = this.container;
    if (this.isOverdue) return 'Failed';
    if (state.is === 'running' || this.othersRun) return 'Running';
    if (state.is === 'terminated' && this.bare !== undefined) return state.exitCode === 0 ? 'Succeeded' : 'Failed';
    if (state.is === 'terminated' && state.exitCode === 0 && this.job !== undefined) return 'Succeeded';
    return state.is === 'waiting' && lastState === undefined ? 'Pending' : 'Running';
  }

  /** Its container will not run again. */
  get hasEnded(): boolean {
    return this.phase === 'Succeeded' || this.phase === 'Failed';
  }

  get isReady(): boolean {
    return this.container.isReady && !this.isOnLostNode;
  }

  /** Notes which of its conditions have changed (Kubernetes, pod lifecycle, pod conditions). */
  note(at: number): void {
    for (const [type, condition] of this.#conditionsNow()) {
      const since = this.conditions.get(type);
      this.conditions.set(type, { ...condition, since: since?.isTrue === condition.isTrue ? since.since : at });
    }
  }

  #conditionsNow(): [PodConditionType, Omit<PodCondition, 'since'>][] {
    const evicted: PodCondition = { isTrue: true, reason: 'EvictionByEvictionAPI', since: 0 };
    const scheduled =
      this.node !== undefined
        ? { isTrue: true }
        : { isTrue: false, reason: 'Unschedulable', message: this.unschedulable ?? '' };
    const target: [PodConditionType, Omit<PodCondition, 'since'>][] = this.isTerminating
      ? [['DisruptionTarget', { ...evicted, message: 'Eviction API: evicting' }]]
      : [];
    if (this.node === undefined) return [...target, ['PodScheduled', scheduled]];
    const completed = this.hasEnded ? { reason: 'PodCompleted' } : {};
    const notReady = this.hasEnded
      ? completed
      : { reason: 'ContainersNotReady', message: 'containers with unready status: [main]' };
    return [
      ...target,
      ['PodReadyToStartContainers', { isTrue: this.hasSandbox && !this.hasEnded }],
      ['Initialized', { isTrue: true, ...completed }],
      ['Ready', this.isReady ? { isTrue: true } : { isTrue: false, ...(this.container.isReady ? {} : notReady) }],
      ['ContainersReady', this.container.isReady ? { isTrue: true } : { isTrue: false, ...notReady }],
      ['PodScheduled', scheduled],
    ];
  }
}
