import { AccessDenied } from '../adapters/fault.ts';
import type { GateReading } from '../core/gate/judge-gates.ts';
import { asksForBaseline, asksForPods, measureGates } from '../core/gate/measure-gates.ts';
import { type InstanceReading, measureNodesReady } from '../core/gate/nodes-ready.ts';
import type { NodeGroupRecord } from '../core/node-group/record.ts';
import type { ClusterNodes, ClusterPods, NodeGroupInstances, NodeGroupReading, Rollouts } from '../core/ports.ts';

export interface GatePorts {
  nodes: Pick<ClusterNodes, 'all'>;
  pods: Pick<ClusterPods, 'all'>;
  instancesWithStatusChecks: NodeGroupInstances;
  rollouts: Pick<Rollouts, 'readBaseline'>;
}

export interface GatesOf {
  rolloutId: string;
  clusterName: string;
  record: NodeGroupRecord;
  reading: Pick<NodeGroupReading, 'autoScalingGroups' | 'issues'>;
  instances: readonly InstanceReading[];
  now: string;
}

/** Reads every gate of a node group. What cannot be read is said to be missing. */
export const readGates = async (ports: GatePorts, of: GatesOf): Promise<GateReading[]> => {
  const { rolloutId, clusterName, record, instances, now } = of;
  try {
    const nodes = await ports.nodes.all(clusterName);
    const pods = asksForPods(record) ? await orFault(() => ports.pods.all(clusterName)) : null;
    const baseline = asksForBaseline(record) ? await ports.rollouts.readBaseline(rolloutId, record.name) : null;
    return measureGates(record, { nodes, instances, pods, baseline }, now);
  } catch (error) {
    return [{ gate: 'nodes-ready', measurement: await withoutKubernetes(ports, of, error) }];
  }
};

const withoutKubernetes = async (
  { instancesWithStatusChecks }: GatePorts,
  { record, reading, now }: GatesOf,
  error: unknown,
) => {
  if (!(error instanceof AccessDenied) || record.rules.withoutKubernetes !== 'aws-signals') {
    return { kind: 'missing', reason: reasonOf(error) } as const;
  }
  const instances = await instancesWithStatusChecks.read(reading.autoScalingGroups);
  const issues = reading.issues.map((issue) => `${issue.code}: ${issue.message}`);
  return measureNodesReady({ witness: 'aws', instances, issues }, record.to.imageId ?? '', now);
};

const orFault = async <T>(read: () => Promise<T>): Promise<T | { fault: string }> => {
  try {
    return await read();
  } catch (error) {
    return { fault: reasonOf(error) };
  }
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
