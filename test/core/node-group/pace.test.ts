import { describe, expect, test } from 'vitest';
import { paceOf, predictedMinutes } from '../../../core/node-group/pace.ts';
import { endAttempt, openAttempt } from '../../../core/node-group/record.ts';
import { aRecord, later, now, withAttempts } from '../builders.ts';

const begun = withAttempts(aRecord('web', { desiredSize: 6, budget: 2 }), 'forward');
const attempt = openAttempt(begun) ?? begun.attempts[0];
if (attempt === undefined) throw new Error('an attempt was begun');
const updated = {
  ...endAttempt(begun, attempt, 'Successful'),
  outcome: 'Updated' as const,
  updatedAt: later(34.5 * 60, attempt.requestedAt),
};

describe('what an update took', () => {
  test('is counted from the request until its end was seen', () => {
    expect(paceOf(updated)).toEqual({ minutes: 35, batches: 3, at: attempt.requestedAt });
  });

  test.each([
    ['was taken back', { ...updated, outcome: 'RolledBack' as const }],
    ['needed two tries', { ...updated, attempts: [...updated.attempts, { ...attempt, number: 2 }] }],
    ['has no nodes', { ...updated, desiredSize: 0 }],
    ['was not updated', aRecord()],
  ])('says nothing of one that %s', (_, record) => {
    expect(paceOf(record)).toBeNull();
  });
});

describe('what the next one is expected to take', () => {
  const pace = { minutes: 30, batches: 3, at: now };

  test.each([
    ['as long as the last one', { desiredSize: 6, budget: 2 }, pace, 30],
    ['longer when it has grown', { desiredSize: 12, budget: 2 }, pace, 60],
    ['not shorter when it has shrunk: setting up takes its time', { desiredSize: 2, budget: 2 }, pace, 30],
    ['what is usual when nothing was measured', { desiredSize: 6, budget: 2, zones: 3 }, null, 5 + 3 * 4 + 6],
  ])('%s', (_, size, known, expected) => {
    expect(predictedMinutes(aRecord('web', size), known)).toBe(expected);
  });
});
