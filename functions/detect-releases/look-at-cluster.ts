import { TransientFault } from '../../adapters/fault.ts';
import { type SurveyedNodeGroups, type SurveyPorts, surveyNodeGroups, withReleases } from '../../adapters/survey.ts';
import type { ClusterLook } from '../../core/fleet/scan.ts';
import { type ClusterFacts, releaseSourceOf, type SurveyedCluster } from '../../core/plan/facts.ts';
import { nothingFound } from '../../core/plan/inspection.ts';
import type { OptIn } from '../../core/plan/judge-cluster.ts';
import type { PlannedNodeGroup } from '../../core/plan/plan-node-group.ts';
import { planRollout } from '../../core/plan/plan-rollout.ts';
import { parseRequest } from '../../core/plan/request.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { goldenParameterOf, matchesSelector, ringOf, settingsFor } from '../../core/policy/settings.ts';
import type { Clusters, Observation, Observations, Recalls } from '../../core/ports.ts';
import type { Recall } from '../../core/release/recall.ts';
import { listingKey } from '../../core/release/release-listing.ts';
import { releasesBehind } from '../../core/release/wanted-release.ts';
import { logger } from '../lambda.ts';
import { type RememberedPorts, rememberedReleases } from '../remembered-releases.ts';
import { noteRecalls } from './note-recalls.ts';
import { type SeenApprovable, seeApprovable } from './see-approvable.ts';

export interface LookAtClusterPorts extends SurveyPorts, RememberedPorts {
  optIn: OptIn;
  clusters: Clusters;
  observations: Observations;
  recalls: Recalls;
}

export interface LookQuestion {
  policy: Policy;
  /** Only node groups that take their image from one of these; null: every one. */
  parameters: readonly string[] | null;
  now: string;
  /** What may be approved, by ring and variant; filled in as clusters are judged. */
  approvable: SeenApprovable;
  /** Those that earlier scans found. */
  recalled: readonly Recall[];
}

/** A cluster whose node groups were read, or what there is to say of it already. */
export type Surveyed = { clusterName: string } & ({ survey: SurveyedNodeGroups } | { look: ClusterLook });

/** Reads what one cluster runs. One cluster's fault stops no other. */
export const readCluster = (
  ports: LookAtClusterPorts,
  clusterName: string,
  question: LookQuestion,
): Promise<Surveyed> =>
  unlessUnreadable(clusterName, async (): Promise<Surveyed> => {
    const cluster = await ports.clusters.read(clusterName);
    if (cluster === null || !isConcerned(cluster, question)) return { clusterName, look: { look: 'not-concerned' } };
    return { clusterName, survey: await surveyNodeGroups(ports, cluster) };
  }).then((read) => ('clusterName' in read ? read : { clusterName, look: read }));

/** Records what was seen of a cluster, and says whether a rollout is wanted. */
export const judgeCluster = (
  ports: LookAtClusterPorts,
  read: Surveyed,
  question: LookQuestion,
): Promise<ClusterLook> =>
  'look' in read
    ? Promise.resolve(read.look)
    : unlessUnreadable(read.clusterName, () => judge(ports, read.survey, question));

const unlessUnreadable = async <Read>(
  clusterName: string,
  read: () => Promise<Read>,
): Promise<Read | { look: 'unreadable'; isTransient: boolean }> => {
  try {
    return await read();
  } catch (error) {
    logger.error('A cluster could not be read', { clusterName, error: String(error) });
    return { look: 'unreadable', isTransient: error instanceof TransientFault };
  }
};

const isConcerned = (cluster: ClusterFacts, { policy, parameters }: LookQuestion): boolean =>
  parameters === null ||
  policy.goldenParameters.some(
    (golden) =>
      parameters.includes(golden.parameter) &&
      (golden.clusters === undefined || matchesSelector(golden.clusters, cluster)),
  );

const judge = async (
  ports: LookAtClusterPorts,
  read: SurveyedNodeGroups,
  { policy, parameters, now, recalled, approvable }: LookQuestion,
): Promise<ClusterLook> => {
  const { cluster } = read;
  const ring = ringOf(policy, cluster);
  const settings = settingsFor(policy, 'conflict' in ring ? null : ring.ring);
  const parsed = parseRequest(
    { clusterName: cluster.key.clusterName, startedBy: 'schedule', dryRun: true },
    cluster.key,
  );
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('; '));
  const survey = await withReleases(ports, read, policy, now);
  await noteRecalls(ports, survey, policy, { denied: settings.denied, recalled, now });
  const remembered = await rememberedReleases(ports, survey, policy, settings);
  await seeApprovable(approvable, ports, survey, policy, settings, remembered, now);
  const planned = planRollout({
    request: parsed.request,
    survey,
    // The rollout itself looks at the cluster before its first change.
    inspection: nothingFound,
    kubernetesRoleArn: '',
    policy,
    settings,
    remembered,
    optIn: ports.optIn,
    startedAt: now,
    now,
  });
  if (planned.step === 'Wait') return { look: 'left' };
  await ports.observations.write(cluster.key, {
    at: now,
    ring: settings.ring,
    note: planned.reason,
    nodeGroups: planned.plan.nodeGroups.map((nodeGroup) => observe(nodeGroup, survey, policy)),
  });
  const mayChange =
    settings.mode === 'roll-out' && cluster.status === 'ACTIVE' && cluster.tags[ports.optIn.key] === ports.optIn.value;
  const mine = planned.plan.nodeGroups.filter(
    (group) => parameters === null || parameters.includes(group.variant ?? ''),
  );
  const isBehind =
    planned.step === 'Finish' && planned.outcome === 'Planned' && mine.some(({ outcome }) => outcome === 'Planned');
  const isWaiting = mine.some(({ passedOver }) => passedOver.some(({ code }) => code === 'release-not-passed'));
  if (!mayChange || !(isBehind || isWaiting)) return { look: 'left' };
  const { ring: name, after } = settings;
  return { clusterName: cluster.key.clusterName, ring: name, after, look: isBehind ? 'behind' : 'waits' };
};

/** What is worth knowing of a node group, also where nothing may be changed. */
const observe = (
  { name, kind, variant, from, to, outcome, reason, passedOver }: PlannedNodeGroup,
  { cluster, nodeGroups, images, listings }: SurveyedCluster,
  policy: Policy,
): Observation => {
  const facts = nodeGroups.find((each) => each.name === name);
  const source = facts === undefined ? null : releaseSourceOf(facts, images, goldenParameterOf(policy, cluster, name));
  const listing = source === null ? undefined : listings[listingKey(source)];
  const listed = listing?.published.find(({ imageId }) => imageId === from.imageId);
  const { imageId, releaseVersion } = from;
  return {
    nodeGroup: name,
    kind,
    variant,
    running: { imageId, releaseVersion, publishedAt: listed?.publishedAt ?? null },
    behind:
      listing === undefined || imageId === null
        ? null
        : releasesBehind({ ...listing, running: { imageId, releaseVersion } }),
    wanted: { imageId: to.imageId, releaseVersion: to.releaseVersion },
    outcome,
    reason,
    passedOver: passedOver.slice(0, mostPassedOver),
  };
};

/** The newest ones say it; an item of the ledger is small. */
const mostPassedOver = 5;
