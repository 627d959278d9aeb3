/** Operations are plain typed functions; most of this is checked by the compiler. */

import type * as autoScaling from '@aws-sdk/client-auto-scaling';
import type * as eks from '@aws-sdk/client-eks';
import type * as sfn from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import type { Call } from '../../../rehearsal/wire/call.ts';
import { type Operations, play } from '../../../rehearsal/wire/operations.ts';

const call = (service: string, operation: string, input: unknown): Call => ({
  service,
  operation,
  input,
  caller: { accessKeyId: 'AKIDEXAMPLE', sessionToken: undefined, region: 'us-east-1' },
  requestId: 'request',
  headers: {},
});

it('are given the input with its required members, and the call', async () => {
  const operations: Operations<typeof eks> = {
    DescribeCluster: ({ name }, { caller }) => ({
      cluster: { name: name.toUpperCase(), platformVersion: caller.region },
    }),
  };
  const output = await play({ eks: operations })(call('eks', 'DescribeCluster', { name: 'prod' }));
  expect(output).toEqual({ cluster: { name: 'PROD', platformVersion: 'us-east-1' } });
});

it('may be asynchronous, and may return nothing where AWS does', async () => {
  const states: Operations<typeof sfn> = { SendTaskSuccess: async () => undefined };
  const autoscaling: Operations<typeof autoScaling> = { SetDesiredCapacity: () => undefined };
  const serve = play({ states, autoscaling });
  expect(await serve(call('states', 'SendTaskSuccess', { taskToken: 'a', output: '{}' }))).toBeUndefined();
  expect(await serve(call('autoscaling', 'SetDesiredCapacity', {}))).toBeUndefined();
});

it('refuse to compile when they are not what the service offers', () => {
  const unknown: Operations<typeof eks> = {
    // @ts-expect-error EKS has no such operation
    DescribeUnicorn: () => ({}),
  };
  const wrong: Operations<typeof eks> = {
    // @ts-expect-error a name is no number
    ListClusters: () => ({ clusters: [3] }),
    // @ts-expect-error the version of a cluster is no object
    DescribeCluster: () => ({ cluster: { version: {} } }),
  };
  const lacking: Operations<typeof sfn> = {
    // @ts-expect-error an execution has a start date
    StartExecution: ({ stateMachineArn }) => ({ executionArn: stateMachineArn }),
  };
  expect([unknown, wrong, lacking]).toHaveLength(3);
});
