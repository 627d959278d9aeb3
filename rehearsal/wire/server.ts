/**
 * The wire of the embedded AWS: one HTTP server on loopback that the AWS SDKs, the aws CLI and boto3 talk to as if it
 * were AWS (`AWS_ENDPOINT_URL`). It takes requests apart and builds answers by the schemas of the SDK clients; what an
 * operation does is played by its owner.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { signatureOf } from './caller.ts';
import { Disconnect } from './errors.ts';
import { answer, type ExchangeOptions } from './exchange.ts';
import type { RawResponse, WireRequest } from './messages.ts';
import { type ServiceModel, serviceModels } from './service-models.ts';

export interface WireOptions extends Omit<ExchangeOptions, 'models'> {
  /** 0 or nothing takes a free one. */
  readonly port?: number;
  /** The services spoken for; all of service-models.ts unless said. */
  readonly models?: readonly ServiceModel[];
}

export interface Wire {
  readonly port: number;
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Ends at once: open connections are cut, calls being played find nobody listening. May be called again. */
  close(): Promise<void>;
}

/** Another program listens on the port. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} of 127.0.0.1 is taken; choose another, or 0 for a free one`);
    this.port = port;
  }
}

export const listen = async (options: WireOptions): Promise<Wire> => {
  const exchange: ExchangeOptions = { ...options, models: options.models ?? serviceModels };
  const server = createServer({ noDelay: true, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  // Idle connections are kept for good (keepAliveTimeout 0): a client that reuses one just as the server closes it sees
  // a reset, and a rehearsal must only break where its scenario says so.
  server.on('request', (incoming, response) => void handle(incoming, response, exchange));

  const asked = options.port ?? 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTaken(asked) : error),
    );
    server.listen(asked, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const handle = async (incoming: IncomingMessage, response: ServerResponse, options: ExchangeOptions): Promise<void> => {
  // Fails when the caller hung up while sending, or sent what is no gzip.
  const request = await readRequest(incoming).catch(() => undefined);
  if (request === undefined) return void incoming.socket.destroy();
  try {
    send(response, isVisit(request) ? greeting : await answer(request, options));
  } catch (error) {
    incoming.socket.destroy();
    if (!(error instanceof Disconnect)) throw error;
  }
};

const readRequest = async (incoming: IncomingMessage): Promise<WireRequest> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const [path = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: incoming.headers,
    // Clients compress large bodies of operations with the requestCompression trait, e.g. PutMetricData.
    body: incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body,
  };
};

const send = (response: ServerResponse, { status, headers, body }: RawResponse): void => {
  // No Date: pretend time is not the machine's, and the SDKs would take the difference for a wrong clock of theirs.
  response.sendDate = false;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

/** People open the address in a browser. */
const isVisit = (request: WireRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  request.path === '/' &&
  !request.query.has('Action') &&
  signatureOf(request) === undefined;

const greeting: RawResponse = {
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: [
    'This is the embedded AWS of eks-ami-rollout: a pretend account for rehearsals. Nothing here is real.',
    'Point a client at it with AWS_ENDPOINT_URL and any credentials, e.g. `aws eks list-clusters`.',
    'What it plays is listed in docs/rehearsal.md.',
    '',
  ].join('\n'),
};
