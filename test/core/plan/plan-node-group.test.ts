import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NodeGroupFacts, type ReleaseUse, releaseSourceOf } from '../../../core/plan/facts.ts';
import type { Finding } from '../../../core/plan/finding.ts';
import {
  budgetOf,
  instancesByImage,
  type NodeGroupPlan,
  type NodeGroupQuestion,
  type PlannedNodeGroup,
  planNodeGroup,
} from '../../../core/plan/plan-node-group.ts';
import {
  aListing,
  aNodeGroup,
  aNodeGroupOn,
  anImage,
  aRelease,
  aSpentRelease,
  aTemplate,
  former,
  imageOf,
  imagesById,
  instancesOn,
  newest,
  now,
  optedIn,
  optIn,
  policyOf,
  selector,
  settingsOf,
  versionOf,
} from '../builders.ts';

/** `policy` takes the place of the settings, `golden` names a golden parameter; the rest is asked as it stands. */
type Given = Partial<NodeGroupQuestion> & { policy?: object; golden?: string };

const planOf = ({ policy = {}, golden, ...given }: Given = {}): NodeGroupPlan => {
  const { nodeGroup = aNodeGroup('web'), images = imagesById([former, newest].map((date) => anImage(date))) } = given;
  return planNodeGroup({
    nodeGroup,
    settings: settingsOf(policyOf(policy)),
    images,
    source: releaseSourceOf(nodeGroup, images, golden ?? null),
    listing: aListing([former, newest]),
    spent: [],
    passedBefore: null,
    clusterName: 'prod',
    clusterVersion: '1.33',
    optIn,
    request: { ignoreReleaseAge: false, again: false },
    mayWait: true,
    now,
    ...given,
  });
};

const planned = (given: Given = {}): { nodeGroup: PlannedNodeGroup; findings: Finding[] } => {
  const plan = planOf(given);
  if (plan.step === 'wait') throw new Error(plan.reason);
  return plan;
};

const outcomeOf = (given: Given): string => planned(given).nodeGroup.outcome;
const codesOf = (given: Given): string[] =>
  planned(given).findings.map((finding) => `${finding.level} ${finding.code}`);

const asked = { ignoreReleaseAge: false, again: false };

describe('a node group that is behind', () => {
  test('is planned: from what it is configured with, to the newest release that may be taken', () => {
    expect(planned()).toEqual({
      step: 'planned',
      nodeGroup: {
        name: 'web',
        kind: 'managed-custom-ami',
        outcome: 'Planned',
        reason: '1.33.4-20260810 is the newest release',
        from: { imageId: imageOf(former), releaseVersion: versionOf(former), launchTemplateVersion: '3' },
        to: { imageId: imageOf(newest), releaseVersion: versionOf(newest), launchTemplateVersion: null },
        variant: 'AL2023_x86_64_STANDARD',
        source: { amiType: 'AL2023_x86_64_STANDARD', minor: '1.33' },
        passedOver: [],
        target: {
          template: { templateId: 'lt-0a', templateName: 'web', versionInUse: '3', sourceVersion: '3' },
          kubernetesVersion: null,
          imageId: imageOf(newest),
          releaseVersion: versionOf(newest),
          isConfigured: false,
        },
        desiredSize: 3,
        budget: 1,
        zones: 3,
        follows: null,
      },
      findings: [],
    });
  });

  describe('whose launch template has a newer version than the one in use', () => {
    const ahead = { launchTemplate: aTemplate({ version: '3', newestVersion: '7', ahead: ['InstanceType a → b'] }) };
    const message = 'web has a newer version (7) than the one web uses (3), which changes: InstanceType a → b';

    test('is held, for nobody can tell what is meant', () => {
      const { nodeGroup, findings } = planned({ nodeGroup: aNodeGroup('web', ahead) });
      const fix =
        'say "sourceVersion: in-use" (leave the change out) or "sourceVersion: newest" (take it along) in the policy document';
      expect(nodeGroup).toMatchObject({ outcome: 'Held', reason: `${message}; ${fix}`, target: null });
      expect(findings).toEqual([{ code: 'template-ahead', level: 'warn', nodeGroup: 'web', message, fix }]);
    });

    test.each([
      { sourceVersion: 'in-use', from: '3' },
      { sourceVersion: 'newest', from: '7' },
    ])('is made from $from where the policy says $sourceVersion', ({ sourceVersion, from }) => {
      const given = { nodeGroup: aNodeGroup('web', ahead), policy: { sourceVersion } };
      const { nodeGroup, findings } = planned(given);
      expect(nodeGroup).toMatchObject({
        outcome: 'Planned',
        from: { launchTemplateVersion: '3' },
        target: { template: { sourceVersion: from, versionInUse: '3' } },
      });
      expect(findings).toMatchObject([{ level: 'warn', message: `${message}; the new one is made from ${from}` }]);
    });

    test('is finished where it is mixed, for nothing is made then', () => {
      const nodeGroup = aNodeGroup('web', {
        launchTemplate: aTemplate({
          version: '3',
          imageId: imageOf(newest),
          newestVersion: '7',
          ahead: ['InstanceType a → b'],
          versionsByImage: { [imageOf(former)]: '2' },
        }),
        instances: instancesOn({ [former]: 1, [newest]: 1 }),
      });
      expect(planned({ nodeGroup }).nodeGroup).toMatchObject({
        outcome: 'Planned',
        to: { launchTemplateVersion: '3' },
      });
    });
  });

  test.each([
    {
      tags: { 'aws:cloudformation:stack-name': 'shop-nodes' },
      says: 'web belongs to CloudFormation stack shop-nodes: an update of it there puts back the version of web that the stack names',
    },
    {
      tags: { 'aws:cloudformation:stack-name': 'eksctl-prod', 'alpha.eksctl.io/cluster-name': 'prod' },
      says: 'web belongs to eksctl, by CloudFormation stack eksctl-prod: an update of it there puts back the version of web that the stack names',
    },
  ])('that belongs to a stack goes, with a warning: $tags', ({ tags, says }) => {
    for (const nodeGroup of [aNodeGroup('web', { tags }), aNodeGroup('web', { launchTemplate: aTemplate({ tags }) })]) {
      expect(outcomeOf({ nodeGroup })).toBe('Planned');
      expect(planned({ nodeGroup }).findings).toMatchObject([{ code: 'owned-by-cloudformation', message: says }]);
    }
  });

  test('keeps the reason for what was passed over', () => {
    const { nodeGroup } = planned({
      listing: aListing([former, newest, '20260819']),
      images: imagesById([former, newest].map((date) => anImage(date))),
    });
    expect(nodeGroup.reason).toContain('1.33.4-20260819 is too young');
  });
});

describe('a node group on its wanted release is up to date', () => {
  test('and stays as it is', () => {
    const { nodeGroup, findings } = planned({ nodeGroup: aNodeGroupOn(newest) });
    expect(nodeGroup).toMatchObject({
      outcome: 'UpToDate',
      reason: 'runs 1.33.4-20260810, the newest release',
      target: null,
      to: nodeGroup.from,
    });
    expect(findings).toEqual([]);
  });

  test('also without a single instance', () => {
    expect(outcomeOf({ nodeGroup: aNodeGroupOn(newest, 'web', { instances: [], desiredSize: 0 }) })).toBe('UpToDate');
  });

  test('also while instances of the former AMI terminate', () => {
    const leaving = instancesOn({ [former]: 1 }).map((each) => ({ ...each, lifecycleState: 'Terminating:Wait' }));
    const instances = [...instancesOn({ [newest]: 3 }), ...leaving];
    expect(outcomeOf({ nodeGroup: aNodeGroupOn(newest, 'web', { instances }) })).toBe('UpToDate');
  });
});

describe('the status of a node group', () => {
  test.each(['CREATING', 'DELETING', 'CREATE_FAILED', 'DELETE_FAILED'])('%s leaves it untouched', (status) => {
    expect(planned({ nodeGroup: aNodeGroup('web', { status }) })).toMatchObject({
      nodeGroup: { outcome: 'Untouched', reason: `is ${status}; it is left alone`, target: null },
      findings: [],
    });
  });

  test('UPDATING is waited for', () => {
    expect(planOf({ nodeGroup: aNodeGroup('web', { status: 'UPDATING' }) })).toEqual({
      step: 'wait',
      reason: 'web is UPDATING: somebody else changes it',
    });
  });

  test('UPDATING for too long is held', () => {
    const nodeGroup = aNodeGroup('web', { status: 'UPDATING' });
    expect(planned({ nodeGroup, mayWait: false }).nodeGroup).toMatchObject({
      outcome: 'Held',
      reason: 'web is UPDATING: somebody else changes it, and it is waited for no longer',
    });
  });

  const issue = (code: string) => ({ code, message: 'as EKS says it', resourceIds: [] });
  test.each([
    { issues: ['NodeCreationFailure'], outcome: 'Planned' },
    { issues: ['AmiIdNotFound', 'AsgInstanceLaunchFailures'], outcome: 'Planned' },
    { issues: [], outcome: 'Planned' },
    { issues: ['AccessDenied'], outcome: 'Refused' },
    { issues: ['NodeCreationFailure', 'InsufficientFreeAddresses'], outcome: 'Refused' },
    { issues: ['Unknown'], outcome: 'Refused' },
    { issues: ['NewInTheApi'], outcome: 'Refused' },
    { issues: ['ClusterUnreachable', 'AccessDenied'], outcome: 'Refused' },
  ])('DEGRADED by $issues is $outcome, as another AMI can mend it or not', ({ issues, outcome }) => {
    expect(outcomeOf({ nodeGroup: aNodeGroup('web', { status: 'DEGRADED', issues: issues.map(issue) }) })).toBe(
      outcome,
    );
  });

  test('DEGRADED names what another AMI cannot mend, and nothing else', () => {
    const nodeGroup = aNodeGroup('web', {
      status: 'DEGRADED',
      issues: ['NodeCreationFailure', 'AccessDenied'].map(issue),
    });
    expect(planned({ nodeGroup }).findings).toEqual([
      {
        code: 'node-group-status',
        level: 'refuse',
        nodeGroup: 'web',
        message: 'web is DEGRADED by what another AMI cannot mend (AccessDenied: as EKS says it)',
        fix: 'give it back its node role, its instance profile and their rights; then start again',
      },
    ]);
  });

  test('DEGRADED by what may pass is waited for, and then held', () => {
    const nodeGroup = aNodeGroup('web', {
      status: 'DEGRADED',
      issues: ['ClusterUnreachable', 'NodeCreationFailure'].map(issue),
    });
    const reason = 'web is DEGRADED by what may pass (ClusterUnreachable: as EKS says it)';
    expect(planOf({ nodeGroup })).toEqual({ step: 'wait', reason });
    expect(planned({ nodeGroup, mayWait: false }).nodeGroup).toMatchObject({
      outcome: 'Held',
      reason: `${reason}, and it is waited for no longer`,
    });
  });

  test('ACTIVE goes, whatever issues EKS still lists', () => {
    expect(outcomeOf({ nodeGroup: aNodeGroup('web', { issues: [issue('AccessDenied')] }) })).toBe('Planned');
  });

  test('that this version does not know is refused', () => {
    const given = { nodeGroup: aNodeGroup('web', { status: 'RESTING' }) };
    expect(outcomeOf(given)).toBe('Refused');
    expect(codesOf(given)).toEqual(['refuse node-group-status']);
  });
});

describe('a node group whose image nobody names', () => {
  test.each([
    { what: 'whose launch template is gone', launchTemplate: null, code: 'template-gone' },
    {
      what: 'whose launch template holds no image',
      launchTemplate: aTemplate({ imageId: null }),
      code: 'image-unknown',
    },
  ])('$what is refused', ({ launchTemplate, code }) => {
    const given = { nodeGroup: aNodeGroup('web', { launchTemplate }) };
    expect(outcomeOf(given)).toBe('Refused');
    expect(codesOf(given)).toEqual([`refuse ${code}`]);
  });
});

describe('a node group whose AMI EKS chooses', () => {
  const ofEks = (given: Partial<ReleaseUse> = {}, more: Partial<NodeGroupFacts> = {}): Given => ({
    nodeGroup: aNodeGroup('web', {
      kind: 'managed',
      launchTemplate: null,
      chosenByEks: {
        amiType: 'AL2023_x86_64_STANDARD',
        version: '1.33',
        releaseVersion: versionOf(former) ?? '',
        ...given,
      },
      ...more,
    }),
  });

  test('gets a release of its own Kubernetes minor by name, and would go back by name', () => {
    const { nodeGroup, findings } = planned(ofEks());
    expect(nodeGroup).toMatchObject({
      outcome: 'Planned',
      from: { imageId: imageOf(former), releaseVersion: versionOf(former), launchTemplateVersion: null },
      to: { imageId: imageOf(newest), releaseVersion: versionOf(newest), launchTemplateVersion: null },
      target: { template: null, kubernetesVersion: '1.33', imageId: imageOf(newest), isConfigured: false },
    });
    expect(findings).toEqual([]);
  });

  test('takes no version from its launch template, whatever is said of that', () => {
    const launchTemplate = aTemplate({ imageId: null, newestVersion: '7', latestFollowers: ['other'] });
    const { nodeGroup, findings } = planned(ofEks({}, { launchTemplate }));
    expect(nodeGroup).toMatchObject({
      outcome: 'Planned',
      from: { launchTemplateVersion: '3' },
      to: { launchTemplateVersion: '3' },
      target: { template: null },
    });
    expect(findings).toEqual([]);
  });

  test('is up to date by what EKS says of it', () => {
    const given = ofEks({ releaseVersion: versionOf(newest) ?? '' }, { instances: instancesOn({ [newest]: 3 }) });
    expect(planned(given).nodeGroup).toMatchObject({ outcome: 'UpToDate', from: { imageId: imageOf(newest) } });
  });

  test('that is mixed is finished, and would go back to the release of the others', () => {
    const given = ofEks(
      { releaseVersion: versionOf(newest) ?? '' },
      { instances: instancesOn({ [former]: 2, [newest]: 1 }) },
    );
    expect(planned(given).nodeGroup).toMatchObject({
      outcome: 'Planned',
      from: { imageId: imageOf(former), releaseVersion: versionOf(former) },
      target: { isConfigured: true, imageId: imageOf(newest), releaseVersion: versionOf(newest) },
    });
  });

  test('of a release that is not listed any more runs what its instances run', () => {
    const given = ofEks({ releaseVersion: '1.33.1-20240101' });
    expect(planned(given).nodeGroup).toMatchObject({
      outcome: 'Planned',
      from: { imageId: imageOf(former), releaseVersion: '1.33.1-20240101' },
    });
    expect(codesOf(ofEks({ releaseVersion: '1.33.1-20240101' }, { instances: [] }))).toEqual(['refuse image-unknown']);
  });

  test('of an AMI type that this version does not know is refused, and says which', () => {
    const given = { ...ofEks({ amiType: 'AL2026_RISCV' }), source: null };
    expect(planned(given).nodeGroup).toMatchObject({
      outcome: 'Refused',
      reason: expect.stringContaining('AL2026_RISCV'),
    });
    expect(codesOf(given)).toEqual(['refuse variant-unknown']);
  });
});

describe('the variant of a node group', () => {
  const ours = { name: 'shop-web-42', ownerAlias: null, ownerId: '111122223333' };
  const golden =
    'name the parameter that holds its AMI in the policy document: goldenParameters: [{ parameter: /golden/NAME, nodeGroups: [web] }]';
  const tag = (value: string): string =>
    `${golden}; or let the publisher's releases take its place: aws ec2 create-tags --resources ${imageOf(former)} --tags Key=eks-ami-rollout:follows,Value=${value}`;

  test.each([
    {
      title: 'that its image does not tell',
      images: [anImage(former, { ...ours, ancestors: [] })],
      says: 'which is no EKS-optimized AMI of a known variant: EC2 knows no image it was made from',
      fix: tag('AMI_TYPE/MINOR'),
    },
    {
      title: 'that the image it was made from does not tell',
      images: [anImage(former, { ...ours, ancestors: ['ami-0000000a'] })],
      says: 'which is no EKS-optimized AMI of a known variant: it was made from ami-0000000a, which is no known EKS AMI of this Region',
      fix: tag('AMI_TYPE/MINOR'),
    },
    {
      title: 'whose image was built on a published one',
      images: [anImage(former, { ...ours, ancestors: [imageOf('20260601')] }), anImage('20260601')],
      says: `which was built on ${imageOf('20260601')}, AL2023_x86_64_STANDARD 1.33 of 20260601; a published AMI would lose what was built into it`,
      fix: tag('AL2023_x86_64_STANDARD/1.33'),
    },
    {
      title: 'whose image bears a tag that says nothing',
      images: [anImage(former, { ...ours, tags: { 'eks-ami-rollout:follows': 'AL2023' } })],
      says: 'its tag eks-ami-rollout:follows says "AL2023", which is not AMI_TYPE/MINOR such as AL2023_x86_64_STANDARD/1.33',
      fix: tag('AMI_TYPE/MINOR'),
    },
  ])('$title is refused, with the ways to say it', ({ images, says, fix }) => {
    expect(planned({ images: imagesById(images) })).toMatchObject({
      nodeGroup: { outcome: 'Refused', variant: null },
      findings: [
        {
          code: 'variant-unknown',
          message: expect.stringMatching(new RegExp(`^web runs ${imageOf(former)} \\(shop-web-42\\), .*`)),
          fix,
        },
      ],
    });
    expect(planned({ images: imagesById(images) }).nodeGroup.reason).toContain(says);
  });

  test('is what the tag of its image says, and the published one takes its place', () => {
    const tagged = anImage(former, { ...ours, tags: { 'eks-ami-rollout:follows': 'AL2023_x86_64_STANDARD/1.33' } });
    expect(planned({ images: imagesById([tagged, anImage(newest)]) }).nodeGroup).toMatchObject({
      outcome: 'Planned',
      variant: 'AL2023_x86_64_STANDARD',
      to: { imageId: imageOf(newest) },
    });
  });

  test('whose image is gone is refused', () => {
    expect(planned({ images: {} }).nodeGroup.reason).toBe(
      `web is configured with ${imageOf(former)}, which does not exist any more; its variant cannot be told`,
    );
  });

  test('for which nothing is published is refused', () => {
    expect(planned({ listing: null })).toMatchObject({
      nodeGroup: { outcome: 'Refused', variant: 'AL2023_x86_64_STANDARD' },
      findings: [{ code: 'release-unknown', message: expect.stringContaining('AL2023_x86_64_STANDARD') }],
    });
  });
});

describe('parameters that do not say what they should', () => {
  const mistake = '/aws/service/…/release_version holds "1.33", which is no release version';
  const listing = { ...aListing([former, newest]), mistakes: [mistake] };

  test('are warned of, and the releases that are listed are taken', () => {
    expect(planned({ listing })).toMatchObject({
      nodeGroup: { outcome: 'Planned', to: { imageId: imageOf(newest) } },
      findings: [{ code: 'parameter-malformed', level: 'warn', nodeGroup: 'web', message: mistake }],
    });
  });

  test('are warned of where nothing is to be done, too', () => {
    expect(codesOf({ listing, nodeGroup: aNodeGroupOn(newest) })).toEqual(['warn parameter-malformed']);
  });

  test.each([null, 'ami-0000000a'])(
    'refuse where they do not tell which release is recommended (%s): one of these may be withdrawn',
    (recommendedImageId) => {
      expect(planned({ listing: { ...listing, recommendedImageId } })).toMatchObject({
        nodeGroup: {
          outcome: 'Refused',
          reason: `web: which release of AL2023_x86_64_STANDARD is recommended cannot be told: ${mistake}`,
        },
        findings: [{ code: 'parameter-malformed', level: 'refuse' }],
      });
    },
  );
});

describe('a golden parameter', () => {
  const golden = 'ami-00000000000000042';
  const given: Given = {
    golden: '/golden/web',
    listing: {
      mistakes: [],
      published: [
        {
          amiType: null,
          releaseVersion: null,
          imageId: golden,
          imageName: null,
          publishedAt: '2026-08-20T08:59:00.000Z',
        },
      ],
      recommendedImageId: golden,
    },
    images: imagesById([
      anImage(former, { name: 'shop-web-42' }),
      anImage(former, { imageId: golden, name: 'shop-web-43' }),
    ]),
  };

  test('gives the image it holds, however young, and stands for the variant', () => {
    expect(planned(given).nodeGroup).toMatchObject({
      outcome: 'Planned',
      variant: '/golden/web',
      to: { imageId: golden, releaseVersion: null },
      reason: `${golden} is the newest release`,
    });
  });

  test('is not concerned by a release that is named for a variant', () => {
    expect(
      planned({ ...given, request: { ...asked, named: selector('AL2023_x86_64_STANDARD@20260810') } }).nodeGroup,
    ).toMatchObject({
      outcome: 'Untouched',
      reason: 'AL2023_x86_64_STANDARD@20260810 does not apply to /golden/web',
    });
  });

  test('is denied by its image', () => {
    expect(outcomeOf({ ...given, policy: { denyReleases: [golden] } })).toBe('UpToDate');
  });
});

describe('a named release', () => {
  const naming = (text: string, more: Partial<NodeGroupQuestion['request']> = {}): Given => ({
    request: { ...asked, ...more, named: selector(text) },
  });

  test.each<{ title: string; given: Given; outcome: string; code?: string }>([
    { title: 'of its variant is planned', given: naming('AL2023_x86_64_STANDARD@20260810'), outcome: 'Planned' },
    {
      title: 'of another variant leaves it untouched',
      given: naming('AL2023_ARM_64_STANDARD@20260810'),
      outcome: 'Untouched',
    },
    { title: 'that runs is up to date', given: naming('20260710'), outcome: 'UpToDate' },
    {
      title: 'that is not published is refused',
      given: naming('20260102'),
      outcome: 'Refused',
      code: 'refuse release-unknown',
    },
    {
      title: 'that is denied is refused',
      given: { ...naming('20260810', { again: true }), policy: { denyReleases: ['20260810'] } },
      outcome: 'Refused',
      code: 'refuse release-denied',
    },
    {
      title: 'that is too young is refused',
      given: { ...naming('20260810'), policy: { minimumReleaseAge: 'P30D' } },
      outcome: 'Refused',
      code: 'refuse release-too-young',
    },
    {
      title: 'that is young is planned when its age is to be ignored',
      given: { ...naming('20260810', { ignoreReleaseAge: true }), policy: { minimumReleaseAge: 'P30D' } },
      outcome: 'Planned',
    },
    {
      title: 'that is spent is refused',
      given: { ...naming('20260810'), spent: [aSpentRelease('20260810')] },
      outcome: 'Refused',
      code: 'refuse release-spent',
    },
    {
      title: 'that is spent is planned when it is to be taken again',
      given: { ...naming('20260810', { again: true }), spent: [aSpentRelease('20260810')] },
      outcome: 'Planned',
    },
  ])('$title', ({ given, outcome, code }) => {
    expect(outcomeOf(given)).toBe(outcome);
    expect(codesOf(given)).toEqual(code === undefined ? [] : [code]);
  });
});

describe('a pinned release', () => {
  test.each<{ title: string; pins: string[]; outcome: string }>([
    {
      title: 'of its variant that it runs keeps it there',
      pins: ['AL2023_x86_64_STANDARD@20260710'],
      outcome: 'UpToDate',
    },
    { title: 'of no named variant that it runs keeps it there', pins: ['20260710'], outcome: 'UpToDate' },
    { title: 'of another variant does not bind it', pins: ['AL2023_ARM_64_STANDARD@20260710'], outcome: 'Planned' },
    {
      title: 'of no named variant that is not published for it does not bind it',
      pins: ['20260102'],
      outcome: 'Planned',
    },
    {
      title: 'of its variant that is not published is refused',
      pins: ['AL2023_x86_64_STANDARD@20260102'],
      outcome: 'Refused',
    },
  ])('$title', ({ pins, outcome }) => {
    expect(outcomeOf({ policy: { pinReleases: pins } })).toBe(outcome);
  });
});

describe('a spent release', () => {
  test('is not tried again by itself', () => {
    expect(planned({ spent: [aSpentRelease(newest)] }).nodeGroup).toMatchObject({
      outcome: 'UpToDate',
      reason: expect.stringContaining('1.33.4-20260810 is spent since rollout rollout-7 (nodes never joined)'),
    });
  });

  test('is tried once more when a person says so', () => {
    expect(outcomeOf({ spent: [aSpentRelease(newest)], request: { ...asked, again: true } })).toBe('Planned');
  });
});

describe('a mixed node group, configured for a release that not every instance runs', () => {
  const mixed = (counts: Record<string, number>, template: Parameters<typeof aTemplate>[0] = {}): Given => ({
    nodeGroup: aNodeGroup('web', {
      launchTemplate: aTemplate({
        version: '4',
        newestVersion: '4',
        imageId: imageOf(newest),
        versionsByImage: { [imageOf(former)]: '3' },
        ...template,
      }),
      instances: instancesOn(counts),
    }),
  });
  const half = mixed({ [former]: 2, [newest]: 1 });

  test('is finished on the configured version, and goes back to the one most others run', () => {
    expect(planned(half).nodeGroup).toMatchObject({
      outcome: 'Planned',
      reason: `is mixed: 2 of 3 instances do not run the configured ${imageOf(newest)}`,
      from: {
        imageId: imageOf(former),
        releaseVersion: versionOf(former),
        launchTemplateVersion: '3',
        instances: { [imageOf(former)]: 2, [imageOf(newest)]: 1 },
      },
      to: { imageId: imageOf(newest), releaseVersion: versionOf(newest), launchTemplateVersion: '4' },
      target: { isConfigured: true, template: { sourceVersion: '4' }, imageId: imageOf(newest) },
    });
  });

  test.each([
    { counts: { '20260601': 3, [former]: 2, [newest]: 9 }, back: '20260601', version: '2' },
    { counts: { '20260601': 2, [former]: 3, [newest]: 1 }, back: former, version: '3' },
    { counts: { [former]: 2, '20260601': 2, [newest]: 1 }, back: '20260601', version: '2' },
  ])('of three images goes back to the one that most of the others run: $counts', ({ counts, back, version }) => {
    const given = {
      ...mixed(counts, { versionsByImage: { [imageOf('20260601')]: '2', [imageOf(former)]: '3' } }),
      images: imagesById(['20260601', former, newest].map((date) => anImage(date))),
    };
    expect(planned(given).nodeGroup.from).toMatchObject({ imageId: imageOf(back), launchTemplateVersion: version });
  });

  test('tells what its instances run, also where a newer release is wanted', () => {
    const given = {
      ...mixed({ '20260601': 2, [former]: 1 }, { version: '3', imageId: imageOf(former), newestVersion: '3' }),
    };
    expect(planned(given).nodeGroup).toMatchObject({
      outcome: 'Planned',
      from: {
        imageId: imageOf(former),
        launchTemplateVersion: '3',
        instances: { [imageOf('20260601')]: 2, [imageOf(former)]: 1 },
      },
      to: { imageId: imageOf(newest), launchTemplateVersion: null },
    });
  });

  test('without a version to go back to is refused', () => {
    const given = mixed({ [former]: 2, [newest]: 1 }, { versionsByImage: {} });
    expect(planned(given)).toMatchObject({
      nodeGroup: { outcome: 'Refused' },
      findings: [{ code: 'no-way-back', message: expect.stringContaining('no version of its launch template holds') }],
    });
  });

  test('is held where the configured release is spent', () => {
    expect(planned({ ...half, spent: [aSpentRelease(newest)] }).nodeGroup).toMatchObject({
      outcome: 'Held',
      reason: `is mixed: 2 of 3 instances do not run ${imageOf(newest)}, which is spent since rollout rollout-7`,
    });
  });

  test('is finished on a spent release when a person takes it once more', () => {
    expect(outcomeOf({ ...half, spent: [aSpentRelease(newest)], request: { ...asked, again: true } })).toBe('Planned');
  });

  test('that is wholly on a release that is denied stays there, with the way back named', () => {
    const given = { nodeGroup: aNodeGroupOn(newest, 'web'), policy: { denyReleases: [newest] } };
    expect(planned(given).nodeGroup.outcome).toBe('UpToDate');
    expect(planned(given).findings).toMatchObject([
      {
        code: 'release-recalled',
        level: 'warn',
        message: expect.stringContaining('web runs a release that is on the deny list'),
        fix: expect.stringMatching(/^eks-ami-rollout start prod --node-group web --release \S+ --reason WHY$/),
      },
    ]);
    const withdrawn = {
      nodeGroup: aNodeGroupOn(newest, 'web'),
      listing: { ...aListing([former, newest]), recommendedImageId: imageOf(former) },
    };
    expect(planned(withdrawn).findings).toMatchObject([
      { code: 'release-recalled', fix: expect.stringContaining(`--release ${versionOf(former)}`) },
    ]);
  });

  test('is not finished on a release that is denied', () => {
    expect(outcomeOf({ ...half, policy: { denyReleases: [newest] } })).not.toBe('Planned');
  });

  test('is not finished on a release that was withdrawn', () => {
    expect(outcomeOf({ ...half, listing: aListing([former, newest], former) })).not.toBe('Planned');
  });
});

describe('a node group whose release is not listed any more', () => {
  test('is never moved to an older one', () => {
    const given = {
      nodeGroup: aNodeGroupOn('20260815'),
      images: imagesById([former, newest, '20260815'].map((date) => anImage(date))),
    };
    expect(outcomeOf(given)).not.toBe('Planned');
  });

  test('goes on to a newer one', () => {
    const given = {
      nodeGroup: aNodeGroupOn('20260601'),
      images: imagesById([former, newest, '20260601'].map((date) => anImage(date))),
    };
    expect(planned(given).nodeGroup).toMatchObject({ outcome: 'Planned', to: { imageId: imageOf(newest) } });
  });
});

describe('an image is refused', () => {
  const wanted = (image: Parameters<typeof anImage>[1], more: Given = {}): Given => ({
    images: imagesById([anImage(former), anImage(newest, image)]),
    ...more,
  });

  test.each<{ title: string; given: Given; says: string }>([
    {
      title: 'that does not exist in this Region',
      given: { images: imagesById([anImage(former)]) },
      says: `the wanted image ${imageOf(newest)} does not exist in this Region`,
    },
    {
      title: 'that is not available',
      given: wanted({ state: 'disabled' }),
      says: `the wanted image ${imageOf(newest)} is disabled, not available`,
    },
    {
      title: 'that is deprecated',
      given: wanted({ deprecatedAt: '2026-08-19T00:00:00.000Z' }),
      says: `the wanted image ${imageOf(newest)} is deprecated since 2026-08-19T00:00:00.000Z`,
    },
    {
      title: 'with another root device',
      given: wanted({ rootDeviceName: '/dev/sda1' }),
      says: `the wanted image ${imageOf(newest)} has root device /dev/sda1, the node group's image has /dev/xvda`,
    },
    {
      title: 'whose kubelet is newer than the control plane',
      given: { clusterVersion: '1.32' },
      says: 'the kubelet of 1.33.4-20260810, 1.33, is newer than the control plane, 1.32',
    },
  ])('$title', ({ given, says }) => {
    const { nodeGroup, findings } = planned(given);
    expect(nodeGroup).toMatchObject({ outcome: 'Refused', target: null, to: { imageId: imageOf(newest) } });
    expect(nodeGroup.reason).toContain(`web: ${says}`);
    expect(findings).toEqual([
      expect.objectContaining({ code: 'image-unusable', level: 'refuse', nodeGroup: 'web', message: nodeGroup.reason }),
    ]);
  });

  test.each<{ title: string; given: Given }>([
    { title: 'whose kubelet is older than the control plane', given: { clusterVersion: '1.35' } },
    { title: 'whose kubelet is older than a control plane of two digits more', given: { clusterVersion: '1.100' } },
    { title: 'that is to be deprecated some day', given: wanted({ deprecatedAt: '2026-08-21T00:00:00.000Z' }) },
  ])('but not one $title', ({ given }) => {
    expect(outcomeOf(given)).toBe('Planned');
  });
});

describe('nothing is touched that cannot be put back', () => {
  test('a node group whose present image cannot be launched any more is refused', () => {
    const given = { images: imagesById([anImage(former, { state: 'disabled' }), anImage(newest)]) };
    expect(planned(given).findings).toEqual([
      {
        code: 'no-way-back',
        level: 'refuse',
        nodeGroup: 'web',
        message: `web: its present image ${imageOf(former)} is disabled, so nothing could be launched from it to go back`,
      },
    ]);
    expect(outcomeOf(given)).toBe('Refused');
  });

  test('one whose present image is deprecated is refused, unless the policy goes without a sure way back', () => {
    const deprecated = anImage(former, { deprecatedAt: '2026-08-01T00:00:00.000Z' });
    const given = { images: imagesById([deprecated, anImage(newest)]) };
    const message = `web: its present image ${imageOf(former)} is deprecated since 2026-08-01T00:00:00.000Z: its publisher may take it away any time, and there would be nothing to go back to`;
    expect(planned(given)).toMatchObject({
      nodeGroup: { outcome: 'Refused', reason: message },
      findings: [{ code: 'no-way-back', level: 'refuse', fix: expect.stringContaining('deprecatedFormer: allow') }],
    });
    expect(planned({ ...given, policy: { deprecatedFormer: 'allow' } })).toMatchObject({
      nodeGroup: { outcome: 'Planned' },
      findings: [{ code: 'no-way-back', level: 'warn', message }],
    });
  });

  test('one whose present image is deprecated because its release was recalled leaves it, and is told', () => {
    const deprecated = anImage(former, { deprecatedAt: '2026-08-01T00:00:00.000Z' });
    const given = {
      images: imagesById([deprecated, anImage(newest)]),
      policy: { denyReleases: [`AL2023_x86_64_STANDARD@${versionOf(former)}`] },
    };
    expect(planned(given)).toMatchObject({
      nodeGroup: { outcome: 'Planned' },
      findings: [{ code: 'no-way-back', level: 'warn', message: expect.stringContaining('is on the deny list') }],
    });
  });

  test('one whose present image is to be deprecated some day is not', () => {
    const image = anImage(former, { deprecatedAt: '2026-08-21T00:00:00.000Z' });
    expect(outcomeOf({ images: imagesById([image, anImage(newest)]) })).toBe('Planned');
  });

  test('also one of a golden parameter whose present image is gone', () => {
    const given = { golden: '/golden/web', images: imagesById([anImage(newest)]) };
    expect(codesOf(given)).toEqual(['refuse no-way-back']);
    expect(planned(given).findings[0]?.message).toContain(`its present image ${imageOf(former)} is gone`);
  });
});

describe('the launch template', () => {
  const withTemplate = (template: Parameters<typeof aTemplate>[0], policy = {}): Given => ({
    nodeGroup: aNodeGroup('web', { launchTemplate: aTemplate(template) }),
    policy,
  });

  test('that others follow at $Latest is refused', () => {
    const given = withTemplate({ latestFollowers: ['batch', 'ci'] });
    expect(outcomeOf(given)).toBe('Refused');
    expect(planned(given).findings).toEqual([
      {
        code: 'latest-follower',
        level: 'refuse',
        nodeGroup: 'web',
        message:
          'Auto Scaling group batch, ci follows $Latest of web (lt-0a) and would take the new AMI, without any gate, at its next scale-out',
        fix: 'pin it to a version number, or say "followers: allow" in the policy document',
      },
    ]);
  });

  test('that others follow at $Latest is only warned of where the policy allows it', () => {
    const given = withTemplate({ latestFollowers: ['batch'] }, { followers: 'allow' });
    expect(outcomeOf(given)).toBe('Planned');
    expect(codesOf(given)).toEqual(['warn latest-follower']);
  });

  test.each([
    { versionCount: null, outcome: 'Planned', codes: [] },
    { versionCount: 8_999, outcome: 'Planned', codes: [] },
    { versionCount: 9_000, outcome: 'Planned', codes: ['warn template-versions'] },
    { versionCount: 9_999, outcome: 'Planned', codes: ['warn template-versions'] },
    { versionCount: 10_000, outcome: 'Refused', codes: ['refuse template-versions'] },
  ])('with $versionCount versions: $outcome $codes', ({ versionCount, outcome, codes }) => {
    const given = withTemplate({ versionCount });
    expect(outcomeOf(given)).toBe(outcome);
    expect(codesOf(given)).toEqual(codes);
  });
});

describe('where the rights depend on the tag', () => {
  const scoped = { ...optIn, scopeByTag: true };
  const tagged = (group: object, template: object): Given => ({
    optIn: scoped,
    nodeGroup: aNodeGroup('web', { tags: { ...group }, launchTemplate: aTemplate({ tags: { ...template } }) }),
  });

  test.each<{ title: string; given: Given; codes: string[] }>([
    { title: 'both tagged: planned', given: tagged(optedIn, optedIn), codes: [] },
    { title: 'the node group without it: refused', given: tagged({}, optedIn), codes: ['refuse tag-missing'] },
    { title: 'the launch template without it: refused', given: tagged(optedIn, {}), codes: ['refuse tag-missing'] },
    {
      title: 'both without it: refused twice',
      given: tagged({}, {}),
      codes: ['refuse tag-missing', 'refuse tag-missing'],
    },
    {
      title: 'with another value: refused',
      given: tagged({ 'eks-ami-rollout': 'no' }, optedIn),
      codes: ['refuse tag-missing'],
    },
  ])('$title', ({ given, codes }) => {
    expect(codesOf(given)).toEqual(codes);
    expect(outcomeOf(given)).toBe(codes.length > 0 ? 'Refused' : 'Planned');
  });

  test('each missing tag comes with the command that sets it', () => {
    expect(planned(tagged({}, {})).findings.map((finding) => finding.fix)).toEqual([
      expect.stringMatching(
        /^aws eks tag-resource .*--cluster-name prod --nodegroup-name web .*--tags eks-ami-rollout=enabled$/,
      ),
      'aws ec2 create-tags --resources lt-0a --tags Key=eks-ami-rollout,Value=enabled',
    ]);
  });

  test('no tag is asked for where they do not', () => {
    expect(codesOf({ nodeGroup: aNodeGroup('web', { tags: {} }) })).toEqual([]);
  });
});

describe('a canary node group, which this version does not make, is missed', () => {
  test.each([
    { desiredSize: 10, canaryNodeGroup: 'auto', codes: [] },
    { desiredSize: 11, canaryNodeGroup: 'auto', codes: ['warn no-canary'] },
    { desiredSize: 11, canaryNodeGroup: 'never', codes: [] },
  ])(
    'of $desiredSize nodes with canaryNodeGroup $canaryNodeGroup: $codes',
    ({ desiredSize, canaryNodeGroup, codes }) => {
      const given = { nodeGroup: aNodeGroup('web', { desiredSize }), policy: { waves: { canaryNodeGroup } } };
      expect(codesOf(given)).toEqual(codes);
      expect(outcomeOf(given)).toBe('Planned');
    },
  );
});

test('all that speaks against a node group is told at once', () => {
  const given = {
    clusterVersion: '1.32',
    images: imagesById([anImage(former, { state: 'disabled' }), anImage(newest, { state: 'failed' })]),
    optIn: { ...optIn, scopeByTag: true },
    nodeGroup: aNodeGroup('web', {
      launchTemplate: aTemplate({ latestFollowers: ['ci'], newestVersion: '5', ahead: [] }),
    }),
  };
  expect(codesOf(given)).toEqual([
    'refuse image-unusable',
    'refuse image-unusable',
    'refuse no-way-back',
    'refuse latest-follower',
    'warn template-ahead',
    'refuse tag-missing',
    'refuse tag-missing',
  ]);
  const { nodeGroup, findings } = planned(given);
  const refusing = findings.filter((finding) => finding.level === 'refuse');
  expect(nodeGroup.reason).toBe(refusing.map((finding) => finding.message).join('; '));
});

describe('how many nodes EKS takes out at once', () => {
  test.each([
    { maxUnavailable: { nodes: 1 }, desiredSize: 10, budget: 1 },
    { maxUnavailable: { nodes: 4 }, desiredSize: 10, budget: 4 },
    { maxUnavailable: { nodes: 150 }, desiredSize: 400, budget: 100 },
    { maxUnavailable: { percentage: 33 }, desiredSize: 10, budget: 4 },
    { maxUnavailable: { percentage: 100 }, desiredSize: 7, budget: 7 },
    { maxUnavailable: { percentage: 100 }, desiredSize: 400, budget: 100 },
    { maxUnavailable: { percentage: 10 }, desiredSize: 0, budget: 1 },
    { maxUnavailable: { percentage: 1 }, desiredSize: 3, budget: 1 },
    { maxUnavailable: { percentage: 1 }, desiredSize: 101, budget: 2 },
  ])('$maxUnavailable of $desiredSize nodes are $budget', ({ maxUnavailable, desiredSize, budget }) => {
    expect(budgetOf({ maxUnavailable, desiredSize })).toBe(budget);
    expect(
      planned({
        nodeGroup: aNodeGroup('web', { maxUnavailable, desiredSize }),
        policy: { waves: { canaryNodes: 1000 } },
      }).nodeGroup.budget,
    ).toBe(budget);
  });
});

test('instances are counted by image, without those that leave', () => {
  const instances = [
    ...instancesOn({ [former]: 2, [newest]: 1 }),
    ...['Terminating', 'Terminating:Wait', 'Terminating:Proceed', 'Terminated'].map((lifecycleState, index) => ({
      instanceId: `i-leaving-${index}`,
      imageId: imageOf('20260601'),
      lifecycleState,
    })),
    { instanceId: 'i-coming', imageId: imageOf(newest), lifecycleState: 'Pending' },
  ];
  expect(instancesByImage({ instances })).toEqual({ [imageOf(former)]: 2, [imageOf(newest)]: 2 });
});

describe('of any node group', () => {
  const dates = ['20260601', former, newest];
  const question = fc
    .record({
      status: fc.constantFrom('ACTIVE', 'UPDATING', 'DEGRADED', 'CREATING', 'DELETING', 'RESTING'),
      kind: fc.constantFrom('managed-custom-ami' as const, 'managed' as const),
      configured: fc.constantFrom(...dates),
      runs: fc.dictionary(fc.constantFrom(...dates), fc.nat({ max: 3 })),
      lost: fc.subarray(dates, { maxLength: 1 }),
      followers: fc.subarray(['ci']),
      spent: fc.subarray(dates),
      scopeByTag: fc.boolean(),
      mayWait: fc.boolean(),
      again: fc.boolean(),
    })
    .map(
      (drawn): Given => ({
        nodeGroup: aNodeGroup('web', {
          status: drawn.status,
          kind: drawn.kind,
          launchTemplate: aTemplate({
            imageId: imageOf(drawn.configured),
            latestFollowers: drawn.followers,
            versionsByImage: { [imageOf(former)]: '2' },
          }),
          instances: instancesOn(drawn.runs),
        }),
        images: imagesById(dates.filter((date) => !drawn.lost.includes(date)).map((date) => anImage(date))),
        listing: { published: dates.map((date) => aRelease(date)), recommendedImageId: imageOf(newest), mistakes: [] },
        spent: drawn.spent.map((date) => aSpentRelease(date)),
        optIn: { ...optIn, scopeByTag: drawn.scopeByTag },
        mayWait: drawn.mayWait,
        request: { ignoreReleaseAge: false, again: drawn.again },
      }),
    );

  test('it is planned exactly when it has a target, and then nothing refuses it and the way back is known', () => {
    fc.assert(
      fc.property(question, (given) => {
        const plan = planOf(given);
        if (plan.step === 'wait') return;
        const { nodeGroup, findings } = plan;
        expect(nodeGroup.outcome === 'Planned').toBe(nodeGroup.target !== null);
        expect(findings.some((finding) => finding.level === 'refuse')).toBe(nodeGroup.outcome === 'Refused');
        if (nodeGroup.target === null) return;
        expect(nodeGroup.from.launchTemplateVersion).not.toBeNull();
        expect(given.images?.[nodeGroup.from.imageId ?? '']?.state).toBe('available');
        expect(given.images?.[nodeGroup.target.imageId]?.state).toBe('available');
        expect(nodeGroup.target.imageId).toBe(nodeGroup.to.imageId);
        expect(nodeGroup.to.imageId).not.toBe(nodeGroup.from.imageId);
      }),
      { numRuns: 300 },
    );
  });

  test('there is always a reason, and every finding names it', () => {
    fc.assert(
      fc.property(question, (given) => {
        const plan = planOf(given);
        expect(plan.step === 'wait' ? plan.reason : plan.nodeGroup.reason).not.toBe('');
        if (plan.step === 'planned') expect(plan.findings.every((finding) => finding.nodeGroup === 'web')).toBe(true);
      }),
    );
  });
});
