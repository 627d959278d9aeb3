/** Lambda on the pretend clock: what a bundle sees of the world, and what is seen of a bundle that fails. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { PretendClock } from '../../rehearsal/clock/pretend-clock.ts';
import { bundleAll } from '../../rehearsal/lambda/bundles.ts';
import { FunctionHost, type InvocationResult, type LambdaFunction } from '../../rehearsal/lambda/function-host.ts';

const startOfTime = Date.parse('2026-08-20T09:00:00Z');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'functions-'));
  await bundleAll([], folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let bundles = 0;

/** A function made of this source, deployed on a clock of its own. */
const deploy = async (source: string, given: Partial<LambdaFunction> = {}, seed = '1') => {
  bundles += 1;
  const bundle = path.join(folder, `bundle-${bundles}.mjs`);
  await writeFile(bundle, source);
  const lambda: LambdaFunction = {
    folder: 'some-function',
    name: 'stack-SomeFunction',
    arn: 'arn:aws:lambda:us-east-1:111122223333:function:stack-SomeFunction:1',
    roleArn: 'arn:aws:iam::111122223333:role/some',
    version: '1',
    bundle,
    handler: 'handler',
    workerFiles: { preload: path.join(folder, 'pretend-globals.mjs'), runtime: path.join(folder, 'runtime.mjs') },
    environment: { OWN: 'from the template' },
    timeoutSeconds: 60,
    memoryMegabytes: 512,
    ...given,
  };
  const clock = new PretendClock(startOfTime);
  const logs: string[] = [];
  const host = new FunctionHost({
    clock,
    seed,
    environmentOf: () => ({ AWS_REGION: 'us-east-1', OWN: 'from Lambda' }),
    onLog: (_, line) => logs.push(line),
  });
  onTestFinished(() => host.close());
  const seconds = (): number => (clock.now - startOfTime) / 1000;
  /** What came of an event, and how many seconds after the start of time. */
  const invoke = async (event: unknown = {}): Promise<InvocationResult & { seconds: number }> => ({
    ...(await host.invoke(lambda, event)),
    seconds: seconds(),
  });
  /** One event after another, or all at once. */
  const each = async (...events: unknown[]) => {
    const results = [];
    for (const event of events) {
      const result = invoke(event);
      await clock.run();
      results.push(await result);
    }
    return results;
  };
  const together = async (...events: unknown[]) => {
    const results = Promise.all(events.map(invoke));
    await clock.run();
    return results;
  };
  return { clock, host, logs, each, together };
};

const handler = (body: string): string => `export const handler = async (event, context) => { ${body} };`;

describe('a bundle', () => {
  test('sees pretend time, however it asks', async () => {
    const { each } = await deploy(
      handler(`return [Date.now(), new Date().toISOString(), +new Date(0), Date().slice(0, 15), performance.now(),
        Number(process.hrtime.bigint() / 1_000_000n), new Date() instanceof Date, context.getRemainingTimeInMillis()];`),
    );
    expect(await each({})).toEqual([
      {
        status: 'answered',
        seconds: 0,
        payload: [
          startOfTime,
          '2026-08-20T09:00:00.000Z',
          0,
          'Thu Aug 20 2026',
          startOfTime,
          startOfTime,
          true,
          60_000,
        ],
      },
    ]);
  });

  test.each([
    ['setTimeout', 'await new Promise((done) => setTimeout(done, 30_000));'],
    ['setTimeout of a module', "await (await import('node:timers/promises')).setTimeout(30_000);"],
    ['setInterval', 'let n = 0; await new Promise((done) => setInterval(() => { if (++n === 3) done(); }, 10_000));'],
    [
      'a timer set anew',
      'await new Promise((done) => { const t = setTimeout(done, 20_000); setTimeout(() => t.refresh(), 10_000); });',
    ],
  ])('sleeps in pretend time: %s', async (_, body) => {
    const { each } = await deploy(handler(`${body} return Date.now();`));
    expect(await each({})).toEqual([{ status: 'answered', seconds: 30, payload: startOfTime + 30_000 }]);
  });

  test('lets others move while it sleeps, and runs its timers in order', async () => {
    const { together } = await deploy(
      handler(`const seen = [];
        const at = (name, ms) => new Promise((done) => setTimeout(() => { seen.push(name); done(); }, ms));
        const all = [at('c', event.last), at('a', 1000), at('b', 1000)];
        clearTimeout(setTimeout(() => seen.push('never'), 500));
        await Promise.all(all);
        return seen;`),
    );
    expect(await together({ last: 40_000 }, { last: 2000 })).toEqual([
      { status: 'answered', seconds: 40, payload: ['a', 'b', 'c'] },
      { status: 'answered', seconds: 2, payload: ['a', 'b', 'c'] },
    ]);
  });

  test('sees its own environment and nothing of the machine', async () => {
    process.env.OF_THE_MACHINE = 'secret';
    onTestFinished(() => {
      delete process.env.OF_THE_MACHINE;
    });
    const { each } = await deploy(handler('process.env.LEFT = "behind"; return { ...process.env, LEFT: undefined };'));
    const [result] = await each({});
    expect(result).toMatchObject({ payload: { AWS_REGION: 'us-east-1', OWN: 'from the template' } });
    expect(Object.keys(result?.status === 'answered' ? (result.payload as object) : {}).sort()).toEqual([
      'AWS_REGION',
      'OWN',
    ]);
    expect(process.env.LEFT).toBeUndefined();
  });

  test('keeps what it holds from one event to the next, and shares it with none at the same time', async () => {
    const counting = `let count = 0; ${handler('await new Promise((d) => setTimeout(d, 1000)); return ++count;')}`;
    const { each, together } = await deploy(counting);
    const payloads = (results: InvocationResult[]) =>
      results.map((each) => (each.status === 'answered' ? each.payload : each.error));
    expect(payloads(await each({}, {}))).toEqual([1, 2]);
    expect(payloads(await together({}, {})).sort()).toEqual([1, 3]);
  });

  test('is not woken by a timer that an earlier event left behind', async () => {
    const { each } = await deploy(
      `let late = 0; ${handler(`setTimeout(() => { late += 1; }, 5000);
        await new Promise((d) => setTimeout(d, event.for)); return late;`)}`,
    );
    const results = await each({ for: 1000 }, { for: 4900 }, { for: 10_000 });
    expect(results.map((each) => each.status === 'answered' && each.payload)).toEqual([0, 0, 1]);
  });

  test('draws lots that follow from the seed and the invocation', async () => {
    const drawing = handler(`const bytes = crypto.getRandomValues(new Uint8Array(4));
      return [Math.random(), crypto.randomUUID(), [...bytes], (await import('node:crypto')).randomUUID()].join(' ');`);
    const drawn = async (seed: string) =>
      (await (await deploy(drawing, {}, seed)).each({}, {})).map((each) => each.status === 'answered' && each.payload);
    const first = await drawn('1');
    expect(await drawn('1')).toEqual(first);
    expect(new Set([...first, ...(await drawn('2'))]).size).toBe(4);
  });

  test('that gives a request up before its turn can make others', async () => {
    const server = createServer((_, response) => response.end('answered')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { each } = await deploy(
      `import http from 'node:http';
      const ask = (port, use = () => {}) => new Promise((resolve) => {
        const request = http.request({ port, host: '127.0.0.1' });
        request.once('error', () => resolve('given up'));
        request.once('response', (response) => response.setEncoding('utf8').once('data', resolve));
        request.end();
        use(request);
      });
      ${handler(`const given = [ask(event.port), ask(event.port, (request) => request.destroy(new Error('no'))), ask(event.port)];
        return [...(await Promise.all(given)), await ask(event.port)];`)}`,
    );
    const { port } = server.address() as AddressInfo;
    expect(await each({ port })).toMatchObject([{ payload: ['answered', 'given up', 'answered', 'answered'] }]);
  });

  test('waits for an answer however long the machine takes over it', async () => {
    const server = createServer((_, response) => setTimeout(() => response.end('answered'), 200));
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { each } = await deploy(
      `import http from 'node:http';
      ${handler(`return new Promise((resolve) => {
        const options = { port: event.port, host: '127.0.0.1', agent: new http.Agent({ keepAlive: true }), timeout: 20 };
        const request = http.get(options, (response) => response.setEncoding('utf8').once('data', resolve));
        request.once('timeout', () => resolve('no answer in time'));
      });`)}`,
    );
    const { port } = server.address() as AddressInfo;
    expect(await each({ port })).toMatchObject([{ payload: 'answered' }]);
  });

  test('gets the event as it was sent, and answers JSON', async () => {
    const { each, logs } = await deploy(
      handler('console.log("got", event.n); return event.n === 1 ? undefined : { at: new Date(0), gone: undefined };'),
    );
    const results = await each({ n: 1 }, { n: 2 });
    expect(results).toMatchObject([{ payload: null }, { payload: { at: '1970-01-01T00:00:00.000Z' } }]);
    // A line goes through a stream of its own and may arrive after the answer.
    await expect.poll(() => logs).toEqual(['got 1', 'got 2']);
  });
});

describe('a function that fails', () => {
  test.each([
    ['an error', 'throw new TypeError("no")', { errorType: 'TypeError', errorMessage: 'no' }],
    [
      'an error of its own name',
      'throw Object.assign(new Error("later"), { name: "TransientFault" })',
      { errorType: 'TransientFault', errorMessage: 'later' },
    ],
    ['what is no error', 'throw "text"', { errorType: 'string', errorMessage: 'text' }],
    ['an answer that is no JSON', 'return { big: 1n }', { errorType: 'TypeError' }],
  ])('with %s says so as Lambda does, and is there for the next event', async (_, body, error) => {
    const { each } = await deploy(handler(`if (event.isGood) return "good"; ${body};`));
    expect(await each({}, { isGood: true })).toMatchObject([
      { status: 'failed', error: { ...error, trace: expect.any(Array) } },
      { status: 'answered', payload: 'good' },
    ]);
  });

  test.each([
    ['sleeps', 'await new Promise((done) => setTimeout(done, 3600_000));'],
    ['waits for nothing', 'await new Promise(() => {});'],
    ['keeps an interval', 'await new Promise(() => { setInterval(() => {}, 7000); });'],
  ])('that %s past its time is ended then, and begins anew', async (_, body) => {
    const { each } = await deploy(`let count = 0; ${handler(`count += 1; if (event.isGood) return count; ${body}`)}`, {
      timeoutSeconds: 20,
    });
    expect(await each({ isGood: true }, {}, { isGood: true })).toEqual([
      { status: 'answered', seconds: 0, payload: 1 },
      {
        status: 'failed',
        seconds: 20,
        error: {
          errorType: 'Sandbox.Timedout',
          errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 20\.00 seconds$/),
          trace: [],
        },
      },
      { status: 'answered', seconds: 20, payload: 1 },
    ]);
  });

  test.each([
    ['an error nobody catches', 'setTimeout(() => { throw new Error("deep"); }, 1000); await new Promise(() => {});'],
    ['a promise nobody looks at', 'Promise.reject(new Error("deep")); await new Promise(() => {});'],
    ['an exit', 'process.exit(1);'],
  ])('because its process ends, by %s, begins anew', async (_, body) => {
    const { each } = await deploy(`let count = 0; ${handler(`count += 1; if (event.isGood) return count; ${body}`)}`);
    expect(await each({ isGood: true }, {}, { isGood: true })).toMatchObject([
      { status: 'answered', payload: 1 },
      { status: 'failed', error: { errorType: 'Runtime.ExitError' } },
      { status: 'answered', payload: 1 },
    ]);
  });

  // When it is heard of is a matter of the machine.
  test('because its process ends after it has answered keeps nobody waiting', async () => {
    const { each } = await deploy(handler('setImmediate(() => process.exit(1)); return "good";'));
    expect(await each({}, {}, {})).toHaveLength(3);
  });

  test.each([
    ['cannot be read', 'export const handler = ;', 'SyntaxError'],
    ['fails as it is loaded', `throw new RangeError("no"); ${handler('')}`, 'RangeError'],
    ['has no handler', 'export const other = async () => 1;', 'Error'],
    // nodejs24.x refuses a handler that merely declares a callback.
    ['wants a callback', 'export const handler = (event, context, callback) => callback(null, 1);', 'Error'],
  ])('because its bundle %s fails each time', async (_, source, errorType) => {
    const { each } = await deploy(source);
    const failed = { status: 'failed', error: { errorType } };
    expect(await each({}, {})).toMatchObject([failed, failed]);
  });
});
