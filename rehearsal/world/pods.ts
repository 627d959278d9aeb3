/** Workloads and their pods. */
import { digest } from '../digest.ts';
import type { Node } from './nodes.ts';

export interface Workload {
  namespace: string;
  name: string;
  replicas: number;
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
  readonly isDaemon = false;
  node: Node | undefined;
  hasStarted = false;
  isReady = false;
  isTerminating = false;

  constructor(workload: Workload, ordinal: number, createdAt: number) {
    const { hex } = digest('pod', workload.namespace, workload.name, String(ordinal));
    this.workload = workload;
    this.name = `${workload.name}-${hex.slice(0, 10)}-${hex.slice(10, 15)}`;
    this.createdAt = createdAt;
  }

  becomeReady(): void {
    this.hasStarted = true;
    this.isReady = true;
  }
}
