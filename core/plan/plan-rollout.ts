/**
 * The plan of a rollout of one cluster: which node groups get which image, in which waves, or why nothing is done.
 */
import { type ClusterOutcome, type NodeGroupAnswer, worstOutcome } from '../outcome/answer.ts';
import type { Policy } from '../policy/policy.ts';
import { goldenParameterOf, type Settings } from '../policy/settings.ts';
import { listingKey } from '../release/release-listing.ts';
import { parseReleaseSelector, type ReleaseSelector } from '../release/release-selector.ts';
import {
  type NodeGroupFacts,
  type RememberedReleases,
  releaseSourceOf,
  type SurveyedCluster,
  variantNameOf,
} from './facts.ts';
import { concernsCluster, type Finding } from './finding.ts';
import type { Inspection } from './inspection.ts';
import type { OptIn } from './judge-cluster.ts';
import { noCanary } from './judge-swap.ts';
import { type PlannedNodeGroup, planNodeGroup } from './plan-node-group.ts';
import type { RolloutRequest } from './request.ts';
import { wavesOf } from './waves.ts';
import { withoutWindow } from './without-window.ts';

export interface PlanQuestion {
  request: RolloutRequest;
  survey: SurveyedCluster;
  inspection: Omit<Inspection, 'at'>;
  policy: Policy;
  settings: Settings;
  remembered: RememberedReleases;
  optIn: OptIn;
  /** Whom a cluster must let in, for the command that would. */
  kubernetesRoleArn: string;
  startedAt: string;
  now: string;
}

export interface RolloutPlan {
  nodeGroups: PlannedNodeGroup[];
  waves: string[][];
  findings: Finding[];
}

export type PlanVerdict =
  | { step: 'RollOut'; plan: RolloutPlan; reason: string }
  | { step: 'Wait'; seconds: number; reason: string }
  | { step: 'Finish'; outcome: ClusterOutcome; plan: RolloutPlan; reason: string };

/** A node group that somebody else updates is waited for this long (DESIGN: 4 h), then it is held. */
export const nodeGroupPatienceSeconds = 4 * 3600;

const pollSeconds = 120;

export const planRollout = (question: PlanQuestion): PlanVerdict => {
  const { request, survey, settings } = question;
  const unknown = (request.nodeGroups ?? []).filter((name) => !survey.nodeGroups.some((group) => group.name === name));
  if (unknown.length > 0) return refuseUnknown(question, unknown);

  const selected = survey.nodeGroups.filter((group) => request.nodeGroups?.includes(group.name) ?? true);
  const nodeGroups: PlannedNodeGroup[] = [];
  const findings: Finding[] = [];
  for (const nodeGroup of selected) {
    const planned = planNodeGroup(questionAbout(nodeGroup, question));
    if (planned.step === 'wait') return { step: 'Wait', seconds: pollSeconds, reason: planned.reason };
    nodeGroups.push(planned.nodeGroup);
    findings.push(...planned.findings);
  }

  findings.push(...shadowedGroups(survey));
  for (const undrainable of withoutDrain(question, nodeGroups)) {
    findings.push(undrainable.finding);
    nodeGroups[undrainable.index] = undrainable.nodeGroup;
  }
  for (const [index, nodeGroup] of nodeGroups.entries()) {
    if (nodeGroup.outcome !== 'Planned') continue;
    const found = question.inspection.findings.filter((finding) => finding.nodeGroup === nodeGroup.name);
    findings.push(...found);
    const refusing = found.filter(({ level }) => level === 'refuse');
    if (refusing.length === 0) continue;
    const reason = refusing.map(({ message }) => message).join('; ');
    nodeGroups[index] = { ...nodeGroup, outcome: 'Refused', reason, target: null };
  }
  for (const { index, nodeGroup, finding } of withoutWindow(question, nodeGroups)) {
    findings.push(finding);
    nodeGroups[index] = nodeGroup;
  }
  const going = nodeGroups.filter((group) => group.outcome === 'Planned');
  if (going.length > 0)
    findings.push(...findingsOfCluster(question), ...aloneInCluster(question, going), ...unprovenWayBack(going));
  const plan: RolloutPlan = { nodeGroups, waves: [], findings };
  const refusal = refusalOf(request, plan);
  if (refusal !== undefined) return refusal;
  if (going.length === 0) return nothingToDo(request, plan);

  const waves = wavesOf(going, settings.waves);
  const complete = { ...plan, waves };
  const count = `${going.length} node group${going.length === 1 ? '' : 's'} in ${waves.length} wave${waves.length === 1 ? '' : 's'}`;
  if (request.dryRun) {
    return { step: 'Finish', outcome: 'Planned', plan: complete, reason: `would update ${count}; nothing was changed` };
  }
  return { step: 'RollOut', plan: complete, reason: `updates ${count}` };
};

const questionAbout = (nodeGroup: NodeGroupFacts, question: PlanQuestion) => {
  const { request, survey, policy, settings, remembered, optIn, now } = question;
  const goldenParameter = goldenParameterOf(policy, survey.cluster, nodeGroup.name);
  const source = releaseSourceOf(nodeGroup, survey.images, goldenParameter);
  const variant = variantNameOf(source);
  const named = namedRelease(request);
  return {
    nodeGroup,
    settings,
    images: survey.images,
    source,
    listing: source === null ? null : (survey.listings[listingKey(source)] ?? null),
    spent: remembered.spent.filter((each) => each.variant === variant),
    passedBefore:
      remembered.passedBefore === null || source === null
        ? null
        : {
            ...remembered.passedBefore,
            releases: remembered.passedBefore.releases[listingKey(source)] ?? [],
          },
    clusterName: survey.cluster.key.clusterName,
    clusterVersion: survey.cluster.version,
    optIn,
    request: {
      ...(named === undefined ? {} : { named }),
      ignoreReleaseAge: request.ignoreReleaseAge,
      again: request.again,
    },
    mayWait: !request.dryRun && waitedSeconds(question) < nodeGroupPatienceSeconds,
    now,
  };
};

const waitedSeconds = ({ startedAt, now }: PlanQuestion): number => (Date.parse(now) - Date.parse(startedAt)) / 1000;

const namedRelease = (request: RolloutRequest): ReleaseSelector | undefined => {
  if (request.release === undefined) return undefined;
  const parsed = parseReleaseSelector(request.release);
  return 'selector' in parsed ? parsed.selector : undefined;
};

const refuseUnknown = ({ request, survey }: PlanQuestion, unknown: string[]): PlanVerdict => {
  const known = survey.nodeGroups.map((group) => group.name).join(', ') || 'none';
  const message = `${request.clusterName} has no node group named ${unknown.join(', ')}; it has ${known}`;
  return finishRefused(message, {
    nodeGroups: [],
    waves: [],
    findings: [{ code: 'node-group-unknown', level: 'refuse', message }],
  });
};

/** What speaks against the rollout as a whole. Looked at only when there is something to do. */
const findingsOfCluster = ({
  settings,
  survey,
  inspection: { kubernetes, findings: found },
  kubernetesRoleArn,
}: PlanQuestion): Finding[] => {
  const findings: Finding[] = [];
  const { cluster } = survey;
  if (kubernetes.access === 'denied') {
    const refuses = settings.withoutKubernetes === 'refuse';
    findings.push({
      code: 'no-kubernetes-access',
      level: refuses ? 'refuse' : 'warn',
      message: `the Kubernetes API of ${cluster.key.clusterName} cannot be read (${kubernetes.reason})${refuses ? '' : '; node health is judged by what EKS, EC2 and Auto Scaling say'}`,
      fix: `let the service read it: aws eks create-access-entry --cluster-name ${cluster.key.clusterName} --principal-arn ${kubernetesRoleArn} --kubernetes-groups eks-ami-rollout, and kubectl apply -f docs/kubernetes-access.yaml; or say "withoutKubernetes: aws-signals" in the policy document`,
    });
  }
  return [...findings, ...found.filter(concernsCluster)];
};

/** EKS empties the nodes it replaces; those of an Auto Scaling group are ours to empty, or their pods die with them. */
const withoutDrain = (
  { inspection: { drainAccess }, survey, kubernetesRoleArn }: PlanQuestion,
  nodeGroups: readonly PlannedNodeGroup[],
): { index: number; finding: Finding; nodeGroup: PlannedNodeGroup }[] => {
  if (drainAccess?.access !== 'denied') return [];
  const { clusterName } = survey.cluster.key;
  return nodeGroups.flatMap((nodeGroup, index) => {
    if (nodeGroup.kind !== 'self-managed' || nodeGroup.outcome !== 'Planned') return [];
    const message = `${nodeGroup.name} is an Auto Scaling group, whose nodes this service must empty, and it may not in ${clusterName} (${drainAccess.reason})`;
    return {
      index,
      finding: {
        code: 'no-drain-access',
        level: 'refuse',
        nodeGroup: nodeGroup.name,
        message,
        fix: `kubectl apply -f docs/kubernetes-access-drain.yaml; the cluster must know ${kubernetesRoleArn} as a member of the group eks-ami-rollout`,
      },
      nodeGroup: { ...nodeGroup, outcome: 'Refused', reason: message, target: null },
    };
  });
};

const shadowedGroups = ({ shadowed, cluster }: SurveyedCluster): Finding[] =>
  shadowed.map((name) => ({
    code: 'name-taken',
    level: 'warn',
    nodeGroup: name,
    message: `Auto Scaling group ${name} of ${cluster.key.clusterName} has the name of a managed node group, so it is left alone`,
  }));

/** The API reference says no, the user guide yes (EKS, UpdateNodegroupVersion; managed node group updates). */
const unprovenWayBack = (going: readonly PlannedNodeGroup[]): Finding[] => {
  const names = going.filter(({ kind }) => kind === 'managed').map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    {
      code: 'way-back-unproven',
      level: 'warn',
      message: `EKS chooses the AMI of ${names.join(', ')}; to take them back EKS is asked for the former release, and AWS's documents disagree whether it takes an older one; where it does not, the node group is held on the newer one`,
      fix: 'to be sure of a way back, make node groups with a launch template that holds the image id',
    },
  ];
};

/** A node group that is alone in its cluster is its own canary. */
const aloneInCluster = ({ survey, settings }: PlanQuestion, going: readonly PlannedNodeGroup[]): Finding[] => {
  const [only] = going;
  if (only === undefined || survey.nodeGroups.length > 1 || settings.waves.canaryNodeGroup === 'never') return [];
  // Its first checkpoint is one.
  if (only.kind === 'self-managed') return [];
  if (only.desiredSize > settings.waves.canaryNodes) return [];
  return [noCanary(only.name, 'it is alone in its cluster')];
};

/** A refusing finding refuses the rollout if it concerns the cluster, or a node group that a person named. */
const refusalOf = (request: RolloutRequest, plan: RolloutPlan): PlanVerdict | undefined => {
  const refusing = plan.findings.filter((finding) => finding.level === 'refuse');
  const ofCluster = refusing.filter(concernsCluster);
  const ofNamed = refusing.filter((finding) => request.nodeGroups?.includes(finding.nodeGroup ?? '') === true);
  const decisive = ofCluster.length > 0 ? ofCluster : ofNamed;
  if (decisive.length === 0) return undefined;
  const reason = [...new Set(decisive.map(withFix))].join('; ');
  return finishRefused(reason, {
    ...plan,
    nodeGroups: plan.nodeGroups.map((group) =>
      group.outcome === 'Planned'
        ? { ...group, outcome: 'Untouched', target: null, reason: 'the rollout was refused' }
        : group,
    ),
  });
};

const nothingToDo = (request: RolloutRequest, plan: RolloutPlan): PlanVerdict => {
  const outcome = worstOutcome(plan.nodeGroups);
  const grave = plan.nodeGroups.filter((group) => group.outcome === 'Refused' || group.outcome === 'Held');
  if (grave.length > 0) {
    const reasons = grave.map((group) => group.reason);
    return { step: 'Finish', outcome, plan, reason: [...new Set(reasons)].join('; ') };
  }
  const notApplicable = plan.nodeGroups.every((group) => group.outcome === 'Untouched');
  if (request.release !== undefined && notApplicable) {
    const why = plan.nodeGroups.length === 0 ? 'the cluster has none' : listReasons(plan.nodeGroups);
    const reason = `${request.release} applies to no node group: ${why}`;
    return finishRefused(reason, {
      ...plan,
      findings: [...plan.findings, { code: 'release-not-applicable', level: 'refuse', message: reason }],
    });
  }
  const reason =
    plan.nodeGroups.length === 0 ? 'the cluster has no node groups' : `nothing to do: ${listReasons(plan.nodeGroups)}`;
  return { step: 'Finish', outcome, plan, reason };
};

const listReasons = (nodeGroups: readonly Pick<NodeGroupAnswer, 'name' | 'reason'>[]): string => {
  const named = nodeGroups.slice(0, 3).map((group) => `${group.name} ${group.reason}`);
  const more = nodeGroups.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
};

const withFix = ({ message, fix }: Finding): string => (fix === undefined ? message : `${message} (${fix})`);

const finishRefused = (reason: string, plan: RolloutPlan): PlanVerdict => ({
  step: 'Finish',
  outcome: 'Refused',
  plan,
  reason,
});
