/** What follows from the answer AWS gave to the request for an update. */
import { describeSeconds } from '../duration.ts';
import type { UpdateAnswer } from '../ports.ts';
import { patienceWithOthersSeconds } from './before-change.ts';
import { type Attempt, endAttempt, type NodeGroupRecord, versionName } from './record.ts';
import { type NodeGroupStep, settle } from './step.ts';

export const afterAnswer = (
  record: NodeGroupRecord,
  attempt: Attempt,
  answer: UpdateAnswer,
  { waitingSince, now }: { waitingSince: string | null; now: string },
): { record: NodeGroupRecord; step: NodeGroupStep } => {
  switch (answer.answer) {
    case 'started':
      return {
        record: {
          ...record,
          attempts: record.attempts.map((each) => (each === attempt ? { ...each, updateId: answer.updateId } : each)),
        },
        step: { step: 'WaitForUpdate', seconds: 30, reason: `update ${answer.updateId} runs` },
      };
    // Nothing was begun, so the attempt is forgotten; the next one asks with the same number and token.
    case 'busy':
    case 'not-found': {
      const waited = waitingSince === null ? 0 : (Date.parse(now) - Date.parse(waitingSince)) / 1000;
      const patience = answer.answer === 'busy' ? patienceWithOthersSeconds : patienceWithNotFoundSeconds;
      const forgotten = forget(record, attempt);
      if (waited < patience) {
        // Whether the node group is still there is seen by the look before the next request.
        const { direction } = attempt;
        return { record: forgotten, step: { step: 'WaitForOthers', seconds: 60, direction, reason: answer.message } };
      }
      const reason = `AWS took no update of ${record.name} for ${describeSeconds(waited)}: ${answer.message}`;
      return { record: forgotten, step: settle(forgotten.attempts.length > 0 ? 'Held' : 'Failed', reason) };
    }
    case 'rejected':
      return {
        record: endAttempt(record, attempt, 'Failed'),
        step: settle(
          record.attempts.length > 1 ? 'Held' : 'Failed',
          `AWS refuses ${versionName(record)} ${attempt.version} for ${record.name}: ${answer.message}${wayOut(record, attempt)}`,
        ),
      };
  }
};

/**
 * Documents contradict one another on whether EKS takes a node group to an older release (EKS API reference against the
 * user guide, managed node group updates). Where it does not, nothing of ours can put the former release back.
 */
const wayOut = ({ target, from, variant }: NodeGroupRecord, { direction }: Attempt): string =>
  target.template === null && direction === 'back'
    ? `; it stays on the release that failed. What is left: start a newer release of ${variant} as soon as there is a good one, or make a second node group from a launch template that holds ${from.imageId} and move its pods there`
    : '';

/** What AWS does not find although it lists the node group may be found a little later, or is wrong for good. */
export const patienceWithNotFoundSeconds = 600;

const forget = (record: NodeGroupRecord, attempt: Attempt): NodeGroupRecord => ({
  ...record,
  attempts: record.attempts.filter((each) => each !== attempt),
});
