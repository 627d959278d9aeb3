import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { askedOnce } from '../../adapters/asked-once.ts';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { eksClusters } from '../../adapters/aws/clusters.ts';
import { sfnExecutions } from '../../adapters/aws/executions.ts';
import { ec2Images } from '../../adapters/aws/images.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { ec2LaunchTemplates } from '../../adapters/aws/launch-templates.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { ssmParameters } from '../../adapters/aws/parameters.ts';
import { ssmPolicyDocument } from '../../adapters/aws/policy-document.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerLastGoodPolicy,
  ledgerLeases,
  ledgerListings,
  ledgerObservations,
  ledgerPassedReleases,
  ledgerRecalls,
  ledgerRollouts,
  ledgerScans,
  ledgerSpentReleases,
} from '../../adapters/ledger/ledger.ts';
import { releaseListings } from '../../adapters/release-listings.ts';
import { clustersToStart, type LookedAt } from '../../core/fleet/behind.ts';
import { defaultPolicy } from '../../core/policy/policy.ts';
import { policyInForce } from '../../core/policy/policy-in-force.ts';
import type { Andon, Executions, LastGoodPolicy, PolicyDocument, Scans } from '../../core/ports.ts';
import { scanScope } from '../../core/release/scan-trigger.ts';
import { environment, hub } from '../environment.ts';
import { type HealPorts, healRollout } from '../heal-rollout.ts';
import { lambda, logger } from '../lambda.ts';
import { optInFromEnvironment } from '../opt-in.ts';
import { type LookAtClusterPorts, lookAtCluster } from './look-at-cluster.ts';
import { parseTrigger, type Trigger } from './trigger.ts';

export interface DetectPorts extends LookAtClusterPorts, HealPorts {
  andon: Andon;
  policyDocument: PolicyDocument;
  lastGoodPolicy: LastGoodPolicy;
  executions: Executions;
  scans: Scans;
  parameterPrefix: string;
  rollOutFleetArn: string;
}

interface ScanAnswer {
  scan: string;
  clusters: number;
  behind: string[];
  unreadable: string[];
  started: string | null;
}

/** Looks at every cluster: what it runs, what it should run. Starts a rollout of those that may be changed. */
export const detectReleasesWith =
  (ports: DetectPorts) =>
  async (event: unknown): Promise<ScanAnswer> => {
    const trigger = parseTrigger(event);
    await healOpenRollouts(ports, trigger);
    const inForce = policyInForce(await ports.policyDocument.read(), await ports.lastGoodPolicy.read());
    if (inForce.mistakes.length > 0) logger.error('The policy document has mistakes', { mistakes: inForce.mistakes });
    if (inForce.policy !== null && inForce.isNew) await ports.lastGoodPolicy.write(inForce.policy);
    const policy = inForce.policy ?? defaultPolicy;
    const scope =
      trigger.trigger === 'schedule'
        ? ({ scope: 'all', startedBy: 'schedule' } as const)
        : scanScope(trigger.changes, policy, ports.parameterPrefix);
    const answer: ScanAnswer = { scan: trigger.scan, clusters: 0, behind: [], unreadable: [], started: null };
    if (scope.scope === 'none') {
      logger.info('Nothing to scan', { ...trigger, reason: scope.reason });
      return answer;
    }

    const parameters = scope.scope === 'parameters' ? scope.parameters : null;
    const once = askedOnce(ports);
    const recalled = await ports.recalls.all();
    const found: LookedAt[] = [];
    for (const clusterName of await ports.clusters.list()) {
      const looked = await lookAtCluster(once, clusterName, { policy, parameters, now: trigger.at, recalled });
      answer.clusters += looked.look === 'not-concerned' ? 0 : 1;
      if (looked.look === 'unreadable') answer.unreadable.push(clusterName);
      if (looked.look === 'behind' || looked.look === 'waits') found.push(looked);
    }
    answer.behind = clustersToStart(found);
    if (answer.behind.length > 0) answer.started = await startFleet(ports, trigger, answer.behind, scope.startedBy);
    await ports.scans.finished(trigger.at, { ...answer, behind: answer.behind.length });
    logger.info('Scanned', { ...answer });
    return answer;
  };

/** One rollout of the fleet at a time; what it does not reach is found again by the next scan. */
const startFleet = async (
  { andon, executions, scans, rollOutFleetArn }: DetectPorts,
  { scan }: Trigger,
  behind: readonly string[],
  startedBy: string,
): Promise<string | null> => {
  if (await andon.isOn()) {
    logger.warn('The andon switch is on (or cannot be read); no rollout is started', { scan, behind });
    return null;
  }
  if (await executions.isRunning(rollOutFleetArn)) {
    logger.info('A rollout of the fleet runs already; none is started', { scan, behind });
    return null;
  }
  await scans.found(scan, behind);
  const { arn } = await executions.start(rollOutFleetArn, scan, { scan, startedBy });
  return arn;
};

/** A rollout that is listed and not written after so long never will be: no function lives that long. */
const longestToWriteMilliseconds = 3_600_000;

/** An event may be lost; the scan heals what it finds open. */
const healOpenRollouts = async (ports: DetectPorts, { at }: Trigger): Promise<void> => {
  for (const { rolloutId, startedAt } of await ports.rollouts.listOpen()) {
    await healRollout(ports, rolloutId, `scan ${at}`, 'event:heal');
    const isOld = Date.parse(at) - Date.parse(startedAt) > longestToWriteMilliseconds;
    if (isOld && (await ports.rollouts.read(rolloutId)) === null) await ports.rollouts.unlist(rolloutId);
  }
};

const { LEDGER_TABLE, PARAMETER_PREFIX, ROLL_OUT_FLEET_ARN, ROLL_OUT_CLUSTER_ARN } = environment(
  'LEDGER_TABLE',
  'PARAMETER_PREFIX',
  'ROLL_OUT_FLEET_ARN',
  'ROLL_OUT_CLUSTER_ARN',
);
const here = hub();
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  detectReleasesWith({
    optIn: optInFromEnvironment(),
    parameterPrefix: PARAMETER_PREFIX,
    rollOutFleetArn: ROLL_OUT_FLEET_ARN,
    rollOutClusterArn: ROLL_OUT_CLUSTER_ARN,
    clusters: eksClusters(here),
    nodeGroups: nodeGroupKinds(),
    launchTemplates: ec2LaunchTemplates(),
    autoScalingGroups: ec2AutoScalingGroups(),
    instances: ec2Instances(),
    images: ec2Images(),
    releases: releaseListings(ssmParameters(), ledgerListings(ledger, here.region)),
    andon: ssmAndon(PARAMETER_PREFIX),
    policyDocument: ssmPolicyDocument(PARAMETER_PREFIX),
    lastGoodPolicy: ledgerLastGoodPolicy(ledger),
    executions: sfnExecutions(),
    leases: ledgerLeases(ledger),
    rollouts: ledgerRollouts(ledger),
    spentReleases: ledgerSpentReleases(ledger),
    observations: ledgerObservations(ledger),
    passedReleases: ledgerPassedReleases(ledger),
    recalls: ledgerRecalls(ledger),
    scans: ledgerScans(ledger),
  }),
);
