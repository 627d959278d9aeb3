/** One call to an operation, as the owner of the wire sees it. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from './caller.ts';
import type { Forwarded } from './pass-through.ts';

export interface Call {
  /** As in IAM actions: `eks`, `states`. */
  readonly service: string;
  readonly operation: string;
  /**
   * The command input of the SDK client, required members included. For a service that is passed through (DynamoDB) it
   * is the JSON body as sent: checking it is left to whoever answers.
   */
  readonly input: unknown;
  readonly caller: Caller;
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
  /** Only for a service that is passed through: has the listener behind answer. May be called never, once or again. */
  readonly forward?: () => Promise<Forwarded>;
}

/**
 * Plays a call: resolves to the command output (without `$metadata`) or to what `forward` gave; throws an AwsError to
 * refuse, Disconnect to close the connection without an answer. Anything else thrown is a bug of the embedded AWS.
 */
export type Serve = (call: Call) => Promise<unknown>;
