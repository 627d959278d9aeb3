/**
 * The policy document: what may be patched, in which order, when, and how it is judged. Written by a platform team,
 * one YAML or JSON text in an SSM parameter. Every key has a default; an unknown key is refused with its path.
 */
import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { parseReleaseSelector } from '../release/release-selector.ts';

const duration = (seconds: string, description: string) =>
  z
    .string()
    .refine((text) => parseDuration(text) !== undefined, {
      error: 'is not a duration; write ISO 8601 such as P3D, PT15M or P1DT12H (no years or months)',
    })
    .default(seconds)
    .describe(description);

const releases = (description: string) =>
  z
    .array(
      z.string().superRefine((text, context) => {
        const parsed = parseReleaseSelector(text);
        if ('error' in parsed) context.addIssue({ code: 'custom', message: parsed.error });
      }),
    )
    .default([])
    .describe(description);

const clusterSelector = z
  .strictObject({
    accounts: z
      .array(z.string().regex(/^\d{12}$/, 'is not an AWS account id (twelve digits)'))
      .optional()
      .describe('Account ids; one of them must match.'),
    regions: z.array(z.string()).optional().describe('AWS Regions; one of them must match.'),
    names: z.array(z.string()).optional().describe('Cluster names, `*` standing for any text; one of them must match.'),
    tags: z.record(z.string(), z.string()).optional().describe('Tags of the cluster; all of them must match.'),
  })
  .describe('Which clusters: keys are ANDed, the items of a list are ORed.');

const maintenanceWindow = z.strictObject({
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .describe('Days on which the window starts.'),
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day (HH:MM)'),
  to: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day (HH:MM)')
    .describe('A window whose `from` is after `to` crosses midnight and belongs to its start day.'),
  timeZone: z.string().default('UTC').describe('IANA time zone.'),
});

const ringName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not a ring name (lower-case letters, digits and -, at most 63)');

const ring = z.strictObject({
  name: ringName,
  clusters: clusterSelector,
  mode: z.enum(['roll-out', 'observe']).default('observe').describe('observe = read and report, change nothing.'),
  after: ringName.optional().describe('The ring that comes before this one.'),
  minimumReleaseAge: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, { error: 'is not a duration; write ISO 8601 such as PT0S or P3D' })
    .optional()
    .describe('In place of the minimumReleaseAge of the document.'),
  maintenanceWindows: z.array(maintenanceWindow).default([]).describe('None = always open.'),
  approval: z.enum(['required', 'none']).default('none'),
});

const gateNames = ['nodes-ready', 'pods-running', 'allocatable-kept'] as const;

const gate = z.union(
  [
    z.enum(gateNames),
    z.strictObject({ alarm: z.string().min(1) }),
    z.strictObject({ lambda: z.string().min(1) }),
  ],
  { error: `is not a gate; allowed are ${gateNames.join(', ')}, { alarm: NAME } and { lambda: ARN }` },
);

const share = z
  .string()
  .regex(/^(100|[1-9]\d?)%$/, 'is not a share of the node groups (1% to 100%)');

export const policySchema = z
  .strictObject({
    version: z.literal(1).describe('The version of this format.'),
    minimumReleaseAge: duration('P3D', 'The newest release that is at least this old is taken.'),
    denyReleases: releases('Releases never taken: [amiType@]release.'),
    pinReleases: releases('Where one applies, the only release taken: [amiType@]release.'),
    rings: z.array(ring).default([]).describe('Ordered sets of clusters. A cluster in no ring is only reported on.'),
    waves: z
      .strictObject({
        canary: z.int().min(1).default(1).describe('Node groups in the first wave.'),
        canaryNodes: z.int().min(1).default(10).describe('A larger node group gets a canary node group first.'),
        canaryNodeGroup: z.enum(['auto', 'never']).default('auto'),
        then: z
          .array(share)
          .min(1)
          .default(['25%', '100%'])
          .describe('Cumulative share of the node groups of the cluster after each further wave, rounded up.'),
        maxConcurrentNodeGroups: z.int().min(1).max(40).default(5).describe('Node groups updated side by side.'),
      })
      .prefault({}),
    bakeTime: duration('PT15M', 'How long the gates must hold after a wave.'),
    gates: z.array(gate).min(1).default([...gateNames]),
    onFailure: z.enum(['rollBack', 'rollBackAll', 'hold']).default('rollBack'),
    followers: z
      .enum(['refuse', 'allow'])
      .default('refuse')
      .describe('What an Auto Scaling group on $Latest of the same launch template means.'),
    withoutKubernetes: z
      .enum(['refuse', 'aws-signals'])
      .default('refuse')
      .describe('Where the API of a cluster may not be read: refuse, or judge by what EKS, EC2 and Auto Scaling say.'),
    goldenParameters: z
      .array(
        z.strictObject({
          parameter: z
            .string()
            .regex(/^\/[A-Za-z0-9_.\-/]+$/, 'is not a parameter name that begins with a slash')
            .describe('An SSM parameter of your own that holds an image id.'),
          nodeGroups: z.array(z.string()).default(['*']).describe('Node group names, `*` standing for any text.'),
          clusters: clusterSelector.optional(),
        }),
      )
      .default([])
      .describe('Node groups that take their AMI from a parameter of your own. The minimum release age is not applied.'),
  })
  .superRefine((policy, context) => {
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
  });

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
export type Gate = Policy['gates'][number];
export type ClusterSelector = z.output<typeof clusterSelector>;

/** What applies where nobody has written a policy: nothing is changed by itself. */
export const defaultPolicy: Policy = policySchema.parse({ version: 1 });

/** Checks a document that was read from YAML or JSON. Every mistake is named with its path. */
export const parsePolicy = (document: unknown): { policy: Policy } | { mistakes: string[] } => {
  const parsed = policySchema.safeParse(document);
  if (parsed.success) return { policy: parsed.data };
  return { mistakes: describeMistakes(parsed.error) };
};

/** One line a mistake: the path, and what is wrong there. */
export const describeMistakes = (error: z.ZodError): string[] =>
  error.issues.map((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
    return `${path.replace(/^\./, '') || 'the document'}: ${issue.message}`;
  });
