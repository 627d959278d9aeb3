import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { askedOnce } from '../../adapters/asked-once.ts';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { batchesOf } from '../../adapters/aws/batches.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { eksClusters } from '../../adapters/aws/clusters.ts';
import { sfnExecutions } from '../../adapters/aws/executions.ts';
import { ec2Images } from '../../adapters/aws/images.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { lambdaInvocations } from '../../adapters/aws/invocations.ts';
import { ec2LaunchTemplates } from '../../adapters/aws/launch-templates.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { ssmParameters } from '../../adapters/aws/parameters.ts';
import { ssmPolicyDocument } from '../../adapters/aws/policy-document.ts';
import { TransientFault } from '../../adapters/fault.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerApprovedReleases,
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
import { readImagesOf, readReleasesOf } from '../../adapters/survey.ts';
import {
  afterLooks,
  beginScan,
  behindOf,
  type ClusterLook,
  clustersASlice,
  clustersSideBySide,
  finished,
  isThrough,
  leastMilliseconds,
  pauseBeforeTurnMilliseconds,
  type ScanRecord,
  withApprovable,
  withClusters,
  withoutClusters,
} from '../../core/fleet/scan.ts';
import { defaultPolicy, type Policy } from '../../core/policy/policy.ts';
import { policyInForce } from '../../core/policy/policy-in-force.ts';
import type {
  Andon,
  ApprovedReleases,
  Executions,
  Invocations,
  LastGoodPolicy,
  Parameters,
  PolicyDocument,
  Revised,
  Scans,
} from '../../core/ports.ts';
import { isApprovedParameter, type ParameterChange, scanScope } from '../../core/release/scan-trigger.ts';
import { environment, hub } from '../environment.ts';
import { type HealPorts, healRollout } from '../heal-rollout.ts';
import { type InvocationContext, lambda, logger } from '../lambda.ts';
import { optInFromEnvironment } from '../opt-in.ts';
import {
  judgeCluster,
  type LookAtClusterPorts,
  type LookQuestion,
  readCluster,
  type Surveyed,
} from './look-at-cluster.ts';
import type { SeenApprovable } from './see-approvable.ts';
import { type NewScan, parseTrigger } from './trigger.ts';

export interface DetectPorts extends LookAtClusterPorts, HealPorts {
  andon: Andon;
  policyDocument: PolicyDocument;
  lastGoodPolicy: LastGoodPolicy;
  executions: Executions;
  invocations: Invocations;
  scans: Scans;
  approved: Pick<ApprovedReleases, 'read'>;
  parameters: Pick<Parameters, 'read'>;
  parameterPrefix: string;
  startOnApproved: string;
  rollOutFleetArn: string;
  publishApprovedArn: string;
}

interface ScanAnswer {
  scan: string;
  clusters: number;
  behind: string[];
  unreadable: string[];
  started: string | null;
}

/**
 * Looks at every cluster: what it runs, what it should run; in slices, each an invocation of its own. The last one starts a
 * rollout of those that may be changed.
 */
export const detectReleasesWith =
  (ports: DetectPorts) =>
  async (event: unknown, context: InvocationContext): Promise<ScanAnswer> => {
    const trigger = parseTrigger(event);
    if (trigger.trigger !== 'slice') await healOpenRollouts(ports, trigger);
    const policy = await readPolicy(ports);
    const begun =
      trigger.trigger === 'slice' ? await ports.scans.read(trigger.scan) : await begin(ports, trigger, policy);
    if (begun === null) {
      logger.info('Nothing to scan', { ...trigger });
      return { scan: trigger.scan, clusters: 0, behind: [], unreadable: [], started: null };
    }
    if (begun.value.isFinished) return answerOf(begun.value);
    if (trigger.trigger === 'slice' && begun.value.turn > 0) await sleep(pauseBeforeTurnMilliseconds);
    const record = await lookAtSlice(ports, begun.value, policy, context);
    return isThrough(record)
      ? finish(ports, { value: record, revision: begun.revision })
      : goOn(ports, { value: record, revision: begun.revision }, context);
  };

/** The policy document in force; the default where there is none that can be read. */
const readPolicy = async ({ policyDocument, lastGoodPolicy }: DetectPorts): Promise<Policy> => {
  const inForce = policyInForce(await policyDocument.read(), await lastGoodPolicy.read());
  if (inForce.mistakes.length > 0) logger.error('The policy document has mistakes', { mistakes: inForce.mistakes });
  if (inForce.policy !== null && inForce.isNew) await lastGoodPolicy.write(inForce.policy);
  return inForce.policy ?? defaultPolicy;
};

/** Writes down what is to be looked at. A trigger that is told twice goes on with the same scan. Null: nothing. */
const begin = async (ports: DetectPorts, trigger: NewScan, policy: Policy): Promise<Revised<ScanRecord> | null> => {
  const { scans, parameterPrefix: prefix, startOnApproved } = ports;
  const scope =
    trigger.trigger === 'schedule'
      ? ({ scope: 'all', startedBy: 'schedule' } as const)
      : scanScope(trigger.changes, { policy, prefix, startOnApproved, ours: await oursAmong(ports, trigger.changes) });
  if (scope.scope === 'none') {
    logger.info('No scan is wanted', { scan: trigger.scan, reason: scope.reason });
    return null;
  }
  const present = await scans.read(trigger.scan);
  if (present !== null) return present;
  const value = beginScan(trigger, scope);
  await scans.write(value, 0);
  return { value, revision: 1 };
};

/** Approved parameters among these that hold what we wrote: their change is the echo of our own. */
const oursAmong = async (
  { approved, parameters, parameterPrefix }: DetectPorts,
  changes: readonly ParameterChange[],
): Promise<Set<string>> => {
  const names = changes.map(({ name }) => name).filter((name) => isApprovedParameter(name, parameterPrefix));
  const ours = new Set<string>();
  for (const [name, { value: present }] of names.length === 0 ? [] : await parameters.read(names)) {
    const { value, asked } = (await approved.read(name)).value;
    if (present === value?.imageId || present === asked?.imageId) ours.add(name);
  }
  return ours;
};

/** Which clusters there are, for the whole scan; unless AWS cannot say it just now, and has another turn. */
const withNames = async ({ clusters }: DetectPorts, record: ScanRecord): Promise<ScanRecord> => {
  if (record.left !== null) return record;
  try {
    return withClusters(record, await clusters.list());
  } catch (error) {
    const next = error instanceof TransientFault ? withoutClusters(record) : null;
    if (next === null) throw error;
    logger.warn('The clusters could not be listed', { scan: record.scan, error: String(error) });
    return next;
  }
};

/** So many clusters, or as many as the time allows, some side by side. */
const lookAtSlice = async (
  ports: DetectPorts,
  begun: ScanRecord,
  policy: Policy,
  context: InvocationContext,
): Promise<ScanRecord> => {
  const record = await withNames(ports, begun);
  if (record.left === null) return record;
  const once = askedOnce(ports);
  const approvable: SeenApprovable = new Map();
  const recalled = await ports.recalls.all();
  const question = { policy, parameters: record.parameters, now: record.at, recalled, approvable };
  const read: Surveyed[] = [];
  for (const few of batchesOf(record.left.slice(0, clustersASlice), clustersSideBySide)) {
    if (read.length > 0 && context.getRemainingTimeInMillis() < leastMilliseconds) break;
    read.push(...(await Promise.all(few.map((clusterName) => readCluster(once, clusterName, question)))));
  }
  await readTogether(once, read, question);
  const looks: (readonly [string, ClusterLook])[] = [];
  for (const few of batchesOf(read, clustersSideBySide)) {
    looks.push(
      ...(await Promise.all(
        few.map(async (each) => [each.clusterName, await judgeCluster(once, each, question)] as const),
      )),
    );
  }
  return withApprovable(afterLooks(record, looks), [...approvable.values()]);
};

/** What all need to know, in few calls. What fails here is asked for again by each cluster that needs it. */
const readTogether = async (
  once: DetectPorts,
  read: readonly Surveyed[],
  { policy, now }: LookQuestion,
): Promise<void> => {
  const surveys = read.flatMap((each) => ('survey' in each ? [each.survey] : []));
  try {
    await readImagesOf(once.images, surveys);
    await readReleasesOf(once, surveys, policy, now);
  } catch (error) {
    logger.warn('What the clusters have in common could not be read at once', { error: String(error) });
  }
};

const goOn = async (
  { scans, invocations }: DetectPorts,
  { value, revision }: Revised<ScanRecord>,
  { invokedFunctionArn }: InvocationContext,
): Promise<ScanAnswer> => {
  await scans.write(value, revision);
  await invocations.invokeLater(invokedFunctionArn, { trigger: 'slice', scan: value.scan });
  const answer = answerOf(value);
  logger.info('Scanned a slice', { ...answer, left: value.left?.length ?? null });
  return answer;
};

const finish = async (ports: DetectPorts, { value, revision }: Revised<ScanRecord>): Promise<ScanAnswer> => {
  const behind = behindOf(value);
  const started = behind.length > 0 ? await startFleet(ports, value.scan, behind, value.startedBy) : null;
  const answer = answerOf({ ...value, started });
  const { at, approvable } = value;
  if (approvable.length > 0) await ports.invocations.invokeLater(ports.publishApprovedArn, { at, approvable });
  await ports.scans.finished(value.at, { ...answer, behind: behind.length });
  await ports.scans.write(finished(value, started), revision);
  logger.info('Scanned', { ...answer });
  return answer;
};

const answerOf = (record: ScanRecord): ScanAnswer => ({
  scan: record.scan,
  clusters: record.clusters,
  behind: behindOf(record),
  unreadable: record.unreadable,
  started: record.started,
});

/** One rollout of the fleet at a time; what it does not reach is found again by the next scan. */
const startFleet = async (
  { andon, executions, scans, rollOutFleetArn }: DetectPorts,
  scan: string,
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
const healOpenRollouts = async (ports: DetectPorts, { at }: NewScan): Promise<void> => {
  for (const { rolloutId, startedAt } of await ports.rollouts.listOpen()) {
    await healRollout(ports, rolloutId, `scan ${at}`, 'event:heal');
    const isOld = Date.parse(at) - Date.parse(startedAt) > longestToWriteMilliseconds;
    if (isOld && (await ports.rollouts.read(rolloutId)) === null) await ports.rollouts.unlist(rolloutId);
  }
};

const {
  LEDGER_TABLE,
  PARAMETER_PREFIX,
  ROLL_OUT_FLEET_ARN,
  ROLL_OUT_CLUSTER_ARN,
  PUBLISH_APPROVED_ARN,
  START_ON_APPROVED,
} = environment(
  'LEDGER_TABLE',
  'PARAMETER_PREFIX',
  'ROLL_OUT_FLEET_ARN',
  'ROLL_OUT_CLUSTER_ARN',
  'PUBLISH_APPROVED_ARN',
  'START_ON_APPROVED',
);
const here = hub();
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  detectReleasesWith({
    optIn: optInFromEnvironment(),
    approved: ledgerApprovedReleases(ledger),
    parameters: ssmParameters(),
    parameterPrefix: PARAMETER_PREFIX,
    startOnApproved: START_ON_APPROVED,
    rollOutFleetArn: ROLL_OUT_FLEET_ARN,
    publishApprovedArn: PUBLISH_APPROVED_ARN,
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
    invocations: lambdaInvocations(),
    leases: ledgerLeases(ledger),
    rollouts: ledgerRollouts(ledger),
    spentReleases: ledgerSpentReleases(ledger),
    observations: ledgerObservations(ledger),
    passedReleases: ledgerPassedReleases(ledger),
    recalls: ledgerRecalls(ledger),
    scans: ledgerScans(ledger),
  }),
);
