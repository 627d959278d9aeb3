/** What a scan asks AWS for: how much more when the fleet grows, in how many slices, and what is lost when AWS throttles. */
import { describe, expect, test } from 'vitest';
import { clustersASlice } from '../../core/fleet/scan.ts';
import { type Played, playScenario, startOfTime } from './play.ts';

const amiTypes = ['AL2023_x86_64_STANDARD', 'AL2023_ARM_64_STANDARD', 'AL2023_x86_64_NVIDIA'];
const releases = amiTypes.flatMap((amiType) => [
  { amiType, release: '1.33.4-20260710', publishedAt: '2026-07-10T18:00:00Z' },
  { amiType, release: '1.33.4-20260810', publishedAt: '2026-08-10T18:00:00Z' },
]);
const groupsOfACluster = 10;

/** A fleet in no ring: it is looked at, and nothing is started. */
const scan = async (clusters: number, scans: number, more: Record<string, unknown> = {}): Promise<Played> => {
  const nodeGroups = Array.from({ length: groupsOfACluster }, (_, index) => ({
    name: `group-${index}`,
    amiType: amiTypes[index % amiTypes.length],
    release: '1.33.4-20260710',
    size: 1,
    zones: 1,
  }));
  const played = await playScenario({
    name: `${clusters} clusters, ${scans} scans`,
    now: startOfTime,
    releases,
    clusters: Array.from({ length: clusters }, (_, index) => ({
      name: `cluster-${index}`,
      version: '1.33',
      nodeGroups,
    })),
    timeline: Array.from({ length: scans }, (_, index) => ({ at: `PT${index + 1}H`, schedule: true })),
    until: 'P1D',
    ...more,
  });
  expect(played.report.executions).toEqual([]);
  return played;
};

const pages = (items: number, aPage: number): number => Math.ceil(items / aPage);

/** The formula: calls of one scan of so many clusters, of which the releases are `known` already or are listed. */
const callsOfAScan = (clusters: number, { known }: { known: boolean }): Record<string, number> => {
  const slices = pages(clusters, clustersASlice);
  const groups = clusters * groupsOfACluster;
  // Of each variant: `recommended` and two releases, each with four parameters, ten a page.
  const listings = known ? 0 : amiTypes.length * pages(3 * 4, 10);
  return {
    'eks:ListClusters': pages(clusters, 100),
    'eks:DescribeCluster': clusters,
    'eks:ListNodegroups': clusters * pages(groupsOfACluster, 100),
    'eks:DescribeNodegroup': groups,
    // Recommended parameters by distinct names, ten a call; and the policy document with its rings.
    'ssm:GetParameters': slices * pages(amiTypes.length, 10),
    'ssm:GetParameter': slices,
    'ssm:GetParametersByPath': listings + slices,
    // Images that run, and images that are published, by distinct ids.
    'ec2:DescribeImages': slices * (pages(amiTypes.length, 200) + pages(amiTypes.length, 200)),
    // Only the launch template tells which image it holds, and there is no call for several.
    'ec2:DescribeLaunchTemplates': clusters,
    'ec2:DescribeLaunchTemplateVersions': groups,
    'ec2:DescribeInstances': clusters,
    // All groups once a slice, and those of each cluster that people run themselves.
    'autoscaling:DescribeAutoScalingGroups': slices * pages(groups, 100) + clusters,
    ...(slices > 1 ? { 'lambda:Invoke': slices - 1 } : {}),
  };
};

const ofAws = (calls: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(calls).filter(([call]) => !call.startsWith('dynamodb:')));

const sumOf = (...all: Record<string, number>[]): Record<string, number> => {
  const sum: Record<string, number> = {};
  for (const [call, count] of all.flatMap(Object.entries)) sum[call] = (sum[call] ?? 0) + count;
  return sum;
};

describe('the calls of scans', () => {
  test('of 20 clusters with ten node groups each; the second one lists nothing again', async () => {
    const { report } = await scan(20, 2);
    expect(ofAws(report.calls)).toEqual(sumOf(callsOfAScan(20, { known: false }), callsOfAScan(20, { known: true })));
  });

  test('of 200 clusters, in two slices', async () => {
    const { report } = await scan(200, 1);
    expect(ofAws(report.calls)).toEqual(callsOfAScan(200, { known: false }));
    expect(report.calls['lambda:Invoke']).toBe(1);
  });
});

interface Summary {
  clusters: number;
  unreadable: string[];
}

const summaryOf = async ({ aws }: Played): Promise<Summary> => {
  const logged = aws.logs.filter((line) => line.includes('"message":"Scanned"')).at(-1) ?? '';
  return JSON.parse(logged.slice(logged.indexOf('{'))) as Summary;
};

describe('when AWS throttles', () => {
  test('all for ten minutes: clusters have another turn when it is over, and nothing is lost', async () => {
    const storms = [{ at: 'PT1H', for: 'PT10M', calls: '*:*' }];
    const played = await scan(12, 1, { storms: storms.map((storm) => ({ ...storm, calls: 'eks:Describe*' })) });
    expect(await summaryOf(played)).toMatchObject({ clusters: 12, unreadable: [] });
    expect(played.report.calls['lambda:Invoke']).toBeGreaterThan(1);
    expect(played.report.lostTriggers).toEqual([]);
  });

  test('a third of all calls for ten minutes: nothing is lost', async () => {
    const played = await scan(40, 1, { storms: [{ at: 'PT1H', for: 'PT10M', calls: '*:*', share: 0.33 }] });
    expect(await summaryOf(played)).toMatchObject({ clusters: 40, unreadable: [] });
    expect(played.report.lostTriggers).toEqual([]);
  });

  test('for hours: what could not be read is named, and the next scan reads it', async () => {
    const played = await scan(3, 1, { storms: [{ at: 'PT1H', for: 'PT2H', calls: 'eks:DescribeCluster' }] });
    expect(await summaryOf(played)).toMatchObject({
      clusters: 3,
      unreadable: ['cluster-0', 'cluster-1', 'cluster-2'],
    });
    expect(played.report.lostTriggers).toEqual([]);
  });

  test('a slice that dies is done again, and none twice', async () => {
    const faults = [{ function: 'detect-releases', call: 'lambda:Invoke', fault: 'dies-before' }];
    const played = await scan(clustersASlice + 1, 1, { faults });
    expect(await summaryOf(played)).toMatchObject({ clusters: clustersASlice + 1, unreadable: [] });
    expect(played.report.calls['eks:DescribeCluster']).toBe(clustersASlice + 1);
  });
});
