import { describe, expect, test } from 'vitest';
import { type ClearanceQuestion, clearanceOf } from '../../../core/rollout/clearance.ts';
import { now } from '../builders.ts';

/** `now` is Thursday, 09:00 in Greenwich. */
const window = (days: ('thu' | 'fri')[], from: string, to: string) => ({ days, from, to, timeZone: 'UTC' });

const ask = (given: Partial<ClearanceQuestion>) =>
  clearanceOf({
    mode: 'forward',
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

  test.each(['back', 'settle'] as const)('what goes %s waits for nothing', (mode) => {
    expect(ask({ mode })).toEqual({ clearance: 'go' });
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
