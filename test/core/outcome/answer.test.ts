import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusterOutcomes, endsWell, type NodeGroupOutcome, worstOutcome } from '../../../core/outcome/answer.ts';

const worst = (...outcomes: NodeGroupOutcome[]): string => worstOutcome(outcomes.map((outcome) => ({ outcome })));

describe('the outcome of a cluster is the worst of its node groups', () => {
  test.each<{ of: NodeGroupOutcome[]; is: string }>([
    { of: [], is: 'UpToDate' },
    { of: ['UpToDate'], is: 'UpToDate' },
    { of: ['Untouched'], is: 'UpToDate' },
    { of: ['UpToDate', 'Updated'], is: 'Succeeded' },
    { of: ['Updated', 'Untouched'], is: 'Succeeded' },
    { of: ['UpToDate', 'Refused'], is: 'Refused' },
    { of: ['Untouched', 'Refused'], is: 'Refused' },
    { of: ['Refused', 'RolledBack'], is: 'RolledBack' },
    { of: ['Updated', 'RolledBack'], is: 'RolledBack' },
    { of: ['RolledBack', 'Held', 'Updated'], is: 'Held' },
    { of: ['Held', 'Failed', 'RolledBack', 'Refused', 'Updated'], is: 'Failed' },
  ])('$of: $is', ({ of, is }) => {
    expect(worst(...of)).toBe(is);
  });

  test('but Refused, where something was changed, is Held: Refused means that nothing was', () => {
    expect(worst('Refused', 'Updated')).toBe('Held');
    expect(worst('Updated', 'UpToDate', 'Refused')).toBe('Held');
  });
});

describe('of any node groups', () => {
  const order: NodeGroupOutcome[] = ['UpToDate', 'Updated', 'Refused', 'RolledBack', 'Held', 'Failed'];
  const asCluster: Record<string, string> = { Updated: 'Succeeded' };
  const outcomes = fc.array(fc.constantFrom<NodeGroupOutcome>(...order, 'Untouched', 'Planned'), { maxLength: 8 });

  test('the worst decides', () => {
    fc.assert(
      fc.property(outcomes, (of) => {
        const gravest = order[Math.max(0, ...of.map((outcome) => order.indexOf(outcome)))] ?? 'UpToDate';
        const isChanged = of.includes('Updated');
        const expected = gravest === 'Refused' && isChanged ? 'Held' : (asCluster[gravest] ?? gravest);
        expect(worst(...of)).toBe(expected);
      }),
    );
  });

  test('an untouched or planned one more changes nothing, nor does another order', () => {
    fc.assert(
      fc.property(outcomes, fc.constantFrom<NodeGroupOutcome>('Untouched', 'Planned'), (of, more) => {
        expect(worst(...of, more)).toBe(worst(...of));
        expect(worst(...of.toReversed())).toBe(worst(...of));
      }),
    );
  });
});

test('an execution ends well as UpToDate, Planned or Succeeded, and otherwise as failed', () => {
  expect(clusterOutcomes.filter(endsWell)).toEqual(['UpToDate', 'Planned', 'Succeeded']);
  expect(clusterOutcomes.filter((outcome) => !endsWell(outcome))).toEqual(['RolledBack', 'Held', 'Refused', 'Failed']);
});
