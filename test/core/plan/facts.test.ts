import { expect, test } from 'vitest';
import { listingKey } from '../../../core/plan/facts.ts';

test('releases are listed by variant and minor, or by the golden parameter', () => {
  expect(listingKey({ amiType: 'AL2023_ARM_64_STANDARD', minor: '1.33' })).toBe('AL2023_ARM_64_STANDARD/1.33');
  expect(listingKey({ parameter: '/golden/web' })).toBe('/golden/web');
});
