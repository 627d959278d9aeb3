import { describe, expect, test } from 'vitest';
import { cordonedByUs, settleRecord } from '../../../core/node-group/settle-record.ts';
import { aNode, aRecord, withAttempts } from '../builders.ts';

const untouched = aRecord();
const begun = withAttempts(aRecord(), 'forward');

describe('a node group that is settled', () => {
  test.each([
    { outcome: 'Updated' as const, isSpent: false },
    { outcome: 'Untouched' as const, isSpent: false },
    { outcome: 'RolledBack' as const, isSpent: true },
    { outcome: 'Held' as const, isSpent: true },
    { outcome: 'Failed' as const, isSpent: true },
  ])('as $outcome spends its release: $isSpent', ({ outcome, isSpent }) => {
    expect(settleRecord(begun, { outcome, reason: 'why', leftover: [], notRestored: [] })).toEqual({
      record: { ...begun, outcome, reason: 'why', isGone: false },
      isSpent,
    });
  });

  test('as Deferred has no outcome, and its release is not spent', () => {
    const told = { outcome: 'Deferred' as const, reason: 'no window', leftover: [], notRestored: [] };
    expect(settleRecord(untouched, told)).toEqual({
      record: { ...untouched, outcome: null, reason: null, deferred: 'no window' },
      isSpent: false,
    });
  });

  test('that is gone is marked so', () => {
    const told = { outcome: 'Untouched' as const, reason: 'is gone', isGone: true, leftover: [], notRestored: [] };
    expect(settleRecord(begun, told).record).toMatchObject({ isGone: true, outcome: 'Untouched' });
  });

  test('keeps its reason, and names the nodes that are still cordoned with the command', () => {
    const told = { outcome: 'RolledBack' as const, reason: 'why', leftover: ['node-1', 'node-2'], notRestored: [] };
    expect(settleRecord(begun, told).record.reason).toBe(
      'why; still cordoned: node-1, node-2 (kubectl uncordon node-1 node-2)',
    );
  });
});

describe('a step that failed for good', () => {
  test('before anything was asked of EKS is a failure, and nothing was changed', () => {
    expect(
      settleRecord(untouched, { failure: 'AccessDenied: not authorized', leftover: [], notRestored: [] }),
    ).toMatchObject({
      record: { outcome: 'Failed', reason: 'nothing was changed: AccessDenied: not authorized' },
      isSpent: true,
    });
  });

  test('after something was asked of EKS holds: a person must look', () => {
    expect(settleRecord(begun, { failure: 'Timeout', leftover: [], notRestored: [] })).toMatchObject({
      record: { outcome: 'Held', reason: 'its state must be looked at by a person: Timeout' },
      isSpent: true,
    });
  });

  test('without a word says so', () => {
    expect(settleRecord(untouched, { leftover: [], notRestored: [] }).record.reason).toBe(
      'nothing was changed: a step failed without saying why',
    );
  });
});

describe('nodes that are cordoned by us', () => {
  const nodes = [
    aNode('i-1', { isCordoned: true }),
    aNode('i-2', { isCordoned: true }),
    aNode('i-3', { isCordoned: false }),
  ];

  test('are those that were not cordoned before', () => {
    expect(cordonedByUs(aRecord('web', { cordonedBefore: ['node-of-i-1'] }), nodes)).toEqual(['node-of-i-2']);
    expect(cordonedByUs(aRecord('web', { cordonedBefore: [] }), nodes)).toEqual(['node-of-i-1', 'node-of-i-2']);
  });

  test('are none where it was not read which were before', () => {
    expect(cordonedByUs(aRecord('web', { cordonedBefore: null }), nodes)).toEqual([]);
  });
});
