import { describe, expect, test } from 'vitest';
import type { NodeGroupRecord } from '../../../core/node-group/record.ts';
import { planReturn, type ReturnPlan, type ReturnQuestion } from '../../../core/plan/plan-return.ts';
import { aLook, aLookOnNew, aRecord, failed, former, imageOf, newest } from '../builders.ts';

const ended = (name: string, outcome: NodeGroupRecord['outcome']): NodeGroupRecord => aRecord(name, { outcome });

const plan = (question: Partial<ReturnQuestion>): ReturnPlan =>
  planReturn({ operation: 'heal', records: [], looks: {}, waves: [['a'], ['b', 'c']], ...question });

describe('to heal a rollout', () => {
  test('every node group that has not ended is brought to its end, all at once, and none goes forward', () => {
    const records = [ended('a', 'Updated'), ended('b', null), ended('c', null)];
    expect(plan({ records })).toEqual({
      step: 'StartNodeGroups',
      mode: 'settle',
      waves: [['b', 'c']],
      reason: 'ends what was begun in b, c',
    });
  });

  test('nothing is started where every node group has ended', () => {
    const records = [ended('a', 'Updated'), ended('b', 'RolledBack'), ended('c', 'Untouched')];
    expect(plan({ records })).toEqual({ step: 'Finish', reason: 'every node group it began has ended' });
    expect(plan({ records: [] }).step).toBe('Finish');
  });
});

describe('to resume a rollout', () => {
  const looks = { a: aLookOnNew(), b: aLook(), c: aLook() };

  test('what is not on the new AMI goes on, in the waves it was planned in', () => {
    const records = [ended('a', 'Updated'), ended('b', 'Held'), ended('c', 'Untouched')];
    expect(plan({ operation: 'resume', records, looks })).toEqual({
      step: 'StartNodeGroups',
      mode: 'forward',
      waves: [['b', 'c']],
      reason: 'goes on with b, c',
    });
  });

  test('waves stay apart, and those without work are left out', () => {
    const records = [ended('a', 'Held'), ended('b', 'RolledBack'), ended('c', 'UpToDate')];
    expect(plan({ operation: 'resume', records, looks })).toMatchObject({ waves: [['a'], ['b']] });
    const others = [ended('a', 'Updated'), ended('b', 'Failed'), ended('c', 'Updated')];
    expect(plan({ operation: 'resume', records: others, looks })).toMatchObject({ waves: [['b']] });
  });

  test('a node group that was deleted meanwhile is left out', () => {
    const records = [ended('a', 'Updated'), ended('b', 'Held'), ended('c', 'Held')];
    const gone = { ...looks, b: { isThere: false } as const };
    expect(plan({ operation: 'resume', records, looks: gone })).toMatchObject({ waves: [['c']] });
  });

  test('a node group that could not be looked at is left out', () => {
    const records = [ended('a', 'Updated'), ended('b', 'Held')];
    expect(plan({ operation: 'resume', records, looks: { a: aLookOnNew() } }).step).toBe('Finish');
  });

  test('nothing is started where all is done', () => {
    const records = [ended('a', 'Updated'), ended('b', 'Updated'), ended('c', 'UpToDate')];
    expect(plan({ operation: 'resume', records, looks })).toEqual({
      step: 'Finish',
      reason: 'no node group of it is left to update',
    });
  });
});

describe('to roll a rollout back', () => {
  const mixed = aLook({ instances: { [imageOf(former)]: 2, [imageOf(newest)]: 1 } });

  test.each([
    { title: 'a node group wholly on the new version goes back', look: aLookOnNew(), isBack: true },
    { title: 'one that is only configured for it goes back', look: aLook({ configuredVersion: '4' }), isBack: true },
    { title: 'one with a single instance of the new AMI goes back', look: mixed, isBack: true },
    { title: 'one wholly on its former version stays', look: aLook(), isBack: false },
    { title: 'one on a version of somebody else stays', look: aLook({ configuredVersion: '9' }), isBack: false },
    { title: 'one that was deleted stays', look: { isThere: false } as const, isBack: false },
  ])('$title', ({ look, isBack }) => {
    const planned = plan({ operation: 'rollBack', records: [ended('a', 'Updated')], looks: { a: look } });
    expect(planned).toMatchObject(
      isBack
        ? { step: 'StartNodeGroups', mode: 'back', waves: [['a']], reason: 'takes back a' }
        : { step: 'Finish', reason: 'no node group is on what this rollout brought' },
    );
  });

  test('one whose new version was never made stays', () => {
    const record = aRecord('a', { to: { imageId: null, releaseVersion: null, launchTemplateVersion: null } });
    const look = aLook({ configuredVersion: null });
    expect(plan({ operation: 'rollBack', records: [record], looks: { a: look } }).step).toBe('Finish');
  });

  test('all go back together, whatever became of them', () => {
    const records = [
      ended('a', 'Updated'),
      aRecord('b', { outcome: 'Held', verdict: failed }),
      ended('c', 'Untouched'),
    ];
    const looks = { a: aLookOnNew(), b: aLookOnNew(), c: aLook() };
    expect(plan({ operation: 'rollBack', records, looks })).toMatchObject({ waves: [['a', 'b']] });
  });
});
