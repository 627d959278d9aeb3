/** What a scenario expects and does not come is told, each by a line. */
import { expect, test } from 'vitest';
import { clusterOf, formerRelease, newRelease, playScenario, releasesWith, startOfTime } from './play.ts';

test('what node groups run at an instant', async () => {
  const { report } = await playScenario({
    name: 'what runs',
    now: startOfTime,
    releases: releasesWith(),
    clusters: [clusterOf([{ name: 'web' }, { name: 'api' }])],
    start: { clusterName: 'prod' },
    expect: {
      runs: [
        { at: '2026-08-20T09:01:00Z', nodeGroups: { 'prod/*': formerRelease } },
        {
          at: '2026-08-20T14:00:00Z',
          nodeGroups: { 'prod/web': formerRelease, 'prod/api': newRelease, 'dev/*': newRelease },
        },
        { at: '2026-08-29T09:00:00Z', nodeGroups: { 'prod/*': newRelease } },
      ],
    },
    timeline: [{ at: 'PT6H', schedule: true }],
  });
  expect(report.differences).toEqual([
    `at 2026-08-20T14:00:00Z prod/web was to run ${formerRelease}, and runs ${newRelease}`,
    'at 2026-08-20T14:00:00Z there is no node group dev/*',
    'the rehearsal ended before 2026-08-29T09:00:00Z, so what was then is not known',
  ]);
});
