import { gone, type NodeGroupLook } from '../../core/node-group/before-change.ts';
import { beginAgain, type NodeGroupRecord, type Verdict } from '../../core/node-group/record.ts';
import { judgeCluster } from '../../core/plan/judge-cluster.ts';
import { planReturn } from '../../core/plan/plan-return.ts';
import { requireLease } from '../fence.ts';
import { lookAtNodeGroup } from '../node-group-look.ts';
import { type ContinuePorts, finishWith, type PlanStep, type Situation, startNodeGroups } from '../plan-step.ts';

/** A node group that was deleted since then is no loss, and must not stop the others. */
const forgetDeleted = async (
  { rollouts }: ContinuePorts,
  rolloutId: string,
  records: readonly NodeGroupRecord[],
  looks: Readonly<Record<string, NodeGroupLook>>,
): Promise<void> => {
  for (const { name, isGone } of records) {
    if (isGone || looks[name]?.isThere !== false) continue;
    const present = await rollouts.readNodeGroup(rolloutId, name);
    if (present === null) continue;
    const { reason } = gone(present.value);
    const ended = { ...present.value, outcome: 'Untouched' as const, reason, isGone: true };
    await rollouts.writeNodeGroup(rolloutId, ended, present.revision);
  }
};

/** heal, resume and rollBack: a further execution of a rollout that the ledger knows. */
export const continueRollout = async (ports: ContinuePorts, situation: Situation): Promise<PlanStep> => {
  const { request, execution, since, fence, now } = situation;
  const { accountId, region, clusterName } = request;
  const operation = request.heal !== undefined ? 'heal' : request.resume !== undefined ? 'resume' : 'rollBack';
  const rolloutId = request[operation] ?? '';
  const refuse = (reason: string): PlanStep => finishWith(rolloutId, 'Refused', reason);

  const found = await ports.rollouts.read(rolloutId);
  if (found === null || found.value.key.clusterName !== clusterName) {
    return refuse(`${operation}: the ledger knows no rollout ${rolloutId} of ${clusterName}`);
  }
  const rollout = found.value;
  const isRunning =
    rollout.status !== 'settled' &&
    rollout.execution !== execution.arn &&
    (await ports.executions.status(rollout.execution)) !== 'ended';
  if (isRunning) return refuse(`${operation}: rollout ${rolloutId} still runs (${rollout.execution})`);
  if (operation === 'heal' && rollout.status === 'settled' && rollout.execution !== execution.arn) {
    const ended = rollout.answer?.outcome ?? 'without an answer';
    return finishWith(
      rolloutId,
      'UpToDate',
      `heal: rollout ${rolloutId} has ended (${ended}); nothing is left to heal`,
    );
  }
  if (operation !== 'heal') {
    if (rollout.status !== 'settled' && rollout.execution !== execution.arn) {
      return refuse(
        `${operation}: rollout ${rolloutId} was stopped in the middle; heal it first: {"heal": "${rolloutId}"}`,
      );
    }
    const verdict = judgeCluster({
      request,
      cluster: await ports.clusters.read(clusterName),
      ring: { ring: null },
      optIn: ports.optIn,
      isAndonOn: await ports.andon.isOn(),
      andonParameter: ports.andon.parameter,
      startedAt: since,
      now,
    });
    if (verdict.verdict === 'refuse') return refuse(verdict.finding.message);
    if (verdict.verdict === 'hold') return finishWith(rolloutId, 'Held', verdict.reason);
    if (verdict.verdict === 'wait') {
      return { step: 'WaitBeforePlan', rolloutId, seconds: verdict.seconds, reason: verdict.reason };
    }
  }
  if (
    operation === 'resume' &&
    rollout.answer !== null &&
    rollout.answer.outcome !== 'Held' &&
    rollout.execution !== execution.arn
  ) {
    return refuse(`resume: rollout ${rolloutId} is not held; it ended ${rollout.answer.outcome}`);
  }
  if (fence === undefined) return { step: 'TakeLease', rolloutId, cluster: { accountId, region, clusterName } };

  await requireLease(ports.leases, fence);
  const records = await ports.rollouts.readNodeGroups(rolloutId);
  const looks: Record<string, NodeGroupLook> = {};
  if (operation !== 'heal') {
    for (const record of records) looks[record.name] = (await lookAtNodeGroup(ports, clusterName, record)).look;
  }
  await forgetDeleted(ports, rolloutId, records, looks);
  const planned = planReturn({ operation, records, looks, waves: rollout.plan.waves });
  const isReplay = rollout.execution === execution.arn;
  const taken = {
    ...rollout,
    execution: execution.arn,
    ignoresWindow: request.ignoreWindow,
    status: 'running' as const,
    waiting: null,
    answer: null,
    endedAt: null,
    heals: rollout.heals + (operation === 'heal' && !isReplay ? 1 : 0),
  };
  if (planned.step === 'Finish') {
    if (operation === 'heal') {
      await ports.rollouts.write(taken, found.revision);
      return { step: 'FinishRollout', rolloutId };
    }
    return finishWith(rolloutId, 'UpToDate', `${operation}: ${planned.reason}`);
  }
  const verdict: Verdict | null =
    planned.mode === 'back'
      ? { verdict: 'Asked', reason: `${request.startedBy} asked for it: ${request.reason}` }
      : null;
  for (const name of planned.waves.flat()) {
    const present = await ports.rollouts.readNodeGroup(rolloutId, name);
    if (present === null) continue;
    if (isReplay) continue;
    await ports.rollouts.writeNodeGroup(rolloutId, beginAgain(present.value, planned.mode, verdict), present.revision);
  }
  await ports.rollouts.write(
    {
      ...taken,
      plan: operation === 'heal' ? rollout.plan : { ...rollout.plan, waves: planned.waves },
    },
    found.revision,
  );
  const [first = []] = planned.waves;
  return startNodeGroups(
    rolloutId,
    execution,
    fence,
    {
      step: 'StartNodeGroups',
      wave: 0,
      mode: planned.mode,
      nodeGroups: first,
      reason: planned.reason,
      again: 0,
      turn: 0,
    },
    rollout.settings?.waves.maxConcurrentNodeGroups ?? 1,
  );
};
