/**
 * A small world of plain data. The cluster `prod` runs Kubernetes 1.33; its node group `web` has three nodes on the
 * release of 10 July 2026; it is 20 August, and a release of 10 August is out. Tests name only what differs.
 */

import type { InstanceReading, NodeReading } from '../../core/gate/nodes-ready.ts';
import type { ContainerReading, WorkloadPod } from '../../core/gate/workload-pod.ts';
import type { NodeGroupLook } from '../../core/node-group/before-change.ts';
import { beganDrain, type Drain } from '../../core/node-group/drain.ts';
import type { Attempt, GroupChanges, NodeGroupRecord, Verdict } from '../../core/node-group/record.ts';
import { beginAttempt, recordOf } from '../../core/node-group/record.ts';
import type {
  ClusterFacts,
  ImageFacts,
  InstanceFacts,
  KubernetesAccess,
  LaunchTemplateUse,
  NodeGroupFacts,
  RememberedReleases,
  SelfManagedFacts,
} from '../../core/plan/facts.ts';
import type { Finding } from '../../core/plan/finding.ts';
import type { OptIn } from '../../core/plan/judge-cluster.ts';
import type { PlannedNodeGroup, Target } from '../../core/plan/plan-node-group.ts';
import type { PlanQuestion } from '../../core/plan/plan-rollout.ts';
import { parseRequest, type RolloutRequest } from '../../core/plan/request.ts';
import { type Policy, parsePolicy } from '../../core/policy/policy.ts';
import { ringOf, type Settings, settingsFor } from '../../core/policy/settings.ts';
import type { ReleaseListing } from '../../core/release/release-listing.ts';
import { parseReleaseSelector, type ReleaseSelector } from '../../core/release/release-selector.ts';
import type { Release, SpentRelease } from '../../core/release/wanted-release.ts';

export const now = '2026-08-20T09:00:00.000Z';
export const hour = 3600;
export const day = 24 * hour;

/** So many seconds after an instant. */
export const later = (seconds: number, instant = now): string =>
  new Date(Date.parse(instant) + seconds * 1000).toISOString();
export const ago = (seconds: number): string => later(-seconds);

export const hub = { accountId: '111122223333', region: 'us-east-1' };
export const prod = { ...hub, clusterName: 'prod' };
export const optedIn = { 'eks-ami-rollout': 'enabled' };
export const optIn: OptIn = { key: 'eks-ami-rollout', value: 'enabled', allowUntagged: false, scopeByTag: false };

export const former = '20260710';
export const newest = '20260810';

/** The image of the release of a day. */
export const imageOf = (date: string): string => `ami-000000000${date}`;
export const versionOf = (date: string): string => `1.33.4-${date}`;
const imageNameOf = (date: string): string => `amazon-eks-node-al2023-x86_64-standard-1.33-v${date}`;

/** A release that was published at midnight of the day in its name. */
export const aRelease = (date: string, given: Partial<Release> = {}): Release => ({
  amiType: 'AL2023_x86_64_STANDARD',
  releaseVersion: versionOf(date),
  imageId: imageOf(date),
  imageName: imageNameOf(date),
  publishedAt: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T00:00:00.000Z`,
  ...given,
});

export const aListing = (dates: readonly string[], recommended = dates.at(-1)): ReleaseListing => ({
  published: dates.map((date) => aRelease(date)),
  recommendedImageId: recommended === undefined ? null : imageOf(recommended),
  mistakes: [],
});

export const aSpentRelease = (
  date: string,
  given: Partial<SpentRelease & { variant: string }> = {},
): SpentRelease & { variant: string } => ({
  imageId: imageOf(date),
  releaseVersion: versionOf(date),
  rolloutId: 'rollout-7',
  reason: 'nodes never joined',
  variant: 'AL2023_x86_64_STANDARD',
  ...given,
});

export const selector = (text: string): ReleaseSelector => {
  const parsed = parseReleaseSelector(text);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.selector;
};

export const anImage = (date: string, given: Partial<ImageFacts> = {}): ImageFacts => ({
  imageId: imageOf(date),
  name: imageNameOf(date),
  ownerAlias: 'amazon',
  ownerId: '602401143452',
  architecture: 'x86_64',
  state: 'available',
  deprecatedAt: null,
  rootDeviceName: '/dev/xvda',
  rootDeviceType: 'ebs',
  tags: {},
  ancestors: null,
  ...given,
});

export const imagesById = (images: readonly ImageFacts[]): Record<string, ImageFacts> =>
  Object.fromEntries(images.map((image) => [image.imageId, image]));

/** So many instances in service on the image of each day. */
export const instancesOn = (counts: Readonly<Record<string, number>>): InstanceFacts[] =>
  Object.entries(counts).flatMap(([date, count]) =>
    Array.from({ length: count }, (_, index) => ({
      instanceId: `i-${date}-${index}`,
      imageId: imageOf(date),
      lifecycleState: 'InService',
    })),
  );

export const aTemplate = (given: Partial<LaunchTemplateUse> = {}): LaunchTemplateUse => ({
  templateId: 'lt-0a',
  templateName: 'web',
  version: '3',
  imageId: imageOf(former),
  newestVersion: '3',
  ahead: null,
  defaultVersion: '1',
  tags: {},
  versionsByImage: {},
  latestFollowers: [],
  versionCount: null,
  ...given,
});

export const aNodeGroup = (name: string, given: Partial<NodeGroupFacts> = {}): NodeGroupFacts => ({
  name,
  kind: 'managed-custom-ami',
  status: 'ACTIVE',
  issues: [],
  tags: {},
  desiredSize: 3,
  maxUnavailable: { nodes: 1 },
  zones: 3,
  launchTemplate: aTemplate(),
  chosenByEks: null,
  instances: instancesOn({ [former]: 3 }),
  selfManaged: null,
  ...given,
});

/** The same as an Auto Scaling group that people run. */
export const aSelfManagedGroup = (
  name: string,
  given: Partial<SelfManagedFacts> = {},
  more: Partial<NodeGroupFacts> = {},
): NodeGroupFacts =>
  aNodeGroup(name, {
    kind: 'self-managed',
    selfManaged: {
      follows: null,
      unusable: null,
      hasWeights: false,
      suspendedProcesses: [],
      protectedInstances: [],
      standbyInstances: [],
      warmPool: null,
      ...given,
    },
    ...more,
  });

/** A node group whose template holds the image of a day already. */
export const aNodeGroupOn = (date: string, name = 'web', given: Partial<NodeGroupFacts> = {}): NodeGroupFacts =>
  aNodeGroup(name, {
    launchTemplate: aTemplate({ imageId: imageOf(date) }),
    instances: instancesOn({ [date]: 3 }),
    ...given,
  });

export const aCluster = (given: Partial<ClusterFacts> = {}): ClusterFacts => ({
  key: prod,
  arn: 'arn:aws:eks:us-east-1:111122223333:cluster/prod',
  status: 'ACTIVE',
  version: '1.33',
  tags: optedIn,
  ...given,
});

/** The policy's `then`: the cumulative share of the node groups after each further wave. */
export const shares = (...then: string[]): { then: string[] } => ({
  then,
});

export const policyOf = (document: object = {}): Policy => {
  const parsed = parsePolicy({ version: 1, ...document });
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('\n'));
  return parsed.policy;
};

/** The settings of the cluster `prod` under a document. */
export const settingsOf = (policy: Policy): Settings => {
  const ring = ringOf(policy, aCluster());
  if ('conflict' in ring) throw new Error(`two rings: ${ring.conflict.join(', ')}`);
  return settingsFor(policy, ring.ring);
};

export const requestOf = (input: object = {}): RolloutRequest => {
  const parsed = parseRequest({ clusterName: 'prod', ...input }, hub);
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('\n'));
  return parsed.request;
};

export interface Situation {
  request?: object;
  policy?: object;
  cluster?: Partial<ClusterFacts>;
  nodeGroups?: readonly NodeGroupFacts[];
  /** What is published for AL2023_x86_64_STANDARD/1.33, oldest first. */
  releases?: readonly string[];
  listings?: Readonly<Record<string, ReleaseListing>>;
  images?: readonly ImageFacts[];
  spent?: readonly (SpentRelease & { variant: string })[];
  passedBefore?: RememberedReleases['passedBefore'];
  optIn?: Partial<OptIn>;
  kubernetes?: KubernetesAccess;
  drainAccess?: KubernetesAccess;
  found?: readonly Finding[];
  shadowed?: readonly string[];
  startedAt?: string;
}

/** What a plan rests on. The policy judges by nodes-ready alone and asks for no canary node groups, unless it says so. */
export const planQuestion = (situation: Situation = {}): PlanQuestion => {
  const releases = situation.releases ?? [former, newest];
  const { waves = {}, ...document } = { waves: {}, ...situation.policy };
  const policy = policyOf({ gates: ['nodes-ready'], waves: { canaryNodeGroup: 'never', ...waves }, ...document });
  return {
    request: requestOf(situation.request),
    survey: {
      cluster: aCluster(situation.cluster),
      nodeGroups: situation.nodeGroups ?? [aNodeGroup('web')],
      shadowed: situation.shadowed ?? [],
      images: imagesById(situation.images ?? [...releases, former].map((date) => anImage(date))),
      listings: situation.listings ?? { 'AL2023_x86_64_STANDARD/1.33': aListing(releases) },
    },
    inspection: {
      kubernetes: situation.kubernetes ?? { access: 'granted' },
      drainAccess: situation.drainAccess ?? null,
      findings: situation.found ?? [],
    },
    policy,
    settings: settingsOf(policy),
    remembered: { spent: situation.spent ?? [], passedBefore: situation.passedBefore ?? null },
    optIn: { ...optIn, ...situation.optIn },
    kubernetesRoleArn: 'arn:aws:iam::111122223333:role/eks-ami-rollout',
    startedAt: situation.startedAt ?? now,
    now,
  };
};

export const aTarget = (given: Partial<Target> = {}): Target => ({
  template: { templateId: 'lt-0a', templateName: 'web', versionInUse: '3', sourceVersion: '3' },
  kubernetesVersion: null,
  imageId: imageOf(newest),
  releaseVersion: versionOf(newest),
  isConfigured: false,
  ...given,
});

export const aPlannedNodeGroup = (name: string, given: Partial<PlannedNodeGroup> = {}): PlannedNodeGroup => ({
  name,
  kind: 'managed-custom-ami',
  outcome: 'Planned',
  reason: `${versionOf(newest)} is the newest release`,
  from: { imageId: imageOf(former), releaseVersion: versionOf(former), launchTemplateVersion: '3' },
  to: { imageId: imageOf(newest), releaseVersion: versionOf(newest), launchTemplateVersion: null },
  variant: 'AL2023_x86_64_STANDARD',
  source: { amiType: 'AL2023_x86_64_STANDARD', minor: '1.33' },
  passedOver: [],
  target: aTarget(),
  desiredSize: 3,
  budget: 1,
  zones: 3,
  follows: null,
  ...given,
});

/** The record of a node group whose new launch template version, 4, was made, and of which nothing was asked yet. */
export const aRecord = (name = 'web', given: Partial<NodeGroupRecord> = {}): NodeGroupRecord => {
  const planned = aPlannedNodeGroup(name, {
    to: { imageId: imageOf(newest), releaseVersion: versionOf(newest), launchTemplateVersion: '4' },
  });
  return { ...recordOf(planned, aTarget(), { wave: 0, startedAt: now }, settingsOf(policyOf())), ...given };
};

/** The same of an Auto Scaling group that people run, and that was made ready. */
export const aGroupRecord = (
  changes: Partial<GroupChanges> = {},
  given: Partial<NodeGroupRecord> = {},
): NodeGroupRecord =>
  aRecord('web', {
    kind: 'self-managed',
    group: {
      follows: null,
      prepared: { hook: 'eks-ami-rollout-drain', retentionBefore: null },
      isPrepared: true,
      drains: {},
      drainsAhead: false,
      ...changes,
    },
    ...given,
  });

/** A node that has been leaving for so long. */
export const aDrain = (seconds: number, given: Partial<Drain> = {}): Drain => ({
  ...beganDrain('node-1', ago(seconds)),
  ...given,
});

/** The record after so many requests in a direction; each has the update id `u-<number>`; all but the last failed. */
export const withAttempts = (
  record: NodeGroupRecord,
  direction: Attempt['direction'],
  count = 1,
  requestedAt = now,
): NodeGroupRecord => {
  let next = record;
  for (let made = 0; made < count; made += 1) {
    next = beginAttempt(
      { ...next, attempts: next.attempts.map((each) => ({ ...each, ended: each.ended ?? 'Failed' })) },
      'rollout-9',
      direction,
      requestedAt,
    );
    next = { ...next, attempts: next.attempts.map((each) => ({ ...each, updateId: `u-${each.number}` })) };
  }
  return next;
};

export const lastAttempt = (record: NodeGroupRecord): Attempt => {
  const attempt = record.attempts.at(-1);
  if (attempt === undefined) throw new Error(`${record.name} has no attempt`);
  return attempt;
};

export type NodeGroupThere = Extract<NodeGroupLook, { isThere: true }>;

/** A look at a node group that is wholly on its former version, 3. */
export const aLook = (given: Partial<NodeGroupThere> = {}): NodeGroupThere => ({
  isThere: true,
  status: 'ACTIVE',
  configuredVersion: '3',
  instances: { [imageOf(former)]: 3 },
  leaving: [],
  ...given,
});

/** … wholly on the new one, 4. */
export const aLookOnNew = (given: Partial<NodeGroupThere> = {}): NodeGroupThere =>
  aLook({ configuredVersion: '4', instances: { [imageOf(newest)]: 3 }, ...given });

export const failed: Verdict = { verdict: 'Failed', reason: 'nodes-ready: 2 of 3 new nodes are not Ready' };
export const inconclusive: Verdict = { verdict: 'Inconclusive', reason: 'nodes-ready: could not be read' };
export const asked: Verdict = { verdict: 'Asked', reason: 'cli:jo asked for it: too slow' };

/** An instance of the new AMI, launched an hour ago and in service. */
export const anInstance = (instanceId: string, given: Partial<InstanceReading> = {}): InstanceReading => ({
  instanceId,
  imageId: imageOf(newest),
  launchedAt: ago(hour),
  isInService: true,
  isImpaired: false,
  ...given,
});

/** The node of an instance, Ready since a minute after it joined. */
export const aNode = (instanceId: string, given: Partial<NodeReading> = {}): NodeReading => ({
  name: `node-of-${instanceId}`,
  instanceId,
  imageId: imageOf(newest),
  isReady: true,
  createdAt: ago(hour - 60),
  readySince: ago(hour - 120),
  isCordoned: false,
  instanceType: 'm6i.large',
  allocatable: { cpu: '1930m', memory: '7098040Ki', pods: '29' },
  conditions: {},
  ...given,
});

/** A pod of the Deployment shop/web that runs well since an hour, on node `node-1`. */
export const aPod = (name: string, given: Partial<WorkloadPod> = {}): WorkloadPod => ({
  namespace: 'shop',
  name,
  controller: { kind: 'ReplicaSet', name: 'web-6d4cf56db6' },
  templateHash: '6d4cf56db6',
  node: 'node-1',
  phase: 'Running',
  isReady: true,
  readySince: ago(hour - 20),
  scheduledAt: ago(hour),
  deletedAt: null,
  containers: [aContainer()],
  ...given,
});

/** It runs, and never did anything else. */
export const aContainer = (given: Partial<ContainerReading> = {}): ContainerReading => ({
  waiting: null,
  hasStarted: true,
  restarts: 0,
  lastEnd: null,
  ran: null,
  ...given,
});
