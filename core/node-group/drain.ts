/**
 * How the instances that leave a self-managed node group are emptied. Auto Scaling keeps each in `Terminating:Wait` by our
 * lifecycle hook; what is done next is read from the group and the cluster, never from an event that may be lost.
 */
import { describeSeconds } from '../duration.ts';
import type { NodeReading } from '../gate/nodes-ready.ts';
import { imageFor, type NodeGroupRecord, openAttempt, type Verdict } from './record.ts';
import type { NodeGroupStep } from './step.ts';
import { settle } from './step.ts';

/** Fixed, so that whoever comes next finds it. */
export const drainHook = 'eks-ami-rollout-drain';

/** Long enough that one missed look does not let a node go, short enough that a dead service does not keep one for long. */
export const heartbeatSeconds = 1800;

const beatEverySeconds = 600;

export interface PodReading {
  namespace: string;
  name: string;
  /** Kind of its controller, or null. */
  controller: string | null;
  /** The kubelet made it from a file; it is no object of the API's that could be evicted. */
  isMirror: boolean;
  /** Succeeded or Failed: nothing runs. */
  hasEnded: boolean;
  isTerminating: boolean;
}

/** Who keeps a pod from being evicted. */
export interface Blockage {
  /** What the API said, with the PodDisruptionBudget where it named one. */
  message: string;
}

/** A pod that could not be evicted, and why. */
export interface BlockedPod extends Blockage {
  /** NAMESPACE/NAME. */
  pod: string;
}

/** What the ledger keeps of a node that is being emptied. */
export interface Drain {
  node: string | null;
  /** When it was first seen to leave, ISO 8601. */
  since: string;
  beatAt: string;
  /** The last pod that could not be evicted. */
  blocked: BlockedPod | null;
  /** It was given up: the instance runs on, outside of its group. */
  isRetained: boolean;
}

/** A node that leaves, as one look shows it. */
export interface LeavingNode {
  instanceId: string;
  /** Null: the instance is no node of the cluster, so nothing runs there. */
  node: string | null;
  isCordoned: boolean;
  /** Everything on it. */
  pods: readonly PodReading[];
  /** Auto Scaling waits for it; else it is only emptied before its turn. */
  waits: boolean;
}

export type DrainAction =
  | { do: 'cordon'; node: string }
  | { do: 'evict'; pod: PodReading }
  | { do: 'beat'; instanceId: string }
  /** The node is empty: its instance may go. */
  | { do: 'release'; instanceId: string }
  /** It was given up: the instance is retained with what runs on it, never terminated past a budget. */
  | { do: 'retain'; instanceId: string };

export interface DrainQuestion {
  drain: Drain;
  leaving: LeavingNode;
  /** New nodes that are not Ready yet: no old node is emptied before them. */
  notReady: readonly string[];
  timeoutSeconds: number;
  now: string;
}

/** Pods that must leave. A DaemonSet's would come back at once, and a mirror pod is not the API's to evict (kubectl drain). */
export const podsToEvict = (pods: readonly PodReading[]): PodReading[] =>
  pods.filter((pod) => pod.controller !== 'DaemonSet' && !pod.isMirror && !pod.hasEnded);

export const isOverdue = ({ drain, timeoutSeconds, now }: Pick<DrainQuestion, 'drain' | 'timeoutSeconds' | 'now'>) =>
  secondsSince(drain.since, now) >= timeoutSeconds;

/** What to do with one node now. Doing it again does no harm. */
export const drainActions = (question: DrainQuestion): DrainAction[] => {
  const { drain, leaving, notReady, now } = question;
  const { instanceId, node, waits } = leaving;
  const release: DrainAction[] = waits ? [{ do: 'release', instanceId }] : [];
  if (node === null) return release;
  const pods = podsToEvict(leaving.pods);
  if (leaving.isCordoned && pods.length === 0) return release;
  if (isOverdue(question)) return waits ? [{ do: 'retain', instanceId }] : [];
  const beat: DrainAction[] =
    waits && secondsSince(drain.beatAt, now) >= beatEverySeconds ? [{ do: 'beat', instanceId }] : [];
  if (notReady.length > 0) return beat;
  return [
    ...beat,
    ...(leaving.isCordoned ? [] : [{ do: 'cordon', node } as const]),
    ...pods.filter((pod) => !pod.isTerminating).map((pod): DrainAction => ({ do: 'evict', pod })),
    // Nothing was on it: it may go as soon as it takes no more.
    ...(pods.length === 0 ? release : []),
  ];
};

export const beganDrain = (node: string | null, now: string): Drain => ({
  node,
  since: now,
  beatAt: now,
  blocked: null,
  isRetained: false,
});

export interface AfterDrain {
  record: NodeGroupRecord;
  /** Nodes that are not empty yet. */
  open: readonly { instanceId: string; drain: Drain }[];
  /** Of these, the ones that were given up now. */
  givenUp: readonly { instanceId: string; drain: Drain }[];
  notReady: readonly string[];
  /** Auto Scaling waits for none of them: they are emptied before their turn. */
  isAhead: boolean;
  now: string;
}

/** Where the node group goes after one round of draining. */
export const afterDrain = (question: AfterDrain): { step: NodeGroupStep; verdict?: Verdict } => {
  const { record, open, givenUp, notReady, isAhead, now } = question;
  const [lost] = givenUp;
  if (lost !== undefined)
    return giveUp(
      record,
      givenUp.map(({ drain }) => drain),
      lost.drain,
      now,
    );
  const [slowest] = [...open].sort((a, b) => a.drain.since.localeCompare(b.drain.since));
  if (slowest === undefined) {
    return isAhead
      ? {
          step: { step: 'UpdateNodeGroup', direction: record.direction, reason: 'the nodes that leave next are empty' },
        }
      : { step: { step: 'WaitForUpdate', seconds: 30, reason: 'every node that leaves is empty' } };
  }
  const seconds = secondsSince(slowest.drain.since, now);
  return {
    step: {
      step: isAhead ? 'WaitForDrain' : 'WaitForUpdate',
      // Pods leave within minutes or not for hours.
      seconds: Math.round(Math.min(300, Math.max(30, seconds / 6))),
      reason: describeDrain(slowest.drain, open.length, notReady, seconds),
    },
  };
};

const describeDrain = (drain: Drain, count: number, notReady: readonly string[], seconds: number): string => {
  const nodes = `${count} node${count === 1 ? '' : 's'} to be emptied, ${drain.node} for ${describeSeconds(seconds)}`;
  if (notReady.length > 0) return `${nodes}; not before the new nodes are Ready: ${notReady.slice(0, 3).join(', ')}`;
  return drain.blocked === null ? nodes : `${nodes}: ${describeBlocked(drain.blocked)}`;
};

export const describeBlocked = ({ pod, message }: BlockedPod): string => `pod ${pod} stays (${message})`;

/** On the way back there is nowhere left to go: it is held as it is. */
const giveUp = (
  record: NodeGroupRecord,
  drains: readonly Drain[],
  first: Drain,
  now: string,
): { step: NodeGroupStep; verdict?: Verdict } => {
  const why = first.blocked === null ? 'its pods did not end' : describeBlocked(first.blocked);
  const nodes = drains.map(({ node }) => node).join(', ');
  const reason = `${nodes} could not be emptied in ${describeSeconds(secondsSince(first.since, now))}: ${why}`;
  if (record.direction === 'back') {
    const because = record.verdict === null ? '' : `${record.verdict.reason}; `;
    return { step: settle('Held', `${because}on the way back ${reason}`) };
  }
  const verdict: Verdict = { verdict: 'Inconclusive', reason };
  if (record.rules.onFailure === 'hold') {
    return { step: settle('Held', `${reason}; the policy says onFailure: hold`), verdict };
  }
  return { step: { step: 'UpdateNodeGroup', direction: 'back', reason }, verdict };
};

/** Old nodes that are emptied before the next refresh: what it would take at once, those begun with first. */
export const nodesAhead = (old: readonly { instanceId: string; isCordoned: boolean }[], budget: number): string[] =>
  [...old]
    .sort((a, b) => Number(b.isCordoned) - Number(a.isCordoned) || a.instanceId.localeCompare(b.instanceId))
    .slice(0, budget)
    .map(({ instanceId }) => instanceId);

/** New instances of the present update that are no Ready nodes yet: old ones are not emptied before them. */
export const notReadyYet = (
  record: NodeGroupRecord,
  members: readonly { instanceId: string; imageId: string; launchedAt: string; lifecycleState: string }[],
  nodes: readonly Pick<NodeReading, 'name' | 'instanceId' | 'isReady'>[],
): string[] => {
  const began = openAttempt(record)?.requestedAt;
  if (began === undefined) return [];
  const byInstance = new Map(nodes.map((node) => [node.instanceId, node]));
  return (
    members
      .filter(({ imageId }) => imageId === imageFor(record, record.direction))
      .filter(({ lifecycleState }) => !lifecycleState.startsWith('Terminat'))
      // EC2 keeps whole seconds.
      .filter(({ launchedAt }) => Date.parse(launchedAt) + 1000 > Date.parse(began))
      .filter(({ instanceId }) => byInstance.get(instanceId)?.isReady !== true)
      .map(({ instanceId }) => byInstance.get(instanceId)?.name ?? instanceId)
  );
};

const secondsSince = (instant: string, now: string): number => (Date.parse(now) - Date.parse(instant)) / 1000;
