/**
 * The gate `probe`: a pod of our own on each new node that resolves a name, counts under a CPU limit and ends, and another
 * container of it that has to be ended. It sees what a new node does to containers before any workload has suffered it.
 */
import { describeSeconds } from '../duration.ts';
import type { ProbeRules } from '../policy/policy.ts';
import type { Measurement } from './measurement.ts';
import { few, type NodeReading, secondsSince } from './nodes-ready.ts';
import {
  describeExit,
  type ProbeKind,
  type ProbeOwner,
  type ProbePod,
  probeKinds,
  probeKindsOf,
  probeName,
  probePod,
  probeTimeoutSeconds,
} from './probe-pod.ts';

/** A probe pod as the cluster shows it. */
export interface ProbePodReading {
  name: string;
  createdAt: string;
  /** When its grace period ends, if somebody deleted it. */
  deletedAt: string | null;
  phase: string;
  /** Why the pod as a whole failed: Evicted, OutOfcpu, DeadlineExceeded. */
  failure: string | null;
  /** Why no node takes it. */
  unschedulable: string | null;
  /** Its first container. */
  checks: {
    waiting: string | null;
    /** What its kubelet says of that. */
    message: string | null;
    startedAt: string | null;
    exitCode: number | null;
    finishedAt: string | null;
  } | null;
  /** The container that has to be ended: a process can be run in it. Null: there is none. */
  isKeeping: boolean | null;
}

/** What is remembered of the probes of one kind on one node. */
export interface NodeProbe {
  node: string;
  kind: ProbeKind;
  /** So many pods were done with. */
  tries: number;
  /** In a row. */
  failures: number;
  /** `barred`: it could not run, by no fault that is surely the node's. `full`: it fits not on the node. */
  verdict: 'open' | 'passed' | 'failing' | 'barred' | 'full';
  reason: string;
  passedAt: string | null;
  /** It ended well, and was then asked to go. */
  removedAt: string | null;
}

export interface ProbeMemory {
  /** Why probes could not be put, read or removed in the last round; null: they could. */
  fault: string | null;
  nodes: readonly NodeProbe[];
  /** On nodes of another AMI, one of a kind, once one of that kind is in trouble. */
  controls: readonly NodeProbe[];
}

export const noProbes: ProbeMemory = { fault: null, nodes: [], controls: [] };

export interface ProbeRound {
  owner: ProbeOwner;
  /** Of the update, so that the nodes of another one get other pods. */
  attempt: number;
  rules: ProbeRules;
  /** Of the new AMI. */
  fresh: readonly NodeReading[];
  /** Of any other, to compare with. */
  others: readonly NodeReading[];
  pods: readonly ProbePodReading[];
  memory: ProbeMemory;
  now: string;
}

/** A passed node is probed again so long after, for as long as it bakes. */
const againAfterSeconds = 1800;
/** The kubelet kills what has not ended within the grace period; a pod is usually gone seconds later. */
const endsWithinSeconds = 90;
/** What a kubelet could not do is tried again and again. */
const graceSeconds = 60;
const startsWithinSeconds = 300;
/** One may be chance. */
const failuresThatTell = 2;

const pullTroubles = ['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable'];
/** Of the pod, the image or the cluster, and the same on any node (kubernetes/kubernetes, pkg/kubelet/images, container). */
const ownTroubles = ['InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError'];

/** What is to be put and removed now, and what is known then. Doing it twice does no harm. */
export const probeRound = (round: ProbeRound): { put: ProbePod[]; remove: string[]; memory: ProbeMemory } => {
  const put: ProbePod[] = [];
  const remove: string[] = [];
  const step = (node: NodeReading, kind: ProbeKind, before: NodeProbe | null | undefined): NodeProbe => {
    const probe = before ?? begun(node, kind);
    const nameOf = (nth: number) => probeName(round.owner, round.attempt, node.name, kind, nth);
    const name = nameOf(probe.tries);
    const seen = round.pods.find((pod) => pod.name === name);
    const { action, ...after } = look(probe, seen, round);
    if (action === 'put') put.push(probePod(round.owner, round.rules, { ...node, node: node.name, name, kind }));
    if (action === 'remove') remove.push(name);
    return after;
  };
  const nodes = targetsOf(round.fresh).map(({ node, kind }) =>
    step(
      node,
      kind,
      round.memory.nodes.find((each) => each.node === node.name && each.kind === kind),
    ),
  );
  const controls = probeKinds.flatMap((kind): NodeProbe[] => {
    const former = round.memory.controls.find((each) => each.kind === kind);
    const asked = nodes.some((each) => each.kind === kind && isInTrouble(each));
    const other =
      round.others.find(({ name }) => name === former?.node) ??
      round.others.find((each) => each.isReady && !each.isCordoned && probeKindsOf(each).includes(kind));
    if (other === undefined || (former === undefined && !asked)) return [];
    return [step(other, kind, former?.node === other.name ? former : null)];
  });
  // What lies on nodes that are gone, or was left by a try that a dead function did not write down.
  const current = new Set(
    [...nodes, ...controls].flatMap(({ node, kind, tries }) =>
      [tries, tries - 1].map((nth) => probeName(round.owner, round.attempt, node, kind, nth)),
    ),
  );
  const leftovers = round.pods.filter(({ name, deletedAt }) => deletedAt === null && !current.has(name));
  return {
    put,
    remove: [...new Set([...remove, ...leftovers.map(({ name }) => name)])],
    memory: { fault: null, nodes, controls },
  };
};

const isInTrouble = ({ verdict }: NodeProbe): boolean => verdict === 'failing' || verdict === 'barred';

const targetsOf = (fresh: readonly NodeReading[]): { node: NodeReading; kind: ProbeKind }[] =>
  fresh.filter(({ isReady }) => isReady).flatMap((node) => probeKindsOf(node).map((kind) => ({ node, kind })));

const begun = ({ name }: NodeReading, kind: ProbeKind): NodeProbe => ({
  node: name,
  kind,
  tries: 0,
  failures: 0,
  verdict: 'open',
  reason: 'its probe was not put yet',
  passedAt: null,
  removedAt: null,
});

type Looked = NodeProbe & { action?: 'put' | 'remove' };

const look = (probe: NodeProbe, pod: ProbePodReading | undefined, { rules, now }: ProbeRound): Looked => {
  if (pod === undefined) return withoutPod(probe, now);
  if (pod.deletedAt !== null) {
    const seconds = secondsSince(pod.deletedAt, now);
    if (seconds <= endsWithinSeconds) return probe;
    return {
      ...probe,
      verdict: 'failing',
      reason: `the probe ${pod.name} has been Terminating for ${describeSeconds(seconds)}: containers do not end`,
    };
  }
  if (pod.checks?.exitCode === 0) return afterGoodEnd(probe, pod, now);
  if (pod.checks?.exitCode != null) return failed(probe, `its probe ended with ${describeExit(pod.checks.exitCode)}`);
  if (pod.phase === 'Failed') return afterFailedPod(probe, pod.failure ?? 'no reason given', rules);
  const age = secondsSince(pod.createdAt, now);
  if (pod.checks === null) {
    if (age <= graceSeconds) return { ...probe, reason: 'its probe waits for a place' };
    return { ...probe, verdict: 'full', reason: `its probe finds no place: ${pod.unschedulable ?? 'nobody says why'}` };
  }
  const { waiting, startedAt } = pod.checks;
  if (startedAt === null || waiting !== null) return whileWaiting(probe, pod.checks, age);
  const ran = secondsSince(startedAt, now);
  if (ran <= probeTimeoutSeconds(rules)) return { ...probe, reason: 'its probe runs' };
  return {
    ...probe,
    verdict: 'failing',
    reason: `has been running its probe for ${describeSeconds(ran)}: containers do not end`,
  };
};

const withoutPod = (probe: NodeProbe, now: string): Looked => {
  const { removedAt, passedAt, verdict, tries } = probe;
  if (removedAt !== null) {
    const reason = `its probe ended with exit code 0 and was gone within ${describeSeconds(secondsSince(removedAt, now))}`;
    return { ...probe, tries: tries + 1, failures: 0, verdict: 'passed', reason, passedAt: now, removedAt: null };
  }
  if (verdict === 'passed' && passedAt !== null && secondsSince(passedAt, now) < againAfterSeconds) return probe;
  return { ...probe, action: 'put' };
};

const afterGoodEnd = (probe: NodeProbe, { isKeeping, checks }: ProbePodReading, now: string): Looked => {
  if (isKeeping !== false) {
    return { ...probe, removedAt: now, reason: 'its probe ended with exit code 0, and is to go', action: 'remove' };
  }
  const seconds = secondsSince(checks?.finishedAt ?? now, now);
  if (seconds <= endsWithinSeconds) return probe;
  const reason = `in its probe no process could be run for ${describeSeconds(seconds)}: exec fails`;
  return { ...probe, verdict: 'failing', reason };
};

/** It is tried again with another pod. */
const failed = (probe: NodeProbe, reason: string): Looked => {
  const failures = probe.failures + 1;
  const verdict = failures >= failuresThatTell ? 'failing' : 'open';
  return { ...probe, tries: probe.tries + 1, failures, verdict, reason, action: 'remove' };
};

const afterFailedPod = (probe: NodeProbe, failure: string, rules: ProbeRules): Looked => {
  // The kubelet has no room after all, or took it away for somebody else.
  if (/^(OutOf|Evicted|Preempt)/.test(failure)) {
    const reason = `its probe finds no place: ${failure}`;
    return { ...probe, tries: probe.tries + 1, verdict: 'full', reason, action: 'remove' };
  }
  if (failure === 'DeadlineExceeded') {
    const reason = `its probe had not ended after ${describeSeconds(probeTimeoutSeconds(rules))}: containers do not end`;
    return failed({ ...probe, failures: failuresThatTell }, reason);
  }
  return failed(probe, `its probe failed: ${failure}`);
};

const whileWaiting = (
  probe: NodeProbe,
  { waiting, message }: NonNullable<ProbePodReading['checks']>,
  age: number,
): Looked => {
  const state = waiting ?? 'ContainerCreating';
  const reason = `its probe has been ${state} for ${describeSeconds(age)}`;
  if (pullTroubles.includes(state) || ownTroubles.includes(state)) {
    if (age <= graceSeconds) return { ...probe, reason };
    // Once the kubelet backs off it says no more why.
    const isRefused = tooManyRequests.test(message ?? '') || tooManyRequests.test(probe.reason);
    return { ...probe, verdict: 'barred', reason: isRefused ? `${reason}: too many requests` : reason };
  }
  const isStarting = state === 'ContainerCreating' || state === 'PodInitializing';
  return age <= (isStarting ? startsWithinSeconds : graceSeconds)
    ? { ...probe, reason }
    : { ...probe, verdict: 'failing', reason };
};

/** A registry has had enough of this address. */
const tooManyRequests = /too ?many ?requests|rate limit/i;

export interface ProbeReading {
  /** Null: there was no round yet. */
  memory: ProbeMemory | null;
  fresh: readonly NodeReading[];
  /** Of the node group. */
  variant: string | null;
}

export const measureProbe = ({ memory, fresh, variant }: ProbeReading): Measurement => {
  if (variant?.startsWith('WINDOWS')) return { kind: 'abstains', reason: 'the probe is for Linux' };
  if (memory === null) return { kind: 'starting', reason: 'no probe was put yet' };
  if (memory.fault !== null) return { kind: 'missing', reason: memory.fault };
  const wanted = targetsOf(fresh);
  if (wanted.length === 0) return { kind: 'starting', reason: 'no new node is Ready' };
  const probes = wanted.map(
    ({ node, kind }) => memory.nodes.find((each) => each.node === node.name && each.kind === kind) ?? begun(node, kind),
  );
  const total = nodesOf(probes);
  const troubles = probes.filter(isInTrouble).map((probe) => ({ probe, ...compare(probe, probes, memory.controls) }));
  const failing = troubles.filter(({ is }) => is === 'its own').map(({ probe }) => probe);
  const bad = nodesOf(failing);
  if (bad.length > 0) {
    const reason = `${bad.length} of ${total.length} new nodes: ${few(failing.map(tell))}`;
    // One of several may have a bad day of its own.
    return { kind: bad.length === 1 && total.length > 1 ? 'doubtful' : 'unhealthy', reason };
  }
  const open = [
    ...probes.filter(({ verdict }) => verdict === 'open'),
    ...troubles.filter(({ is }) => is === 'compared').map(({ probe }) => probe),
  ];
  if (open.length > 0) return { kind: 'starting', reason: few(open.map(tell)) };
  const [unmeasured] = troubles;
  if (unmeasured !== undefined) {
    return { kind: 'missing', reason: `${few(troubles.map(({ probe }) => tell(probe)))}; ${unmeasured.because}` };
  }
  const passed = nodesOf(probes.filter(({ verdict }) => verdict === 'passed'));
  const full = probes.filter(({ verdict }) => verdict === 'full');
  if (passed.length === 0) return { kind: 'abstains', reason: few(full.map(tell)) };
  const ended = `${passed.length} of ${total.length} new nodes ended their probe with exit code 0, and were rid of it when told`;
  return { kind: 'healthy', reason: full.length === 0 ? ended : `${ended}; ${few(full.map(tell))}` };
};

/** Whose trouble is it? What befalls a node of another AMI as well is not the new one's. */
const compare = (
  probe: NodeProbe,
  probes: readonly NodeProbe[],
  controls: readonly NodeProbe[],
): { is: 'its own' | 'compared' | 'not told'; because: string } => {
  const control = controls.find(({ kind }) => kind === probe.kind);
  const because = control === undefined ? 'no node of another AMI to compare with' : `${tell(control)}, on another AMI`;
  if (tooManyRequests.test(probe.reason)) return { is: 'not told', because: 'its registry refuses for now' };
  if (control?.verdict === 'passed') return { is: 'its own', because };
  if (control?.verdict === 'open') return { is: 'compared', because };
  if (control?.verdict === 'failing') return { is: 'not told', because };
  // An image that is pulled on other nodes is there; who cannot pull it has no network or no credentials.
  const isPulledElsewhere = probes.some(({ kind, verdict }) => kind === probe.kind && verdict === 'passed');
  return { is: probe.verdict === 'failing' || isPulledElsewhere ? 'its own' : 'not told', because };
};

const nodesOf = (probes: readonly NodeProbe[]): string[] => [...new Set(probes.map(({ node }) => node))];

const devices: Readonly<Record<ProbeKind, string>> = { node: '', nvidia: ' (nvidia-smi)', neuron: ' (Neuron devices)' };

const tell = ({ node, kind, reason }: NodeProbe): string => `${node}${devices[kind]}: ${reason}`;
