import { expect, test } from 'vitest';
import { clusterOf, onlyAnswer, playScenario, releasesWith, startOfTime } from './play.ts';

test('a cluster of 30 node groups and 300 findings ends with a cause that parses', async () => {
  const groups = Array.from({ length: 30 }, (_, index) => ({
    name: `a-node-group-with-a-long-name-${index}`,
    launchTemplate: `template-${index}`,
    zones: 1,
  }));
  const played = await playScenario({
    name: 'a large cluster',
    now: startOfTime,
    releases: releasesWith(),
    clusters: [clusterOf(groups)],
    autoScalingGroups: groups.flatMap(({ launchTemplate }, group) =>
      Array.from({ length: 10 }, (_, index) => ({
        name: `somebody-elses-workers-of-template-${group}-number-${index}`,
        launchTemplate,
      })),
    ),
    start: { clusterName: 'prod' },
  });
  const execution = played.aws.executions.all[0];
  expect(execution?.error).toBe('Refused');
  expect(Buffer.byteLength(execution?.cause ?? '')).toBeLessThanOrEqual(16 * 1024);
  expect(JSON.parse(execution?.cause ?? '')).toMatchObject({ outcome: 'Refused', truncated: true });
  const { nodeGroups } = onlyAnswer(played);
  expect(nodeGroups.length).toBeGreaterThan(0);
  expect(played.aws.productCalls.changes).toEqual([]);
});
