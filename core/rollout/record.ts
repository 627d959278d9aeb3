/** What the ledger holds of one rollout of one cluster. */
import type { ClusterKey } from '../cluster-key.ts';
import type { Answer } from '../outcome/answer.ts';
import type { RolloutPlan } from '../plan/plan-rollout.ts';
import type { RolloutRequest } from '../plan/request.ts';
import type { Settings } from '../policy/settings.ts';

export interface RolloutRecord {
  rolloutId: string;
  key: ClusterKey;
  /** The request that began it; `resume`, `rollBack` and `heal` are further executions of the same rollout. */
  request: RolloutRequest;
  /** ARN of the execution that works on it now, or worked on it last. */
  execution: string;
  /** The settings it was planned with stay in force until it is planned again. Null: nothing was planned. */
  settings: Settings | null;
  /** A person said that it may change things outside of the maintenance windows. */
  ignoresWindow: boolean;
  plan: RolloutPlan;
  status: 'planned' | 'running' | 'settled';
  /** What it waits for before it starts anything, and until when at the earliest; null: for nothing. */
  waiting: { reason: string; until: string } | null;
  answer: Answer | null;
  /** How often a dead execution of it was healed. */
  heals: number;
  startedAt: string;
  endedAt: string | null;
}
