import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import * as z from 'zod/mini';

export const logger = new Logger();

/** A Lambda handler: the function, with the invocation's context in each of its log lines. */
export const lambda = <Event, Answer>(run: (event: Event) => Promise<Answer>) =>
  // No early timeout: Step Functions retries a function that Lambda has ended, because every step can run twice.
  middy<Event, Answer>(run, { timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .before(({ event }) => logger.appendKeys(subjectOf(event)));

/** What an invocation is about, in each of its log lines, so that one rollout can be followed through all functions. */
const subjectOf = (event: unknown): Record<string, string> => {
  const subject = subjectSchema.safeParse(event).data;
  const found = {
    rolloutId: subject?.rolloutId ?? subject?.execution?.name,
    clusterName: subject?.fence?.clusterName ?? subject?.input?.clusterName,
    nodeGroup: subject?.nodeGroup,
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));
};

const text = z.optional(z.catch(z.optional(z.string()), undefined));
const subjectSchema = z.object({
  rolloutId: text,
  nodeGroup: text,
  execution: z.optional(z.catch(z.optional(z.object({ name: text })), undefined)),
  fence: z.optional(z.catch(z.optional(z.nullable(z.object({ clusterName: text }))), undefined)),
  input: z.optional(z.catch(z.optional(z.nullable(z.object({ clusterName: text }))), undefined)),
});
