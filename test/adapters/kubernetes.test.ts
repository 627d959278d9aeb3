/** Reads of a cluster's own API: what is there, whom it lets in, and that a failed read is never a healthy cluster. */
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AccessDenied, TransientFault } from '../../adapters/fault.ts';
import { KubernetesApi, NotFound } from '../../adapters/kubernetes/api.ts';
import { kubernetesNodes } from '../../adapters/kubernetes/cluster-nodes.ts';
import { clusterConnections } from '../../adapters/kubernetes/connections.ts';
import { bearerToken } from '../../adapters/kubernetes/token.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import type { EmbeddedAws } from '../../rehearsal/embedded-aws.ts';
import { serverCertificate } from '../../rehearsal/kubernetes/certificates.ts';
import { ago, aRecord, hour, now, prod } from '../core/builders.ts';
import { clusterOf, releasesWith } from '../rehearsal/play.ts';
import { beginEmbeddedAws, nodeGroupOf, pass, useEnvironmentOf } from './embedded.ts';

const begin = async (...clusters: Record<string, unknown>[]) => {
  const aws = await beginEmbeddedAws({
    releases: releasesWith(),
    clusters: clusters.length > 0 ? clusters : [clusterOf([{ name: 'web', size: 3, cordoned: 1 }, { name: 'api' }])],
  });
  useEnvironmentOf(aws);
  return { aws, nodes: kubernetesNodes(clusterConnections({ region: 'us-east-1', roleArn: roleOf(aws) })) };
};

const roleOf = (aws: EmbeddedAws): string =>
  aws.stack.roles.find(({ logicalId }) => logicalId === 'KubernetesRole')?.arn ?? '';

type Handle = NonNullable<Parameters<typeof createServer>[1]>;

/** An API server that answers as told, with a certificate of its authority or of none. */
const serveHttps = async (handle: Handle, options: ServerOptions = {}) => {
  const { key, cert, authority } = await serverCertificate();
  const server: Server = createServer({ key, cert, ...options }, handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { endpoint: { url, certificateAuthority: authority }, close };
};

const answering =
  (status: number, body: unknown): Handle =>
  (_, response) =>
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));

const refusing = (code: number): Handle => answering(code, { kind: 'Status', message: `the API says ${code}`, code });

const cutting: Handle = (request) => request.socket.destroy();

/** Half of an answer, and then nothing more. */
const breakingOff: Handle = (_, response) => {
  response.writeHead(200, { 'content-length': 1000 }).write('{"items": [');
  setImmediate(() => response.socket?.destroy());
};

describe('the nodes of a node group', () => {
  test('are those of its instances, as they are now', async () => {
    const { aws, nodes } = await begin();
    const { group } = nodeGroupOf(aws, 'web');
    const read = await nodes.ofNodeGroup('prod', 'web');
    expect(read.map(({ instanceId }) => instanceId).sort()).toEqual(group.members.map(({ id }) => id).sort());
    expect(new Set(read.map(({ imageId }) => imageId))).toEqual(new Set([group.members[0]?.image.imageId]));
    expect(read.map(({ isReady }) => isReady)).toEqual([true, true, true]);
    expect(read.filter(({ isCordoned }) => isCordoned)).toHaveLength(1);
    // Ready changed after they were made, which is how a node that was lost is told from one that never came.
    for (const { readySince, createdAt } of read) expect(Date.parse(readySince)).toBeGreaterThan(Date.parse(createdAt));
  });

  test('say since when one of them is not Ready', async () => {
    const { aws, nodes } = await begin(clusterOf([{ name: 'web' }]));
    const flaky = { afterSeconds: 0, everySeconds: 10_000, forSeconds: 600 };
    for (const image of aws.world.images.values()) image.behavior = { notReady: flaky };
    const { group } = nodeGroupOf(aws, 'web');
    group.resize(2);
    // It boots for 90 s, and is lost as soon as it was Ready.
    await pass(aws, 100);
    const read = await nodes.ofNodeGroup('prod', 'web');
    const lost = read.find(({ isReady }) => !isReady);
    expect(lost?.instanceId).toBe(group.members[1]?.id);
    expect(lost?.readySince).toBe('2026-08-20T09:01:30Z');
    expect(lost?.createdAt).toBe('2026-08-20T09:01:10Z');
  });

  test('are let in again one by one', async () => {
    const { aws, nodes } = await begin(clusterOf([{ name: 'web', size: 3, cordoned: 2 }]));
    const cordoned = (await nodes.ofNodeGroup('prod', 'web')).filter(({ isCordoned }) => isCordoned);
    await nodes.uncordon('prod', cordoned[0]?.name ?? '');
    const world = [...(aws.world.clusters.get('prod')?.nodes.values() ?? [])];
    expect(world.filter(({ isUnschedulable }) => isUnschedulable).map(({ name }) => name)).toEqual([cordoned[1]?.name]);
    await expect(nodes.uncordon('prod', 'ip-10-0-0-1.ec2.internal')).rejects.toThrow(NotFound);
  });

  test('are read to the last page', async () => {
    const { endpoint } = await serveHttps((request, response) => {
      const query = new URL(request.url ?? '/', 'https://localhost').searchParams;
      const from = Number(query.get('continue') ?? 0);
      const items = [from, from + 1].map((n) => `${query.get('labelSelector')} ${n}`);
      response.end(JSON.stringify({ items, metadata: { continue: from < 4 ? String(from + 2) : '' } }));
    });
    const items = await new KubernetesApi(endpoint).list('/api/v1/nodes', { labelSelector: 'a=b' }, 'token');
    expect(items).toEqual(['a=b 0', 'a=b 1', 'a=b 2', 'a=b 3', 'a=b 4', 'a=b 5']);
  });
});

describe('access', () => {
  test('is granted or denied by the cluster, with its own words', async () => {
    const { nodes } = await begin(
      clusterOf([], { name: 'open' }),
      clusterOf([], { name: 'closed', kubernetesAccess: 'denied' }),
    );
    expect(await nodes.access('open')).toEqual({ access: 'granted' });
    expect(await nodes.access('closed')).toMatchObject({
      access: 'denied',
      reason: expect.stringMatching(/403: .*there is no access entry or binding for it/),
    });
    await expect(nodes.ofNodeGroup('closed', 'web')).rejects.toThrow(AccessDenied);
  });

  test('that could not be asked for is a fault, neither granted nor denied', async () => {
    const { aws, nodes } = await begin();
    const cluster = aws.world.clusters.get('prod');
    if (cluster === undefined) throw new Error('no cluster');
    for (const handle of [refusing(500), refusing(429), cutting]) {
      cluster.endpoint = (await serveHttps(handle)).endpoint;
      await expect(nodes.access('prod')).rejects.toThrow(TransientFault);
    }
  });

  test('to one cluster is none to another: its name is signed into the token', async () => {
    const { aws } = await begin(clusterOf([], { name: 'one' }), clusterOf([], { name: 'two' }));
    const role = { role: roleOf(aws), session: 'eks-ami-rollout' };
    const credentials = await aws.call('sts:AssumeRole', { RoleArn: role.role, RoleSessionName: role.session });
    const { AccessKeyId, SecretAccessKey, SessionToken } = (credentials as { Credentials: Record<string, string> })
      .Credentials;
    const token = await bearerToken('one', 'us-east-1', async () => ({
      accessKeyId: AccessKeyId ?? '',
      secretAccessKey: SecretAccessKey ?? '',
      sessionToken: SessionToken ?? '',
    }));
    const list = (cluster: string) => {
      const endpoint = aws.world.clusters.get(cluster)?.endpoint;
      if (endpoint === undefined) throw new Error(`${cluster} has no endpoint`);
      return new KubernetesApi(endpoint).list('/api/v1/nodes', {}, token);
    };
    expect(await list('one')).toEqual([]);
    await expect(list('two')).rejects.toThrow(AccessDenied);
  });

  test('to a role that may not be assumed is denied', async () => {
    const { nodes } = await begin();
    expect(await nodes.access('prod')).toEqual({ access: 'granted' });
    const stranger = kubernetesNodes(
      clusterConnections({ region: 'us-east-1', roleArn: 'arn:aws:iam::111122223333:role/nobody' }),
    );
    expect(await stranger.access('prod')).toMatchObject({
      access: 'denied',
      reason: expect.stringContaining('sts:AssumeRole'),
    });
  });
});

describe('the API', () => {
  test.each([
    [401, AccessDenied],
    [403, AccessDenied],
    [404, NotFound],
    [429, TransientFault],
    [500, TransientFault],
    [503, TransientFault],
  ])('%i is told with what was asked for and what was answered', async (status, kind) => {
    const { endpoint } = await serveHttps(refusing(status));
    const thrown = await new KubernetesApi(endpoint).list('/api/v1/nodes', {}, 'token').catch((error) => error);
    expect(thrown).toBeInstanceOf(kind);
    expect(thrown.message).toBe(`kubernetes GET /api/v1/nodes?limit=500: ${status}: the API says ${status}`);
  });

  test.each([
    ['a connection that is cut', cutting],
    ['an answer that breaks off', breakingOff],
    ["a proxy's page", answering(502, `<html>${'Bad Gateway '.repeat(100)}</html>`)],
  ])('%s is a fault that passes', async (_, handle) => {
    const { endpoint } = await serveHttps(handle);
    const reading = new KubernetesApi(endpoint).list('/api/v1/nodes', {}, 'token');
    await expect(reading).rejects.toThrow(TransientFault);
    await expect(reading).rejects.toThrow(/^.{10,300}$/s);
  });

  test('what answers 200 and is no JSON is not an empty list', async () => {
    const { endpoint } = await serveHttps(answering(200, '<html>log in</html>'));
    await expect(new KubernetesApi(endpoint).list('/api/v1/nodes', {}, 'token')).rejects.toThrow(SyntaxError);
  });

  test('under a certificate of another authority is not talked to', async () => {
    let asked = 0;
    const { endpoint } = await serveHttps((_, response) => {
      asked += 1;
      response.end('{"items": []}');
    });
    // The server's own certificate is no authority for itself.
    const { cert } = await serverCertificate();
    const api = new KubernetesApi({ ...endpoint, certificateAuthority: cert });
    await expect(api.list('/api/v1/nodes', {}, 'token')).rejects.toThrow(/certificate/);
    expect(asked).toBe(0);
  });

  test('of a cluster that was made anew is found where it is now', async () => {
    const { aws, nodes } = await begin();
    const cluster = aws.world.clusters.get('prod');
    if (cluster === undefined) throw new Error('no cluster');
    const { endpoint } = cluster;
    const former = await serveHttps(answering(200, { items: [] }));
    cluster.endpoint = former.endpoint;
    expect(await nodes.ofNodeGroup('prod', 'web')).toEqual([]);
    former.close();
    cluster.endpoint = endpoint;
    await expect(nodes.ofNodeGroup('prod', 'web')).rejects.toThrow(TransientFault);
    expect(await nodes.ofNodeGroup('prod', 'web')).toHaveLength(3);
  });
});

describe('a health gate that cannot be read', () => {
  /** The function as it is deployed, up to the wire. */
  const evaluate = async (aws: EmbeddedAws) => {
    const table = aws.stack.tables[0]?.name ?? '';
    vi.stubEnv('LEDGER_TABLE', table);
    vi.stubEnv('KUBERNETES_ROLE_ARN', roleOf(aws));
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    vi.resetModules();
    const { handler } = await import('../../functions/evaluate-health-gates/handler.ts');
    const rollouts = ledgerRollouts(new LedgerItems(table, new DynamoDBClient()));
    const imageId = nodeGroupOf(aws, 'web').group.members[0]?.image.imageId ?? '';
    const record = aRecord('web', { to: { imageId, releaseVersion: null, launchTemplateVersion: '2' } });
    // Nothing was looked at before, so nothing can be compared; after the first wave that is no obstacle.
    await rollouts.writeNodeGroup('r', { ...record, wave: 1, updatedAt: ago(hour) }, 0);
    const fence = { ...prod, holder: 'arn:e', generation: 1 };
    const step = await handler({ rolloutId: 'r', nodeGroup: 'web', fence, now }, {} as never);
    const written = (await rollouts.readNodeGroup('r', 'web'))?.value;
    return { step, gate: written?.gates['nodes-ready'], verdict: written?.verdict };
  };

  test('is healthy only where every node was seen', async () => {
    const { aws } = await begin();
    expect(await evaluate(aws)).toMatchObject({
      step: { step: 'SettleNodeGroup', outcome: 'Updated' },
      gate: { unhealthy: 0, missing: 0 },
    });
  });

  test.each([
    ['401', refusing(401)],
    ['403', refusing(403)],
    ['429', refusing(429)],
    ['500', refusing(500)],
    ['cut', cutting],
    ['half an answer', breakingOff],
  ])('%s is missing: neither passed nor failed', async (_, handle) => {
    const { aws } = await begin();
    const cluster = aws.world.clusters.get('prod');
    if (cluster === undefined) throw new Error('no cluster');
    cluster.endpoint = (await serveHttps(handle)).endpoint;
    // The bake has long ended, and yet it goes on: nobody saw a healthy end.
    expect(await evaluate(aws)).toMatchObject({
      step: { step: 'Bake' },
      gate: { unhealthy: 0, missing: 1 },
      verdict: null,
    });
  });
});
