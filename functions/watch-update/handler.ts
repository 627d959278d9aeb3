import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { cloudWatchAlarms } from '../../adapters/aws/health-alarms.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupInstances } from '../../adapters/aws/node-group-instances.ts';
import { nodeGroupKinds, ofKind } from '../../adapters/aws/node-group-kinds.ts';
import { updateKinds } from '../../adapters/aws/update-kinds.ts';
import { kubernetesControllers } from '../../adapters/kubernetes/cluster-controllers.ts';
import { kubernetesEvictions } from '../../adapters/kubernetes/cluster-evictions.ts';
import { kubernetesNodes } from '../../adapters/kubernetes/cluster-nodes.ts';
import { kubernetesPods } from '../../adapters/kubernetes/cluster-pods.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerControls, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import type { ClusterKey } from '../../core/cluster-key.ts';
import { type GateReading, judgeInFlight } from '../../core/gate/judge-gates.ts';
import { type InstanceReading, measureInFlight, type NodeReading } from '../../core/gate/nodes-ready.ts';
import { afterUpdate, type UpdateLook } from '../../core/node-group/after-update.ts';
import type { NodeGroupLook } from '../../core/node-group/before-change.ts';
import { applyDecision, askedBack } from '../../core/node-group/decision.ts';
import type { BlockedPod } from '../../core/node-group/drain.ts';
import { type Attempt, endAttempt, type NodeGroupRecord, openAttempt } from '../../core/node-group/record.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import { meaningOf } from '../../core/node-group/update-errors.ts';
import { blockedPods } from '../../core/plan/evictions.ts';
import type { ByKind, ClusterEvictions, ClusterNodes, Controls, NodeGroupUpdates, Rollouts } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { type GatePorts, readGates } from '../gate-readings.ts';
import { connectionsFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { type LookPorts, lookAtNodeGroup, type Member } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';

export interface WatchPorts extends LookPorts, GatePorts {
  nodes: ClusterNodes;
  evictions: ClusterEvictions;
  controls: Controls;
  rollouts: Rollouts;
  updates: ByKind<NodeGroupUpdates>;
}

/** Looks at the update of a node group, and says where to go: wait, judge, ask again, or go back. */
export const watchUpdateWith =
  (ports: WatchPorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence, now } = nodeGroupEventSchema.parse(event);
    const { value: present, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const asked = askedBack(present, (await ports.controls.read(rolloutId)).value);
    const record = asked === undefined ? present : { ...present, verdict: asked };
    const attempt = await knownAttempt(ports, fence.clusterName, record);
    const update =
      attempt?.updateId == null
        ? null
        : await ofKind(ports.updates, record).readUpdate(fence.clusterName, nodeGroup, attempt.updateId);
    const isRunning = update?.status === 'InProgress';
    // While EKS works, the group is only looked at where a gate could fail in flight; the rest costs and tells nothing.
    const { look, members } =
      isRunning && record.group === null
        ? { look: beingUpdated, members: [] }
        : await lookAtNodeGroup(ports, fence.clusterName, record);
    const watched =
      isRunning && attempt?.direction === 'forward'
        ? await judgeNodes(ports, { rolloutId, cluster: fence, now }, record, members)
        : record;
    const blocked = await whoStays(ports, fence.clusterName, record, update);
    const hasJoined = await haveJoined(ports, fence.clusterName, record, update, look);
    const decision = afterUpdate({ record: watched, attempt, update, blocked, hasJoined, look, now });
    // An update that has failed is not over for us before the nodes that leave by it are empty.
    const isOver = update !== null && decision.step.step !== 'DrainNodes';
    const next = applyDecision(
      withEnd(watched, attempt, isOver || decision.drainsAhead ? update : null),
      decision,
      now,
    );
    if (next !== present) await ports.rollouts.writeNodeGroup(rolloutId, next, revision);
    logger.info('Looked at the update', {
      nodeGroup,
      update: attempt?.updateId,
      status: update?.status,
      ...decision.step,
    });
    return decision.step;
  };

/** Are the instances of the new image nodes, although EKS says that nodes did not join? */
const haveJoined = async (
  { nodes }: WatchPorts,
  clusterName: string,
  record: NodeGroupRecord,
  update: UpdateLook | null,
  look: NodeGroupLook,
): Promise<boolean> => {
  const { imageId } = record.to;
  const created = look.isThere && imageId !== null ? (look.instances[imageId] ?? 0) : 0;
  if (record.group !== null || update?.status !== 'Failed' || created === 0) return false;
  try {
    const ready = (await nodes.ofNodeGroup(clusterName, record.name)).filter((node) => node.isReady);
    return ready.filter((node) => node.imageId === imageId).length >= created;
  } catch (error) {
    logger.warn('Whether new nodes joined could not be read', { nodeGroup: record.name, error: String(error) });
    return false;
  }
};

/** Which pods kept an update of EKS from going on; EKS names their node at most. */
const whoStays = async (
  { nodes, evictions }: WatchPorts,
  clusterName: string,
  record: NodeGroupRecord,
  update: UpdateLook | null,
): Promise<BlockedPod[]> => {
  if (record.group !== null || update?.status !== 'Failed') return [];
  const named = update.errors.filter(({ code }) => meaningOf([code]) === 'pods').flatMap((error) => error.resourceIds);
  if (!update.errors.some(({ code }) => meaningOf([code]) === 'pods')) return [];
  try {
    const own = (await nodes.ofNodeGroup(clusterName, record.name)).map(({ name }) => name);
    const known = named.filter((name) => own.includes(name));
    const budgets = await evictions.budgets(clusterName);
    return blockedPods(known.length > 0 ? known : own, { pods: await evictions.pods(clusterName), budgets });
  } catch (error) {
    // That the update failed is known, and it is gone on with that.
    logger.warn('Which pods stay could not be read', { nodeGroup: record.name, error: String(error) });
    return [];
  }
};

const beingUpdated: NodeGroupLook = {
  isThere: true,
  status: 'UPDATING',
  configuredVersion: null,
  instances: {},
  leaving: [],
};

/** The attempt that is under way; if its execution died before it noted the update's id, EKS still knows the update. */
const knownAttempt = async (
  { updates }: WatchPorts,
  clusterName: string,
  record: NodeGroupRecord,
): Promise<Attempt | undefined> => {
  const attempt = openAttempt(record);
  if (attempt === undefined || attempt.updateId !== null) return attempt;
  const { version, requestedAt } = attempt;
  const updateId = await ofKind(updates, record).findUpdate(clusterName, record.name, version, requestedAt);
  return updateId === null ? undefined : { ...attempt, updateId };
};

const withEnd = (record: NodeGroupRecord, attempt: Attempt | undefined, update: UpdateLook | null): NodeGroupRecord => {
  if (attempt === undefined) return record;
  const isNew = openAttempt(record)?.updateId == null;
  const noted = isNew
    ? { ...record, attempts: record.attempts.map((each) => (each.number === attempt.number ? attempt : each)) }
    : record;
  if (update === null || update.status === 'InProgress' || update.status === 'Baking') return noted;
  return endAttempt(noted, attempt, update.status === 'TakenBack' ? 'Cancelled' : update.status);
};

/** EKS says on each of its nodes which image it runs. */
const instancesOf = (nodes: readonly NodeReading[]): InstanceReading[] =>
  nodes.flatMap(({ instanceId, imageId, createdAt }) =>
    imageId === null ? [] : [{ instanceId, imageId, launchedAt: createdAt, isInService: true, isImpaired: null }],
  );

const staying = (members: readonly Member[]): InstanceReading[] =>
  members
    .filter(({ lifecycleState }) => !lifecycleState.startsWith('Terminat'))
    .map(({ instanceId, imageId, launchedAt, lifecycleState }) => ({
      instanceId,
      imageId,
      launchedAt,
      isInService: lifecycleState === 'InService',
      isImpaired: null,
    }));

/** New nodes that are not as they should be: nothing else shall start, and what can be taken back is. */
const judgeNodes = async (
  ports: WatchPorts,
  { rolloutId, cluster, now }: { rolloutId: string; cluster: ClusterKey; now: string },
  record: NodeGroupRecord,
  members: readonly Member[],
): Promise<NodeGroupRecord> => {
  if (record.verdict !== null || record.to.imageId === null) return record;
  const readings = await readInFlight(ports, { rolloutId, cluster, now }, record, members);
  const { memory, verdict } = judgeInFlight(readings, record.gates, record.rules.dryRun);
  return readings.some(({ measurement }) => measurement.kind === 'unhealthy')
    ? { ...record, gates: memory, verdict: verdict ?? null }
    : record;
};

/** Nodes that never join EKS finds by itself; Auto Scaling knows nothing of nodes. */
const readInFlight = async (
  ports: WatchPorts,
  { rolloutId, cluster, now }: { rolloutId: string; cluster: ClusterKey; now: string },
  record: NodeGroupRecord,
  members: readonly Member[],
): Promise<GateReading[]> => {
  const reading = { autoScalingGroups: [], issues: [] };
  const read = (instances: readonly InstanceReading[]): Promise<GateReading[]> =>
    readGates(ports, { rolloutId, cluster, record, reading, instances, now });
  if (record.group !== null) return read(staying(members));
  try {
    const nodes = await ports.nodes.ofNodeGroup(cluster.clusterName, record.name);
    const nodesReady = { gate: 'nodes-ready', measurement: measureInFlight(nodes, record.to.imageId ?? '') };
    return [nodesReady, ...(await read(instancesOf(nodes))).filter(({ gate }) => gate !== 'nodes-ready')];
  } catch (error) {
    // The gates are read in earnest once the update has ended; until then a missing reading changes nothing.
    logger.warn('Nodes could not be read while the update runs', { nodeGroup: record.name, error: String(error) });
    return [];
  }
};

const groups = ec2AutoScalingGroups();
const instances = ec2Instances();
const withApi = connectionsFromEnvironment();
const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  watchUpdateWith({
    autoScalingGroups: groups,
    instances,
    instancesWithStatusChecks: nodeGroupInstances(groups, instances, { withStatusChecks: true }),
    nodeGroups: nodeGroupKinds(),
    nodes: kubernetesNodes(withApi),
    evictions: kubernetesEvictions(withApi),
    pods: kubernetesPods(withApi),
    controllers: kubernetesControllers(withApi),
    alarms: cloudWatchAlarms(),
    // What is asked of others is asked once the update has ended.
    ownChecks: null,
    controls: ledgerControls(ledger),
    rollouts: ledgerRollouts(ledger),
    updates: updateKinds(),
  }),
);
