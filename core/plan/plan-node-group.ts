/**
 * What should happen to one node group: nothing, or which image it gets, from which launch template version, and how it
 * would be taken back.
 */
import { refreshBudget } from '../node-group/instance-refresh.ts';
import type { AmiState, NodeGroupOutcome } from '../outcome/answer.ts';
import type { Settings } from '../policy/settings.ts';
import type { AmiType } from '../release/ami-variant.ts';
import { namedReleaseVersion } from '../release/image-name.ts';
import { followsTag, originOf } from '../release/image-origin.ts';
import type { ReleaseListing, ReleaseSource } from '../release/release-listing.ts';
import { appliesTo, type ReleaseSelector, selects } from '../release/release-selector.ts';
import {
  denialOf,
  type PassedBefore,
  type PassedOver,
  type Release,
  type SpentRelease,
  type WantedRelease,
  wantedRelease,
} from '../release/wanted-release.ts';
import { type ImageFacts, type NodeGroupFacts, type NodeGroupKind, variantNameOf } from './facts.ts';
import type { Finding } from './finding.ts';
import { hinderingIssues, mendingOf } from './health-issues.ts';
import type { OptIn } from './judge-cluster.ts';
import { judgeSwap } from './judge-swap.ts';

/** What a rollout will do to a node group. */
export interface Target {
  /** Null: EKS chooses the AMI, and is given a release version. */
  template: TemplateTarget | null;
  /** The Kubernetes minor the node group stays on, where EKS chooses the AMI; else null. */
  kubernetesVersion: string | null;
  imageId: string;
  releaseVersion: string | null;
  /** The configured version holds the wanted image already; only the instances are behind. */
  isConfigured: boolean;
}

export interface TemplateTarget {
  templateId: string;
  templateName: string;
  versionInUse: string;
  /** The version the new one is made from: the version in use, unless the policy says the newest. */
  sourceVersion: string;
}

export interface PlannedNodeGroup {
  name: string;
  kind: NodeGroupKind;
  outcome: Extract<NodeGroupOutcome, 'Planned' | 'UpToDate' | 'Untouched' | 'Held' | 'Refused'>;
  reason: string;
  from: AmiState;
  to: AmiState;
  /** Which releases are compared with one another: an AMI type, or the name of a golden parameter. */
  variant: string | null;
  /** Where its releases are listed. */
  source: ReleaseSource | null;
  /** Newer releases that it does not get, and why not, newest first. */
  passedOver: readonly PassedOver[];
  /** Set when the outcome is Planned. */
  target: Target | null;
  desiredSize: number;
  /** How many nodes may be out of service at once, as EKS counts it; of a self-managed one, how many go at once. */
  budget: number;
  zones: number;
  /** The moving version a self-managed one comes from; it is pinned to a number first. */
  follows: '$Latest' | '$Default' | null;
}

export interface NodeGroupQuestion {
  nodeGroup: NodeGroupFacts;
  settings: Settings;
  images: Readonly<Record<string, ImageFacts>>;
  /** Which releases may take the place of its image; null: that cannot be told. */
  source: ReleaseSource | null;
  /** What is published there; null: nothing. */
  listing: ReleaseListing | null;
  spent: readonly SpentRelease[];
  /** What passed in the ring before; null: no ring comes before. */
  passedBefore: PassedBefore | null;
  clusterName: string;
  clusterVersion: string;
  optIn: OptIn;
  request: { named?: ReleaseSelector; ignoreReleaseAge: boolean; again: boolean };
  /** May an update by somebody else still be waited for? */
  mayWait: boolean;
  now: string;
}

export type NodeGroupPlan =
  | { step: 'planned'; nodeGroup: PlannedNodeGroup; findings: Finding[] }
  | { step: 'wait'; reason: string };

/** Statuses in which somebody else owns the node group's fate; it is left alone. */
const untouchable = ['CREATING', 'DELETING', 'CREATE_FAILED', 'DELETE_FAILED'];

export const planNodeGroup = (question: NodeGroupQuestion): NodeGroupPlan => {
  const { nodeGroup } = question;
  const draft = draftOf(question);
  if (untouchable.includes(nodeGroup.status)) {
    return settled(draft, 'Untouched', `is ${nodeGroup.status}; it is left alone`);
  }
  const unusable = unusableTemplate(nodeGroup);
  if (unusable !== null) {
    return refused(draft, { code: 'template-unusable', message: `${nodeGroup.name} ${unusable}` });
  }
  if (nodeGroup.status === 'UPDATING') {
    const reason = `${nodeGroup.name} is UPDATING: somebody else changes it`;
    return question.mayWait
      ? { step: 'wait', reason }
      : settled(draft, 'Held', `${reason}, and it is waited for no longer`);
  }
  const { passing, lasting } = hinderingIssues(nodeGroup.issues);
  if (nodeGroup.status === 'DEGRADED' && lasting.length > 0) {
    return refused(draft, {
      code: 'node-group-status',
      message: `${nodeGroup.name} is DEGRADED by what another AMI cannot mend (${describeIssues(lasting)})`,
      fix: `${mendingOf(lasting)}; then start again`,
    });
  }
  if (nodeGroup.status === 'DEGRADED' && passing.length > 0) {
    const reason = `${nodeGroup.name} is DEGRADED by what may pass (${describeIssues(passing)})`;
    return question.mayWait
      ? { step: 'wait', reason }
      : settled(draft, 'Held', `${reason}, and it is waited for no longer`);
  }
  if (nodeGroup.status !== 'ACTIVE' && nodeGroup.status !== 'DEGRADED') {
    return refused(draft, {
      code: 'node-group-status',
      message: `${nodeGroup.name} is ${nodeGroup.status}, which this version does not know`,
    });
  }
  const configured = configuredImage(question);
  if (configured !== null) return planSwap(question, draft, configured);
  const { chosenByEks, selfManaged, launchTemplate } = nodeGroup;
  if (chosenByEks === null && selfManaged === null && launchTemplate === null) {
    return refused(draft, {
      code: 'template-gone',
      message: `the launch template of ${nodeGroup.name} is not there: no new node of it can be launched`,
      fix: 'EKS cannot give a node group another template: make a new node group from a template that is there, and delete this one',
    });
  }
  return refused(draft, {
    code: 'image-unknown',
    message: `${nodeGroup.name} runs ${draft.from.releaseVersion ?? 'an image'} that neither a parameter, nor its launch template, nor one of its instances names`,
  });
};

const describeIssues = (issues: NodeGroupFacts['issues']): string =>
  issues.map(({ code, message }) => `${code}: ${message}`).join('; ');

/** Why the template of a group that people run holds no image that could be swapped; null: it does, or EKS runs it. */
const unusableTemplate = ({ selfManaged, launchTemplate }: NodeGroupFacts): string | null => {
  if (selfManaged === null) return null;
  if (selfManaged.unusable !== null) return selfManaged.unusable;
  return launchTemplate?.imageId == null ? 'has a launch template that holds no image id' : null;
};

/** The node group is one of ours and may be changed: which image does it get? */
const planSwap = (question: NodeGroupQuestion, draft: PlannedNodeGroup, configuredImageId: string): NodeGroupPlan => {
  const { nodeGroup, request, settings, source, listing } = question;
  const { name } = nodeGroup;
  const { variant } = draft;
  if (source === null && nodeGroup.chosenByEks !== null) {
    return refused(draft, {
      code: 'variant-unknown',
      message: `${name} is of AMI type ${nodeGroup.chosenByEks.amiType}, which this version does not know`,
      fix: 'update the stack to a version that knows it',
    });
  }
  if (source === null) return refused(draft, variantUnknown(question, configuredImageId));
  const amiType = 'amiType' in source ? source.amiType : null;
  if (request.named !== undefined && !appliesTo(request.named, amiType)) {
    return settled(draft, 'Untouched', `${request.named.text} does not apply to ${variant}`);
  }
  if (listing === null) {
    return refused(draft, {
      code: 'release-unknown',
      message: `no releases are published for ${variant}, which ${name} runs`,
    });
  }
  const malformed = listing.mistakes.map(
    (mistake): Finding => ({
      code: 'parameter-malformed',
      level: 'warn',
      nodeGroup: name,
      message: mistake,
    }),
  );
  // Newer releases than the recommended one were withdrawn; without it nobody can tell which.
  if (malformed.length > 0 && !listing.published.some(({ imageId }) => imageId === listing.recommendedImageId)) {
    const what = amiType === null ? '' : `which release of ${variant} is recommended cannot be told: `;
    return refused(draft, {
      code: 'parameter-malformed',
      message: `${name}: ${what}${listing.mistakes.join('; ')}`,
    });
  }
  const wanted = wantedRelease({
    published: listing.published,
    recommendedImageId: listing.recommendedImageId,
    running: {
      imageId: configuredImageId,
      releaseVersion: draft.from.releaseVersion,
      ...builtOn(question, configuredImageId),
    },
    rules: {
      minimumReleaseAgeSeconds: request.ignoreReleaseAge || amiType === null ? 0 : settings.minimumReleaseAgeSeconds,
      denied: settings.denied,
      pinned: bindingPins(settings.pinned, amiType, listing),
      ...(request.named === undefined ? {} : { named: request.named }),
      spent: question.spent,
      again: request.again,
      passedBefore: question.passedBefore,
    },
    now: question.now,
  });
  const plan = planWanted(question, { ...draft, passedOver: wanted.passedOver }, configuredImageId, wanted);
  return plan.step === 'wait' ? plan : { ...plan, findings: [...malformed, ...plan.findings] };
};

/** What a person can say where nobody else can. */
const variantUnknown = (
  { nodeGroup: { name }, images }: NodeGroupQuestion,
  imageId: string,
): Omit<Finding, 'level' | 'nodeGroup'> => {
  const image = images[imageId];
  const origin = image && originOf(image, images);
  const golden = `name the parameter that holds its AMI in the policy document: goldenParameters: [{ parameter: /golden/NAME, nodeGroups: [${name}] }]`;
  const follow = (variant: string): string =>
    `${golden}; or let the publisher's releases take its place: aws ec2 create-tags --resources ${imageId} --tags Key=${followsTag},Value=${variant}`;
  if (image === undefined || origin === undefined) {
    return {
      code: 'variant-unknown',
      message: `${name} is configured with ${imageId}, which does not exist any more; its variant cannot be told`,
      fix: golden,
    };
  }
  if (origin.origin === 'built-on') {
    const { amiType, minor, build } = origin.base;
    return {
      code: 'variant-unknown',
      message: `${name} runs ${imageId} (${image.name}), which was built on ${origin.baseImageId}, ${amiType} ${minor} of ${build}; a published AMI would lose what was built into it`,
      fix: follow(`${amiType}/${minor}`),
    };
  }
  const why = 'why' in origin ? `: ${origin.why}` : '';
  return {
    code: 'variant-unknown',
    message: `${name} runs ${imageId} (${image.name}), which is no EKS-optimized AMI of a known variant${why}`,
    fix: follow('AMI_TYPE/MINOR'),
  };
};

/** A pin binds its variant; one that names none binds the variants that have such a release. */
export const bindingPins = (
  pins: readonly ReleaseSelector[],
  amiType: AmiType | null,
  listing: ReleaseListing,
): ReleaseSelector[] =>
  pins.filter((pin) =>
    pin.amiType === undefined ? listing.published.some((release) => selects(pin, release)) : pin.amiType === amiType,
  );

const planWanted = (
  question: NodeGroupQuestion,
  draft: PlannedNodeGroup,
  configuredImageId: string,
  wanted: WantedRelease,
): NodeGroupPlan => {
  const { nodeGroup } = question;
  const template = templateTarget(nodeGroup, question.settings.sourceVersion);
  const target = { template, kubernetesVersion: nodeGroup.chosenByEks?.version ?? null };
  switch (wanted.wanted) {
    case 'refused':
      return refused(draft, { code: wanted.code, message: `${nodeGroup.name}: ${wanted.reason}` });
    case 'nothing-newer': {
      const behind = behindOf(nodeGroup, configuredImageId);
      const listing = question.listing ?? { published: [], recommendedImageId: null, mistakes: [] };
      const configured = listing.published.find((each) => each.imageId === configuredImageId);
      const denied = configured && denialOf(configured, { ...listing, denied: question.settings.denied });
      if (behind === 0) {
        const stays = { ...draft, to: draft.from };
        if (denied === undefined) return settled(stays, 'UpToDate', wanted.reason);
        const runs = `runs ${draft.from.releaseVersion ?? configuredImageId}, which ${denied}`;
        return settled(stays, 'UpToDate', `${runs}; nothing leads backwards by itself`, [
          runsRecalled(question, denied),
        ]);
      }
      if (denied !== undefined) {
        return settled(
          draft,
          'Held',
          `is mixed: ${behind} of ${nodeGroup.instances.length} instances do not run ${configuredImageId}, which ${denied}`,
        );
      }
      const spent = question.spent.find((each) => each.imageId === configuredImageId);
      if (spent !== undefined && !question.request.again) {
        return settled(
          draft,
          'Held',
          `is mixed: ${behind} of ${nodeGroup.instances.length} instances do not run ${configuredImageId}, which is spent since rollout ${spent.rolloutId}`,
        );
      }
      return planned(
        question,
        { ...draft, from: wayBackOfMixed(question, configuredImageId, draft.from) },
        {
          target: {
            ...target,
            imageId: configuredImageId,
            releaseVersion: configuredReleaseVersion(question, configuredImageId),
            isConfigured: true,
          },
          reason: `is mixed: ${behind} of ${nodeGroup.instances.length} instances do not run the configured ${configuredImageId}`,
        },
      );
    }
    case 'release':
      return planned(question, draft, {
        target: {
          ...target,
          imageId: wanted.release.imageId,
          releaseVersion: wanted.release.releaseVersion,
          isConfigured: false,
        },
        reason: wanted.reason,
      });
  }
};

const planned = (
  question: NodeGroupQuestion,
  draft: PlannedNodeGroup,
  { target, reason }: { target: Target; reason: string },
): NodeGroupPlan => {
  const findings = judgeSwap(question, draft, target);
  const refusing = findings.filter((finding) => finding.level === 'refuse');
  const undecided = findings.find(
    ({ code }) => code === 'template-ahead' && question.settings.sourceVersion === undefined && !target.isConfigured,
  );
  if (undecided !== undefined && refusing.length === 0) {
    return {
      step: 'planned',
      nodeGroup: { ...draft, outcome: 'Held', reason: `${undecided.message}; ${undecided.fix}` },
      findings,
    };
  }
  const to: AmiState = {
    imageId: target.imageId,
    releaseVersion: target.releaseVersion,
    launchTemplateVersion:
      target.template === null || target.isConfigured ? (question.nodeGroup.launchTemplate?.version ?? null) : null,
  };
  return {
    step: 'planned',
    nodeGroup:
      refusing.length > 0
        ? { ...draft, to, outcome: 'Refused', reason: refusing.map((finding) => finding.message).join('; ') }
        : { ...draft, to, outcome: 'Planned', reason, target },
    findings,
  };
};

/**
 * A mixed group is configured with the wanted version already, so that is no way back: the version that holds the image
 * most of the other instances run is.
 */
const wayBackOfMixed = (question: NodeGroupQuestion, configuredImageId: string, from: AmiState): AmiState => {
  const { chosenByEks, launchTemplate } = question.nodeGroup;
  const others = Object.entries(instancesByImage(question.nodeGroup))
    .filter(([imageId]) => imageId !== configuredImageId)
    .sort(([a, some], [b, more]) => more - some || a.localeCompare(b));
  const imageId = others[0]?.[0] ?? null;
  return {
    ...from,
    imageId,
    releaseVersion: imageId === null ? null : configuredReleaseVersion(question, imageId),
    launchTemplateVersion:
      chosenByEks !== null ? from.launchTemplateVersion : (launchTemplate?.versionsByImage[imageId ?? ''] ?? null),
  };
};

/** Nothing leads backwards by itself; a person decides, and is told how. */
const runsRecalled = ({ nodeGroup: { name }, listing, clusterName }: NodeGroupQuestion, why: string): Finding => {
  const recommended = listing?.published.find(({ imageId }) => imageId === listing.recommendedImageId);
  const older = recommended?.releaseVersion ?? 'RELEASE';
  return {
    code: 'release-recalled',
    level: 'warn',
    nodeGroup: name,
    message: `${name} runs a release that ${why}`,
    fix: `eks-ami-rollout start ${clusterName} --node-group ${name} --release ${older} --reason WHY`,
  };
};

/** What is known before anything was decided. */
const draftOf = (question: NodeGroupQuestion): PlannedNodeGroup => {
  const { nodeGroup, source } = question;
  const imageId = configuredImage(question);
  const counts = instancesByImage(nodeGroup);
  const running = Object.keys(counts);
  const isMixed = running.length > 0 && running.some((each) => each !== imageId);
  return {
    name: nodeGroup.name,
    kind: nodeGroup.kind,
    outcome: 'Untouched',
    reason: '',
    from: {
      imageId,
      releaseVersion:
        nodeGroup.chosenByEks?.releaseVersion ??
        (imageId === null ? null : configuredReleaseVersion(question, imageId)),
      launchTemplateVersion: nodeGroup.launchTemplate?.version ?? null,
      ...(isMixed ? { instances: counts } : {}),
    },
    to: { imageId: null, releaseVersion: null, launchTemplateVersion: null },
    variant: variantNameOf(source),
    source,
    passedOver: [],
    target: null,
    desiredSize: nodeGroup.desiredSize,
    budget:
      nodeGroup.selfManaged === null
        ? budgetOf(nodeGroup)
        : refreshBudget(nodeGroup.desiredSize, question.settings.instanceRefresh),
    zones: nodeGroup.zones,
    follows: nodeGroup.selfManaged?.follows ?? null,
  };
};

const templateTarget = (
  { chosenByEks, launchTemplate }: NodeGroupFacts,
  source: Settings['sourceVersion'],
): TemplateTarget | null =>
  chosenByEks !== null || launchTemplate === null
    ? null
    : {
        templateId: launchTemplate.templateId,
        templateName: launchTemplate.templateName,
        versionInUse: launchTemplate.version,
        sourceVersion:
          launchTemplate.ahead !== null && source === 'newest' ? launchTemplate.newestVersion : launchTemplate.version,
      };

/**
 * The image the node group is configured for: the launch template's, or that of the release EKS chose. Of a release that
 * is not listed any more, the image most of its instances run. Null: nothing tells.
 */
export const configuredImage = ({
  nodeGroup,
  listing,
}: Pick<NodeGroupQuestion, 'nodeGroup' | 'listing'>): string | null => {
  const { chosenByEks, launchTemplate } = nodeGroup;
  if (chosenByEks === null) return launchTemplate?.imageId ?? null;
  const listed = listing?.published.find(({ releaseVersion }) => releaseVersion === chosenByEks.releaseVersion);
  const [most] = Object.entries(instancesByImage(nodeGroup)).sort(
    ([a, some], [b, more]) => more - some || a.localeCompare(b),
  );
  return listed?.imageId ?? most?.[0] ?? null;
};

/** From the publisher's listing; else what the image's name tells of it. */
const configuredReleaseVersion = ({ listing, images }: NodeGroupQuestion, imageId: string): string | null => {
  const listed = listing?.published.find((release: Release) => release.imageId === imageId);
  if (listed !== undefined) return listed.releaseVersion;
  const image = images[imageId];
  const origin = image && originOf(image, images);
  return origin?.origin === 'published' ? namedReleaseVersion(origin) : null;
};

/** Instances that are there to stay, by the image they run. */
export const instancesByImage = (nodeGroup: Pick<NodeGroupFacts, 'instances'>): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { imageId, lifecycleState } of nodeGroup.instances) {
    // What somebody has put aside is theirs to bring back.
    if (lifecycleState.startsWith('Terminat') || lifecycleState.endsWith('Standby')) continue;
    counts[imageId] = (counts[imageId] ?? 0) + 1;
  }
  return counts;
};

const behindOf = (nodeGroup: NodeGroupFacts, imageId: string): number =>
  Object.entries(instancesByImage(nodeGroup)).reduce((sum, [id, count]) => (id === imageId ? sum : sum + count), 0);

/**
 * How many nodes EKS takes out at once. It caps both forms at 100 nodes (EKS user guide, managed node group update
 * behavior); how it rounds a percentage is not documented, so the larger number is reckoned with.
 */
export const budgetOf = ({
  maxUnavailable,
  desiredSize,
}: Pick<NodeGroupFacts, 'maxUnavailable' | 'desiredSize'>): number => {
  const nodes =
    'nodes' in maxUnavailable ? maxUnavailable.nodes : Math.ceil((desiredSize * maxUnavailable.percentage) / 100);
  return Math.min(100, Math.max(1, nodes));
};

const settled = (
  draft: PlannedNodeGroup,
  outcome: 'UpToDate' | 'Untouched' | 'Held',
  reason: string,
  findings: Finding[] = [],
): NodeGroupPlan => ({ step: 'planned', nodeGroup: { ...draft, outcome, reason }, findings });

const refused = (draft: PlannedNodeGroup, finding: Omit<Finding, 'level' | 'nodeGroup'>): NodeGroupPlan => ({
  step: 'planned',
  nodeGroup: { ...draft, outcome: 'Refused', reason: finding.message },
  findings: [{ ...finding, level: 'refuse', nodeGroup: draft.name }],
});

const builtOn = ({ images }: NodeGroupQuestion, imageId: string): { builtOn?: string } => {
  const image = images[imageId];
  const origin = image && originOf(image, images);
  return origin?.origin === 'published' ? { builtOn: origin.build } : {};
};
