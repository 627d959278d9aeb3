/** A wire for one test, and clients that have never heard of it but for its address. */

import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import type { Call, Serve } from '../../../rehearsal/wire/call.ts';
import { play } from '../../../rehearsal/wire/operations.ts';
import { listen, type Wire, type WireOptions } from '../../../rehearsal/wire/server.ts';

export interface WireUnderTest extends Wire {
  /** Every call that was played, in order. */
  readonly calls: readonly Call[];
  readonly bugs: readonly unknown[];
}

/** Listens until the test ends. */
export const startWire = async (
  services: Readonly<Record<string, object>> | Serve,
  options: Partial<WireOptions> = {},
): Promise<WireUnderTest> => {
  const calls: Call[] = [];
  const bugs: unknown[] = [];
  const serve = typeof services === 'function' ? services : play(services);
  let requests = 0;
  const wire = await listen({
    requestId: () => `request-${++requests}`,
    onBug: (bug) => bugs.push(bug),
    serve: (call) => {
      calls.push(call);
      return serve(call);
    },
    ...options,
  });
  onTestFinished(() => wire.close());
  return { ...wire, calls, bugs };
};

export const clientSettings = (url: string) => ({
  endpoint: url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  maxAttempts: 1,
});

/** Unmodified SDK clients, destroyed when the test ends. */
export const clientsOf = ({ url }: Wire) => {
  const settings = clientSettings(url);
  const clients = {
    autoScaling: new AutoScalingClient(settings),
    dynamodb: new DynamoDBClient(settings),
    ec2: new EC2Client(settings),
    eks: new EKSClient(settings),
    // Step Functions has operations on hosts of their own (sync-states…), which loopback has not.
    sfn: new SFNClient({ ...settings, disableHostPrefix: true }),
    ssm: new SSMClient(settings),
    sts: new STSClient(settings),
  };
  onTestFinished(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  return clients;
};

/** A request without any SDK, signed as far as the wire looks. */
export const signedFor = (service: string): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});
