import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPattern } from '../../../core/policy/name-pattern.ts';

describe('a name pattern', () => {
  test.each([
    { pattern: 'prod', name: 'prod', matches: true },
    { pattern: 'prod', name: 'prod-1', matches: false },
    { pattern: 'prod', name: 'Prod', matches: false },
    { pattern: 'prod-*', name: 'prod-eu', matches: true },
    { pattern: 'prod-*', name: 'prod-', matches: true },
    { pattern: 'prod-*', name: 'prod', matches: false },
    { pattern: 'prod-*', name: 'preprod-eu', matches: false },
    { pattern: '*-eu', name: 'prod-eu', matches: true },
    { pattern: '*-eu', name: 'prod-eu-2', matches: false },
    { pattern: '*', name: 'anything', matches: true },
    { pattern: '*', name: '', matches: true },
    { pattern: '', name: '', matches: true },
    { pattern: '', name: 'prod', matches: false },
    { pattern: 'a*a', name: 'aa', matches: true },
    { pattern: 'a*a', name: 'a', matches: false },
    { pattern: 'a*b*c', name: 'a-b-c', matches: true },
    { pattern: 'a*b*c', name: 'abc', matches: true },
    { pattern: 'a*b*c', name: 'a-c-b-c', matches: true },
    { pattern: 'a*b*c', name: 'a-c', matches: false },
    { pattern: 'a*bc*c', name: 'abc', matches: false },
    { pattern: '*b*b*', name: 'abb', matches: true },
    { pattern: '*b*b*', name: 'ab', matches: false },
    { pattern: 'a**b', name: 'ab', matches: true },
    { pattern: 'a.c', name: 'abc', matches: false },
    { pattern: 'a?c', name: 'abc', matches: false },
    { pattern: '[ab]*', name: 'a1', matches: false },
    { pattern: '(a+)+*', name: '(a+)+b', matches: true },
  ])('$pattern and $name: $matches', ({ pattern, name, matches }) => {
    expect(matchesPattern(pattern, name)).toBe(matches);
  });

  const short = fc.stringMatching(/^[ab-]{0,5}$/);

  test('in which * stands for a text matches the name with that text', () => {
    const parts = fc.array(fc.tuple(short, short), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(short, parts, (start, pairs) => {
        const pattern = start + pairs.map(([, fixed]) => `*${fixed}`).join('');
        const name = start + pairs.map(([any, fixed]) => any + fixed).join('');
        expect(matchesPattern(pattern, name)).toBe(true);
      }),
    );
  });

  test('matches the same names as the regular expression that says the same', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab*]{0,6}$/), fc.stringMatching(/^[ab]{0,8}$/), (pattern, name) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
        expect(matchesPattern(pattern, name)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});
