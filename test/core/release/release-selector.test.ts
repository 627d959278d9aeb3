import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eksAmiTypes, ubuntuAmiTypes } from '../../../core/release/ami-variant.ts';
import { appliesTo, parseReleaseSelector, selects } from '../../../core/release/release-selector.ts';
import { aRelease, selector } from '../builders.ts';

const errorOf = (text: string): string => {
  const parsed = parseReleaseSelector(text);
  return 'error' in parsed ? parsed.error : `no error: ${JSON.stringify(parsed.selector)}`;
};

describe('a release is named', () => {
  test.each([
    { text: '20260714', by: 'date', value: '20260714' },
    { text: '1.35.6-20260714', by: 'releaseVersion', value: '1.35.6-20260714' },
    { text: '1.28.0-0ab4fab4', by: 'releaseVersion', value: '1.28.0-0ab4fab4' },
    { text: '1.28.0', by: 'bottlerocketVersion', value: '1.28.0' },
    { text: '1.35-2026.04.18', by: 'releaseVersion', value: '1.35-2026.04.18' },
    { text: '20260714.1', by: 'releaseVersion', value: '20260714.1' },
    { text: 'ami-0123456789abcdef0', by: 'imageId', value: 'ami-0123456789abcdef0' },
    { text: 'ami-1a2b3c4d', by: 'imageId', value: 'ami-1a2b3c4d' },
  ])('$text: by $by', ({ text, by, value }) => {
    expect(selector(text)).toEqual({ by, value, text });
  });

  test('within one variant: AL2023_ARM_64_STANDARD@20260714', () => {
    expect(selector('AL2023_ARM_64_STANDARD@20260714')).toEqual({
      amiType: 'AL2023_ARM_64_STANDARD',
      by: 'date',
      value: '20260714',
      text: 'AL2023_ARM_64_STANDARD@20260714',
    });
  });

  test('within any variant that EKS knows, and Ubuntu', () => {
    for (const amiType of [...eksAmiTypes, ...ubuntuAmiTypes])
      expect(selector(`${amiType}@20250224`).amiType).toBe(amiType);
  });
});

describe('a mistake in a release says what is allowed', () => {
  test.each([
    { text: '', says: 'write [amiType@]release, for example 20260714 or 1.35.6-20260714' },
    { text: 'AL2023@', says: 'write [amiType@]release' },
    { text: '@20260714', says: 'write [amiType@]release' },
    { text: 'a@b@20260714', says: 'write [amiType@]release' },
    { text: 'AL2023_x86_64_STANDARD@ 20260714', says: 'write [amiType@]release' },
    { text: 'AL2023@20260714', says: '"AL2023" is not an AMI type; allowed are AL2_x86_64, ' },
    { text: 'al2023_x86_64_standard@20260714', says: '"al2023_x86_64_standard" is not an AMI type' },
    {
      text: 'latest',
      says: '"latest" is not a release; write a date (20260714), a release version (1.35.6-20260714) or an image id (ami-0123456789abcdef0)',
    },
    { text: 'ami-0123456789abcdef01', says: '"ami-0123456789abcdef01" is not a release' },
    { text: 'v20260714', says: '"v20260714" is not a release' },
    { text: '2026-07-14', says: '"2026-07-14" is not a release' },
    { text: '1.35-20260714', says: '"1.35-20260714" is not a release' },
    { text: 'ami-0123', says: '"ami-0123" is not a release' },
    { text: 'ami-0123456789ABCDEF0', says: 'an image id (ami-0123456789abcdef0)' },
  ])('"$text": $says', ({ text, says }) => {
    expect(errorOf(text)).toContain(says);
  });

  test('whatever is written, it is either read, with the text kept, or refused with a reason', () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.stringMatching(/^[A-Za-z0-9_@.-]{0,30}$/),
      fc.constantFrom('20260714', '1.35.6-20260714', 'CUSTOM@ami-1a2b3c4d'),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseReleaseSelector(text);
        if ('error' in parsed) expect(parsed.error).toMatch(/is not (a release|an AMI type); (write|allowed are) /);
        else expect(parsed.selector.text).toBe(text);
      }),
    );
  });
});

describe('a named release selects', () => {
  const release = aRelease('20260714', { releaseVersion: '1.33.4-20260714', imageId: 'ami-0123456789abcdef0' });

  test.each([
    { text: '20260714', isSelected: true },
    { text: '20260713', isSelected: false },
    { text: '1.33.4-20260714', isSelected: true },
    { text: '1.33.5-20260714', isSelected: false },
    { text: '1.34.4-20260714', isSelected: false },
    { text: 'ami-0123456789abcdef0', isSelected: true },
    { text: 'ami-0123456789abcdef1', isSelected: false },
    { text: 'AL2023_x86_64_STANDARD@20260714', isSelected: true },
    { text: 'AL2023_ARM_64_STANDARD@20260714', isSelected: false },
    { text: 'AL2023_ARM_64_STANDARD@1.33.4-20260714', isSelected: false },
    { text: 'AL2023_ARM_64_STANDARD@ami-0123456789abcdef0', isSelected: false },
  ])('$text selects 1.33.4-20260714 of AL2023_x86_64_STANDARD: $isSelected', ({ text, isSelected }) => {
    expect(selects(selector(text), release)).toBe(isSelected);
  });

  test.each([
    { text: '20260714', isSelected: false },
    { text: 'AL2023_x86_64_STANDARD@ami-0123456789abcdef0', isSelected: false },
    { text: 'ami-0123456789abcdef0', isSelected: true },
  ])('of a golden image only what names the image itself: $text $isSelected', ({ text, isSelected }) => {
    const golden = { amiType: null, releaseVersion: null, imageId: 'ami-0123456789abcdef0' };
    expect(selects(selector(text), golden)).toBe(isSelected);
  });
});

describe('a named release of another family selects', () => {
  const bottlerocket = {
    amiType: 'BOTTLEROCKET_x86_64',
    releaseVersion: '1.28.0-0ab4fab4',
    imageId: 'ami-0000000a',
  } as const;
  const lookingLikeADay = { ...bottlerocket, releaseVersion: '1.28.0-20260714' };
  const windows = {
    amiType: 'WINDOWS_CORE_2022_x86_64',
    releaseVersion: '1.35-2026.04.18',
    imageId: 'ami-0000000b',
  } as const;
  const ubuntu = { amiType: 'UBUNTU_24_04_x86_64', releaseVersion: '20260714.1', imageId: 'ami-0000000c' } as const;
  const amazonLinux = { amiType: 'AL2_x86_64', releaseVersion: '1.28.0-20260714', imageId: 'ami-0000000d' } as const;

  test.each([
    { text: '1.28.0-0ab4fab4', release: bottlerocket, isSelected: true },
    { text: '1.28.0', release: bottlerocket, isSelected: true },
    { text: 'BOTTLEROCKET_x86_64@1.28.0', release: bottlerocket, isSelected: true },
    { text: 'BOTTLEROCKET_ARM_64@1.28.0', release: bottlerocket, isSelected: false },
    { text: '1.2.0', release: bottlerocket, isSelected: false },
    { text: '1.28.0-deadbeef', release: bottlerocket, isSelected: false },
    { text: '20260714', release: lookingLikeADay, isSelected: false },
    { text: '1.28.0', release: amazonLinux, isSelected: false },
    { text: '20260418', release: windows, isSelected: true },
    { text: '1.35-2026.04.18', release: windows, isSelected: true },
    { text: '1.34-2026.04.18', release: windows, isSelected: false },
    { text: '20260714', release: ubuntu, isSelected: true },
    { text: '20260714.1', release: ubuntu, isSelected: true },
    { text: '20260714.2', release: ubuntu, isSelected: false },
    { text: 'UBUNTU_24_04_x86_64@20260714', release: ubuntu, isSelected: true },
  ])('$text selects $release.releaseVersion of $release.amiType: $isSelected', ({ text, release, isSelected }) => {
    expect(selects(selector(text), release)).toBe(isSelected);
  });
});

describe('a named release applies to', () => {
  test.each([
    { text: '20260714', amiType: 'AL2023_x86_64_STANDARD' as const, applies: true },
    { text: 'AL2023_x86_64_STANDARD@20260714', amiType: 'AL2023_x86_64_STANDARD' as const, applies: true },
    { text: 'AL2023_x86_64_STANDARD@20260714', amiType: 'AL2023_ARM_64_STANDARD' as const, applies: false },
    { text: 'AL2023_x86_64_STANDARD@20260714', amiType: null, applies: false },
    { text: 'ami-0123456789abcdef0', amiType: null, applies: true },
  ])('a group of $amiType when it is $text: $applies', ({ text, amiType, applies }) => {
    expect(appliesTo(selector(text), amiType)).toBe(applies);
  });
});
