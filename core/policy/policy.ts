/**
 * The policy document: what may be patched, in which order, when, and how it is judged. Written by a platform team,
 * one YAML or JSON text in an SSM parameter. Every key has a default; an unknown key is refused with its path.
 */
import * as z from 'zod/mini';
import { parseDuration } from '../duration.ts';
import { refuseBadSelector } from '../release/selector-schema.ts';
import { describeMistakes, strictObject } from '../schema.ts';

const isDuration = z.refine<string>((text) => parseDuration(text) !== undefined, {
  error: 'is not a duration; write ISO 8601 such as PT0S, PT15M or P3D (no years or months)',
});

const duration = (standard: string, description: string) =>
  z._default(z.string().check(isDuration, z.describe(description)), standard);

const releases = (description: string) =>
  z._default(
    z
      .array(z.string('is not a text; write it in quotes: "20260714"').check(z.superRefine(refuseBadSelector)))
      .check(z.describe(description)),
    [],
  );

const clusterSelector = strictObject({
  accounts: z.optional(
    z
      .array(z.string().check(z.regex(/^\d{12}$/, 'is not an AWS account id (twelve digits)')))
      .check(z.describe('Account ids; one of them must match.')),
  ),
  regions: z.optional(z.array(z.string()).check(z.describe('AWS Regions; one of them must match.'))),
  names: z.optional(
    z.array(z.string()).check(z.describe('Cluster names, `*` standing for any text; one of them must match.')),
  ),
  tags: z.optional(z.record(z.string(), z.string()).check(z.describe('Tags of the cluster; all of them must match.'))),
}).check(z.describe('Which clusters: keys are ANDed, the items of a list are ORed.'));

const timeOfDay = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day (HH:MM)'));

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

const timeZone = z._default(
  z
    .string()
    .check(z.refine(isTimeZone, 'is not an IANA time zone such as Europe/Berlin'), z.describe('IANA time zone.')),
  'UTC',
);

const maintenanceWindow = strictObject({
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .check(z.minLength(1), z.describe('Days on which the window starts.')),
  from: timeOfDay,
  to: timeOfDay.check(z.describe('A window whose `from` is after `to` crosses midnight and belongs to its start day.')),
  timeZone,
});

const calendarDay = z.string('is not a text; write it in quotes: "2026-12-24"').check(
  z.refine((text) => /^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toJSON()?.slice(0, 10) === text, {
    error: 'is not a day; write it as "2026-12-24"',
  }),
);

const blackout = strictObject({
  from: calendarDay.check(z.describe('The first day on which nothing is started.')),
  to: calendarDay.check(z.describe('The last one.')),
  timeZone,
  reason: z.optional(z.string().check(z.maxLength(200), z.describe('Why; it is told to whoever waits.'))),
}).check(z.refine(({ from, to }) => from <= to, { path: ['to'], error: 'is before "from"' }));

const blackouts = (description: string) => z._default(z.array(blackout).check(z.describe(description)), []);

const approvalRules = strictObject({
  required: z._default(z.boolean(), true),
  by: z._default(
    z
      .array(z.string())
      .check(
        z.minLength(1),
        z.describe('ARNs of who may answer, `*` standing for any text. A role stands for its sessions.'),
      ),
    ['*'],
  ),
  expiresAfter: duration('P3D', 'How long it may be answered; then the rollout is Refused.'),
  notTheStarter: z._default(z.boolean().check(z.describe('Whoever started the rollout may not approve it.')), false),
});

const approval = z._default(
  z
    .union([z.enum(['required', 'none']), approvalRules], {
      error: 'is neither required, none nor { required, by, expiresAfter, notTheStarter } with what they allow',
    })
    .check(z.describe('Whether a person must approve the plan.')),
  'none',
);

const ringName = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not a ring name (lower-case letters, digits and -, at most 63)'));

const concurrentClusters = z
  .int()
  .check(z.gte(1), z.lte(1000), z.describe('Clusters of a ring that are worked on side by side.'));

const ring = strictObject({
  name: ringName,
  clusters: clusterSelector,
  mode: z._default(
    z.enum(['roll-out', 'observe']).check(z.describe('observe = read and report, change nothing.')),
    'observe',
  ),
  after: z.optional(ringName.check(z.describe('The ring that comes before this one.'))),
  minimumReleaseAge: z.optional(
    z.string().check(isDuration, z.describe('In place of the minimumReleaseAge of the document.')),
  ),
  maintenanceWindows: z._default(z.array(maintenanceWindow).check(z.describe('None = always open.')), []),
  blackouts: blackouts('Days on which nothing is started in this ring, beside those of the document.'),
  ringBakeTime: duration(
    'PT0S',
    'How long a release that passed in this ring stays there before the ring after it takes it.',
  ),
  maxConcurrentClusters: z.optional(concurrentClusters),
  approval,
});

/** Read unless the policy says otherwise. */
const usualGates = ['nodes-ready', 'pods-running', 'allocatable-kept'] as const;

export const gateNames = [...usualGates, 'daemonsets-ready', 'deployments-available', 'instances', 'probe'] as const;

const probeRules = strictObject({
  namespace: z._default(
    z
      .string()
      .check(
        z.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'is not the name of a namespace'),
        z.describe('Where probe pods are put. It must be there.'),
      ),
    'eks-ami-rollout',
  ),
  image: z._default(
    z.string().check(z.minLength(1), z.describe('An image with sh, sleep, true and getent, for all architectures.')),
    'public.ecr.aws/docker/library/alpine:3.22',
  ),
  gpuImage: z._default(
    z.string().check(z.minLength(1), z.describe('The image of nvidia-smi on nodes that advertise nvidia.com/gpu.')),
    'nvcr.io/nvidia/cuda:12.5.0-base-ubuntu22.04',
  ),
  command: z.optional(
    z
      .array(z.string())
      .check(z.minLength(1), z.describe('What is run in place of the built-in checks; exit code 0 is good.')),
  ),
  timeout: duration('PT5M', 'How long a probe may run.'),
});

/** The gate `probe` without settings of its own. */
export const probeDefaults = probeRules.parse({});
export type ProbeRules = z.output<typeof probeRules>;

const gate = z.union(
  [
    z.enum(gateNames),
    z.strictObject({
      alarm: z
        .string()
        .check(
          z.regex(/^[^*]+\*?$/, 'is not the name of an alarm, or its beginning and a *'),
          z.describe('A CloudWatch alarm of the Region, by its name; a `*` at the end stands for any text.'),
        ),
    }),
    z.strictObject({ probe: probeRules }),
    z.strictObject({
      lambda: z
        .string()
        .check(
          z.minLength(1),
          z.describe('A check of your own: the ARN of a function that the stack parameter GateFunctionArns names.'),
        ),
    }),
  ],
  {
    error: `is not a gate; allowed are ${gateNames.join(', ')}, { alarm: NAME }, { lambda: ARN } and { probe: { namespace, image, gpuImage, command, timeout } }`,
  },
);

const share = z.string().check(z.regex(/^(100|[1-9]\d?)%$/, 'is not a share of the node groups (1% to 100%)'));

const count = (standard: number, most: number, description: string) =>
  z._default(z.int().check(z.gte(1), z.lte(most), z.describe(description)), standard);

const waves = strictObject({
  canary: count(1, 1000, 'Node groups in the first wave.'),
  canaryNodes: count(10, 1000, 'A larger node group gets a canary node group first.'),
  canaryNodeGroup: z._default(z.enum(['auto', 'never']), 'auto'),
  // biome-ignore lint/suspicious/noThenProperty: the policy's word, a contract; nobody awaits this object
  then: z._default(
    z
      .array(share)
      .check(
        z.minLength(1),
        z.describe('Cumulative share of the node groups to be updated after each further wave, rounded up.'),
      ),
    ['25%', '100%'],
  ),
  maxConcurrentNodeGroups: count(5, 40, 'Node groups updated side by side.'),
});

/** Findings of the look at a cluster that a policy may let refuse a node group. Otherwise they warn. */
export const preflightCodes = [
  'pdb-never-allows',
  'pdb-allows-nothing',
  'pdb-conflict',
  'single-replica',
  'bare-pod',
  'do-not-disrupt',
  'tolerates-everything',
  'no-room',
  'evictions-not-read',
  'no-free-addresses',
  'zone-without-room',
  'cannot-surge',
  'capacity-not-read',
] as const;
export type PreflightCode = (typeof preflightCodes)[number];

const preflight = strictObject({
  refuse: z._default(
    z
      .array(z.enum(preflightCodes))
      .check(z.describe('Findings that refuse the node group they are about, before anything is changed.')),
    [],
  ),
}).check(z.describe('What a look at the cluster finds in the way of a rollout: told, or a reason not to begin.'));

const goldenParameter = strictObject({
  parameter: z
    .string()
    .check(
      z.regex(/^\/[A-Za-z0-9_.\-/]+$/, 'is not a parameter name that begins with a slash'),
      z.describe('An SSM parameter of your own that holds an image id.'),
    ),
  nodeGroups: z._default(z.array(z.string()).check(z.describe('Node group names, `*` standing for any text.')), ['*']),
  clusters: z.optional(clusterSelector),
});

const percentage = (standard: number, least: number, most: number, description: string) =>
  z._default(z.int().check(z.gte(least), z.lte(most), z.describe(description)), standard);

const instanceRefresh = strictObject({
  minHealthyPercentage: percentage(100, 0, 100, 'Share of a group that stays in service while it is refreshed.'),
  maxHealthyPercentage: percentage(110, 100, 200, 'How large a group may become while it is refreshed.'),
  protectedInstances: z._default(
    z.enum(['refresh', 'refuse']).check(z.describe('What becomes of instances that are protected from scale-in.')),
    'refresh',
  ),
  standbyInstances: z._default(
    z.enum(['ignore', 'terminate']).check(z.describe('What becomes of instances in Standby.')),
    'ignore',
  ),
  drainTimeout: duration('PT6H', 'How long pods may take to leave one node before a person is asked.'),
}).check(
  z.superRefine(({ minHealthyPercentage, maxHealthyPercentage }, context) => {
    const refuse = (message: string): void => {
      context.addIssue({ code: 'custom', path: ['maxHealthyPercentage'], message });
    };
    // Auto Scaling takes no wider span (API reference, RefreshPreferences).
    if (maxHealthyPercentage - minHealthyPercentage > 100) refuse('is more than 100 above minHealthyPercentage');
    if (minHealthyPercentage === 100 && maxHealthyPercentage === 100) {
      refuse('must be above 100 where minHealthyPercentage is 100, else nothing could be replaced');
    }
  }),
  z.describe('How self-managed node groups (Auto Scaling groups that you run) are refreshed.'),
);

export const policySchema = strictObject({
  version: z.literal(1).check(z.describe('The version of this format.')),
  minimumReleaseAge: duration('P3D', 'The newest release that is at least this old is taken.'),
  denyReleases: releases('Releases never taken: [amiType@]release.'),
  pinReleases: releases('Where one applies, the only release taken: [amiType@]release.'),
  rings: z._default(
    z.array(ring).check(z.describe('Ordered sets of clusters. A cluster in no ring is only reported on.')),
    [],
  ),
  blackouts: blackouts('Days on which nothing is started, whatever the windows say.'),
  maxConcurrentClusters: z._default(concurrentClusters, 5),
  waves: z.prefault(waves, {}),
  bakeTime: duration('PT15M', 'How long the gates must hold after a wave.'),
  gates: z._default(z.array(gate).check(z.minLength(1)), [...usualGates]),
  dryRunGates: z._default(
    z
      .array(gate)
      .check(
        z.describe('Gates that are measured as those of `gates` and never decide: what they would have done is told.'),
      ),
    [],
  ),
  onFailure: z._default(z.enum(['rollBack', 'rollBackAll', 'hold']), 'rollBack'),
  followers: z._default(
    z
      .enum(['refuse', 'allow'])
      .check(z.describe('What an Auto Scaling group on $Latest of the same launch template means.')),
    'refuse',
  ),
  sourceVersion: z.optional(
    z
      .enum(['in-use', 'newest'])
      .check(
        z.describe(
          'What new launch template versions are made from where somebody made a newer one than the one in use. Left out: the node group is held.',
        ),
      ),
  ),
  withoutKubernetes: z._default(
    z
      .enum(['refuse', 'aws-signals'])
      .check(
        z.describe(
          'Where the API of a cluster may not be read: refuse, or judge by what EKS, EC2 and Auto Scaling say.',
        ),
      ),
    'refuse',
  ),
  deprecatedFormer: z._default(
    z
      .enum(['refuse', 'allow'])
      .check(z.describe('What a node group on a deprecated AMI means: there may be nothing to go back to.')),
    'refuse',
  ),
  preflight: z.prefault(preflight, {}),
  instanceRefresh: z.prefault(instanceRefresh, {}),
  goldenParameters: z._default(
    z
      .array(goldenParameter)
      .check(
        z.describe(
          'Node groups that take their AMI from a parameter of your own. The minimum release age is not applied.',
        ),
      ),
    [],
  ),
}).check(
  z.superRefine((policy, context) => {
    const deciding = policy.gates.map((each) => JSON.stringify(each));
    policy.dryRunGates.forEach((each, index) => {
      const path = ['dryRunGates', index];
      if (each === 'nodes-ready') context.addIssue({ code: 'custom', path, message: 'always decides' });
      else if (deciding.includes(JSON.stringify(each)))
        context.addIssue({ code: 'custom', path, message: 'is one of "gates" as well' });
    });
    const names = policy.rings.map((each) => each.name);
    policy.rings.forEach((each, index) => {
      if (names.indexOf(each.name) !== index) {
        context.addIssue({ code: 'custom', path: ['rings', index, 'name'], message: `"${each.name}" is used twice` });
      }
      if (each.after === undefined) return;
      if (!names.includes(each.after)) {
        context.addIssue({
          code: 'custom',
          path: ['rings', index, 'after'],
          message: `"${each.after}" is not a ring; allowed are ${names.filter((name) => name !== each.name).join(', ') || 'none'}`,
        });
      } else if (leadsBackToItself(each, policy.rings)) {
        context.addIssue({
          code: 'custom',
          path: ['rings', index, 'after'],
          message: `"${each.name}" would come after itself`,
        });
      }
    });
    const shares = policy.waves.then.map((each) => Number.parseInt(each, 10));
    if (shares.some((each, index) => index > 0 && each <= (shares[index - 1] ?? 0)) || shares.at(-1) !== 100) {
      context.addIssue({
        code: 'custom',
        path: ['waves', 'then'],
        message: 'must rise from wave to wave and end with 100%',
      });
    }
  }),
);

/** Rings that wait for each other would never start. */
const leadsBackToItself = (start: RingOrder, rings: readonly RingOrder[]): boolean => {
  let current: RingOrder | undefined = start;
  for (let step = 0; step < rings.length && current?.after !== undefined; step += 1) {
    const { after }: RingOrder = current;
    if (after === start.name) return true;
    current = rings.find((each) => each.name === after);
  }
  return false;
};

type RingOrder = { name: string; after?: string | undefined };

export type Policy = z.output<typeof policySchema>;
export type Ring = Policy['rings'][number];
export type MaintenanceWindow = Ring['maintenanceWindows'][number];
export type Blackout = Policy['blackouts'][number];
export type Gate = Policy['gates'][number];
export type ClusterSelector = z.output<typeof clusterSelector>;

/** What `approval: required` means. */
export const approvalDefaults = approvalRules.parse({});

/** What applies where nobody has written a policy: nothing is changed by itself. */
export const defaultPolicy: Policy = policySchema.parse({ version: 1 });

/** Checks a document that was read from YAML or JSON. Every mistake is named with its path. */
export const parsePolicy = (document: unknown): { policy: Policy } | { mistakes: string[] } => {
  const parsed = policySchema.safeParse(document);
  if (parsed.success) return { policy: parsed.data };
  return { mistakes: describeMistakes(parsed.error) };
};
