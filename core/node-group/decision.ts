import { type Control, stopOf } from '../control/control.ts';
import type { Policy } from '../policy/policy.ts';
import { describeRecall, type Recall } from '../release/recall.ts';
import { type NodeGroupRecord, type Verdict, withGroup } from './record.ts';
import { type NodeGroupStep, settle } from './step.ts';

export interface Decision {
  step: NodeGroupStep;
  /** Set when the node group shall not stay on the new AMI. It is recorded before anything else is done. */
  verdict?: Verdict;
  /** Nodes are emptied before the next refresh. */
  drainsAhead?: true;
}

/** What a verdict against the new AMI leads to. */
export const decideReturn = (verdict: Verdict, onFailure: Policy['onFailure']): Decision => {
  if (onFailure === 'hold')
    return { step: settle('Held', `${verdict.reason}; the policy says onFailure: hold`), verdict };
  return goBack(verdict);
};

/** What was recalled does not stay, however healthy its nodes look. */
export const afterRecall = (record: NodeGroupRecord, recall: Recall): Decision =>
  decideReturn({ verdict: 'Failed', reason: describeRecall(recall) }, record.rules.onFailure);

/** A person asked for the way back while it goes forward. What fails by itself has said so before. */
export const askedBack = (record: NodeGroupRecord, control: Control): Verdict | undefined => {
  if (control.end?.wish !== 'roll-back' || record.verdict !== null || record.direction === 'back') return undefined;
  return { verdict: 'Asked', reason: stopOf(control) ?? 'it was asked for' };
};

/** Back to the former version; the verdict says why. */
export const goBack = (verdict: Verdict): Decision => ({
  step: { step: 'UpdateNodeGroup', direction: 'back', reason: verdict.reason },
  verdict,
});

/** The record as a decision leaves it. The same record when nothing in it changes. */
export const applyDecision = (record: NodeGroupRecord, decision: Decision, now: string): NodeGroupRecord => {
  const { step, verdict, drainsAhead } = decision;
  const judged = verdict === undefined || record.verdict !== null ? record : { ...record, verdict };
  const withVerdict = drainsAhead === true ? withGroup(judged, { drainsAhead }) : judged;
  // The bake counts from the moment the update was first seen to have ended.
  if (step.step === 'EvaluateHealthGates' && withVerdict.updatedAt === null) return { ...withVerdict, updatedAt: now };
  if (step.step === 'UpdateNodeGroup' && step.direction !== withVerdict.direction) {
    return { ...withVerdict, direction: step.direction };
  }
  return withVerdict;
};
