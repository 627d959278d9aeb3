/** The Kubernetes API of one cluster, over HTTPS on a port of its own. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Identities } from '../services/identities.ts';
import type { Cluster } from '../world/clusters.ts';
import type { World } from '../world/world.ts';
import { serverCertificate } from './certificates.ts';
import { discover } from './discovery.ts';
import { budgetObject, type KubernetesObject, matchesLabels, nodeObject, podObject } from './objects.ts';
import { asTable } from './tables.ts';
import { readBearer } from './tokens.ts';

/** An answer: a JSON body with its status. */
export interface KubernetesAnswer {
  status: number;
  body: unknown;
}

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

/** Tokens that were found to fit a cluster, so that each is checked once. */
const fitting = new WeakMap<Cluster, Set<string>>();

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
  const route = routes.find((each) => each.method === method && each.path.test(url.pathname));
  const bearer = readBearer(request.headers.authorization);
  const refusal = await refuse(cluster, options, bearer, request.headers.authorization ?? '');
  const call = {
    cluster: cluster.name,
    operation: route?.operation ?? `${method} ${url.pathname}`,
    accessKeyId: bearer?.accessKeyId,
  };
  const answer = await options.serve(call, () => {
    if (refusal !== undefined) return refusal;
    if (route === undefined)
      return failure(
        404,
        'NotFound',
        `the server could not find the requested resource: ${url.pathname} is not played`,
      );
    return route.play(cluster, {
      url,
      match: route.path.exec(url.pathname) ?? [],
      body: Buffer.concat(chunks).toString(),
    });
  });
  if (answer === undefined) return void request.socket.destroy();
  const wantsTable = /;\s*as=Table\b/.test(request.headers.accept ?? '') && answer.status === 200;
  const table = wantsTable ? asTable(answer.body, options.world.clock.now) : undefined;
  const body = JSON.stringify(table ?? answer.body);
  response.sendDate = false;
  response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

/** Who may: the account's administrator, and the product's role where the cluster lets it in. */
const refuse = async (
  cluster: Cluster,
  { identities, role }: KubernetesOptions,
  bearer: ReturnType<typeof readBearer>,
  authorization: string,
): Promise<KubernetesAnswer | undefined> => {
  if (bearer === undefined) return failure(401, 'Unauthorized', 'Unauthorized');
  const secret = identities.secretOf(bearer.accessKeyId);
  const known = fitting.get(cluster) ?? new Set();
  fitting.set(cluster, known);
  if (secret !== undefined && !known.has(authorization)) {
    if (!(await bearer.fits(cluster.name, secret))) return failure(401, 'Unauthorized', 'Unauthorized');
    known.add(authorization);
  }
  const caller = identities.roleOf(bearer.accessKeyId);
  if (caller === undefined) return undefined;
  if (caller === role && cluster.kubernetesAccess !== 'denied') return undefined;
  const user = identities.arnOf(bearer.accessKeyId);
  return failure(
    403,
    'Forbidden',
    `User "${user}" cannot access the API of this cluster: there is no access entry or binding for it`,
  );
};

interface Asked {
  url: URL;
  match: RegExpExecArray | [];
  body: string;
}

interface Route {
  method: string;
  path: RegExp;
  operation: string;
  play(cluster: Cluster, asked: Asked): KubernetesAnswer;
}

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/(?:version|api|apis|api\/v1|apis\/policy\/v1)$/,
    operation: 'Discover',
    play: (cluster, { url }) => ({ status: 200, body: discover(url.pathname, cluster.version) }),
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/nodes\/([^/]+)$/,
    operation: 'GetNode',
    play: (cluster, { match }) => {
      const node = cluster.nodes.get(decodeURIComponent(match[1] ?? ''));
      if (node === undefined) return failure(404, 'NotFound', `nodes "${match[1]}" not found`);
      return { status: 200, body: { apiVersion: 'v1', kind: 'Node', ...nodeObject(node) } };
    },
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/nodes$/,
    operation: 'ListNodes',
    play: (cluster, asked) => list('NodeList', 'v1', [...cluster.nodes.values()].map(nodeObject), asked),
  },
  {
    method: 'PATCH',
    path: /^\/api\/v1\/nodes\/([^/]+)$/,
    operation: 'PatchNode',
    play: (cluster, asked) => {
      const node = cluster.nodes.get(decodeURIComponent(asked.match[1] ?? ''));
      if (node === undefined) return failure(404, 'NotFound', `nodes "${asked.match[1]}" not found`);
      const patch = JSON.parse(asked.body) as { spec?: { unschedulable?: boolean | null } };
      if (patch.spec?.unschedulable !== undefined) {
        node.isUnschedulable = patch.spec.unschedulable === true;
        cluster.schedulePods();
      }
      return { status: 200, body: { apiVersion: 'v1', kind: 'Node', ...nodeObject(node) } };
    },
  },
  {
    method: 'GET',
    path: /^\/api\/v1(?:\/namespaces\/([^/]+))?\/pods$/,
    operation: 'ListPods',
    play: (cluster, asked) => list('PodList', 'v1', cluster.pods.map(podObject), asked),
  },
  {
    method: 'GET',
    path: /^\/apis\/policy\/v1(?:\/namespaces\/([^/]+))?\/poddisruptionbudgets$/,
    operation: 'ListPodDisruptionBudgets',
    play: (cluster, asked) =>
      list(
        'PodDisruptionBudgetList',
        'policy/v1',
        cluster.workloads
          .filter((workload) => workload.minAvailable !== undefined)
          .map((workload) => budgetObject(cluster, workload)),
        asked,
      ),
  },
];

export const kubernetesOperations: readonly string[] = routes.map(({ operation }) => operation);

/** A page of a list, with `limit` and `continue` (Kubernetes, API concepts, chunks). */
const list = (
  kind: string,
  apiVersion: string,
  objects: KubernetesObject[],
  { url, match }: Asked,
): KubernetesAnswer => {
  const selector = url.searchParams.get('labelSelector') ?? '';
  const namespace = match[1];
  const found = objects
    .filter(({ metadata }) => matchesLabels(metadata.labels ?? {}, selector))
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const start = Number(url.searchParams.get('continue') ?? 0);
  const limit = Number(url.searchParams.get('limit') ?? 0) || found.length;
  const end = start + limit;
  return {
    status: 200,
    body: {
      apiVersion,
      kind,
      metadata: {
        resourceVersion: '1',
        ...(end < found.length ? { continue: String(end), remainingItemCount: found.length - end } : {}),
      },
      items: found.slice(start, end),
    },
  };
};

export const failure = (code: number, reason: string, message: string): KubernetesAnswer => ({
  status: code,
  body: { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason, code },
});
