/** What the AMI of a node does to pods on it, as a scenario says. */
import { digest } from '../digest.ts';
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

/** What befalls a pod on a node at a moment of its life; undefined: nothing. `at` is when it begins, at the earliest. */
export const failureOf = (
  pod: Pod,
  node: Node,
  fail: PodFailure['fail'],
): { how: PodFailure['how']; at: number } | undefined => {
  const { behavior, imageId } = node.instance.image;
  const found = [behavior.pods ?? []]
    .flat()
    .find((each) => each.fail === fail && isConcerned(pod, each.only) && drawn(imageId, pod) < each.share);
  return found && { how: found.how, at: (node.firstReadyAt ?? node.createdAt) + found.afterSeconds * 1000 };
};

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

export const isAccelerator = (resource: string): boolean => /^(nvidia\.com|aws\.amazon\.com)\//.test(resource);

/** From 0 up to 1, the same for a pod wherever and whenever it is asked. */
const drawn = (imageId: string, { name }: Pod): number =>
  Number.parseInt(digest('fails', imageId, name).hex.slice(0, 8), 16) / 2 ** 32;
