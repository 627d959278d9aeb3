import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideLease, freeLease, holdsLease, type Lease, type LeaseQuestion } from '../../../core/lease/lease.ts';

const held: Lease = { holder: 'execution-1', rolloutId: 'rollout-1', generation: 4 };

const decide = (given: Partial<LeaseQuestion> = {}) =>
  decideLease({
    lease: held,
    asker: 'execution-2',
    rolloutId: 'rollout-2',
    holder: 'ended',
    isHolderSettled: false,
    ...given,
  });

describe('a lease', () => {
  test.each<{ title: string; given: Partial<LeaseQuestion>; verdict: string }>([
    { title: 'that is free is taken', given: { lease: freeLease, holder: 'unknown' }, verdict: 'take' },
    { title: 'that was freed is taken', given: { lease: { ...held, holder: null, rolloutId: null } }, verdict: 'take' },
    { title: 'of a living holder is refused', given: { holder: 'alive' }, verdict: 'refuse' },
    {
      title: 'of a living holder is refused, also when its rollout has ended in the ledger',
      given: { holder: 'alive', isHolderSettled: true },
      verdict: 'refuse',
    },
    {
      title: 'of a living holder is refused to another execution of its rollout',
      given: { holder: 'alive', rolloutId: 'rollout-1' },
      verdict: 'refuse',
    },
    { title: 'of a holder that cannot be read is refused', given: { holder: 'unknown' }, verdict: 'refuse' },
    {
      title: 'of a holder that cannot be read is refused, also when its rollout has ended in the ledger',
      given: { holder: 'unknown', isHolderSettled: true },
      verdict: 'refuse',
    },
    {
      title: 'of a holder that cannot be read is refused to another execution of its rollout',
      given: { holder: 'unknown', rolloutId: 'rollout-1' },
      verdict: 'refuse',
    },
    { title: 'of a dead holder whose rollout has ended is taken', given: { isHolderSettled: true }, verdict: 'take' },
    {
      title: 'of a dead holder is taken by who goes on with its rollout',
      given: { rolloutId: 'rollout-1' },
      verdict: 'take',
    },
    { title: 'of a dead holder that left work behind is refused to others', given: {}, verdict: 'refuse' },
    { title: 'that the asker holds is kept', given: { asker: 'execution-1' }, verdict: 'held-by-asker' },
    {
      title: 'that the asker holds is kept, whatever can be read',
      given: { asker: 'execution-1', holder: 'unknown' },
      verdict: 'held-by-asker',
    },
  ])('$title', ({ given, verdict }) => {
    expect(decide(given).verdict).toBe(verdict);
  });

  test('that is taken names its new holder, and its generation has grown', () => {
    expect(decide({ isHolderSettled: true })).toEqual({
      verdict: 'take',
      lease: { holder: 'execution-2', rolloutId: 'rollout-2', generation: 5 },
    });
    expect(decide({ lease: freeLease })).toMatchObject({ lease: { generation: 1 } });
  });

  test('that the asker holds stays as it is', () => {
    expect(decide({ asker: 'execution-1' })).toEqual({ verdict: 'held-by-asker', lease: held });
  });

  test.each<{ given: Partial<LeaseQuestion>; reason: string }>([
    { given: { holder: 'alive' }, reason: 'rollout rollout-1 works on this cluster (execution-1)' },
    {
      given: { holder: 'unknown' },
      reason: 'rollout rollout-1 may still work on this cluster: execution-1 cannot be read',
    },
    {
      given: {},
      reason:
        'rollout rollout-1 was stopped in the middle and is healed first; to heal it now, start with {"heal": "rollout-1"}',
    },
  ])('that is refused says why: $reason', ({ given, reason }) => {
    expect(decide(given)).toEqual({ verdict: 'refuse', reason });
  });
});

describe('whoever asks, however often', () => {
  const asks = fc.array(
    fc.record({
      asker: fc.constantFrom('a', 'b', 'c'),
      rolloutId: fc.constantFrom('r', 's'),
      holder: fc.constantFrom('alive' as const, 'ended' as const, 'unknown' as const),
      isHolderSettled: fc.boolean(),
      isFreed: fc.boolean(),
    }),
    { maxLength: 12 },
  );

  test('the generation grows with every change of holder, and with nothing else', () => {
    fc.assert(
      fc.property(asks, (questions) => {
        let lease = freeLease;
        for (const { isFreed, ...question } of questions) {
          const verdict = decideLease({ lease, ...question });
          if (verdict.verdict === 'take') expect(verdict.lease.generation).toBe(lease.generation + 1);
          if (verdict.verdict === 'held-by-asker') expect(verdict.lease).toBe(lease);
          if (verdict.verdict !== 'refuse') lease = verdict.lease;
          if (isFreed) lease = { ...lease, holder: null, rolloutId: null };
        }
      }),
    );
  });

  test('who lost it does not hold it any more, also when it took it again', () => {
    fc.assert(
      fc.property(asks, (questions) => {
        let lease = freeLease;
        const taken: { holder: string; generation: number }[] = [];
        for (const { isFreed: _, ...question } of questions) {
          const verdict = decideLease({ lease, ...question });
          if (verdict.verdict !== 'take') continue;
          lease = verdict.lease;
          taken.push({ holder: question.asker, generation: lease.generation });
        }
        const holding = taken.filter(({ holder, generation }) => holdsLease(lease, holder, generation));
        expect(holding).toEqual(taken.slice(-1));
      }),
    );
  });

  test('a living or unreadable holder never loses it to another', () => {
    fc.assert(
      fc.property(asks, (questions) => {
        for (const question of questions) {
          if (question.holder === 'ended') continue;
          expect(decideLease({ lease: held, ...question }).verdict).toBe('refuse');
        }
      }),
    );
  });
});

describe('a function may change something', () => {
  test.each([
    { title: 'while its execution holds the lease it was given', holder: 'execution-1', generation: 4, holds: true },
    { title: 'not once another holds it', holder: 'execution-2', generation: 4, holds: false },
    { title: 'not with an older generation', holder: 'execution-1', generation: 3, holds: false },
    { title: 'not with a later generation', holder: 'execution-1', generation: 5, holds: false },
  ])('$title', ({ holder, generation, holds }) => {
    expect(holdsLease(held, holder, generation)).toBe(holds);
  });

  test('not once it was freed', () => {
    expect(holdsLease({ ...held, holder: null }, 'execution-1', 4)).toBe(false);
  });
});
