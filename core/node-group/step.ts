import type { NodeGroupOutcome } from '../outcome/answer.ts';
import type { Direction } from './record.ts';

/** Where roll-out-node-group goes next. The tag is the name of the state, so that the machine only routes. */
export type NodeGroupStep =
  /** What runs is looked at before anything is changed. */
  | { step: 'TakeBaseline' }
  | { step: 'WaitForBaseline'; seconds: number; reason: string }
  | { step: 'SwapAmi' }
  /** A self-managed node group is made ready: pinned to a number, and with our lifecycle hook. */
  | { step: 'PrepareNodeGroup'; direction: Direction }
  | { step: 'DrainNodes'; reason: string }
  /** Nodes are emptied before the next refresh; they are looked at again after the wait. */
  | { step: 'WaitForDrain'; seconds: number; reason: string }
  | { step: 'UpdateNodeGroup'; direction: Direction; reason?: string }
  | { step: 'WaitForUpdate'; seconds: number; reason: string }
  | { step: 'WaitForOthers'; seconds: number; direction: Direction; reason: string }
  | { step: 'EvaluateHealthGates' }
  /** `probes`: what the gate `probe` put on new nodes is looked after before the gates are read again. */
  | { step: 'Bake'; seconds: number; reason: string; probes?: boolean }
  | Settle;

export interface Settle {
  step: 'SettleNodeGroup';
  /** `Deferred`: it may not be started now and has no outcome; its rollout starts it again later. */
  outcome: Extract<NodeGroupOutcome, 'Updated' | 'RolledBack' | 'Untouched' | 'Held' | 'Failed'> | 'Deferred';
  reason: string;
  /** The node group was deleted while the rollout ran. */
  isGone?: true;
}

export const settle = (outcome: Settle['outcome'], reason: string): Settle => ({
  step: 'SettleNodeGroup',
  outcome,
  reason,
});
