import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { eksClusters } from '../../adapters/aws/clusters.ts';
import { cloudWatchAlarms } from '../../adapters/aws/health-alarms.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { lambdaChecks } from '../../adapters/aws/own-checks.ts';
import { ssmPolicyDocument } from '../../adapters/aws/policy-document.ts';
import { ec2Subnets } from '../../adapters/aws/subnets.ts';
import { kubernetesControllers } from '../../adapters/kubernetes/cluster-controllers.ts';
import { kubernetesEvictions } from '../../adapters/kubernetes/cluster-evictions.ts';
import { kubernetesNodes } from '../../adapters/kubernetes/cluster-nodes.ts';
import { kubernetesPods } from '../../adapters/kubernetes/cluster-pods.ts';
import { kubernetesProbePods } from '../../adapters/kubernetes/probe-pods.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerInspections, ledgerLastGoodPolicy } from '../../adapters/ledger/ledger.ts';
import { parseRequest } from '../../core/plan/request.ts';
import { policyInForce } from '../../core/policy/policy-in-force.ts';
import { ringOf, settingsFor } from '../../core/policy/settings.ts';
import type { Clusters, Inspections, LastGoodPolicy, PolicyDocument } from '../../core/ports.ts';
import { environment, hub } from '../environment.ts';
import { inspectEventSchema } from '../events.ts';
import { connectionsFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { inspect, type LookPorts } from './inspect.ts';

export interface InspectPorts extends LookPorts {
  hub: { accountId: string; region: string };
  clusters: Pick<Clusters, 'read'>;
  policyDocument: PolicyDocument;
  lastGoodPolicy: Pick<LastGoodPolicy, 'read'>;
  inspections: Inspections;
}

/**
 * Looks at a cluster before a plan of it is made, and writes down what it found for the plan. It judges no request: what
 * there is nothing to look at for, the plan refuses.
 */
export const inspectClusterWith =
  (ports: InspectPorts) =>
  async (event: unknown): Promise<{ findings: number }> => {
    const { input, execution, now } = inspectEventSchema.parse(event);
    const parsed = parseRequest(input, ports.hub);
    if ('mistakes' in parsed) return { findings: 0 };
    const { clusterName, nodeGroups: named } = parsed.request;
    const cluster = await ports.clusters.read(clusterName);
    const { policy } = policyInForce(await ports.policyDocument.read(), await ports.lastGoodPolicy.read());
    if (cluster === null || policy === null) return { findings: 0 };
    const ring = ringOf(policy, cluster);
    if ('conflict' in ring) return { findings: 0 };
    const inspection = await inspect(ports, clusterName, settingsFor(policy, ring.ring), { named, now });
    await ports.inspections.write(execution.name, inspection);
    const { findings, kubernetes, drainAccess } = inspection;
    logger.info('Inspected the cluster', {
      clusterName,
      kubernetes: kubernetes.access,
      drain: drainAccess?.access,
      findings: findings.map(({ code, nodeGroup }) => (nodeGroup === undefined ? code : `${code} ${nodeGroup}`)),
    });
    return { findings: findings.length };
  };

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const here = hub();
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));
const withApi = connectionsFromEnvironment();

export const handler = lambda(
  inspectClusterWith({
    hub: here,
    clusters: eksClusters(here),
    nodeGroups: nodeGroupKinds(),
    autoScalingGroups: ec2AutoScalingGroups(),
    subnets: ec2Subnets(),
    nodes: kubernetesNodes(withApi),
    pods: kubernetesPods(withApi),
    controllers: kubernetesControllers(withApi),
    evictions: kubernetesEvictions(withApi),
    alarms: cloudWatchAlarms(),
    ownChecks: lambdaChecks(),
    probePods: kubernetesProbePods(withApi),
    policyDocument: ssmPolicyDocument(PARAMETER_PREFIX),
    lastGoodPolicy: ledgerLastGoodPolicy(ledger),
    inspections: ledgerInspections(ledger),
  }),
);
