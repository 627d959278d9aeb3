import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { eksClusters } from '../../adapters/aws/clusters.ts';
import { sfnExecutions } from '../../adapters/aws/executions.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerLeases, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { environment, hub } from '../environment.ts';
import { lambda, logger } from '../lambda.ts';
import { optInFromEnvironment } from '../opt-in.ts';
import { type ContinuePorts, type PlanStep, readSituation } from '../plan-step.ts';
import { continueRollout } from './continue-rollout.ts';

/** Ends, goes on with, or takes back a rollout that the ledger knows. */
export const continueRolloutWith =
  (ports: ContinuePorts) =>
  async (event: unknown): Promise<PlanStep> => {
    const read = readSituation(event, ports.hub);
    if ('refused' in read) return read.refused;
    const step = await continueRollout(ports, read.situation);
    logger.info('Planned', { underLease: read.situation.fence !== undefined, decision: step });
    return step;
  };

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const here = hub();
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  continueRolloutWith({
    hub: here,
    optIn: optInFromEnvironment(),
    clusters: eksClusters(here),
    nodeGroups: nodeGroupKinds(),
    autoScalingGroups: ec2AutoScalingGroups(),
    instances: ec2Instances(),
    andon: ssmAndon(PARAMETER_PREFIX),
    executions: sfnExecutions(),
    leases: ledgerLeases(ledger),
    rollouts: ledgerRollouts(ledger),
  }),
);
