import { type ClusterKey, formatClusterKey } from '../cluster-key.ts';
import type { Policy } from '../policy/policy.ts';

/** Where a spent release is spent: in the ring it failed in; a cluster that is in none stands for itself. */
export const spentScope = (ring: string | null, key: ClusterKey): string =>
  ring === null ? clusterScope(key) : `ring:${ring}`;

/** A release is spent for one cluster alone where a rollout of it was held without a failure of the release. */
export const clusterScope = (key: ClusterKey): string => `cluster:${formatClusterKey(key)}`;

/**
 * Where a release that this cluster may take must not be spent: in the cluster itself, in its ring, and in every ring
 * that goes before it, because a later ring takes only what passed in the earlier ones.
 */
export const spentScopes = (policy: Pick<Policy, 'rings'>, ring: string | null, key: ClusterKey): string[] => [
  clusterScope(key),
  ...ringScopes(policy, ring),
];

/** The same of no cluster in particular. */
export const ringScopes = (policy: Pick<Policy, 'rings'>, ring: string | null): string[] => {
  const scopes: string[] = [];
  let name = ring ?? undefined;
  // The policy refuses rings that wait for each other, so this ends.
  while (name !== undefined) {
    scopes.push(`ring:${name}`);
    const present: string = name;
    name = policy.rings.find((each) => each.name === present)?.after;
  }
  return scopes;
};
