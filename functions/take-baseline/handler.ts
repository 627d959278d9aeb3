import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupInstances } from '../../adapters/aws/node-group-instances.ts';
import { nodeGroupKinds, ofKind } from '../../adapters/aws/node-group-kinds.ts';
import { AccessDenied } from '../../adapters/fault.ts';
import { kubernetesControllers } from '../../adapters/kubernetes/cluster-controllers.ts';
import { kubernetesNodes } from '../../adapters/kubernetes/cluster-nodes.ts';
import { kubernetesPods } from '../../adapters/kubernetes/cluster-pods.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { enoughLooks, mergeBaselines, takeBaseline } from '../../core/gate/baseline.ts';
import type { ControllerReading } from '../../core/gate/controllers.ts';
import { decidingGates } from '../../core/gate/gate-name.ts';
import { asksForBaseline, controllersOf } from '../../core/gate/measure-gates.ts';
import { gone } from '../../core/node-group/before-change.ts';
import type { NodeGroupRecord } from '../../core/node-group/record.ts';
import { type NodeGroupStep, settle } from '../../core/node-group/step.ts';
import type {
  ByKind,
  ClusterControllers,
  ClusterNodes,
  ClusterPods,
  NodeGroupInstances,
  NodeGroups,
  Rollouts,
} from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { connectionsFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { readRecord } from '../node-group-record.ts';

export interface BaselinePorts {
  nodeGroups: ByKind<NodeGroups>;
  instances: NodeGroupInstances;
  nodes: Pick<ClusterNodes, 'all'>;
  pods: Pick<ClusterPods, 'all'>;
  controllers: Pick<ClusterControllers, 'all'>;
  rollouts: Rollouts;
}

/** Looks at workloads and nodes before anything is changed, twice: what is sick then is not the new AMI's fault. */
export const takeBaselineWith =
  (ports: BaselinePorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, now } = nodeGroupEventSchema.parse(event);
    const { clusterName } = fence;
    const { value: record } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    if (!asksForBaseline(record)) return { step: 'SwapAmi' };
    const earlier = await ports.rollouts.readBaseline(rolloutId, nodeGroup);
    if (earlier !== null && earlier.looks >= enoughLooks) return { step: 'SwapAmi' };
    const reading = await ofKind(ports.nodeGroups, record).read(clusterName, nodeGroup);
    if (reading === null) return gone(record);
    const instances = new Set(
      (await ports.instances.read(reading.autoScalingGroups)).map(({ instanceId }) => instanceId),
    );
    try {
      const nodes = (await ports.nodes.all(clusterName)).filter(({ instanceId }) => instances.has(instanceId));
      const pods = await ports.pods.all(clusterName);
      const controllers = await readControllers(ports, clusterName, record);
      const seen = takeBaseline(pods, nodes, now, controllers);
      const baseline = earlier === null ? seen : mergeBaselines(earlier, seen);
      await ports.rollouts.writeBaseline(rolloutId, nodeGroup, baseline);
      const { looks, workloads } = baseline;
      logger.info('Looked at what was before', { nodeGroup, looks, workloads: Object.keys(workloads).length });
      if (looks >= enoughLooks) return { step: 'SwapAmi' };
      return {
        step: 'WaitForBaseline',
        seconds: 60,
        reason: 'what runs is looked at twice before anything is changed',
      };
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      if (record.rules.withoutKubernetes === 'aws-signals') return { step: 'SwapAmi' };
      return settle('Held', `was not begun, because its cluster cannot be read any more: ${error.message}`);
    }
  };

/** What a gate in dry run may not read is no reason not to begin. */
const readControllers = async (
  { controllers }: BaselinePorts,
  clusterName: string,
  { rules }: NodeGroupRecord,
): Promise<ControllerReading[]> => {
  const deciding = controllersOf(decidingGates(rules));
  const others = controllersOf(rules.gates).filter((kind) => !deciding.includes(kind));
  const found = deciding.length === 0 ? [] : await controllers.all(clusterName, deciding);
  if (others.length === 0) return found;
  try {
    return [...found, ...(await controllers.all(clusterName, others))];
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    logger.warn('What a gate in dry run compares with may not be read', { fault: error.message });
    return found;
  }
};

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));
const withApi = connectionsFromEnvironment();

export const handler = lambda(
  takeBaselineWith({
    nodeGroups: nodeGroupKinds(),
    instances: nodeGroupInstances(ec2AutoScalingGroups(), ec2Instances(), { withStatusChecks: false }),
    nodes: kubernetesNodes(withApi),
    pods: kubernetesPods(withApi),
    controllers: kubernetesControllers(withApi),
    rollouts: ledgerRollouts(ledger),
  }),
);
