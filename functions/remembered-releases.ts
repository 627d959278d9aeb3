import type { RememberedReleases, SurveyedCluster } from '../core/plan/facts.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Settings } from '../core/policy/settings.ts';
import type { PassedReleases, SpentReleases } from '../core/ports.ts';
import { spentScopes } from '../core/rollout/spent-scope.ts';

export interface RememberedPorts {
  passedReleases: PassedReleases;
  spentReleases: SpentReleases;
}

/** What the ledger knows of the releases that a cluster may take. */
export const rememberedReleases = async (
  { passedReleases, spentReleases }: RememberedPorts,
  { cluster, listings }: SurveyedCluster,
  policy: Policy,
  { ring, after, bakeBeforeSeconds }: Pick<Settings, 'ring' | 'after' | 'bakeBeforeSeconds'>,
): Promise<RememberedReleases> => {
  const spent = await spentReleases.of(spentScopes(policy, ring, cluster.key));
  if (after === null) return { spent, passedBefore: null };
  const keys = Object.keys(listings);
  const passed = await Promise.all(keys.map(async (key) => [key, await passedReleases.in(after, key)] as const));
  return {
    spent,
    passedBefore: { ring: after, bakeSeconds: bakeBeforeSeconds, releases: Object.fromEntries(passed) },
  };
};
