import { describe, expect, test } from 'vitest';
import { noControl } from '../../../core/control/control.ts';
import {
  type ChangeQuestion,
  type ChangeVerdict,
  gone,
  isWhollyOn,
  mayUpdate,
  movedAfterUpdate,
  outcomeOfReturn,
  returnReason,
  stopBefore,
  stopReason,
} from '../../../core/node-group/before-change.ts';
import { beginAgain, beginAttempt, type NodeGroupRecord } from '../../../core/node-group/record.ts';
import {
  aLook,
  aLookOnNew,
  aRecord,
  asked,
  failed,
  former,
  hour,
  imageOf,
  inconclusive,
  later,
  newest,
  now,
  withAttempts,
} from '../builders.ts';

const may = (given: Partial<ChangeQuestion> = {}): ChangeVerdict =>
  mayUpdate({
    record: aRecord(),
    direction: 'forward',
    look: aLook(),
    isAndonOn: false,
    stop: undefined,
    pause: undefined,
    waitingSince: null,
    now,
    ...given,
  });

/** In a word: go, where else it goes, or as what it is settled. */
const told = (verdict: ChangeVerdict): string => {
  if (verdict.verdict === 'go') return 'go';
  return verdict.step.step === 'SettleNodeGroup' ? verdict.step.outcome : verdict.step.step;
};

const andon = 'the andon switch is on (or cannot be read)';
const unanswered = beginAttempt(aRecord(), 'rollout-9', 'forward', now);
const answered = withAttempts(aRecord(), 'forward');
/** An earlier execution tried once and failed; the one that works on it now has asked for nothing. */
const resumed = beginAgain(withAttempts(aRecord(), 'forward', 2), 'forward', null);
const triedBefore = { ...resumed, attempts: resumed.attempts.slice(0, 1) };
const goingBack: NodeGroupRecord = { ...withAttempts(aRecord(), 'forward', 2), direction: 'back', verdict: failed };
const returning = { ...goingBack, attempts: goingBack.attempts.slice(0, 1) };

describe('no further node group starts', () => {
  const other = (given: Partial<NodeGroupRecord>): NodeGroupRecord => aRecord('db', given);

  test.each<{ title: string; others: NodeGroupRecord[]; isAndonOn?: boolean; stop: string | undefined }>([
    { title: 'without others: it may start', others: [], stop: undefined },
    {
      title: 'while others go or have ended well: it may start',
      others: [
        other({}),
        other({ outcome: 'Updated' }),
        other({ outcome: 'Untouched' }),
        other({ outcome: 'UpToDate' }),
      ],
      stop: undefined,
    },
    { title: 'once one failed its gates', others: [other({ verdict: failed })], stop: 'db failed its health gates' },
    {
      title: 'once one failed its gates, also when it is back already',
      others: [other({ verdict: failed, outcome: 'RolledBack' })],
      stop: 'db failed its health gates',
    },
    { title: 'once one was rolled back', others: [other({ outcome: 'RolledBack' })], stop: 'db ended RolledBack' },
    { title: 'once one is held', others: [other({}), other({ outcome: 'Held' })], stop: 'db ended Held' },
    { title: 'once one has failed', others: [other({ outcome: 'Failed' })], stop: 'db ended Failed' },
    { title: 'while the andon switch is on', others: [], isAndonOn: true, stop: andon },
    {
      title: 'while the andon switch is on, before all else',
      others: [other({ verdict: failed })],
      isAndonOn: true,
      stop: andon,
    },
  ])('$title', ({ others, isAndonOn = false, stop }) => {
    expect(stopReason(others, isAndonOn, noControl)).toBe(stop);
  });
});

describe('what has not begun is not begun any more', () => {
  test.each<{ title: string; record: NodeGroupRecord; direction?: 'back'; outcome: string | undefined }>([
    { title: 'and is left untouched', record: aRecord(), outcome: 'Untouched' },
    { title: 'and is held where an earlier execution had asked for something', record: triedBefore, outcome: 'Held' },
    { title: 'but what has begun goes on', record: unanswered, outcome: undefined },
    { title: 'but the way back is always open', record: aRecord(), direction: 'back', outcome: undefined },
  ])('$title', ({ record, direction, outcome }) => {
    expect(stopBefore(record, direction ?? 'forward', 'db is held', undefined)?.outcome).toBe(outcome);
    expect(stopBefore(record, direction ?? 'forward', undefined, undefined)).toBeUndefined();
  });

  test('a pause lets it wait, and a stop is stronger', () => {
    expect(stopBefore(aRecord(), 'forward', undefined, 'paused by alice')).toMatchObject({
      outcome: 'Deferred',
      reason: 'paused by alice',
    });
    expect(stopBefore(aRecord(), 'back', undefined, 'paused by alice')).toBeUndefined();
    expect(stopBefore(unanswered, 'forward', undefined, 'paused by alice')).toBeUndefined();
  });

  test('what a person asked comes before what failed', () => {
    const end = { wish: 'abort' as const, by: 'alice', reason: 'the fair', at: now };
    expect(stopReason([aRecord('db', { verdict: failed })], false, { ...noControl, end })).toBe(
      `aborted by alice at ${now}: the fair`,
    );
  });

  test('and says why', () => {
    expect(stopBefore(aRecord(), 'forward', 'db ended Held', 'paused')?.reason).toBe('was not started: db ended Held');
  });
});

describe('before an update is asked for', () => {
  test.each<{ title: string; given: Partial<ChangeQuestion>; is: string }>([
    { title: 'a node group on its former version may go forward', given: {}, is: 'go' },
    { title: 'a DEGRADED one may go forward', given: { look: aLook({ status: 'DEGRADED' }) }, is: 'go' },
    {
      title: 'one on the new version may go back',
      given: { record: returning, direction: 'back', look: aLookOnNew() },
      is: 'go',
    },
    {
      title: 'one that is configured for the new version with instances of the former may go on',
      given: { look: aLook({ configuredVersion: '4' }) },
      is: 'go',
    },
    { title: 'one that is wholly forward goes to its gates', given: { look: aLookOnNew() }, is: 'EvaluateHealthGates' },
    {
      title: 'one without instances that is configured for the new version goes to its gates',
      given: { look: aLookOnNew({ instances: {} }) },
      is: 'EvaluateHealthGates',
    },
    {
      title: 'one that is wholly back is rolled back',
      given: { record: returning, direction: 'back' },
      is: 'RolledBack',
    },
    {
      title: 'one that is wholly back without a verdict on the AMI is held',
      given: { record: { ...returning, verdict: inconclusive }, direction: 'back' },
      is: 'Held',
    },
    { title: 'one that is gone is untouched', given: { look: { isThere: false } }, is: 'Untouched' },
    {
      title: 'one that is being deleted is untouched',
      given: { look: aLook({ status: 'DELETING' }) },
      is: 'Untouched',
    },
    {
      title: 'one that somebody else updates is waited for',
      given: { look: aLook({ status: 'UPDATING' }) },
      is: 'WaitForOthers',
    },
    {
      title: 'one in another status is left untouched',
      given: { look: aLook({ status: 'CREATE_FAILED' }) },
      is: 'Untouched',
    },
    {
      title: 'one in another status of which something was asked before is held',
      given: { record: triedBefore, look: aLook({ status: 'CREATE_FAILED' }) },
      is: 'Held',
    },
    {
      title: 'one that somebody else moved to another version is held',
      given: { look: aLook({ configuredVersion: '9' }) },
      is: 'Held',
    },
    {
      title: 'one that lost its launch template is held',
      given: { look: aLook({ configuredVersion: null }) },
      is: 'Held',
    },
    { title: 'one that is to stop is left untouched', given: { stop: 'db is held' }, is: 'Untouched' },
    {
      title: 'one that is to stop goes back all the same',
      given: { record: returning, direction: 'back', look: aLookOnNew(), stop: 'db is held' },
      is: 'go',
    },
    { title: 'one that has begun does not stop', given: { record: unanswered, stop: 'db is held' }, is: 'go' },
    { title: 'one whose request EKS has answered is watched', given: { record: answered }, is: 'WaitForUpdate' },
    {
      title: 'one whose request EKS may not have received is asked for again',
      given: { record: unanswered, look: aLook({ status: 'UPDATING' }) },
      is: 'go',
    },
    { title: 'nothing is asked for while the andon switch is on', given: { isAndonOn: true }, is: 'Untouched' },
    {
      title: 'while the andon switch is on, what was asked for before is held',
      given: { record: triedBefore, isAndonOn: true },
      is: 'Held',
    },
    {
      title: 'while the andon switch is on, nothing goes back either',
      given: { record: returning, direction: 'back', look: aLookOnNew(), isAndonOn: true },
      is: 'Held',
    },
    {
      title: 'while the andon switch is on, an update that runs is watched',
      given: { record: answered, isAndonOn: true, look: aLook({ status: 'UPDATING' }) },
      is: 'WaitForUpdate',
    },
    {
      title: 'while the andon switch is on, an update that may run is watched',
      given: { record: unanswered, isAndonOn: true, look: aLook({ status: 'UPDATING' }) },
      is: 'WaitForUpdate',
    },
    {
      title: 'while the andon switch is on, a request that EKS may not have received is not made again',
      given: { record: unanswered, isAndonOn: true },
      is: 'Held',
    },
    {
      title: 'one that is gone is untouched, also while the andon switch is on',
      given: { look: { isThere: false }, isAndonOn: true, record: answered },
      is: 'Untouched',
    },
  ])('$title', ({ given, is }) => {
    expect(told(may(given))).toBe(is);
  });

  test('somebody else’s update is waited for four hours', () => {
    const waiting = (seconds: number) =>
      may({ look: aLook({ status: 'UPDATING' }), waitingSince: now, now: later(seconds) });
    expect(told(waiting(4 * hour - 1))).toBe('WaitForOthers');
    expect(waiting(4 * hour)).toEqual({
      verdict: 'elsewhere',
      step: {
        step: 'SettleNodeGroup',
        outcome: 'Held',
        reason: 'web is UPDATING: somebody else changes it, still after 4 h',
      },
    });
  });

  test('who watches an update looks again soon, and names it', () => {
    expect(may({ record: answered })).toEqual({
      verdict: 'elsewhere',
      step: { step: 'WaitForUpdate', seconds: 30, reason: 'update u-1 runs' },
    });
  });

  test('who waits keeps the direction', () => {
    const step = { step: 'WaitForOthers', seconds: 60, reason: 'web is UPDATING: somebody else changes it' };
    const look = aLook({ status: 'UPDATING' });
    expect(may({ look })).toEqual({ verdict: 'elsewhere', step: { ...step, direction: 'forward' } });
    expect(may({ look, record: returning, direction: 'back' })).toEqual({
      verdict: 'elsewhere',
      step: { ...step, direction: 'back' },
    });
  });

  test.each<{ given: Partial<ChangeQuestion>; reason: string }>([
    {
      given: { look: aLook({ configuredVersion: '9' }) },
      reason: 'was moved underneath: it is on launch template version 9, not 3 or 4; it is left alone',
    },
    { given: { isAndonOn: true }, reason: `${andon}; nothing further was changed` },
    {
      given: { isAndonOn: true, record: returning, direction: 'back', look: aLookOnNew() },
      reason: `${andon}, so it was not taken back although nodes-ready: 2 of 3 new nodes are not Ready`,
    },
    {
      given: { isAndonOn: true, record: { ...returning, verdict: null }, direction: 'back', look: aLookOnNew() },
      reason: `${andon}, so it was not taken back although that was asked for`,
    },
    { given: { look: { isThere: false } }, reason: 'is gone: web was deleted while the rollout ran' },
  ])('the reason is told: $reason', ({ given, reason }) => {
    expect(may(given)).toMatchObject({ step: { reason } });
  });
});

describe('a node group is wholly on a version', () => {
  const [old, fresh] = [imageOf(former), imageOf(newest)];
  test.each([
    { title: 'when it is configured for it and every instance runs its image', look: aLookOnNew(), is: true },
    { title: 'when it is configured for it and has no instance', look: aLookOnNew({ instances: {} }), is: true },
    {
      title: 'not when one instance runs another',
      look: aLookOnNew({ instances: { [fresh]: 2, [old]: 1 } }),
      is: false,
    },
    { title: 'not when it is configured for another', look: aLookOnNew({ configuredVersion: '3' }), is: false },
    { title: 'not when no instance runs it', look: aLookOnNew({ instances: { [old]: 3 } }), is: false },
  ])('$title', ({ look, is }) => {
    expect(isWhollyOn(look, '4', fresh)).toBe(is);
  });
});

describe('a node group that is back', () => {
  test.each([
    { title: 'because the AMI failed is rolled back', verdict: failed, outcome: 'RolledBack' },
    { title: 'because a person asked for it is rolled back', verdict: asked, outcome: 'RolledBack' },
    { title: 'because nobody could say is held', verdict: inconclusive, outcome: 'Held' },
    { title: 'without a verdict is rolled back', verdict: null, outcome: 'RolledBack' },
  ])('$title', ({ verdict, outcome }) => {
    expect(outcomeOfReturn(aRecord('web', { verdict }))).toBe(outcome);
  });

  test('says why, and what it is back on', () => {
    const on = 'it is back on 1.33.4-20260710 (launch template version 3)';
    expect(returnReason(aRecord('web', { verdict: failed }))).toBe(`${failed.reason}; ${on}`);
    expect(returnReason(aRecord())).toBe(`it was asked for; ${on}`);
  });

  test('of a release without a version names its image', () => {
    const from = { imageId: imageOf(former), releaseVersion: null, launchTemplateVersion: '3' };
    expect(returnReason(aRecord('web', { from }))).toContain(`back on ${imageOf(former)}`);
  });
});

test('a node group that was deleted midway is untouched, and marked as gone', () => {
  expect(gone(aRecord())).toEqual({
    step: 'SettleNodeGroup',
    outcome: 'Untouched',
    reason: 'is gone: web was deleted while the rollout ran',
    isGone: true,
  });
});

test('a recall stops what has not begun', () => {
  const recall = {
    imageId: imageOf(newest),
    releaseVersion: '1.33.4-20260810',
    variant: 'x',
    reason: 'was withdrawn',
    since: now,
  };
  expect(stopReason([], false, noControl, recall)).toBe(`1.33.4-20260810 was withdrawn (seen ${now})`);
  expect(stopReason([], false, noControl, null)).toBeUndefined();
});

test('a release that failed in another cluster of the ring stops what has not begun', () => {
  const spent = { imageId: imageOf(newest), releaseVersion: '1.33.4-20260810', rolloutId: 'other-1' };
  expect(stopReason([], false, noControl, null, spent)).toBe(
    '1.33.4-20260810 was spent in this ring meanwhile, by rollout other-1',
  );
});

describe('a node group that bakes', () => {
  const ended = aRecord();
  const lookedAt = (record: NodeGroupRecord, status: string, configuredVersion: string | null) =>
    movedAfterUpdate(record, { status, configuredVersion });

  test('goes on while it is as the update left it', () => {
    expect(lookedAt(ended, 'ACTIVE', '4')).toBeUndefined();
    expect(lookedAt(ended, 'DEGRADED', '4')).toBeUndefined();
  });

  test.each([
    { status: 'ACTIVE', version: '5', says: 'was moved underneath: it is on launch template version 5, not 4' },
    { status: 'ACTIVE', version: '3', says: 'was moved underneath: it is on launch template version 3, not 4' },
    { status: 'UPDATING', version: '4', says: 'somebody else updates it while it bakes' },
  ])('is held when it is $status on $version', ({ status, version, says }) => {
    expect(lookedAt(ended, status, version)).toMatchObject({ outcome: 'Held', reason: expect.stringContaining(says) });
  });

  test('by a refresh that still runs is on its former version, and UPDATING', () => {
    const running = beginAttempt(aRecord(), 'rollout-9', 'forward', now);
    expect(lookedAt(running, 'UPDATING', '3')).toBeUndefined();
  });
});
