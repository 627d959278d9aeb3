import { type ClusterKey, formatClusterKey } from '../cluster-key.ts';

/** Where a spent release is spent: in the ring it failed in; a cluster that is in none stands for itself. */
export const spentScope = (ring: string | null, key: ClusterKey): string =>
  ring === null ? `cluster:${formatClusterKey(key)}` : `ring:${ring}`;
