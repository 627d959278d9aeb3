import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { ParameterChange } from '../../core/release/scan-trigger.ts';

/** What called the function: the schedule with its time, a batch of parameter changes from the queue, or the slice before. */
export type Trigger = { trigger: 'slice'; scan: string } | NewScan;

export type NewScan =
  | { trigger: 'schedule'; at: string; scan: string }
  | { trigger: 'parameters'; at: string; scan: string; changes: ParameterChange[] };

const scheduleSchema = z.object({ trigger: z.literal('schedule'), scheduledTime: z.string() });

const sliceSchema = z.object({ trigger: z.literal('slice'), scan: z.string() });

const changeSchema = z.object({
  id: z.string(),
  time: z.string(),
  'detail-type': z.literal('Parameter Store Change'),
  detail: z.object({ name: z.string(), operation: z.string(), exception: z.optional(z.string()) }),
});

const batchSchema = z.object({ Records: z.array(z.object({ body: z.string() })).check(z.minLength(1)) });

/** The same trigger told twice has the same scan name, so that it starts one rollout. */
export const parseTrigger = (event: unknown): Trigger => {
  const schedule = scheduleSchema.safeParse(event);
  if (schedule.success) {
    const at = new Date(schedule.data.scheduledTime).toISOString();
    return { trigger: 'schedule', at, scan: `schedule-${at.replace(/\D/g, '').slice(0, 14)}` };
  }
  const slice = sliceSchema.safeParse(event);
  if (slice.success) return { trigger: 'slice', scan: slice.data.scan };
  const changes = batchSchema.parse(event).Records.map(({ body }) => changeSchema.parse(JSON.parse(body)));
  const ids = changes.map((change) => change.id).sort();
  const at =
    changes
      .map((change) => change.time)
      .sort()
      .at(-1) ?? '';
  const hash = createHash('sha256').update(ids.join(' ')).digest('hex').slice(0, 16);
  return {
    trigger: 'parameters',
    at: new Date(at).toISOString(),
    scan: `event-${hash}`,
    changes: changes.map(({ detail }) => detail),
  };
};
