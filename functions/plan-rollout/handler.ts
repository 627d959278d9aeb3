import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { eksClusters } from '../../adapters/aws/clusters.ts';
import { ec2Images } from '../../adapters/aws/images.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { ec2LaunchTemplates } from '../../adapters/aws/launch-templates.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { ssmParameters } from '../../adapters/aws/parameters.ts';
import { ssmPolicyDocument } from '../../adapters/aws/policy-document.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerInspections,
  ledgerLastGoodPolicy,
  ledgerLeases,
  ledgerListings,
  ledgerPassedReleases,
  ledgerRollouts,
  ledgerSpentReleases,
} from '../../adapters/ledger/ledger.ts';
import { releaseListings } from '../../adapters/release-listings.ts';
import { environment, hub } from '../environment.ts';
import { lambda, logger } from '../lambda.ts';
import { optInFromEnvironment } from '../opt-in.ts';
import { type PlanPorts, type PlanStep, readSituation } from '../plan-step.ts';
import { planStart } from './plan-start.ts';

/** Plans a rollout, first to see whether there is anything to do, then under the lease, writing down the way back. */
export const planRolloutWith =
  (ports: PlanPorts) =>
  async (event: unknown): Promise<PlanStep> => {
    const read = readSituation(event, ports.hub);
    if ('refused' in read) return read.refused;
    const step = await planStart(ports, read.situation);
    logger.info('Planned', { underLease: read.situation.fence !== undefined, decision: step });
    return step;
  };

const { LEDGER_TABLE, PARAMETER_PREFIX, KUBERNETES_ROLE_ARN } = environment(
  'LEDGER_TABLE',
  'PARAMETER_PREFIX',
  'KUBERNETES_ROLE_ARN',
);
const here = hub();
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  planRolloutWith({
    hub: here,
    kubernetesRoleArn: KUBERNETES_ROLE_ARN,
    optIn: optInFromEnvironment(),
    clusters: eksClusters(here),
    nodeGroups: nodeGroupKinds(),
    launchTemplates: ec2LaunchTemplates(),
    autoScalingGroups: ec2AutoScalingGroups(),
    instances: ec2Instances(),
    images: ec2Images(),
    releases: releaseListings(ssmParameters(), ledgerListings(ledger, here.region)),
    inspections: ledgerInspections(ledger),
    policyDocument: ssmPolicyDocument(PARAMETER_PREFIX),
    lastGoodPolicy: ledgerLastGoodPolicy(ledger),
    andon: ssmAndon(PARAMETER_PREFIX),
    leases: ledgerLeases(ledger),
    rollouts: ledgerRollouts(ledger),
    passedReleases: ledgerPassedReleases(ledger),
    spentReleases: ledgerSpentReleases(ledger),
  }),
);
