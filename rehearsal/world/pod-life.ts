/**
 * What becomes of a pod on its node: its container starts, runs, crashes and is started again ever later (Kubernetes, pod
 * lifecycle, container restarts), and ends by itself where it is to.
 */
import type { Clock } from '../clock/pretend-clock.ts';
import type { Node } from './nodes.ts';
import { failureOf, type PodFailure } from './pod-failures.ts';
import type { Pod } from './pods.ts';
import { documented, usual } from './timing.ts';

export interface PodLife {
  clock: Clock;
  /** It is on the node still, and nobody takes it away. */
  isThere(pod: Pod, node: Node): boolean;
  /** It has ended by itself. */
  onEnd(pod: Pod): void;
}

/** The pod was put on the node just now. */
export const startPod = (life: PodLife, pod: Pod, node: Node): void => {
  afterwards(life, pod, node, usual.podStartSeconds, () => {
    if (!node.isReady) {
      // The kubelet goes on once its node is back.
      pod.run(life.clock.now);
      return;
    }
    const failure = failureOf(pod, node, 'start');
    if (failure !== undefined && failure.at <= life.clock.now) failAtStart(life, pod, node, failure.how);
    else if (pod.isSick) crash(life, pod, node);
    else runWell(life, pod, node);
  });
};

/** It runs well from now on, or since long; what its node does to it later is still to come. */
export const runWell = (life: PodLife, pod: Pod, node: Node): void => {
  if (pod.container.is !== 'running') pod.run(life.clock.now);
  pod.setReady(node.isReady, life.clock.now);
  const failure = failureOf(pod, node, 'run');
  if (failure !== undefined) {
    const seconds = Math.max(usual.podFailsSeconds, (failure.at - life.clock.now) / 1000);
    afterwards(life, pod, node, seconds, () => failWhileRunning(life, pod, node, failure.how));
  }
  const { runSeconds } = pod.workload;
  if (runSeconds === undefined) return;
  const ranSeconds = pod.container.is === 'running' ? (life.clock.now - pod.container.since) / 1000 : 0;
  afterwards(life, pod, node, Math.max(0, runSeconds - ranSeconds), () => {
    const lost = failureOf(pod, node, 'exit');
    if (pod.isHung || (lost !== undefined && lost.at <= life.clock.now)) return;
    pod.end(0, life.clock.now);
    life.onEnd(pod);
  });
};

/** A crash of a pod that is sick from before: once, and it starts again. */
export const restartOnce = (life: PodLife, pod: Pod, node: Node): void => {
  if (pod.container.is !== 'running') return;
  pod.end(1, life.clock.now, 'CrashLoopBackOff');
  afterwards(life, pod, node, documented.firstRestartSeconds, () => {
    pod.restarts += 1;
    runWell(life, pod, node);
  });
};

const failAtStart = (life: PodLife, pod: Pod, node: Node, how: PodFailure['how']): void => {
  switch (how) {
    case 'CrashLoopBackOff':
      crash(life, pod, node);
      break;
    case 'Hung':
      pod.isHung = true;
      pod.run(life.clock.now);
      break;
    case 'FailedCreatePodSandBox':
      pod.hasNoSandbox = true;
      break;
    default:
      pod.container = { is: 'waiting', reason: how };
  }
};

const failWhileRunning = (life: PodLife, pod: Pod, node: Node, how: PodFailure['how']): void => {
  if (pod.container.is !== 'running') return;
  if (how === 'Hung') {
    pod.isHung = true;
    pod.setReady(false, life.clock.now);
  } else if (how === 'CrashLoopBackOff') {
    crash(life, pod, node);
  } else {
    // It ends, and cannot be made again.
    pod.end(1, life.clock.now, how);
  }
};

/** It starts and crashes, again and again, each time later. */
export const crash = (life: PodLife, pod: Pod, node: Node, times = 0): void => {
  pod.isCrashing = true;
  if (pod.container.is !== 'running') pod.run(life.clock.now);
  pod.setReady(false, life.clock.now);
  afterwards(life, pod, node, usual.podCrashesSeconds, () => {
    pod.end(1, life.clock.now, 'CrashLoopBackOff');
    const seconds = Math.min(documented.firstRestartSeconds * 2 ** times, documented.latestRestartSeconds);
    afterwards(life, pod, node, seconds, () => {
      pod.restarts += 1;
      crash(life, pod, node, times + 1);
    });
  });
};

const afterwards = (life: PodLife, pod: Pod, node: Node, seconds: number, then: () => void): void => {
  life.clock.after(seconds * 1000, () => {
    if (life.isThere(pod, node)) then();
  });
};
