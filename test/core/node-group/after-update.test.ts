import { describe, expect, test } from 'vitest';
import { type AfterUpdate, afterUpdate, type UpdateLook } from '../../../core/node-group/after-update.ts';
import type { Decision } from '../../../core/node-group/decision.ts';
import type { NodeGroupRecord, Rules } from '../../../core/node-group/record.ts';
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
  withAttempts,
} from '../builders.ts';

const forward = withAttempts(aRecord(), 'forward');
const returning = withAttempts({ ...forward, verdict: failed }, 'back');
const mixed = aLook({ configuredVersion: '4', instances: { [imageOf(former)]: 1, [imageOf(newest)]: 2 } });

const update = (status: UpdateLook['status'], ...codes: string[]): UpdateLook => ({
  status,
  errors: codes.map((code) => ({ code, message: 'as EKS says it', resourceIds: ['i-1'] })),
});

const decide = (given: Partial<AfterUpdate> = {}): Decision => {
  const record = given.record ?? forward;
  return afterUpdate({
    record,
    attempt: record.attempts.at(-1),
    update: update('Successful'),
    look: aLookOnNew(),
    now: later(600),
    ...given,
  });
};

/** In a word or two: where it goes, or as what it is settled. */
const told = ({ step }: Decision): string => {
  if (step.step === 'SettleNodeGroup') return step.outcome;
  return step.step === 'UpdateNodeGroup' ? `UpdateNodeGroup ${step.direction}` : step.step;
};

const holding = (record: NodeGroupRecord, onFailure: Rules['onFailure'] = 'hold'): NodeGroupRecord => ({
  ...record,
  rules: { ...record.rules, onFailure },
});

describe('an update forward', () => {
  test.each<{ title: string; given: Partial<AfterUpdate>; is: string }>([
    { title: 'that runs is waited for', given: { update: update('InProgress') }, is: 'WaitForUpdate' },
    { title: 'that succeeded goes to the gates', given: {}, is: 'EvaluateHealthGates' },
    {
      title: 'that succeeded and left it mixed is asked for again',
      given: { look: mixed },
      is: 'UpdateNodeGroup forward',
    },
    {
      title: 'that left it mixed the second time is asked for again',
      given: { record: withAttempts(aRecord(), 'forward', 2), look: mixed },
      is: 'UpdateNodeGroup forward',
    },
    {
      title: 'that left it mixed the third time goes back',
      given: { record: withAttempts(aRecord(), 'forward', 3), look: mixed },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that succeeded after its gate failed in flight goes back',
      given: { record: { ...forward, verdict: failed } },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that succeeded after its gate failed in flight stays for a person where the policy says hold',
      given: { record: holding({ ...forward, verdict: failed }) },
      is: 'Held',
    },
    {
      title: 'that succeeded although a person asked it back goes back, whatever the policy says',
      given: { record: holding({ ...forward, verdict: asked }) },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed although a person asked it back goes back, whatever the policy says',
      given: { record: holding({ ...forward, verdict: asked }), update: update('Failed', 'PodEvictionFailure') },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed goes back',
      given: { update: update('Failed', 'NodeCreationFailure') },
      is: 'UpdateNodeGroup back',
    },
    { title: 'that was cancelled goes back', given: { update: update('Cancelled') }, is: 'UpdateNodeGroup back' },
    {
      title: 'that failed goes back with all others where the policy says so',
      given: { record: holding(forward, 'rollBackAll'), update: update('Failed', 'NodeCreationFailure') },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed stays for a person where the policy says hold',
      given: { record: holding(forward), update: update('Failed', 'NodeCreationFailure') },
      is: 'Held',
    },
    { title: 'of a node group that is gone is of no account', given: { look: { isThere: false } }, is: 'Untouched' },
    {
      title: 'of a node group that is being deleted is of no account',
      given: { look: aLook({ status: 'DELETING' }), update: update('InProgress') },
      is: 'Untouched',
    },
  ])('$title', ({ given, is }) => {
    expect(told(decide(given))).toBe(is);
  });

  test.each([
    { codes: ['NodeCreationFailure'], verdict: 'Failed' },
    { codes: ['PodEvictionFailure', 'NodeCreationFailure'], verdict: 'Failed' },
    { codes: ['PodEvictionFailure'], verdict: 'Inconclusive' },
    { codes: ['AccessDenied'], verdict: 'Inconclusive' },
    { codes: ['AsgInstanceLaunchFailures'], verdict: 'Inconclusive' },
    { codes: [], verdict: 'Inconclusive' },
  ])('that failed by $codes is $verdict: only nodes that did not join are the AMI’s', ({ codes, verdict }) => {
    expect(decide({ update: update('Failed', ...codes) }).verdict?.verdict).toBe(verdict);
  });

  test.each([
    { codes: ['ClusterUnreachable'], tries: 1, is: 'WaitForOthers' },
    { codes: ['ClusterUnreachable', 'IpNotAvailable'], tries: 2, is: 'WaitForOthers' },
    { codes: ['ClusterUnreachable'], tries: 3, is: 'UpdateNodeGroup back' },
    { codes: ['ClusterUnreachable', 'AccessDenied'], tries: 1, is: 'UpdateNodeGroup back' },
    { codes: ['ClusterUnreachable', 'NodeCreationFailure'], tries: 1, is: 'UpdateNodeGroup back' },
    { codes: ['NewInTheApi'], tries: 1, is: 'UpdateNodeGroup back' },
  ])('that failed by $codes, try $tries, goes to $is: what may pass is tried again', ({ codes, tries, is }) => {
    const record = withAttempts(aRecord(), 'forward', tries);
    expect(told(decide({ record, update: update('Failed', ...codes) }))).toBe(is);
  });

  test.each([
    { hasJoined: true, tries: 1, is: 'WaitForOthers' },
    { hasJoined: true, tries: 2, is: 'UpdateNodeGroup back' },
    { hasJoined: false, tries: 1, is: 'UpdateNodeGroup back' },
    { hasJoined: undefined, tries: 1, is: 'UpdateNodeGroup back' },
  ])(
    'that failed as if nodes did not join is tried once more where all have: $hasJoined, try $tries',
    ({ hasJoined, tries, is }) => {
      const record = withAttempts(aRecord(), 'forward', tries);
      const known = hasJoined === undefined ? {} : { hasJoined };
      expect(told(decide({ record, update: update('Failed', 'NodeCreationFailure'), ...known }))).toBe(is);
    },
  );

  test('that failed by what somebody must mend says what helps', () => {
    expect(decide({ update: update('Failed', 'AdmissionRequestDenied') }).verdict?.reason).toMatch(
      /; what helps: look at the admission webhooks of the cluster$/,
    );
  });

  test('that failed tells what EKS said', () => {
    const errors = [
      { code: 'NodeCreationFailure', message: 'did not join', resourceIds: ['i-1', 'i-2', 'i-3', 'i-4', 'i-5'] },
      { code: 'PodEvictionFailure', message: 'budget', resourceIds: [] },
    ];
    expect(decide({ update: { status: 'Failed', errors } }).verdict?.reason).toBe(
      'update u-1 of web to 1.33.4-20260810 failed: NodeCreationFailure: did not join (i-1, i-2, i-3 and 2 more); PodEvictionFailure: budget',
    );
    expect(decide({ update: update('Cancelled') }).verdict?.reason).toBe(
      'update u-1 of web to 1.33.4-20260810 was cancelled: AWS gave no reason',
    );
  });

  test.each([
    { resourceIds: [], told: '' },
    { resourceIds: ['i-1'], told: ' (i-1)' },
    { resourceIds: ['i-1', 'i-2', 'i-3'], told: ' (i-1, i-2, i-3)' },
    { resourceIds: ['i-1', 'i-2', 'i-3', 'i-4'], told: ' (i-1, i-2, i-3 and 1 more)' },
  ])('that failed names three resources at most: $resourceIds', ({ resourceIds, told }) => {
    const errors = [{ code: 'ConfigurationConflict', message: 'budget', resourceIds }];
    expect(decide({ update: { status: 'Failed', errors } }).verdict?.reason).toMatch(/: ConfigurationConflict: budget/);
    expect(decide({ update: { status: 'Failed', errors } }).verdict?.reason.split('budget')[1]).toBe(told);
  });

  test('that left it mixed tells what runs', () => {
    expect(decide({ look: mixed }).step).toMatchObject({
      reason: `AWS says Successful, but it is mixed: 1 on ${imageOf(former)}`,
    });
    expect(decide({ record: withAttempts(aRecord(), 'forward', 3), look: mixed }).verdict).toEqual({
      verdict: 'Inconclusive',
      reason: `it stayed mixed after 3 updates: 1 on ${imageOf(former)}`,
    });
  });

  test('that failed before is back without a new verdict: the gate’s counts', () => {
    expect(decide({ record: { ...forward, verdict: failed } }).verdict).toBe(failed);
  });
});

describe('an update that runs', () => {
  const running = (seconds: number) => decide({ update: update('InProgress'), now: later(seconds) }).step;
  // Three nodes, one at a time, in three zones: 60 + 3 × 30 + 6 × 10 minutes.
  const longest = 210 * 60;

  test.each([
    { seconds: 0, next: 30 },
    { seconds: 599, next: 30 },
    { seconds: 600, next: 60 },
    { seconds: longest, next: 60 },
  ])('for $seconds seconds is looked at again in $next', ({ seconds, next }) => {
    expect(running(seconds)).toMatchObject({ step: 'WaitForUpdate', seconds: next });
  });

  test('says when it usually has ended', () => {
    expect(running(60)).toMatchObject({ reason: `update u-1 runs; usually it has ended by ${later(23 * 60)}` });
  });

  test('longer than it may is given up on, and a person is told that EKS cannot stop it', () => {
    expect(running(longest + 1)).toEqual({
      step: 'SettleNodeGroup',
      outcome: 'Held',
      reason: 'update u-1 has not ended after 3 h 30 min; EKS cannot stop it',
    });
  });

  test('may run the longer the more nodes there are', () => {
    const record = { ...forward, desiredSize: 30 };
    expect(told(decide({ record, update: update('InProgress'), now: later(longest + 1) }))).toBe('WaitForUpdate');
  });

  test('back is waited for as long', () => {
    const given = { record: returning, update: update('InProgress') };
    expect(told(decide({ ...given, now: later(hour) }))).toBe('WaitForUpdate');
    expect(told(decide({ ...given, now: later(longest + 1) }))).toBe('Held');
  });
});

describe('an update back', () => {
  const twice = withAttempts({ ...forward, verdict: failed }, 'back', 2);
  const thrice = withAttempts({ ...forward, verdict: failed }, 'back', 3);

  test.each<{ title: string; given: Partial<AfterUpdate>; is: string }>([
    { title: 'that succeeded is rolled back', given: { record: returning, look: aLook() }, is: 'RolledBack' },
    {
      title: 'that succeeded after nobody could say is held',
      given: { record: { ...returning, verdict: inconclusive }, look: aLook() },
      is: 'Held',
    },
    {
      title: 'that succeeded and left new instances is asked for again',
      given: { record: returning, look: aLook({ instances: { [imageOf(newest)]: 1 } }) },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed is asked for again',
      given: { record: returning, update: update('Failed', 'PodEvictionFailure') },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed twice is asked for again',
      given: { record: twice, update: update('Failed', 'PodEvictionFailure') },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed three times is held',
      given: { record: thrice, update: update('Failed', 'PodEvictionFailure') },
      is: 'Held',
    },
    {
      title: 'that left new instances three times is held',
      given: { record: thrice, look: aLook({ instances: { [imageOf(newest)]: 1 } }) },
      is: 'Held',
    },
    {
      title: 'that failed is asked for again, also where the policy says hold',
      given: { record: holding(returning), update: update('Failed', 'PodEvictionFailure') },
      is: 'UpdateNodeGroup back',
    },
  ])('$title', ({ given, is }) => {
    expect(told(decide(given))).toBe(is);
  });

  test('in vain tells both why it was to go back and why it could not', () => {
    expect(decide({ record: thrice, update: update('Failed', 'PodEvictionFailure') }).step).toMatchObject({
      reason: `${failed.reason}; and it could not be taken back in 3 tries: PodEvictionFailure: as EKS says it (i-1)`,
    });
  });

  test('counts its own tries, not those forward', () => {
    const record = withAttempts({ ...withAttempts(aRecord(), 'forward', 3), verdict: failed }, 'back');
    expect(told(decide({ record, update: update('Failed') }))).toBe('UpdateNodeGroup back');
  });
});

describe('where a dead execution left no update', () => {
  const without = (given: Partial<AfterUpdate>): Decision => decide({ attempt: undefined, update: null, ...given });
  const begun = { ...forward, attempts: forward.attempts.map((each) => ({ ...each, updateId: null })) };

  test.each<{ title: string; given: Partial<AfterUpdate>; is: string }>([
    {
      title: 'a node group that is UPDATING is waited for',
      given: { look: aLook({ status: 'UPDATING' }) },
      is: 'WaitForUpdate',
    },
    { title: 'one that is wholly forward goes to its gates', given: { record: begun }, is: 'EvaluateHealthGates' },
    {
      title: 'one that is wholly on its former version was not started',
      given: { record: begun, look: aLook() },
      is: 'Untouched',
    },
    {
      title: 'one that is wholly on its former version after a failed gate is rolled back',
      given: { record: { ...begun, verdict: failed }, look: aLook() },
      is: 'RolledBack',
    },
    {
      title: 'one that is wholly on its former version after nobody could say is held',
      given: { record: { ...begun, verdict: inconclusive }, look: aLook() },
      is: 'Held',
    },
    {
      title: 'one in between of which nothing was asked was not started',
      given: { record: aRecord(), look: mixed },
      is: 'Untouched',
    },
    { title: 'one in between goes back', given: { record: begun, look: mixed }, is: 'UpdateNodeGroup back' },
    {
      title: 'one that was going back and is wholly forward goes back',
      given: { record: { ...begun, direction: 'back' }, look: aLookOnNew() },
      is: 'UpdateNodeGroup back',
    },
    { title: 'one that is gone is untouched', given: { look: { isThere: false } }, is: 'Untouched' },
  ])('$title', ({ given, is }) => {
    expect(told(without(given))).toBe(is);
  });

  test('one in between is no failure of the AMI', () => {
    expect(without({ record: begun, look: mixed }).verdict).toEqual({
      verdict: 'Inconclusive',
      reason: 'its rollout was stopped in the middle of an update',
    });
  });

  test('an update that EKS does not know any more is treated the same', () => {
    expect(told(decide({ update: null }))).toBe('EvaluateHealthGates');
    expect(told(decide({ update: null, look: mixed }))).toBe('UpdateNodeGroup back');
  });
});

describe('a node group never stays', () => {
  const looks = [aLook(), aLookOnNew(), mixed];
  const updates = [update('Successful'), update('Failed'), update('Cancelled'), null];
  const records = [forward, returning, { ...forward, verdict: failed }, { ...forward, verdict: inconclusive }];

  test('mixed and called Updated, RolledBack or Untouched, once something was asked for', () => {
    for (const record of records) {
      for (const each of updates) {
        const decision = decide({ record, update: each, look: mixed });
        expect(['Updated', 'RolledBack', 'Untouched'], JSON.stringify({ record, each })).not.toContain(told(decision));
      }
    }
  });

  test('forward, or judged again, once its gate has failed', () => {
    for (const look of looks) {
      for (const each of updates) {
        const decision = decide({ record: { ...forward, verdict: failed }, update: each, look });
        const forbidden = ['UpdateNodeGroup forward', 'EvaluateHealthGates', 'Updated'];
        expect(forbidden, JSON.stringify({ look, each })).not.toContain(told(decision));
      }
    }
  });
});
