/** A pod as the gates see it, and what is wrong with it. */
import { secondsSince } from './nodes-ready.ts';

export interface WorkloadPod {
  namespace: string;
  name: string;
  /** Its controller, and the hash that a Deployment puts into the name of its ReplicaSet. Null: a bare pod. */
  controller: { kind: string; name: string } | null;
  templateHash: string | null;
  node: string | null;
  phase: string;
  isReady: boolean;
  /** When Ready last changed, ISO 8601; null when it never was anything. */
  readySince: string | null;
  /** When it was put on its node. */
  scheduledAt: string | null;
  /** When it was to be gone; null: it is not deleted. */
  deletedAt: string | null;
  containers: readonly ContainerReading[];
}

export interface ContainerReading {
  /** Why it waits, in the kubelet's word; null: it does not. */
  waiting: string | null;
  hasStarted: boolean;
  restarts: number;
  /** How its last run ended. */
  lastEnd: { at: string; reason: string; exitCode: number } | null;
  /** Of a container that has ended for good. */
  ran: { from: string; to: string } | null;
}

/** A start that takes this long is unusual, unless it took old pods of the workload longer. */
const startGraceSeconds = 300;
/** A restart is held against a pod for this long. */
const restartWindowSeconds = 600;
/** The kubelet needs a moment after the grace period to take a pod away. */
const terminationGraceSeconds = 120;
/** A pod that ends by itself may run so many times as long as those before it. */
const longerRun = 3;
const shortestRunSeconds = 600;

/** The kubelet waits because something failed; else it waits because something is still on its way. */
const isFailure = (waiting: string): boolean => /BackOff$|Err|Error$|^InvalidImageName$/.test(waiting);

/** `KIND NAMESPACE/NAME` of what a person knows the pod by; null for bare and static pods. */
export const workloadOf = ({
  namespace,
  controller,
  templateHash,
}: Pick<WorkloadPod, 'namespace' | 'controller' | 'templateHash'>): string | null => {
  if (controller === null || controller.kind === 'Node') return null;
  const { kind, name } = controller;
  if (kind === 'ReplicaSet') {
    const suffix = `-${templateHash}`;
    return templateHash !== null && name.endsWith(suffix)
      ? `Deployment ${namespace}/${name.slice(0, -suffix.length)}`
      : `ReplicaSet ${namespace}/${name}`;
  }
  // A CronJob names its Jobs by the minute they are due.
  if (kind === 'Job') return `Job ${namespace}/${name.replace(/-\d{8,}$/, '')}`;
  return `${kind} ${namespace}/${name}`;
};

/** What is usual for the pods of a workload. */
export interface Usual {
  startSeconds: number | null;
  runSeconds: number | null;
  /** Its pods crash now and then anyway, and no more than they did. */
  crashes: boolean;
}

/** Crashes of a pod that nobody would wonder about. */
const fewCrashes = 2;
/** So many times as often as usual is no coincidence. */
const moreOften = 3;

/** Do pods crash no more than `usualPerHour` lets expect, each pod and hour? A rate of 0 is nobody's habit. */
export const crashesAsUsual = (pods: readonly WorkloadPod[], usualPerHour: number, now: string): boolean => {
  const { restarts, hours } = crashesOf(pods, now);
  return usualPerHour > 0 && restarts <= fewCrashes + moreOften * usualPerHour * hours;
};

/** Each pod and hour, since the pods are on their nodes; 0 when no time has passed. */
export const crashesPerHour = (pods: readonly WorkloadPod[], now: string): number => {
  const { restarts, hours } = crashesOf(pods, now);
  return hours === 0 ? 0 : restarts / hours;
};

const crashesOf = (pods: readonly WorkloadPod[], now: string): { restarts: number; hours: number } => {
  const placed = pods.filter(({ scheduledAt }) => scheduledAt !== null);
  return {
    restarts: placed.reduce(
      (sum, { containers }) => sum + containers.reduce((most, { restarts }) => Math.max(most, restarts), 0),
      0,
    ),
    hours: placed.reduce((sum, { scheduledAt }) => sum + secondsSince(scheduledAt ?? now, now), 0) / 3600,
  };
};

/** What is wrong with a pod, in few words; null: nothing that could be seen. */
export const troubleOf = (pod: WorkloadPod, usual: Usual, now: string): string | null => {
  const { containers, phase, isReady, readySince, scheduledAt, deletedAt } = pod;
  // What leaves may end as it likes.
  if (deletedAt !== null) return null;
  if (phase === 'Succeeded') return null;
  if (phase === 'Failed') return 'Failed';
  const waiting = containers
    .map((container) => container.waiting)
    .find((reason) => reason !== null && isFailure(reason));
  if (waiting != null && !(usual.crashes && waiting === 'CrashLoopBackOff')) return waiting;
  const restarted = containers.find(({ lastEnd }) => lastEnd !== null && isRecentFailure(lastEnd, now));
  if (restarted?.lastEnd != null && !usual.crashes) return `restarted (${restarted.lastEnd.reason})`;
  const patience = Math.max(startGraceSeconds, 2 * (usual.startSeconds ?? 0));
  if (scheduledAt !== null && containers.every(({ hasStarted }) => !hasStarted)) {
    return secondsSince(scheduledAt, now) > patience ? 'not started' : null;
  }
  if (!isReady && scheduledAt !== null) {
    const since = readySince === null || readySince < scheduledAt ? scheduledAt : readySince;
    if (secondsSince(since, now) > patience) return 'not Ready';
  }
  const { runSeconds } = usual;
  if (runSeconds !== null && scheduledAt !== null) {
    const limit = Math.max(shortestRunSeconds, longerRun * runSeconds);
    if (secondsSince(scheduledAt, now) > limit) return 'not ended in time';
  }
  return null;
};

/** It is taken away, and does not go. */
export const isStuck = ({ deletedAt }: WorkloadPod, now: string): boolean =>
  deletedAt !== null && secondsSince(deletedAt, now) > terminationGraceSeconds;

const isRecentFailure = ({ at, exitCode }: NonNullable<ContainerReading['lastEnd']>, now: string): boolean =>
  exitCode !== 0 && secondsSince(at, now) < restartWindowSeconds;

/** Is enough known of it to say that it is well? */
export const isSettled = (pod: WorkloadPod): boolean =>
  pod.phase === 'Succeeded' || (pod.isReady && pod.deletedAt === null);

/** What takes longer was not a start: the pod lost Ready and got it back. */
const longestStartSeconds = 3600;

/** The longest that a pod which never restarted took from its node to Ready. */
export const slowestStartSeconds = (pods: readonly WorkloadPod[]): number | null =>
  longest(
    pods
      .flatMap(({ isReady, readySince, scheduledAt, containers }) =>
        isReady && readySince !== null && scheduledAt !== null && containers.every(({ restarts }) => restarts === 0)
          ? [secondsSince(scheduledAt, readySince)]
          : [],
      )
      .filter((seconds) => seconds <= longestStartSeconds),
  );

/** The longest that a pod ran which ended well. */
export const longestRunSeconds = (pods: readonly WorkloadPod[]): number | null =>
  longest(
    pods
      .filter(({ phase }) => phase === 'Succeeded')
      .flatMap(({ containers }) =>
        containers.flatMap(({ ran }) => (ran === null ? [] : [secondsSince(ran.from, ran.to)])),
      ),
  );

const longest = (seconds: readonly number[]): number | null => (seconds.length === 0 ? null : Math.max(...seconds));
