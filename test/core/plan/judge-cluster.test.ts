import { describe, expect, test } from 'vitest';
import {
  type ClusterQuestion,
  type ClusterVerdict,
  isAutomatic,
  judgeCluster,
} from '../../../core/plan/judge-cluster.ts';
import type { Ring } from '../../../core/policy/policy.ts';
import { aCluster, hour, later, now, optIn, policyOf, requestOf } from '../builders.ts';

const ringOf = (mode: Ring['mode']): Ring => {
  const [ring] = policyOf({ rings: [{ name: 'prod', clusters: {}, mode }] }).rings;
  if (ring === undefined) throw new Error('there is one ring');
  return ring;
};

const judge = ({
  request,
  ...given
}: Omit<Partial<ClusterQuestion>, 'request'> & { request?: object } = {}): ClusterVerdict =>
  judgeCluster({
    request: requestOf(request),
    cluster: aCluster(),
    ring: { ring: ringOf('roll-out') },
    optIn,
    isAndonOn: false,
    andonParameter: '/eks-ami-rollout/andon',
    startedAt: now,
    now,
    ...given,
  });

/** In a word: go, wait, hold, or the code of the refusing finding. */
const told = (verdict: ClusterVerdict): string =>
  verdict.verdict === 'refuse' ? verdict.finding.code : verdict.verdict;

const untagged = aCluster({ tags: {} });
const observing = { ring: ringOf('observe') };
const bySchedule = { startedBy: 'schedule' };
const byEvent = { startedBy: 'event:/golden/web' };
const byHand = { startedBy: 'cli:arn:aws:iam::111122223333:user/jo' };

describe('who starts a rollout', () => {
  test.each([
    { startedBy: 'schedule', automatic: true },
    { startedBy: 'event:/golden/web', automatic: true },
    { startedBy: 'manual', automatic: false },
    { startedBy: 'cli:jo', automatic: false },
    { startedBy: 'cli:event:jo', automatic: false },
    { startedBy: 'scheduled', automatic: false },
  ])('$startedBy: automatic $automatic', ({ startedBy, automatic }) => {
    expect(isAutomatic({ startedBy })).toBe(automatic);
  });
});

describe('a cluster may be changed', () => {
  test.each<{ title: string; given: Parameters<typeof judge>[0]; verdict: string }>([
    { title: 'by the schedule, opted in and in a ring that rolls out', given: { request: bySchedule }, verdict: 'go' },
    { title: 'by a parameter, opted in and in a ring that rolls out', given: { request: byEvent }, verdict: 'go' },
    { title: 'by hand, opted in and in a ring that rolls out', given: { request: byHand }, verdict: 'go' },
    { title: 'by hand, in a ring that only observes', given: { request: byHand, ring: observing }, verdict: 'go' },
    { title: 'by hand, in no ring', given: { request: byHand, ring: { ring: null } }, verdict: 'go' },
    { title: 'not when it does not exist', given: { cluster: null }, verdict: 'cluster-not-found' },
    {
      title: 'not by the schedule, in a ring that only observes',
      given: { request: bySchedule, ring: observing },
      verdict: 'not-opted-in',
    },
    {
      title: 'not by the schedule, in no ring',
      given: { request: bySchedule, ring: { ring: null } },
      verdict: 'not-opted-in',
    },
    {
      title: 'not by a parameter, in no ring',
      given: { request: byEvent, ring: { ring: null } },
      verdict: 'not-opted-in',
    },
    {
      title: 'to heal it, although its ring only observes by now',
      given: { request: { ...bySchedule, heal: 'rollout-7' }, ring: observing },
      verdict: 'go',
    },
    { title: 'not without the opt-in tag', given: { cluster: untagged }, verdict: 'not-opted-in' },
    {
      title: 'not with another value of the opt-in tag',
      given: { cluster: aCluster({ tags: { 'eks-ami-rollout': 'true' } }) },
      verdict: 'not-opted-in',
    },
    {
      title: 'by hand without the tag where the stack allows it',
      given: { cluster: untagged, optIn: { ...optIn, allowUntagged: true } },
      verdict: 'go',
    },
    {
      title: 'not by the schedule without the tag, also where the stack allows it by hand',
      given: { request: bySchedule, cluster: untagged, optIn: { ...optIn, allowUntagged: true } },
      verdict: 'not-opted-in',
    },
    {
      title: 'with the tag that the stack was deployed with',
      given: {
        cluster: aCluster({ tags: { patch: 'me' } }),
        optIn: { ...optIn, key: 'patch', value: 'me' },
      },
      verdict: 'go',
    },
    { title: 'not in two rings', given: { ring: { conflict: ['dev', 'prod'] } }, verdict: 'two-rings' },
    {
      title: 'not in two rings, also by hand',
      given: { request: byHand, ring: { conflict: ['dev', 'prod'] } },
      verdict: 'two-rings',
    },
    { title: 'not while the andon switch is on', given: { isAndonOn: true }, verdict: 'andon' },
    {
      title: 'in a dry run while the andon switch is on',
      given: { request: { dryRun: true }, isAndonOn: true },
      verdict: 'go',
    },
  ])('$title', ({ given, verdict }) => {
    expect(told(judge(given))).toBe(verdict);
  });
});

describe('a cluster that is not ACTIVE', () => {
  const waiting = (seconds: number, status = 'UPDATING') =>
    judge({ cluster: aCluster({ status }), now: later(seconds) });

  test.each(['CREATING', 'DELETING', 'FAILED', 'PENDING', 'SOMETHING_NEW'])('is refused when it is %s', (status) => {
    expect(judge({ cluster: aCluster({ status }) })).toMatchObject({
      verdict: 'refuse',
      finding: {
        code: 'cluster-status',
        level: 'refuse',
        message: `prod is ${status}; only an ACTIVE cluster is patched`,
      },
    });
  });

  test.each([
    { seconds: 0, verdict: 'wait' },
    { seconds: 2 * hour - 1, verdict: 'wait' },
    { seconds: 2 * hour, verdict: 'hold' },
    { seconds: 5 * hour, verdict: 'hold' },
  ])('by an update, $seconds seconds after the start: $verdict', ({ seconds, verdict }) => {
    expect(told(waiting(seconds))).toBe(verdict);
  });

  test('is not waited for by a dry run, which changes nothing', () => {
    const cluster = aCluster({ status: 'UPDATING' });
    expect(told(judge({ request: { dryRun: true }, cluster, now: later(5 * hour) }))).toBe('go');
    expect(told(judge({ request: { dryRun: true }, cluster: aCluster({ status: 'FAILED' }) }))).toBe('cluster-status');
  });

  test('is looked at again soon, and says how long it was waited for in vain', () => {
    expect(waiting(60)).toEqual({ verdict: 'wait', seconds: 60, reason: 'prod is UPDATING: somebody else changes it' });
    expect(waiting(2 * hour + 600)).toEqual({
      verdict: 'hold',
      reason: 'prod is UPDATING: somebody else changes it, still after 2 h 10 min',
    });
  });
});

describe('a refusal names what is wrong and what would mend it', () => {
  test.each<{ given: Parameters<typeof judge>[0]; message: string; fix: string }>([
    {
      given: { cluster: null },
      message: 'there is no cluster named prod in us-east-1 of account 111122223333',
      fix: 'aws eks list-clusters --region us-east-1',
    },
    {
      given: { cluster: untagged },
      message: 'prod does not carry the opt-in tag eks-ami-rollout=enabled',
      fix: 'aws eks tag-resource --region us-east-1 --resource-arn arn:aws:eks:us-east-1:111122223333:cluster/prod --tags eks-ami-rollout=enabled',
    },
    {
      given: { ring: { conflict: ['dev', 'prod'] } },
      message: 'prod is selected by more than one ring: dev, prod',
      fix: 'let exactly one ring of the policy document select it',
    },
    {
      given: { request: bySchedule, ring: { ring: null } },
      message: 'no ring in mode roll-out selects prod; it is only observed',
      fix: 'add it to a ring with "mode: roll-out" in the policy document',
    },
  ])('$message', ({ given, message, fix }) => {
    expect(judge(given)).toMatchObject({ verdict: 'refuse', finding: { level: 'refuse', message, fix } });
    const verdict = judge(given);
    expect(verdict.verdict === 'refuse' && 'nodeGroup' in verdict.finding).toBe(false);
  });

  test('a cluster of another partition is named by its own ARN', () => {
    const cluster = aCluster({ tags: {}, arn: 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod' });
    expect(judge({ cluster })).toMatchObject({ finding: { fix: expect.stringContaining(` ${cluster.arn} `) } });
  });

  test('the andon switch is named with the command that turns it off', () => {
    expect(judge({ isAndonOn: true, andonParameter: '/patching/andon' })).toMatchObject({
      finding: {
        message: 'the andon switch is on (or cannot be read): no rollout may change anything',
        fix: 'aws ssm put-parameter --name /patching/andon --value off --overwrite',
      },
    });
  });
});
