import * as z from 'zod/mini';
import type { SurveyPorts } from '../adapters/survey.ts';
import type { Mode } from '../core/node-group/record.ts';
import type { ClusterOutcome } from '../core/outcome/answer.ts';
import type { OptIn } from '../core/plan/judge-cluster.ts';
import { parseRequest, type RolloutRequest } from '../core/plan/request.ts';
import type {
  Andon,
  Clusters,
  Executions,
  Inspections,
  LastGoodPolicy,
  Leases,
  PolicyDocument,
  Rollouts,
} from '../core/ports.ts';
import { childName, type WaveStart } from '../core/rollout/after-wave.ts';
import { executionSchema, type Fence, fenceSchema } from './events.ts';
import type { LookPorts } from './node-group-look.ts';
import type { RememberedPorts } from './remembered-releases.ts';

/** What a new rollout and a further execution of one both need. */
export interface AnyPlanPorts {
  hub: { accountId: string; region: string };
  optIn: OptIn;
  clusters: Clusters;
  andon: Andon;
  leases: Leases;
  rollouts: Rollouts;
}

export interface PlanPorts extends AnyPlanPorts, SurveyPorts, RememberedPorts {
  policyDocument: PolicyDocument;
  lastGoodPolicy: LastGoodPolicy;
  inspections: Pick<Inspections, 'read'>;
  kubernetesRoleArn: string;
}

export interface ContinuePorts extends AnyPlanPorts, LookPorts {
  executions: Executions;
}

export const planEventSchema = z.object({
  /** The input of the execution, as it was given. */
  input: z.unknown(),
  execution: executionSchema,
  /** When it began, or began again after a wait. Nobody else's work is waited for too long from then on. */
  since: z.string(),
  /** Left out before the lease is taken. */
  fence: z.nullish(fenceSchema),
  now: z.string(),
});

/** The situation a plan is made in, or the answer to an input that cannot be read. */
export const readSituation = (
  event: unknown,
  hub: AnyPlanPorts['hub'],
): { situation: Situation } | { refused: PlanStep } => {
  const { input, execution, since, fence, now } = planEventSchema.parse(event);
  const parsed = parseRequest(input, hub);
  if ('mistakes' in parsed) return { refused: finishWith(execution.name, 'Refused', parsed.mistakes.join('; ')) };
  return { situation: { request: parsed.request, execution, since, fence: fence ?? undefined, now } };
};

export interface Situation {
  request: RolloutRequest;
  execution: z.output<typeof executionSchema>;
  /** When it began, or began again after a wait. */
  since: string;
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
  | { step: 'FinishRollout'; rolloutId: string; reason?: string };

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
  turn: number;
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
  { generation }: Pick<Fence, 'generation'>,
  start: WaveStart,
  maxConcurrent: number,
): StartNodeGroups => ({
  step: 'StartNodeGroups',
  rolloutId,
  wave: start.wave,
  mode: start.mode,
  again: start.again,
  turn: start.turn,
  maxConcurrent,
  nodeGroups: start.nodeGroups.map((nodeGroup) => ({
    nodeGroup,
    executionName: childName(
      { executionName: execution.name, redriveCount: execution.redriveCount, generation },
      start,
      nodeGroup,
    ),
  })),
});
