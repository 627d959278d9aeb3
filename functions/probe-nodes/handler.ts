import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { kubernetesNodes } from '../../adapters/kubernetes/cluster-nodes.ts';
import { kubernetesProbePods } from '../../adapters/kubernetes/probe-pods.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerLeases, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { noProbes, type ProbeMemory, probeRound } from '../../core/gate/probe.ts';
import { probeOf, probeSelector } from '../../core/gate/probe-pod.ts';
import { gone } from '../../core/node-group/before-change.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import type { ClusterNodes, Leases, ProbePods, Rollouts } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { requireLease } from '../fence.ts';
import { connectionsFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { type LookPorts, lookAtNodeGroup } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';

export interface ProbePorts extends LookPorts {
  leases: Leases;
  nodes: Pick<ClusterNodes, 'all'>;
  probePods: Pick<ProbePods, 'list' | 'put' | 'remove'>;
  rollouts: Rollouts;
}

/** Requests that one round makes at most, so that it ends well before its Lambda does. The rest has the next round. */
const mostRequests = 200;

/**
 * One round of the gate `probe`: puts pods on new nodes, reads those that are there, and takes away what has ended. What it
 * could not do is written down, so that the gate says it is missing.
 */
export const probeNodesWith =
  (ports: ProbePorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, now } = nodeGroupEventSchema.parse(event);
    const { clusterName } = fence;
    const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const rules = probeOf(record.rules.gates);
    if (rules === null || record.variant?.startsWith('WINDOWS')) return { step: 'EvaluateHealthGates' };
    const { look, members } = await lookAtNodeGroup(ports, clusterName, record);
    if (!look.isThere) return gone(record);
    await requireLease(ports.leases, fence);
    const memory = record.probes ?? noProbes;
    const probes = await orFault(memory, async () => {
      const owner = { rolloutId, nodeGroup };
      const nodes = await ports.nodes.all(clusterName);
      const imageOf = new Map(members.map(({ instanceId, imageId }) => [instanceId, imageId]));
      const fresh = nodes.filter(({ instanceId }) => imageOf.get(instanceId) === record.to.imageId);
      const round = probeRound({
        owner,
        attempt: record.attempts.length,
        rules,
        fresh,
        // What came since then may be on the new AMI as well, by another node group.
        others: nodes.filter(
          (node) => !fresh.includes(node) && Date.parse(node.createdAt) < Date.parse(record.startedAt),
        ),
        pods: await ports.probePods.list(clusterName, rules.namespace, probeSelector(owner)),
        memory,
        now,
      });
      const { put, remove } = round;
      for (const name of remove.slice(0, mostRequests))
        await ports.probePods.remove(clusterName, rules.namespace, name);
      for (const pod of put.slice(0, mostRequests - remove.length)) await ports.probePods.put(clusterName, pod);
      return round.memory;
    });
    await ports.rollouts.writeNodeGroup(rolloutId, { ...record, probes }, revision);
    logger.info('Probed new nodes', { nodeGroup, ...probes });
    return { step: 'EvaluateHealthGates' };
  };

/** What was known stays known. */
const orFault = async (memory: ProbeMemory, run: () => Promise<ProbeMemory>): Promise<ProbeMemory> => {
  try {
    return await run();
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    logger.warn('New nodes could not be probed', { fault });
    return { ...memory, fault };
  }
};

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));
const withApi = connectionsFromEnvironment();

export const handler = lambda(
  probeNodesWith({
    autoScalingGroups: ec2AutoScalingGroups(),
    instances: ec2Instances(),
    leases: ledgerLeases(ledger),
    nodeGroups: nodeGroupKinds(),
    nodes: kubernetesNodes(withApi),
    probePods: kubernetesProbePods(withApi),
    rollouts: ledgerRollouts(ledger),
  }),
);
