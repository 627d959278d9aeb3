/**
 * What the rules need from the outside, in the words of this field. Adapters answer these; none of them decides.
 * What could not be read is thrown as a fault; what is not there is null.
 */
import type { ClusterKey } from './cluster-key.ts';
import type { Control } from './control/control.ts';
import type { FleetRecord } from './fleet/fleet.ts';
import type { ScanRecord } from './fleet/scan.ts';
import type { AlarmReading } from './gate/alarm.ts';
import type { Baseline } from './gate/baseline.ts';
import type { ControllerKind, ControllerReading } from './gate/controllers.ts';
import type { InstanceReading, NodeReading } from './gate/nodes-ready.ts';
import type { CheckAnswer, CheckQuestion } from './gate/own-check.ts';
import type { ProbePodReading } from './gate/probe.ts';
import type { ProbePod } from './gate/probe-pod.ts';
import type { WorkloadPod } from './gate/workload-pod.ts';
import type { HolderStatus, Lease } from './lease/lease.ts';
import type { UpdateLook } from './node-group/after-update.ts';
import type { Blockage, PodReading } from './node-group/drain.ts';
import type { RefreshPreferences } from './node-group/instance-refresh.ts';
import type { Pace } from './node-group/pace.ts';
import type { NodeGroupRecord } from './node-group/record.ts';
import type { Notice, NoticeType } from './notice/notice.ts';
import type { ReleaseNotice } from './notice/release-notice.ts';
import type { BudgetReading, EvictablePod } from './plan/evictions.ts';
import type {
  ClusterFacts,
  ImageFacts,
  KubernetesAccess,
  MaxUnavailable,
  NodeGroupKind,
  ReleaseUse,
  SelfManagedFacts,
  Tags,
} from './plan/facts.ts';
import type { Inspection } from './plan/inspection.ts';
import type { Policy } from './policy/policy.ts';
import type { PolicyReading } from './policy/policy-in-force.ts';
import type { ApprovedRecord } from './release/approved-release.ts';
import type { PassedRelease } from './release/passed-release.ts';
import type { Recall } from './release/recall.ts';
import type { KeptListing, ParameterReading, ReleaseListing, ReleaseSource } from './release/release-listing.ts';
import type { PassedOver, SpentRelease } from './release/wanted-release.ts';
import type { RolloutRecord } from './rollout/record.ts';

export interface Clusters {
  /** Null: EKS knows no such cluster. */
  read(clusterName: string): Promise<ClusterFacts | null>;
  list(): Promise<string[]>;
}

/** A node group as EKS or EC2 Auto Scaling describes it. */
export interface NodeGroupReading {
  name: string;
  kind: NodeGroupKind;
  status: string;
  issues: { code: string; message: string; resourceIds: string[] }[];
  tags: Tags;
  desiredSize: number;
  maxUnavailable: MaxUnavailable;
  subnetIds: string[];
  /** `ON_DEMAND`, `SPOT` or `CAPACITY_BLOCK`; null: EKS does not know it. */
  capacityType: string | null;
  /** EKS starts new nodes before old ones go; of an Auto Scaling group that people run the policy says it. */
  surges: boolean;
  autoScalingGroups: string[];
  /** The version is a number, also where a group follows a moving one. */
  launchTemplate: { id: string; name: string; version: string } | null;
  chosenByEks: ReleaseUse | null;
  selfManaged: SelfManagedFacts | null;
}

export interface UpdateRequest {
  clusterName: string;
  nodeGroup: string;
  /** Null: EKS chooses the AMI, by release version and Kubernetes minor. */
  templateId: string | null;
  /** What it leads to: a launch template version, or a release version. */
  version: string;
  /** Where EKS chooses the AMI: the minor the node group is on, else EKS would choose another one. */
  kubernetesVersion: string | null;
  token: string;
  /** When the request was first made, ISO 8601: where there are no tokens, an update since then is this one. */
  since: string;
  /** The version an update of ours that still runs leads to; it is taken back where its kind can do that. */
  takesBack: string | null;
  /** How instances are replaced; null where EKS decides it. */
  refresh: RefreshPreferences | null;
}

/** What AWS answers to the request for an update. `busy`: another update runs. `rejected`: it will not do this. */
export type UpdateAnswer =
  | { answer: 'started'; updateId: string }
  | { answer: 'busy'; message: string }
  /** AWS knows no such node group, or something that the request names. */
  | { answer: 'not-found'; message: string }
  | { answer: 'rejected'; message: string };

export interface NodeGroups {
  list(clusterName: string): Promise<string[]>;
  /** Null: the cluster has no such node group. */
  read(clusterName: string, nodeGroup: string): Promise<NodeGroupReading | null>;
}

/**
 * One port for every kind of node group (test/adapters/node-group-kinds.test.ts is its contract). Asking twice for the
 * same update is asking once, also when whoever asked died before the answer.
 */
export interface NodeGroupUpdates {
  update(request: UpdateRequest): Promise<UpdateAnswer>;
  /** Ends an update that runs, as far as its kind can be ended. Does nothing when it has ended. */
  cancel(clusterName: string, nodeGroup: string, updateId: string): Promise<void>;
  readUpdate(clusterName: string, nodeGroup: string, updateId: string): Promise<UpdateLook | null>;
  /** The newest update of the node group to this launch template version, or release version, that was asked for at or after an instant. */
  findUpdate(clusterName: string, nodeGroup: string, version: string, since: string): Promise<string | null>;
}

/** A port by who runs the Auto Scaling group: EKS, or people themselves. */
export interface ByKind<Port> {
  managed: Port;
  selfManaged: Port;
}

export interface TemplateReading {
  templateId: string;
  templateName: string;
  newestVersion: string;
  defaultVersion: string;
  tags: Tags;
}

export interface TemplateVersionReading {
  version: string;
  imageId: string | null;
  description: string;
  /** What it holds, by the names of EC2 (API reference, ResponseLaunchTemplateData). */
  data: Readonly<Record<string, unknown>>;
}

export interface LaunchTemplates {
  read(templateIds: readonly string[]): Promise<TemplateReading[]>;
  readVersion(templateId: string, version: string): Promise<TemplateVersionReading | null>;
  /** Versions that hold this image, newest first. */
  versionsWithImage(templateId: string, imageId: string): Promise<TemplateVersionReading[]>;
  countVersions(templateId: string): Promise<number>;
  createVersion(request: {
    templateId: string;
    sourceVersion: string;
    imageId: string;
    description: string;
    token: string;
  }): Promise<TemplateVersionReading>;
  /** Does nothing when it is gone already. */
  deleteVersion(templateId: string, version: string): Promise<void>;
}

export interface AutoScalingGroupReading {
  name: string;
  /** The template its own instances come from; null when it uses none, or a mixed instances policy without one. */
  template: { id: string | null; name: string | null; version: string } | null;
  instances: { instanceId: string; lifecycleState: string; isHealthy: boolean }[];
  tags: Tags;
}

export interface AutoScalingGroups {
  /** Every group of the Region. */
  listAll(): Promise<AutoScalingGroupReading[]>;
  read(names: readonly string[]): Promise<AutoScalingGroupReading[]>;
}

export interface Instances {
  /** Instances that EC2 still knows. */
  read(instanceIds: readonly string[]): Promise<{ instanceId: string; imageId: string; launchedAt: string }[]>;
  /** Of these, the ones whose status checks are impaired. */
  impaired(instanceIds: readonly string[]): Promise<string[]>;
}

export interface Subnets {
  /** Those that are there, with the addresses that nobody has yet. */
  read(subnetIds: readonly string[]): Promise<{ subnetId: string; zone: string; freeAddresses: number }[]>;
}

export interface Images {
  /** Only those that exist, without their ancestry. */
  read(imageIds: readonly string[]): Promise<ImageFacts[]>;
  /** The images it was made from, its parent first, as far as EC2 knows them. */
  ancestorsOf(imageId: string): Promise<string[]>;
}

export interface Releases {
  /** What publishers' parameters list, by `listingKey`. A source without parameters is left out. */
  list(sources: readonly ReleaseSource[], now: string): Promise<Record<string, ReleaseListing>>;
}

/** Systems Manager's parameters, whoever keeps them. */
export interface Parameters {
  /** By name. What does not exist is left out. */
  read(names: readonly string[]): Promise<Map<string, ParameterReading>>;
  /** All below a path. */
  below(path: string): Promise<ParameterReading[]>;
}

/** Writes a parameter that holds an image. Systems Manager says yes before it has validated the image. */
export interface ImageParameters {
  write(name: string, imageId: string): Promise<void>;
}

/** What was approved, by the parameter that names it. */
export interface ApprovedReleases {
  read(parameter: string): Promise<Revised<ApprovedRecord>>;
  write(parameter: string, record: ApprovedRecord, replaces: number): Promise<void>;
}

/** Listings as they were last read, by `listingKey`. */
export interface KeptListings {
  read(key: string): Promise<Revised<KeptListing> | null>;
  write(key: string, listing: KeptListing, replaces: number): Promise<void>;
}

export interface PolicyDocument {
  read(): Promise<PolicyReading>;
}

/** The last policy document without a mistake. */
export interface LastGoodPolicy {
  read(): Promise<Policy | null>;
  write(policy: Policy): Promise<void>;
}

export interface Andon {
  /** Name of the parameter that holds the switch. */
  parameter: string;
  /** Absent, unreadable, or anything but `off` means on. */
  isOn(): Promise<boolean>;
}

export interface ClusterNodes {
  access(clusterName: string): Promise<KubernetesAccess>;
  /** May this service cordon nodes, list pods and evict them? */
  drainAccess(clusterName: string): Promise<KubernetesAccess>;
  /** The nodes of a managed node group. Throws when they cannot be read. */
  ofNodeGroup(clusterName: string, nodeGroup: string): Promise<NodeReading[]>;
  /** Every node of the cluster. */
  all(clusterName: string): Promise<NodeReading[]>;
  /** The nodes of no managed node group; the image of each is unknown to the cluster. */
  selfManaged(clusterName: string): Promise<NodeReading[]>;
  /** Lets pods on a node again. */
  uncordon(clusterName: string, node: string): Promise<void>;
}

/** The pods of a cluster, as the health gates read them. */
export interface ClusterPods {
  access(clusterName: string): Promise<KubernetesAccess>;
  /** Every pod. Throws when they cannot be read. */
  all(clusterName: string): Promise<WorkloadPod[]>;
}

/** What evictions of a cluster's pods depend on. Throws when it cannot be read. */
export interface ClusterEvictions {
  pods(clusterName: string): Promise<EvictablePod[]>;
  budgets(clusterName: string): Promise<BudgetReading[]>;
}

/** Pods of our own that try new nodes. */
export interface ProbePods {
  /** May they be put, listed and removed there, and would the cluster take one? Nothing is put. */
  access(clusterName: string, pod: ProbePod): Promise<KubernetesAccess>;
  /** Those with these labels. */
  list(clusterName: string, namespace: string, labelSelector: string): Promise<ProbePodReading[]>;
  /** One that is there already stays as it is. */
  put(clusterName: string, pod: ProbePod): Promise<void>;
  /** One that is gone already is no fault. */
  remove(clusterName: string, namespace: string, name: string): Promise<void>;
}

/** Deployments and DaemonSets of a cluster. */
export interface ClusterControllers {
  access(clusterName: string, kinds: readonly ControllerKind[]): Promise<KubernetesAccess>;
  /** Every one of these kinds. Throws when they cannot be read. */
  all(clusterName: string, kinds: readonly ControllerKind[]): Promise<ControllerReading[]>;
}

/** Empties nodes. */
export interface NodeDrain {
  cordon(clusterName: string, node: string): Promise<void>;
  podsOn(clusterName: string, node: string): Promise<PodReading[]>;
  /** Null: the pod goes, or has gone. Else who keeps it. */
  evict(clusterName: string, pod: Pick<PodReading, 'namespace' | 'name'>): Promise<Blockage | null>;
}

/** The lifecycle hook that keeps instances of a self-managed node group until they are drained. */
export interface DrainHooks {
  /** `metadata` comes back with each event of an instance that waits for the hook; at most 1,023 characters. */
  put(autoScalingGroup: string, hook: string, metadata: string): Promise<void>;
  /** Does nothing when it is gone already. What still waits for it goes on. */
  remove(autoScalingGroup: string, hook: string): Promise<void>;
  /** The instance waits on. */
  beat(autoScalingGroup: string, hook: string, instanceId: string): Promise<void>;
  /** The instance is terminated, or, abandoned, retained where the group is set to. Nothing when it does not wait. */
  complete(autoScalingGroup: string, hook: string, instanceId: string, result: 'CONTINUE' | 'ABANDON'): Promise<void>;
}

/** Settings of an Auto Scaling group that a rollout changes for its time. */
export interface GroupSettings {
  /** What becomes of an instance whose drain is given up. Null: the group says nothing. */
  readRetention(autoScalingGroup: string): Promise<Retention | null>;
  setRetention(autoScalingGroup: string, retention: Retention): Promise<void>;
  /** Has it launch from a number, not from `$Latest` or `$Default`. */
  pin(autoScalingGroup: string, templateId: string, version: string): Promise<void>;
}

export type Retention = 'retain' | 'terminate';

export interface NodeGroupInstances {
  read(autoScalingGroups: readonly string[]): Promise<InstanceReading[]>;
}

/** CloudWatch alarms that the policy names as gates. */
export interface HealthAlarms {
  /**
   * By name, and, where one ends in `*`, all whose names begin so. With `since`, an instant, each tells when it first went
   * into ALARM since then.
   */
  read(patterns: readonly string[], since: string | null): Promise<AlarmReading[]>;
}

/** Functions of the customer's own that judge a node group. */
export interface OwnChecks {
  /** Whether the function is there and may be asked; asks nothing. */
  access(functionArn: string): Promise<KubernetesAccess>;
  /** Throws when there is no answer in time, or none that the contract knows. */
  ask(functionArn: string, question: CheckQuestion): Promise<CheckAnswer>;
}

export interface Executions {
  status(executionArn: string): Promise<HolderStatus>;
  /** Starting twice under one name starts once. Says whether that execution still runs. */
  start(machineArn: string, name: string, input: unknown): Promise<{ arn: string }>;
  isRunning(machineArn: string): Promise<boolean>;
  /** Lets a task that waits go on. Nothing when nobody waits any more. */
  wake(token: string): Promise<void>;
}

/** A value of the ledger with the revision it was read at; a write names the revision it replaces. */
export interface Revised<T> {
  value: T;
  revision: number;
}

export interface Leases {
  read(key: ClusterKey): Promise<Revised<Lease>>;
  write(key: ClusterKey, lease: Lease, replaces: number): Promise<void>;
}

export interface Rollouts {
  read(rolloutId: string): Promise<Revised<RolloutRecord> | null>;
  /** `replaces` 0: it must not exist yet. */
  write(record: RolloutRecord, replaces: number): Promise<void>;
  readNodeGroups(rolloutId: string): Promise<NodeGroupRecord[]>;
  readNodeGroup(rolloutId: string, name: string): Promise<Revised<NodeGroupRecord> | null>;
  writeNodeGroup(rolloutId: string, record: NodeGroupRecord, replaces: number): Promise<void>;
  /** What the cluster looked like before the node group was touched. */
  readBaseline(rolloutId: string, nodeGroup: string): Promise<Baseline | null>;
  writeBaseline(rolloutId: string, nodeGroup: string, baseline: Baseline): Promise<void>;
  /** Rollouts that were begun and have not ended. A rollout is listed before it is written. */
  listOpen(): Promise<{ rolloutId: string; startedAt: string }[]>;
  /** Forgets that a rollout is open: it has ended, or was never written. */
  unlist(rolloutId: string): Promise<void>;
  /** The rollouts of a cluster, newest first. */
  listOf(key: ClusterKey, most: number): Promise<string[]>;
}

/** What updates of node groups took, the last of each. */
export interface Paces {
  /** By node group. */
  of(key: ClusterKey): Promise<ReadonlyMap<string, Pace>>;
  write(key: ClusterKey, nodeGroup: string, pace: Pace): Promise<void>;
}

/** What a look at the cluster of a rollout found, the last one. */
export interface Inspections {
  read(rolloutId: string): Promise<Inspection | null>;
  write(rolloutId: string, inspection: Inspection): Promise<void>;
}

/** What people asked of a rollout. */
export interface Controls {
  read(rolloutId: string): Promise<Revised<Control>>;
  write(rolloutId: string, control: Control, replaces: number): Promise<void>;
}

/** Tells people and machines. */
export interface Notices {
  send(notice: Notice | ReleaseNotice): Promise<void>;
}

/** What was told last of a cluster, by type, so that repeats are not told. */
export interface Told {
  last(key: ClusterKey, type: NoticeType): Promise<string | null>;
  write(key: ClusterKey, type: NoticeType, foldedBy: string): Promise<void>;
}

/** What was asked of a rollout and by whom, kept for those who ask later. */
export interface AuditEntry {
  at: string;
  by: string;
  action: string;
  reason: string;
  isAccepted: boolean;
  says: string;
}

export interface Audit {
  of(rolloutId: string): Promise<AuditEntry[]>;
  add(rolloutId: string, entry: AuditEntry): Promise<void>;
}

/** Whoever signed something. */
export interface SignedIdentities {
  /** ARN of the signer of these headers; null: nobody whose signature is good. */
  callerOf(headers: Readonly<Record<string, string>>): Promise<string | null>;
}

/** By which an execution that waits is woken. Secrets: whoever holds one may let the execution go on. */
export interface Tokens {
  read(rolloutId: string): Promise<string | null>;
  write(rolloutId: string, token: string): Promise<void>;
}

export interface SpentReleases {
  /** Scopes: rings and clusters. */
  of(scopes: readonly string[]): Promise<(SpentRelease & { variant: string })[]>;
  /** One image in one ring; null: it is not spent there. */
  inRing(ring: string, variant: string, imageId: string): Promise<SpentRelease | null>;
  add(scope: string, spent: SpentRelease & { variant: string }): Promise<void>;
}

/** Releases that proved themselves, by ring. */
export interface PassedReleases {
  /** What of one list of releases passed in a ring, and when it first did. */
  in(ring: string, listing: string): Promise<Pick<PassedRelease, 'imageId' | 'passedAt'>[]>;
  add(ring: string, passed: PassedRelease): Promise<void>;
}

/** Releases that are not to be run any more, as scans found them in use. */
export interface Recalls {
  of(imageId: string): Promise<Recall | null>;
  all(): Promise<Recall[]>;
  add(recall: Recall): Promise<void>;
  remove(imageId: string): Promise<void>;
}

/** Who uses a launch template version that we made; it is deleted when nobody does. */
export interface VersionUsers {
  of(templateId: string, version: string): Promise<string[]>;
  add(templateId: string, version: string, user: string): Promise<void>;
  remove(templateId: string, version: string, user: string): Promise<string[]>;
}

export interface Fleets {
  read(rolloutId: string): Promise<Revised<FleetRecord> | null>;
  write(record: FleetRecord, replaces: number): Promise<void>;
}

/** What a scan saw of a node group, whether it may change it or not. */
export interface Observation {
  nodeGroup: string;
  kind: string;
  /** AMI type, or the golden parameter it follows; left out by older items. */
  variant?: string | null;
  /** `publishedAt`: when its release was published in this Region; null: unknown. */
  running: { imageId: string | null; releaseVersion: string | null; publishedAt: string | null };
  /** Releases its publisher brought out since; null: unknown. */
  behind: number | null;
  wanted: { imageId: string | null; releaseVersion: string | null };
  outcome: string;
  reason: string;
  /** Newer releases that it does not get yet, newest first. */
  passedOver: readonly PassedOver[];
}

/** What the last scan saw of a cluster. */
export interface ObservedCluster {
  /** When, ISO 8601. */
  at: string;
  ring: string | null;
  nodeGroups: Observation[];
  /** What a rollout would do, or why it would not. */
  note: string;
}

export interface Observations {
  write(key: ClusterKey, seen: ObservedCluster): Promise<void>;
  /** Null: no scan has seen it yet. */
  read(key: ClusterKey): Promise<ObservedCluster | null>;
}

/** Calls a function again, without waiting for its answer. */
export interface Invocations {
  invokeLater(functionArn: string, event: unknown): Promise<void>;
}

export interface Scans {
  /** Where a scan stands. Null: it has not begun. */
  read(scan: string): Promise<Revised<ScanRecord> | null>;
  write(record: ScanRecord, replaces: number): Promise<void>;
  /** Which clusters a scan found behind; the fleet it starts reads them from here. */
  found(scan: string, behind: readonly string[]): Promise<void>;
  behind(scan: string): Promise<string[]>;
  /** When the last scan finished, and what it saw. */
  finished(
    at: string,
    summary: { scan: string; clusters: number; behind: number; unreadable: string[] },
  ): Promise<void>;
}
