/**
 * The gates `deployments-available` and `daemonsets-ready`: what has pods on new nodes lacks no more of them than before
 * anything was changed. They count what the cluster wants, so they see pods that fit nowhere, too.
 */
import type { Baseline } from './baseline.ts';
import type { Measurement } from './measurement.ts';
import { few, type NodeReading, secondsSince } from './nodes-ready.ts';
import { type WorkloadPod, workloadOf } from './workload-pod.ts';

export const controllerKinds = ['Deployment', 'DaemonSet'] as const;
export type ControllerKind = (typeof controllerKinds)[number];

/** What a Deployment or a DaemonSet says of its pods. */
export interface ControllerReading {
  kind: ControllerKind;
  namespace: string;
  name: string;
  /** Counts changes of its spec, by whoever made them. */
  generation: number;
  /** Pods that there should be. */
  wanted: number;
  /** Of these, the available ones. */
  available: number;
}

export type ControllerBefore = Pick<ControllerReading, 'generation' | 'wanted' | 'available'>;

export interface ControllersReading {
  controllers: readonly ControllerReading[];
  pods: readonly WorkloadPod[];
  /** The nodes of the new AMI. */
  fresh: readonly NodeReading[];
  baseline: Baseline | null;
  /** When the update had ended; null: it runs, and pods move. */
  updatedAt: string | null;
}

/** Pods that were moved need a while, here as for `pods-running`. */
const settleSeconds = 300;
/** Fewer may have a bad day of their own. */
const fewestLacking = 2;

/** As `workloadOf` calls it. */
export const controllerName = ({ kind, namespace, name }: ControllerReading): string => `${kind} ${namespace}/${name}`;

export const lackOf = ({ wanted, available }: Pick<ControllerReading, 'wanted' | 'available'>): number =>
  Math.max(0, wanted - available);

export const measureControllers = (kind: ControllerKind, reading: ControllersReading, now: string): Measurement => {
  const { controllers, pods, fresh, baseline, updatedAt } = reading;
  const before = baseline?.controllers ?? {};
  const names = new Set(fresh.map(({ name }) => name));
  const here = podsByWorkload(pods.filter(({ node }) => node === null || names.has(node)));
  const compared = controllers.flatMap((each) => {
    const was = before[controllerName(each)];
    const its = here.get(controllerName(each)) ?? [];
    // Whoever changed it meanwhile may have changed how it fares.
    if (each.kind !== kind || was === undefined || was.generation !== each.generation || its.length === 0) return [];
    const notReady = its.filter(
      ({ isReady, deletedAt, phase }) => !isReady && deletedAt === null && phase !== 'Succeeded',
    );
    // What is lacking elsewhere is not the new nodes'.
    return [{ each, was, lacking: Math.min(notReady.length, lackOf(each) - lackOf(was)) }];
  });
  if (compared.length === 0) {
    return { kind: 'abstains', reason: `no ${kind} with pods on new nodes that was the same before` };
  }
  const worse = compared.filter(({ lacking }) => lacking > 0).sort((a, b) => b.lacking - a.lacking);
  if (worse.length === 0) return { kind: 'healthy', reason: `${compared.length} ${kind}s lack no more than before` };
  const told = few(
    worse.map(
      ({ each, was }) =>
        `${controllerName(each)} has ${each.available} of ${each.wanted} pods available, ${was.available} of ${was.wanted} before`,
    ),
  );
  const lastMove = [updatedAt ?? now, ...fresh.map(({ readySince }) => readySince)].sort().at(-1) ?? now;
  if (secondsSince(lastMove, now) < settleSeconds) return { kind: 'starting', reason: told };
  const lacking = worse.reduce((sum, each) => sum + each.lacking, 0);
  return { kind: lacking < fewestLacking ? 'doubtful' : 'unhealthy', reason: told };
};

const podsByWorkload = (pods: readonly WorkloadPod[]): Map<string, WorkloadPod[]> => {
  const found = new Map<string, WorkloadPod[]>();
  for (const pod of pods) {
    const workload = workloadOf(pod);
    if (workload !== null) found.set(workload, [...(found.get(workload) ?? []), pod]);
  }
  return found;
};

/** By name, what controllers lacked at most in two looks. */
export const mergeControllers = (
  first: Readonly<Record<string, ControllerBefore>>,
  second: Readonly<Record<string, ControllerBefore>>,
): Record<string, ControllerBefore> => {
  const merged: Record<string, ControllerBefore> = { ...first };
  for (const [name, seen] of Object.entries(second)) {
    const before = merged[name];
    // Of one that was changed between the looks the later one counts.
    if (before === undefined || before.generation !== seen.generation || lackOf(seen) > lackOf(before))
      merged[name] = seen;
  }
  return merged;
};

export const controllersBefore = (controllers: readonly ControllerReading[]): Record<string, ControllerBefore> =>
  Object.fromEntries(
    controllers.map((each) => {
      const { generation, wanted, available } = each;
      return [controllerName(each), { generation, wanted, available }];
    }),
  );
