/** What follows from the answer EKS gave to the request for an update. */
import type { UpdateAnswer } from '../ports.ts';
import { gone } from './before-change.ts';
import { type Attempt, endAttempt, type NodeGroupRecord } from './record.ts';
import { type NodeGroupStep, settle } from './step.ts';

export const afterAnswer = (
  record: NodeGroupRecord,
  attempt: Attempt,
  answer: UpdateAnswer,
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
      return {
        record: forget(record, attempt),
        step: { step: 'WaitForOthers', seconds: 60, direction: attempt.direction, reason: answer.message },
      };
    case 'gone':
      return { record: forget(record, attempt), step: gone(record) };
    case 'rejected':
      return {
        record: endAttempt(record, attempt, 'Failed'),
        step: settle(
          record.attempts.length > 1 ? 'Held' : 'Failed',
          `EKS refuses launch template version ${attempt.launchTemplateVersion} for ${record.name}: ${answer.message}`,
        ),
      };
  }
};

const forget = (record: NodeGroupRecord, attempt: Attempt): NodeGroupRecord => ({
  ...record,
  attempts: record.attempts.filter((each) => each !== attempt),
});
