import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  actions,
  type Control,
  type ControlQuestion,
  decideControl,
  noControl,
  requestHash,
} from '../../../core/control/control.ts';
import { later, now } from '../builders.ts';

const alice = 'arn:aws:iam::111122223333:user/alice';
const session = 'arn:aws:sts::111122223333:assumed-role/sre/bob';
const scope = { targets: { web: 'ami-1' }, findings: [] };
const asked: Control = {
  ...noControl,
  approval: { state: 'asked', planHash: 'abc', scope, askedAt: now, expiresAt: later(3600), answer: null },
};
const rules = { by: ['*'], expiresAfterSeconds: 3600, notTheStarter: false };

const decide = (given: Partial<ControlQuestion>) =>
  decideControl({
    action: 'pause',
    reason: 'the fair',
    planHash: 'abc',
    caller: alice,
    control: noControl,
    rollout: { hasEnded: false, startedBy: 'schedule' },
    rules,
    now: later(60),
    ...given,
  });

const onceAsked = (...asks: ControlQuestion['action'][]): Control =>
  asks.reduce<Control>((control, action) => {
    const verdict = decide({ action, control });
    return verdict.verdict === 'accepted' ? verdict.control : control;
  }, noControl);

describe('what a person asks', () => {
  test.each<[ControlQuestion['action'], Control, string]>([
    ['pause', noControl, 'nothing further is started until it is resumed'],
    ['pause', onceAsked('pause'), 'paused by'],
    ['resume', onceAsked('pause'), 'it goes on'],
    ['abort', noControl, 'nothing further is started; then it is held'],
    ['abort', onceAsked('pause'), 'nothing further is started; then it is held'],
    ['abort', onceAsked('abort'), 'aborted by'],
    ['roll-back', onceAsked('abort'), 'what was changed goes back'],
    ['roll-back', onceAsked('roll-back'), 'taken back by'],
  ])('%s is done', (action, control, says) => {
    const verdict = decide({ action, control });
    expect(verdict.verdict).toBe('accepted');
    expect(verdict.says).toContain(says);
  });

  test.each<[ControlQuestion['action'], Control, string]>([
    ['pause', onceAsked('abort'), 'it ends already: aborted by'],
    ['resume', noControl, 'it is not paused'],
    ['abort', onceAsked('roll-back'), 'it goes back already'],
    ['approve', noControl, 'it asks for no approval'],
    ['reject', noControl, 'it asks for no approval'],
  ])('%s is refused, and it is said why', (action, control, says) => {
    expect(decide({ action, control })).toMatchObject({ verdict: 'refused', says: expect.stringContaining(says) });
  });

  test('of a rollout that nobody knows, or that has ended, nothing can be asked', () => {
    for (const action of actions) {
      expect(decide({ action, rollout: null }).verdict).toBe('refused');
      expect(decide({ action, rollout: { hasEnded: true, startedBy: '' } }).verdict).toBe('refused');
    }
  });

  test('asked twice is asked once: the first word stands', () => {
    for (const action of ['pause', 'abort', 'roll-back'] as const) {
      const control = onceAsked(action);
      expect(decide({ action, control, caller: session, now: later(600) })).toMatchObject({ control });
    }
  });
});

describe('an approval', () => {
  const approve = (given: Partial<ControlQuestion>) => decide({ action: 'approve', control: asked, ...given });

  test('is written down with who gave it and why', () => {
    expect(approve({})).toMatchObject({
      control: {
        approval: { state: 'approved', answer: { by: alice, reason: 'the fair', at: later(60) } },
      },
    });
    expect(decide({ action: 'reject', control: asked })).toMatchObject({
      control: { approval: { state: 'rejected' } },
    });
  });

  test.each<[string, Partial<ControlQuestion>, string]>([
    ['of another plan', { planHash: 'def' }, 'the plan is abc, not def'],
    ['of no plan', { planHash: null }, 'the plan is abc'],
    ['too late', { now: later(3600) }, `expired at ${later(3600)}`],
    ['by somebody else', { rules: { ...rules, by: ['arn:aws:iam::111122223333:role/*'] } }, 'may not answer'],
    [
      'by whoever started it',
      { rules: { ...rules, notTheStarter: true }, rollout: { hasEnded: false, startedBy: `cli:${alice}` } },
      'somebody else',
    ],
  ])('%s is refused', (_, given, says) => {
    expect(approve(given)).toMatchObject({ verdict: 'refused', says: expect.stringContaining(says) });
  });

  test('is answered once', () => {
    const verdict = approve({});
    if (verdict.verdict !== 'accepted') throw new Error(verdict.says);
    for (const action of ['approve', 'reject'] as const) {
      expect(decide({ action, control: verdict.control })).toMatchObject({
        verdict: 'refused',
        says: expect.stringContaining('it was approved already'),
      });
    }
  });

  test.each([session, 'arn:aws:iam::111122223333:role/sre', 'arn:aws:sts::111122223333:assumed-role/sre/*'])(
    'by a session of a role that the policy names as %s',
    (pattern) => {
      expect(approve({ caller: session, rules: { ...rules, by: [pattern] } }).verdict).toBe('accepted');
    },
  );

  test('whoever started it may reject it', () => {
    const own = { hasEnded: false, startedBy: `cli:${alice}` };
    const strict = { ...rules, notTheStarter: true };
    expect(decide({ action: 'reject', control: asked, rules: strict, rollout: own }).verdict).toBe('accepted');
  });
});

test('whatever is asked in whatever order: an end is never taken back, and a way back never becomes an abort', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...actions), { maxLength: 12 }), (asks) => {
      let control: Control = asked;
      for (const action of asks) {
        const verdict = decide({ action, control });
        if (verdict.verdict === 'refused') continue;
        if (control.end !== null) expect(verdict.control.end).not.toBeNull();
        if (control.end?.wish === 'roll-back') expect(verdict.control.end?.wish).toBe('roll-back');
        ({ control } = verdict);
      }
    }),
  );
});

test('a signature is good for one request', () => {
  const request = { action: 'abort', rolloutId: 'r', reason: 'x', planHash: null };
  const others = [
    { ...request, action: 'pause' },
    { ...request, rolloutId: 's' },
    { ...request, reason: 'y' },
    { ...request, planHash: 'abc' },
  ];
  expect(new Set([request, ...others].map(requestHash)).size).toBe(5);
});
