import { describe, expect, test } from 'vitest';
import { goldenParameterOf, matchesSelector, ringOf, settingsFor } from '../../../core/policy/settings.ts';
import { aCluster, day, policyOf, settingsOf } from '../builders.ts';

const cluster = aCluster({
  key: { accountId: '111122223333', region: 'eu-west-1', clusterName: 'prod-eu' },
  tags: { env: 'prod', team: 'shop' },
});

describe('a selector of clusters', () => {
  test.each([
    { what: 'nothing selects every cluster', selector: {}, selects: true },
    { what: 'its account', selector: { accounts: ['111122223333'] }, selects: true },
    { what: 'one of several accounts', selector: { accounts: ['444455556666', '111122223333'] }, selects: true },
    { what: 'another account', selector: { accounts: ['444455556666'] }, selects: false },
    { what: 'its Region', selector: { regions: ['us-east-1', 'eu-west-1'] }, selects: true },
    { what: 'another Region', selector: { regions: ['us-east-1'] }, selects: false },
    { what: 'its name', selector: { names: ['prod-eu'] }, selects: true },
    { what: 'a pattern of its name', selector: { names: ['dev-*', 'prod-*'] }, selects: true },
    { what: 'patterns of other names', selector: { names: ['dev-*', 'prod'] }, selects: false },
    { what: 'no name at all', selector: { names: [] }, selects: false },
    { what: 'its tag', selector: { tags: { env: 'prod' } }, selects: true },
    { what: 'all of several tags', selector: { tags: { env: 'prod', team: 'shop' } }, selects: true },
    {
      what: 'one tag that it has and one that it has not',
      selector: { tags: { env: 'prod', zone: 'a' } },
      selects: false,
    },
    { what: 'its tag with another value', selector: { tags: { env: 'dev' } }, selects: false },
    { what: 'name and Region that both match', selector: { names: ['prod-*'], regions: ['eu-west-1'] }, selects: true },
    {
      what: 'a name that matches in another Region',
      selector: { names: ['prod-*'], regions: ['us-east-1'] },
      selects: false,
    },
    {
      what: 'tags that match in another account',
      selector: { tags: { env: 'prod' }, accounts: ['444455556666'] },
      selects: false,
    },
  ])('$what: $selects', ({ selector, selects }) => {
    expect(matchesSelector(selector, cluster)).toBe(selects);
  });
});

describe('the ring of a cluster', () => {
  const rings = [
    { name: 'dev', clusters: { tags: { env: 'dev' } } },
    { name: 'prod', clusters: { tags: { env: 'prod' } } },
    { name: 'europe', clusters: { regions: ['eu-west-1'] } },
  ];

  test('is the one that selects it', () => {
    expect(ringOf(policyOf({ rings: rings.slice(0, 2) }), cluster)).toMatchObject({ ring: { name: 'prod' } });
  });

  test('is none where none selects it', () => {
    expect(ringOf(policyOf({ rings: rings.slice(0, 1) }), cluster)).toEqual({ ring: null });
    expect(ringOf(policyOf(), cluster)).toEqual({ ring: null });
  });

  test('is a conflict where two select it, told with both names', () => {
    expect(ringOf(policyOf({ rings }), cluster)).toEqual({ conflict: ['prod', 'europe'] });
  });
});

describe('the settings of a cluster', () => {
  const document = {
    minimumReleaseAge: 'P7D',
    denyReleases: ['20250224'],
    pinReleases: ['AL2023_ARM_64_STANDARD@20260714'],
    bakeTime: 'PT30M',
    onFailure: 'hold',
    followers: 'allow',
    withoutKubernetes: 'aws-signals',
    gates: ['nodes-ready'],
    waves: { canary: 2 },
    blackouts: [{ from: '2026-12-24', to: '2026-12-26' }],
    rings: [
      {
        name: 'prod',
        clusters: { names: ['prod'] },
        mode: 'roll-out',
        minimumReleaseAge: 'PT0S',
        maintenanceWindows: [{ days: ['tue'], from: '09:00', to: '15:00' }],
        blackouts: [{ from: '2026-12-31', to: '2027-01-01' }],
        approval: 'required',
      },
      { name: 'dev', clusters: { names: ['dev'] }, mode: 'roll-out' },
    ],
  };

  test('in no ring are those of the top level, and it is only observed', () => {
    expect(settingsFor(policyOf(document), null)).toMatchObject({
      ring: null,
      mode: 'observe',
      minimumReleaseAgeSeconds: 7 * day,
      maintenanceWindows: [],
      blackouts: [{ from: '2026-12-24' }],
      approval: null,
      bakeTimeSeconds: 1_800,
      onFailure: 'hold',
      followers: 'allow',
      withoutKubernetes: 'aws-signals',
      gates: ['nodes-ready'],
      waves: { canary: 2, maxConcurrentNodeGroups: 5 },
    });
  });

  test('in a ring are those of the ring where it says so, and of the top level where it does not', () => {
    const policy = policyOf(document);
    const [prod, dev] = policy.rings.map((ring) => settingsFor(policy, ring));
    expect(prod).toMatchObject({
      ring: 'prod',
      mode: 'roll-out',
      minimumReleaseAgeSeconds: 0,
      maintenanceWindows: [{ days: ['tue'], from: '09:00', to: '15:00', timeZone: 'UTC' }],
      blackouts: [{ from: '2026-12-24' }, { from: '2026-12-31' }],
      approval: { by: ['*'], expiresAfterSeconds: 3 * day, notTheStarter: false },
      bakeTimeSeconds: 1_800,
      onFailure: 'hold',
    });
    expect(dev).toMatchObject({
      ring: 'dev',
      mode: 'roll-out',
      minimumReleaseAgeSeconds: 7 * day,
      maintenanceWindows: [],
      blackouts: [{ from: '2026-12-24' }],
      approval: null,
    });
  });

  test('hold the denied and pinned releases apart, as they were written', () => {
    const settings = settingsOf(policyOf(document));
    expect(settings.denied).toEqual([{ by: 'date', value: '20250224', text: '20250224' }]);
    expect(settings.pinned).toEqual([
      { amiType: 'AL2023_ARM_64_STANDARD', by: 'date', value: '20260714', text: 'AL2023_ARM_64_STANDARD@20260714' },
    ]);
  });

  test('of a document that says nothing are the documented defaults', () => {
    expect(settingsFor(policyOf(), null)).toMatchObject({
      minimumReleaseAgeSeconds: 3 * day,
      bakeTimeSeconds: 900,
      onFailure: 'rollBack',
      followers: 'refuse',
      withoutKubernetes: 'refuse',
    });
  });
});

describe('the golden parameter of a node group', () => {
  const policy = policyOf({
    goldenParameters: [
      { parameter: '/golden/eu/web', nodeGroups: ['web-*'], clusters: { regions: ['eu-west-1'] } },
      { parameter: '/golden/us/web', nodeGroups: ['web-*'], clusters: { regions: ['us-east-1'] } },
      { parameter: '/golden/gpu', nodeGroups: ['gpu', 'gpu-*'] },
    ],
  });

  test.each([
    { nodeGroup: 'web-1', parameter: '/golden/eu/web' },
    { nodeGroup: 'gpu', parameter: '/golden/gpu' },
    { nodeGroup: 'gpu-2', parameter: '/golden/gpu' },
    { nodeGroup: 'db', parameter: null },
  ])('$nodeGroup takes its AMI from $parameter', ({ nodeGroup, parameter }) => {
    expect(goldenParameterOf(policy, cluster, nodeGroup)).toBe(parameter);
  });

  test('is the first that selects it', () => {
    const both = policyOf({ goldenParameters: [{ parameter: '/first' }, { parameter: '/second' }] });
    expect(goldenParameterOf(both, cluster, 'web')).toBe('/first');
  });
});
