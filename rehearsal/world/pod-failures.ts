/** What the AMI of a node does to pods on it, as a scenario says. */
import type { Node } from './nodes.ts';
import type { Pod } from './pods.ts';

/** Where in the life of a pod it goes wrong. */
export const failures = ['start', 'run', 'stop', 'exit'] as const;

/** Reasons as the kubelet words them; Hung: it does nothing any more, and does not exit; ExitLost: nobody sees it exit. */
export const waysToFail = [
  'ImagePullBackOff',
  'CreateContainerError',
  'FailedCreatePodSandBox',
  'CrashLoopBackOff',
  'Hung',
  'StuckTerminating',
  'ExitLost',
] as const;

export interface PodFailure {
  fail: (typeof failures)[number];
  how: (typeof waysToFail)[number];
  /** Of the pods it can befall. */
  share: number;
  /** From when the node became Ready. */
  afterSeconds: number;
  /** `gpu`, `cpu-limit`, `daemonset`, or a workload: NAME or NAMESPACE/NAME. Left out: any pod. */
  only?: string | undefined;
}

/** Which ways go with which moment. */
export const waysOf: Readonly<Record<PodFailure['fail'], readonly PodFailure['how'][]>> = {
  start: ['ImagePullBackOff', 'CreateContainerError', 'FailedCreatePodSandBox', 'CrashLoopBackOff', 'Hung'],
  run: ['CrashLoopBackOff', 'Hung', 'ImagePullBackOff', 'CreateContainerError'],
  stop: ['StuckTerminating', 'Hung'],
  exit: ['ExitLost', 'Hung'],
};

/**
 * What befalls a pod on a node at a moment of its life, and from when on; undefined: nothing. `chanceOf` draws a number from
 * 0 up to 1 that belongs to the nth failure of the list.
 */
export const failureOf = (
  pod: Pod,
  node: Node,
  fail: PodFailure['fail'],
  chanceOf: (nth: number) => number,
): { how: PodFailure['how']; from: number } | undefined => {
  if (node.firstReadyAt === undefined) return undefined;
  const found = [node.instance.image.behavior.pods ?? []]
    .flat()
    .find((each, nth) => each.fail === fail && isConcerned(pod, each.only) && chanceOf(nth) < each.share);
  return found && { how: found.how, from: node.firstReadyAt + found.afterSeconds * 1000 };
};

/** What pods have in common by which they can be named. */
export const kindsOfPods: readonly string[] = ['gpu', 'cpu-limit', 'daemonset'];

const isConcerned = ({ workload, isDaemon }: Pod, only: string | undefined): boolean => {
  switch (only) {
    case undefined:
      return true;
    case 'gpu':
      return Object.keys(workload.limits).some(isAccelerator);
    case 'cpu-limit':
      return workload.limits.cpu !== undefined;
    case 'daemonset':
      return isDaemon;
    default:
      return only === workload.name || only === `${workload.namespace}/${workload.name}`;
  }
};

/** Devices, as the plugins of NVIDIA and Neuron name them (EKS user guide, ml-eks-k8s-device-plugin). */
export const isAccelerator = (resource: string): boolean => /^(nvidia\.com|aws\.amazon\.com)\//.test(resource);
