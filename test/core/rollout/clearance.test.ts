import { describe, expect, test } from 'vitest';
import { type Control, noControl } from '../../../core/control/control.ts';
import { isCovered, planHash } from '../../../core/control/plan-scope.ts';
import {
  type ClearanceQuestion,
  clearanceOf,
  clearanceOfRollout,
  type RolloutQuestion,
} from '../../../core/rollout/clearance.ts';
import { later, now } from '../builders.ts';

/** `now` is Thursday, 09:00 in Greenwich. */
const window = (days: ('thu' | 'fri')[], from: string, to: string) => ({ days, from, to, timeZone: 'UTC' });

const ask = (given: Partial<ClearanceQuestion>) =>
  clearanceOf({
    ignoresWindow: false,
    calendar: { windows: [window(['thu'], '10:00', '12:00')], blackouts: [] },
    nodeGroups: [{ name: 'web', minutes: 30 }],
    now,
    ...given,
  });

describe('before its window', () => {
  test('a rollout waits, and says for what and until when', () => {
    expect(ask({})).toEqual({
      clearance: 'wait',
      seconds: 3600,
      reason:
        'web usually takes 30 minutes, and the next maintenance window for it opens at 2026-08-20T10:00:00.000Z, in 1 h',
    });
  });

  test('a person may say that it does not matter', () => {
    expect(ask({ ignoresWindow: true })).toEqual({ clearance: 'go' });
  });
});

describe('of several node groups', () => {
  const calendar = {
    windows: [window(['thu'], '09:00', '09:30'), window(['fri'], '09:00', '15:00')],
    blackouts: [],
  };
  const short = { name: 'short', minutes: 20 };
  const long = { name: 'long', minutes: 200 };
  const endless = { name: 'endless', minutes: 2_000 };

  test('one that fits is enough; the others ask again for themselves', () => {
    expect(ask({ calendar, nodeGroups: [long, short] })).toEqual({ clearance: 'go' });
  });

  test('the first that will fit says how long', () => {
    expect(ask({ calendar, nodeGroups: [endless, long] })).toMatchObject({ clearance: 'wait', seconds: 86_400 });
  });

  test('when none ever fits it is said at once', () => {
    expect(ask({ calendar, nodeGroups: [endless] })).toEqual({
      clearance: 'never',
      reason: 'endless usually takes 2000 minutes: no maintenance window is open for so long',
    });
  });

  test('nothing to start needs no window', () => {
    expect(ask({ calendar, nodeGroups: [] })).toEqual({ clearance: 'go' });
  });
});

describe('people', () => {
  const said = { by: 'alice', reason: 'the fair', at: now };
  const scope = { targets: { web: 'ami-1' }, findings: ['no-canary web'] };
  const rules = { by: ['*'], expiresAfterSeconds: 3600, notTheStarter: false };
  const question = (given: Partial<RolloutQuestion>) =>
    clearanceOfRollout({
      ignoresWindow: true,
      calendar: { windows: [], blackouts: [] },
      nodeGroups: [{ name: 'web', minutes: 30 }],
      control: noControl,
      approval: null,
      scope,
      now,
      ...given,
    });
  const asked: Control = {
    ...noControl,
    approval: {
      state: 'asked',
      planHash: planHash(scope),
      scope,
      askedAt: now,
      expiresAt: later(3600),
      answer: null,
    },
  };
  const answered = (state: 'approved' | 'rejected', of = scope): Control => ({
    ...noControl,
    approval: asked.approval && { ...asked.approval, state, scope: of, answer: said },
  });

  test('a pause waits for a word, an end for nothing', () => {
    expect(question({ control: { ...noControl, pause: said } })).toMatchObject({ clearance: 'wait' });
    const end = { ...said, wish: 'roll-back' as const };
    expect(question({ control: { ...noControl, pause: said, end } })).toEqual({
      clearance: 'end',
      goesBack: true,
      reason: `taken back by alice at ${now}: the fair`,
    });
  });

  test('an approval is asked for once, and waited for until it expires', () => {
    expect(question({ approval: rules })).toEqual({
      clearance: 'wait',
      seconds: 3600,
      reason: `its plan ${planHash(scope)} must be approved`,
      asks: asked.approval,
    });
    expect(question({ approval: rules, control: asked, now: later(600) })).toEqual({
      clearance: 'wait',
      seconds: 3000,
      reason: `its plan ${planHash(scope)} must be approved`,
    });
    expect(question({ approval: rules, control: asked, now: later(3600) })).toMatchObject({ clearance: 'never' });
  });

  test('approved it goes on, rejected it ends', () => {
    expect(question({ approval: rules, control: answered('approved') })).toEqual({ clearance: 'go' });
    expect(question({ approval: rules, control: answered('rejected') })).toEqual({
      clearance: 'never',
      reason: 'its plan was rejected by alice: the fair',
    });
  });

  test.each([
    ['another image', { ...scope, targets: { web: 'ami-2' } }],
    ['one node group more', { ...scope, targets: { web: 'ami-1', db: 'ami-1' } }],
    ['another finding', { ...scope, findings: [...scope.findings, 'template-ahead web'] }],
  ])('%s is asked about again', (_, changed) => {
    expect(question({ approval: rules, control: answered('approved'), scope: changed })).toHaveProperty('asks');
    expect(planHash(changed)).not.toBe(planHash(scope));
  });

  test('what is left of an approved plan needs no other word', () => {
    expect(isCovered({ targets: {}, findings: [] }, scope)).toBe(true);
    const both = { ...scope, targets: { web: 'ami-1', db: 'ami-1' } };
    expect(question({ approval: rules, control: answered('approved', both) })).toEqual({ clearance: 'go' });
  });
});
