/**
 * The input of a rollout of one named cluster. Whatever is wrong with it is refused with the key that is wrong; nothing
 * is guessed and unknown keys are never ignored.
 */
import * as z from 'zod/mini';
import { refuseBadSelector } from '../release/selector-schema.ts';
import { describeMistakes, strictObject } from '../schema.ts';

const rolloutId = z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,80}$/, 'is not a rollout id'));

const flag = z._default(z.boolean(), false);

const fields = {
  clusterName: z
    .string('is not a string')
    .check(
      z.regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/, 'is not a cluster name (letters, digits, - and _; at most 100)'),
    ),
  accountId: z.optional(z.string().check(z.regex(/^\d{12}$/, 'is not an AWS account id (twelve digits)'))),
  region: z.optional(z.string().check(z.regex(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'is not an AWS Region'))),
  dryRun: flag,
  nodeGroups: z.optional(z.array(z.string()).check(z.minLength(1, 'is empty; leave it out for every node group'))),
  release: z.optional(
    z.string('is not a text; write it in quotes: "20260714"').check(z.superRefine(refuseBadSelector)),
  ),
  reason: z.optional(z.string().check(z.regex(/\S/, 'is empty'), z.maxLength(1000, 'is longer than 1,000 characters'))),
  ignoreWindow: flag,
  ignoreReleaseAge: flag,
  again: flag,
  heal: z.optional(rolloutId),
  resume: z.optional(rolloutId),
  rollBack: z.optional(rolloutId),
  startedBy: z._default(z.string().check(z.maxLength(200)), 'manual'),
};

const requestSchema = strictObject(fields).check(
  z.superRefine((request, context) => {
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
  }),
);

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
