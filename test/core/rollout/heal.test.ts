import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HolderStatus } from '../../../core/lease/lease.ts';
import { parseRequest } from '../../../core/plan/request.ts';
import { decideHeal, eventOccasion, type HealVerdict, mostHeals } from '../../../core/rollout/heal.ts';
import type { RolloutRecord } from '../../../core/rollout/record.ts';
import { hub, now, prod, requestOf } from '../builders.ts';

const aRollout = (given: Partial<RolloutRecord> = {}): RolloutRecord => ({
  rolloutId: 'rollout-9',
  key: prod,
  request: requestOf(),
  execution: 'arn:execution-9',
  settings: null,
  ignoresWindow: false,
  plan: { nodeGroups: [], waves: [], findings: [] },
  status: 'running',
  waiting: null,
  answer: null,
  heals: 0,
  startedAt: now,
  endedAt: null,
  ...given,
});

const decide = (
  rollout: RolloutRecord | null = aRollout(),
  holder: HolderStatus = 'ended',
  occasion = eventOccasion,
): HealVerdict => decideHeal(rollout, holder, occasion, 'event:ABORTED');

const nameOf = (verdict: HealVerdict): string => {
  if (verdict.verdict !== 'heal') throw new Error(verdict.reason);
  return verdict.executionName;
};

describe('a rollout', () => {
  test.each<{ title: string; rollout: RolloutRecord | null; holder: HolderStatus; reason: string }>([
    {
      title: 'that the ledger does not know is left',
      rollout: null,
      holder: 'ended',
      reason: 'the ledger knows no such rollout; it changed nothing',
    },
    {
      title: 'that has ended is left',
      rollout: aRollout({ status: 'settled' }),
      holder: 'ended',
      reason: 'it has ended',
    },
    {
      title: 'that somebody works on is left',
      rollout: aRollout(),
      holder: 'alive',
      reason: 'arn:execution-9 works on it',
    },
    {
      title: 'whose execution cannot be read is left: it counts as alive',
      rollout: aRollout(),
      holder: 'unknown',
      reason: 'arn:execution-9 cannot be read, so it counts as alive',
    },
    {
      title: 'that was healed in vain often enough is left to the scans',
      rollout: aRollout({ heals: mostHeals }),
      holder: 'ended',
      reason: 'it was healed 3 times in vain; the next scan tries again',
    },
  ])('$title', ({ rollout, holder, reason }) => {
    expect(decide(rollout, holder)).toEqual({ verdict: 'leave', reason });
  });

  test.each([
    { title: 'whose execution died while it ran', rollout: aRollout() },
    { title: 'whose execution died before it changed anything', rollout: aRollout({ status: 'planned' }) },
    { title: 'that was healed twice in vain', rollout: aRollout({ heals: mostHeals - 1 }) },
  ])('$title is healed', ({ rollout }) => {
    expect(decide(rollout)).toMatchObject({
      verdict: 'heal',
      input: { ...prod, heal: 'rollout-9', startedBy: 'event:ABORTED' },
    });
  });

  test('that was healed in vain often enough is healed by a scan all the same', () => {
    expect(decide(aRollout({ heals: mostHeals + 4 }), 'ended', 'scan 2026-08-20T10:00:00Z').verdict).toBe('heal');
  });

  test('that is healed is healed by a request that is accepted', () => {
    const verdict = decide();
    if (verdict.verdict !== 'heal') throw new Error(verdict.reason);
    expect(parseRequest(verdict.input, hub)).toMatchObject({ request: { heal: 'rollout-9' } });
  });
});

describe('the name of the execution that heals', () => {
  test('is the same however often one occasion is told', () => {
    expect(nameOf(decide())).toBe(nameOf(decide()));
    expect(nameOf(decide())).toMatch(/^heal-rollout-9-[0-9a-f]{12}$/);
  });

  test.each([
    { what: 'occasion', other: decide(aRollout(), 'ended', 'scan 2026-08-20T10:00:00Z') },
    { what: 'execution that died', other: decide(aRollout({ execution: 'arn:execution-10' })) },
    { what: 'rollout', other: decide(aRollout({ rolloutId: 'rollout-10' })) },
  ])('differs by $what', ({ other }) => {
    expect(nameOf(other)).not.toBe(nameOf(decide()));
  });

  test('has only the length and the characters that Step Functions allows', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_.-]{1,80}$/), fc.string({ maxLength: 200 }), (rolloutId, occasion) => {
        expect(nameOf(decide(aRollout({ rolloutId }), 'ended', occasion))).toMatch(/^[A-Za-z0-9_.-]{1,80}$/);
      }),
    );
  });
});
