/** What the gates read beside the cluster: CloudWatch alarms, and functions that judge. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Uint8ArrayBlobAdapter } from '@smithy/core/serde';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cloudWatchAlarms } from '../../adapters/aws/health-alarms.ts';
import { lambdaChecks } from '../../adapters/aws/own-checks.ts';
import { AccessDenied, TransientFault } from '../../adapters/fault.ts';
import type { CheckQuestion } from '../../core/gate/own-check.ts';
import { AwsError, commonError } from '../../rehearsal/wire/errors.ts';
import { clusterOf, releasesWith } from '../rehearsal/play.ts';
import { clientSettings, startWire } from '../rehearsal/wire/wire-under-test.ts';
import { beginEmbeddedAws, useEnvironmentOf } from './embedded.ts';

const since = '2026-08-20T09:00:00.000Z';

describe('alarms', () => {
  const begin = async () => {
    const alarms = [{ name: 'shop-a' }, { name: 'shop-b' }, { name: 'pay', state: 'INSUFFICIENT_DATA' }];
    const aws = await beginEmbeddedAws({
      releases: releasesWith(),
      clusters: [{ ...clusterOf([{ name: 'web' }]), alarms }],
    });
    useEnvironmentOf(aws);
    return aws;
  };

  test('are found by name and by how names begin, each once', async () => {
    await begin();
    const found = await cloudWatchAlarms().read(['shop-*', 'shop-a', 'pay', 'gone'], null);
    expect(found.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      'pay INSUFFICIENT_DATA',
      'shop-a OK',
      'shop-b OK',
    ]);
  });

  test('tell when they fired, also when they are OK again', async () => {
    const { world } = await begin();
    const alarm = world.alarms.get('shop-a');
    if (alarm === undefined) throw new Error('no alarm');
    world.alarms.hold(alarm, 'ALARM', 'test');
    world.alarms.hold(alarm, 'OK', 'test');
    const read = (from: string) => cloudWatchAlarms().read(['shop-a'], from);
    expect(await read(since)).toMatchObject([{ state: 'OK', firedAt: since }]);
    expect(await read('2026-08-20T09:00:00.001Z')).toMatchObject([{ state: 'OK', firedAt: null }]);
  });

  test('are read a hundred names at a time, page by page, and composite ones with them', async () => {
    const asked: cloudwatch.DescribeAlarmsCommandInput[] = [];
    const wire = await startWire({
      cloudwatch: {
        DescribeAlarms: (input: cloudwatch.DescribeAlarmsCommandInput) => {
          asked.push(input);
          const [first] = input.AlarmNames ?? [];
          if (input.NextToken === undefined)
            return { CompositeAlarms: [{ AlarmName: first, StateValue: 'OK' }], NextToken: '2' };
          return { MetricAlarms: [{ AlarmName: `${first}-2`, StateValue: 'A_NEW_WORD' }] };
        },
      },
    });
    const names = Array.from({ length: 101 }, (_, index) => `alarm-${index}`);
    const read = await cloudWatchAlarms(new cloudwatch.CloudWatchClient(clientSettings(wire.url))).read(names, since);
    expect(asked.map(({ AlarmNames }) => AlarmNames?.length)).toEqual([100, 100, 1, 1]);
    expect(asked.every(({ AlarmTypes }) => AlarmTypes?.includes('CompositeAlarm'))).toBe(true);
    expect(read.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'alarm-0 OK',
      'alarm-0-2 INSUFFICIENT_DATA',
      'alarm-100 OK',
      'alarm-100-2 INSUFFICIENT_DATA',
    ]);
  });

  test.each([
    ['access-denied', AccessDenied],
    ['throttled', TransientFault],
  ] as const)('%s is a fault', async (fault, Fault) => {
    const settings = clientSettings((await startWire(() => Promise.reject(commonError(fault)))).url);
    const alarms = cloudWatchAlarms(new cloudwatch.CloudWatchClient({ ...settings, maxAttempts: 1 }));
    await expect(alarms.read(['a'], since)).rejects.toBeInstanceOf(Fault);
  });
});

describe('a check of your own', () => {
  const arn = 'arn:aws:lambda:us-east-1:111122223333:function:smoke';
  const question: CheckQuestion = {
    version: 1,
    rolloutId: 'r',
    accountId: '111122223333',
    region: 'us-east-1',
    clusterName: 'prod',
    nodeGroup: 'web',
    since,
    now: since,
    from: { imageId: null, releaseVersion: null },
    to: { imageId: 'ami-1', releaseVersion: null },
    nodes: [],
  };
  const answering = async (answer: unknown, FunctionError?: string) => {
    const Payload = Uint8ArrayBlobAdapter.fromString(typeof answer === 'string' ? answer : JSON.stringify(answer));
    const wire = await startWire({ lambda: { Invoke: () => ({ StatusCode: 200, Payload, FunctionError }) } });
    return lambdaChecks(new LambdaClient(clientSettings(wire.url)));
  };

  test('that answers by the contract', async () => {
    const checks = await answering({ verdict: 'unhealthy', reason: 'no orders' });
    expect(await checks.ask(arn, question)).toEqual({ verdict: 'unhealthy', reason: 'no orders' });
  });

  test.each<[string, unknown, string | undefined, string]>([
    ['that throws', { errorMessage: 'boom' }, 'Unhandled', 'it failed: {"errorMessage":"boom"}'],
    ['that answers something else', { ok: true }, undefined, 'it must answer'],
    ['that answers no JSON', 'fine', undefined, 'answered "fine"'],
    ['that answers nothing', '', undefined, 'it must answer'],
  ])('%s is a fault that says so', async (_, answer, error, says) => {
    const checks = await answering(answer, error);
    await expect(checks.ask(arn, question)).rejects.toThrow(says);
  });

  test('that does not answer in time is a fault', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const checks = lambdaChecks(new LambdaClient(clientSettings(`http://127.0.0.1:${port}`)), 50);
    await expect(checks.ask(arn, question)).rejects.toThrow('no answer within 0.05 s');
  });

  test.each([
    ['one that may not be asked', commonError('access-denied')],
    ['one that is not there', new AwsError('ResourceNotFoundException', 'Function not found', {}, { status: 404 })],
  ])('%s shows before anything is changed', async (_, error) => {
    const settings = clientSettings((await startWire(() => Promise.reject(error))).url);
    const found = await lambdaChecks(new LambdaClient(settings))
      .access(arn)
      .catch((error: Error) => error.name);
    expect(found).toMatchObject({ access: 'denied' });
  });

  test('that is there and may be asked is not run to see that', async () => {
    const asked: unknown[] = [];
    const wire = await startWire({
      lambda: {
        Invoke: ({ InvocationType }: { InvocationType?: string }) => {
          asked.push(InvocationType);
          return { StatusCode: 204 };
        },
      },
    });
    const checks = lambdaChecks(new LambdaClient(clientSettings(wire.url)));
    expect(await checks.access(arn)).toEqual({ access: 'granted' });
    expect(asked).toEqual(['DryRun']);
  });
});
