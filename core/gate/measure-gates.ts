/** All health gates of a node group, measured at one moment. */
import type { NodeGroupRecord } from '../node-group/record.ts';
import { measureAllocatable } from './allocatable-kept.ts';
import type { Baseline } from './baseline.ts';
import type { GateReading } from './judge-gates.ts';
import type { Measurement } from './measurement.ts';
import { type InstanceReading, measureNodesReady, type NodeReading } from './nodes-ready.ts';
import { measurePodsRunning } from './pods-running.ts';
import type { WorkloadPod } from './workload-pod.ts';

/** What was read of a cluster for the gates of one node group. */
export interface ClusterReading {
  /** Of the whole cluster. */
  nodes: readonly NodeReading[];
  /** Of the node group. */
  instances: readonly InstanceReading[];
  /** Null: no gate asks for them. */
  pods: readonly WorkloadPod[] | Unread | null;
  baseline: Baseline | null;
}

/** It could not be read, and why. */
export interface Unread {
  fault: string;
}

/** Gates that look at pods, or at what pods can ask for. They need to know what was before. */
export const workloadGates = ['allocatable-kept', 'pods-running'] as const;

export const asksForPods = ({ rules }: Pick<NodeGroupRecord, 'rules'>): boolean => rules.gates.includes('pods-running');

export const asksForBaseline = ({ rules }: Pick<NodeGroupRecord, 'rules'>): boolean =>
  workloadGates.some((gate) => rules.gates.includes(gate));

export const measureGates = (
  { rules, to, startedAt }: Pick<NodeGroupRecord, 'rules' | 'to' | 'startedAt'>,
  { nodes, instances, pods, baseline }: ClusterReading,
  now: string,
): GateReading[] => {
  const imageOf = new Map(instances.map(({ instanceId, imageId }) => [instanceId, imageId]));
  const fresh = nodes.filter(({ instanceId }) => imageOf.get(instanceId) === to.imageId);
  const old = nodes.filter(({ instanceId }) => imageOf.has(instanceId) && imageOf.get(instanceId) !== to.imageId);
  // Whatever came since then may be on the new AMI as well, by an earlier wave.
  const wasThere = ({ createdAt }: NodeReading): boolean => Date.parse(createdAt) < Date.parse(startedAt);
  const untouched = nodes.filter((node) => !imageOf.has(node.instanceId) && wasThere(node));
  const measured: Record<string, () => Measurement> = {
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
  return [
    {
      gate: 'nodes-ready',
      measurement: measureNodesReady({ witness: 'kubernetes', nodes, instances }, to.imageId ?? '', now),
    },
    ...rules.gates.flatMap((gate) => {
      const measure = typeof gate === 'string' ? measured[gate] : undefined;
      return measure === undefined ? [] : [{ gate: String(gate), measurement: measure() }];
    }),
  ];
};

const namesOf = (nodes: readonly NodeReading[]): ReadonlySet<string> => new Set(nodes.map(({ name }) => name));
