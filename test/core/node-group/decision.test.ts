import { describe, expect, test } from 'vitest';
import { applyDecision, decideReturn, goBack } from '../../../core/node-group/decision.ts';
import { aRecord, failed, inconclusive, later, now } from '../builders.ts';

const back = { step: 'UpdateNodeGroup', direction: 'back', reason: failed.reason };

describe('a verdict against the new AMI', () => {
  test.each(['rollBack', 'rollBackAll'] as const)('leads back where the policy says %s', (onFailure) => {
    expect(decideReturn(failed, onFailure)).toEqual({ step: back, verdict: failed });
  });

  test('leads to a person where the policy says hold', () => {
    expect(decideReturn(failed, 'hold')).toEqual({
      step: {
        step: 'SettleNodeGroup',
        outcome: 'Held',
        reason: `${failed.reason}; the policy says onFailure: hold`,
      },
      verdict: failed,
    });
  });
});

describe('the record after a decision', () => {
  const record = aRecord();

  test('carries the verdict', () => {
    expect(applyDecision(record, goBack(failed), now)).toEqual({ ...record, verdict: failed, direction: 'back' });
  });

  test('keeps the first verdict', () => {
    expect(applyDecision({ ...record, verdict: failed }, goBack(inconclusive), now).verdict).toBe(failed);
  });

  test('counts the bake from when the update was first seen to have ended', () => {
    const gates = { step: { step: 'EvaluateHealthGates' } } as const;
    const first = applyDecision(record, gates, now);
    expect(first.updatedAt).toBe(now);
    expect(applyDecision(first, gates, later(600)).updatedAt).toBe(now);
  });

  test('is the same record when nothing in it changes', () => {
    const waiting = { step: { step: 'WaitForUpdate', seconds: 30, reason: 'runs' } } as const;
    expect(applyDecision(record, waiting, now)).toBe(record);
    expect(applyDecision(record, { step: { step: 'UpdateNodeGroup', direction: 'forward' } }, now)).toBe(record);
  });
});
