import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';

export const logger = new Logger();

/** Of an invocation, what functions look at. */
export interface InvocationContext {
  /** With the version or the alias that was invoked. */
  invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

/** A Lambda handler: the function, with the invocation's context in each of its log lines. */
export const lambda = <Event, Answer>(run: (event: Event, context: InvocationContext) => Promise<Answer>) =>
  // No early timeout: Step Functions retries a function that Lambda has ended, because every step can run twice.
  middy<Event, Answer>(run, { timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .before(({ event }) => logger.appendKeys(subjectOf(event)));

/** What an invocation is about, in each of its log lines, so that one rollout can be followed through all functions. */
const subjectOf = (event: unknown): Record<string, string> => {
  const found = {
    rolloutId: textAt(event, 'rolloutId') ?? textAt(event, 'execution', 'name'),
    clusterName: textAt(event, 'fence', 'clusterName') ?? textAt(event, 'input', 'clusterName'),
    nodeGroup: textAt(event, 'nodeGroup'),
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));
};

const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === 'string' ? value : undefined;
  return typeof value === 'object' && value !== null
    ? textAt((value as Record<string, unknown>)[key], ...rest)
    : undefined;
};
