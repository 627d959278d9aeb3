import { AccessDenied } from '../adapters/fault.ts';
import type { ClusterKey } from '../core/cluster-key.ts';
import { alarmsOf, functionsOf } from '../core/gate/gate-name.ts';
import type { GateReading } from '../core/gate/judge-gates.ts';
import {
  type AwsReading,
  asksForBaseline,
  asksForPods,
  controllersOf,
  measureGates,
  measureWithoutCluster,
  requestedAt,
} from '../core/gate/measure-gates.ts';
import type { Measurement } from '../core/gate/measurement.ts';
import { type InstanceReading, measureNodesReady, type NodeReading } from '../core/gate/nodes-ready.ts';
import type { CheckQuestion } from '../core/gate/own-check.ts';
import type { Unread } from '../core/gate/unread.ts';
import type { NodeGroupRecord } from '../core/node-group/record.ts';
import type {
  ClusterControllers,
  ClusterNodes,
  ClusterPods,
  HealthAlarms,
  NodeGroupInstances,
  NodeGroupReading,
  OwnChecks,
  Rollouts,
} from '../core/ports.ts';

export interface GatePorts {
  nodes: Pick<ClusterNodes, 'all'>;
  pods: Pick<ClusterPods, 'all'>;
  controllers: Pick<ClusterControllers, 'all'>;
  instancesWithStatusChecks: NodeGroupInstances;
  alarms: HealthAlarms;
  /** Null: a check of one's own is not asked now. */
  ownChecks: OwnChecks | null;
  rollouts: Pick<Rollouts, 'readBaseline'>;
}

export interface GatesOf {
  rolloutId: string;
  cluster: ClusterKey;
  record: NodeGroupRecord;
  /** Without Auto Scaling groups: instances come and go at this moment, and machines are not looked at. */
  reading: Pick<NodeGroupReading, 'autoScalingGroups' | 'issues'>;
  instances: readonly InstanceReading[];
  now: string;
}

/** Reads every gate of a node group. What cannot be read is said to be missing. */
export const readGates = async (ports: GatePorts, of: GatesOf): Promise<GateReading[]> => {
  const { rolloutId, cluster, record, instances, now } = of;
  let nodes: readonly NodeReading[];
  try {
    nodes = await ports.nodes.all(cluster.clusterName);
  } catch (error) {
    const nodesReady = await withoutKubernetes(ports, of, error);
    return measureWithoutCluster(record, nodesReady, await readAws(ports, of, []), now);
  }
  const pods = asksForPods(record) ? await orFault(() => ports.pods.all(cluster.clusterName)) : null;
  const kinds = controllersOf(record.rules.gates);
  const controllers =
    kinds.length === 0 ? null : await orFault(() => ports.controllers.all(cluster.clusterName, kinds));
  const baseline = asksForBaseline(record) ? await ports.rollouts.readBaseline(rolloutId, record.name) : null;
  return measureGates(record, { nodes, instances, pods, controllers, baseline }, await readAws(ports, of, nodes), now);
};

const readAws = async (ports: GatePorts, of: GatesOf, nodes: readonly NodeReading[]): Promise<AwsReading> => {
  const { record, reading } = of;
  const { gates } = record.rules;
  const alarms = alarmsOf(gates);
  return {
    machines:
      gates.includes('instances') && reading.autoScalingGroups.length > 0
        ? await orFault(async () => ({
            instances: await ports.instancesWithStatusChecks.read(reading.autoScalingGroups),
            issues: reading.issues,
          }))
        : null,
    alarms: alarms.length === 0 ? null : await orFault(() => ports.alarms.read(alarms, requestedAt(record))),
    checks: await askOwnChecks(ports, of, nodes),
  };
};

/** Side by side: each may take its time. */
const askOwnChecks = async (
  { ownChecks }: GatePorts,
  of: GatesOf,
  nodes: readonly NodeReading[],
): Promise<AwsReading['checks']> => {
  if (ownChecks === null) return null;
  const answers = functionsOf(of.record.rules.gates).map(
    async (arn) => [arn, await orFault(() => ownChecks.ask(arn, questionOf(of, nodes)))] as const,
  );
  return Object.fromEntries(await Promise.all(answers));
};

const questionOf = (
  { rolloutId, cluster: { accountId, region, clusterName }, record, instances, now }: GatesOf,
  nodes: readonly NodeReading[],
): CheckQuestion => {
  const names = new Map(nodes.map(({ instanceId, name }) => [instanceId, name]));
  const ami = ({ imageId, releaseVersion }: NodeGroupRecord['to']) => ({ imageId, releaseVersion });
  return {
    version: 1,
    rolloutId,
    accountId,
    region,
    clusterName,
    nodeGroup: record.name,
    since: requestedAt(record),
    now,
    from: ami(record.from),
    to: ami(record.to),
    nodes: instances
      .filter(({ imageId }) => imageId === record.to.imageId)
      .map(({ instanceId }) => ({ name: names.get(instanceId) ?? null, instanceId })),
  };
};

const withoutKubernetes = async (
  { instancesWithStatusChecks }: GatePorts,
  { record, reading, now }: GatesOf,
  error: unknown,
): Promise<Measurement> => {
  if (!(error instanceof AccessDenied) || record.rules.withoutKubernetes !== 'aws-signals') {
    return { kind: 'missing', reason: reasonOf(error) } as const;
  }
  const read = await orFault(() => instancesWithStatusChecks.read(reading.autoScalingGroups));
  if ('fault' in read) return { kind: 'missing', reason: read.fault };
  const issues = reading.issues.map((issue) => `${issue.code}: ${issue.message}`);
  return measureNodesReady({ witness: 'aws', instances: read, issues }, record.to.imageId ?? '', now);
};

const orFault = async <T>(read: () => Promise<T>): Promise<T | Unread> => {
  try {
    return await read();
  } catch (error) {
    return { fault: reasonOf(error) };
  }
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
