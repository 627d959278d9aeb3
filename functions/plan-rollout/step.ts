import type * as z from 'zod/mini';
import type { SurveyPorts } from '../../adapters/survey.ts';
import type { Mode } from '../../core/node-group/record.ts';
import type { ClusterOutcome } from '../../core/outcome/answer.ts';
import type { OptIn } from '../../core/plan/judge-cluster.ts';
import type { RolloutRequest } from '../../core/plan/request.ts';
import type {
  Andon,
  ClusterNodes,
  ClusterPods,
  Clusters,
  Executions,
  LastGoodPolicy,
  Leases,
  PolicyDocument,
  Rollouts,
  SpentReleases,
} from '../../core/ports.ts';
import { childName, type WaveStart } from '../../core/rollout/after-wave.ts';
import type { executionSchema, Fence } from '../events.ts';

export interface PlanPorts extends SurveyPorts {
  hub: { accountId: string; region: string };
  optIn: OptIn;
  clusters: Clusters;
  policyDocument: PolicyDocument;
  lastGoodPolicy: LastGoodPolicy;
  andon: Andon;
  executions: Executions;
  leases: Leases;
  nodes: ClusterNodes;
  pods: Pick<ClusterPods, 'access'>;
  kubernetesRoleArn: string;
  rollouts: Rollouts;
  spentReleases: SpentReleases;
}

export interface Situation {
  request: RolloutRequest;
  execution: z.output<typeof executionSchema>;
  /** Set once the lease is held. */
  fence: Fence | undefined;
  now: string;
}

/** Where roll-out-cluster goes next. */
export type PlanStep =
  | { step: 'WaitBeforePlan'; rolloutId: string; seconds: number; reason: string }
  | { step: 'TakeLease'; rolloutId: string; cluster: ClusterTag }
  | StartNodeGroups
  | { step: 'FinishRollout'; rolloutId: string; outcome: ClusterOutcome; reason: string }
  /** What becomes of the rollout is in the ledger. */
  | { step: 'FinishRollout'; rolloutId: string };

interface ClusterTag {
  accountId: string;
  region: string;
  clusterName: string;
}

export interface StartNodeGroups {
  step: 'StartNodeGroups';
  rolloutId: string;
  wave: number;
  mode: Mode;
  again: number;
  maxConcurrent: number;
  nodeGroups: { nodeGroup: string; executionName: string }[];
}

export const finishWith = (rolloutId: string, outcome: ClusterOutcome, reason: string): PlanStep => ({
  step: 'FinishRollout',
  rolloutId,
  outcome,
  // An execution's payload is small; the whole reason is in the ledger.
  reason: reason.slice(0, 4000),
});

/** A wave as the machine needs it: each node group with the name of its child execution. */
export const startNodeGroups = (
  rolloutId: string,
  execution: Pick<Situation['execution'], 'name' | 'redriveCount'>,
  start: WaveStart,
  maxConcurrent: number,
): StartNodeGroups => ({
  step: 'StartNodeGroups',
  rolloutId,
  wave: start.wave,
  mode: start.mode,
  again: start.again,
  maxConcurrent,
  nodeGroups: start.nodeGroups.map((nodeGroup) => ({
    nodeGroup,
    executionName: childName({ executionName: execution.name, redriveCount: execution.redriveCount }, start, nodeGroup),
  })),
});
