import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { cloudWatchAlarms } from '../../adapters/aws/health-alarms.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupInstances } from '../../adapters/aws/node-group-instances.ts';
import { nodeGroupKinds, ofKind } from '../../adapters/aws/node-group-kinds.ts';
import { lambdaChecks } from '../../adapters/aws/own-checks.ts';
import { kubernetesControllers } from '../../adapters/kubernetes/cluster-controllers.ts';
import { kubernetesNodes } from '../../adapters/kubernetes/cluster-nodes.ts';
import { kubernetesPods } from '../../adapters/kubernetes/cluster-pods.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerControls, ledgerRecalls, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { judgeGates, whileItBakes, withProbes } from '../../core/gate/judge-gates.ts';
import { gone, movedAfterUpdate } from '../../core/node-group/before-change.ts';
import { afterRecall, applyDecision, askedBack, goBack } from '../../core/node-group/decision.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import type { ByKind, Controls, NodeGroupInstances, NodeGroups, Recalls, Rollouts } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { type GatePorts, readGates } from '../gate-readings.ts';
import { connectionsFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { configuredVersionOf } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';

export interface EvaluatePorts extends GatePorts {
  nodeGroups: ByKind<NodeGroups>;
  instances: NodeGroupInstances;
  controls: Controls;
  recalls: Recalls;
  rollouts: Rollouts;
}

/** Reads the health gates of an updated node group, and says: bake on, finished, back, or hold. */
export const evaluateHealthGatesWith =
  (ports: EvaluatePorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, now } = nodeGroupEventSchema.parse(event);
    const { clusterName } = fence;
    const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const reading = await ofKind(ports.nodeGroups, record).read(clusterName, nodeGroup);
    if (reading === null) return gone(record);
    const { status } = reading;
    const moved = movedAfterUpdate(record, { status, configuredVersion: configuredVersionOf(reading) });
    if (moved !== undefined) return moved;
    const recall = await ports.recalls.of(record.target.imageId);
    if (recall !== null) {
      const decision = whileItBakes(record, afterRecall(record, recall));
      await ports.rollouts.writeNodeGroup(rolloutId, applyDecision(record, decision, now), revision);
      logger.info('Its release was recalled', { nodeGroup, ...recall, ...decision.step });
      return decision.step;
    }
    const asked = askedBack(record, (await ports.controls.read(rolloutId)).value);
    if (asked !== undefined) {
      const decision = goBack(asked);
      await ports.rollouts.writeNodeGroup(rolloutId, applyDecision(record, decision, now), revision);
      logger.info('Asked to go back', { nodeGroup, ...decision.step });
      return decision.step;
    }
    const instances = await ports.instances.read(reading.autoScalingGroups);
    const readings = await readGates(ports, { rolloutId, cluster: fence, record, reading, instances, now });
    const updated = applyDecision(record, { step: { step: 'EvaluateHealthGates' } }, now);
    const {
      memory,
      hasPassed = false,
      ...judged
    } = judgeGates({
      readings,
      dryRun: record.rules.dryRun,
      memory: record.gates,
      isCanary: record.wave === 0,
      updatedAt: updated.updatedAt ?? now,
      bakeTimeSeconds: record.rules.bakeTimeSeconds,
      onFailure: record.rules.onFailure,
      now,
    });
    const decision = withProbes(whileItBakes(record, judged), readings);
    await ports.rollouts.writeNodeGroup(
      rolloutId,
      { ...applyDecision(updated, decision, now), gates: memory, hasPassed },
      revision,
    );
    logger.info('Evaluated the health gates', { nodeGroup, readings, ...decision.step });
    return decision.step;
  };

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));
const groups = ec2AutoScalingGroups();
const instances = ec2Instances();
const withApi = connectionsFromEnvironment();

export const handler = lambda(
  evaluateHealthGatesWith({
    nodeGroups: nodeGroupKinds(),
    nodes: kubernetesNodes(withApi),
    pods: kubernetesPods(withApi),
    controllers: kubernetesControllers(withApi),
    instances: nodeGroupInstances(groups, instances, { withStatusChecks: false }),
    instancesWithStatusChecks: nodeGroupInstances(groups, instances, { withStatusChecks: true }),
    alarms: cloudWatchAlarms(),
    ownChecks: lambdaChecks(),
    controls: ledgerControls(ledger),
    recalls: ledgerRecalls(ledger),
    rollouts: ledgerRollouts(ledger),
  }),
);
