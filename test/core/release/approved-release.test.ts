import { describe, expect, test } from 'vitest';
import {
  type ApprovableReleases,
  type ApprovedRecord,
  afterValidation,
  approvableReleases,
  approvedParameter,
  decideApproved,
  noApproval,
} from '../../../core/release/approved-release.ts';
import { aListing, former, imageOf, newest, now, selector, versionOf } from '../builders.ts';

const named = (date: string) => ({ imageId: imageOf(date), releaseVersion: versionOf(date) });
const oldest = '20260601';
const where = { ring: 'dev', minor: '1.33', amiType: 'AL2023_x86_64_STANDARD' } as const;
const seen = (given: Partial<ApprovableReleases> = {}): ApprovableReleases => ({
  ...where,
  allowed: [newest, former, oldest].map(named),
  refused: [],
  ...given,
});
const holding = (date: string, given: Partial<ApprovedRecord> = {}): ApprovedRecord => ({
  ...noApproval,
  value: named(date),
  ...given,
});
const denied = { imageId: imageOf(newest), why: 'was withdrawn' };

test('each ring, Kubernetes minor and AMI type has a parameter of its own', () => {
  expect(approvedParameter('/eks-ami-rollout', where)).toBe(
    '/eks-ami-rollout/approved/dev/1.33/AL2023_x86_64_STANDARD',
  );
});

describe('what may be approved', () => {
  const rules = { minimumReleaseAgeSeconds: 0, denied: [], pinned: [], spent: [], again: false };
  const of = (given: object, usable: (imageId: string) => boolean = () => true) =>
    approvableReleases(where, {
      listing: aListing([oldest, former, newest]),
      rules: { ...rules, ...given },
      usable: ({ imageId }) => usable(imageId),
      now,
    });

  test('is listed from the newest on', () => {
    expect(of({})).toEqual(seen());
  });

  test('is not what is too young, what EC2 disagrees with, or what has not passed; none of that is refused', () => {
    const young = of({ minimumReleaseAgeSeconds: 30 * 24 * 3600 });
    expect(young.allowed).not.toContainEqual(named(newest));
    expect(young.refused).toEqual([]);
    expect(of({}, (imageId) => imageId !== imageOf(newest)).allowed).toEqual([former, oldest].map(named));
    const passed = { imageId: imageOf(former), passedAt: '2026-08-01T00:00:00Z' };
    const passedBefore = { ring: 'dev', bakeSeconds: 0, releases: [passed] };
    expect(of({ passedBefore })).toMatchObject({ allowed: [named(former)], refused: [] });
  });

  test('is not what is denied or spent, and that is refused', () => {
    expect(of({ denied: [selector(newest)] }).refused).toMatchObject([{ imageId: imageOf(newest) }]);
    const spent = [{ ...named(former), rolloutId: 'r-1', reason: 'nodes never joined' }];
    expect(of({ spent })).toMatchObject({
      allowed: [newest, oldest].map(named),
      refused: [{ imageId: imageOf(former), why: expect.stringContaining('nodes never joined') }],
    });
  });

  test('is what is pinned, and nothing else', () => {
    expect(of({ pinned: [selector(former)] }).allowed).toEqual([named(former)]);
  });
});

describe.each<{
  title: string;
  given?: Partial<ApprovableReleases>;
  record?: ApprovedRecord;
  present?: string | null;
  comes: object;
}>([
  {
    title: 'the newest that may be taken is written',
    comes: { decision: 'write', release: named(newest), isTakenBack: false },
  },
  {
    title: 'nothing is written where nothing may be taken',
    given: { allowed: [] },
    comes: { decision: 'leave', isWorthTelling: false },
  },
  {
    title: 'a parameter of that name that somebody else made is left',
    present: 'ami-1',
    comes: { decision: 'leave', isWorthTelling: true, reason: expect.stringContaining('delete it') },
  },
  {
    title: 'one that holds the right image already is taken over',
    present: imageOf(newest),
    comes: { decision: 'write', release: named(newest) },
  },
  {
    title: 'what is there already is not written again',
    record: holding(newest),
    present: imageOf(newest),
    comes: { decision: 'leave', isWorthTelling: false },
  },
  {
    title: 'a newer one takes its place',
    record: holding(former),
    present: imageOf(former),
    comes: { decision: 'write', release: named(newest), isTakenBack: false },
  },
  {
    title: 'nothing leads backwards by itself',
    given: { allowed: [named(former)] },
    record: holding(newest),
    present: imageOf(newest),
    comes: { decision: 'leave', isWorthTelling: false },
  },
  {
    title: 'what somebody wrote over it is left',
    record: holding(newest),
    present: 'ami-1',
    comes: { decision: 'leave', isWorthTelling: true, reason: expect.stringContaining('somebody wrote ami-1') },
  },
  {
    title: 'what somebody deleted is left',
    record: holding(newest),
    present: null,
    comes: { decision: 'leave', isWorthTelling: true, reason: expect.stringContaining('it was deleted') },
  },
  {
    title: 'until a newer one may be taken',
    record: holding(former),
    present: 'ami-1',
    comes: { decision: 'write', release: named(newest) },
  },
  {
    title: 'a recall writes the former one back, not just any older one',
    given: { allowed: [former, oldest].map(named), refused: [denied] },
    record: holding(newest, { former: [named(oldest)] }),
    present: imageOf(newest),
    comes: {
      decision: 'write',
      release: named(oldest),
      isTakenBack: true,
      reason: expect.stringContaining('withdrawn'),
    },
  },
  {
    title: 'where the former one may not be taken either, the newest that may',
    given: { allowed: [named(former)], refused: [denied] },
    record: holding(newest, { former: [named(oldest)] }),
    present: imageOf(newest),
    comes: { decision: 'write', release: named(former), isTakenBack: true },
  },
  {
    title: 'where there is none, that is told',
    given: { allowed: [], refused: [denied] },
    record: holding(newest),
    present: imageOf(newest),
    comes: { decision: 'leave', isWorthTelling: true, reason: expect.stringContaining('no release to go back to') },
  },
  {
    title: 'what is being validated is waited for',
    record: { ...noApproval, asked: { ...named(newest), at: now, isTakenBack: false, reason: 'x' } },
    comes: { decision: 'leave', isWorthTelling: false },
  },
  {
    title: 'what was not taken is not written again on the same day',
    record: { ...noApproval, rejected: [{ imageId: imageOf(newest), at: now }] },
    comes: { decision: 'write', release: named(former) },
  },
  {
    title: 'what was not taken is written again a day later',
    record: { ...noApproval, rejected: [{ imageId: imageOf(newest), at: '2026-08-01T00:00:00Z' }] },
    comes: { decision: 'write', release: named(newest) },
  },
])('an approved parameter: $title', ({ given, record = noApproval, present = null, comes }) => {
  test('so it is', () => {
    expect(decideApproved(seen(given), record, present, now)).toMatchObject(comes);
  });
});

describe('what was asked for', () => {
  const at = '2026-08-20T09:00:00.000Z';
  const asked = { ...named(newest), at, isTakenBack: false, reason: 'it may be taken' };
  const record = { ...holding(former, { former: [named(oldest)] }), asked };

  test('has passed when it is to be read; what was there before is the way back', () => {
    expect(afterValidation(record, imageOf(newest), at)).toEqual({
      validation: 'passed',
      record: { value: named(newest), former: [former, oldest].map(named), asked: null, rejected: [] },
    });
  });

  test('and was taken back: what was recalled is no way back', () => {
    const back = { ...record, value: named(newest), asked: { ...asked, ...named(oldest), isTakenBack: true } };
    expect(afterValidation(back, imageOf(oldest), at)).toMatchObject({ record: { value: named(oldest), former: [] } });
  });

  test('is awaited for ten minutes, and then was not taken', () => {
    expect(afterValidation(record, imageOf(former), '2026-08-20T09:09:59.000Z')).toEqual({ validation: 'awaited' });
    expect(afterValidation(record, null, '2026-08-20T09:10:00.000Z')).toEqual({
      validation: 'failed',
      record: { ...record, asked: null, rejected: [{ imageId: imageOf(newest), at: '2026-08-20T09:10:00.000Z' }] },
    });
  });
});
