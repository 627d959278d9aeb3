import * as z from 'zod/mini';
import { describeMistakes, strictObject } from '../schema.ts';

/** The input of roll-out-fleet. `startedBy` and `scan` are set by our own starters. */
const fleetRequestSchema = strictObject({
  dryRun: z._default(z.boolean(), false),
  /** Only these rings; left out: every ring of the policy. */
  rings: z.optional(z.array(z.string()).check(z.minLength(1, 'is empty; leave it out for every ring'))),
  reason: z.optional(z.string().check(z.maxLength(1000))),
  startedBy: z._default(z.string().check(z.maxLength(200)), 'manual'),
  /** Only the clusters that this scan found behind. */
  scan: z.optional(z.string()),
});

export type FleetRequest = z.output<typeof fleetRequestSchema>;

export const parseFleetRequest = (input: unknown): { request: FleetRequest } | { mistakes: string[] } => {
  const parsed = fleetRequestSchema.safeParse(input);
  return parsed.success ? { request: parsed.data } : { mistakes: describeMistakes(parsed.error) };
};
