/** Reads of a cluster everything a plan rests on, in as few calls as AWS allows. It judges nothing. */
import { isOurs } from '../core/node-group/tokens.ts';
import {
  type ClusterFacts,
  type ImageFacts,
  type LaunchTemplateUse,
  type NodeGroupFacts,
  releaseSourceOf,
  type SurveyedCluster,
} from '../core/plan/facts.ts';
import { differencesOf } from '../core/plan/launch-template-owner.ts';
import type { Policy } from '../core/policy/policy.ts';
import { goldenParameterOf } from '../core/policy/settings.ts';
import type {
  AutoScalingGroupReading,
  AutoScalingGroups,
  ByKind,
  Images,
  Instances,
  LaunchTemplates,
  NodeGroupReading,
  NodeGroups,
  Releases,
  TemplateReading,
} from '../core/ports.ts';
import { needsAncestry } from '../core/release/image-origin.ts';
import type { ReleaseSource } from '../core/release/release-listing.ts';

export interface SurveyPorts {
  nodeGroups: ByKind<NodeGroups>;
  launchTemplates: LaunchTemplates;
  autoScalingGroups: AutoScalingGroups;
  instances: Instances;
  images: Images;
  releases: Releases;
}

/** From this version number on the versions are counted: a template holds at most 10,000. */
const countVersionsFrom = 9_000;

export const surveyCluster = async (
  ports: SurveyPorts,
  cluster: ClusterFacts,
  policy: Policy,
  now: string,
): Promise<SurveyedCluster> => withReleases(ports, await surveyNodeGroups(ports, cluster), policy, now);

/** What a cluster's node groups are and run. */
export type SurveyedNodeGroups = Pick<SurveyedCluster, 'cluster' | 'nodeGroups' | 'shadowed'>;

export const surveyNodeGroups = async (ports: SurveyPorts, cluster: ClusterFacts): Promise<SurveyedNodeGroups> => {
  const { clusterName } = cluster.key;
  const managed = await ports.nodeGroups.managed.list(clusterName);
  const ofPeople = await ports.nodeGroups.selfManaged.list(clusterName);
  const shadowed = ofPeople.filter((name) => managed.includes(name));
  const looks = [
    ...managed.map((name) => ports.nodeGroups.managed.read(clusterName, name)),
    ...ofPeople
      .filter((name) => !shadowed.includes(name))
      .map((name) => ports.nodeGroups.selfManaged.read(clusterName, name)),
  ];
  const readings = (await Promise.all(looks)).filter(
    // A node group may be deleted between the list and the look.
    (reading): reading is NodeGroupReading => reading !== null,
  );
  const groups = readings.length === 0 ? [] : await ports.autoScalingGroups.listAll();
  const templates = await templatesOf(ports, readings);
  const running = await runningInstances(ports, readings, groups);
  const nodeGroups = await Promise.all(
    readings.map(async (reading): Promise<NodeGroupFacts> => {
      const instances = running.get(reading.name) ?? [];
      const launchTemplate = await templateUseOf(ports, reading, templates, instances, groups, readings);
      return {
        name: reading.name,
        kind: reading.kind,
        status: reading.status,
        issues: reading.issues,
        tags: reading.tags,
        desiredSize: reading.desiredSize,
        maxUnavailable: reading.maxUnavailable,
        // One subnet a zone is the rule; the number only predicts how long an update takes.
        zones: Math.max(1, reading.subnetIds.length),
        launchTemplate,
        chosenByEks: reading.chosenByEks,
        instances,
        selfManaged: reading.selfManaged,
      };
    }),
  );
  return { cluster, nodeGroups, shadowed };
};

/** Of many clusters at once: the images they run, in as few calls as their number needs. */
export const readImagesOf = async (images: Images, surveys: readonly SurveyedNodeGroups[]): Promise<void> => {
  await imagesById(
    images,
    surveys.flatMap(({ nodeGroups }) => nodeGroups.flatMap(imageIdsOf)),
  );
};

/** The same with the releases they choose from, once it is known which images they run, and with the images of these. */
export const readReleasesOf = async (
  ports: SurveyPorts,
  surveys: readonly SurveyedNodeGroups[],
  policy: Policy,
  now: string,
): Promise<void> => {
  const sources = await Promise.all(surveys.map(async (survey) => (await traced(ports, survey, policy)).sources));
  const listings = await ports.releases.list(sources.flat(), now);
  await imagesById(
    ports.images,
    Object.values(listings).flatMap(({ published }) => published.map(({ imageId }) => imageId)),
  );
};

/** What a cluster's node groups could run. */
export const withReleases = async (
  ports: SurveyPorts,
  survey: SurveyedNodeGroups,
  policy: Policy,
  now: string,
): Promise<SurveyedCluster> => {
  const { images: known, sources } = await traced(ports, survey, policy);
  const listings = await ports.releases.list(sources, now);
  const published = Object.values(listings).flatMap((listing) => listing.published);
  const all = await withImages(
    ports.images,
    known,
    published.map(({ imageId }) => imageId),
  );
  // A golden image is somebody's own; where it comes from says what it is.
  const golden = published.filter(({ amiType }) => amiType === null).map(({ imageId }) => imageId);
  return { ...survey, images: await withAncestry(ports.images, all, golden), listings };
};

/** The images that run, and the releases that can take their places. */
const traced = async (
  ports: SurveyPorts,
  { cluster, nodeGroups }: SurveyedNodeGroups,
  policy: Policy,
): Promise<{ images: ImagesById; sources: ReleaseSource[] }> => {
  const present = await imagesById(ports.images, nodeGroups.flatMap(imageIdsOf));
  const configured = nodeGroups.map((nodeGroup) => nodeGroup.launchTemplate?.imageId ?? '');
  const images = await withAncestry(ports.images, present, configured);
  const sources = nodeGroups.flatMap(
    (nodeGroup) => releaseSourceOf(nodeGroup, images, goldenParameterOf(policy, cluster, nodeGroup.name)) ?? [],
  );
  return { images, sources };
};

const templatesOf = async (
  { launchTemplates }: SurveyPorts,
  readings: readonly NodeGroupReading[],
): Promise<Map<string, TemplateReading>> => {
  const ids = [...new Set(readings.flatMap((reading) => reading.launchTemplate?.id ?? []))].sort();
  return new Map((await launchTemplates.read(ids)).map((template) => [template.templateId, template]));
};

const runningInstances = async (
  { instances }: SurveyPorts,
  readings: readonly NodeGroupReading[],
  groups: readonly AutoScalingGroupReading[],
): Promise<Map<string, NodeGroupFacts['instances']>> => {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const members = readings.flatMap((reading) =>
    reading.autoScalingGroups.flatMap((name) =>
      (byName.get(name)?.instances ?? []).map((member) => ({ nodeGroup: reading.name, ...member })),
    ),
  );
  const described = new Map(
    (await instances.read(members.map((member) => member.instanceId))).map((each) => [each.instanceId, each]),
  );
  const running = new Map<string, NodeGroupFacts['instances'][number][]>();
  for (const { nodeGroup, instanceId, lifecycleState } of members) {
    const imageId = described.get(instanceId)?.imageId;
    if (imageId === undefined) continue;
    const list = running.get(nodeGroup) ?? [];
    list.push({ instanceId, imageId, lifecycleState });
    running.set(nodeGroup, list);
  }
  return running;
};

const templateUseOf = async (
  { launchTemplates }: SurveyPorts,
  reading: NodeGroupReading,
  templates: ReadonlyMap<string, TemplateReading>,
  instances: NodeGroupFacts['instances'],
  groups: readonly AutoScalingGroupReading[],
  readings: readonly NodeGroupReading[],
): Promise<LaunchTemplateUse | null> => {
  const use = reading.launchTemplate;
  const template = use === null ? undefined : templates.get(use.id);
  if (use === null || template === undefined) return null;
  const inUse = await launchTemplates.readVersion(use.id, use.version);
  const imageId = inUse?.imageId ?? null;
  const newest =
    template.newestVersion === use.version || reading.chosenByEks !== null
      ? null
      : await launchTemplates.readVersion(use.id, template.newestVersion);
  // No version of it holds what runs where EKS chooses the image.
  const running = reading.chosenByEks === null ? instances : [];
  const others = [...new Set(running.map((instance) => instance.imageId))].filter((id) => id !== imageId).sort();
  const versionsByImage: Record<string, string> = {};
  for (const other of others) {
    const [newest] = await launchTemplates.versionsWithImage(use.id, other);
    if (newest !== undefined) versionsByImage[other] = newest.version;
  }
  // EKS's own groups launch from templates of EKS's; one that people run, and that follows, is pinned when it is its turn.
  const own = new Set(
    readings.filter((each) => each.selfManaged === null || each === reading).flatMap((each) => each.autoScalingGroups),
  );
  const latestFollowers = groups
    .filter((group) => !own.has(group.name) && group.template?.version === '$Latest')
    .filter(({ template: used }) => used?.id === template.templateId || used?.name === template.templateName)
    .map((group) => group.name)
    .sort();
  return {
    templateId: template.templateId,
    templateName: template.templateName,
    version: use.version,
    imageId,
    newestVersion: template.newestVersion,
    ahead: newest === null || isOurs(newest.description) ? null : differencesOf(inUse?.data ?? {}, newest.data),
    defaultVersion: template.defaultVersion,
    tags: template.tags,
    versionsByImage,
    latestFollowers,
    versionCount:
      Number(template.newestVersion) < countVersionsFrom ? null : await launchTemplates.countVersions(use.id),
  };
};

const imageIdsOf = (nodeGroup: NodeGroupFacts): string[] => [
  ...(nodeGroup.launchTemplate?.imageId == null ? [] : [nodeGroup.launchTemplate.imageId]),
  ...nodeGroup.instances.map((instance) => instance.imageId),
];

const imagesById = async (images: Images, ids: readonly string[]): Promise<Record<string, ImageFacts>> =>
  Object.fromEntries((await images.read([...new Set(ids)].sort())).map((image) => [image.imageId, image]));

type ImagesById = Readonly<Record<string, ImageFacts>>;

const withImages = async (images: Images, known: ImagesById, ids: readonly string[]): Promise<ImagesById> => ({
  ...known,
  ...(await imagesById(
    images,
    ids.filter((id) => known[id] === undefined),
  )),
});

/** Of images that do not tell what they are, what they were made from. */
const withAncestry = async (images: Images, known: ImagesById, ids: readonly string[]): Promise<ImagesById> => {
  const traced: Record<string, ImageFacts> = {};
  for (const id of new Set(ids)) {
    const image = known[id];
    if (image !== undefined && needsAncestry(image)) traced[id] = { ...image, ancestors: await images.ancestorsOf(id) };
  }
  const ancestors = Object.values(traced).flatMap((image) => image.ancestors ?? []);
  return withImages(images, { ...known, ...traced }, ancestors);
};
