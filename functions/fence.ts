import { holdsLease } from '../core/lease/lease.ts';
import type { Leases } from '../core/ports.ts';
import type { Fence } from './events.ts';

/** The execution lost the lease of its cluster: it must not change anything any more. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** Right before each change: is the lease still held, in the generation that was given? */
export const requireLease = async (leases: Leases, { holder, generation, ...key }: Fence): Promise<void> => {
  const { value } = await leases.read(key);
  if (holdsLease(value, holder, generation)) return;
  throw new Superseded(
    `superseded by ${value.rolloutId === null ? 'nobody: the lease was freed' : `rollout ${value.rolloutId} (${value.holder})`}`,
  );
};

/** Another rollout may work on the cluster from now on. Nothing happens where the lease is another's already. */
export const freeLease = async (leases: Leases, { holder, generation, ...key }: Fence): Promise<void> => {
  const { value, revision } = await leases.read(key);
  if (!holdsLease(value, holder, generation)) return;
  await leases.write(key, { ...value, holder: null, rolloutId: null }, revision);
};
