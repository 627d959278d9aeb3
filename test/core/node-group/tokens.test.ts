import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOursFrom, updateToken, versionDescription, versionToken } from '../../../core/node-group/tokens.ts';

const update = { rolloutId: 'rollout-9', nodeGroup: 'web', direction: 'forward' as const, version: '4', attempt: 1 };
const version = { rolloutId: 'rollout-9', templateId: 'lt-0a', sourceVersion: '3', imageId: 'ami-00000001' };

/** What AWS takes: at most 64 printable ASCII characters are allowed by every one of its tokens. */
const asAwsAllows = /^[\x21-\x7e]{1,64}$/;

describe('the token of an update', () => {
  test('is the same whenever the same is asked for, in every release of this service', () => {
    expect(updateToken({ ...update })).toBe(updateToken({ ...update }));
    expect(updateToken(update)).toBe('0d39846d6dc73cd003253c5e8e73ac57');
  });

  test.each([
    { what: 'rollout', other: { rolloutId: 'rollout-10' } },
    { what: 'node group', other: { nodeGroup: 'db' } },
    { what: 'direction', other: { direction: 'back' as const } },
    { what: 'version', other: { version: '5' } },
    { what: 'attempt', other: { attempt: 2 } },
  ])('differs by $what', ({ other }) => {
    expect(updateToken({ ...update, ...other })).not.toBe(updateToken(update));
  });
});

describe('the token of a launch template version', () => {
  test('is the same whenever the same is asked for, in every release of this service', () => {
    expect(versionToken({ ...version })).toBe(versionToken({ ...version }));
    expect(versionToken(version)).toBe('30e20b2a33fb5702f88d4bf495aff8ba');
  });

  test.each([
    { what: 'rollout', other: { rolloutId: 'rollout-10' } },
    { what: 'template', other: { templateId: 'lt-0b' } },
    { what: 'source version', other: { sourceVersion: '2' } },
    { what: 'image', other: { imageId: 'ami-00000002' } },
  ])('differs by $what', ({ other }) => {
    expect(versionToken({ ...version, ...other })).not.toBe(versionToken(version));
  });
});

describe('whatever is asked for', () => {
  const text = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' });
  const updates = fc.record({
    rolloutId: text,
    nodeGroup: text,
    direction: fc.constantFrom('forward' as const, 'back' as const),
    version: text,
    attempt: fc.integer({ min: 1, max: 9 }),
  });
  const versions = fc.record({ rolloutId: text, templateId: text, sourceVersion: text, imageId: text });

  test('a token has only the length and the characters that AWS allows', () => {
    fc.assert(
      fc.property(updates, versions, (asked, made) => {
        expect(updateToken(asked)).toMatch(asAwsAllows);
        expect(versionToken(made)).toMatch(asAwsAllows);
      }),
    );
  });

  test('two updates have one token only when they are the same', () => {
    const few = fc.record({
      rolloutId: fc.constantFrom('a', 'aa'),
      nodeGroup: fc.constantFrom('a', 'aa'),
      direction: fc.constantFrom('forward' as const, 'back' as const),
      version: fc.constantFrom('1', '11'),
      attempt: fc.constantFrom(1, 11),
    });
    fc.assert(
      fc.property(few, few, (a, b) => {
        expect(updateToken(a) === updateToken(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});

describe('the description of a version that is made', () => {
  test('says whose it is, what it was made from, and by which rollout', () => {
    expect(versionDescription(version)).toBe(`eks-ami-rollout ${versionToken(version)} from 3 by rollout-9`);
  });

  test('fits into what EC2 takes, however long the names', () => {
    const longest = { ...version, rolloutId: 'r'.repeat(80), sourceVersion: '10000' };
    expect(versionDescription(longest).length).toBeLessThanOrEqual(255);
  });

  test.each([
    { description: versionDescription(version), source: '3', isOurs: true },
    { description: versionDescription({ ...version, rolloutId: 'another' }), source: '3', isOurs: true },
    { description: versionDescription(version), source: '2', isOurs: false },
    { description: versionDescription({ ...version, sourceVersion: '33' }), source: '3', isOurs: false },
    { description: 'made by hand', source: '3', isOurs: false },
    { description: '', source: '3', isOurs: false },
    { description: `copy of ${versionDescription(version)}`, source: '3', isOurs: false },
    { description: 'eks-ami-rollout from 3 by rollout-9', source: '3', isOurs: false },
  ])('"$description" is of a version that was made from $source: $isOurs', ({ description, source, isOurs }) => {
    expect(isOursFrom(description, source)).toBe(isOurs);
  });
});
