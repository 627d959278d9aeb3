import { describe, expect, test } from 'vitest';
import { defaultPolicy, parsePolicy } from '../../../core/policy/policy.ts';
import { policyOf, shares } from '../builders.ts';

const mistakesOf = (document: unknown): string[] => {
  const parsed = parsePolicy(document);
  return 'mistakes' in parsed ? parsed.mistakes : [];
};

const ring = (given: object = {}) => ({ name: 'dev', clusters: {}, ...given });
const window = (given: object = {}) => ({ days: ['tue'], from: '09:00', to: '15:00', ...given });

describe('a policy document that says nothing but its version', () => {
  test('has every default', () => {
    expect(policyOf()).toEqual({
      version: 1,
      minimumReleaseAge: 'P3D',
      denyReleases: [],
      pinReleases: [],
      rings: [],
      waves: {
        canary: 1,
        canaryNodes: 10,
        canaryNodeGroup: 'auto',
        ...shares('25%', '100%'),
        maxConcurrentNodeGroups: 5,
      },
      blackouts: [],
      maxConcurrentClusters: 5,
      bakeTime: 'PT15M',
      gates: ['nodes-ready', 'pods-running', 'allocatable-kept'],
      dryRunGates: [],
      onFailure: 'rollBack',
      followers: 'refuse',
      withoutKubernetes: 'refuse',
      deprecatedFormer: 'refuse',
      preflight: { refuse: [] },
      instanceRefresh: {
        minHealthyPercentage: 100,
        maxHealthyPercentage: 110,
        protectedInstances: 'refresh',
        standbyInstances: 'ignore',
        drainTimeout: 'PT6H',
      },
      goldenParameters: [],
    });
  });

  test('is what applies where nobody wrote one', () => {
    expect(defaultPolicy).toEqual(policyOf());
  });

  test('has every default of a ring: it is observed, asks for no approval, and is always open', () => {
    expect(policyOf({ rings: [ring()] }).rings).toEqual([
      {
        name: 'dev',
        clusters: {},
        mode: 'observe',
        maintenanceWindows: [],
        blackouts: [],
        ringBakeTime: 'PT0S',
        approval: 'none',
      },
    ]);
  });

  test('has UTC windows and golden parameters of every node group', () => {
    const policy = policyOf({
      rings: [ring({ maintenanceWindows: [window()] })],
      goldenParameters: [{ parameter: '/golden/web' }],
    });
    expect(policy.rings[0]?.maintenanceWindows).toEqual([
      { days: ['tue'], from: '09:00', to: '15:00', timeZone: 'UTC' },
    ]);
    expect(policy.goldenParameters).toEqual([{ parameter: '/golden/web', nodeGroups: ['*'] }]);
  });
});

test('a document that uses every key is read', () => {
  const document = {
    version: 1,
    minimumReleaseAge: 'P7D',
    denyReleases: ['AL2_x86_64_GPU@20250224'],
    pinReleases: ['AL2023_ARM_64_STANDARD@20260714'],
    rings: [
      {
        name: 'dev',
        clusters: { tags: { env: 'dev' }, accounts: ['111122223333'], regions: ['eu-west-1'], names: ['dev-*'] },
        mode: 'roll-out',
        minimumReleaseAge: 'PT0S',
        maintenanceWindows: [],
        blackouts: [],
        ringBakeTime: 'PT0S',
        approval: 'none',
      },
      {
        name: 'prod',
        clusters: { names: ['prod-*'] },
        mode: 'observe',
        after: 'dev',
        maintenanceWindows: [{ days: ['tue', 'wed', 'thu'], from: '22:00', to: '04:00', timeZone: 'Europe/Berlin' }],
        blackouts: [{ from: '2026-12-24', to: '2026-12-26', timeZone: 'Europe/Berlin' }],
        ringBakeTime: 'P1D',
        maxConcurrentClusters: 2,
        approval: { required: true, by: ['arn:aws:iam::*:role/sre'], expiresAfter: 'P1D', notTheStarter: true },
      },
    ],
    blackouts: [{ from: '2026-12-31', to: '2026-12-31', timeZone: 'UTC', reason: 'the books are closed' }],
    waves: {
      canary: 2,
      canaryNodes: 20,
      canaryNodeGroup: 'never',
      ...shares('10%', '50%', '100%'),
      maxConcurrentNodeGroups: 40,
    },
    bakeTime: 'PT30M',
    gates: [
      'nodes-ready',
      { alarm: 'checkout-5xx' },
      { lambda: 'arn:aws:lambda:us-east-1:111122223333:function:probe' },
    ],
    dryRunGates: ['instances'],
    onFailure: 'rollBackAll',
    followers: 'allow',
    withoutKubernetes: 'aws-signals',
    deprecatedFormer: 'allow',
    preflight: { refuse: ['pdb-never-allows'] },
    instanceRefresh: {
      minHealthyPercentage: 50,
      maxHealthyPercentage: 150,
      protectedInstances: 'refuse',
      standbyInstances: 'terminate',
      drainTimeout: 'PT1H',
    },
    maxConcurrentClusters: 20,
    goldenParameters: [{ parameter: '/golden/web', nodeGroups: ['web-*'], clusters: { names: ['prod'] } }],
  };
  expect(parsePolicy(document)).toEqual({ policy: document });
});

describe('a mistake is told with its path and what is allowed', () => {
  test.each<{ what: string; document: unknown; says: string }>([
    { what: 'an empty document', document: null, says: 'Invalid input: expected object, received null' },
    { what: 'a text', document: 'version: 1', says: 'Invalid input: expected object, received string' },
    { what: 'no version', document: {}, says: 'version: Invalid input: expected 1' },
    { what: 'a version of later', document: { version: 2 }, says: 'version: Invalid input: expected 1' },
    {
      what: 'a blackout that ends before it begins',
      document: { version: 1, blackouts: [{ from: '2026-12-26', to: '2026-12-24' }] },
      says: 'blackouts[0].to: is before "from"',
    },
    {
      what: 'a day that does not exist',
      document: { version: 1, blackouts: [{ from: '2026-02-30', to: '2026-03-01' }] },
      says: 'blackouts[0].from: is not a day; write it as "2026-12-24"',
    },
    {
      what: 'an unknown key',
      document: { version: 1, ring: [] },
      says: 'unknown key "ring"; allowed are version, minimumReleaseAge, denyReleases, pinReleases, rings, blackouts, maxConcurrentClusters, waves, bakeTime, gates, dryRunGates, onFailure, followers, sourceVersion, withoutKubernetes, deprecatedFormer, preflight, instanceRefresh, goldenParameters',
    },
    {
      what: 'a gate that decides and does not',
      document: { version: 1, gates: ['nodes-ready', 'probe'], dryRunGates: ['instances', 'probe'] },
      says: 'dryRunGates[1]: is one of "gates" as well',
    },
    {
      what: 'nodes-ready in dry run',
      document: { version: 1, dryRunGates: ['nodes-ready'] },
      says: 'dryRunGates[0]: always decides',
    },
    {
      what: 'an unknown key of a ring',
      document: { version: 1, rings: [ring({ windows: [] })] },
      says: 'rings[0]: unknown key "windows"; allowed are name, clusters, mode, after, minimumReleaseAge, maintenanceWindows, blackouts, ringBakeTime, maxConcurrentClusters, approval',
    },
    {
      what: 'an unknown key of a selector',
      document: { version: 1, rings: [ring({ clusters: { name: ['a'] } })] },
      says: 'rings[0].clusters: unknown key "name"; allowed are accounts, regions, names, tags',
    },
    {
      what: 'an unknown key of the waves',
      document: { version: 1, waves: { canaries: 1 } },
      says: 'waves: unknown key "canaries"; allowed are canary, canaryNodes, canaryNodeGroup, then, maxConcurrentNodeGroups',
    },
    {
      what: 'rings that are no list',
      document: { version: 1, rings: { dev: {} } },
      says: 'rings: Invalid input: expected array, received object',
    },
    {
      what: 'a key without a value',
      document: { version: 1, rings: null },
      says: 'rings: Invalid input: expected array, received null',
    },
    {
      what: 'a duration in years',
      document: { version: 1, minimumReleaseAge: 'P1Y' },
      says: 'minimumReleaseAge: is not a duration; write ISO 8601 such as PT0S, PT15M or P3D (no years or months)',
    },
    {
      what: 'a duration in words',
      document: { version: 1, bakeTime: '15 minutes' },
      says: 'bakeTime: is not a duration; write ISO 8601 such as PT0S, PT15M or P3D',
    },
    {
      what: 'a duration as a number',
      document: { version: 1, bakeTime: 15 },
      says: 'bakeTime: Invalid input: expected string, received number',
    },
    {
      what: 'a bad duration of a ring',
      document: { version: 1, rings: [ring({ minimumReleaseAge: '3d' })] },
      says: 'rings[0].minimumReleaseAge: is not a duration',
    },
    {
      what: 'a release without quotes, which YAML reads as a number',
      document: { version: 1, denyReleases: [20260714] },
      says: 'denyReleases[0]: is not a text; write it in quotes: "20260714"',
    },
    {
      what: 'a release that is none',
      document: { version: 1, pinReleases: ['20260714', 'latest'] },
      says: 'pinReleases[1]: "latest" is not a release; write a date (20260714), a release version',
    },
    {
      what: 'a release of an unknown variant',
      document: { version: 1, denyReleases: ['AL2023@20260714'] },
      says: 'denyReleases[0]: "AL2023" is not an AMI type; allowed are AL2_x86_64, ',
    },
    {
      what: 'a ring without a name',
      document: { version: 1, rings: [{ clusters: {} }] },
      says: 'rings[0].name: Invalid input: expected string, received undefined',
    },
    {
      what: 'a ring with a bad name',
      document: { version: 1, rings: [ring({ name: 'Dev 1' })] },
      says: 'rings[0].name: is not a ring name (lower-case letters, digits and -, at most 63)',
    },
    {
      what: 'a ring with a name of 64 letters',
      document: { version: 1, rings: [ring({ name: 'a'.repeat(64) })] },
      says: 'rings[0].name: is not a ring name',
    },
    {
      what: 'a ring that selects no clusters',
      document: { version: 1, rings: [{ name: 'dev' }] },
      says: 'rings[0].clusters: Invalid input: expected object, received undefined',
    },
    {
      what: 'an account id that is none',
      document: { version: 1, rings: [ring({ clusters: { accounts: ['1111-2222-3333'] } })] },
      says: 'rings[0].clusters.accounts[0]: is not an AWS account id (twelve digits)',
    },
    {
      what: 'a tag that is no text',
      document: { version: 1, rings: [ring({ clusters: { tags: { env: 1 } } })] },
      says: 'rings[0].clusters.tags.env: Invalid input: expected string, received number',
    },
    {
      what: 'a mode that is none',
      document: { version: 1, rings: [ring({ mode: 'rollout' })] },
      says: 'rings[0].mode: Invalid option: expected one of "roll-out"|"observe"',
    },
    {
      what: 'an approval that is none',
      document: { version: 1, rings: [ring({ approval: true })] },
      says: 'rings[0].approval: is neither required, none nor { required, by, expiresAfter, notTheStarter }',
    },
    {
      what: 'a window on no day',
      document: { version: 1, rings: [ring({ maintenanceWindows: [window({ days: [] })] })] },
      says: 'rings[0].maintenanceWindows[0].days: Too small: expected array to have >=1 items',
    },
    {
      what: 'a window on an unknown day',
      document: { version: 1, rings: [ring({ maintenanceWindows: [window({ days: ['tue', 'tuesday'] })] })] },
      says: 'rings[0].maintenanceWindows[0].days[1]: Invalid option: expected one of "mon"|"tue"|"wed"|"thu"|"fri"|"sat"|"sun"',
    },
    {
      what: 'a window that opens at an hour there is not',
      document: { version: 1, rings: [ring({ maintenanceWindows: [window({ from: '24:00' })] })] },
      says: 'rings[0].maintenanceWindows[0].from: is not a time of day (HH:MM)',
    },
    {
      what: 'a window that closes at an hour with one digit',
      document: { version: 1, rings: [ring({ maintenanceWindows: [window({ to: '9:00' })] })] },
      says: 'rings[0].maintenanceWindows[0].to: is not a time of day (HH:MM)',
    },
    {
      what: 'a window that closes at a minute there is not',
      document: { version: 1, rings: [ring({ maintenanceWindows: [window({ to: '09:60' })] })] },
      says: 'rings[0].maintenanceWindows[0].to: is not a time of day (HH:MM)',
    },
    {
      what: 'a window without an end',
      document: { version: 1, rings: [ring({ maintenanceWindows: [{ days: ['tue'], from: '09:00' }] })] },
      says: 'rings[0].maintenanceWindows[0].to: Invalid input: expected string, received undefined',
    },
    {
      what: 'a window in a time zone there is not',
      document: { version: 1, rings: [ring({ maintenanceWindows: [window({ timeZone: 'Mars/Phobos' })] })] },
      says: 'rings[0].maintenanceWindows[0].timeZone: ',
    },
    {
      what: 'an unknown key of a window',
      document: { version: 1, rings: [ring({ maintenanceWindows: [window({ until: '15:00' })] })] },
      says: 'rings[0].maintenanceWindows[0]: unknown key "until"; allowed are days, from, to, timeZone',
    },
    {
      what: 'an unknown key of the instance refresh',
      document: { version: 1, instanceRefresh: { minHealthy: 90 } },
      says: 'instanceRefresh: unknown key "minHealthy"; allowed are minHealthyPercentage, maxHealthyPercentage, protectedInstances, standbyInstances, drainTimeout',
    },
    {
      what: 'a refresh that could replace nothing',
      document: { version: 1, instanceRefresh: { maxHealthyPercentage: 100 } },
      says: 'instanceRefresh.maxHealthyPercentage: must be above 100 where minHealthyPercentage is 100, else nothing could be replaced',
    },
    {
      what: 'a wider span than Auto Scaling takes',
      document: { version: 1, instanceRefresh: { minHealthyPercentage: 50, maxHealthyPercentage: 151 } },
      says: 'instanceRefresh.maxHealthyPercentage: is more than 100 above minHealthyPercentage',
    },
    {
      what: 'a ring twice',
      document: { version: 1, rings: [ring(), ring({ name: 'prod' }), ring()] },
      says: 'rings[2].name: "dev" is used twice',
    },
    {
      what: 'a ring after one that is not there',
      document: { version: 1, rings: [ring(), ring({ name: 'prod', after: 'staging' })] },
      says: 'rings[1].after: "staging" is not a ring; allowed are dev',
    },
    {
      what: 'the only ring after another',
      document: { version: 1, rings: [ring({ after: 'staging' })] },
      says: 'rings[0].after: "staging" is not a ring; allowed are none',
    },
    {
      what: 'a ring after itself',
      document: { version: 1, rings: [ring({ after: 'dev' })] },
      says: 'rings[0].after: "dev" would come after itself',
    },
    {
      what: 'rings that wait for each other',
      document: {
        version: 1,
        rings: [
          ring({ after: 'prod' }),
          ring({ name: 'staging', after: 'dev' }),
          ring({ name: 'prod', after: 'staging' }),
        ],
      },
      says: 'rings[0].after: "dev" would come after itself',
    },
    {
      what: 'a canary wave without node groups',
      document: { version: 1, waves: { canary: 0 } },
      says: 'waves.canary: Too small: expected number to be >=1',
    },
    {
      what: 'more than a thousand canary node groups',
      document: { version: 1, waves: { canary: 1_001 } },
      says: 'waves.canary: Too big: expected number to be <=1000',
    },
    {
      what: 'a canary for groups of more than a thousand nodes',
      document: { version: 1, waves: { canaryNodes: 1_001 } },
      says: 'waves.canaryNodes: Too big: expected number to be <=1000',
    },
    {
      what: 'half a node group in the canary wave',
      document: { version: 1, waves: { canary: 1.5 } },
      says: 'waves.canary: Invalid input: expected int, received number',
    },
    {
      what: 'more node groups side by side than a Map runs',
      document: { version: 1, waves: { maxConcurrentNodeGroups: 41 } },
      says: 'waves.maxConcurrentNodeGroups: Too big: expected number to be <=40',
    },
    {
      what: 'no node group side by side',
      document: { version: 1, waves: { maxConcurrentNodeGroups: 0 } },
      says: 'waves.maxConcurrentNodeGroups: Too small: expected number to be >=1',
    },
    {
      what: 'a canary node group that is always made',
      document: { version: 1, waves: { canaryNodeGroup: 'always' } },
      says: 'waves.canaryNodeGroup: Invalid option: expected one of "auto"|"never"',
    },
    {
      what: 'a share without a percent sign',
      document: { version: 1, waves: shares('25', '100%') },
      says: 'waves.then[0]: is not a share of the node groups (1% to 100%)',
    },
    {
      what: 'a share of nothing',
      document: { version: 1, waves: shares('0%', '100%') },
      says: 'waves.then[0]: is not a share of the node groups (1% to 100%)',
    },
    {
      what: 'a share of more than all',
      document: { version: 1, waves: shares('101%') },
      says: 'waves.then[0]: is not a share of the node groups (1% to 100%)',
    },
    {
      what: 'waves that end before all node groups are updated',
      document: { version: 1, waves: shares('25%', '50%') },
      says: 'waves.then: must rise from wave to wave and end with 100%',
    },
    {
      what: 'waves that do not rise',
      document: { version: 1, waves: shares('50%', '25%', '100%') },
      says: 'waves.then: must rise from wave to wave and end with 100%',
    },
    {
      what: 'two waves with one share',
      document: { version: 1, waves: shares('100%', '100%') },
      says: 'waves.then: must rise from wave to wave and end with 100%',
    },
    {
      what: 'no further wave',
      document: { version: 1, waves: shares() },
      says: 'waves.then: Too small: expected array to have >=1 items',
    },
    {
      what: 'no gate',
      document: { version: 1, gates: [] },
      says: 'gates: Too small: expected array to have >=1 items',
    },
    {
      what: 'a gate that is none',
      document: { version: 1, gates: ['nodes-ready', 'nodes-happy'] },
      says: 'gates[1]: is not a gate; allowed are nodes-ready, pods-running, allocatable-kept, daemonsets-ready, deployments-available, instances, probe, { alarm: NAME }, { lambda: ARN } and { probe: { namespace, image, gpuImage, command, timeout } }',
    },
    {
      what: 'a gate with an alarm that has no name',
      document: { version: 1, gates: [{ alarm: '' }] },
      says: 'gates[0].alarm: is not the name of an alarm, or its beginning and a *',
    },
    {
      what: 'a probe with a key that is none',
      document: { version: 1, gates: [{ probe: { picture: 'a' } }] },
      says: 'gates[0].probe: unknown key "picture"; allowed are namespace, image, gpuImage, command, timeout',
    },
    {
      what: 'a gate that is an alarm and a function',
      document: { version: 1, gates: [{ alarm: 'a', lambda: 'b' }] },
      says: 'gates[0]: is not a gate; allowed are nodes-ready',
    },
    {
      what: 'an onFailure that is none',
      document: { version: 1, onFailure: 'rollback' },
      says: 'onFailure: Invalid option: expected one of "rollBack"|"rollBackAll"|"hold"',
    },
    {
      what: 'followers that are neither refused nor allowed',
      document: { version: 1, followers: true },
      says: 'followers: Invalid option: expected one of "refuse"|"allow"',
    },
    {
      what: 'a withoutKubernetes that is none',
      document: { version: 1, withoutKubernetes: 'allow' },
      says: 'withoutKubernetes: Invalid option: expected one of "refuse"|"aws-signals"',
    },
    {
      what: 'a golden parameter without a slash',
      document: { version: 1, goldenParameters: [{ parameter: 'golden/web' }] },
      says: 'goldenParameters[0].parameter: is not a parameter name that begins with a slash',
    },
    {
      what: 'an unknown key of a golden parameter',
      document: { version: 1, goldenParameters: [{ parameter: '/golden/web', groups: [] }] },
      says: 'goldenParameters[0]: unknown key "groups"; allowed are parameter, nodeGroups, clusters',
    },
  ])('$what', ({ document, says }) => {
    const mistakes = mistakesOf(document);
    expect(mistakes.find((mistake) => mistake.startsWith(says)) ?? mistakes).toContain(says);
    expect(mistakes.every((mistake) => !mistake.includes('\n'))).toBe(true);
  });

  test('every ring of a circle is named', () => {
    const rings = [
      ring({ after: 'prod' }),
      ring({ name: 'prod', after: 'dev' }),
      ring({ name: 'edge', after: 'prod' }),
    ];
    expect(mistakesOf({ version: 1, rings })).toEqual([
      'rings[0].after: "dev" would come after itself',
      'rings[1].after: "prod" would come after itself',
    ]);
  });

  test('several mistakes are told together', () => {
    expect(mistakesOf({ version: 1, bakeTime: 'soon', onFailure: 'panic' })).toHaveLength(2);
  });
});

describe('what is no mistake', () => {
  test.each<{ what: string; document: object }>([
    {
      what: 'a ring after one that is listed later',
      document: { rings: [ring({ name: 'prod', after: 'dev' }), ring()] },
    },
    {
      what: 'two rings after one',
      document: { rings: [ring(), ring({ name: 'a', after: 'dev' }), ring({ name: 'b', after: 'dev' })] },
    },
    {
      what: 'a window that crosses midnight',
      document: { rings: [ring({ maintenanceWindows: [window({ from: '22:00', to: '04:00' })] })] },
    },
    {
      what: 'a window of any time of day',
      document: {
        rings: [
          ring({
            maintenanceWindows: [window({ from: '00:00', to: '23:59' }), window({ from: '19:59', to: '20:00' })],
          }),
        ],
      },
    },
    { what: 'a ring name of 63 letters, digits and -', document: { rings: [ring({ name: `9a-9${'0'.repeat(59)}` })] } },
    { what: 'a thousand canary node groups', document: { waves: { canary: 1_000, canaryNodes: 1_000 } } },
    { what: 'a function that is named by a letter', document: { gates: [{ lambda: 'f' }, { alarm: 'a' }] } },
    {
      what: 'a golden parameter with every character that a name may have',
      document: { goldenParameters: [{ parameter: '/Golden/web_1.2-3/9' }] },
    },
  ])('$what', ({ document }) => {
    expect(mistakesOf({ version: 1, ...document })).toEqual([]);
  });
});
