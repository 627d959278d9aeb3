import { describe, expect, test } from 'vitest';
import { afterAnswer } from '../../../core/node-group/after-answer.ts';
import { beginAttempt } from '../../../core/node-group/record.ts';
import { aRecord, lastAttempt, now, withAttempts } from '../builders.ts';

const first = beginAttempt(aRecord(), 'rollout-9', 'forward', now);
const tried = withAttempts(aRecord(), 'forward');
const second = beginAttempt(
  { ...tried, attempts: tried.attempts.map((each) => ({ ...each, ended: 'Failed' as const })) },
  'rollout-9',
  'back',
  now,
);

const atOnce = { waitingSince: null, now };

describe('EKS has answered the request for an update', () => {
  test('with an update: its id is noted with the attempt, and it is watched', () => {
    const { record, step } = afterAnswer(second, lastAttempt(second), { answer: 'started', updateId: 'u-42' }, atOnce);
    expect(record.attempts.map((attempt) => attempt.updateId)).toEqual(['u-1', 'u-42']);
    expect({ ...record, attempts: [] }).toEqual({ ...second, attempts: [] });
    expect(step).toEqual({ step: 'WaitForUpdate', seconds: 30, reason: 'update u-42 runs' });
  });

  test('with another update that runs: the attempt is forgotten, and the others are waited for', () => {
    const { record, step } = afterAnswer(
      second,
      lastAttempt(second),
      { answer: 'busy', message: 'in progress' },
      atOnce,
    );
    expect(record.attempts).toEqual(second.attempts.slice(0, 1));
    expect(step).toEqual({ step: 'WaitForOthers', seconds: 60, direction: 'back', reason: 'in progress' });
  });

  test('with another update that runs: the next attempt asks with the same number and token', () => {
    const { record } = afterAnswer(first, lastAttempt(first), { answer: 'busy', message: 'in progress' }, atOnce);
    const next = beginAttempt(record, 'rollout-9', 'forward', now);
    expect(lastAttempt(next)).toEqual(lastAttempt(first));
  });

  test('with "not found": the attempt is forgotten, and whether the node group is gone is seen by the next look', () => {
    const { record, step } = afterAnswer(first, lastAttempt(first), notFound, atOnce);
    expect(record.attempts).toEqual([]);
    expect(step).toEqual({ step: 'WaitForOthers', seconds: 60, direction: 'forward', reason: 'no such thing' });
  });

  const notFound = { answer: 'not-found', message: 'no such thing' } as const;
  const busy = { answer: 'busy', message: 'in progress' } as const;
  test.each([
    ['"not found" for 9 min', notFound, 540, first, 'WaitForOthers', undefined],
    ['"not found" for 10 min, and nothing was changed', notFound, 600, first, 'SettleNodeGroup', 'Failed'],
    ['"not found" for 10 min on the way back', notFound, 600, second, 'SettleNodeGroup', 'Held'],
    ['another update for just under 4 h', busy, 4 * 3600 - 1, second, 'WaitForOthers', undefined],
    ['another update for 4 h', busy, 4 * 3600, second, 'SettleNodeGroup', 'Held'],
  ] as const)('with %s', (_, answer, seconds, tried, step, outcome) => {
    const waitingSince = new Date(Date.parse(now) - seconds * 1000).toISOString();
    const after = afterAnswer(tried, lastAttempt(tried), answer, { waitingSince, now });
    expect(after.step).toMatchObject({ step, ...(outcome === undefined ? {} : { outcome }) });
  });

  test('with a refusal of the very first request: it failed, and nothing was changed', () => {
    const { record, step } = afterAnswer(
      first,
      lastAttempt(first),
      { answer: 'rejected', message: 'bad user data' },
      atOnce,
    );
    expect(record.attempts.map((attempt) => attempt.ended)).toEqual(['Failed']);
    expect(step).toEqual({
      step: 'SettleNodeGroup',
      outcome: 'Failed',
      reason: 'AWS refuses launch template version 4 for web: bad user data',
    });
  });

  test('with a refusal of a later request: it is held, because something was changed before', () => {
    const { record, step } = afterAnswer(second, lastAttempt(second), { answer: 'rejected', message: 'no' }, atOnce);
    expect(record.attempts.map((attempt) => attempt.ended)).toEqual(['Failed', 'Failed']);
    expect(step).toMatchObject({ outcome: 'Held', reason: 'AWS refuses launch template version 3 for web: no' });
  });
});
