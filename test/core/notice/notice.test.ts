import { describe, expect, test } from 'vitest';
import { noticeDetailSchema, noticeOf, type Occasion } from '../../../core/notice/notice.ts';
import type { Answer, ClusterOutcome } from '../../../core/outcome/answer.ts';

const from = { imageId: 'ami-1', releaseVersion: '1.33.4-20260710', launchTemplateVersion: '1' };
const to = { imageId: 'ami-2', releaseVersion: '1.33.4-20260810', launchTemplateVersion: null };
const rollout = {
  rolloutId: 'prod-1',
  key: { accountId: '111122223333', region: 'us-east-1', clusterName: 'prod' },
  plan: {
    nodeGroups: [
      { name: 'web', outcome: 'Planned', from, to, target: {} },
      { name: 'api', outcome: 'UpToDate', from: to, to, target: null },
    ],
    waves: [['web']],
    findings: [],
  } as unknown as Parameters<typeof noticeOf>[0]['plan'],
  startedBy: 'schedule',
};
const answer = (outcome: ClusterOutcome, reason = 'because'): Answer => ({
  outcome,
  reason,
  rolloutId: 'prod-1',
  clusterName: 'prod',
  nodeGroups: [{ name: 'web', kind: 'managed', outcome: 'Updated', reason, from, to: { ...to, releaseVersion: null } }],
  plan: { waves: [['web']], findings: [] },
});
const asked: Extract<Occasion, { occasion: 'waits' }>['approval'] = {
  state: 'asked',
  planHash: 'abc123',
  scope: { targets: { web: 'ami-2' }, findings: ['no-canary web'] },
  askedAt: '2026-08-20T09:00:00Z',
  expiresAt: '2026-08-21T09:00:00Z',
  answer: null,
};
const starts = (mode: 'forward' | 'back' | 'settle'): Occasion => ({ occasion: 'starts', mode, execution: 'e-1' });
const ended = (outcome: ClusterOutcome, reason?: string): Occasion => ({
  occasion: 'ended',
  answer: answer(outcome, reason),
});

describe('people are told', () => {
  test.each<{ when: string; occasion: Occasion; subject: string; says: string[] }>([
    {
      when: 'it starts',
      occasion: starts('forward'),
      subject: 'Started: prod',
      says: ['web: started by schedule', '  web: 1.33.4-20260710 -> 1.33.4-20260810', 'abort prod-1 --reason WHY'],
    },
    { when: 'it goes back', occasion: starts('back'), subject: 'Goes back: prod', says: ['status prod'] },
    {
      when: 'it wants an approval, with the plan and what answers it',
      occasion: { occasion: 'waits', approval: asked },
      subject: 'Approval wanted: prod',
      says: ['until 2026-08-21T09:00:00Z', 'finding no-canary web', 'approve prod-1 --plan abc123', 'reject prod-1'],
    },
    {
      when: 'it is held, with the ways on and back',
      occasion: ended('Held', 'aborted by alice'),
      subject: 'Held: prod',
      says: ['aborted by alice', 'resume prod-1', 'roll-back prod-1', 'web: Updated, 1.33.4-20260710 -> ami-2'],
    },
    { when: 'it succeeded', occasion: ended('Succeeded'), subject: 'Succeeded: prod', says: ['history prod'] },
    { when: 'it was refused', occasion: ended('Refused'), subject: 'Refused: prod', says: ['because'] },
  ])('when $when', ({ occasion, subject, says }) => {
    const notice = noticeOf(rollout, occasion);
    expect(notice?.subject).toBe(subject);
    expect(notice?.text).toMatch(/^prod in us-east-1 of 111122223333, rollout prod-1\n/);
    for (const each of says) expect(notice?.text).toContain(each);
    expect(noticeDetailSchema.parse(notice?.detail)).toEqual(notice?.detail);
  });

  test.each<{ when: string; occasion: Occasion }>([
    { when: 'nothing was to be done', occasion: ended('UpToDate') },
    { when: 'it was a dry run', occasion: ended('Planned') },
    { when: 'a dead execution is settled', occasion: starts('settle') },
    { when: 'it waits for its window', occasion: { occasion: 'waits', approval: null } },
    { when: 'it waits and was approved', occasion: { occasion: 'waits', approval: { ...asked, state: 'approved' } } },
  ])('of nothing when $when', ({ occasion }) => {
    expect(noticeOf(rollout, occasion)).toBeUndefined();
  });

  test('in one line that every phone shows', () => {
    const key = { ...rollout.key, clusterName: `größe\n${'x'.repeat(200)}` };
    const subject = noticeOf({ ...rollout, key }, starts('forward'))?.subject ?? '';
    expect(subject).toMatch(/^Started: gr\?\?e\?x+$/);
    expect(subject).toHaveLength(100);
  });
});

describe('a repeat', () => {
  const folded = (occasion: Occasion, rolloutId = 'prod-1') => noticeOf({ ...rollout, rolloutId }, occasion)?.foldedBy;

  test('is the next wave of a rollout, and a refusal for the same reason of any', () => {
    expect(folded(starts('forward'))).toBe(folded(starts('forward')));
    expect(folded(ended('Refused'), 'prod-2')).toBe(folded(ended('Refused'), 'prod-1'));
  });

  test('is no other rollout, no other reason, and no other plan', () => {
    expect(folded(starts('forward'), 'prod-2')).not.toBe(folded(starts('forward')));
    expect(folded(ended('Held'), 'prod-2')).not.toBe(folded(ended('Held')));
    expect(folded(ended('Refused', 'another'))).not.toBe(folded(ended('Refused')));
    expect(folded({ occasion: 'waits', approval: { ...asked, planHash: 'def' } })).not.toBe(
      folded({ occasion: 'waits', approval: asked }),
    );
  });
});
