import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRpm } from '../../../core/advisory/rpm-version.ts';

// From the examples of rpm-version(7), and as the packages of Amazon Linux are written.
test.each([
  ['1.0', '1.0', 0],
  ['1.0', '2.0', -1],
  ['2.0.1', '2.0.1a', -1],
  ['5.5p2', '5.6p1', -1],
  ['10xyz', '10.1xyz', -1],
  ['xyz10', 'xyz10.1', -1],
  ['1.0~rc1', '1.0', -1],
  ['1.0~rc1', '1.0~rc2', -1],
  ['1.0', '1.0^git1', -1],
  ['1.0^git1', '1.0.1', -1],
  ['2_0', '2.0', 0],
  ['1:1.0', '2.0', 1],
  ['6.12.9-1.amzn2023', '6.12.10-1.amzn2023', -1],
  ['4.14.232-176.381.amzn2', '4.14.232-177.418.amzn2', -1],
  ['2.2.4-1.amzn2023.0.3', '2.2.4-1.amzn2023.0.4', -1],
  ['1.010', '1.10', 0],
])('%s and %s: %i', (a, b, order) => {
  expect(Math.sign(compareRpm(a, b))).toBe(order);
  expect(Math.sign(compareRpm(b, a))).toBe(order === 0 ? 0 : -order);
});

test('is an order', () => {
  const part = fc.stringMatching(/^[0-9a-c]{1,4}$/);
  const version = fc
    .array(fc.oneof(part, fc.constantFrom('~', '^', '.')), { minLength: 1, maxLength: 4 })
    .map((all) => all.join('.'));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareRpm(a, b))).toBe(-Math.sign(compareRpm(b, a)) + 0);
      if (compareRpm(a, b) <= 0 && compareRpm(b, c) <= 0) expect(compareRpm(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});
