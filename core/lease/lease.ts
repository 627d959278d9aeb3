/**
 * The lease: two rollouts never work on one cluster. It is held while its holder's execution lives, never by the clock
 * alone, and its generation fences off whoever lost it.
 */
export interface Lease {
  /** ARN of the execution that holds it; null when it is free. */
  holder: string | null;
  rolloutId: string | null;
  /** Grows with every change of holder. */
  generation: number;
}

export const freeLease: Lease = { holder: null, rolloutId: null, generation: 0 };

/** What DescribeExecution says of the holder. `unknown`: it could not be read, which means held. */
export type HolderStatus = 'alive' | 'ended' | 'unknown';

export interface LeaseQuestion {
  lease: Lease;
  /** The execution that asks. */
  asker: string;
  rolloutId: string;
  holder: HolderStatus;
  /** The rollout the lease was last taken for has ended in the ledger, too. */
  isHolderSettled: boolean;
}

export type LeaseVerdict =
  | { verdict: 'held-by-asker'; lease: Lease }
  | { verdict: 'take'; lease: Lease }
  | { verdict: 'refuse'; reason: string };

export const decideLease = (question: LeaseQuestion): LeaseVerdict => {
  const { lease, asker, rolloutId, holder, isHolderSettled } = question;
  if (lease.holder === asker) return { verdict: 'held-by-asker', lease };
  const taken: LeaseVerdict = {
    verdict: 'take',
    lease: { holder: asker, rolloutId, generation: lease.generation + 1 },
  };
  if (lease.holder === null) return taken;
  if (holder === 'unknown') {
    return {
      verdict: 'refuse',
      reason: `rollout ${lease.rolloutId} may still work on this cluster: ${lease.holder} cannot be read`,
    };
  }
  if (holder === 'alive')
    return { verdict: 'refuse', reason: `rollout ${lease.rolloutId} works on this cluster (${lease.holder})` };
  // Its execution is dead. Only the same rollout may go on with what it left, unless it had finished.
  if (isHolderSettled || lease.rolloutId === rolloutId) return taken;
  return {
    verdict: 'refuse',
    reason: `rollout ${lease.rolloutId} was stopped in the middle and is healed first; to heal it now, start with {"heal": "${lease.rolloutId}"}`,
  };
};

/** May a function that was given this generation still change anything? */
export const holdsLease = (lease: Lease, holder: string, generation: number): boolean =>
  lease.holder === holder && lease.generation === generation;
