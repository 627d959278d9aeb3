import { surveyCluster } from '../../adapters/survey.ts';
import { recordOf } from '../../core/node-group/record.ts';
import type { ClusterOutcome } from '../../core/outcome/answer.ts';
import type { Finding } from '../../core/plan/finding.ts';
import { judgeCluster } from '../../core/plan/judge-cluster.ts';
import { planRollout, type RolloutPlan } from '../../core/plan/plan-rollout.ts';
import { isDone, planTheRest } from '../../core/plan/plan-the-rest.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { policyInForce } from '../../core/policy/policy-in-force.ts';
import { ringOf, type Settings, settingsFor } from '../../core/policy/settings.ts';
import { requireLease } from '../fence.ts';
import { finishWith, type PlanPorts, type PlanStep, type Situation, startNodeGroups } from '../plan-step.ts';
import { rememberedReleases } from '../remembered-releases.ts';

const emptyPlan: RolloutPlan = { nodeGroups: [], waves: [], findings: [] };

/** A plain start: is the cluster fit, what should its node groups run, and in which waves? */
export const planStart = async (ports: PlanPorts, situation: Situation): Promise<PlanStep> => {
  const { request, execution, since, fence, now } = situation;
  const rolloutId = execution.name;
  const { accountId, region, clusterName } = request;
  const former = fence === undefined ? null : await ports.rollouts.read(rolloutId);
  const records = fence === undefined ? [] : await ports.rollouts.readNodeGroups(rolloutId);
  const finish = async (outcome: ClusterOutcome, reason: string, plan: RolloutPlan): Promise<PlanStep> => {
    // Planned again in the middle: the ledger's records tell what became of it.
    if (records.some(isDone)) return { step: 'FinishRollout', rolloutId, reason };
    await writePlan(ports, situation, plan, null);
    return finishWith(rolloutId, outcome, reason);
  };

  const cluster = await ports.clusters.read(clusterName);
  const inForce = policyInForce(await ports.policyDocument.read(), await ports.lastGoodPolicy.read());
  if (inForce.policy === null) {
    const reason = `the policy document has mistakes and there is no good one from before: ${inForce.mistakes.join('; ')}`;
    return finish('Refused', reason, { ...emptyPlan, findings: [policyFinding(inForce.mistakes, 'refuse')] });
  }
  if (inForce.isNew) await ports.lastGoodPolicy.write(inForce.policy);
  const ring = cluster === null ? { ring: null } : ringOf(inForce.policy, cluster);
  const verdict = judgeCluster({
    request,
    cluster,
    ring,
    optIn: ports.optIn,
    isAndonOn: await ports.andon.isOn(),
    andonParameter: ports.andon.parameter,
    startedAt: since,
    now,
  });
  switch (verdict.verdict) {
    case 'wait':
      return { step: 'WaitBeforePlan', rolloutId, seconds: verdict.seconds, reason: verdict.reason };
    case 'hold':
      return finish('Held', verdict.reason, emptyPlan);
    case 'refuse': {
      const { message, fix } = verdict.finding;
      const reason = fix === undefined ? message : `${message} (${fix})`;
      return finish('Refused', reason, { ...emptyPlan, findings: [verdict.finding] });
    }
    case 'go':
      break;
  }
  if (cluster === null || 'conflict' in ring)
    throw new Error('a cluster that may go is there, and in one ring at most');

  const settings = settingsFor(inForce.policy, ring.ring);
  const survey = await surveyCluster(ports, cluster, inForce.policy, now);
  const inspection = await ports.inspections.read(rolloutId);
  if (inspection === null) {
    // It found no cluster or no policy a moment ago.
    return { step: 'WaitBeforePlan', rolloutId, seconds: 30, reason: `${clusterName} has not been looked at` };
  }
  const planned = planRollout({
    request,
    survey,
    inspection,
    kubernetesRoleArn: ports.kubernetesRoleArn,
    policy: inForce.policy,
    settings,
    remembered: await rememberedReleases(ports, survey, inForce.policy, settings),
    optIn: ports.optIn,
    startedAt: since,
    now,
  });
  switch (planned.step) {
    case 'Wait':
      return { step: 'WaitBeforePlan', rolloutId, seconds: planned.seconds, reason: planned.reason };
    case 'Finish':
      return finish(planned.outcome, planned.reason, withPolicyFinding(planned.plan, inForce));
    case 'RollOut':
      break;
  }
  const plan = planTheRest(withPolicyFinding(planned.plan, inForce), former?.value.plan ?? null, records);
  if (fence === undefined) {
    await writePlan(ports, situation, plan, settings);
    return { step: 'TakeLease', rolloutId, cluster: { accountId, region, clusterName } };
  }
  await requireLease(ports.leases, fence);
  await writeWayBack(ports, situation, plan, settings);
  const [first] = plan.waves;
  if (first === undefined) return { step: 'FinishRollout', rolloutId, reason: 'every wave has passed' };
  return startNodeGroups(
    rolloutId,
    execution,
    fence,
    { step: 'StartNodeGroups', wave: 0, mode: 'forward', nodeGroups: first, reason: planned.reason, again: 0, turn: 0 },
    settings.waves.maxConcurrentNodeGroups,
  );
};

/** The plan for whoever asks later; nothing has been changed yet. */
const writePlan = async (
  { rollouts }: PlanPorts,
  { request, execution, fence }: Situation,
  plan: RolloutPlan,
  settings: Settings | null,
): Promise<void> => {
  const present = await rollouts.read(execution.name);
  const { accountId, region, clusterName } = request;
  await rollouts.write(
    {
      rolloutId: execution.name,
      key: { accountId, region, clusterName },
      request,
      execution: execution.arn,
      settings,
      ignoresWindow: request.ignoreWindow,
      plan,
      status: fence === undefined || settings === null ? 'planned' : 'running',
      waiting: null,
      answer: null,
      heals: 0,
      startedAt: execution.startedAt,
      endedAt: null,
    },
    present?.revision ?? 0,
  );
};

/** Before the first change: where each node group comes from. A replay finds its own words there and leaves them. */
const writeWayBack = async (
  ports: PlanPorts,
  situation: Situation,
  plan: RolloutPlan,
  settings: Settings,
): Promise<void> => {
  const rolloutId = situation.execution.name;
  await writePlan(ports, situation, plan, settings);
  for (const planned of plan.nodeGroups) {
    if (planned.target === null) continue;
    const wave = plan.waves.findIndex((names) => names.includes(planned.name));
    const present = await ports.rollouts.readNodeGroup(rolloutId, planned.name);
    if (present !== null && isDone(present.value)) continue;
    await ports.rollouts.writeNodeGroup(
      rolloutId,
      recordOf(planned, planned.target, { wave, startedAt: situation.execution.startedAt }, settings),
      present?.revision ?? 0,
    );
  }
};

const withPolicyFinding = (plan: RolloutPlan, inForce: { policy: Policy; mistakes: string[] }): RolloutPlan =>
  inForce.mistakes.length === 0
    ? plan
    : { ...plan, findings: [...plan.findings, policyFinding(inForce.mistakes, 'warn')] };

const policyFinding = (mistakes: readonly string[], level: Finding['level']): Finding => ({
  code: 'policy-invalid',
  level,
  message: `the policy document has mistakes${level === 'warn' ? '; the last good one stays in force' : ''}: ${mistakes.join('; ')}`,
});
