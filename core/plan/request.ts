/**
 * The input of a rollout of one named cluster. Whatever is wrong with it is refused with the key that is wrong; nothing
 * is guessed and unknown keys are never ignored.
 */
import * as z from 'zod';
import { describeMistakes } from '../policy/policy.ts';
import { parseReleaseSelector } from '../release/release-selector.ts';

const rolloutId = z.string().regex(/^[A-Za-z0-9_.-]{1,80}$/, 'is not a rollout id');

const fields = {
  clusterName: z
    .string('is not a string')
    .regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/, 'is not a cluster name (letters, digits, - and _; at most 100)'),
  accountId: z.string().regex(/^\d{12}$/, 'is not an AWS account id (twelve digits)').optional(),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not an AWS Region').optional(),
  dryRun: z.boolean().default(false),
  nodeGroups: z.array(z.string()).min(1, 'is empty; leave it out for every node group').optional(),
  release: z
    .string()
    .superRefine((text, context) => {
      const parsed = parseReleaseSelector(text);
      if ('error' in parsed) context.addIssue({ code: 'custom', message: parsed.error });
    })
    .optional(),
  reason: z.string().min(1, 'is empty').max(1000, 'is longer than 1,000 characters').optional(),
  ignoreWindow: z.boolean().default(false),
  ignoreReleaseAge: z.boolean().default(false),
  again: z.boolean().default(false),
  heal: rolloutId.optional(),
  resume: rolloutId.optional(),
  rollBack: rolloutId.optional(),
  startedBy: z.string().max(200).default('manual'),
};

const unknownKeys = (keys: readonly string[]): string =>
  `unknown key ${keys.map((key) => JSON.stringify(key)).join(', ')}; allowed are ${Object.keys(fields).join(', ')}`;

const requestSchema = z
  .strictObject(fields, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys) : undefined),
  })
  .superRefine((request, context) => {
    const operations = (['heal', 'resume', 'rollBack'] as const).filter((key) => request[key] !== undefined);
    if (operations.length > 1) {
      context.addIssue({ code: 'custom', message: `${operations.join(' and ')} cannot be asked for together` });
    }
    const needsReason = (['again', 'ignoreWindow', 'ignoreReleaseAge', 'resume', 'rollBack'] as const).find(
      (key) => request[key] !== undefined && request[key] !== false,
    );
    if (needsReason !== undefined && request.reason === undefined) {
      context.addIssue({ code: 'custom', path: ['reason'], message: `is required with ${needsReason}` });
    }
    const operation = operations[0];
    if (operation === undefined) return;
    for (const key of ['nodeGroups', 'release', 'again', 'dryRun', 'ignoreReleaseAge'] as const) {
      if (request[key] !== undefined && request[key] !== false) {
        context.addIssue({ code: 'custom', path: [key], message: `cannot be asked for together with ${operation}` });
      }
    }
  });

type ParsedRequest = z.output<typeof requestSchema>;

/** A request whose account and Region are settled. */
export type RolloutRequest = Omit<ParsedRequest, 'accountId' | 'region'> & { accountId: string; region: string };

export const parseRequest = (
  input: unknown,
  hub: { accountId: string; region: string },
): { request: RolloutRequest } | { mistakes: string[] } => {
  const parsed = requestSchema.safeParse(input);
  if (!parsed.success) return { mistakes: describeMistakes(parsed.error) };
  const { accountId = hub.accountId, region = hub.region, ...rest } = parsed.data;
  const elsewhere = [
    ...(accountId === hub.accountId ? [] : [`accountId: ${accountId} is not this account (${hub.accountId})`]),
    ...(region === hub.region ? [] : [`region: ${region} is not this Region (${hub.region})`]),
  ];
  if (elsewhere.length > 0) {
    return { mistakes: elsewhere.map((each) => `${each}; clusters of other accounts and Regions are not reached yet`) };
  }
  return { request: { ...rest, accountId, region } };
};

/** The cluster's name when the input has one, whatever else is wrong with it. */
export const clusterNameOf = (input: unknown): string | null => {
  const name = z.object({ clusterName: z.string() }).safeParse(input);
  return name.success ? name.data.clusterName : null;
};
