/** Where a node group goes after a look at its update. */
import { describeSeconds } from '../duration.ts';
import { gone, isWhollyOn, type NodeGroupLook, outcomeOfReturn, returnReason } from './before-change.ts';
import { type Decision, decideReturn, goBack } from './decision.ts';
import { type BlockedPod, describeBlocked } from './drain.ts';
import { longestMinutes } from './duration.ts';
import { longestRefreshMinutes } from './instance-refresh.ts';
import {
  type Attempt,
  type Direction,
  imageFor,
  type NodeGroupRecord,
  refreshOf,
  type Verdict,
  versionFor,
} from './record.ts';
import { type NodeGroupStep, settle } from './step.ts';
import { fixesFor, meaningOf } from './update-errors.ts';

/** An update, as EKS or Auto Scaling describes it, in our words. */
export interface UpdateLook {
  /** Baking: everything is replaced, and it can still be taken back. TakenBack: it was. */
  status: 'InProgress' | 'Baking' | 'Successful' | 'TakenBack' | 'Failed' | 'Cancelled';
  errors: readonly { code: string; message: string; resourceIds: readonly string[] }[];
}

export interface AfterUpdate {
  record: NodeGroupRecord;
  /** The request that is watched. Undefined: none was made, or a dead execution left no trace of one. */
  attempt: Attempt | undefined;
  /** Null: AWS knows of no such update. */
  update: UpdateLook | null;
  /** Of an update that pods kept from going on: which, and what keeps them; left out: nobody looked. */
  blocked?: readonly BlockedPod[];
  /** Every instance of the new image is a Ready node; left out: it is not known. */
  hasJoined?: boolean;
  look: NodeGroupLook;
  now: string;
}

/** Tries in one direction before a person is asked. */
const mostAttempts = 3;

export const afterUpdate = (question: AfterUpdate): Decision => {
  const { record, attempt, update, look } = question;
  if (!look.isThere || look.status === 'DELETING') return { step: gone(record) };
  const isForward = attempt?.direction === 'forward';
  // What speaks against the new AMI comes first where the update can be taken back while it runs.
  if (record.group !== null && isForward && isActive(update) && record.verdict !== null) {
    return decideReturn(record.verdict, onFailureOf(record));
  }
  if (look.leaving.length > 0) {
    const count = look.leaving.length;
    return { step: { step: 'DrainNodes', reason: `${count} node${count === 1 ? ' leaves' : 's leave'}` } };
  }
  if (attempt === undefined || update === null) return withoutUpdate(question, look);
  switch (update.status) {
    case 'InProgress':
      return { step: waitOrGiveUp(record, attempt, question.now) };
    case 'Baking':
      return { step: isForward ? { step: 'EvaluateHealthGates' } : waitOrGiveUp(record, attempt, question.now) };
    case 'Successful':
      return isForward ? afterForward(record, look) : afterReturn(record, look);
    case 'TakenBack':
      return isForward ? afterFailedForward(question, update) : afterReturn(record, look);
    case 'Failed':
    case 'Cancelled':
      return isForward ? afterFailedForward(question, update) : afterFailedReturn(question, update);
  }
};

const isActive = (update: UpdateLook | null): boolean => update?.status === 'InProgress' || update?.status === 'Baking';

/** A dead execution may have left a node group anywhere; what AWS says decides. */
const withoutUpdate = ({ record }: AfterUpdate, look: Extract<NodeGroupLook, { isThere: true }>): Decision => {
  if (record.group?.drainsAhead === true) return emptyFirst(record);
  if (look.status === 'UPDATING') {
    return { step: { step: 'WaitForUpdate', seconds: 60, reason: `${record.name} is UPDATING` } };
  }
  if (
    isWhollyOn(look, versionFor(record, 'forward'), record.to.imageId) &&
    record.direction === 'forward' &&
    record.verdict === null
  ) {
    return { step: { step: 'EvaluateHealthGates' } };
  }
  if (isWhollyOn(look, versionFor(record, 'back'), record.from.imageId)) {
    return record.verdict === null
      ? { step: settle('Untouched', 'was not started: its rollout was stopped') }
      : { step: settle(outcomeOfReturn(record), returnReason(record)) };
  }
  if (record.attempts.length === 0) {
    return { step: settle('Untouched', 'was not started: its rollout was stopped') };
  }
  return goBack({ verdict: 'Inconclusive', reason: 'its rollout was stopped in the middle of an update' });
};

const afterForward = (record: NodeGroupRecord, look: Extract<NodeGroupLook, { isThere: true }>): Decision => {
  // A gate failed while the update ran; it could not be stopped then.
  if (record.verdict !== null) return decideReturn(record.verdict, onFailureOf(record));
  if (isWhollyOn(look, versionFor(record, 'forward'), imageFor(record, 'forward'))) {
    return { step: { step: 'EvaluateHealthGates' } };
  }
  const left = Object.entries(look.instances)
    .filter(([imageId]) => imageId !== record.to.imageId)
    .map(([imageId, count]) => `${count} on ${imageId}`);
  if (attemptsOf(record, 'forward') < mostAttempts) {
    return {
      step: {
        step: 'UpdateNodeGroup',
        direction: 'forward',
        reason: `AWS says Successful, but it is mixed: ${left.join(', ')}`,
      },
    };
  }
  return goBack({
    verdict: 'Inconclusive',
    reason: `it stayed mixed after ${mostAttempts} updates: ${left.join(', ')}`,
  });
};

const afterReturn = (record: NodeGroupRecord, look: Extract<NodeGroupLook, { isThere: true }>): Decision => {
  if (isWhollyOn(look, versionFor(record, 'back'), imageFor(record, 'back'))) {
    return { step: settle(outcomeOfReturn(record), returnReason(record)) };
  }
  return returnAgain(record, 'AWS says Successful, but instances of the new AMI are left');
};

/** Nodes that did not join are the AMI's fault; what may pass is tried again; anything else may be anyone's. */
const afterFailedForward = ({ record, attempt, blocked, hasJoined }: AfterUpdate, update: UpdateLook): Decision => {
  if (isKeptByPods(record, update)) return emptyFirst(record);
  const codes = update.errors.map(({ code }) => code);
  const means = meaningOf(codes);
  // Somebody else's scaling may keep EKS from the nodes it waits for. Once; whatever happens twice may be the image's fault.
  const isOthersFault = means === 'ami' && hasJoined === true && attemptsOf(record, 'forward') === 1;
  const reason = `update ${attempt?.updateId} of ${record.name} to ${record.to.releaseVersion ?? record.to.imageId} ${ended[update.status] ?? 'failed'}: ${describeErrors(update)}${describeAllBlocked(blocked)}`;
  if (means === 'passing' && update.status === 'Failed' && attemptsOf(record, 'forward') < mostAttempts) {
    return { step: { step: 'WaitForOthers', seconds: 300, direction: 'forward', reason: `${reason}; it may pass` } };
  }
  if (isOthersFault) {
    const but = 'but every instance of the new image is a Ready node; it is tried once more';
    return { step: { step: 'WaitForOthers', seconds: 300, direction: 'forward', reason: `${reason}; ${but}` } };
  }
  const fixes = means === 'ami' ? [] : fixesFor(codes);
  const verdict: Verdict = {
    verdict: means === 'ami' ? 'Failed' : 'Inconclusive',
    reason: fixes.length === 0 ? reason : `${reason}; what helps: ${fixes.join('; ')}`,
  };
  return decideReturn(verdict, onFailureOf(record));
};

const ended: Partial<Record<UpdateLook['status'], string>> = {
  Cancelled: 'was cancelled',
  TakenBack: 'was rolled back by somebody else',
};

const afterFailedReturn = ({ record, blocked }: AfterUpdate, update: UpdateLook): Decision =>
  isKeptByPods(record, update)
    ? emptyFirst(record)
    : returnAgain(record, `${describeErrors(update)}${describeAllBlocked(blocked)}`);

/** EKS names the node; what stays on it is for a person to find, unless it is said. */
const describeAllBlocked = (blocked: AfterUpdate['blocked'] = []): string => {
  if (blocked.length === 0) return '';
  const more = blocked.length - 3;
  return `: ${blocked.slice(0, 3).map(describeBlocked).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/**
 * A refresh may fail when nothing is replaced for an hour (user guide, instance refresh), and whether the wait for pods
 * counts is not documented. Then the pods are to blame, not the AMI. Each try replaces one node at least.
 */
const isKeptByPods = ({ group, attempts, desiredSize }: NodeGroupRecord, { status }: UpdateLook): boolean =>
  status === 'Failed' &&
  group !== null &&
  attempts.length < desiredSize + mostAttempts &&
  Object.values(group.drains).some((drain) => drain.blocked !== null && !drain.isRetained);

const emptyFirst = (record: NodeGroupRecord): Decision => ({
  step: { step: 'DrainNodes', reason: `${record.name}: the next nodes are emptied before the refresh goes on` },
  drainsAhead: true,
});

const returnAgain = (record: NodeGroupRecord, because: string): Decision => {
  if (attemptsOf(record, 'back') < mostAttempts) {
    return { step: { step: 'UpdateNodeGroup', direction: 'back', reason: because } };
  }
  return {
    step: settle(
      'Held',
      `${record.verdict?.reason ?? 'it was to go back'}; and it could not be taken back in ${mostAttempts} tries: ${because}`,
    ),
  };
};

/** Looked at twice a minute first, then ever less often: an update takes from minutes to hours. */
const waitOrGiveUp = (record: NodeGroupRecord, attempt: Attempt, now: string): NodeGroupStep => {
  const runningSeconds = (Date.parse(now) - Date.parse(attempt.requestedAt)) / 1000;
  const limitSeconds = 60 * longestMinutesOf(record, attempt.direction);
  if (runningSeconds > limitSeconds) {
    return settle(
      'Held',
      `update ${attempt.updateId} has not ended after ${describeSeconds(runningSeconds)}${record.group === null ? '; EKS cannot stop it' : ''}`,
    );
  }
  return {
    step: 'WaitForUpdate',
    seconds: runningSeconds < 600 ? 30 : runningSeconds < 4 * 3600 ? 60 : 120,
    reason: `update ${attempt.updateId} runs; usually it has ended by ${attempt.expectedEndAt}`,
  };
};

const longestMinutesOf = (record: NodeGroupRecord, direction: Direction): number => {
  const { desiredSize: nodes, budget, zones } = record;
  const preferences = refreshOf(record, direction);
  return preferences === null
    ? longestMinutes({ nodes, budget, zones })
    : longestRefreshMinutes({ nodes, budget, preferences }, record.rules.instanceRefresh.drainTimeoutSeconds);
};

const attemptsOf = (record: NodeGroupRecord, direction: Attempt['direction']): number =>
  record.attempts.filter((attempt) => attempt.direction === direction).length;

const describeErrors = ({ errors }: UpdateLook): string =>
  errors.map(({ code, message, resourceIds }) => `${code}: ${message}${few(resourceIds)}`).join('; ') ||
  'AWS gave no reason';

const few = (resourceIds: readonly string[]): string => {
  if (resourceIds.length === 0) return '';
  const shown = resourceIds.slice(0, 3).join(', ');
  return resourceIds.length > 3 ? ` (${shown} and ${resourceIds.length - 3} more)` : ` (${shown})`;
};

/** What a person asked back goes back, whatever the policy says of failures. */
const onFailureOf = (record: NodeGroupRecord): NodeGroupRecord['rules']['onFailure'] =>
  record.verdict?.verdict === 'Asked' ? 'rollBack' : record.rules.onFailure;
