import type { ClusterKey } from '../cluster-key.ts';
import type { ApprovalRules } from '../control/control.ts';
import { parseDuration } from '../duration.ts';
import { gateName } from '../gate/gate-name.ts';
import { parseReleaseSelector, type ReleaseSelector } from '../release/release-selector.ts';
import { matchesPattern } from './name-pattern.ts';
import {
  approvalDefaults,
  type Blackout,
  type ClusterSelector,
  type Gate,
  type MaintenanceWindow,
  type Policy,
  type Ring,
} from './policy.ts';

/** What of a cluster the rings look at. */
export interface RingCandidate {
  key: ClusterKey;
  tags: Readonly<Record<string, string>>;
}

/** What the policy says for one cluster. */
export interface Settings {
  /** Null: the cluster is in no ring; the top level of the document applies. */
  ring: string | null;
  /** The ring that comes before: only what passed there is taken. Null: none does. */
  after: string | null;
  /** How long a release must have been in that ring. */
  bakeBeforeSeconds: number;
  mode: 'roll-out' | 'observe';
  minimumReleaseAgeSeconds: number;
  denied: ReleaseSelector[];
  pinned: ReleaseSelector[];
  /** None: always open. */
  maintenanceWindows: MaintenanceWindow[];
  blackouts: Blackout[];
  /** Null: nobody is asked. */
  approval: ApprovalRules | null;
  waves: Policy['waves'];
  bakeTimeSeconds: number;
  /** Those that decide and, after them, those in dry run. */
  gates: Gate[];
  /** Names of gates that never decide. */
  dryRun: string[];
  onFailure: Policy['onFailure'];
  followers: Policy['followers'];
  sourceVersion: Policy['sourceVersion'];
  withoutKubernetes: Policy['withoutKubernetes'];
  deprecatedFormer: Policy['deprecatedFormer'];
  preflight: Policy['preflight'];
  instanceRefresh: RefreshSettings;
}

/** How an Auto Scaling group is refreshed. */
export interface RefreshSettings {
  minHealthyPercentage: number;
  maxHealthyPercentage: number;
  protectedInstances: 'refresh' | 'refuse';
  standbyInstances: 'ignore' | 'terminate';
  drainTimeoutSeconds: number;
}

/** The ring of a cluster: exactly one, none, or a conflict of two or more, which is refused. */
export type RingOfCluster = { ring: Ring | null } | { conflict: string[] };

export const ringOf = (policy: Policy, cluster: RingCandidate): RingOfCluster => {
  const rings = policy.rings.filter((ring) => matchesSelector(ring.clusters, cluster));
  if (rings.length > 1) return { conflict: rings.map((ring) => ring.name) };
  return { ring: rings[0] ?? null };
};

export const matchesSelector = (selector: ClusterSelector, { key, tags }: RingCandidate): boolean =>
  (selector.accounts?.includes(key.accountId) ?? true) &&
  (selector.regions?.includes(key.region) ?? true) &&
  (selector.names?.some((pattern) => matchesPattern(pattern, key.clusterName)) ?? true) &&
  Object.entries(selector.tags ?? {}).every(([name, value]) => tags[name] === value);

/** The document's settings for a cluster of this ring (null: of none). */
export const settingsFor = (policy: Policy, ring: Ring | null): Settings => ({
  ring: ring?.name ?? null,
  after: ring?.after ?? null,
  bakeBeforeSeconds: secondsOf(policy.rings.find(({ name }) => name === ring?.after)?.ringBakeTime ?? 'PT0S'),
  mode: ring?.mode ?? 'observe',
  minimumReleaseAgeSeconds: secondsOf(ring?.minimumReleaseAge ?? policy.minimumReleaseAge),
  denied: policy.denyReleases.map(selectorOf),
  pinned: policy.pinReleases.map(selectorOf),
  maintenanceWindows: ring?.maintenanceWindows ?? [],
  blackouts: [...policy.blackouts, ...(ring?.blackouts ?? [])],
  approval: approvalOf(ring),
  waves: policy.waves,
  bakeTimeSeconds: secondsOf(policy.bakeTime),
  gates: [...policy.gates, ...policy.dryRunGates],
  dryRun: policy.dryRunGates.map(gateName),
  onFailure: policy.onFailure,
  followers: policy.followers,
  sourceVersion: policy.sourceVersion,
  withoutKubernetes: policy.withoutKubernetes,
  deprecatedFormer: policy.deprecatedFormer,
  preflight: policy.preflight,
  instanceRefresh: refreshSettingsOf(policy),
});

const approvalOf = (ring: Ring | null): ApprovalRules | null => {
  if (ring === null || ring.approval === 'none') return null;
  const { required, expiresAfter, by, notTheStarter } = ring.approval === 'required' ? approvalDefaults : ring.approval;
  return required ? { by, notTheStarter, expiresAfterSeconds: secondsOf(expiresAfter) } : null;
};

const refreshSettingsOf = ({ instanceRefresh: { drainTimeout, ...rest } }: Policy): RefreshSettings => ({
  ...rest,
  drainTimeoutSeconds: secondsOf(drainTimeout),
});

/** The parameter of the customer's own that a node group takes its image from; null: the publisher's. */
export const goldenParameterOf = (policy: Policy, cluster: RingCandidate, nodeGroup: string): string | null =>
  policy.goldenParameters.find(
    (golden) =>
      (golden.clusters === undefined || matchesSelector(golden.clusters, cluster)) &&
      golden.nodeGroups.some((pattern) => matchesPattern(pattern, nodeGroup)),
  )?.parameter ?? null;

// The document was checked when it was read, so neither of these can fail on one.
const secondsOf = (text: string): number => {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new Error(`not a duration: ${text}`);
  return seconds;
};

const selectorOf = (text: string): ReleaseSelector => {
  const parsed = parseReleaseSelector(text);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.selector;
};
