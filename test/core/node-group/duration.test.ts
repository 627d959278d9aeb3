import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longestMinutes, type UpdateSize, usualMinutes } from '../../../core/node-group/duration.ts';

describe('an update', () => {
  test.each([
    { nodes: 0, budget: 1, zones: 3, usual: 3, longest: 120 },
    { nodes: 3, budget: 1, zones: 3, usual: 23, longest: 210 },
    { nodes: 6, budget: 2, zones: 2, usual: 21, longest: 190 },
    { nodes: 100, budget: 33, zones: 3, usual: 54, longest: 510 },
    { nodes: 5, budget: 10, zones: 1, usual: 19, longest: 190 },
  ])('of $nodes nodes, $budget at a time, in $zones zones usually takes $usual minutes and at most $longest', (row) => {
    expect(usualMinutes(row)).toBe(row.usual);
    expect(longestMinutes(row)).toBe(row.longest);
  });
});

describe('of any node group', () => {
  const size = fc.record({
    nodes: fc.nat({ max: 450 }),
    budget: fc.integer({ min: 1, max: 100 }),
    zones: fc.integer({ min: 1, max: 6 }),
  });
  const properties = (holds: (size: UpdateSize) => void) => fc.assert(fc.property(size, holds));

  test('an update is not given up on before twice its usual time', () => {
    properties((each) => {
      expect(longestMinutes(each)).toBeGreaterThan(2 * usualMinutes(each));
    });
  });

  test('every batch has the 15 minutes to join and the 15 minutes to drain that EKS gives', () => {
    properties((each) => {
      expect(longestMinutes(each)).toBeGreaterThanOrEqual(Math.ceil(each.nodes / each.budget) * (15 + 15));
    });
  });

  test('more nodes never take less time, more at a time never more than the surge', () => {
    properties((each) => {
      const more = { ...each, nodes: each.nodes + 1 };
      expect(usualMinutes(more)).toBeGreaterThanOrEqual(usualMinutes(each));
      expect(longestMinutes(more)).toBeGreaterThanOrEqual(longestMinutes(each));
    });
  });
});
