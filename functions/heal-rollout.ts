import type { Executions, Leases, Rollouts } from '../core/ports.ts';
import { decideHeal } from '../core/rollout/heal.ts';
import type { RolloutRecord } from '../core/rollout/record.ts';
import { logger } from './lambda.ts';

export interface HealPorts {
  executions: Executions;
  leases: Leases;
  rollouts: Rollouts;
  rollOutClusterArn: string;
}

/** Starts the execution that ends what a dead one began, if there is anything to end. */
export const healRollout = async (
  { executions, leases, rollouts, rollOutClusterArn }: HealPorts,
  rolloutId: string,
  occasion: string,
  startedBy: string,
): Promise<boolean> => {
  const rollout = (await rollouts.read(rolloutId))?.value ?? null;
  const holder = rollout === null ? 'ended' : await executions.status(rollout.execution);
  const verdict = decideHeal(rollout, holder, occasion, startedBy);
  logger.info('Asked whether to heal', { rolloutId, occasion, ...verdict });
  if (verdict.verdict === 'heal') {
    await executions.start(rollOutClusterArn, verdict.executionName, verdict.input);
    return true;
  }
  if (rollout?.status === 'settled' && holder === 'ended') {
    await freeStaleLease(executions, leases, rollout);
    await rollouts.unlist(rolloutId);
  }
  return false;
};

/** It ended in the ledger and died before it could free the lease and unlist itself. */
const freeStaleLease = async (
  executions: Executions,
  leases: Leases,
  { rolloutId, key }: RolloutRecord,
): Promise<void> => {
  const { value, revision } = await leases.read(key);
  if (value.rolloutId !== rolloutId || value.holder === null) return;
  if ((await executions.status(value.holder)) !== 'ended') return;
  await leases.write(key, { ...value, holder: null, rolloutId: null }, revision);
};
