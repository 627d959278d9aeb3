/** A scenario that cannot be used is refused with its file, the place, and what is allowed there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseIsoDuration } from '../../rehearsal/scenario-format/iso-duration.ts';
import { readScenario, UnusableScenario } from '../../rehearsal/scenario-format/read.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'scenarios-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Plain = Record<string, unknown>;

const release = { amiType: 'AL2023_x86_64_STANDARD', release: '1.33.4-20260710', publishedAt: '2026-07-10T18:00:00Z' };
const web = { name: 'web', amiType: release.amiType, release: release.release, size: 2 };

/** A scenario in which nothing is wrong, with one thing changed. */
const scenario = (change: Plain = {}, cluster: Plain = {}, nodeGroup: Plain = {}): Plain => ({
  version: 1,
  name: 'one cluster',
  now: '2026-08-20T09:00:00Z',
  releases: [release],
  clusters: [{ name: 'prod', version: '1.33', nodeGroups: [{ ...web, ...nodeGroup }], ...cluster }],
  ...change,
});
const withCluster = (cluster: Plain): Plain => scenario({}, cluster);
const withNodeGroup = (nodeGroup: Plain): Plain => scenario({}, {}, nodeGroup);
const withSelfManaged = (nodeGroup: Plain): Plain => withNodeGroup({ kind: 'self-managed', ...nodeGroup });
const withRelease = (given: Plain): Plain => scenario({ releases: [{ ...release, ...given }] });
const withFault = (fault: Plain): Plain => scenario({ faults: [fault] });
const atNoon = (happening: Plain): Plain => scenario({ timeline: [{ at: 'PT3H', ...happening }] });

let files = 0;

/** Every line that is said of it, without the file, which must be in each. */
const mistakesIn = async (content: Plain | string): Promise<string[]> => {
  files += 1;
  const file = path.join(folder, `scenario-${files}.yaml`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const thrown = await readScenario(file).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown === undefined) return [];
  expect(thrown).toBeInstanceOf(UnusableScenario);
  const lines = (thrown as Error).message.split('\n').filter((line) => line.startsWith(folder));
  expect(lines.filter((line) => !line.startsWith(`${file}: `))).toEqual([]);
  return lines.map((line) => line.slice(file.length + 2));
};

test('nothing is said of a scenario that is right', async () => {
  expect(await mistakesIn(scenario())).toEqual([]);
});

/** Name of the case, the scenario, and the one line that is said. */
type Case = [name: string, content: Plain, mistake: RegExp];

describe.each<[string, Case[]]>([
  [
    'an unknown key',
    [
      [
        'at the top',
        scenario({ cluster: [] }),
        /^the document: unknown key "cluster"; allowed are version, name, .*clusters/,
      ],
      ['of a cluster', withCluster({ nodegroups: [] }), /^clusters\[0\]: unknown key "nodegroups"; .*nodeGroups/],
      ['of a node group', withNodeGroup({ count: 3 }), /^clusters\[0\]\.nodeGroups\[0\]: unknown key "count"; .*size/],
      [
        'of a behavior',
        withRelease({ behavior: { join: false } }),
        /^releases\[0\]\.behavior: unknown key "join"; .*joins/,
      ],
      [
        'of a fault',
        withFault({ call: 'eks:DescribeCluster', fault: 'error', n: 1 }),
        /^faults\[0\]: unknown key "n"; .*nth/,
      ],
      [
        'of the timeline',
        atNoon({ schedule: true, recal: 'x' }),
        /^timeline\[0\]: unknown key "recal"; allowed are at, when, recall/,
      ],
      ['of what is expected', scenario({ expect: { result: 'Held' } }), /^expect: unknown key "result"; .*outcome/],
    ],
  ],
  [
    'what is missing',
    [
      ['the version', scenario({ version: undefined }), /^version: .*1/],
      ['the name', scenario({ name: undefined }), /^name: .*string/],
      ['the beginning', scenario({ now: undefined }), /^now: .*string/],
      [
        'the AMI type',
        withNodeGroup({ amiType: undefined }),
        /^clusters\[0\]\.nodeGroups\[0\]\.amiType: .*AL2023_ARM_64_STANDARD/,
      ],
      [
        'when something happens',
        scenario({ timeline: [{ schedule: true }] }),
        /^timeline\[0\]: needs either "at" or "when"/,
      ],
      [
        'what happens',
        scenario({ timeline: [{ at: 'PT1H' }] }),
        /^timeline\[0\]: needs exactly one of recall, deprecate, call, /,
      ],
      ['what is started', scenario({ start: {} }), /^start: .*clusterName.*schedule/],
      [
        'how many pods there are',
        withCluster({ workloads: [{ name: 'a/b' }] }),
        /^clusters\[0\]\.workloads\[0\]: needs either "replicas" or "daemonSet: true"/,
      ],
      [
        'what a parameter holds',
        scenario({ parameters: [{ name: '/a' }] }),
        /^parameters\[0\]: needs either "value" or "image"/,
      ],
    ],
  ],
  [
    'a wrong type',
    [
      ['another version of the format', scenario({ version: 2 }), /^version: .*1/],
      ['a text for a number', withNodeGroup({ size: '2' }), /^clusters\[0\]\.nodeGroups\[0\]\.size: .*number/],
      ['half a node', withNodeGroup({ size: 1.5 }), /^clusters\[0\]\.nodeGroups\[0\]\.size: .*int/],
      ['a map for a list', scenario({ clusters: {} }), /^clusters: .*array/],
      ['a minor YAML takes for a number', withCluster({ version: 1.3 }), /^clusters\[0\]\.version: .*string/],
      ['a tag that is no text', withCluster({ tags: { a: true } }), /^clusters\[0\]\.tags\.a: .*string/],
      ['a list of nothing to start', scenario({ start: [] }), /^start: /],
    ],
  ],
  [
    'a value out of bounds',
    [
      ['more nodes than EKS has', withNodeGroup({ size: 451 }), /^clusters\[0\]\.nodeGroups\[0\]\.size: .*450/],
      ['no zone', withNodeGroup({ zones: 0 }), /^clusters\[0\]\.nodeGroups\[0\]\.zones: .*1/],
      ['no budget', withNodeGroup({ maxUnavailable: 0 }), /maxUnavailable: .*/],
      [
        '101 %',
        withNodeGroup({ maxUnavailable: '101%' }),
        /maxUnavailable: is neither a number of nodes nor a percentage/,
      ],
      ['the zeroth call', withFault({ call: 'eks:DescribeCluster', nth: 0, fault: 'error' }), /^faults\[0\]\.nth: .*1/],
      [
        'time that goes back',
        withRelease({ behavior: { readyAfterSeconds: -1 } }),
        /^releases\[0\]\.behavior\.readyAfterSeconds: .*0/,
      ],
      ['a size above its max', withNodeGroup({ max: 1 }), /nodeGroups\[0\]: size 2 does not lie between min and max/],
      [
        'more protected instances than there are',
        withSelfManaged({ protected: 3 }),
        /nodeGroups\[0\]\.protected: there are only 2 instances/,
      ],
      [
        'instances that do not add up',
        withNodeGroup({ instances: [{ release: release.release, count: 1 }] }),
        /nodeGroups\[0\]\.instances: the counts do not add up to the size, 2/,
      ],
    ],
  ],
  [
    'a word that is not one of the list',
    [
      ['a kind', withNodeGroup({ kind: 'karpenter' }), /kind: .*"managed-custom-ami".*"managed".*"self-managed"/],
      ['a process', withSelfManaged({ suspended: ['Launches'] }), /suspended\[0\]: .*"Launch"/],
      ['an AMI type', withRelease({ amiType: 'AL2023' }), /^releases\[0\]\.amiType: .*"AL2023_x86_64_STANDARD"/],
      ['a status of a cluster', withCluster({ status: 'active' }), /^clusters\[0\]\.status: .*"ACTIVE"/],
      [
        'a status of a self-managed node group',
        withSelfManaged({ status: 'DEGRADED' }),
        /nodeGroups\[0\]\.status: .* ACTIVE, UPDATING or DELETING, never DEGRADED/,
      ],
      ['access to Kubernetes', withCluster({ kubernetesAccess: true }), /kubernetesAccess: .*"granted".*"denied"/],
      [
        'a fault of a call',
        withFault({ call: 'eks:DescribeCluster', fault: 'slow' }),
        /^faults\[0\]\.fault: .*"throttled".*"stale"/,
      ],
      [
        'a fault of a function',
        withFault({ function: 'swap-ami', fault: 'throttled' }),
        /^faults\[0\]\.fault: .*"dies-before"/,
      ],
      ['an outcome', scenario({ expect: { outcome: 'Success' } }), /^expect\.outcome: .*"Succeeded"/],
      [
        'an outcome of a node group',
        scenario({ expect: { nodeGroups: { web: 'Succeeded' } } }),
        /^expect\.nodeGroups\.web: .*"Updated"/,
      ],
      [
        'what the documents leave open',
        scenario({ unproven: { surgeAfterFailedUpdate: 'maybe' } }),
        /^unproven\.surgeAfterFailedUpdate: .*"stays".*"goes"/,
      ],
      [
        'a machine',
        scenario({ timeline: [{ when: { machine: 'fleet', enters: 'X' }, schedule: true }] }),
        /^timeline\[0\]\.when\.machine: .*"roll-out-fleet"/,
      ],
    ],
  ],
  [
    'a text in another form',
    [
      ['a duration', scenario({ until: '1 day' }), /^until: is not a duration; .*PT30M or P1D/],
      [
        'a duration of the timeline',
        scenario({ timeline: [{ at: '30m', schedule: true }] }),
        /^timeline\[0\]\.at: is not a duration/,
      ],
      ['months, which have no length', withNodeGroup({ statusFor: 'P1M' }), /statusFor: is not a duration/],
      ['an instant without a time', scenario({ now: '2026-08-20' }), /^now: is not an instant; .*2026-08-20T09:00:00Z/],
      [
        'an instant that is no date',
        withRelease({ publishedAt: '2026-13-40T00:00:00Z' }),
        /^releases\[0\]\.publishedAt: is not an instant/,
      ],
      ['a release without its day', withRelease({ release: '1.33.4' }), /^releases\[0\]\.release: .*1\.33\.4-20260710/],
      [
        'a release as another publisher writes it',
        withRelease({ amiType: 'WINDOWS_CORE_2022_x86_64' }),
        /^releases\[0\]\.release: is not a release version of WINDOWS_CORE_2022_x86_64; write one such as 1\.33-2026\.07\.14/,
      ],
      [
        'a serial that YAML reads as a number',
        withRelease({ amiType: 'UBUNTU_24_04_x86_64', release: 20260710 }),
        /^releases\[0\]\.release: is not a text; write it in quotes/,
      ],
      [
        'what an image was built from',
        scenario({ images: [{ name: 'golden', builtFrom: 'web' }] }),
        /^images\[0\]\.builtFrom: is not AMI_TYPE@RELEASE/,
      ],
      [
        'a minor with a patch',
        withCluster({ version: '1.33.4' }),
        /^clusters\[0\]\.version: is not a Kubernetes minor/,
      ],
      ['a call', withFault({ call: 'DescribeCluster', fault: 'error' }), /^faults\[0\]\.call: .*eks:DescribeCluster/],
      ['a recall', atNoon({ recall: '1.33.4-20260710' }), /^timeline\[0\]\.recall: is not AMI_TYPE@RELEASE/],
      [
        'a workload',
        withCluster({ workloads: [{ name: 'web', replicas: 1 }] }),
        /workloads\[0\]\.name: is not NAMESPACE\/NAME/,
      ],
    ],
  ],
  [
    'two things at once',
    [
      ['that happen', atNoon({ schedule: true, parameterChange: '/a' }), /^timeline\[0\]: needs exactly one of/],
      [
        'that say when',
        atNoon({ when: { machine: 'roll-out-fleet', enters: 'X' }, schedule: true }),
        /^timeline\[0\]: needs either "at" or "when"/,
      ],
      [
        'in a parameter',
        scenario({ parameters: [{ name: '/a', value: 'x', image: `${release.amiType}@${release.release}` }] }),
        /^parameters\[0\]: needs either/,
      ],
      [
        'of two kinds of node groups',
        withNodeGroup({ protected: 1 }),
        /nodeGroups\[0\]\.protected: only a node group of kind self-managed has it/,
      ],
      [
        'that EKS says of what it does not know',
        withSelfManaged({ issues: [{ code: 'AsgInstanceLaunchFailures' }] }),
        /nodeGroups\[0\]\.issues: EKS knows no self-managed node group/,
      ],
      [
        'of a DaemonSet',
        withCluster({ workloads: [{ name: 'a/b', replicas: 1, daemonSet: true }] }),
        /workloads\[0\]\.replicas: a DaemonSet has one pod on every node/,
      ],
    ],
  ],
  [
    'a name that is used twice',
    [
      [
        'of a cluster',
        scenario({ clusters: [0, 1].map(() => ({ name: 'prod', version: '1.33' })) }),
        /^clusters\[1\]\.name: prod is used twice/,
      ],
      [
        'of a node group',
        withCluster({ nodeGroups: [web, web] }),
        /^clusters\[0\]\.nodeGroups\[1\]\.name: web is used twice/,
      ],
      [
        'of a release',
        scenario({ releases: [release, { ...release, recommended: true }] }),
        /^releases\[1\]: .*is listed twice/,
      ],
      [
        'of an Auto Scaling group',
        scenario({ autoScalingGroups: [0, 1].map(() => ({ name: 'batch', launchTemplate: 'prod-web' })) }),
        /^autoScalingGroups\[1\]\.name: batch is used twice/,
      ],
      [
        'of a self-managed node group, which is an Auto Scaling group',
        { ...withSelfManaged({}), autoScalingGroups: [{ name: 'web', launchTemplate: 'prod-web' }] },
        /^autoScalingGroups\[0\]\.name: web is the name of another Auto Scaling group, clusters\[0\]\.nodeGroups\[0\]/,
      ],
      [
        'of self-managed node groups of two clusters',
        scenario({
          clusters: ['a', 'b'].map((name) => ({
            name,
            version: '1.33',
            nodeGroups: [{ ...web, kind: 'self-managed' }],
          })),
        }),
        /^clusters\[1\]\.nodeGroups\[0\]\.name: web is the name of another Auto Scaling group/,
      ],
      [
        'of a workload',
        withCluster({ workloads: [0, 1].map(() => ({ name: 'shop/web', replicas: 1 })) }),
        /^clusters\[0\]\.workloads\[1\]\.name: shop\/web is used twice/,
      ],
      [
        'of a parameter',
        scenario({ parameters: [0, 1].map(() => ({ name: '/golden/web', value: 'ami-1' })) }),
        /^parameters\[1\]\.name: \/golden\/web is used twice/,
      ],
    ],
  ],
  [
    'a reference to nothing',
    [
      [
        'a release that runs',
        withNodeGroup({ release: '1.33.4-20260101' }),
        /^clusters\[0\]\.nodeGroups\[0\]\.release: .*list it under "releases"/,
      ],
      [
        'a release of another AMI type',
        withNodeGroup({ amiType: 'AL2023_ARM_64_STANDARD' }),
        /AL2023_ARM_64_STANDARD has no release 1\.33\.4-20260710/,
      ],
      [
        'a release that runs before its time',
        withRelease({ publishedAt: '2026-08-21T00:00:00Z' }),
        /runs before it is published, at 2026-08-21/,
      ],
      [
        'a release of an instance',
        withNodeGroup({ instances: [{ release: '1.33.4-20260101', count: 2 }] }),
        /nodeGroups\[0\]\.instances\[0\]: .*list it under/,
      ],
      [
        'a release that is recalled',
        atNoon({ recall: 'AL2023_x86_64_STANDARD@1.33.4-20260101' }),
        /^timeline\[0\]\.recall: .*list it under/,
      ],
      [
        'an image of a parameter',
        scenario({ parameters: [{ name: '/a', image: 'AL2023_x86_64_STANDARD@1.33.4-20260101' }] }),
        /^parameters\[0\]\.image: .*list it/,
      ],
      [
        'a node group of a workload',
        withCluster({ workloads: [{ name: 'a/b', replicas: 1, nodeGroup: 'wbe' }] }),
        /workloads\[0\]\.nodeGroup: prod has no node group wbe/,
      ],
      [
        'a cluster of the timeline',
        atNoon({ scale: { cluster: 'prd', nodeGroup: 'web', desired: 1 } }),
        /^timeline\[0\]: there is no cluster "prd"; there are prod/,
      ],
      [
        'a node group of the timeline',
        atNoon({ terminateInstance: { cluster: 'prod', nodeGroup: 'wbe' } }),
        /^timeline\[0\]: there is no node group of prod "wbe"; there are web/,
      ],
      [
        'a node group that Spot takes from',
        atNoon({ spotInterruption: { cluster: 'prod', nodeGroup: 'wbe' } }),
        /^timeline\[0\]: there is no node group of prod "wbe"; there are web/,
      ],
      [
        'a node group of the autoscaler',
        atNoon({ autoscaler: { cluster: 'prod', nodeGroup: 'wbe', by: 1 } }),
        /^timeline\[0\]: there is no node group of prod "wbe"; there are web/,
      ],
      [
        'a workload of the timeline',
        atNoon({ setPdb: { cluster: 'prod', workload: 'a/b', minAvailable: 1 } }),
        /^timeline\[0\]: there is no workload of prod "a\/b"; there are none/,
      ],
      [
        'a function',
        withFault({ function: 'swap', fault: 'dies-before' }),
        /^faults\[0\]\.function: there is no function "swap"; there are .*swap-ami/,
      ],
      [
        'a service',
        withFault({ call: 'eksx:DescribeCluster', fault: 'error' }),
        /^faults\[0\]\.call: there is no service "eksx"; there are .*eks/,
      ],
      [
        'an operation',
        withFault({ call: 'eks:DescribeNodeGroup', fault: 'error' }),
        /^faults\[0\]\.call: eks has no operation "DescribeNodeGroup"; near it are .*Describe/,
      ],
      [
        'a call of the timeline',
        atNoon({ call: 'ssm:PutParam' }),
        /^timeline\[0\]\.call: ssm has no operation "PutParam"; near it are PutParameter/,
      ],
      [
        'a state',
        scenario({ timeline: [{ when: { machine: 'roll-out-cluster', enters: 'Rest' }, schedule: true }] }),
        /^timeline\[0\]\.when\.enters: there is no state of roll-out-cluster "Rest"; there are .*PlanRollout/,
      ],
      [
        'an image of a node group',
        withNodeGroup({ image: 'golden' }),
        /^clusters\[0\]\.nodeGroups\[0\]\.image: there is no image golden; list it under "images"/,
      ],
      [
        'an image of a parameter',
        scenario({ parameters: [{ name: '/golden/web', image: 'golden' }] }),
        /^parameters\[0\]\.image: there is no image golden; list it under "images"/,
      ],
      [
        'a release that an image was built from',
        scenario({ images: [{ name: 'golden', builtFrom: `${release.amiType}@1.33.4-20260711` }] }),
        /^images\[0\]\.builtFrom: AL2023_x86_64_STANDARD has no release 1\.33\.4-20260711; list it under "releases"/,
      ],
      [
        'a launch template',
        scenario({ autoScalingGroups: [{ name: 'a', launchTemplate: 'web' }] }),
        /^autoScalingGroups\[0\]\.launchTemplate: there is no launch template "web"; there are prod-web/,
      ],
      [
        'a parameter of the stack',
        scenario({ deploy: { OptinTag: 'a=b' } }),
        /^deploy: unknown parameter OptinTag; allowed are .*OptInTag/,
      ],
      [
        'a value the stack does not take',
        scenario({ deploy: { ScanIntervalHours: '5' } }),
        /^deploy\.ScanIntervalHours: 5 is not allowed; allowed are .*12/,
      ],
    ],
  ],
  [
    'what befalls pods',
    [
      [
        'without a way',
        withRelease({ behavior: { pods: { fail: 'start' } } }),
        /^releases\[0\]\.behavior\.pods\.how: .*"ImagePullBackOff"/,
      ],
      [
        'at no moment of their life',
        withRelease({ behavior: { pods: [{ fail: 'boot', how: 'Hung' }] } }),
        /^releases\[0\]\.behavior\.pods\[0\]\.fail: .*"start"\|"run"\|"stop"\|"exit"/,
      ],
      [
        'in a way that does not go with the moment',
        withRelease({ behavior: { pods: { fail: 'stop', how: 'ImagePullBackOff' } } }),
        /^releases\[0\]\.behavior\.pods\[0\]\.how: .*allowed are StuckTerminating, Hung$/,
      ],
      [
        'none of them',
        withRelease({ behavior: { pods: { fail: 'run', how: 'Hung', share: 0 } } }),
        /^releases\[0\]\.behavior\.pods\.share: /,
      ],
      [
        'of a workload that no cluster has',
        {
          ...withRelease({ behavior: { pods: { fail: 'run', how: 'Hung', only: 'api' } } }),
          clusters: [{ name: 'prod', version: '1.33', workloads: [{ name: 'shop/web', replicas: 1 }] }],
        },
        /^releases\[0\]\.behavior\.pods\[0\]\.only: there is no workload "api"; there are gpu, .*, shop\/web$/,
      ],
      [
        'a condition that is neither true nor false',
        withRelease({ behavior: { conditions: { afterSeconds: 0, set: { KernelReady: 'Bad' } } } }),
        /^releases\[0\]\.behavior\.conditions\.set\.KernelReady: is neither "True", "False" nor "Unknown"$/,
      ],
      [
        'jobs that end at once',
        withCluster({ workloads: [{ name: 'a/b', replicas: 1, completes: { afterSeconds: 0 } }] }),
        /^clusters\[0\]\.workloads\[0\]\.completes\.afterSeconds: .*>0/,
      ],
      [
        'more that were sick before than there are',
        withCluster({ workloads: [{ name: 'a/b', replicas: 2, before: { pending: 1, crashing: 2 } }] }),
        /^clusters\[0\]\.workloads\[0\]\.before: 3 of 2 pods cannot be sick$/,
      ],
      [
        'a DaemonSet whose pods end',
        withCluster({ workloads: [{ name: 'a/b', daemonSet: true, completes: true }] }),
        /^clusters\[0\]\.workloads\[0\]\.completes: /,
      ],
    ],
  ],
  [
    'what keeps pods, and what nodes need',
    [
      [
        'a budget of both kinds',
        withCluster({ workloads: [{ name: 'a/b', replicas: 2, minAvailable: 1, maxUnavailable: 1 }] }),
        /^clusters\[0\]\.workloads\[0\]: a budget has either "minAvailable" or "maxUnavailable"$/,
      ],
      [
        'two budgets of nothing',
        withCluster({ workloads: [{ name: 'a/b', replicas: 2, budgets: 2 }] }),
        /^clusters\[0\]\.workloads\[0\]\.budgets: needs "minAvailable" or "maxUnavailable"$/,
      ],
      [
        'bare pods of a DaemonSet',
        withCluster({ workloads: [{ name: 'a/b', daemonSet: true, bare: true }] }),
        /^clusters\[0\]\.workloads\[0\]\.bare: /,
      ],
      [
        'a zone without a subnet',
        withCluster({ freeAddresses: { 'us-east-1f': 3 } }),
        /^clusters\[0\]\.freeAddresses: prod has no subnet in "us-east-1f"; allowed are us-east-1a, /,
      ],
      [
        'fewer addresses than none',
        withCluster({ freeAddresses: { 'us-east-1a': -1 } }),
        /^clusters\[0\]\.freeAddresses\.us-east-1a: .*>=0/,
      ],
    ],
  ],
  [
    'a key that is not played yet',
    [['another deployment', atNoon({ deploy: {} }), /^timeline\[0\]\.deploy: .*is not played yet/]],
  ],
])('%s', (_, cases) => {
  test.each(cases)('%s', async (_, content, mistake) => {
    expect(await mistakesIn(content)).toEqual([expect.stringMatching(mistake)]);
  });
});

test('every mistake of a file is said at once', async () => {
  const mistakes = await mistakesIn(scenario({ until: '1 day', seed: {} }, { status: 'up' }, { size: -1 }));
  expect(mistakes.map((mistake) => mistake.split(':')[0]).sort()).toEqual([
    'clusters[0].nodeGroups[0].size',
    'clusters[0].status',
    'seed',
    'until',
  ]);
});

test.each([
  ['no YAML', 'version: [1', /is neither YAML nor JSON: .*line 1/],
  [
    'a key that stands there twice',
    'version: 1\nname: a\nname: b\n',
    /is neither YAML nor JSON: Map keys must be unique.*line 3/,
  ],
  ['nothing', '', /^the document: .*object/],
  ['a list', '- version: 1\n', /^the document: .*object/],
])('a file with %s is refused', async (_, text, mistake) => {
  expect(await mistakesIn(text)).toEqual([expect.stringMatching(mistake)]);
});

describe('a duration', () => {
  test.each([
    ['PT0S', 0],
    ['PT30M', 30 * 60],
    ['P1D', 86_400],
    ['P1W', 7 * 86_400],
    ['P1DT2H3M4S', 86_400 + 2 * 3600 + 3 * 60 + 4],
    ['PT90M', 90 * 60],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseIsoDuration(text)).toBe(seconds * 1000);
  });

  test.each(['', 'P', 'PT', 'P1DT', '30M', 'PT30', 'P1M', 'P1Y', 'PT1.5H', '-PT1H', 'PT1H ', 'pt1h', 'PT1M1H'])(
    '%j is none',
    (text) => {
      expect(parseIsoDuration(text)).toBeUndefined();
    },
  );
});
