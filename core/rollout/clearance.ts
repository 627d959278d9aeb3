/** May node groups be started now? Asked before the lease is taken, before each wave, and by each node group itself. */
import { type Approval, type ApprovalRules, type Control, pauseOf, stopOf } from '../control/control.ts';
import { isCovered, type PlanScope, planHash } from '../control/plan-scope.ts';
import { describeSeconds } from '../duration.ts';
import { type Calendar, type Fit, nextFit } from '../window/window.ts';

export interface ClearanceQuestion {
  /** A person said that it may be started outside of the windows. */
  ignoresWindow: boolean;
  calendar: Calendar;
  /** What would be started next, and how many minutes each is expected to take. */
  nodeGroups: readonly { name: string; minutes: number }[];
  now: string;
}

export type Clearance =
  | { clearance: 'go' }
  /** Nothing could be started; look again then. */
  | { clearance: 'wait'; seconds: number; reason: string }
  | { clearance: 'never'; reason: string };

/** A longer wait frees the lease, and what has been planned is planned again after it. */
export const longestWaitWithLeaseSeconds = 3600;

/** It goes on as soon as one of the node groups could start; each asks again for itself. */
export const clearanceOf = ({ ignoresWindow, calendar, nodeGroups, now }: ClearanceQuestion): Clearance => {
  if (ignoresWindow || nodeGroups.length === 0) return { clearance: 'go' };
  const instant = Date.parse(now);
  const fits = nodeGroups.map(({ name, minutes }) => ({ name, minutes, ...nextFit(calendar, instant, minutes) }));
  if (fits.some(({ fit }) => fit === 'now')) return { clearance: 'go' };
  const [first] = fits.filter(isLater).sort((a, b) => a.at - b.at);
  if (first === undefined)
    return { clearance: 'never', reason: `${fits.map(told).join('; ')}: no maintenance window is open for so long` };
  const seconds = Math.ceil((first.at - instant) / 1000);
  return {
    clearance: 'wait',
    seconds,
    reason: `${told(first)}, and the next maintenance window for it opens at ${new Date(first.at).toISOString()}, in ${describeSeconds(seconds)}`,
  };
};

const isLater = <Of extends Fit>(fit: Of): fit is Extract<Of, { fit: 'later' }> => fit.fit === 'later';

const told = ({ name, minutes }: { name: string; minutes: number }): string =>
  `${name} usually takes ${minutes} minute${minutes === 1 ? '' : 's'}`;

export interface RolloutQuestion extends ClearanceQuestion {
  control: Control;
  /** Null: nobody need approve it. */
  approval: ApprovalRules | null;
  /** What would still be changed. */
  scope: PlanScope;
}

export type RolloutClearance =
  | Exclude<Clearance, { clearance: 'wait' }>
  | { clearance: 'wait'; seconds: number; reason: string; asks?: Approval }
  /** A person said so. */
  | { clearance: 'end'; goesBack: boolean; reason: string };

/** Nobody knows when somebody says something; it is looked at again some time, and a word wakes it before. */
const longestPauseSeconds = 30 * 86_400;

/** People first, then the windows: what waits for its window is approved by then. */
export const clearanceOfRollout = (question: RolloutQuestion): RolloutClearance => {
  const { control } = question;
  const stop = stopOf(control);
  if (stop !== undefined) return { clearance: 'end', goesBack: control.end?.wish === 'roll-back', reason: stop };
  const pause = pauseOf(control);
  if (pause !== undefined) return { clearance: 'wait', seconds: longestPauseSeconds, reason: pause };
  return approvalOf(question) ?? clearanceOf(question);
};

const approvalOf = ({ control, approval: rules, scope, now }: RolloutQuestion): RolloutClearance | undefined => {
  if (rules === null) return undefined;
  const { approval } = control;
  if (approval?.state === 'approved' && isCovered(scope, approval.scope)) return undefined;
  if (approval?.state === 'rejected') {
    const { by, reason } = approval.answer ?? { by: 'somebody', reason: '' };
    return { clearance: 'never', reason: `its plan was rejected by ${by}: ${reason}` };
  }
  const hash = planHash(scope);
  if (approval?.state === 'asked' && approval.planHash === hash) {
    const left = Math.ceil((Date.parse(approval.expiresAt) - Date.parse(now)) / 1000);
    if (left <= 0) {
      return { clearance: 'never', reason: `nobody approved its plan ${hash} until ${approval.expiresAt}` };
    }
    return { clearance: 'wait', seconds: left, reason: waitsFor(hash) };
  }
  const asks: Approval = {
    state: 'asked',
    planHash: hash,
    scope,
    askedAt: now,
    expiresAt: new Date(Date.parse(now) + rules.expiresAfterSeconds * 1000).toISOString(),
    answer: null,
  };
  return { clearance: 'wait', seconds: Math.max(1, rules.expiresAfterSeconds), reason: waitsFor(hash), asks };
};

const waitsFor = (hash: string): string => `its plan ${hash} must be approved`;
