import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlanVerdict, planRollout } from '../../../core/plan/plan-rollout.ts';
import {
  ago,
  aListing,
  aNodeGroup,
  aNodeGroupOn,
  anImage,
  aSpentRelease,
  aTemplate,
  former,
  hour,
  imageOf,
  newest,
  planQuestion,
  type Situation,
} from '../builders.ts';

const plan = (situation?: Situation): PlanVerdict => planRollout(planQuestion(situation));

/** The plan of a rollout that does not wait. */
const planned = (situation?: Situation): Exclude<PlanVerdict, { step: 'Wait' }> => {
  const verdict = plan(situation);
  if (verdict.step === 'Wait') throw new Error(verdict.reason);
  return verdict;
};

const finished = (situation?: Situation): Extract<PlanVerdict, { step: 'Finish' }> => {
  const verdict = plan(situation);
  if (verdict.step !== 'Finish') throw new Error(`${verdict.step}: ${verdict.reason}`);
  return verdict;
};

const codesOf = (situation: Situation): string[] =>
  planned(situation).plan.findings.map((finding) => `${finding.level} ${finding.code}`);

const outcomesOf = (verdict: Exclude<PlanVerdict, { step: 'Wait' }>): Record<string, string> =>
  Object.fromEntries(verdict.plan.nodeGroups.map((group) => [group.name, group.outcome]));

const prodRing = (given: object) => ({ rings: [{ name: 'prod', clusters: { names: ['prod'] }, ...given }] });
const anUnknownVariant = aNodeGroup('own', { launchTemplate: aTemplate({ imageId: 'ami-00000bad' }) });

describe('a rollout', () => {
  test('updates what is behind, in waves', () => {
    const nodeGroups = ['web', 'api', 'db', 'gpu', 'job'].map((name) => aNodeGroup(name));
    expect(plan({ nodeGroups })).toMatchObject({
      step: 'RollOut',
      reason: 'updates 5 node groups in 3 waves',
      plan: { waves: [['api'], ['db'], ['gpu', 'job', 'web']], findings: [] },
    });
  });

  test('of one node group is one wave', () => {
    expect(plan()).toMatchObject({
      step: 'RollOut',
      reason: 'updates 1 node group in 1 wave',
      plan: { waves: [['web']] },
    });
  });

  test('updates only what is behind; the others are told, too', () => {
    const verdict = planned({ nodeGroups: [aNodeGroup('web'), aNodeGroupOn(newest, 'db')] });
    expect(verdict).toMatchObject({ step: 'RollOut', plan: { waves: [['web']] } });
    expect(outcomesOf(verdict)).toEqual({ web: 'Planned', db: 'UpToDate' });
  });

  test('updates only the node groups that are named', () => {
    const nodeGroups = [aNodeGroup('web'), aNodeGroup('db')];
    const verdict = planned({ nodeGroups, request: { nodeGroups: ['db'] } });
    expect(verdict).toMatchObject({ step: 'RollOut', plan: { waves: [['db']] } });
    expect(outcomesOf(verdict)).toEqual({ db: 'Planned' });
  });

  test('that is only a dry run ends with its plan', () => {
    const verdict = finished({ request: { dryRun: true } });
    expect(verdict).toMatchObject({
      outcome: 'Planned',
      reason: 'would update 1 node group in 1 wave; nothing was changed',
      plan: { waves: [['web']] },
    });
    expect(outcomesOf(verdict)).toEqual({ web: 'Planned' });
  });

  test('of a cluster without node groups ends at once', () => {
    expect(finished({ nodeGroups: [] })).toMatchObject({
      outcome: 'UpToDate',
      reason: 'the cluster has no node groups',
      plan: { nodeGroups: [], waves: [] },
    });
  });

  test('where everything is up to date ends at once, and says why of a few', () => {
    const nodeGroups = ['a', 'b', 'c', 'd', 'e'].map((name) => aNodeGroupOn(newest, name));
    expect(finished({ nodeGroups })).toMatchObject({
      outcome: 'UpToDate',
      reason:
        'nothing to do: a runs 1.33.4-20260810, the newest release; b runs 1.33.4-20260810, the newest release; c runs 1.33.4-20260810, the newest release; and 2 more',
      plan: { waves: [] },
    });
  });

  test('says why of three at most', () => {
    const reasonOf = (...names: string[]) =>
      finished({ nodeGroups: names.map((name) => aNodeGroupOn(newest, name)) })
        .reason.split('; ')
        .slice(-1);
    expect(reasonOf('a', 'b', 'c')).toEqual(['c runs 1.33.4-20260810, the newest release']);
    expect(reasonOf('a', 'b', 'c', 'd')).toEqual(['and 1 more']);
  });

  test('with untouched node groups beside those that are up to date is up to date', () => {
    const nodeGroups = [aNodeGroupOn(newest, 'web'), aNodeGroup('system', { status: 'CREATING' })];
    expect(finished({ nodeGroups }).outcome).toBe('UpToDate');
  });
});

describe('node groups that are named and not there', () => {
  test('refuse the rollout, and nothing of it is planned', () => {
    const verdict = finished({
      request: { nodeGroups: ['web', 'wbe', 'dba'] },
      nodeGroups: [aNodeGroup('web'), aNodeGroup('db')],
    });
    expect(verdict).toMatchObject({
      outcome: 'Refused',
      reason: 'prod has no node group named wbe, dba; it has web, db',
      plan: { nodeGroups: [], waves: [], findings: [{ code: 'node-group-unknown', level: 'refuse' }] },
    });
  });

  test('refuse it also where the cluster has none', () => {
    expect(finished({ request: { nodeGroups: ['web'] }, nodeGroups: [] }).reason).toBe(
      'prod has no node group named web; it has none',
    );
  });
});

describe('a node group that somebody else updates', () => {
  const nodeGroups = [aNodeGroup('web'), aNodeGroup('db', { status: 'UPDATING' })];
  const startedAgo = (seconds: number): Situation => ({ nodeGroups, startedAt: ago(seconds) });

  test('is waited for with all the others', () => {
    expect(plan(startedAgo(0))).toEqual({
      step: 'Wait',
      seconds: 120,
      reason: 'db is UPDATING: somebody else changes it',
    });
  });

  test('is waited for no longer than four hours, and then held while the others go', () => {
    expect(plan(startedAgo(4 * hour - 1)).step).toBe('Wait');
    const verdict = planned(startedAgo(4 * hour));
    expect(verdict.step).toBe('RollOut');
    expect(outcomesOf(verdict)).toEqual({ web: 'Planned', db: 'Held' });
  });

  test('is not waited for where it is not named', () => {
    expect(plan({ nodeGroups, request: { nodeGroups: ['web'] } }).step).toBe('RollOut');
  });

  test('is not waited for by a dry run', () => {
    expect(finished({ nodeGroups, request: { dryRun: true } }).outcome).toBe('Planned');
  });

  test('alone, too long, makes the rollout held', () => {
    const alone = { nodeGroups: [aNodeGroup('db', { status: 'UPDATING' })], startedAt: ago(4 * hour) };
    expect(finished(alone)).toMatchObject({
      outcome: 'Held',
      reason: 'db is UPDATING: somebody else changes it, and it is waited for no longer',
    });
  });
});

describe('a finding that refuses', () => {
  const nodeGroups = [aNodeGroup('web'), anUnknownVariant];

  test('concerns only its node group where nobody named it', () => {
    const verdict = planned({ nodeGroups });
    expect(verdict).toMatchObject({ step: 'RollOut', plan: { waves: [['web']] } });
    expect(outcomesOf(verdict)).toEqual({ web: 'Planned', own: 'Refused' });
  });

  test('refuses the rollout where its node group was named, and the others are left untouched', () => {
    const verdict = finished({ nodeGroups, request: { nodeGroups: ['web', 'own'] } });
    expect(verdict).toMatchObject({ outcome: 'Refused', plan: { waves: [] } });
    expect(outcomesOf(verdict)).toEqual({ web: 'Untouched', own: 'Refused' });
    expect(verdict.plan.nodeGroups.every((group) => group.target === null)).toBe(true);
    expect(verdict.reason).toBe(
      'own is configured with ami-00000bad, which does not exist any more; its variant cannot be told (name the parameter that holds its AMI in the policy document: goldenParameters: [{ parameter: /golden/NAME, nodeGroups: [own] }])',
    );
  });

  test('on every node group refuses the rollout, named or not', () => {
    expect(finished({ nodeGroups: [anUnknownVariant] })).toMatchObject({
      outcome: 'Refused',
      reason: 'own is configured with ami-00000bad, which does not exist any more; its variant cannot be told',
    });
  });

  test('on a node group goes before those that are up to date', () => {
    expect(finished({ nodeGroups: [aNodeGroupOn(newest), anUnknownVariant] }).outcome).toBe('Refused');
  });

  test('told of several node groups with the same words is said once', () => {
    const refused = ['a', 'b'].map((name) =>
      aNodeGroup(name, { launchTemplate: aTemplate({ latestFollowers: ['ci'] }) }),
    );
    const { reason } = finished({ nodeGroups: refused, request: { nodeGroups: ['a', 'b'] } });
    expect(reason.match(/follows \$Latest/g)).toHaveLength(1);
  });

  test('is a warning where it only warns', () => {
    const warned = aNodeGroup('web', { launchTemplate: aTemplate({ newestVersion: '9' }) });
    expect(plan({ nodeGroups: [warned], request: { nodeGroups: ['web'] } }).step).toBe('RollOut');
  });
});

describe('the whole cluster is refused', () => {
  test.each<{ title: string; situation: Situation; says: string }>([
    {
      title: 'whose Kubernetes API may not be read',
      situation: { kubernetes: { access: 'denied', reason: 'Forbidden' } },
      says: 'the Kubernetes API of prod cannot be read (Forbidden) (let the service read it: aws eks create-access-entry --cluster-name prod --principal-arn arn:aws:iam::111122223333:role/eks-ami-rollout',
    },
    {
      title: 'with an alarm as a gate that already fires',
      situation: {
        found: [{ code: 'alarm-firing', level: 'refuse', message: 'checkout-5xx already is in ALARM' }],
      },
      says: 'checkout-5xx already is in ALARM',
    },
  ])('$title', ({ situation, says }) => {
    const verdict = finished({ nodeGroups: [aNodeGroup('web'), aNodeGroupOn(newest, 'db')], ...situation });
    expect(verdict.outcome).toBe('Refused');
    expect(verdict.reason).toContain(says);
    expect(verdict.plan.waves).toEqual([]);
    expect(outcomesOf(verdict)).toEqual({ web: 'Untouched', db: 'UpToDate' });
    expect(verdict.plan.findings.every((finding) => finding.nodeGroup === undefined)).toBe(true);
  });

  test('but not where there is nothing to do', () => {
    const situation: Situation = {
      nodeGroups: [aNodeGroupOn(newest)],
      kubernetes: { access: 'denied', reason: 'Forbidden' },
      policy: prodRing({ approval: 'required' }),
    };
    expect(finished(situation)).toMatchObject({ outcome: 'UpToDate', plan: { findings: [] } });
  });

  test('but not where the policy judges without the Kubernetes API', () => {
    const situation: Situation = {
      kubernetes: { access: 'denied', reason: 'Forbidden' },
      policy: { withoutKubernetes: 'aws-signals' },
    };
    expect(plan(situation).step).toBe('RollOut');
    expect(codesOf(situation)).toEqual(['warn no-kubernetes-access']);
  });

  test('but not outside of its window when a person says so', () => {
    const policy = prodRing({ maintenanceWindows: [{ days: ['tue'], from: '09:00', to: '15:00' }] });
    expect(plan({ policy, request: { ignoreWindow: true, reason: 'now' } }).step).toBe('RollOut');
  });

  test('but not where it has a window that is long enough; it is waited for', () => {
    const policy = prodRing({ maintenanceWindows: [{ days: ['tue'], from: '09:00', to: '10:00' }] });
    expect(plan({ policy }).step).toBe('RollOut');
  });

  test('of a node group that fits no window, with what would make it fit', () => {
    // Three nodes one by one take 5 + 3 × 4 + 6 minutes, two at a time 4 less.
    const policy = prodRing({ maintenanceWindows: [{ days: ['tue'], from: '09:00', to: '09:20' }] });
    const verdict = finished({ policy });
    expect(verdict).toMatchObject({ outcome: 'Refused', plan: { findings: [{ code: 'never-fits-window' }] } });
    expect(verdict.plan.findings[0]?.message).toBe(
      'web usually takes 23 minutes, and the longest maintenance window of ring prod is open for 20',
    );
    expect(verdict.plan.findings[0]?.fix).toContain('with maxUnavailable 2 it would fit');
    expect(plan({ policy, request: { ignoreWindow: true, reason: 'now' } }).step).toBe('RollOut');
  });

  test('with all that speaks against it at once', () => {
    const situation: Situation = {
      kubernetes: { access: 'denied', reason: 'Forbidden' },
      policy: prodRing({ approval: 'required' }),
      found: [{ code: 'gate-not-read', level: 'refuse', message: 'there is no alarm a' }],
    };
    expect(codesOf(situation)).toEqual(['refuse no-kubernetes-access', 'refuse gate-not-read']);
    expect(finished(situation).reason.split('; ').length).toBeGreaterThanOrEqual(2);
  });
});

test.each([
  [['nodes-ready']],
  [['nodes-ready', 'pods-running']],
  [['nodes-ready', 'pods-running', 'allocatable-kept']],
])('the gates %j are read, so there is nothing to tell', (gates) => {
  const verdict = planned({ policy: { gates } });
  expect(verdict.step).toBe('RollOut');
  expect(verdict.plan.findings).toEqual([]);
});

describe('a node group that is its own canary', () => {
  const auto = { policy: { waves: { canaryNodeGroup: 'auto' } } };

  test('because it is alone in its cluster is warned of', () => {
    expect(codesOf(auto)).toEqual(['warn no-canary']);
    expect(planned(auto).plan.findings[0]?.message).toContain('it is alone in its cluster');
  });

  test('because it is alone is warned of, up to the size from which it is large', () => {
    const nodeGroups = [aNodeGroup('web', { desiredSize: 10 })];
    expect(codesOf({ ...auto, nodeGroups })).toEqual(['warn no-canary']);
  });

  test('because it is large is warned of once', () => {
    const nodeGroups = [aNodeGroup('web', { desiredSize: 11 })];
    expect(codesOf({ ...auto, nodeGroups })).toEqual(['warn no-canary']);
    expect(planned({ ...auto, nodeGroups }).plan.findings[0]?.message).toContain('it has 11 nodes, more than 10');
  });

  test('is none where there are others, also when it goes alone', () => {
    const nodeGroups = [aNodeGroup('web'), aNodeGroupOn(newest, 'db')];
    expect(codesOf({ ...auto, nodeGroups })).toEqual([]);
  });

  test('is not warned of where the policy wants no canary node groups', () => {
    expect(codesOf({})).toEqual([]);
  });
});

describe('a named release', () => {
  const naming = (release: string, more: object = {}): Situation => ({ request: { release, ...more } });

  test('that applies to no node group refuses the rollout, with the reason of each', () => {
    const verdict = finished(naming('AL2023_ARM_64_STANDARD@20260810'));
    expect(verdict).toMatchObject({
      outcome: 'Refused',
      reason:
        'AL2023_ARM_64_STANDARD@20260810 applies to no node group: web AL2023_ARM_64_STANDARD@20260810 does not apply to AL2023_x86_64_STANDARD',
    });
    expect(verdict.plan.findings).toEqual([
      { code: 'release-not-applicable', level: 'refuse', message: verdict.reason },
    ]);
  });

  test('leaves untouched what it does not apply to, and updates the rest', () => {
    const arm = aNodeGroup('arm', { launchTemplate: aTemplate({ imageId: 'ami-00000a64' }), instances: [] });
    const images = [
      anImage(former),
      anImage(newest),
      anImage(former, {
        imageId: 'ami-00000a64',
        architecture: 'arm64',
        name: 'amazon-eks-node-al2023-arm64-standard-1.33-v20260710',
      }),
    ];
    const verdict = planned({
      ...naming('AL2023_x86_64_STANDARD@20260810'),
      nodeGroups: [aNodeGroup('web'), arm],
      images,
    });
    expect(verdict.step).toBe('RollOut');
    expect(outcomesOf(verdict)).toEqual({ web: 'Planned', arm: 'Untouched' });
  });

  test('that runs everywhere it applies to is up to date', () => {
    expect(finished(naming('20260710')).outcome).toBe('UpToDate');
    const nodeGroups = [aNodeGroup('web'), aNodeGroup('system', { status: 'CREATING' })];
    expect(finished({ ...naming('20260710'), nodeGroups }).outcome).toBe('UpToDate');
  });

  test.each<{ title: string; situation: Situation; code: string }>([
    {
      title: 'that is denied',
      situation: { ...naming('20260810'), policy: { denyReleases: ['AL2023_x86_64_STANDARD@20260810'] } },
      code: 'release-denied',
    },
    {
      title: 'that is spent',
      situation: { ...naming('20260810'), spent: [aSpentRelease(newest)] },
      code: 'release-spent',
    },
    {
      title: 'that is too young',
      situation: { ...naming('20260810'), policy: { minimumReleaseAge: 'P30D' } },
      code: 'release-too-young',
    },
    { title: 'that is not published', situation: naming('20260102'), code: 'release-unknown' },
  ])('$title refuses the rollout', ({ situation, code }) => {
    const verdict = finished(situation);
    expect(verdict.outcome).toBe('Refused');
    expect(verdict.plan.findings.map((finding) => finding.code)).toEqual([code]);
  });

  test('that is spent names the rollout that spent it', () => {
    expect(finished({ ...naming('20260810'), spent: [aSpentRelease(newest)] }).reason).toContain(
      'since rollout rollout-7',
    );
  });

  test.each<{ title: string; situation: Situation }>([
    {
      title: 'that is spent is taken again',
      situation: { ...naming('20260810', { again: true, reason: 'fixed' }), spent: [aSpentRelease(newest)] },
    },
    {
      title: 'that is young is taken when its age is to be ignored',
      situation: {
        ...naming('20260810', { ignoreReleaseAge: true, reason: 'CVE' }),
        policy: { minimumReleaseAge: 'P30D' },
      },
    },
  ])('$title', ({ situation }) => {
    expect(plan(situation).step).toBe('RollOut');
  });

  test('the age can be ignored without naming one', () => {
    const policy = { minimumReleaseAge: 'P30D' };
    expect(finished({ policy }).outcome).toBe('UpToDate');
    expect(plan({ policy, request: { ignoreReleaseAge: true, reason: 'CVE' } }).step).toBe('RollOut');
  });
});

describe('releases', () => {
  test('that are spent for another variant are not spent for this one', () => {
    const spent = [aSpentRelease(newest, { variant: 'AL2023_ARM_64_STANDARD' })];
    expect(plan({ spent }).step).toBe('RollOut');
    expect(finished({ spent: [aSpentRelease(newest)] }).outcome).toBe('UpToDate');
  });

  test('are those of the minor that a node group runs, not of the control plane', () => {
    const listings = {
      'AL2023_x86_64_STANDARD/1.33': aListing([former, newest]),
      'AL2023_x86_64_STANDARD/1.34': aListing([]),
    };
    expect(plan({ cluster: { version: '1.34' }, listings })).toMatchObject({ step: 'RollOut' });
  });

  test('of a golden parameter are taken by the node groups that follow it, and by no other', () => {
    const golden = 'ami-00000000000000042';
    const verdict = planned({
      policy: { goldenParameters: [{ parameter: '/golden/web', nodeGroups: ['web'] }] },
      nodeGroups: [aNodeGroup('web'), aNodeGroup('db')],
      images: [anImage(former), anImage(newest), anImage(newest, { imageId: golden, name: 'shop-42' })],
      listings: {
        'AL2023_x86_64_STANDARD/1.33': aListing([former, newest]),
        '/golden/web': {
          published: [{ amiType: null, releaseVersion: null, imageId: golden, imageName: null, publishedAt: null }],
          recommendedImageId: golden,
          mistakes: [],
        },
      },
    });
    expect(verdict.plan.nodeGroups.map((group) => [group.name, group.variant, group.to.imageId])).toEqual([
      ['web', '/golden/web', golden],
      ['db', 'AL2023_x86_64_STANDARD', imageOf(newest)],
    ]);
  });
});

describe('of any cluster', () => {
  const groups = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...'abcdefghijklmnop'),
      on: fc.constantFrom(former, newest, '20260601'),
      kind: fc.constantFrom('managed-custom-ami' as const, 'managed-custom-ami' as const, 'managed' as const),
      status: fc.constantFrom('ACTIVE', 'ACTIVE', 'DEGRADED', 'DELETING'),
      followers: fc.constantFrom([], [], ['ci']),
      desiredSize: fc.nat({ max: 5 }),
    }),
    { selector: (drawn) => drawn.name, maxLength: 12 },
  );
  const clusters = groups.map((drawn) =>
    drawn.map(({ name, on, kind, status, followers, desiredSize }) =>
      aNodeGroupOn(on, name, {
        kind,
        status,
        desiredSize,
        launchTemplate: aTemplate({ imageId: imageOf(on), latestFollowers: followers }),
      }),
    ),
  );
  const situationOf = (nodeGroups: Situation['nodeGroups'] = []): Situation => ({
    nodeGroups,
    releases: ['20260601', former, newest],
  });

  test('every node group that is to be updated is in exactly one wave, and no other is', () => {
    fc.assert(
      fc.property(clusters, (nodeGroups) => {
        const verdict = planned(situationOf(nodeGroups));
        const going = verdict.plan.nodeGroups.filter((group) => group.outcome === 'Planned').map((group) => group.name);
        expect(verdict.plan.waves.flat().sort()).toEqual(going.sort());
        expect(verdict.step === 'RollOut').toBe(going.length > 0);
      }),
    );
  });

  test('every node group is told of', () => {
    fc.assert(
      fc.property(clusters, (nodeGroups) => {
        expect(planned(situationOf(nodeGroups)).plan.nodeGroups.map((group) => group.name)).toEqual(
          nodeGroups.map((group) => group.name),
        );
      }),
    );
  });

  test('the order in which AWS lists node groups changes neither waves nor outcomes', () => {
    const listed = clusters.chain((of) => fc.tuple(fc.constant(of), fc.shuffledSubarray(of, { minLength: of.length })));
    fc.assert(
      fc.property(listed, ([one, other]) => {
        const [a, b] = [planned(situationOf(one)), planned(situationOf(other))];
        expect(b.plan.waves).toEqual(a.plan.waves);
        expect(outcomesOf(b)).toEqual(outcomesOf(a));
        expect(b.step).toBe(a.step);
      }),
    );
  });

  test('a dry run plans what a rollout would do', () => {
    fc.assert(
      fc.property(clusters, (nodeGroups) => {
        const real = planned(situationOf(nodeGroups));
        const dry = finished({ ...situationOf(nodeGroups), request: { dryRun: true } });
        expect(dry.plan).toEqual(real.plan);
        expect(dry.outcome).toBe(real.step === 'Finish' ? real.outcome : 'Planned');
      }),
    );
  });

  test('what is refused has no wave and no target', () => {
    fc.assert(
      fc.property(clusters, fc.boolean(), (nodeGroups, isNamed) => {
        const request = isNamed && nodeGroups.length > 0 ? { nodeGroups: nodeGroups.map((group) => group.name) } : {};
        const verdict = planned({ ...situationOf(nodeGroups), request });
        if (verdict.step !== 'Finish' || verdict.outcome !== 'Refused') return;
        expect(verdict.plan.waves).toEqual([]);
        expect(verdict.plan.nodeGroups.every((group) => group.target === null && group.outcome !== 'Planned')).toBe(
          true,
        );
      }),
    );
  });
});
