import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod/mini';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { autoScalingDrainHooks } from '../../adapters/aws/drain-hooks.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { LedgerConflict } from '../../adapters/fault.ts';
import { kubernetesNodes } from '../../adapters/kubernetes/cluster-nodes.ts';
import { kubernetesDrain } from '../../adapters/kubernetes/node-drain.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerLeases, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import type { NodeReading } from '../../core/gate/nodes-ready.ts';
import { gone } from '../../core/node-group/before-change.ts';
import { applyDecision } from '../../core/node-group/decision.ts';
import {
  afterDrain,
  beganDrain,
  type Drain,
  type DrainAction,
  drainActions,
  drainHook,
  isOverdue,
  type LeavingNode,
  nodesAhead,
  notReadyYet,
} from '../../core/node-group/drain.ts';
import { imageFor, type NodeGroupRecord, openAttempt, withGroup } from '../../core/node-group/record.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import type { ClusterNodes, DrainHooks, Leases, NodeDrain, Rollouts } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { type Fence, nodeGroupEventSchema, stepOfLifecycleEvent } from '../events.ts';
import { requireLease, Superseded } from '../fence.ts';
import { connectionsFromEnvironment } from '../kubernetes.ts';
import { lambda, logger } from '../lambda.ts';
import { type LookPorts, lookAtNodeGroup, type Member, nodesOf } from '../node-group-look.ts';
import { readRecord } from '../node-group-record.ts';

export interface DrainPorts extends LookPorts {
  drain: NodeDrain;
  hooks: DrainHooks;
  leases: Leases;
  nodes: ClusterNodes;
  rollouts: Rollouts;
}

/**
 * Empties the nodes that leave a self-managed node group. It is a step of roll-out-node-group, which comes by anyway; the
 * event of an instance that begins to leave only shortens the wait, and may be lost, late or doubled.
 */
export const drainNodesWith =
  (ports: DrainPorts) =>
  async (event: unknown): Promise<NodeGroupStep | null> => {
    const step = stepOfLifecycleEvent(event);
    if (step === undefined) return drainRound(ports, nodeGroupEventSchema.parse(event));
    try {
      await drainRound(ports, step);
    } catch (error) {
      // Whoever holds the lease now, or writes at the same moment, does the same.
      if (!(error instanceof Superseded || error instanceof LedgerConflict)) throw error;
      logger.info('Left it to the rollout', { nodeGroup: step.nodeGroup, error: error.message });
    }
    return null;
  };

/** One round. What is to be done is read from the group and the cluster; doing it twice does no harm. */
const drainRound = async (
  ports: DrainPorts,
  { rolloutId, nodeGroup, fence, now }: z.output<typeof nodeGroupEventSchema>,
): Promise<NodeGroupStep> => {
  const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
  const { group } = record;
  if (group === null) throw new Error(`${nodeGroup} is no group that people run`);
  const { look, members } = await lookAtNodeGroup(ports, fence.clusterName, record);
  if (!look.isThere) return gone(record);
  const isAhead = look.leaving.length === 0 && group.drainsAhead && openAttempt(record) === undefined;
  const nodes = await readNodes(ports, fence.clusterName, record, members);
  const ids = isAhead ? ahead(record, members, nodes) : look.leaving;
  const notReady = isAhead ? [] : notReadyYet(record, members, 'fault' in nodes ? [] : nodes);

  await requireLease(ports.leases, fence);
  const drains: Record<string, Drain> = { ...group.drains };
  const open: string[] = [];
  const givenUp: string[] = [];
  for (const instanceId of ids) {
    const node = 'fault' in nodes ? undefined : nodes.find((each) => each.instanceId === instanceId);
    const present = drains[instanceId] ?? beganDrain(node?.name ?? null, now);
    const round = { drain: present, timeoutSeconds: record.rules.instanceRefresh.drainTimeoutSeconds, now };
    const leaving = await readLeaving(ports, fence.clusterName, { instanceId, node, nodes, waits: !isAhead });
    const actions: DrainAction[] =
      'fault' in leaving
        ? isOverdue(round)
          ? [{ do: 'retain', instanceId }]
          : [{ do: 'beat', instanceId }]
        : drainActions({ ...round, leaving, notReady });
    const { blocked, isReleased } = await carryOut(ports, fence, nodeGroup, actions);
    const isRetained = actions.some((action) => action.do === 'retain');
    drains[instanceId] = {
      ...present,
      beatAt: actions.some((action) => action.do === 'beat') ? now : present.beatAt,
      blocked: 'fault' in leaving ? { pod: 'of it', message: leaving.fault } : (blocked ?? present.blocked),
      isRetained: present.isRetained || isRetained,
    };
    const isDone = isReleased || (isAhead && actions.length === 0 && !isOverdue(round));
    if (!isDone) open.push(instanceId);
    if (isRetained || (isAhead && !isDone && isOverdue(round))) givenUp.push(instanceId);
  }
  const named = (instanceIds: readonly string[]) =>
    instanceIds.flatMap((instanceId) => {
      const drain = drains[instanceId];
      return drain === undefined ? [] : [{ instanceId, drain }];
    });
  const decision = afterDrain({
    record,
    open: named(open),
    givenUp: named(givenUp),
    notReady,
    isAhead,
    now,
  });
  const next = withGroup(applyDecision(record, decision, now), {
    drains,
    drainsAhead: isAhead ? decision.step.step === 'WaitForDrain' : group.drainsAhead,
  });
  await ports.rollouts.writeNodeGroup(rolloutId, next, revision);
  logger.info('Emptied nodes', { nodeGroup, leaving: ids, open, givenUp, notReady, ...decision.step });
  return decision.step;
};

/** What could not be read: the node waits on, and is neither taken for empty nor for stuck by its pods. */
interface Unreadable {
  fault: string;
}

const orFault = async <T>(read: () => Promise<T>): Promise<T | Unreadable> => {
  try {
    return await read();
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    logger.warn('A cluster could not be read while nodes are emptied', { fault });
    return { fault };
  }
};

const readNodes = (
  { nodes }: DrainPorts,
  clusterName: string,
  record: NodeGroupRecord,
  members: readonly Member[],
): Promise<NodeReading[] | Unreadable> => orFault(() => nodesOf(nodes, clusterName, record, members));

const readLeaving = async (
  { drain }: DrainPorts,
  clusterName: string,
  {
    instanceId,
    node,
    nodes,
    waits,
  }: { instanceId: string; node: NodeReading | undefined; nodes: NodeReading[] | Unreadable; waits: boolean },
): Promise<LeavingNode | Unreadable> => {
  if ('fault' in nodes) return nodes;
  if (node === undefined) return { instanceId, node: null, isCordoned: false, pods: [], waits };
  const pods = await orFault(() => drain.podsOn(clusterName, node.name));
  return 'fault' in pods ? pods : { instanceId, node: node.name, isCordoned: node.isCordoned, pods, waits };
};

/** Old instances that are emptied before the next refresh. */
const ahead = (record: NodeGroupRecord, members: readonly Member[], nodes: NodeReading[] | Unreadable): string[] => {
  const wanted = imageFor(record, record.direction);
  const cordoned = new Set(
    'fault' in nodes ? [] : nodes.filter((node) => node.isCordoned).map(({ instanceId }) => instanceId),
  );
  const old = members
    .filter(({ imageId, lifecycleState }) => imageId !== wanted && lifecycleState === 'InService')
    .map(({ instanceId }) => ({ instanceId, isCordoned: cordoned.has(instanceId) }));
  return nodesAhead(old, record.budget);
};

const carryOut = async (
  { drain, hooks }: DrainPorts,
  { clusterName }: Fence,
  group: string,
  actions: readonly DrainAction[],
): Promise<{ blocked: Drain['blocked']; isReleased: boolean }> => {
  let blocked: Drain['blocked'] = null;
  let isReleased = false;
  for (const action of actions) {
    switch (action.do) {
      case 'beat':
        await hooks.beat(group, drainHook, action.instanceId);
        break;
      case 'cordon':
        await drain.cordon(clusterName, action.node);
        break;
      case 'evict': {
        const { namespace, name } = action.pod;
        const kept = await orFault(async () => drain.evict(clusterName, action.pod));
        if (kept !== null) {
          blocked ??= { pod: `${namespace}/${name}`, message: 'fault' in kept ? kept.fault : kept.message };
        }
        break;
      }
      case 'release':
        await hooks.complete(group, drainHook, action.instanceId, 'CONTINUE');
        isReleased = true;
        break;
      case 'retain':
        await hooks.complete(group, drainHook, action.instanceId, 'ABANDON');
        break;
    }
  }
  return { blocked, isReleased };
};

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));
const withApi = connectionsFromEnvironment();

export const handler = lambda(
  drainNodesWith({
    autoScalingGroups: ec2AutoScalingGroups(),
    drain: kubernetesDrain(withApi),
    hooks: autoScalingDrainHooks(),
    instances: ec2Instances(),
    leases: ledgerLeases(ledger),
    nodeGroups: nodeGroupKinds(),
    nodes: kubernetesNodes(withApi),
    rollouts: ledgerRollouts(ledger),
  }),
);
