/** An embedded AWS for one test, and clients that know nothing of it but where it is. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { onTestFinished, vi } from 'vitest';
import { type EmbeddedAws, startEmbeddedAws } from '../../rehearsal/embedded-aws.ts';
import { parseScenario } from '../../rehearsal/scenario-format/read.ts';
import type { ManagedNodeGroup } from '../../rehearsal/world/node-groups.ts';
import { startOfTime } from '../rehearsal/play.ts';

/** Begins a world that stands still until its clock is run, and ends it with the test. */
export const beginEmbeddedAws = async (scenario: Record<string, unknown> = {}): Promise<EmbeddedAws> => {
  const aws = await startEmbeddedAws(
    parseScenario(JSON.stringify({ version: 1, name: 'a world', now: startOfTime, ...scenario }), 'scenario'),
  );
  onTestFinished(async () => {
    await aws.close();
    // What is wrong with the embedded AWS itself makes any answer worthless.
    if (aws.bugs.length > 0) throw aws.bugs[0];
  });
  return aws;
};

/**
 * The adapters build their clients as in a function: without a word, from what Lambda puts into the environment. Only
 * what they build after this sees it.
 */
export const useEnvironmentOf = ({ url }: { url: string }): void => {
  const environment = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
};

/** Clients of a stranger: administrators of the account that never try again. */
export const strangersOf = ({ url }: { url: string }) => {
  const settings = {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  };
  const clients = {
    autoScaling: new AutoScalingClient(settings),
    cloudWatch: new CloudWatchClient(settings),
    dynamodb: new DynamoDBClient(settings),
    ec2: new EC2Client(settings),
    eks: new EKSClient(settings),
    events: new EventBridgeClient(settings),
    sfn: new SFNClient(settings),
    sns: new SNSClient(settings),
    ssm: new SSMClient(settings),
  };
  onTestFinished(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  return clients;
};

/** Lets so many seconds of pretend time pass. */
export const pass = (aws: EmbeddedAws, seconds: number): Promise<void> =>
  aws.clock.run({ until: aws.clock.now + seconds * 1000 });

export const nodeGroupOf = (aws: EmbeddedAws, name: string, cluster = 'prod'): ManagedNodeGroup => {
  const nodeGroup = aws.world.clusters.get(cluster)?.nodeGroups.get(name);
  if (nodeGroup === undefined) throw new Error(`${cluster} has no node group ${name}`);
  return nodeGroup;
};

/** The launch template a node group uses, which is the customer's. */
export const templateOf = (nodeGroup: ManagedNodeGroup) => {
  if (nodeGroup.launchTemplate === undefined) throw new Error(`${nodeGroup.name} has no launch template`);
  return nodeGroup.launchTemplate.template;
};
