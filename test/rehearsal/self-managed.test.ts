/** Auto Scaling groups that people run: whatever befalls those who empty their nodes, the group comes to its end as it was. */
import { describe, expect, test } from 'vitest';
import { clusterOf, isSweep, playScenario, releasesWith, sampled, startOfTime } from './play.ts';

const rollout = (size: number, faults: Record<string, unknown>[] = []) => ({
  name: 'nodes are emptied',
  now: startOfTime,
  releases: releasesWith(),
  policy: { version: 1, bakeTime: 'PT2M' },
  clusters: [
    clusterOf([{ name: 'workers', kind: 'self-managed', size }], {
      workloads: [
        { name: 'shop/web', replicas: 2, minAvailable: 1, nodeGroup: 'workers' },
        { name: 'kube-system/agent', daemonSet: true },
      ],
    }),
  ],
  start: { clusterName: 'prod' },
  faults,
});

/** The functions that only groups of this kind need, and how often they call out for a group of one node. */
const plain = await playScenario(rollout(1));
const callsOf = (folder: string): string[] =>
  plain.aws.productCalls.made
    .filter((call) => call.function === folder)
    .map(({ service, operation }) => `${service}:${operation}`);

const deaths = ['prepare-node-group', 'drain-nodes'].flatMap((folder) =>
  callsOf(folder).flatMap((call, index, calls) => {
    const kinds = ['dies-before', 'dies-after'];
    const isFirst = calls.indexOf(call) === index;
    // Each call once in the sample, one way or the other.
    const sampled = isSweep ? kinds : isFirst ? [kinds[index % 2]] : [];
    return sampled.map((fault) => ({ folder, call, nth: index + 1, fault }));
  }),
);

test('a group of one node is emptied, refreshed, and left as it was', () => {
  expect(plain.report).toMatchObject({ asExpected: true, executions: [{ outcome: 'Succeeded' }] });
  expect(callsOf('drain-nodes')).toEqual(
    expect.arrayContaining(['kubernetes:PatchNode', 'kubernetes:EvictPod', 'autoscaling:CompleteLifecycleAction']),
  );
});

describe.each(sampled(deaths, 6, ({ folder, call }) => `${folder} ${call}`))(
  '$folder $fault its call $nth, $call',
  ({ folder, nth, fault }) => {
    test('the next one goes on, and no pod is killed', async () => {
      const { report } = await playScenario(rollout(1, [{ function: folder, nth, fault }]));
      expect(report).toMatchObject({ invariants: [], executions: [{ outcome: 'Succeeded' }] });
      expect(report.nodeGroups['prod/workers']?.podsKilled).toEqual({});
    });
  },
);
