import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2LaunchTemplates } from '../../adapters/aws/launch-templates.ts';
import { nodeGroupKinds } from '../../adapters/aws/node-group-kinds.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerControls,
  ledgerLeases,
  ledgerRollouts,
  ledgerSpentReleases,
  ledgerVersionUsers,
} from '../../adapters/ledger/ledger.ts';
import { type Answer, clusterOutcomes, endsWell } from '../../core/outcome/answer.ts';
import { conclude, concludeEarly } from '../../core/outcome/conclude.ts';
import { shortenAnswer } from '../../core/outcome/shorten.ts';
import { clusterNameOf, parseRequest } from '../../core/plan/request.ts';
import type { Controls, Leases, Revised, Rollouts, SpentReleases } from '../../core/ports.ts';
import type { RolloutRecord } from '../../core/rollout/record.ts';
import { spentByHold } from '../../core/rollout/spent-by-hold.ts';
import { clusterScope } from '../../core/rollout/spent-scope.ts';
import { environment, hub } from '../environment.ts';
import { describeFailure, executionSchema, type Fence, failureSchema, fenceSchema } from '../events.ts';
import { freeLease, requireLease } from '../fence.ts';
import { lambda, logger } from '../lambda.ts';
import { removeUnusedVersions, type VersionPorts } from './remove-unused-versions.ts';

const eventSchema = z.object({
  input: z.unknown(),
  execution: executionSchema,
  rolloutId: z.string(),
  /** Set when there was nothing to do, or nothing may be done. */
  outcome: z.nullish(z.enum(clusterOutcomes)),
  /** Why the rollout ends here. */
  reason: z.nullish(z.string()),
  /** Set when a state before this one failed for good. */
  failure: z.nullish(failureSchema),
  /** Set when the lease was taken. */
  fence: z.nullish(fenceSchema),
  now: z.string(),
});
type FinishEvent = z.output<typeof eventSchema>;

export interface FinishPorts extends VersionPorts {
  hub: { accountId: string; region: string };
  controls: Controls;
  leases: Leases;
  rollouts: Rollouts;
  spentReleases: SpentReleases;
}

/** How the execution ends: with the answer as its output, or with its outcome as error and the answer as cause. */
type End = { step: 'RolloutSucceeded'; answer: Answer } | { step: 'RolloutFailed'; error: string; cause: string };

/** Writes down how the rollout ended, tidies up, frees the lease, and gives the answer. */
export const finishRolloutWith =
  (ports: FinishPorts) =>
  async (event: unknown): Promise<End> => {
    const finish = eventSchema.parse(event);
    const answer = await answerOf(ports, finish);
    logger.info('Finished the rollout', {
      rolloutId: answer.rolloutId,
      outcome: answer.outcome,
      reason: answer.reason,
    });
    const shortened = shortenAnswer(answer);
    if (endsWell(answer.outcome)) return { step: 'RolloutSucceeded', answer: shortened };
    return { step: 'RolloutFailed', error: answer.outcome, cause: JSON.stringify(shortened) };
  };

const answerOf = async (ports: FinishPorts, finish: FinishEvent): Promise<Answer> => {
  const { rolloutId, execution, failure, fence } = finish;
  const clusterName = clusterNameOf(finish.input);
  const fault = failure == null ? null : describeFailure(failure);
  if (failure?.Error === 'Superseded') {
    return concludeEarly({ outcome: 'Refused', reason: fault ?? 'superseded', rolloutId, clusterName });
  }
  const found = await ports.rollouts.read(rolloutId);
  const isOurs = found?.value.execution === execution.arn;
  // Listed as open, and then its record could not be written: there is nothing to heal.
  if (found === null) await ports.rollouts.unlist(rolloutId);
  if (found !== null && isOurs && found.value.status === 'settled' && found.value.answer !== null) {
    // It was written down, and this function died before the rest.
    await ports.rollouts.unlist(rolloutId);
    if (fence != null) await freeLease(ports.leases, fence);
    return found.value.answer;
  }
  const answer =
    found !== null && finish.outcome == null && fence != null
      ? await concluded(ports, finish, found, fence, fault)
      : concludeEarly({
          outcome: finish.outcome ?? 'Failed',
          reason: finish.reason ?? fault ?? 'it ended without saying why',
          rolloutId,
          clusterName,
          ...(isOurs ? { plan: found.value.plan } : {}),
        });
  // A further execution that never had the lease leaves the record of the rollout as it stands.
  if (isOurs && finish.outcome != null) {
    for (const spent of spentByHold(answer, found.value.plan)) {
      await ports.spentReleases.add(clusterScope(found.value.key), spent);
    }
  }
  if (found !== null && (isOurs || (finish.outcome == null && fence != null)))
    await settle(ports, found, finish, answer);
  if (isOurs) await forgetWishes(ports.controls, rolloutId);
  if (fence != null) await freeLease(ports.leases, fence);
  return answer;
};

/** Something was, or may have been, changed: the ledger's records tell what became of it. */
const concluded = async (
  ports: FinishPorts,
  { input, rolloutId, reason }: FinishEvent,
  found: Revised<RolloutRecord>,
  fence: Fence,
  fault: string | null,
): Promise<Answer> => {
  await requireLease(ports.leases, fence);
  const records = await ports.rollouts.readNodeGroups(rolloutId);
  const leftFindings = await removeUnusedVersions(ports, fence, records);
  const parsed = parseRequest(input, ports.hub);
  const { plan } = found.value;
  const answer = conclude({
    rolloutId,
    clusterName: fence.clusterName,
    plan: { ...plan, findings: [...plan.findings, ...leftFindings] },
    records,
    wasEnded: (await ports.controls.read(rolloutId)).value.end !== null,
    wasStopped: 'request' in parsed && parsed.request.heal !== undefined,
    fault,
    endedBecause: reason ?? null,
  });
  for (const spent of spentByHold(answer, plan)) await ports.spentReleases.add(clusterScope(fence), spent);
  return answer;
};

/** What people asked of it has been done, or cannot be any more; whoever resumes it begins anew. */
const forgetWishes = async (controls: Controls, rolloutId: string): Promise<void> => {
  const { value, revision } = await controls.read(rolloutId);
  if (value.pause === null && value.end === null) return;
  await controls.write(rolloutId, { ...value, pause: null, end: null }, revision);
};

const settle = (
  { rollouts }: FinishPorts,
  { value, revision }: Revised<RolloutRecord>,
  { execution, now }: FinishEvent,
  answer: Answer,
): Promise<void> =>
  rollouts.write(
    { ...value, execution: execution.arn, status: 'settled', waiting: null, answer, endedAt: now },
    revision,
  );

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  finishRolloutWith({
    hub: hub(),
    autoScalingGroups: ec2AutoScalingGroups(),
    controls: ledgerControls(ledger),
    launchTemplates: ec2LaunchTemplates(),
    leases: ledgerLeases(ledger),
    nodeGroups: nodeGroupKinds(),
    rollouts: ledgerRollouts(ledger),
    spentReleases: ledgerSpentReleases(ledger),
    versionUsers: ledgerVersionUsers(ledger),
  }),
);
