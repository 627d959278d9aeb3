import { formatClusterKey } from '../../core/cluster-key.ts';
import { type Control, noControl } from '../../core/control/control.ts';
import type { FleetRecord } from '../../core/fleet/fleet.ts';
import type { ScanRecord } from '../../core/fleet/scan.ts';
import type { Baseline } from '../../core/gate/baseline.ts';
import { freeLease, type Lease } from '../../core/lease/lease.ts';
import type { Pace } from '../../core/node-group/pace.ts';
import type { NodeGroupRecord } from '../../core/node-group/record.ts';
import type { Inspection } from '../../core/plan/inspection.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type {
  ApprovedReleases,
  Audit,
  AuditEntry,
  Controls,
  Fleets,
  Inspections,
  KeptListings,
  LastGoodPolicy,
  Leases,
  Observations,
  ObservedCluster,
  Paces,
  PassedReleases,
  Recalls,
  Revised,
  Rollouts,
  Scans,
  SpentReleases,
  Tokens,
  Told,
  VersionUsers,
} from '../../core/ports.ts';
import { type ApprovedRecord, noApproval } from '../../core/release/approved-release.ts';
import type { PassedRelease } from '../../core/release/passed-release.ts';
import type { Recall } from '../../core/release/recall.ts';
import type { KeptListing } from '../../core/release/release-listing.ts';
import type { SpentRelease } from '../../core/release/wanted-release.ts';
import type { RolloutRecord } from '../../core/rollout/record.ts';
import type { ItemKey, LedgerItems } from './items.ts';

/** Who holds a cluster. Lease and fence are one item, so that one conditional write decides. */
export const ledgerLeases = (items: LedgerItems): Leases => ({
  read: async (key) =>
    (await items.get<Lease>({ pk: clusterPartition(key), sk: 'LEASE' })) ?? { value: freeLease, revision: 0 },
  write: (key, lease, replaces) => items.put({ pk: clusterPartition(key), sk: 'LEASE' }, lease, replaces),
});

/** Rollouts and their node groups, and two lists of them: those that have not ended, and those of a cluster. */
export const ledgerRollouts = (items: LedgerItems): Rollouts => ({
  read: (rolloutId) => items.get<RolloutRecord>({ pk: rolloutPartition(rolloutId), sk: 'ROLLOUT' }),
  write: async (record, replaces) => {
    const { rolloutId, key, startedAt, status } = record;
    // Listed before it is written and unlisted after: an open rollout that is not listed could not be healed.
    if (status !== 'settled') await touch(items, { pk: openPartition, sk: rolloutId }, { rolloutId, startedAt });
    if (replaces === 0)
      await touch(items, { pk: clusterPartition(key), sk: `ROLLOUT#${startedAt}#${rolloutId}` }, rolloutId);
    await items.put({ pk: rolloutPartition(rolloutId), sk: 'ROLLOUT' }, record, replaces);
    if (status === 'settled') await items.delete({ pk: openPartition, sk: rolloutId });
  },
  readNodeGroups: (rolloutId) => items.query<NodeGroupRecord>(rolloutPartition(rolloutId), 'NODE_GROUP#'),
  readNodeGroup: (rolloutId, name) =>
    items.get<NodeGroupRecord>({ pk: rolloutPartition(rolloutId), sk: `NODE_GROUP#${name}` }),
  writeNodeGroup: (rolloutId, record, replaces) =>
    items.put({ pk: rolloutPartition(rolloutId), sk: `NODE_GROUP#${record.name}` }, record, replaces),
  readBaseline: async (rolloutId, nodeGroup) =>
    (await items.get<Baseline>({ pk: rolloutPartition(rolloutId), sk: `BASELINE#${nodeGroup}` }))?.value ?? null,
  writeBaseline: (rolloutId, nodeGroup, baseline) =>
    replace(items, { pk: rolloutPartition(rolloutId), sk: `BASELINE#${nodeGroup}` }, baseline),
  listOpen: () => items.query(openPartition, ''),
  unlist: (rolloutId) => items.delete({ pk: openPartition, sk: rolloutId }),
  listOf: (key, most) => items.query<string>(clusterPartition(key), 'ROLLOUT#', { newestFirst: true, most }),
});

export const ledgerInspections = (items: LedgerItems): Inspections => ({
  read: async (rolloutId) =>
    (await items.get<Inspection>({ pk: rolloutPartition(rolloutId), sk: 'INSPECTION' }))?.value ?? null,
  write: (rolloutId, inspection) => replace(items, { pk: rolloutPartition(rolloutId), sk: 'INSPECTION' }, inspection),
});

export const ledgerControls = (items: LedgerItems): Controls => ({
  read: async (rolloutId) =>
    (await items.get<Control>({ pk: rolloutPartition(rolloutId), sk: 'CONTROL' })) ?? { value: noControl, revision: 0 },
  write: (rolloutId, control, replaces) =>
    items.put({ pk: rolloutPartition(rolloutId), sk: 'CONTROL' }, control, replaces),
});

export const ledgerAudit = (items: LedgerItems): Audit => ({
  of: (rolloutId) => items.query<AuditEntry>(rolloutPartition(rolloutId), 'AUDIT#'),
  add: (rolloutId, entry) =>
    touch(items, { pk: rolloutPartition(rolloutId), sk: `AUDIT#${entry.at}#${entry.action}` }, entry),
});

/** In a table of its own, which only two functions may read. */
export const ledgerTokens = (items: LedgerItems): Tokens => ({
  read: async (rolloutId) => (await items.get<string>({ pk: rolloutPartition(rolloutId), sk: 'TOKEN' }))?.value ?? null,
  write: (rolloutId, token) => replace(items, { pk: rolloutPartition(rolloutId), sk: 'TOKEN' }, token),
});

export const ledgerTold = (items: LedgerItems): Told => ({
  last: async (key, type) =>
    (await items.get<string>({ pk: clusterPartition(key), sk: `TOLD#${type}` }))?.value ?? null,
  write: (key, type, foldedBy) => replace(items, { pk: clusterPartition(key), sk: `TOLD#${type}` }, foldedBy),
});

export const ledgerPaces = (items: LedgerItems): Paces => ({
  of: async (key) => {
    const paces = await items.query<Pace & { nodeGroup: string }>(clusterPartition(key), 'PACE#');
    return new Map(paces.map(({ nodeGroup, ...pace }) => [nodeGroup, pace]));
  },
  write: (key, nodeGroup, pace) =>
    replace(items, { pk: clusterPartition(key), sk: `PACE#${nodeGroup}` }, { nodeGroup, ...pace }),
});

export const ledgerSpentReleases = (items: LedgerItems): SpentReleases => ({
  of: async (scopes) =>
    (
      await Promise.all(scopes.map((scope) => items.query<SpentRelease & { variant: string }>(`SPENT#${scope}`, '')))
    ).flat(),
  inRing: async (ring, variant, imageId) =>
    (await items.get<SpentRelease>({ pk: `SPENT#ring:${ring}`, sk: `${variant}#${imageId}` }))?.value ?? null,
  add: (scope, spent) => touch(items, { pk: `SPENT#${scope}`, sk: `${spent.variant}#${spent.imageId}` }, spent),
});

export const ledgerPassedReleases = (items: LedgerItems): PassedReleases => ({
  in: async (ring, listing) =>
    (await items.query<PassedRelease>(`PASSED#${ring}`, `${listing}#`)).map(({ imageId, passedAt }) => ({
      imageId,
      passedAt,
    })),
  add: (ring, passed) => touch(items, { pk: `PASSED#${ring}`, sk: `${passed.listing}#${passed.imageId}` }, passed),
});

export const ledgerRecalls = (items: LedgerItems): Recalls => ({
  of: async (imageId) => (await items.get<Recall>({ pk: recallPartition, sk: imageId }))?.value ?? null,
  all: () => items.query<Recall>(recallPartition, ''),
  add: (recall) => touch(items, { pk: recallPartition, sk: recall.imageId }, recall),
  remove: (imageId) => items.delete({ pk: recallPartition, sk: imageId }),
});

const recallPartition = 'RECALL';

export const ledgerApprovedReleases = (items: LedgerItems): ApprovedReleases => ({
  read: async (parameter) =>
    (await items.get<ApprovedRecord>({ pk: 'APPROVED', sk: parameter })) ?? { value: noApproval, revision: 0 },
  write: (parameter, record, replaces) => items.put({ pk: 'APPROVED', sk: parameter }, record, replaces),
});

export const ledgerVersionUsers = (items: LedgerItems): VersionUsers => {
  const read = async (key: ItemKey): Promise<Revised<string[]>> =>
    (await items.get<string[]>(key)) ?? { value: [], revision: 0 };
  const change = async (templateId: string, version: string, to: (users: string[]) => string[]): Promise<string[]> => {
    const key = { pk: `TEMPLATE#${templateId}`, sk: `VERSION#${version}` };
    const { value, revision } = await read(key);
    const changed = to(value);
    if (changed.length !== value.length) await items.put(key, changed, revision);
    return changed;
  };
  return {
    of: async (templateId, version) => (await read({ pk: `TEMPLATE#${templateId}`, sk: `VERSION#${version}` })).value,
    add: async (templateId, version, user) => {
      await change(templateId, version, (users) => (users.includes(user) ? users : [...users, user].sort()));
    },
    remove: (templateId, version, user) =>
      change(templateId, version, (users) => users.filter((each) => each !== user)),
  };
};

export const ledgerFleets = (items: LedgerItems): Fleets => ({
  read: (rolloutId) => items.get<FleetRecord>({ pk: rolloutPartition(rolloutId), sk: 'FLEET' }),
  write: (record, replaces) => items.put({ pk: rolloutPartition(record.rolloutId), sk: 'FLEET' }, record, replaces),
});

export const ledgerObservations = (items: LedgerItems): Observations => ({
  write: (key, seen) => replace(items, { pk: clusterPartition(key), sk: 'OBSERVED' }, seen),
  read: async (key) => (await items.get<ObservedCluster>({ pk: clusterPartition(key), sk: 'OBSERVED' }))?.value ?? null,
});

export const ledgerScans = (items: LedgerItems): Scans => ({
  read: (scan) => items.get<ScanRecord>({ pk: 'SCAN', sk: `SCAN#${scan}` }),
  write: (record, replaces) => items.put({ pk: 'SCAN', sk: `SCAN#${record.scan}` }, record, replaces),
  found: (scan, behind) => replace(items, { pk: 'SCAN', sk: `BEHIND#${scan}` }, behind),
  behind: async (scan) => (await items.get<string[]>({ pk: 'SCAN', sk: `BEHIND#${scan}` }))?.value ?? [],
  finished: (at, summary) => replace(items, { pk: 'SCAN', sk: 'LAST' }, { at, ...summary }),
});

/** By Region: a release is published in each at its own time. */
export const ledgerListings = (items: LedgerItems, region: string): KeptListings => {
  const keyOf = (key: string): ItemKey => ({ pk: `RELEASES#${region}`, sk: key });
  return {
    read: (key) => items.get<KeptListing>(keyOf(key)),
    write: (key, listing, replaces) => items.put(keyOf(key), listing, replaces),
  };
};

export const ledgerLastGoodPolicy = (items: LedgerItems): LastGoodPolicy => ({
  read: async () => (await items.get<Policy>({ pk: 'POLICY', sk: 'LAST_GOOD' }))?.value ?? null,
  write: (policy) => replace(items, { pk: 'POLICY', sk: 'LAST_GOOD' }, policy),
});

/** Writes an item whatever stood there before: the newest word counts. */
const replace = async (items: LedgerItems, key: ItemKey, value: unknown): Promise<void> => {
  const present = await items.get<unknown>(key);
  await items.put(key, value, present?.revision ?? 0);
};

/** Writes an item that says one thing and never changes; being there already is as good. */
const touch = async (items: LedgerItems, key: ItemKey, value: unknown): Promise<void> => {
  const present = await items.get<unknown>(key);
  if (present === null) await items.put(key, value, 0);
};

const openPartition = 'OPEN';
const rolloutPartition = (rolloutId: string): string => `ROLLOUT#${rolloutId}`;
const clusterPartition = (key: Parameters<typeof formatClusterKey>[0]): string => `CLUSTER#${formatClusterKey(key)}`;
