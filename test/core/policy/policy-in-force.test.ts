import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '../../../core/policy/policy.ts';
import { policyInForce } from '../../../core/policy/policy-in-force.ts';
import { policyOf } from '../builders.ts';

const good = policyOf({ bakeTime: 'PT30M' });
const better = policyOf({ bakeTime: 'PT45M' });
const mistakes = ['bakeTime: is not a duration'];

describe('the policy in force', () => {
  test('is the default where nobody wrote one', () => {
    expect(policyInForce({ policy: good, isWritten: false }, better)).toEqual({
      policy: defaultPolicy,
      isWritten: false,
      mistakes: [],
      isNew: false,
    });
  });

  test('is the one that was read', () => {
    expect(policyInForce({ policy: better, isWritten: true }, good)).toEqual({
      policy: better,
      isWritten: true,
      mistakes: [],
      isNew: true,
    });
  });

  test('is new when there was none before, and not when it is the same as before', () => {
    expect(policyInForce({ policy: good, isWritten: true }, null)).toMatchObject({ isNew: true });
    expect(policyInForce({ policy: good, isWritten: true }, policyOf({ bakeTime: 'PT30M' }))).toMatchObject({
      isNew: false,
    });
  });

  test('stays the last good one when the document has a mistake, and the mistakes are told', () => {
    expect(policyInForce({ mistakes }, good)).toEqual({ policy: good, isWritten: true, mistakes, isNew: false });
  });

  test('is none when the document has a mistake and there was never a good one', () => {
    expect(policyInForce({ mistakes }, null)).toEqual({ policy: null, mistakes });
  });
});
