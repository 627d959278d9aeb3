/** Whether a rollout whose execution ended needs another execution that ends what it began. */
import { createHash } from 'node:crypto';
import type { HolderStatus } from '../lease/lease.ts';
import type { RolloutRecord } from './record.ts';

/** After so many tries in vain a dying execution starts no other; from then on only scans try, which are hours apart. */
export const mostHeals = 3;

/** The occasion of an event that told of a dead execution. */
export const eventOccasion = 'event';

export type HealVerdict =
  | { verdict: 'heal'; executionName: string; input: Record<string, string> }
  | { verdict: 'leave'; reason: string };

/**
 * @param occasion what made us look: an event, or a scan with its time. One occasion starts one execution for a dead one,
 * however often it is told: parent and children die together, and each raises an event.
 */
export const decideHeal = (
  rollout: RolloutRecord | null,
  holder: HolderStatus,
  occasion: string,
  startedBy: string,
): HealVerdict => {
  if (rollout === null) return leave('the ledger knows no such rollout; it changed nothing');
  if (rollout.status === 'settled') return leave('it has ended');
  if (holder === 'alive') return leave(`${rollout.execution} works on it`);
  if (holder === 'unknown') return leave(`${rollout.execution} cannot be read, so it counts as alive`);
  if (rollout.heals >= mostHeals && occasion === eventOccasion)
    return leave(`it was healed ${rollout.heals} times in vain; the next scan tries again`);
  const { rolloutId, key } = rollout;
  const hash = createHash('sha256').update(`${rolloutId} ${rollout.execution} ${occasion}`).digest('hex').slice(0, 12);
  return {
    verdict: 'heal',
    executionName: `heal-${rolloutId.slice(0, 60)}-${hash}`,
    input: { ...key, heal: rolloutId, startedBy },
  };
};

const leave = (reason: string): HealVerdict => ({ verdict: 'leave', reason });
