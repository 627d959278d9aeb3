/** What is different for an Auto Scaling group that people run: it is made ready, its update can be taken back. */
import { describe, expect, test } from 'vitest';
import { judgeGates, whileItBakes } from '../../../core/gate/judge-gates.ts';
import { type AfterUpdate, afterUpdate, type UpdateLook } from '../../../core/node-group/after-update.ts';
import { type ChangeQuestion, mayUpdate } from '../../../core/node-group/before-change.ts';
import { applyDecision, type Decision } from '../../../core/node-group/decision.ts';
import { beginAgain, beginAttempt, endAttempt, type NodeGroupRecord } from '../../../core/node-group/record.ts';
import { settleRecord } from '../../../core/node-group/settle-record.ts';
import type { NodeGroupStep } from '../../../core/node-group/step.ts';
import {
  aDrain,
  aGroupRecord,
  aLook,
  aLookOnNew,
  aRecord,
  failed,
  former,
  hour,
  imageOf,
  inconclusive,
  lastAttempt,
  later,
  newest,
  now,
  withAttempts,
} from '../builders.ts';

/** In a word or two: where it goes, or as what it is settled. */
const told = (step: NodeGroupStep): string => {
  if (step.step === 'SettleNodeGroup') return step.outcome;
  return step.step === 'UpdateNodeGroup' || step.step === 'PrepareNodeGroup'
    ? `${step.step} ${step.direction}`
    : step.step;
};

const forward = withAttempts(aGroupRecord(), 'forward');
const returning = withAttempts({ ...forward, verdict: failed }, 'back');
const mixed = aLook({ instances: { [imageOf(former)]: 2, [imageOf(newest)]: 1 } });

describe('before an update', () => {
  const may = (given: Partial<ChangeQuestion>): string => {
    const verdict = mayUpdate({
      record: aGroupRecord(),
      direction: 'forward',
      look: aLook(),
      isAndonOn: false,
      stop: undefined,
      pause: undefined,
      waitingSince: null,
      now,
      ...given,
    });
    return verdict.verdict === 'go' ? 'go' : told(verdict.step);
  };
  const unprepared = aGroupRecord({ isPrepared: false });
  const running = { record: { ...forward, verdict: failed }, direction: 'back' as const };
  const updating = aLook({ ...mixed, status: 'UPDATING' });

  test.each<{ title: string; given: Partial<ChangeQuestion>; is: string }>([
    { title: 'a group is made ready', given: { record: unprepared }, is: 'PrepareNodeGroup forward' },
    {
      title: 'a group is made ready for the way back, too',
      given: { record: unprepared, direction: 'back', look: aLookOnNew() },
      is: 'PrepareNodeGroup back',
    },
    { title: 'one that is ready goes', given: {}, is: 'go' },
    {
      title: 'one that is not to change is not made ready',
      given: { record: unprepared, isAndonOn: true },
      is: 'Untouched',
    },
    {
      title: 'the version is made first',
      given: { record: aGroupRecord({}, { to: { ...aRecord().to, launchTemplateVersion: null } }) },
      is: 'SwapAmi',
    },
    { title: 'back, a refresh that runs is taken back', given: { ...running, look: updating }, is: 'go' },
    {
      title: 'back, a refresh that runs stays while the andon switch is on',
      given: { ...running, look: updating, isAndonOn: true },
      is: 'WaitForUpdate',
    },
    {
      title: 'forward, a refresh that runs is watched',
      given: { record: forward, look: updating },
      is: 'WaitForUpdate',
    },
    {
      title: 'back, a rollback that runs is watched',
      given: { record: returning, direction: 'back', look: updating },
      is: 'WaitForUpdate',
    },
    {
      title: 'an update by EKS that runs is watched, also where it is to go back',
      given: { ...running, record: withAttempts({ ...aRecord(), verdict: failed }, 'forward'), look: updating },
      is: 'WaitForUpdate',
    },
    {
      title: 'a refresh by somebody else is waited for',
      given: { look: aLook({ status: 'UPDATING' }) },
      is: 'WaitForOthers',
    },
  ])('$title', ({ given, is }) => {
    expect(may(given)).toBe(is);
  });
});

describe('after a look at its refresh', () => {
  const update = (status: UpdateLook['status']): UpdateLook => ({
    status,
    errors: [{ code: status, message: 'as Auto Scaling says it', resourceIds: [] }],
  });
  const decide = (given: Partial<AfterUpdate>): Decision => {
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
  const leaving = aLook({ ...mixed, leaving: ['i-1', 'i-2'] });
  const stuck = aDrain(hour, { blocked: { pod: 'shop/web-1', message: 'the budget web' } });
  const kept = withAttempts(aGroupRecord(), 'forward');
  const keptByPods: NodeGroupRecord = { ...kept, group: kept.group && { ...kept.group, drains: { 'i-1': stuck } } };
  const retained: NodeGroupRecord = {
    ...kept,
    group: kept.group && { ...kept.group, drains: { 'i-1': { ...stuck, isRetained: true } } },
  };

  test.each<{ title: string; given: Partial<AfterUpdate>; is: string }>([
    { title: 'that runs is waited for', given: { update: update('InProgress'), look: mixed }, is: 'WaitForUpdate' },
    { title: 'nodes that leave are emptied', given: { update: update('InProgress'), look: leaving }, is: 'DrainNodes' },
    {
      title: 'nodes that leave are emptied, also when it has failed',
      given: { update: update('Failed'), look: leaving },
      is: 'DrainNodes',
    },
    {
      title: 'nodes that leave are emptied, also when nothing is known of it',
      given: { attempt: undefined, update: null, look: leaving },
      is: 'DrainNodes',
    },
    { title: 'that bakes is judged', given: { update: update('Baking') }, is: 'EvaluateHealthGates' },
    { title: 'that succeeded is judged', given: {}, is: 'EvaluateHealthGates' },
    {
      title: 'a verdict takes it back while it runs',
      given: { record: { ...forward, verdict: failed }, update: update('InProgress'), look: leaving },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'a verdict takes it back while it bakes',
      given: { record: { ...forward, verdict: failed }, update: update('Baking') },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed takes it back',
      given: { update: update('Failed'), look: mixed },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that somebody rolled back takes it back',
      given: { update: update('TakenBack'), look: mixed },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed because pods did not go goes on when nodes are empty',
      given: { record: keptByPods, update: update('Failed'), look: mixed },
      is: 'DrainNodes',
    },
    {
      title: 'that was cancelled is not excused by pods',
      given: { record: keptByPods, update: update('Cancelled'), look: mixed },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'that failed after a node was given up is not tried again',
      given: { record: retained, update: update('Failed'), look: mixed },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'a rollback that succeeded ends it',
      given: { record: returning, update: update('TakenBack'), look: aLook() },
      is: 'RolledBack',
    },
    {
      title: 'a rollback that failed is followed by a refresh to the former version',
      given: { record: returning, update: update('Failed'), look: mixed },
      is: 'UpdateNodeGroup back',
    },
    {
      title: 'a rollback that succeeded and left it mixed is followed by a refresh',
      given: { record: returning, update: update('TakenBack'), look: mixed },
      is: 'UpdateNodeGroup back',
    },
  ])('$title', ({ given, is }) => {
    expect(told(decide(given).step)).toBe(is);
  });

  test('what goes on when nodes are empty is remembered, and found again after a death', () => {
    const decision = decide({ record: keptByPods, update: update('Failed'), look: mixed });
    const next = applyDecision(endAttempt(keptByPods, lastAttempt(keptByPods), 'Failed'), decision, now);
    expect(next.group?.drainsAhead).toBe(true);
    expect(told(decide({ record: next, attempt: undefined, update: null, look: mixed }).step)).toBe('DrainNodes');
  });

  test('it is not tried without end', () => {
    const often = withAttempts(keptByPods, 'forward', 6);
    const group = often.group && { ...often.group, drains: { 'i-1': stuck } };
    expect(told(decide({ record: { ...often, group }, update: update('Failed'), look: mixed }).step)).toBe(
      'UpdateNodeGroup back',
    );
  });
});

describe('while its refresh bakes', () => {
  const judge = (record: NodeGroupRecord, bakedSeconds: number): Decision =>
    whileItBakes(
      record,
      judgeGates({
        readings: [{ gate: 'nodes-ready', measurement: { kind: 'healthy', reason: 'all Ready' } }],
        memory: record.gates,
        isCanary: false,
        dryRun: [],
        updatedAt: now,
        bakeTimeSeconds: 900,
        onFailure: 'rollBack',
        now: later(bakedSeconds),
      }),
    );

  test('it is judged, and not settled before the refresh has ended', () => {
    expect(told(judge(forward, 300).step)).toBe('Bake');
    expect(judge(forward, 901)).toEqual({
      step: {
        step: 'WaitForUpdate',
        seconds: 30,
        reason: expect.stringMatching(/^its refresh bakes; nodes-ready: all Ready throughout/),
      },
    });
    expect(told(judge(endAttempt(forward, lastAttempt(forward), 'Successful'), 901).step)).toBe('Updated');
  });

  test('a gate nobody can read does not take it back: that is decided when the refresh has ended', () => {
    const decision = whileItBakes(forward, {
      step: { step: 'SettleNodeGroup', outcome: 'Held', reason: 'could not be read' },
      verdict: inconclusive,
    });
    expect(decision.verdict).toBeUndefined();
  });

  test('a gate that fails takes it back at once', () => {
    const decision: Decision = { step: { step: 'UpdateNodeGroup', direction: 'back' }, verdict: failed };
    expect(whileItBakes(forward, decision)).toBe(decision);
  });
});

describe('what is known of its nodes', () => {
  const retained = aDrain(7 * hour, { isRetained: true });
  const record = aGroupRecord({ drains: { 'i-1': aDrain(60), 'i-2': retained }, drainsAhead: true });

  test('belongs to one update, except for those that run on outside of the group', () => {
    expect(beginAttempt(record, 'rollout-9', 'forward', now).group?.drains).toEqual({ 'i-2': retained });
  });

  test('begins anew with a further execution, which makes the group ready again', () => {
    expect(beginAgain(record, 'forward', null).group).toMatchObject({
      isPrepared: false,
      drains: { 'i-2': retained },
      drainsAhead: false,
    });
  });

  test('is told at the end, with the commands that end what runs on', () => {
    const { record: settled } = settleRecord(record, {
      outcome: 'Held',
      reason: 'its pods did not go',
      leftover: [],
      notRestored: ['lifecycle hook eks-ami-rollout-drain is left because of AccessDenied (aws …)'],
    });
    expect(settled.reason).toBe(
      'its pods did not go; i-2 runs on outside of its group, with the pods that are left on it; once they may go: kubectl drain node-1 --ignore-daemonsets --delete-emptydir-data, then aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-2 --no-should-decrement-desired-capacity; lifecycle hook eks-ami-rollout-drain is left because of AccessDenied (aws …)',
    );
  });
});

test('the expected end counts the pauses of the refresh', () => {
  const minutes = (record: NodeGroupRecord): number => {
    const [attempt] = beginAttempt(record, 'rollout-9', 'forward', now).attempts;
    return (Date.parse(attempt?.expectedEndAt ?? '') - Date.parse(now)) / 60_000;
  };
  expect(minutes(aGroupRecord())).toBe(3 + 3 * 8 + 15 + 15);
  expect(minutes(aRecord())).toBe(5 + 3 * 4 + 6);
});
