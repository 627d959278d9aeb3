import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';

export const logger = new Logger();

/** A Lambda handler: the function, with the invocation's context in each of its log lines. */
export const lambda = <Event, Answer>(run: (event: Event) => Promise<Answer>) =>
  // No early timeout: Step Functions retries a function that Lambda has ended, because every step can run twice.
  middy<Event, Answer>(run, { timeoutEarlyInMillis: 0 }).use(injectLambdaContext(logger, { resetKeys: true }));
