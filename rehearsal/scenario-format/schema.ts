/** The format of scenario files, described for people in docs/rehearsal.md. An unknown key is refused with its path. */
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { faultKinds } from '../faults.ts';
import { alarmStates } from '../world/alarms.ts';
import { amiTypeInWorld, amiTypesInWorld } from '../world/ami-types.ts';
import { waysToAnswer } from '../world/customer-functions.ts';
import { failures, waysToFail } from '../world/pod-failures.ts';
import { processes } from '../world/processes.ts';
import { parseIsoDuration } from './iso-duration.ts';

// The small edition of zod comes without messages.
z.config(en());

/** A key of the format that this version of the rehearsal cannot play yet. */
const notPlayed = (what: string) =>
  z.optional(
    z.unknown().check(
      z.superRefine((value, context) => {
        if (value !== undefined) context.addIssue({ code: 'custom', message: `${what} is not played yet` });
      }),
    ),
  );

const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}; allowed are ${Object.keys(shape).join(', ')}`
        : undefined,
  });

/** YAML reads `2026-08-20T09:00:00Z` as text in its core schema; JSON has no dates either. */
const isInstant = (text: string): boolean => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text));

const instant = z.string().check(
  z.refine(isInstant, {
    error: 'is not an instant; write ISO 8601 in UTC, for example 2026-08-20T09:00:00Z',
  }),
);

const duration = z.string().check(
  z.refine((text) => parseIsoDuration(text) !== undefined, {
    error: 'is not a duration; write ISO 8601, for example PT30M or P1D',
  }),
);

const seconds = z.number().check(z.gte(0));
const name = z.string().check(z.minLength(1));
const amiType = z.enum(Object.keys(amiTypesInWorld) as [string, ...string[]]);
/** What form it has depends on the AMI type. */
const release = z.string('is not a text; write it in quotes: "20260710"').check(z.minLength(1));
const amiTypeAtRelease = z.string().check(z.regex(/^\w+@[\w.-]+$/, 'is not AMI_TYPE@RELEASE'));
const tags = z.record(z.string(), z.string());

const notACondition = { error: 'is neither "True", "False" nor "Unknown"' };

const podFailure = object({
  fail: z.enum(failures),
  how: z.enum(waysToFail),
  share: z._default(z.number().check(z.gt(0), z.lte(1)), 1),
  afterSeconds: z._default(seconds, 0),
  only: z.optional(name),
});

const behavior = object({
  joins: z.optional(z.boolean()),
  readyAfterSeconds: z.optional(seconds),
  notReady: z.optional(
    object({
      afterSeconds: seconds,
      everySeconds: seconds.check(z.gt(0)),
      forSeconds: seconds,
      onlyUnderLoad: z.optional(z.boolean()),
    }),
  ),
  allocatable: z.optional(
    object({ afterSeconds: seconds, set: z.record(z.string(), z.union([z.string(), z.number()])) }),
  ),
  /** Device plugins take so long to tell what a Ready node has. */
  devicesAfterSeconds: z.optional(seconds),
  /** Of the node, beside Ready. */
  conditions: z.optional(
    object({
      afterSeconds: seconds,
      // YAML reads False as a boolean.
      set: z.record(name, z.union([z.boolean(), z.enum(['True', 'False', 'Unknown'])], notACondition)),
    }),
  ),
  /** The machine under the node fails its EC2 status checks. */
  statusChecks: z.optional(object({ afterSeconds: seconds })),
  /** One, or several; of those that concern a pod the first counts. */
  pods: z.optional(z.union([podFailure, z.array(podFailure).check(z.minLength(1))])),
});

const releaseEntry = object({
  amiType,
  release,
  publishedAt: instant,
  recommended: z.optional(z.boolean()),
  kubelet: z.optional(z.string()),
  parameter: z.optional(object({ releaseVersion: z.optional(z.string()), imageId: z.optional(z.string()) })),
  image: z.optional(
    object({
      name: z.optional(name),
      ownerId: z.optional(z.string().check(z.regex(/^\d{12}$/, 'is not an account id'))),
      architecture: z.optional(z.enum(['x86_64', 'arm64'])),
      rootDeviceName: z.optional(name),
    }),
  ),
  deprecatedAt: z.optional(instant),
  state: z.optional(z.enum(['available', 'disabled', 'deregistered', 'pending', 'failed'])),
  /** Whether Systems Manager takes it for a parameter of data type aws:ec2:image. */
  validates: z.optional(z.boolean()),
  behavior: z.optional(behavior),
}).check(
  z.superRefine((entry, context) => {
    const { publisher } = amiTypeInWorld(entry.amiType);
    if (publisher.release.test(entry.release)) return;
    const message = `is not a release version of ${entry.amiType}; write one such as ${publisher.example}`;
    context.addIssue({ code: 'custom', path: ['release'], message });
  }),
);

/** An image that the account's owner made of a release. */
const ownImage = object({
  name,
  builtFrom: amiTypeAtRelease,
  /** unknown: EC2 does not know what it was made from, as of one that was registered from snapshots. */
  ancestry: z._default(z.enum(['known', 'unknown']), 'known'),
  tags: z._default(tags, {}),
  state: z._default(z.enum(['available', 'disabled', 'deregistered']), 'available'),
  behavior: z.optional(behavior),
});

const size = z.int().check(z.gte(0), z.lte(450));

const notNodes = 'is neither a number of nodes nor a percentage such as "25%"';

/** Keys of a self-managed node group. Of any other kind they are refused when the file is read. */
const selfManaged = {
  /** Left out: the number of the version in use. */
  launchTemplateVersion: z.optional(z.enum(['$Latest', '$Default'])),
  /** Of a mixed instances policy. */
  instanceTypes: z.optional(z.array(name).check(z.minLength(1))),
  /** So many of its instances are protected from scale-in. */
  protected: z.optional(size),
  /** So many more are in Standby. */
  standby: z.optional(size),
  warmPool: z.optional(size),
  suspended: z.optional(z.array(z.enum(processes)).check(z.minLength(1))),
};

export const selfManagedKeys = Object.keys(selfManaged) as (keyof typeof selfManaged)[];

const nodeGroup = object({
  name,
  kind: z._default(z.enum(['managed-custom-ami', 'managed', 'self-managed']), 'managed-custom-ami'),
  amiType,
  release,
  /** One of `images`: its launch template holds it in place of the release's own. */
  image: z.optional(name),
  size,
  min: z.optional(size),
  max: z.optional(size),
  zones: z._default(z.int().check(z.gte(1), z.lte(6)), 3),
  maxUnavailable: z._default(
    z.union([z.int().check(z.gte(1)), z.string().check(z.regex(/^(100|[1-9]\d?)%$/, notNodes))], {
      error: notNodes,
    }),
    1,
  ),
  /** So many updates of it fail, once EKS has set them up, for a cause that is not the AMI's. Of EKS's own groups only. */
  failedUpdates: z.optional(
    object({
      code: z.string(),
      message: z._default(z.string(), 'as EKS says it'),
      times: z._default(z.int().check(z.gte(1)), 1),
    }),
  ),
  /** How EKS replaces its nodes. Of a self-managed one it says nothing. */
  updateStrategy: z._default(z.enum(['DEFAULT', 'MINIMAL']), 'DEFAULT'),
  capacityType: z._default(z.enum(['ON_DEMAND', 'SPOT', 'CAPACITY_BLOCK']), 'ON_DEMAND'),
  /** Instances that do not run the configured release: a mixed group. */
  instances: z.optional(z.array(object({ release, count: size })).check(z.minLength(1))),
  /** The name of a launch template that several node groups share; each has its own unless said. */
  launchTemplate: z.optional(name),
  status: z._default(
    z.enum(['ACTIVE', 'UPDATING', 'CREATING', 'DELETING', 'CREATE_FAILED', 'DELETE_FAILED', 'DEGRADED']),
    'ACTIVE',
  ),
  /** With status UPDATING or CREATING: ACTIVE after so long. */
  statusFor: z.optional(duration),
  issues: z.optional(z.array(object({ code: z.string(), message: z._default(z.string(), '') }))),
  tags: z.optional(tags),
  /** Nodes that somebody cordoned before: how many. */
  cordoned: z.optional(size),
  ...selfManaged,
});

const workload = object({
  name: z.string().check(z.regex(/^[^/]+\/[^/]+$/, 'is not NAMESPACE/NAME')),
  replicas: z.optional(z.int().check(z.gte(0))),
  /** One pod on every node. */
  daemonSet: z._default(z.boolean(), false),
  nodeGroup: z.optional(name),
  minAvailable: z.optional(z.int().check(z.gte(0))),
  maxUnavailable: z.optional(z.int().check(z.gte(0))),
  /** How many such PodDisruptionBudgets select its pods. */
  budgets: z._default(z.int().check(z.gte(1), z.lte(3)), 1),
  /** Its pods have no controller. */
  bare: z._default(z.boolean(), false),
  /** Of its pods. */
  annotations: z._default(tags, {}),
  /** Its pods tolerate every taint. */
  toleratesAll: z._default(z.boolean(), false),
  limits: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
  /** What was wrong with it before, and stays wrong on any node. */
  before: z.optional(
    object({
      restartsPerHour: z._default(z.number().check(z.gte(0)), 0),
      pending: z._default(z.int().check(z.gte(0)), 0),
      crashing: z._default(z.int().check(z.gte(0)), 0),
    }),
  ),
  /** Its pods end by themselves, and others take their place. */
  completes: z._default(z.union([z.boolean(), object({ afterSeconds: seconds.check(z.gt(0)) })]), false),
});

export const behaviorKeys: readonly string[] = Object.keys(behavior.shape);
export const podFailureKeys: readonly string[] = Object.keys(podFailure.shape);
export const nodeGroupKeys: readonly string[] = Object.keys(nodeGroup.shape);
export const workloadKeys: readonly string[] = Object.keys(workload.shape);

const alarmState = z.enum(alarmStates as [string, ...string[]]);

/** A CloudWatch alarm of the account's own. */
const alarm = object({
  name,
  /** A workload of the cluster: it is in ALARM while a fifth of its pods or more do not serve, for two minutes. */
  follows: z.optional(name),
  /** Of one that follows nothing, until somebody sets it. */
  state: z._default(alarmState, 'OK'),
});

const cluster = object({
  name,
  version: z.string().check(z.regex(/^\d+\.\d+$/, 'is not a Kubernetes minor such as "1.33" (in quotes)')),
  tags: z._default(tags, {}),
  status: z._default(z.enum(['ACTIVE', 'UPDATING', 'CREATING', 'DELETING', 'FAILED', 'PENDING']), 'ACTIVE'),
  statusFor: z.optional(duration),
  kubernetesAccess: z._default(z.enum(['granted', 'read-only', 'denied']), 'granted'),
  /** Beside those of workloads and of Kubernetes itself. */
  namespaces: z._default(z.array(name), ['eks-ami-rollout']),
  nodeGroups: z._default(z.array(nodeGroup), []),
  /** By zone: what its subnet there has left. */
  freeAddresses: z._default(z.record(z.string(), z.int().check(z.gte(0))), {}),
  workloads: z._default(z.array(workload), []),
  alarms: z._default(z.array(alarm), []),
});

const foreignGroup = object({
  name,
  /** The name of the launch template it uses. */
  launchTemplate: name,
  /** A number, `$Latest` or `$Default`. */
  version: z._default(z.string(), '$Latest'),
  size: z._default(size, 1),
});

const fault = z.union([
  object({
    call: z
      .string()
      .check(z.regex(/^[a-z0-9]+:[A-Za-z]+$/, 'is not SERVICE:OPERATION, for example eks:DescribeCluster')),
    nth: z._default(z.int().check(z.gte(1)), 1),
    times: z._default(z.int().check(z.gte(1)), 1),
    fault: z.enum(faultKinds.calls),
  }),
  object({
    /** A folder of functions/. */
    function: name,
    /** Counts only these calls of it. */
    call: z.optional(z.string()),
    nth: z._default(z.int().check(z.gte(1)), 1),
    times: z._default(z.int().check(z.gte(1)), 1),
    fault: z.enum(faultKinds.functions),
  }),
]);

const storm = object({
  /** After the scenario's start. */
  at: z._default(duration, 'PT0S'),
  for: duration,
  calls: z
    .string()
    .check(z.regex(/^[a-z0-9*]+:[A-Za-z*]+$/, 'is not SERVICE:OPERATION; * stands for any text, for example eks:*')),
  share: z._default(z.number().check(z.gt(0), z.lte(1)), 1),
  fault: z._default(z.enum(['throttled', 'error', 'access-denied', 'timeout-before', 'timeout-after']), 'throttled'),
});

const machine = z.enum(['roll-out-fleet', 'roll-out-cluster', 'roll-out-node-group']);

const start = z.union([
  object({ schedule: z.literal(true) }),
  object({ parameterChange: name }),
  object({ fleet: z.record(z.string(), z.unknown()), name: z.optional(name) }),
  // Any input of roll-out-cluster, a wrong one too: what it answers may be what is rehearsed.
  z.record(z.string(), z.unknown()).check(
    z.refine((input) => 'clusterName' in input, {
      error: 'is neither an input with clusterName nor { schedule: true }, { parameterChange: NAME } or { fleet: {…} }',
    }),
  ),
]);

const happening = {
  recall: z.optional(amiTypeAtRelease),
  /** Its image is deprecated, and nothing else: `recommended` stays where it is. */
  deprecate: z.optional(amiTypeAtRelease),
  call: z.optional(z.string()),
  input: z.optional(z.record(z.string(), z.unknown())),
  stopExecution: z.optional(object({ machine, cause: z.optional(z.string()) })),
  schedule: z.optional(z.literal(true)),
  parameterChange: z.optional(name),
  scale: z.optional(object({ cluster: name, nodeGroup: name, desired: size })),
  terminateInstance: z.optional(object({ cluster: name, nodeGroup: name })),
  autoscaler: z.optional(object({ cluster: name, nodeGroup: name, by: z.int().check(z.gte(-20), z.lte(20)) })),
  spotInterruption: z.optional(object({ cluster: name, nodeGroup: name })),
  setPdb: z.optional(object({ cluster: name, workload: name, minAvailable: z.int().check(z.gte(0)) })),
  start: z.optional(start),
  /** What a person asks of a rollout that runs. */
  control: z.optional(
    object({
      action: z.enum(['pause', 'resume', 'abort', 'roll-back', 'approve', 'reject']),
      reason: z._default(name, 'because'),
      rollout: z.optional(name),
      by: z.optional(name),
      plan: z.optional(name),
      /** Whether it is done, and what is answered holds this text. */
      expect: z.optional(object({ accepted: z.optional(z.boolean()), says: z.optional(z.string()) })),
    }),
  ),
  setAlarm: z.optional(object({ name, state: alarmState })),
  deploy: notPlayed('deploy'),
};

const timelineEntry = object({
  at: z.optional(duration),
  /** When an execution of a machine enters a state, for the nth time. */
  when: z.optional(object({ machine, enters: name, nth: z._default(z.int().check(z.gte(1)), 1) })),
  ...happening,
}).check(
  z.superRefine((entry, context) => {
    if ((entry.at === undefined) === (entry.when === undefined)) {
      context.addIssue({ code: 'custom', message: 'needs either "at" or "when"' });
    }
    const what = Object.keys(happening).filter(
      (key) => key !== 'input' && entry[key as keyof typeof entry] !== undefined,
    );
    if (what.length !== 1) {
      context.addIssue({
        code: 'custom',
        message: `needs exactly one of ${Object.keys(happening)
          .filter((key) => key !== 'input')
          .join(', ')}`,
      });
    }
  }),
);

const outcome = z.enum(['UpToDate', 'Planned', 'Succeeded', 'RolledBack', 'Held', 'Refused', 'Failed']);
const nodeGroupOutcome = z.enum([
  'Planned',
  'UpToDate',
  'Updated',
  'RolledBack',
  'Untouched',
  'Held',
  'Refused',
  'Failed',
]);

const expectedExecution = {
  clusterName: z.optional(name),
  outcome: z.optional(outcome),
  /** Text that the reason holds. */
  reason: z.optional(z.string()),
  nodeGroups: z.optional(z.record(z.string(), nodeGroupOutcome)),
  /** Codes of findings that the plan holds. */
  findings: z.optional(z.array(z.string())),
};

const span = z.string().check(
  z.refine((text) => text.split('/').length === 2 && text.split('/').every((each) => isInstant(each)), {
    error: 'is not a time from an instant to another; write 2026-08-20T09:00:00Z/2026-08-20T15:00:00Z',
  }),
);

const expectation = object({
  ...expectedExecution,
  executions: z.optional(z.array(object(expectedExecution))),
  neverCalled: z.optional(z.array(z.string())),
  called: z.optional(z.record(z.string(), z.int())),
  /** By node group, `CLUSTER/NAME`, in which `*` stands for any text. */
  updatesWithin: z.optional(z.record(name, z.array(span))),
  /** What node groups, `CLUSTER/NAME`, in which `*` stands for any text, run at an instant: the release of all their nodes. */
  runs: z.optional(z.array(object({ at: instant, nodeGroups: z.record(name, release) })).check(z.minLength(1))),
  /** What approved parameters, `RING/MINOR/AMI_TYPE`, name at an instant: a release, or null where there is no such one. */
  approved: z.optional(
    z.array(object({ at: instant, parameters: z.record(name, z.nullable(release)) })).check(z.minLength(1)),
  ),
  /** Subjects of what people were told, in order. */
  told: z.optional(z.array(z.string())),
  /** Of executions of roll-out-fleet. */
  fleets: z.optional(z.array(z.enum(['Succeeded', 'Incomplete']))),
});

export const scenarioSchema = object({
  version: z.literal(1),
  name,
  seed: z._default(z.union([z.int(), z.string()]), 1),
  now: instant,
  region: z._default(z.string(), 'us-east-1'),
  /** Parameters of the stack that differ from their defaults. */
  deploy: z.optional(z.record(z.string(), z.string())),
  policy: z.optional(z.union([z.record(z.string(), z.unknown()), z.string()])),
  /** Parameters of the account's own. `image` names a release, `AMI_TYPE@RELEASE`, or one of `images`. */
  parameters: z.optional(
    z.array(
      object({
        name,
        value: z.optional(z.string()),
        image: z.optional(name),
      }),
    ),
  ),
  releases: z._default(z.array(releaseEntry), []),
  images: z._default(z.array(ownImage), []),
  clusters: z._default(z.array(cluster), []),
  autoScalingGroups: z._default(z.array(foreignGroup), []),
  /** Lambda functions of the account's own that judge a node group. */
  functions: z._default(
    z.array(
      object({
        name: z.string().check(z.regex(/^[\w-]{1,64}$/, 'is not the name of a function')),
        /** A workload of the cluster it is asked about: it says healthy while all of its pods serve. */
        follows: name,
        how: z._default(z.enum(waysToAnswer), 'answers'),
      }),
    ),
    [],
  ),
  faults: z._default(z.array(fault), []),
  storms: z._default(z.array(storm), []),
  timeline: z._default(z.array(timelineEntry), []),
  start: z.optional(z.union([start, z.array(start).check(z.minLength(1))])),
  until: z._default(duration, 'P1D'),
  /** Where AWS's documents are silent, the possibility that is played. */
  unproven: z._default(
    object({
      cordonsAfterFailedUpdate: z._default(z.enum(['stay', 'go']), 'stay'),
      versionAfterFailedUpdate: z._default(z.enum(['former', 'target']), 'former'),
      surgeAfterFailedUpdate: z._default(z.enum(['stays', 'goes']), 'stays'),
      lifecycleWaitInRefresh: z._default(z.enum(['counts', 'does-not-count']), 'counts'),
      /** Of a node group whose AMI EKS chooses. */
      olderRelease: z._default(z.enum(['accepted', 'refused']), 'accepted'),
    }),
    {
      cordonsAfterFailedUpdate: 'stay',
      versionAfterFailedUpdate: 'former',
      surgeAfterFailedUpdate: 'stays',
      lifecycleWaitInRefresh: 'counts',
      olderRelease: 'accepted',
    },
  ),
  expect: z.optional(expectation),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ClusterEntry = Scenario['clusters'][number];
export type NodeGroupEntry = ClusterEntry['nodeGroups'][number];
export type StartEntry = z.output<typeof start>;
export type TimelineEntry = Scenario['timeline'][number];
export type Expectation = z.output<typeof expectation>;
export type ExpectedExecution = NonNullable<Expectation['executions']>[number];
