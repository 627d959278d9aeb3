import type { Policy } from '../policy/policy.ts';
import type { Verdict } from './record.ts';
import { type NodeGroupStep, settle } from './step.ts';

export interface Decision {
  step: NodeGroupStep;
  /** Set when the node group shall not stay on the new AMI. It is recorded before anything else is done. */
  verdict?: Verdict;
}

/** What a verdict against the new AMI leads to. */
export const decideReturn = (verdict: Verdict, onFailure: Policy['onFailure']): Decision => {
  if (onFailure === 'hold') return { step: settle('Held', `${verdict.reason}; the policy says onFailure: hold`), verdict };
  return goBack(verdict);
};

/** Back to the former version; the verdict says why. */
export const goBack = (verdict: Verdict): Decision => ({
  step: { step: 'UpdateNodeGroup', direction: 'back', reason: verdict.reason },
  verdict,
});

