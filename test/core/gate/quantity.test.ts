import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuantity } from '../../../core/gate/quantity.ts';

/** Kubernetes API, resource.Quantity. */
test.each<[string, number | null]>([
  ['29', 29],
  ['0', 0],
  ['1930m', 1.93],
  ['7098040Ki', 7_098_040 * 1024],
  ['15Gi', 15 * 2 ** 30],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['2k', 2_000],
  ['3M', 3e6],
  ['1e3', 1_000],
  ['1E3', 1_000],
  ['1E', 1e18],
  ['.5', 0.5],
  ['-1', -1],
  ['', null],
  ['Ki', null],
  ['1 Gi', null],
  ['1gb', null],
  ['toString', null],
  ['1toString', null],
])('%j is %j', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test('whatever is written is a number or none', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = parseQuantity(text);
      expect(value === null || Number.isFinite(value)).toBe(true);
    }),
  );
});
