/** Workloads and their pods. */
import { digest } from '../digest.ts';
import type { Node } from './nodes.ts';
import { usual } from './timing.ts';

export interface Workload {
  namespace: string;
  name: string;
  /** Of a DaemonSet: as many as there are nodes for it. */
  replicas: number;
  /** One pod on every node that it may run on, cordoned or not. */
  isDaemonSet: boolean;
  /** Its pods end by themselves after so long, and others take their place; undefined: they run for ever. */
  runSeconds: number | undefined;
  /** Its pods run on nodes of this node group only. */
  nodeGroup: string | undefined;
  /** Of its PodDisruptionBudget; undefined: it has none. */
  minAvailable: number | undefined;
  limits: Readonly<Record<string, string>>;
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

/** What a pod's one container does (Kubernetes API, core/v1 ContainerState). */
export type ContainerState =
  | { is: 'waiting'; reason: string }
  | { is: 'running'; since: number }
  | { is: 'ended'; since: number; until: number; exitCode: number };

/** How a run of the container ended. */
export interface Ending {
  since: number;
  until: number;
  exitCode: number;
}

export class Pod {
  readonly name: string;
  /** Of its ReplicaSet, or its Job. */
  readonly owner: string;
  readonly workload: Workload;
  readonly createdAt: number;
  /** One of those that are sick from before. */
  readonly isSick: boolean;
  /** It asks for what no node has. */
  readonly fitsNowhere: boolean;
  node: Node | undefined;
  scheduledAt: number | undefined;
  container: ContainerState = { is: 'waiting', reason: 'ContainerCreating' };
  lastEnding: Ending | undefined;
  restarts: number;
  isReady = false;
  /** When it last became Ready, or stopped being so. */
  readySince: number | undefined;
  /** Its readiness probe fails, although its container runs. */
  isHung = false;
  /** Its container crashes again and again. */
  isCrashing = false;
  /** Its sandbox cannot be made, so that no container is even tried. */
  hasNoSandbox = false;
  /** When it will be gone; undefined: nothing ends it. */
  endsAt: number | undefined;

  constructor(
    workload: Workload,
    ordinal: number,
    createdAt: number,
    { isSick = false, fitsNowhere = false, restarts = 0 } = {},
  ) {
    const { namespace, name } = workload;
    const { hex } = digest('pod', namespace, name, String(ordinal));
    this.workload = workload;
    this.owner = ownerOf(workload, ordinal);
    this.name = `${this.owner}-${hex.slice(10, 15)}`;
    this.createdAt = createdAt;
    this.isSick = isSick;
    this.fitsNowhere = fitsNowhere;
    this.restarts = restarts;
  }

  get isDaemon(): boolean {
    return this.workload.isDaemonSet;
  }

  get isTerminating(): boolean {
    return this.endsAt !== undefined;
  }

  /** A container ran at least once. */
  get hasStarted(): boolean {
    return this.container.is !== 'waiting' || this.lastEnding !== undefined;
  }

  /** It runs as it should; ready is it while its node is. */
  get isWell(): boolean {
    return this.container.is === 'running' && !this.isHung && !this.isCrashing && !this.isTerminating;
  }

  /** It ended by itself and holds nothing of its node any more. */
  get hasEnded(): boolean {
    return this.container.is === 'ended' && this.workload.runSeconds !== undefined;
  }

  setReady(isReady: boolean, now: number): void {
    if (this.isReady === isReady) return;
    this.isReady = isReady;
    this.readySince = now;
  }

  run(now: number): void {
    this.container = { is: 'running', since: now };
  }

  /** It runs since long. */
  ranBefore(since: number): void {
    this.scheduledAt = since;
    this.run(since + usual.podStartSeconds * 1000);
    this.setReady(true, since + usual.podStartSeconds * 1000);
  }

  /** Its container ends; the kubelet starts it again later, unless it ended for good. */
  end(exitCode: number, now: number, waiting?: string): void {
    const since = this.container.is === 'running' ? this.container.since : now;
    this.setReady(false, now);
    if (waiting === undefined) {
      this.container = { is: 'ended', since, until: now, exitCode };
      return;
    }
    this.lastEnding = { since, until: now, exitCode };
    this.container = { is: 'waiting', reason: waiting };
  }
}

/** The hash of a pod template stays while the template does; a Job has a number of its own. */
const ownerOf = ({ namespace, name, isDaemonSet, runSeconds }: Workload, ordinal: number): string => {
  if (isDaemonSet) return name;
  if (runSeconds !== undefined) return `${name}-${28_000_000 + ordinal}`;
  return `${name}-${templateHashOf({ namespace, name })}`;
};

export const templateHashOf = ({ namespace, name }: Pick<Workload, 'namespace' | 'name'>): string =>
  digest('pod-template', namespace, name).hex.slice(0, 10);
