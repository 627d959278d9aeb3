import * as z from 'zod';
import { describeMistakes } from '../policy/policy.ts';

/** The input of roll-out-fleet. `startedBy` and `scan` are set by our own starters. */
const fleetRequestSchema = z.strictObject({
  dryRun: z.boolean().default(false),
  /** Only these rings; left out: every ring of the policy. */
  rings: z.array(z.string()).min(1, 'is empty; leave it out for every ring').optional(),
  reason: z.string().max(1000).optional(),
  startedBy: z.string().max(200).default('manual'),
  /** Only the clusters that this scan found behind. */
  scan: z.string().optional(),
});

export type FleetRequest = z.output<typeof fleetRequestSchema>;

export const parseFleetRequest = (input: unknown): { request: FleetRequest } | { mistakes: string[] } => {
  const parsed = fleetRequestSchema.safeParse(input);
  return parsed.success ? { request: parsed.data } : { mistakes: describeMistakes(parsed.error) };
};
