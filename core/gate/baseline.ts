/**
 * What a cluster looked like before a node group was touched. What was sick then is not the new AMI's fault, and once all old
 * nodes are gone nothing else is left to compare with.
 */

import { allocatableByType } from './allocatable-kept.ts';
import {
  type ControllerBefore,
  type ControllerReading,
  controllerName,
  controllersBefore,
  mergeControllers,
} from './controllers.ts';
import type { NodeReading } from './nodes-ready.ts';
import {
  crashesPerHour,
  isStuck,
  longestRunSeconds,
  slowestStartSeconds,
  troubleOf,
  type WorkloadPod,
  workloadOf,
} from './workload-pod.ts';

/** One workload, as it was. */
export interface WorkloadBefore {
  /** Pods on nodes. */
  pods: number;
  /** Of these, in trouble. */
  troubled: number;
  /** Of these, taken away and not gone. */
  stuck: number;
  /** How often they restarted, each pod and hour. */
  crashesPerHour: number;
  /** The longest that one of its pods took from its node to Ready; null when none tells. */
  startSeconds: number | null;
  /** Of pods that end: the longest that one of them ran. */
  runSeconds: number | null;
}

/** One look may fall on a moment that is like no other. */
export const enoughLooks = 2;

export interface Baseline {
  /** How often the cluster was looked at for it. */
  looks: number;
  workloads: Readonly<Record<string, WorkloadBefore>>;
  /** Of Ready nodes of the node group, by instance type. */
  allocatable: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Deployments and DaemonSets of the cluster, by `KIND NAMESPACE/NAME`; left out where no gate asks for them. */
  controllers?: Readonly<Record<string, ControllerBefore>>;
}

/** `nodes` are those of the node group; of a workload that runs on one of them every pod counts. */
export const takeBaseline = (
  pods: readonly WorkloadPod[],
  nodes: readonly NodeReading[],
  now: string,
  controllers: readonly ControllerReading[] = [],
): Baseline => {
  const workloads: Record<string, WorkloadBefore> = {};
  const names = new Set(nodes.map(({ name }) => name));
  for (const [workload, its] of groupByWorkload(pods)) {
    const placed = its.filter(({ node }) => node !== null);
    if (!placed.some(({ node }) => names.has(node ?? ''))) continue;
    const expected = { startSeconds: null, runSeconds: longestRunSeconds(its), crashes: false };
    workloads[workload] = {
      pods: placed.length,
      troubled: placed.filter((pod) => troubleOf(pod, expected, now) !== null).length,
      stuck: placed.filter((pod) => isStuck(pod, now)).length,
      crashesPerHour: crashesPerHour(its, now),
      startSeconds: slowestStartSeconds(its),
      runSeconds: expected.runSeconds,
    };
  }
  const baseline = { looks: 1, workloads, allocatable: allocatableByType(nodes) };
  // Only those that have pods on its nodes: the others say nothing of it, and a cluster may have thousands.
  const here = controllersBefore(controllers.filter((each) => workloads[controllerName(each)] !== undefined));
  return controllers.length === 0 ? baseline : { ...baseline, controllers: here };
};

/** Two looks in one: a workload was as sick as in the worse of them, and as slow as in the slower. */
export const mergeBaselines = (first: Baseline, second: Baseline): Baseline => {
  const workloads: Record<string, WorkloadBefore> = { ...first.workloads };
  for (const [workload, seen] of Object.entries(second.workloads)) {
    const before = workloads[workload];
    workloads[workload] = before === undefined ? seen : worseOf(before, seen);
  }
  return {
    looks: first.looks + second.looks,
    workloads,
    allocatable: { ...second.allocatable, ...first.allocatable },
    ...(first.controllers === undefined && second.controllers === undefined
      ? {}
      : { controllers: mergeControllers(first.controllers ?? {}, second.controllers ?? {}) }),
  };
};

const worseOf = (a: WorkloadBefore, b: WorkloadBefore): WorkloadBefore => ({
  ...(shareOf(a) >= shareOf(b) ? a : b),
  stuck: Math.max(a.stuck, b.stuck),
  crashesPerHour: Math.max(a.crashesPerHour, b.crashesPerHour),
  startSeconds: larger(a.startSeconds, b.startSeconds),
  runSeconds: larger(a.runSeconds, b.runSeconds),
});

/** Of its pods, the share in trouble. */
export const shareOf = ({ pods, troubled }: Pick<WorkloadBefore, 'pods' | 'troubled'>): number =>
  pods === 0 ? 0 : troubled / pods;

const larger = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);

export const groupByWorkload = (pods: readonly WorkloadPod[]): Map<string, WorkloadPod[]> => {
  const groups = new Map<string, WorkloadPod[]>();
  for (const pod of pods) {
    const workload = workloadOf(pod);
    if (workload === null) continue;
    const its = groups.get(workload);
    if (its === undefined) groups.set(workload, [pod]);
    else its.push(pod);
  }
  return groups;
};
