import { describe, expect, test } from 'vitest';
import {
  beginAgain,
  beginAttempt,
  endAttempt,
  imageFor,
  openAttempt,
  recordOf,
  versionFor,
} from '../../../core/node-group/record.ts';
import { updateToken } from '../../../core/node-group/tokens.ts';
import {
  aPlannedNodeGroup,
  aRecord,
  asked,
  aTarget,
  failed,
  former,
  imageOf,
  lastAttempt,
  later,
  newest,
  now,
  policyOf,
  settingsOf,
  withAttempts,
} from '../builders.ts';

describe('the record of a planned node group', () => {
  const settings = settingsOf(
    policyOf({ rings: [{ name: 'prod', clusters: {} }], bakeTime: 'PT30M', onFailure: 'hold' }),
  );
  const record = recordOf(aPlannedNodeGroup('web'), aTarget(), { wave: 2, startedAt: now }, settings);

  test('knows the way back before anything was asked of AWS', () => {
    expect(record).toMatchObject({
      name: 'web',
      wave: 2,
      mode: 'forward',
      direction: 'forward',
      from: { imageId: imageOf(former), launchTemplateVersion: '3' },
      target: { template: { sourceVersion: '3' }, imageId: imageOf(newest) },
      attempts: [],
      isBegun: false,
      cordonedBefore: null,
      updatedAt: null,
      verdict: null,
      outcome: null,
      reason: null,
      isGone: false,
    });
  });

  test('keeps the settings its rollout began with, and no others', () => {
    expect(record.rules).toEqual({
      ring: 'prod',
      bakeTimeSeconds: 1_800,
      gates: ['nodes-ready', 'pods-running', 'allocatable-kept'],
      dryRun: [],
      onFailure: 'hold',
      withoutKubernetes: 'refuse',
      instanceRefresh: expect.objectContaining({ minHealthyPercentage: 100, drainTimeoutSeconds: 6 * 3_600 }),
      waves: expect.objectContaining({ canary: 1 }),
    });
  });

  test('has no gate readings', () => {
    expect(record.gates).toEqual({});
  });
});

describe('a direction', () => {
  test.each([
    { direction: 'forward' as const, version: '4', image: imageOf(newest) },
    { direction: 'back' as const, version: '3', image: imageOf(former) },
  ])('$direction leads to version $version with $image', ({ direction, version, image }) => {
    expect(versionFor(aRecord(), direction)).toBe(version);
    expect(imageFor(aRecord(), direction)).toBe(image);
  });
});

describe('an attempt', () => {
  const begun = beginAttempt(aRecord(), 'rollout-9', 'forward', now);

  test('is written down with its number, its token and when it should have ended', () => {
    expect(begun.attempts).toEqual([
      {
        number: 1,
        direction: 'forward',
        version: '4',
        token: updateToken({
          rolloutId: 'rollout-9',
          nodeGroup: 'web',
          direction: 'forward',
          version: '4',
          attempt: 1,
        }),
        requestedAt: now,
        expectedEndAt: later(23 * 60),
        updateId: null,
        ended: null,
      },
    ]);
    expect(begun).toMatchObject({ direction: 'forward', isBegun: true });
  });

  test('after another has the next number, and another token', () => {
    const again = beginAttempt(endAttempt(begun, lastAttempt(begun), 'Failed'), 'rollout-9', 'forward', later(600));
    expect(again.attempts.map((attempt) => attempt.number)).toEqual([1, 2]);
    expect(lastAttempt(again).token).not.toBe(lastAttempt(begun).token);
  });

  test('back goes to the former version', () => {
    const back = beginAttempt(aRecord(), 'rollout-9', 'back', now);
    expect(back.direction).toBe('back');
    expect(lastAttempt(back)).toMatchObject({ direction: 'back', version: '3' });
  });

  test('cannot be begun before the new version was made', () => {
    const unmade = aRecord('web', {
      to: { imageId: imageOf(newest), releaseVersion: null, launchTemplateVersion: null },
    });
    expect(() => beginAttempt(unmade, 'rollout-9', 'forward', now)).toThrow('web has no version to go forward to');
  });

  test('is open until it has ended', () => {
    expect(openAttempt(aRecord())).toBeUndefined();
    expect(openAttempt(begun)?.number).toBe(1);
    expect(openAttempt(endAttempt(begun, lastAttempt(begun), 'Successful'))).toBeUndefined();
  });

  test('ends alone, whatever others there are', () => {
    const two = withAttempts(aRecord(), 'forward', 2);
    const ended = endAttempt(two, lastAttempt(two), 'Cancelled');
    expect(ended.attempts.map((attempt) => attempt.ended)).toEqual(['Failed', 'Cancelled']);
  });
});

describe('a record that begins again', () => {
  const held = {
    ...withAttempts(aRecord(), 'forward'),
    updatedAt: now,
    gates: { 'nodes-ready': { readings: 7, unhealthy: 2, missing: 3 } },
    cordonedBefore: ['node-1'],
    verdict: failed,
    outcome: 'Held' as const,
    reason: 'why',
  };

  test.each(['forward', 'back'] as const)(
    '%s knows what was asked of AWS, and nothing of how it was judged',
    (mode) => {
      expect(beginAgain(held, mode, asked)).toEqual({
        ...held,
        mode,
        direction: mode,
        isBegun: false,
        updatedAt: null,
        gates: {},
        verdict: asked,
        outcome: null,
        reason: null,
        isGone: false,
      });
    },
  );

  test('forward again carries no verdict', () => {
    expect(beginAgain(held, 'forward', null).verdict).toBeNull();
  });

  test('to settle stays as it is: what was begun and judged counts', () => {
    const dead = { ...held, outcome: null, reason: null };
    expect(beginAgain(dead, 'settle', null)).toEqual({ ...dead, mode: 'settle' });
  });
});
