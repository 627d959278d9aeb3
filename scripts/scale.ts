/**
 * How a rollout of the fleet grows with the fleet: plays it with few, more and many clusters, each with node groups that are
 * all behind, measures what AWS limits, and fails where something does not grow in a line, or where the line leaves a quota
 * at 1,000 clusters.
 *
 *     npm run scale                          5, 20 and 80 clusters
 *     npm run scale -- --clusters 1000       one run of so many with ten node groups each, 1 in 50 of them behind
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { EmbeddedAws } from '../rehearsal/embedded-aws.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { machineOf, type Report } from '../rehearsal/report.ts';
import { parseScenario } from '../rehearsal/scenario-format/read.ts';

const usage = 'usage: npm run scale [-- --clusters NUMBER]';

const [former, newest] = ['1.33.4-20260710', '1.33.4-20260810'];
const amiType = 'AL2023_x86_64_STANDARD';
const sideBySide = 5;

interface FleetSize {
  clusters: number;
  nodeGroups: number;
  /** Whether a cluster is behind. */
  isBehind: (cluster: number) => boolean;
}

const scenarioOf = ({ clusters, nodeGroups, isBehind }: FleetSize) =>
  parseScenario(
    JSON.stringify({
      version: 1,
      name: `${clusters} clusters`,
      now: '2026-08-20T09:00:00Z',
      until: 'P50D',
      policy: {
        version: 1,
        minimumReleaseAge: 'PT0S',
        maxConcurrentClusters: sideBySide,
        // biome-ignore lint/suspicious/noThenProperty: the policy calls it so.
        waves: { canary: 1, then: ['100%'], maxConcurrentNodeGroups: 5 },
        rings: [{ name: 'all', mode: 'roll-out', clusters: { names: ['*'] } }],
      },
      releases: [former, newest].map((release) => ({
        amiType,
        release,
        publishedAt: `${release.slice(7, 11)}-${release.slice(11, 13)}-${release.slice(13)}T18:00:00Z`,
      })),
      clusters: Array.from({ length: clusters }, (_, cluster) => ({
        name: `cluster-${String(cluster).padStart(4, '0')}`,
        version: '1.33',
        tags: { 'eks-ami-rollout': 'enabled' },
        nodeGroups: Array.from({ length: nodeGroups }, (_, index) => ({
          name: `group-${index}`,
          amiType,
          release: isBehind(cluster) ? former : newest,
          size: 1,
          zones: 1,
        })),
      })),
      timeline: [{ at: 'PT1M', schedule: true }],
    }),
    'the fleet',
  );

/** What is read off a run. `quota`: what AWS allows of it; undefined: nothing is written of one. */
interface Measure {
  what: string;
  read: (run: Run) => number;
  /** With the fleet, not at all, or a peak: the more rounds, the likelier that several polls fall into the same minute. */
  grows: 'clusters' | 'constant' | 'peak';
  quota?: { most: number; page: string };
}

interface Run {
  aws: EmbeddedAws;
  report: Report;
  /** When the fleet's execution began and ended, in milliseconds. */
  driving: { begun: number; ended: number };
}

const eventsOf = ({ aws }: Run, machine: string): number =>
  Math.max(0, ...aws.executions.all.filter((each) => machineOf(each) === machine).map(({ history }) => history.length));

/** The longest text that a state of the fleet's machine, or of an iteration of it, was given or gave on. */
const longestPayload = ({ aws }: Run): number => {
  let longest = 0;
  for (const execution of aws.executions.all.filter((each) => machineOf(each) === 'roll-out-fleet')) {
    for (const { stateEnteredEventDetails: entered, stateExitedEventDetails: left } of execution.history) {
      longest = Math.max(longest, Buffer.byteLength(entered?.input ?? ''), Buffer.byteLength(left?.output ?? ''));
    }
  }
  return longest;
};

/** The most calls that match within a minute, of a rollout's functions. What a scan does takes no pretend time. */
const mostAMinute = ({ aws, driving }: Run, isMeant: (call: string) => boolean): number => {
  const minutes = new Map<number, number>();
  for (const { at, service, operation, function: folder } of aws.productCalls.made) {
    if (folder === 'detect-releases' || at < driving.begun || !isMeant(`${service}:${operation}`)) continue;
    const minute = Math.floor(at / 60_000);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  return Math.max(0, ...minutes.values());
};

const quotasOfStates = 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html';
const throttlingOfEc2 = 'https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html';

const measures: Measure[] = [
  ...['roll-out-fleet', 'roll-out-cluster', 'roll-out-node-group'].map((machine) => ({
    what: `events in the longest history of ${machine}`,
    read: (run: Run) => eventsOf(run, machine),
    grows: 'constant' as const,
    quota: { most: 25_000, page: quotasOfStates },
  })),
  {
    what: 'bytes of the longest payload of roll-out-fleet',
    read: longestPayload,
    grows: 'clusters',
    quota: { most: 262_144, page: quotasOfStates },
  },
  { what: 'state transitions', read: ({ report }) => report.transitions, grows: 'clusters' },
  {
    what: 'calls of the functions',
    read: ({ report }) => Object.values(report.calls).reduce((sum, count) => sum + count, 0),
    grows: 'clusters',
  },
  {
    what: 'pretend minutes that it takes',
    read: ({ driving: { begun, ended } }) => (ended - begun) / 60_000,
    grows: 'clusters',
  },
  {
    what: 'most ec2:Describe* in a minute',
    read: (run) => mostAMinute(run, (call) => call.startsWith('ec2:Describe')),
    grows: 'peak',
    quota: { most: 20 * 60, page: throttlingOfEc2 },
  },
  {
    what: 'most changing calls of EC2 in a minute',
    read: (run) => mostAMinute(run, (call) => /^ec2:(Create|Modify|Delete)/.test(call)),
    grows: 'peak',
    quota: { most: 5 * 60, page: throttlingOfEc2 },
  },
  {
    what: 'most calls of EKS in a minute (no rate is published)',
    read: (run) => mostAMinute(run, (call) => call.startsWith('eks:')),
    grows: 'peak',
  },
];

const play = async (size: FleetSize): Promise<Run> => {
  let aws: EmbeddedAws | undefined;
  const report = await rehearse(scenarioOf(size), {
    onBegin: (begun) => {
      aws = begun;
    },
  });
  const fleet = aws?.executions.all.find((each) => machineOf(each) === 'roll-out-fleet');
  if (aws === undefined || fleet?.stopDate === undefined) throw new Error('the fleet never ended');
  const wrong = report.executions.filter(({ outcome }) => outcome !== 'Succeeded');
  const behind = Array.from({ length: size.clusters }, (_, index) => index).filter(size.isBehind).length;
  if (!report.asExpected || wrong.length > 0 || report.executions.length !== behind) {
    const problems = [...report.invariants, ...report.differences, ...wrong.map(({ reason }) => reason)];
    throw new Error(`${report.executions.length} of ${behind} rollouts: ${problems.slice(0, 5).join('; ')}`);
  }
  return { aws, report, driving: { begun: fleet.startDate.getTime(), ended: fleet.stopDate.getTime() } };
};

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const share = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });

/** Noise of jitter and of work that overlaps. */
const tolerance = 0.05;
const target = 1000;

/** The value of a line through two points. */
const onLine = (at: number, [x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): number =>
  y1 + ((y2 - y1) * (at - x1)) / (x2 - x1);

const compareSizes = async (): Promise<boolean> => {
  const sizes = [5, 20, 80] as const;
  const readings: number[][] = [];
  for (const clusters of sizes) {
    const run = await play({ clusters, nodeGroups: 2, isBehind: () => true });
    readings.push(measures.map(({ read }) => read(run)));
    console.log(`played ${clusters} clusters with 2 node groups each`);
  }
  const table = new Table({ head: ['', ...sizes.map(String), `line at ${target}`, 'quota', ''], style: { head: [] } });
  let isFine = true;
  measures.forEach(({ what, grows, quota }, index) => {
    const [few = 0, more = 0, many = 0] = readings.map((each) => each[index] ?? 0);
    const line = (at: number): number =>
      grows === 'constant' ? Math.max(few, more) : onLine(at, [sizes[0], few], [sizes[1], more]);
    const isLine = many <= line(sizes[2]) * (1 + tolerance);
    const atTarget =
      grows === 'constant' ? Math.max(few, more, many) : onLine(target, [sizes[1], more], [sizes[2], many]);
    const isWithin = quota === undefined || atTarget <= quota.most;
    isFine &&= isLine && isWithin;
    const verdict = isLine
      ? isWithin
        ? 'yes'
        : 'ABOVE THE QUOTA'
      : `NOT IN A LINE (${number.format(line(sizes[2]))})`;
    const limit = quota === undefined ? '' : `${number.format(quota.most)} (${share.format(atTarget / quota.most)})`;
    table.push([what, ...[few, more, many, atTarget].map((value) => number.format(value)), limit, verdict]);
  });
  console.log(table.toString());
  for (const page of new Set(measures.flatMap(({ quota }) => quota?.page ?? []))) console.log(`quotas: ${page}`);
  return isFine;
};

const playOne = async (clusters: number): Promise<boolean> => {
  const run = await play({ clusters, nodeGroups: 10, isBehind: (cluster) => cluster % 50 === 0 });
  const table = new Table({ head: ['', String(clusters), 'quota', ''], style: { head: [] } });
  let isFine = true;
  for (const { what, read, quota } of measures) {
    const value = read(run);
    const isWithin = quota === undefined || value <= quota.most;
    isFine &&= isWithin;
    table.push([
      what,
      number.format(value),
      quota === undefined ? '' : number.format(quota.most),
      isWithin ? 'yes' : 'ABOVE',
    ]);
  }
  console.log(table.toString());
  for (const call of [
    'eks:ListClusters',
    'eks:DescribeCluster',
    'eks:ListNodegroups',
    'eks:DescribeNodegroup',
    'ssm:GetParameters',
    'ssm:GetParametersByPath',
    'ec2:DescribeImages',
  ])
    console.log(`${String(run.report.calls[call] ?? 0).padStart(7)} ${call}`);
  return isFine;
};

const { values } = parseArgs({ options: { clusters: { type: 'string' } } });
if (values.clusters !== undefined && !/^[1-9]\d{0,3}$/.test(values.clusters)) {
  console.error(usage);
  process.exit(2);
}
const isFine = values.clusters === undefined ? await compareSizes() : await playOne(Number(values.clusters));
process.exitCode = isFine ? 0 : 1;
