/** The Kubernetes API of one cluster, over HTTPS on a port of its own. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Identities } from '../services/identities.ts';
import type { Cluster } from '../world/clusters.ts';
import type { World } from '../world/world.ts';
import { type Access, type Attributes, accessOf, isAllowed, isAuthentic } from './access.ts';
import { failure, type KubernetesAnswer } from './answers.ts';
import { serverCertificate } from './certificates.ts';
import { routeOf } from './routes.ts';
import { asTable } from './tables.ts';
import { readBearer } from './tokens.ts';

export interface KubernetesCall {
  cluster: string;
  /** `ListNodes`, `PatchNode`, … */
  operation: string;
  accessKeyId: string | undefined;
}

export interface KubernetesOptions {
  world: World;
  identities: Identities;
  /** The role that clusters let in. */
  role: string;
  /** Every call passes here, so that it is counted and can be made to fail. `undefined`: the connection is cut. */
  serve(call: KubernetesCall, play: () => KubernetesAnswer): Promise<KubernetesAnswer | undefined>;
}

/** Starts the API of a cluster, and tells the cluster where it is. */
export const serveKubernetes = async (cluster: Cluster, options: KubernetesOptions): Promise<() => Promise<void>> => {
  const { key, cert, authority } = await serverCertificate();
  const server: Server = createServer(
    { key, cert, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, noDelay: true },
    (request, response) => {
      void handle(cluster, options, request, response);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cluster.endpoint = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificateAuthority: authority,
  };
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
};

const handle = async (
  cluster: Cluster,
  options: KubernetesOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'https://localhost');
  const method = request.method ?? 'GET';
  const route = routeOf(method, url.pathname);
  const { authorization = '' } = request.headers;
  const bearer = readBearer(authorization);
  const isKnown = bearer !== undefined && (await isAuthentic(cluster, options.identities, bearer, authorization));
  const call = {
    cluster: cluster.name,
    // What changes nothing is counted by another name.
    operation:
      (url.searchParams.get('dryRun') === 'All' ? 'DryRun' : '') + (route?.operation ?? `${method} ${url.pathname}`),
    accessKeyId: bearer?.accessKeyId,
  };
  const text = Buffer.concat(chunks).toString();
  const answer = await options.serve(call, () => {
    if (bearer === undefined || !isKnown) return failure(401, 'Unauthorized', 'Unauthorized');
    const access = accessOf(cluster, options, bearer.accessKeyId);
    const refusal = forbidden(access, route?.attributes, options.identities.arnOf(bearer.accessKeyId));
    if (refusal !== undefined) return refusal;
    if (route === undefined) {
      const why = `the server could not find the requested resource: ${url.pathname} is not played`;
      return failure(404, 'NotFound', why);
    }
    const body = bodyOf(text);
    // What kubectl makes by a command of its own it sends as protobuf; what it reads from a file as JSON.
    if (body === undefined && request.headers['content-type']?.includes('protobuf') === true) {
      return failure(415, 'UnsupportedMediaType', 'the body of the request is protobuf; only JSON is played');
    }
    if (body === undefined) return failure(400, 'BadRequest', 'the body of the request is no JSON object');
    const names = (route.path.exec(url.pathname) ?? [])
      .slice(1)
      .map((name) => (name === undefined ? undefined : decodeURIComponent(name)));
    return route.play(cluster, { url, names, body, access });
  });
  if (answer === undefined) return void request.socket.destroy();
  const wantsTable = /;\s*as=Table\b/.test(request.headers.accept ?? '') && answer.status === 200;
  const table = wantsTable ? asTable(answer.body, options.world.clock.now) : undefined;
  const body = JSON.stringify(table ?? answer.body);
  response.sendDate = false;
  response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

/** None is an empty one; undefined: it is no JSON object. */
const bodyOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  if (text === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** Why a caller may not do something; undefined: it may. */
const forbidden = (
  access: Access,
  attributes: Attributes | undefined,
  user: string | undefined,
): KubernetesAnswer | undefined => {
  if (access === 'denied') {
    const why = 'cannot access the API of this cluster: there is no access entry or binding for it';
    return failure(403, 'Forbidden', `User "${user}" ${why}`);
  }
  if (attributes === undefined || isAllowed(access, attributes)) return undefined;
  const { verb, resource, subresource } = attributes;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return failure(403, 'Forbidden', `${what} is forbidden: User "${user}" cannot ${verb} resource "${what}"`);
};
