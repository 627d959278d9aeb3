/** Reads of a cluster everything a plan rests on, in as few calls as AWS allows. It judges nothing. */
import type {
  ClusterFacts,
  ImageFacts,
  LaunchTemplateUse,
  NodeGroupFacts,
  ReleaseListing,
  SurveyedCluster,
} from '../core/plan/facts.ts';
import { listingOf } from '../core/plan/plan-rollout.ts';
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
import type { AmiType } from '../core/release/ami-variant.ts';
import { parseEksImageName } from '../core/release/ami-variant.ts';

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
): Promise<SurveyedCluster> => {
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
        zones: reading.subnets,
        launchTemplate,
        instances,
        selfManaged: reading.selfManaged,
      };
    }),
  );
  const known = await imagesById(ports.images, nodeGroups.flatMap(imageIdsOf));
  const listings = await listingsOf(ports.releases, cluster, policy, nodeGroups, known);
  const wanted = Object.values(listings).flatMap((listing) => listing.published.map((release) => release.imageId));
  const images = {
    ...known,
    ...(await imagesById(
      ports.images,
      wanted.filter((id) => known[id] === undefined),
    )),
  };
  return { cluster, nodeGroups, shadowed, images, listings };
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
  const imageId = (await launchTemplates.readVersion(use.id, use.version))?.imageId ?? null;
  const others = [...new Set(instances.map((instance) => instance.imageId))].filter((id) => id !== imageId).sort();
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

const listingsOf = async (
  releases: Releases,
  cluster: ClusterFacts,
  policy: Policy,
  nodeGroups: readonly NodeGroupFacts[],
  images: Readonly<Record<string, ImageFacts>>,
): Promise<Record<string, ReleaseListing>> => {
  const wanted = new Map<string, () => Promise<ReleaseListing | null>>();
  for (const nodeGroup of nodeGroups) {
    const parameter = goldenParameterOf(policy, cluster, nodeGroup.name);
    const imageName = images[nodeGroup.launchTemplate?.imageId ?? '']?.name;
    const key = listingOf(nodeGroup, imageName, parameter);
    if (key === null) continue;
    const named = imageName === undefined ? undefined : parseEksImageName(imageName);
    wanted.set(key, () =>
      parameter === null
        ? releases.ofVariant(named?.amiType as AmiType, named?.minor ?? '')
        : releases.ofParameter(parameter),
    );
  }
  const listings: Record<string, ReleaseListing> = {};
  for (const [key, read] of wanted) {
    const listing = await read();
    if (listing !== null) listings[key] = listing;
  }
  return listings;
};
