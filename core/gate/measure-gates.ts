/** All health gates of a node group, measured at one moment. */
import type { NodeGroupRecord } from '../node-group/record.ts';
import type { Gate } from '../policy/policy.ts';
import { type AlarmReading, measureAlarm } from './alarm.ts';
import { measureAllocatable } from './allocatable-kept.ts';
import type { Baseline } from './baseline.ts';
import { type ControllerKind, type ControllerReading, measureControllers } from './controllers.ts';
import { gateName } from './gate-name.ts';
import { measureInstances, type NodeGroupIssue } from './instances.ts';
import type { GateReading } from './judge-gates.ts';
import type { Measurement } from './measurement.ts';
import { type InstanceReading, measureNodesReady, type NodeReading } from './nodes-ready.ts';
import { type CheckAnswer, measureOwnCheck } from './own-check.ts';
import { measurePodsRunning } from './pods-running.ts';
import { measureProbe } from './probe.ts';
import type { Unread } from './unread.ts';
import type { WorkloadPod } from './workload-pod.ts';

/** What was read of a cluster for the gates of one node group. */
export interface ClusterReading {
  /** Of the whole cluster. */
  nodes: readonly NodeReading[];
  /** Of the node group. */
  instances: readonly InstanceReading[];
  /** Null: no gate asks for them. */
  pods: readonly WorkloadPod[] | Unread | null;
  /** Null: no gate asks for them. */
  controllers: readonly ControllerReading[] | Unread | null;
  baseline: Baseline | null;
}

/** What AWS says, also where the cluster itself cannot be read. Null: it is not asked now, and neither is its gate. */
export interface AwsReading {
  machines: { instances: readonly InstanceReading[]; issues: readonly NodeGroupIssue[] } | Unread | null;
  alarms: readonly AlarmReading[] | Unread | null;
  /** By ARN. */
  checks: Readonly<Record<string, CheckAnswer | Unread>> | null;
}

/** Gates that look at pods, or at what pods can ask for. They need to know what was before. */
export const workloadGates = ['allocatable-kept', 'pods-running', 'daemonsets-ready', 'deployments-available'] as const;

/** Which of them look at controllers, and at which. */
const controllerGates: Readonly<Record<string, ControllerKind>> = {
  'daemonsets-ready': 'DaemonSet',
  'deployments-available': 'Deployment',
};

/** The kinds of controllers that gates of the policy look at. */
export const controllersOf = (gates: readonly Gate[]): ControllerKind[] =>
  gates.flatMap((gate) => (typeof gate === 'string' ? (controllerGates[gate] ?? []) : []));

export const asksForPods = ({ rules }: Pick<NodeGroupRecord, 'rules'>): boolean => looksAtPods(rules.gates);

/** Does a gate need a list of pods? */
export const looksAtPods = (gates: readonly Gate[]): boolean =>
  gates.includes('pods-running') || controllersOf(gates).length > 0;

export const asksForBaseline = ({ rules }: Pick<NodeGroupRecord, 'rules'>): boolean =>
  workloadGates.some((gate) => rules.gates.includes(gate));

type Of = Pick<NodeGroupRecord, 'rules' | 'to' | 'startedAt' | 'attempts' | 'updatedAt' | 'variant' | 'probes'>;

/** Each gate that the policy names, `nodes-ready` first. Where no new node is, there is nothing to measure by any. */
export const measureGates = (record: Of, cluster: ClusterReading, aws: AwsReading, now: string): GateReading[] => {
  const { rules, to, startedAt } = record;
  const { nodes, instances, pods, controllers, baseline } = cluster;
  const nodesReady = measureNodesReady({ witness: 'kubernetes', nodes, instances }, to.imageId ?? '', now);
  const imageOf = new Map(instances.map(({ instanceId, imageId }) => [instanceId, imageId]));
  const fresh = nodes.filter(({ instanceId }) => imageOf.get(instanceId) === to.imageId);
  const old = nodes.filter(({ instanceId }) => imageOf.has(instanceId) && imageOf.get(instanceId) !== to.imageId);
  // Whatever came since then may be on the new AMI as well, by an earlier wave.
  const wasThere = ({ createdAt }: NodeReading): boolean => Date.parse(createdAt) < Date.parse(startedAt);
  const untouched = nodes.filter((node) => !imageOf.has(node.instanceId) && wasThere(node));
  const byControllers = (kind: ControllerKind): Measurement => {
    if (pods === null || controllers === null) return { kind: 'missing', reason: `${kind}s were not read` };
    if ('fault' in controllers) return { kind: 'missing', reason: controllers.fault };
    if ('fault' in pods) return { kind: 'missing', reason: pods.fault };
    return measureControllers(kind, { controllers, pods, fresh, baseline, updatedAt: record.updatedAt }, now);
  };
  const measured: Record<string, () => Measurement> = {
    'daemonsets-ready': () => byControllers('DaemonSet'),
    'deployments-available': () => byControllers('Deployment'),
    probe: () => measureProbe({ memory: record.probes ?? null, fresh, variant: record.variant }),
    'allocatable-kept': () => measureAllocatable({ fresh, old, baseline }, now),
    'pods-running': () => {
      if (pods === null) return { kind: 'missing', reason: 'pods were not read' };
      if ('fault' in pods) return { kind: 'missing', reason: pods.fault };
      return measurePodsRunning(
        { pods, fresh: namesOf(fresh), old: namesOf(old), untouched: namesOf(untouched), baseline },
        now,
      );
    },
  };
  return inOrder(
    rules.gates,
    nodesReady,
    (gate) => measured[gateName(gate)]?.() ?? measureByAws(record, gate, aws, now),
  );
};

/** Where the cluster itself cannot be read: what others say of the node group. */
export const measureWithoutCluster = (
  record: Of,
  nodesReady: Measurement,
  aws: AwsReading,
  now: string,
): GateReading[] => inOrder(record.rules.gates, nodesReady, (gate) => measureByAws(record, gate, aws, now));

const inOrder = (
  gates: readonly Gate[],
  nodesReady: Measurement,
  measure: (gate: Gate) => Measurement | null,
): GateReading[] => {
  const first: GateReading = { gate: 'nodes-ready', measurement: nodesReady };
  if (nodesReady.kind === 'nothing-to-measure') return [first];
  const others = gates.flatMap((gate) => {
    const measurement = gate === 'nodes-ready' ? null : measure(gate);
    return measurement === null ? [] : [{ gate: gateName(gate), measurement }];
  });
  return [first, ...others];
};

const measureByAws = (record: Of, gate: Gate, { machines, alarms, checks }: AwsReading, now: string) => {
  if (gate === 'instances') {
    if (machines === null) return null;
    if ('fault' in machines) return { kind: 'missing', reason: machines.fault } as const;
    const instances = machines.instances.filter(({ imageId }) => imageId === record.to.imageId);
    return measureInstances({ instances, issues: machines.issues }, now);
  }
  if (typeof gate === 'string' || 'probe' in gate) return null;
  if ('alarm' in gate) return alarms === null ? null : measureAlarm(gate.alarm, alarms, requestedAt(record));
  const answer = checks?.[gate.lambda];
  return answer === undefined ? null : measureOwnCheck(answer);
};

/** When the update that the gates judge was asked for. */
export const requestedAt = ({ attempts, startedAt }: Pick<NodeGroupRecord, 'attempts' | 'startedAt'>): string =>
  attempts.filter(({ direction }) => direction === 'forward').at(-1)?.requestedAt ?? startedAt;

const namesOf = (nodes: readonly NodeReading[]): ReadonlySet<string> => new Set(nodes.map(({ name }) => name));
