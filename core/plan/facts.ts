/**
 * What was read of a cluster before a plan is made: plain data, as AWS said it at one moment. Nothing here is judged.
 */
import type { ClusterKey } from '../cluster-key.ts';
import { isAmiType } from '../release/ami-variant.ts';
import type { CheckedImage } from '../release/cross-check.ts';
import { originOf, type TraceableImage, variantOf } from '../release/image-origin.ts';
import type { ReleaseListing, ReleaseSource } from '../release/release-listing.ts';
import type { PassedBefore, SpentRelease } from '../release/wanted-release.ts';

export type Tags = Readonly<Record<string, string>>;

export interface ClusterFacts {
  key: ClusterKey;
  arn: string;
  /** As DescribeCluster says it: ACTIVE, UPDATING, CREATING, … */
  status: string;
  /** The control plane's Kubernetes minor: `1.33`. */
  version: string;
  tags: Tags;
}

/** May this service read the cluster's Kubernetes API? */
export type KubernetesAccess = { access: 'granted' } | { access: 'denied'; reason: string };

export type NodeGroupKind = 'managed-custom-ami' | 'managed' | 'self-managed';

export interface NodeGroupFacts {
  name: string;
  /**
   * `managed-custom-ami`: its launch template holds an ImageId. `managed`: EKS chooses the AMI. `self-managed`: an Auto
   * Scaling group that people run themselves; its name is the group's.
   */
  kind: NodeGroupKind;
  /** As DescribeNodegroup says it: ACTIVE, UPDATING, DEGRADED, … A self-managed one is UPDATING while it is refreshed. */
  status: string;
  issues: readonly { code: string; message: string; resourceIds: readonly string[] }[];
  tags: Tags;
  /** How many nodes the Auto Scaling group is asked to run. */
  desiredSize: number;
  maxUnavailable: MaxUnavailable;
  /** Availability Zones its subnets lie in. */
  zones: number;
  launchTemplate: LaunchTemplateUse | null;
  /** Null: the AMI is the owner's choice, in the launch template. */
  chosenByEks: ReleaseUse | null;
  /** What runs: the instances of its Auto Scaling groups, as EC2 says it. */
  instances: readonly InstanceFacts[];
  /** Null: EKS runs its Auto Scaling group. */
  selfManaged: SelfManagedFacts | null;
}

/** The release EKS runs a node group on. */
export interface ReleaseUse {
  /** As DescribeNodegroup says it. */
  amiType: string;
  /** The Kubernetes minor of its nodes, which may lag behind the cluster's: `1.33`. */
  version: string;
  releaseVersion: string;
}

/** What is particular to an Auto Scaling group that people run themselves. */
export interface SelfManagedFacts {
  /** Set when its instances come from a moving version, not a number. */
  follows: '$Latest' | '$Default' | null;
  /** Why its launch template cannot be swapped; null when it can. */
  unusable: string | null;
  /** An override counts for more than one instance. */
  hasWeights: boolean;
  suspendedProcesses: readonly string[];
  /** Instances that are protected from scale-in. */
  protectedInstances: readonly string[];
  standbyInstances: readonly string[];
  /** Instances that wait in its warm pool; null when it has none. */
  warmPool: number | null;
}

export type MaxUnavailable = { nodes: number } | { percentage: number };

export interface InstanceFacts {
  instanceId: string;
  imageId: string;
  /** As Auto Scaling says it: InService, Pending, Terminating, … */
  lifecycleState: string;
}

/** The launch template version a node group is configured with, and what is known of its template. */
export interface LaunchTemplateUse {
  templateId: string;
  templateName: string;
  /** The number of the version in use. */
  version: string;
  imageId: string | null;
  newestVersion: string;
  /** Set when somebody made a newer version than the one in use: what it says otherwise. */
  ahead: readonly string[] | null;
  defaultVersion: string;
  tags: Tags;
  /** For each image its instances run beside the configured one: the newest version that holds it. */
  versionsByImage: Readonly<Record<string, string>>;
  /** Auto Scaling groups of others that follow `$Latest` of this template. */
  latestFollowers: readonly string[];
  /** How many versions it has; counted only when the newest number is high, else null. */
  versionCount: number | null;
}

/** An image as EC2 describes it; its ancestry is asked for where the image itself does not tell what it is. */
export interface ImageFacts extends TraceableImage, CheckedImage {}

/** Which releases may take the place of a node group's image; null: that cannot be told. */
export const releaseSourceOf = (
  nodeGroup: Pick<NodeGroupFacts, 'launchTemplate' | 'chosenByEks'>,
  images: Readonly<Record<string, ImageFacts>>,
  goldenParameter: string | null,
): ReleaseSource | null => {
  if (nodeGroup.chosenByEks !== null) {
    const { amiType, version } = nodeGroup.chosenByEks;
    return isAmiType(amiType) ? { amiType, minor: version } : null;
  }
  if (goldenParameter !== null) return { parameter: goldenParameter };
  const image = images[nodeGroup.launchTemplate?.imageId ?? ''];
  return image === undefined ? null : variantOf(originOf(image, images));
};

/** Which releases are compared with one another: an AMI type, or the name of a golden parameter. */
export const variantNameOf = (source: ReleaseSource | null): string | null => {
  if (source === null) return null;
  return 'parameter' in source ? source.parameter : source.amiType;
};

/** Everything a plan rests on. */
export interface SurveyedCluster {
  cluster: ClusterFacts;
  nodeGroups: readonly NodeGroupFacts[];
  /** Auto Scaling groups of the cluster that bear the name of a managed node group; they are left alone. */
  shadowed: readonly string[];
  /** By image id: those that run, those configured, and those wanted. An id that is not here does not exist any more. */
  images: Readonly<Record<string, ImageFacts>>;
  /** By `listingKey`. */
  listings: Readonly<Record<string, ReleaseListing>>;
}

/** What the ledger knows that a plan must heed. */
export interface RememberedReleases {
  /** By variant (`AMI type`, or `parameter` of golden images). */
  spent: readonly (SpentRelease & { variant: string })[];
  /** What passed in the ring before, by `listingKey`; null: no ring comes before. */
  passedBefore:
    | (Pick<PassedBefore, 'ring' | 'bakeSeconds'> & { releases: Readonly<Record<string, PassedBefore['releases']>> })
    | null;
}
