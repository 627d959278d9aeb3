/**
 * What a rollout answers: to the person or machine that started it, in the execution's output or cause, and in the
 * ledger. The shape is a contract; see docs/answers.md.
 */
import type { Finding } from '../plan/finding.ts';

export const clusterOutcomes = ['UpToDate', 'Planned', 'Succeeded', 'RolledBack', 'Held', 'Refused', 'Failed'] as const;
export type ClusterOutcome = (typeof clusterOutcomes)[number];

export type NodeGroupOutcome =
  | 'Planned'
  | 'UpToDate'
  | 'Updated'
  | 'RolledBack'
  | 'Untouched'
  | 'Held'
  | 'Refused'
  | 'Failed';

/** The AMI of a node group: what is unknown is null. */
export interface AmiState {
  imageId: string | null;
  releaseVersion: string | null;
  /** Always a number as text, never `$Latest` or `$Default`. */
  launchTemplateVersion: string | null;
  /** Of a mixed group: how many instances run which image. */
  instances?: Record<string, number>;
}

export const unknownAmi: AmiState = { imageId: null, releaseVersion: null, launchTemplateVersion: null };

export interface NodeGroupAnswer {
  name: string;
  kind: string;
  outcome: NodeGroupOutcome;
  reason: string;
  from: AmiState;
  to: AmiState;
}

export interface Answer {
  outcome: ClusterOutcome;
  /** One sentence for a tired engineer. */
  reason: string;
  rolloutId: string;
  clusterName: string | null;
  nodeGroups: NodeGroupAnswer[];
  plan: { waves: string[][]; findings: Finding[] };
  /** Present when the answer was shortened to fit; the whole one is in the ledger. */
  truncated?: true;
  /** Of a shortened answer: how many findings there are of each code. */
  findingCounts?: Record<string, number>;
  /** Of a shortened answer: how many node groups there are of each outcome. */
  nodeGroupCounts?: Record<string, number>;
}

/** Outcomes that end the execution SUCCEEDED; the others end it FAILED, so that stock alarms work. */
export const endsWell = (outcome: ClusterOutcome): boolean =>
  outcome === 'UpToDate' || outcome === 'Planned' || outcome === 'Succeeded';

/** Worst first. `Untouched` and `Planned` never worsen a rollout. */
const severity: readonly { nodeGroup: NodeGroupOutcome; cluster: ClusterOutcome }[] = [
  { nodeGroup: 'Failed', cluster: 'Failed' },
  { nodeGroup: 'Held', cluster: 'Held' },
  { nodeGroup: 'RolledBack', cluster: 'RolledBack' },
  { nodeGroup: 'Refused', cluster: 'Refused' },
  { nodeGroup: 'Updated', cluster: 'Succeeded' },
];

/**
 * The cluster's outcome is the worst of its node groups. Refused means that nothing was changed, so a cluster where
 * something was is Held in its place.
 */
export const worstOutcome = (nodeGroups: readonly Pick<NodeGroupAnswer, 'outcome'>[]): ClusterOutcome => {
  const has = (outcome: NodeGroupOutcome): boolean => nodeGroups.some((each) => each.outcome === outcome);
  const worst = severity.find((each) => has(each.nodeGroup))?.cluster ?? 'UpToDate';
  return worst === 'Refused' && has('Updated') ? 'Held' : worst;
};
