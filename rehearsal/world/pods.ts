/** Workloads and their pods. */
import { digest } from '../digest.ts';
import type { Node } from './nodes.ts';

export interface Workload {
  namespace: string;
  name: string;
  /** Of a DaemonSet: as many as there are nodes for it. */
  replicas: number;
  /** One pod on every node that it may run on, cordoned or not. */
  isDaemonSet: boolean;
  /** Its pods run on nodes of this node group only. */
  nodeGroup: string | undefined;
  /** Of its PodDisruptionBudget; undefined: it has none. */
  minAvailable: number | undefined;
  limits: Readonly<Record<string, string>>;
}

export class Pod {
  readonly name: string;
  readonly workload: Workload;
  readonly createdAt: number;
  node: Node | undefined;
  hasStarted = false;
  isReady = false;
  /** When it will be gone; undefined: nothing ends it. */
  endsAt: number | undefined;

  constructor(workload: Workload, ordinal: number, createdAt: number) {
    const { hex } = digest('pod', workload.namespace, workload.name, String(ordinal));
    this.workload = workload;
    // A ReplicaSet stands between a Deployment and its pods.
    const replicaSet = workload.isDaemonSet ? '' : `-${hex.slice(0, 10)}`;
    this.name = `${workload.name}${replicaSet}-${hex.slice(10, 15)}`;
    this.createdAt = createdAt;
  }

  get isDaemon(): boolean {
    return this.workload.isDaemonSet;
  }

  get isTerminating(): boolean {
    return this.endsAt !== undefined;
  }

  becomeReady(): void {
    this.hasStarted = true;
    this.isReady = true;
  }
}
