import { defaultPolicy, type Policy } from './policy.ts';

/** What was read of the policy document just now. */
export type PolicyReading = { policy: Policy; isWritten: boolean } | { mistakes: string[] };

/** The policy that counts. `observes`: without a valid document of its own nothing is changed automatically. */
export type PolicyInForce =
  | { policy: Policy; isWritten: boolean; mistakes: string[]; isNew: boolean }
  | { policy: null; mistakes: string[] };

/** A document with a mistake never replaces a good one: the last good one stays in force. */
export const policyInForce = (read: PolicyReading, lastGood: Policy | null): PolicyInForce => {
  if ('policy' in read) {
    if (!read.isWritten) return { policy: defaultPolicy, isWritten: false, mistakes: [], isNew: false };
    return { ...read, mistakes: [], isNew: JSON.stringify(read.policy) !== JSON.stringify(lastGood) };
  }
  if (lastGood === null) return { policy: null, mistakes: read.mistakes };
  return { policy: lastGood, isWritten: true, mistakes: read.mistakes, isNew: false };
};
