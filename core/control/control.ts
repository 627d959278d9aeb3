/** What people ask of a rollout that runs: to wait, to go on, to stop, to go back, and whether it may begin. */
import { createHash } from 'node:crypto';
import { matchesPattern } from '../policy/name-pattern.ts';
import type { PlanScope } from './plan-scope.ts';

/** Who said something, and why. */
export interface Word {
  /** ARN of whoever signed the request. */
  by: string;
  reason: string;
  /** ISO 8601. */
  at: string;
}

export interface Approval {
  state: 'asked' | 'approved' | 'rejected';
  /** Names the plan for whoever answers. */
  planHash: string;
  scope: PlanScope;
  askedAt: string;
  expiresAt: string;
  /** Null while it is asked. */
  answer: Word | null;
}

export interface Control {
  pause: Word | null;
  end: (Word & { wish: 'abort' | 'roll-back' }) | null;
  /** Null: it was not asked for. */
  approval: Approval | null;
}

export const noControl: Control = { pause: null, end: null, approval: null };

/** Who may answer, and for how long. */
export interface ApprovalRules {
  /** ARNs of roles, users or sessions, `*` standing for any text. */
  by: readonly string[];
  expiresAfterSeconds: number;
  /** Whoever started the rollout may not approve it. */
  notTheStarter: boolean;
}

export const actions = ['pause', 'resume', 'abort', 'roll-back', 'approve', 'reject'] as const;
export type Action = (typeof actions)[number];

export interface ControlQuestion {
  action: Action;
  reason: string;
  /** Of approve: the plan that was read. */
  planHash: string | null;
  caller: string;
  control: Control;
  /** Null: the ledger knows no such rollout. */
  rollout: { hasEnded: boolean; startedBy: string } | null;
  rules: ApprovalRules | null;
  now: string;
}

export type ControlVerdict =
  /** The same control when it had been asked for before. */
  { verdict: 'accepted'; control: Control; says: string } | { verdict: 'refused'; says: string };

export const decideControl = (question: ControlQuestion): ControlVerdict => {
  const { action, rollout, control, caller: by, reason, now: at } = question;
  if (rollout === null) return refused('the ledger knows no such rollout');
  if (rollout.hasEnded) return refused('it has ended; what has ended is resumed or rolled back by another execution');
  const word: Word = { by, reason, at };
  const { end } = control;
  switch (action) {
    case 'pause':
      if (end !== null) return refused(`it ends already: ${toldOf(end, end.wish)}`);
      if (control.pause !== null) return { verdict: 'accepted', control, says: toldOf(control.pause, 'pause') };
      return accepted({ ...control, pause: word }, 'nothing further is started until it is resumed');
    case 'resume':
      if (control.pause === null) return refused('it is not paused');
      return accepted({ ...control, pause: null }, 'it goes on');
    case 'abort':
      if (end?.wish === 'roll-back') return refused(`it goes back already: ${toldOf(end, end.wish)}`);
      if (end !== null) return { verdict: 'accepted', control, says: toldOf(end, 'abort') };
      return accepted({ ...control, end: { ...word, wish: 'abort' } }, 'nothing further is started; then it is held');
    case 'roll-back':
      if (end?.wish === 'roll-back') return { verdict: 'accepted', control, says: toldOf(end, 'roll-back') };
      return accepted(
        { ...control, end: { ...word, wish: 'roll-back' } },
        'nothing further is started; what was changed goes back',
      );
    case 'approve':
    case 'reject':
      return answerApproval(question, action, word);
  }
};

const answerApproval = (
  { control, planHash, rules, rollout, now }: ControlQuestion,
  action: 'approve' | 'reject',
  word: Word,
): ControlVerdict => {
  const { approval } = control;
  if (approval === null || rules === null) return refused('it asks for no approval');
  if (approval.answer !== null) {
    return refused(`it was ${approval.state} already: ${toldOf(approval.answer, approval.state)}`);
  }
  if (now >= approval.expiresAt) return refused(`it is too late: the request expired at ${approval.expiresAt}`);
  if (!rules.by.some((pattern) => namesOf(word.by).some((name) => matchesPattern(pattern, name)))) {
    return refused(`${word.by} may not answer; the policy names ${rules.by.join(', ')}`);
  }
  if (action === 'approve') {
    if (rules.notTheStarter && isStarter(word.by, rollout?.startedBy ?? '')) {
      return refused(`${word.by} started it, and the policy wants somebody else to approve it`);
    }
    if (planHash !== approval.planHash) {
      return refused(`the plan is ${approval.planHash}, not ${planHash ?? 'named'}; read it again`);
    }
  }
  const state = action === 'approve' ? 'approved' : 'rejected';
  return accepted({ ...control, approval: { ...approval, state, answer: word } }, `the plan is ${state}`);
};

/** A session is known by its own ARN and by its role's (IAM user guide, reference_identifiers); a role's path is not in it. */
const namesOf = (arn: string): string[] => {
  const session = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn);
  return session === null ? [arn] : [arn, `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`];
};

const isStarter = (caller: string, startedBy: string): boolean => startedBy === `cli:${caller}`.slice(0, 200);

/** Why nothing further may be started, or undefined. */
export const stopOf = ({ end }: Control): string | undefined => (end === null ? undefined : toldOf(end, end.wish));

/** Why nothing is started for now, or undefined. */
export const pauseOf = ({ pause }: Control): string | undefined =>
  pause === null ? undefined : toldOf(pause, 'pause');

const words: Readonly<Record<string, string>> = {
  pause: 'paused',
  abort: 'aborted',
  'roll-back': 'taken back',
  approved: 'approved',
  rejected: 'rejected',
};

const toldOf = ({ by, reason, at }: Word, word: string): string => `${words[word]} by ${by} at ${at}: ${reason}`;

const accepted = (control: Control, says: string): ControlVerdict => ({ verdict: 'accepted', control, says });
const refused = (says: string): ControlVerdict => ({ verdict: 'refused', says });

/** What the caller signs beside who they are: a signature is good for this request alone. */
export const requestHash = (request: {
  action: string;
  rolloutId: string;
  reason: string;
  planHash: string | null;
}): string => {
  const { action, rolloutId, reason, planHash } = request;
  return createHash('sha256')
    .update(JSON.stringify([action, rolloutId, reason, planHash]))
    .digest('hex');
};

/** The header that holds it, among those that are signed. */
export const requestHashHeader = 'x-eks-ami-rollout-request';
