/** HTTP requests and answers, taken off the socket: what the protocols work on. */

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

export interface WireRequest {
  readonly method: string;
  /** As sent: still percent-encoded, so that a label may hold a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
}

/** The value of a header, or undefined. Headers AWS reads come once; of several the first counts. */
export const headerOf = (request: Pick<WireRequest, 'headers'>, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** The media type of the body without its parameters, in lower case. */
export const contentTypeOf = (request: WireRequest): string =>
  (headerOf(request, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
