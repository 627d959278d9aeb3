/**
 * The gate `nodes-ready`: every instance of the new AMI is a node of the cluster, Ready, and stays so.
 *
 * Where the Kubernetes API may be read, it is the witness. Where the policy accepts it, EKS, EC2 and Auto Scaling are;
 * the answer says which.
 */
import type { Measurement } from './measurement.ts';

/** An instance of the node group that is there to stay. */
export interface InstanceReading {
  instanceId: string;
  imageId: string;
  /** ISO 8601. */
  launchedAt: string;
  /** Auto Scaling says Healthy and InService. */
  isInService: boolean;
  /** EC2's status checks: null when they were not read. */
  isImpaired: boolean | null;
}

export interface NodeReading {
  name: string;
  /** From `spec.providerID`, which ends in the instance id. */
  instanceId: string;
  /** From the label `eks.amazonaws.com/nodegroup-image`, which EKS sets. */
  imageId: string | null;
  /** The condition Ready is True. */
  isReady: boolean;
  /** When Ready last changed, ISO 8601. */
  readySince: string;
  createdAt: string;
  isCordoned: boolean;
  /** From the label `node.kubernetes.io/instance-type`. */
  instanceType: string | null;
  /** What pods can ask for, as Kubernetes quantities. */
  allocatable: Readonly<Record<string, string>>;
  /** Conditions beside Ready, by type: True, False or Unknown. */
  conditions: Readonly<Record<string, string>>;
}

export type NodesReadyReading =
  | { witness: 'kubernetes'; nodes: readonly NodeReading[]; instances: readonly InstanceReading[] }
  | { witness: 'aws'; instances: readonly InstanceReading[]; issues: readonly string[] }
  | { witness: 'none'; reason: string };

/** EKS itself gives a node this long to boot and join (EKS user guide, managed node group update behavior). */
export const joinGraceSeconds = 15 * 60;

export const measureNodesReady = (reading: NodesReadyReading, imageId: string, now: string): Measurement => {
  switch (reading.witness) {
    case 'none':
      return { kind: 'missing', reason: reading.reason };
    case 'kubernetes':
      return byKubernetes(reading.nodes, newInstances(reading.instances, imageId), now);
    case 'aws':
      return byAws(newInstances(reading.instances, imageId), reading.issues, now);
  }
};

/**
 * While an update runs: has a node of the new AMI, once Ready, stopped being so? Nodes that never join are EKS's to find;
 * it gives up on them by itself.
 */
export const measureInFlight = (nodes: readonly NodeReading[], imageId: string): Measurement => {
  const fresh = nodes.filter((node) => node.imageId === imageId);
  const lost = fresh.filter((node) => !node.isReady && wasReady(node));
  if (fresh.length === 0) return { kind: 'nothing-to-measure' };
  if (lost.length === 0) return { kind: 'healthy', reason: `${fresh.length} new nodes (Kubernetes API)` };
  return {
    kind: 'unhealthy',
    reason: `${lost.length} of ${fresh.length} new nodes: ${few(lost.map((node) => `${node.name} is not Ready since ${node.readySince}`))} (Kubernetes API)`,
  };
};

const wasReady = (node: NodeReading): boolean => Date.parse(node.readySince) > Date.parse(node.createdAt);

/**
 * A node that comes and goes is seen Ready at most looks. What was so long ago is forgotten: a network has its moments, and
 * a doubt may last ten minutes after the bake.
 */
const flapWindowSeconds = 420;

const hasComeBack = ({ createdAt, readySince }: NodeReading, now: string): boolean =>
  secondsSince(createdAt, readySince) > joinGraceSeconds && secondsSince(readySince, now) < flapWindowSeconds;

const newInstances = (instances: readonly InstanceReading[], imageId: string): InstanceReading[] =>
  instances.filter((instance) => instance.imageId === imageId);

const byKubernetes = (
  nodes: readonly NodeReading[],
  instances: readonly InstanceReading[],
  now: string,
): Measurement => {
  const byInstance = new Map(nodes.map((node) => [node.instanceId, node]));
  const unhealthy: string[] = [];
  const starting: string[] = [];
  const flapping: string[] = [];
  for (const instance of instances) {
    const node = byInstance.get(instance.instanceId);
    const isYoung = secondsSince(instance.launchedAt, now) < joinGraceSeconds;
    if (node === undefined) {
      (isYoung ? starting : unhealthy).push(`${instance.instanceId} has not joined`);
    } else if (!node.isReady) {
      const since = `${node.name} is not Ready since ${node.readySince}`;
      (isYoung && !wasReady(node) ? starting : unhealthy).push(since);
    } else {
      const condition = badConditionOf(node);
      if (condition !== undefined) unhealthy.push(`${node.name} has ${condition}`);
      else if (hasComeBack(node, now))
        flapping.push(`${node.name} lost Ready, and has it again since ${node.readySince}`);
    }
  }
  const summary = summarise(instances.length, unhealthy, starting, 'Kubernetes API');
  if (summary.kind !== 'healthy' || flapping.length === 0) return summary;
  return { kind: 'doubtful', reason: `${few(flapping)} (Kubernetes API)` };
};

/** That are True on a healthy node (EKS user guide, node health); the kubelet's own, the pressures, are False. */
const goodConditions = [
  'KernelReady',
  'NetworkingReady',
  'StorageReady',
  'ContainerRuntimeReady',
  'AcceleratedHardwareReady',
];

/** A node may be Ready and say of itself that something is wrong. What it says nothing of is not held against it. */
const badConditionOf = ({ conditions }: NodeReading): string | undefined =>
  Object.entries(conditions)
    .map(([type, status]) => `${type}=${status}`)
    .find((condition) => {
      const [type = '', status] = condition.split('=');
      if (goodConditions.includes(type)) return status === 'False';
      return status === 'True' && (type.endsWith('Pressure') || type === 'NetworkUnavailable');
    });

const byAws = (instances: readonly InstanceReading[], issues: readonly string[], now: string): Measurement => {
  if (issues.length > 0) return { kind: 'unhealthy', reason: `EKS reports ${issues.join('; ')}` };
  const unhealthy: string[] = [];
  const starting: string[] = [];
  for (const instance of instances) {
    const isYoung = secondsSince(instance.launchedAt, now) < joinGraceSeconds;
    if (instance.isImpaired === true) unhealthy.push(`${instance.instanceId} fails its EC2 status checks`);
    else if (!instance.isInService) (isYoung ? starting : unhealthy).push(`${instance.instanceId} is not InService`);
  }
  return summarise(instances.length, unhealthy, starting, 'EKS, EC2 and Auto Scaling');
};

const summarise = (total: number, unhealthy: string[], starting: string[], witness: string): Measurement => {
  if (total === 0) return { kind: 'nothing-to-measure' };
  if (unhealthy.length > 0) {
    return { kind: 'unhealthy', reason: `${unhealthy.length} of ${total} new nodes: ${few(unhealthy)} (${witness})` };
  }
  if (starting.length > 0) return { kind: 'starting', reason: `${few(starting)} (${witness})` };
  return { kind: 'healthy', reason: `${total} of ${total} new nodes Ready (${witness})` };
};

/** The first three, and how many more. */
export const few = (items: readonly string[]): string =>
  items.length <= 3 ? items.join(', ') : `${items.slice(0, 3).join(', ')} and ${items.length - 3} more`;

/** Both ISO 8601. */
export const secondsSince = (instant: string, now: string): number => (Date.parse(now) - Date.parse(instant)) / 1000;
