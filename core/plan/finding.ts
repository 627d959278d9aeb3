/**
 * What a look at the cluster found before anything is changed. `refuse` stops the rollout (or only the node group it is
 * about), `warn` is told and goes on.
 */
export interface Finding {
  code: FindingCode;
  level: 'refuse' | 'warn';
  /** The node group it is about; left out when it is about the cluster. */
  nodeGroup?: string;
  /** One sentence: what is so, with the names a person needs. */
  message: string;
  /** What a person can do about it: a command where there is one. */
  fix?: string;
}

export type FindingCode =
  | 'cluster-not-found'
  | 'cluster-status'
  | 'not-opted-in'
  | 'tag-missing'
  | 'policy-invalid'
  | 'two-rings'
  | 'node-group-unknown'
  | 'node-group-status'
  | 'variant-unknown'
  | 'release-not-applicable'
  | 'release-denied'
  | 'release-recalled'
  | 'release-spent'
  | 'release-too-young'
  | 'release-unknown'
  | 'image-unusable'
  | 'image-unknown'
  | 'template-gone'
  | 'parameter-disagrees'
  | 'parameter-malformed'
  | 'no-way-back'
  | 'way-back-unproven'
  | 'latest-follower'
  | 'template-ahead'
  | 'owned-by-cloudformation'
  | 'template-versions'
  | 'no-canary'
  | 'no-kubernetes-access'
  | 'no-drain-access'
  | 'template-unusable'
  | 'not-pinned'
  | 'name-taken'
  | 'processes-suspended'
  | 'protected-instances'
  | 'standby-instances'
  | 'warm-pool'
  | 'weighted-capacity'
  | 'never-fits-window'
  | 'alarm-firing'
  | 'gate-not-read'
  | 'pdb-never-allows'
  | 'pdb-allows-nothing'
  | 'pdb-conflict'
  | 'single-replica'
  | 'bare-pod'
  | 'do-not-disrupt'
  | 'tolerates-everything'
  | 'no-room'
  | 'evictions-not-read'
  | 'no-free-addresses'
  | 'zone-without-room'
  | 'cannot-surge'
  | 'capacity-not-read'
  | 'andon'
  | 'version-left';

/** Is the finding about the cluster as a whole? */
export const concernsCluster = (finding: Finding): boolean => finding.nodeGroup === undefined;
