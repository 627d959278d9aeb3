import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkpointsOf,
  longestRefreshMinutes,
  type RefreshRules,
  refreshBudget,
  refreshPreferences,
  usualRefreshMinutes,
} from '../../../core/node-group/instance-refresh.ts';
import { policyOf, settingsOf } from '../builders.ts';

const rules = (document: object = {}): RefreshRules => {
  const { instanceRefresh, waves, bakeTimeSeconds } = settingsOf(policyOf(document));
  return { settings: instanceRefresh, shares: waves.then, bakeTimeSeconds };
};

describe('a refresh forward', () => {
  test('goes in waves: one node, then the shares of the policy, with the bake time after each', () => {
    expect(refreshPreferences(rules(), 'forward', 6)).toEqual({
      minHealthyPercentage: 100,
      maxHealthyPercentage: 110,
      checkpointPercentages: [16, 25, 100],
      checkpointDelaySeconds: 900,
      bakeTimeSeconds: 900,
      protectedInstances: 'Refresh',
      standbyInstances: 'Ignore',
    });
  });

  test('does as the policy says', () => {
    const instanceRefresh = {
      minHealthyPercentage: 50,
      maxHealthyPercentage: 150,
      protectedInstances: 'refuse',
      standbyInstances: 'terminate',
    };
    expect(refreshPreferences(rules({ instanceRefresh, bakeTime: 'PT1H' }), 'forward', 2)).toEqual({
      minHealthyPercentage: 50,
      maxHealthyPercentage: 150,
      checkpointPercentages: [50, 100],
      checkpointDelaySeconds: 3600,
      bakeTimeSeconds: 3600,
      // One that was protected after the plan was made is not replaced behind somebody's back.
      protectedInstances: 'Wait',
      standbyInstances: 'Terminate',
    });
  });

  test('makes no pause where there is no bake time', () => {
    expect(refreshPreferences(rules({ bakeTime: 'PT0S' }), 'forward', 6)).toMatchObject({
      checkpointPercentages: [],
      checkpointDelaySeconds: 0,
      bakeTimeSeconds: 0,
    });
  });

  test('pauses no longer than Auto Scaling takes', () => {
    expect(refreshPreferences(rules({ bakeTime: 'P7D' }), 'forward', 6)).toMatchObject({
      checkpointDelaySeconds: 172_800,
      bakeTimeSeconds: 172_800,
    });
  });
});

test('a refresh back makes no pause', () => {
  expect(refreshPreferences(rules(), 'back', 6)).toMatchObject({
    checkpointPercentages: [],
    checkpointDelaySeconds: 0,
    bakeTimeSeconds: 0,
  });
});

describe('the waves inside a group', () => {
  test.each([
    { nodes: 1, waves: [100] },
    { nodes: 2, waves: [50, 100] },
    { nodes: 3, waves: [33, 100] },
    { nodes: 4, waves: [25, 100] },
    { nodes: 6, waves: [16, 25, 100] },
    { nodes: 40, waves: [2, 25, 100] },
    { nodes: 450, waves: [1, 25, 100] },
    { nodes: 0, waves: [100] },
  ])('of $nodes nodes are $waves', ({ nodes, waves }) => {
    expect(checkpointsOf(nodes, ['25%', '100%'])).toEqual(waves);
  });

  test('rise, end with all, and begin with one node, or as few as a percentage can tell', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 450 }), (nodes) => {
        const waves = checkpointsOf(nodes, ['10%', '50%', '100%']);
        expect(waves).toEqual([...new Set(waves)].sort((a, b) => a - b));
        expect(waves.at(-1)).toBe(100);
        const first = Math.ceil((nodes * (waves[0] ?? 0)) / 100);
        expect(first).toBeLessThanOrEqual(Math.max(1, Math.ceil(nodes / 100)));
      }),
    );
  });
});

describe('at once go', () => {
  test.each([
    { nodes: 3, minHealthyPercentage: 100, maxHealthyPercentage: 110, budget: 1 },
    { nodes: 20, minHealthyPercentage: 100, maxHealthyPercentage: 110, budget: 2 },
    { nodes: 20, minHealthyPercentage: 90, maxHealthyPercentage: 100, budget: 2 },
    { nodes: 9, minHealthyPercentage: 90, maxHealthyPercentage: 100, budget: 1 },
    { nodes: 10, minHealthyPercentage: 50, maxHealthyPercentage: 120, budget: 5 },
    { nodes: 10, minHealthyPercentage: 90, maxHealthyPercentage: 190, budget: 9 },
    { nodes: 0, minHealthyPercentage: 100, maxHealthyPercentage: 110, budget: 1 },
  ])(
    '$budget of $nodes nodes at $minHealthyPercentage to $maxHealthyPercentage %',
    ({ nodes, budget, ...settings }) => {
      expect(refreshBudget(nodes, settings)).toBe(budget);
    },
  );
});

describe('the time a refresh takes', () => {
  const preferences = refreshPreferences(rules(), 'forward', 6);
  const back = refreshPreferences(rules(), 'back', 6);

  test('counts batches, pauses and the bake', () => {
    expect(usualRefreshMinutes({ nodes: 6, budget: 1, preferences })).toBe(3 + 6 * 8 + 2 * 15 + 15);
    expect(usualRefreshMinutes({ nodes: 6, budget: 3, preferences: back })).toBe(3 + 2 * 8);
  });

  test('may be far longer, pods willing, before it is given up', () => {
    expect(longestRefreshMinutes({ nodes: 6, budget: 1, preferences }, 6 * 3600)).toBe(60 + 6 * 60 + 45 + 360);
    expect(longestRefreshMinutes({ nodes: 450, budget: 1, preferences }, 6 * 3600)).toBe(72 * 60);
  });
});
