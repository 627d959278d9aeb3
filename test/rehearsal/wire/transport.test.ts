/** Sockets: who is let in, what is never answered, how it all ends. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { describe, expect, it } from 'vitest';
import { Disconnect } from '../../../rehearsal/wire/errors.ts';
import { listen, PortTaken } from '../../../rehearsal/wire/server.ts';
import { clientSettings, clientsOf, signedFor, startWire } from './wire-under-test.ts';

const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' };

describe('a call that is never answered', () => {
  it('is a broken connection to the client', async () => {
    const wire = await startWire(async () => {
      throw new Disconnect();
    });
    await expect(clientsOf(wire).eks.send(new ListClustersCommand({}))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(wire.bugs).toEqual([]);
  });

  it('is tried again by a client that may, on a new connection', async () => {
    let asked = 0;
    const wire = await startWire(async () => {
      if (++asked === 1) throw new Disconnect();
      return { clusters: [] };
    });
    const client = new EKSClient({ ...clientSettings(wire.url), maxAttempts: 2 });
    expect(await client.send(new ListClustersCommand({}))).toMatchObject({ clusters: [] });
    client.destroy();
  });
});

describe('the port', () => {
  it('is on loopback only, and free to choose', async () => {
    const { port, url } = await startWire({});
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(port).toBeGreaterThan(0);
  });

  it('that is taken is named', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const options = { port, serve: async () => ({}), requestId: () => '', onBug: () => undefined };
    await expect(listen(options)).rejects.toThrow(PortTaken);
    await expect(listen(options)).rejects.toMatchObject({ port, message: expect.stringContaining(`port ${port}`) });
    other.close();
  });

  it('is free again at once, though clients keep connections open and calls are being played', async () => {
    const wire = await startWire(() => new Promise(() => undefined));
    const idle = connect(wire.port, '127.0.0.1');
    await once(idle, 'connect');
    const cut = clientsOf(wire)
      .eks.send(new ListClustersCommand({}))
      .catch((error: { code: string }) => error.code);
    while (wire.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await wire.close();
    expect(await cut).toBe('ECONNRESET');
    const again = await listen({
      port: wire.port,
      serve: async () => ({}),
      requestId: () => '',
      onBug: () => undefined,
    });
    await again.close();
    await again.close();
  });
});

describe('a person with a browser', () => {
  it('is told what this is', async () => {
    const { url, calls } = await startWire({});
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toMatch('text/plain');
    expect(await response.text()).toMatch(/^This is the embedded AWS of eks-ami-rollout/);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    expect(calls).toEqual([]);
  });
});

describe('a call', () => {
  it('names the caller, the session and the Region of the signature', async () => {
    const wire = await startWire(async () => ({ clusters: [] }));
    const settings = { ...clientSettings(wire.url), region: 'eu-central-1' };
    const client = new EKSClient({ ...settings, credentials: { ...settings.credentials, sessionToken: 'role' } });
    await client.send(new ListClustersCommand({}));
    expect(wire.calls[0]).toMatchObject({
      caller: { accessKeyId: 'AKIDEXAMPLE', sessionToken: 'role', region: 'eu-central-1' },
      headers: { 'user-agent': expect.stringContaining('aws-sdk-js') },
    });
    client.destroy();
  });

  it('has the request id its owner derives, and answers with it', async () => {
    const wire = await startWire(async () => ({ clusters: [] }), {
      requestId: ({ service, operation, input }) => `${service}-${operation}-${JSON.stringify(input)}`,
    });
    const { $metadata } = await clientsOf(wire).eks.send(new ListClustersCommand({ maxResults: 3 }));
    expect($metadata.requestId).toBe('eks-ListClusters-{"maxResults":3}');
    expect(wire.calls[0]?.requestId).toBe($metadata.requestId);
  });

  it('answers without a date: it would not be the pretend one', async () => {
    const { url } = await startWire(async () => ({ clusters: [] }));
    const response = await fetch(`${url}/clusters`, { headers: signedFor('eks') });
    expect(response.headers.get('date')).toBeNull();
    expect(response.headers.get('x-amzn-requestid')).toBe('request-1');
  });

  it('may be presigned, as the token of `aws eks get-token` is', async () => {
    const { url } = await startWire(async () => ({ Account: '111122223333' }));
    const credential = encodeURIComponent('AKIDEXAMPLE/20261123/us-east-1/sts/aws4_request');
    const response = await fetch(
      `${url}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}`,
    );
    expect(await response.text()).toContain('<Account>111122223333</Account>');
  });

  it('may be compressed', async () => {
    const wire = await startWire(async () => ({}));
    const body = gzipSync('{"Name":"/a"}');
    await fetch(wire.url, {
      method: 'POST',
      headers: { ...signedFor('ssm'), ...json, 'content-encoding': 'gzip' },
      body,
    });
    expect(wire.calls[0]?.input).toEqual({ Name: '/a' });
    const broken = fetch(wire.url, {
      method: 'POST',
      headers: { ...signedFor('ssm'), ...json, 'content-encoding': 'gzip' },
      body: 'no gzip',
    });
    await expect(broken).rejects.toThrow();
  });

  it('may run beside others', async () => {
    const wire = await startWire(async ({ input }) => {
      await new Promise((resolve) => setImmediate(resolve));
      return { nextToken: JSON.stringify(input) };
    });
    const { eks } = clientsOf(wire);
    const tokens = await Promise.all(
      Array.from({ length: 60 }, (_, maxResults) => eks.send(new ListClustersCommand({ maxResults: maxResults + 1 }))),
    );
    expect(tokens.map(({ nextToken }) => nextToken)).toEqual(
      Array.from({ length: 60 }, (_, index) => `{"maxResults":${index + 1}}`),
    );
  });
});
