/** What a scan asks AWS for releases, however many clusters it looks at. */
import { describe, expect, test } from 'vitest';
import { clusterOf, playScenario, startOfTime } from './play.ts';

const amiTypes = ['AL2023_x86_64_STANDARD', 'AL2023_ARM_64_STANDARD', 'AL2023_x86_64_NVIDIA'];
const releases = amiTypes.flatMap((amiType) => [
  { amiType, release: '1.33.4-20260710', publishedAt: '2026-07-10T18:00:00Z' },
  { amiType, release: '1.33.4-20260810', publishedAt: '2026-08-10T18:00:00Z' },
]);

/** Of each variant: the recommended release and two others, each with four parameters; ten a page. */
const pagesOfAListing = Math.ceil((3 * 4) / 10);

/** A fleet in no ring: it is looked at, and nothing is started. */
const callsOf = async (clusters: number, scans: number): Promise<Record<string, number>> => {
  const { report } = await playScenario({
    name: `${clusters} clusters, ${scans} scans`,
    now: startOfTime,
    releases,
    clusters: Array.from({ length: clusters }, (_, index) => ({
      ...clusterOf(amiTypes.map((amiType) => ({ name: amiType.toLowerCase(), amiType, zones: 1 }))),
      name: `cluster-${index}`,
    })),
    timeline: Array.from({ length: scans }, (_, index) => ({ at: `PT${index + 1}H`, schedule: true })),
    until: 'P1D',
  });
  expect(report.executions).toEqual([]);
  return report.calls;
};

describe.each([2, 12])('a scan of %i clusters', (clusters) => {
  test('asks once for each distinct name, and lists each variant once; the next one lists nothing', async () => {
    const first = await callsOf(clusters, 1);
    const both = await callsOf(clusters, 2);
    const second = (call: string): number => (both[call] ?? 0) - (first[call] ?? 0);
    // All recommended parameters fit into one request; the policy's rings are looked for by path.
    expect(first['ssm:GetParameters']).toBe(1);
    expect(first['ssm:GetParametersByPath']).toBe(amiTypes.length * pagesOfAListing + 1);
    expect(first['ec2:DescribeImages']).toBe(2);
    expect(first['eks:DescribeCluster']).toBe(clusters);
    expect(first['eks:DescribeNodegroup']).toBe(clusters * amiTypes.length);
    expect(second('ssm:GetParameters')).toBe(1);
    expect(second('ssm:GetParametersByPath')).toBe(1);
    expect(second('ec2:DescribeImages')).toBe(2);
  });
});
