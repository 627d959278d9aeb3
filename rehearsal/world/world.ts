/**
 * The account that is rehearsed in: everything EC2, EKS, Auto Scaling, SSM and Kubernetes know, and how it changes with
 * time. It knows no gate and no verdict, and shares no rule with the product.
 */
import type { Clock } from '../clock/pretend-clock.ts';
import { digest } from '../digest.ts';
import { Alarms } from './alarms.ts';
import { amiTypeInWorld } from './ami-types.ts';
import type { AutoScalingGroup, Instance } from './auto-scaling-groups.ts';
import type { Cluster } from './clusters.ts';
import type { CustomerFunction } from './customer-functions.ts';
import type { Image } from './images.ts';
import type { LaunchTemplate } from './launch-templates.ts';
import type { LifecycleAction } from './lifecycle-hooks.ts';
import { Metrics } from './metrics.ts';
import { desiredSize, type ManagedNodeGroup, type NodeGroup, unavailableOf } from './node-groups.ts';
import { becomeReady, bootNode, Node } from './nodes.ts';
import { ParameterStore } from './parameters.ts';
import { freeAddresses, type Subnet } from './subnets.ts';
import type { Topics } from './topics.ts';

/** What AWS's documents leave open. A scenario says which possibility is played. */
export interface Unproven {
  /** After an update failed: are the old nodes still cordoned? */
  cordonsAfterFailedUpdate: 'stay' | 'go';
  /** After an update failed: which version does DescribeNodegroup name? */
  versionAfterFailedUpdate: 'former' | 'target';
  /** After an update failed: are the instances that were added still there? */
  surgeAfterFailedUpdate: 'stays' | 'goes';
  /** Is an instance refresh without progress while a lifecycle hook holds an instance that it terminates? */
  lifecycleWaitInRefresh: 'counts' | 'does-not-count';
  /** Does EKS take a managed node group to an older release of the same minor? */
  olderRelease: 'accepted' | 'refused';
}

export interface WorldSettings {
  clock: Clock;
  accountId: string;
  region: string;
  seed: string;
  unproven: Unproven;
}

export class World {
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  readonly unproven: Unproven;
  readonly parameters: ParameterStore;
  readonly metrics: Metrics;
  readonly alarms: Alarms;
  readonly topics: Topics = new Map();
  readonly images = new Map<string, Image>();
  readonly launchTemplates = new Map<string, LaunchTemplate>();
  readonly autoScalingGroups = new Map<string, AutoScalingGroup>();
  /** By id. */
  readonly subnets = new Map<string, Subnet>();
  readonly clusters = new Map<string, Cluster>();
  /** By name. */
  /** Spot instances that EC2 has said it takes back. */
  readonly interrupted = new Set<string>();
  readonly customerFunctions = new Map<string, CustomerFunction>();
  /** Told of each lifecycle action that begins. */
  onLifecycleAction: (action: LifecycleAction) => void = () => {};
  readonly #seed: string;
  #drawn = 0;

  constructor(settings: WorldSettings) {
    this.clock = settings.clock;
    this.accountId = settings.accountId;
    this.region = settings.region;
    this.unproven = settings.unproven;
    this.#seed = settings.seed;
    this.metrics = new Metrics(settings.clock);
    this.alarms = new Alarms(settings.clock, this.metrics);
    this.parameters = new ParameterStore(() => this.clock.now);
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  /** The newest release of an AMI type for a Kubernetes minor. */
  newestImage(amiType: string, minor: string): Image | undefined {
    return [...this.images.values()]
      .filter((image) => image.sourceImageId === undefined && image.amiType === amiType && image.minor === minor)
      .sort((a, b) => b.createdAt - a.createdAt)[0];
  }

  /** A number from 0 up to, but not, 1. The same in every run with the same seed. */
  random(): number {
    this.#drawn += 1;
    return Number.parseInt(digest('random', this.#seed, String(this.#drawn)).hex.slice(0, 12), 16) / 2 ** 48;
  }

  /** The image of a release; of one that is built for every Kubernetes minor, the one for this minor if there is one. */
  imageOfRelease(amiType: string, release: string, minor?: string): Image | undefined {
    const images = [...this.images.values()].filter(
      (image) => image.sourceImageId === undefined && image.amiType === amiType && image.releaseVersion === release,
    );
    return images.find((image) => image.minor === minor) ?? images[0];
  }

  /** A number from 0 up to, but not, 1 that belongs to what is named, whenever it is asked for. */
  chanceOf(...what: readonly string[]): number {
    return Number.parseInt(digest('chance', this.#seed, ...what).hex.slice(0, 12), 16) / 2 ** 48;
  }

  hasFreeAddress(subnet: string | undefined): boolean {
    const found = this.subnets.get(subnet ?? '');
    return found?.usable === undefined || freeAddresses(found, this.autoScalingGroups.values()) > 0;
  }

  nodeGroups(): NodeGroup[] {
    return [...this.clusters.values()].flatMap((cluster) => cluster.allNodeGroups());
  }

  nodeGroupOf(group: AutoScalingGroup): NodeGroup | undefined {
    return this.nodeGroups().find((nodeGroup) => nodeGroup.group === group);
  }

  nodeOf(instance: Instance): Node | undefined {
    const nodeGroup = this.nodeGroupOf(instance.group);
    return nodeGroup && [...nodeGroup.cluster.nodes.values()].find((node) => node.instance === instance);
  }

  instances(): Instance[] {
    return [...this.autoScalingGroups.values()].flatMap((group) => group.instances);
  }

  onLaunch(instance: Instance, isOld: boolean): void {
    const nodeGroup = this.nodeGroupOf(instance.group);
    if (nodeGroup === undefined) return;
    const { cluster } = nodeGroup;
    const makeNode = (createdAt: number): Node =>
      new Node(
        nodeGroup,
        instance,
        createdAt,
        labelsOf(nodeGroup, instance),
        amiTypeInWorld(instance.image.amiType).devices,
      );
    if (isOld) {
      const node = makeNode(instance.launchedAt + 70_000);
      cluster.nodes.set(node.name, node);
      node.isReady = true;
      node.readySince = instance.launchedAt + 90_000;
      node.firstReadyAt = node.readySince;
      becomeReady(this, node);
    } else {
      bootNode(this, cluster, instance, makeNode);
    }
    this.observe(nodeGroup);
  }

  onTerminating(instance: Instance): void {
    const nodeGroup = this.nodeGroupOf(instance.group);
    if (nodeGroup !== undefined) this.observe(nodeGroup);
  }

  /** The pods that are still on it end with it; nobody asks a disruption budget. */
  onShutDown(instance: Instance): void {
    const node = this.nodeOf(instance);
    const nodeGroup = this.nodeGroupOf(instance.group);
    if (node === undefined || nodeGroup === undefined || !instance.isRefreshedAway) return;
    const { podsKilled } = nodeGroup.seen;
    for (const [workload, pods] of node.cluster.protectedPodsOn(node)) {
      podsKilled[workload] = (podsKilled[workload] ?? 0) + pods;
    }
  }

  onTerminated(instance: Instance): void {
    const node = this.nodeOf(instance);
    if (node !== undefined) node.cluster.onNodeGone(node);
  }

  /** Looks whether a node group has more nodes out of service, or more instances, than ever before. */
  observe(nodeGroup: NodeGroup): void {
    const { seen, group, cluster } = nodeGroup;
    const nodes = [...cluster.nodes.values()].filter((node) => node.instance.group === group);
    // A node that somebody else terminates or scales in is not the update's.
    const outOfService = nodes.filter(
      ({ wasReady, isDraining, instance }) => wasReady && (isDraining || instance.isRefreshedAway),
    ).length;
    seen.mostOutOfService = Math.max(seen.mostOutOfService, outOfService);
    seen.mostOverBudget = Math.max(seen.mostOverBudget, outOfService - unavailableOf(nodeGroup));
    seen.mostExtra = Math.max(seen.mostExtra, group.members.length - desiredSize(nodeGroup));
  }

  /** Nothing boots, terminates or is updated: the world would stay as it is. */
  get isAtRest(): boolean {
    const isMoving = this.instances().some(
      ({ state, lifecycleState }) =>
        state === 'pending' || state === 'shutting-down' || lifecycleState === 'Terminating:Wait',
    );
    const isRefreshing = [...this.autoScalingGroups.values()].some((group) => group.activeRefresh?.isPlayed === true);
    return this.interrupted.size === 0 && !isMoving && !isRefreshing && !this.nodeGroups().some(isUpdating);
  }
}

const isUpdating = (nodeGroup: NodeGroup): boolean =>
  nodeGroup.kind === 'managed' &&
  (nodeGroup.status === 'DELETING' || nodeGroup.updates.some((update) => update.status === 'InProgress'));

const labelsOf = (nodeGroup: NodeGroup, instance: Instance): Record<string, string> => ({
  'kubernetes.io/arch': instance.image.architecture === 'x86_64' ? 'amd64' : 'arm64',
  'kubernetes.io/os': amiTypeInWorld(instance.image.amiType).operatingSystem,
  'node.kubernetes.io/instance-type': instance.instanceType,
  'topology.kubernetes.io/zone': instance.zone,
  ...(nodeGroup.kind === 'managed' ? labelsOfEks(nodeGroup, instance) : {}),
});

const labelsOfEks = (nodeGroup: ManagedNodeGroup, { image, group }: Instance): Record<string, string> => ({
  'eks.amazonaws.com/nodegroup': nodeGroup.name,
  'eks.amazonaws.com/nodegroup-image': image.imageId,
  ...(nodeGroup.launchTemplate === undefined
    ? {}
    : {
        'eks.amazonaws.com/sourceLaunchTemplateId': nodeGroup.launchTemplate.template.id,
        'eks.amazonaws.com/sourceLaunchTemplateVersion': sourceVersionOf(nodeGroup, group),
      }),
});

/** EKS notes in its own template from which version of the customer's it was made. */
const sourceVersionOf = (nodeGroup: ManagedNodeGroup, group: AutoScalingGroup): string =>
  String(nodeGroup.ownTemplate.version(group.configuration.template.version)?.data.SourceVersion ?? '');
