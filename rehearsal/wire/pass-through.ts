/** Lets another HTTP listener answer: DynamoDB is played by dynalite, which is one. */

import { IncomingMessage, type OutgoingHttpHeaders, type RequestListener, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RawResponse, WireRequest } from './messages.ts';

/** What a listener answered. A class of its own, so that it cannot be taken for the output of an operation. */
export class Forwarded implements RawResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;

  constructor(status: number, headers: OutgoingHttpHeaders, body: Buffer) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** Has `listener` answer `request`, in memory. It is handed requests one could have read from a socket. */
export const forwardTo = (listener: RequestListener, request: WireRequest): Promise<Forwarded> =>
  new Promise((resolve) => {
    const socket = new Socket();
    const incoming = new IncomingMessage(socket);
    incoming.method = request.method;
    incoming.url = request.query.size === 0 ? request.path : `${request.path}?${request.query}`;
    incoming.headers = request.headers;
    incoming.push(request.body);
    incoming.push(null);

    const response = new ServerResponse(incoming);
    const chunks: Buffer[] = [];
    const keep = (chunk: unknown): void => {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    };
    response.write = (chunk: unknown): boolean => {
      keep(chunk);
      return true;
    };
    response.end = (chunk?: unknown): ServerResponse => {
      keep(chunk);
      socket.destroy();
      resolve(new Forwarded(response.statusCode, response.getHeaders(), Buffer.concat(chunks)));
      return response;
    };
    listener(incoming, response);
  });
