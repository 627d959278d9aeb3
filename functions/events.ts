/** What the state machines hand to the functions: names and small tags, never a plan. */
import * as z from 'zod/mini';

export const executionSchema = z.object({
  arn: z.string(),
  name: z.string(),
  startedAt: z.string(),
  redriveCount: z._default(z.number(), 0),
});

/** Whoever changes anything must hold the lease, in the generation it was given. */
export const fenceSchema = z.object({
  accountId: z.string(),
  region: z.string(),
  clusterName: z.string(),
  /** ARN of the execution of roll-out-cluster that holds the lease. */
  holder: z.string(),
  generation: z.number(),
});
export type Fence = z.output<typeof fenceSchema>;

/** Of a look at a cluster, before a plan of it is made. */
export const inspectEventSchema = z.object({
  /** The input of the execution, as it was given. */
  input: z.unknown(),
  execution: executionSchema,
  now: z.string(),
});

/** Every step of roll-out-node-group. */
export const nodeGroupEventSchema = z.object({
  rolloutId: z.string(),
  nodeGroup: z.string(),
  fence: fenceSchema,
  /** When the state was entered, ISO 8601: the time of this decision. */
  now: z.string(),
});

/**
 * EventBridge, when an instance begins to wait for our hook (EC2 Auto Scaling user guide, lifecycle hook events). What the
 * hook was put with comes along, so that nothing has to be searched.
 */
const lifecycleEventSchema = z.object({
  'detail-type': z.literal('EC2 Instance-terminate Lifecycle Action'),
  time: z.string(),
  detail: z.object({ AutoScalingGroupName: z.string(), NotificationMetadata: z.string() }),
});

/** The same as a step of roll-out-node-group, or undefined: it is no such event. */
export const stepOfLifecycleEvent = (event: unknown): z.output<typeof nodeGroupEventSchema> | undefined => {
  const parsed = lifecycleEventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { time, detail } = parsed.data;
  const { rolloutId, fence } = JSON.parse(detail.NotificationMetadata) as { rolloutId: unknown; fence: unknown };
  return nodeGroupEventSchema.parse({ rolloutId, fence, nodeGroup: detail.AutoScalingGroupName, now: time });
};

/** An error as Catch hands it on. */
export const failureSchema = z.object({ Error: z.optional(z.string()), Cause: z.optional(z.string()) });

/** `TransientFault: eks:DescribeNodegroup web: …`, from what Lambda makes of a thrown error. */
export const describeFailure = (failure: z.output<typeof failureSchema>): string => {
  const { Error: error = 'an unnamed error', Cause: cause = '' } = failure;
  try {
    const parsed = JSON.parse(cause) as { errorMessage?: unknown };
    if (typeof parsed.errorMessage === 'string') return `${error}: ${parsed.errorMessage}`;
  } catch {
    // Not every cause is JSON.
  }
  return cause === '' ? error : `${error}: ${cause.slice(0, 500)}`;
};
