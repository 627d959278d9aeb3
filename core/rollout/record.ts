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
  /** The settings it began with stay in force until it ends. Null until something is changed. */
  settings: Settings | null;
  plan: RolloutPlan;
  status: 'planned' | 'running' | 'settled';
  answer: Answer | null;
  /** How often a dead execution of it was healed. */
  heals: number;
  startedAt: string;
  endedAt: string | null;
}
