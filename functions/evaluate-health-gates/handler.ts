import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupInstances } from '../../adapters/aws/node-group-instances.ts';
import { nodeGroupKinds, ofKind } from '../../adapters/aws/node-group-kinds.ts';
import { AccessDenied } from '../../adapters/fault.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { judgeGate, whileItBakes } from '../../core/gate/judge-gate.ts';
import { measureNodesReady, type NodesReadyReading } from '../../core/gate/nodes-ready.ts';
import { gone } from '../../core/node-group/before-change.ts';
import { applyDecision } from '../../core/node-group/decision.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type {
  ByKind,
  ClusterNodes,
  NodeGroupInstances,
  NodeGroupReading,
  NodeGroups,
  Rollouts,
} from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { kubernetesNodesFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { nodesOf } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';

export interface GatePorts {
  nodeGroups: ByKind<NodeGroups>;
  nodes: ClusterNodes;
  instances: NodeGroupInstances;
  instancesWithStatusChecks: NodeGroupInstances;
  rollouts: Rollouts;
}

/** Reads the health gates of an updated node group, and says: bake on, finished, back, or hold. */
export const evaluateHealthGatesWith =
  (ports: GatePorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, now } = nodeGroupEventSchema.parse(event);
    const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const { rules } = record;
    const reading = await ofKind(ports.nodeGroups, record).read(fence.clusterName, nodeGroup);
    if (reading === null) return gone(record);
    const measurement = measureNodesReady(
      await readNodes(ports, fence.clusterName, reading, rules.withoutKubernetes),
      record.to.imageId ?? '',
      now,
    );
    const updated = applyDecision(record, { step: { step: 'EvaluateHealthGates' } }, now);
    const { memory, ...judged } = judgeGate({
      gate: 'nodes-ready',
      measurement,
      memory: record.gate,
      updatedAt: updated.updatedAt ?? now,
      bakeTimeSeconds: rules.bakeTimeSeconds,
      onFailure: rules.onFailure,
      now,
    });
    const decision = whileItBakes(record, judged);
    await ports.rollouts.writeNodeGroup(
      rolloutId,
      { ...applyDecision(updated, decision, now), gate: memory },
      revision,
    );
    logger.info('Evaluated the health gates', { nodeGroup, measurement, ...decision.step });
    return decision.step;
  };

const readNodes = async (
  { nodes, instances, instancesWithStatusChecks }: GatePorts,
  clusterName: string,
  { name, kind, autoScalingGroups, issues }: NodeGroupReading,
  withoutKubernetes: Policy['withoutKubernetes'],
): Promise<NodesReadyReading> => {
  try {
    const members = await instances.read(autoScalingGroups);
    return {
      witness: 'kubernetes',
      nodes: await nodesOf(nodes, clusterName, { name, kind }, members),
      instances: members,
    };
  } catch (error) {
    if (error instanceof AccessDenied && withoutKubernetes === 'aws-signals') {
      return {
        witness: 'aws',
        instances: await instancesWithStatusChecks.read(autoScalingGroups),
        issues: issues.map((issue) => `${issue.code}: ${issue.message}`),
      };
    }
    return { witness: 'none', reason: error instanceof Error ? error.message : String(error) };
  }
};

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));
const groups = ec2AutoScalingGroups();
const instances = ec2Instances();

export const handler = lambda(
  evaluateHealthGatesWith({
    nodeGroups: nodeGroupKinds(),
    nodes: kubernetesNodesFromEnvironment(),
    instances: nodeGroupInstances(groups, instances, { withStatusChecks: false }),
    instancesWithStatusChecks: nodeGroupInstances(groups, instances, { withStatusChecks: true }),
    rollouts: ledgerRollouts(ledger),
  }),
);
