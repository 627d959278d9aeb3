/** Makes a list of calls one after another, and says how long that took. */
import { Agent, request } from 'node:https';
import { parentPort, workerData } from 'node:worker_threads';
import * as autoscaling from '@aws-sdk/client-auto-scaling';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as states from '@aws-sdk/client-sfn';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';

interface Call {
  service: string;
  operation: string;
  input: unknown;
}

const { calls, kubernetes } = workerData as {
  calls: Call[];
  kubernetes: Record<string, { url: string; certificateAuthority: string }>;
};

interface Client {
  send(command: unknown): Promise<unknown>;
}

const modules: Record<string, object> = { autoscaling, dynamodb, ec2, eks, states, ssm, sts };
const clients: Record<string, Client> = {
  autoscaling: new autoscaling.AutoScalingClient({}),
  dynamodb: new dynamodb.DynamoDBClient({}),
  ec2: new ec2.EC2Client({}),
  eks: new eks.EKSClient({}),
  states: new states.SFNClient({}),
  ssm: new ssm.SSMClient({}),
  sts: new sts.STSClient({}),
} as unknown as Record<string, Client>;
const agents = new Map<string, Agent>();

const listNodes = (cluster: string): Promise<void> => {
  const { url = '', certificateAuthority = '' } = kubernetes[cluster] ?? {};
  const agent = agents.get(cluster) ?? new Agent({ ca: certificateAuthority, keepAlive: true });
  agents.set(cluster, agent);
  return new Promise((resolve, reject) => {
    request(`${url}/api/v1/nodes`, { agent }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
};

const make = async ({ service, operation, input }: Call): Promise<void> => {
  if (service === 'kubernetes') return listNodes((input as { cluster: string }).cluster);
  const Command = (modules[service] as Record<string, new (input: unknown) => object>)[`${operation}Command`];
  if (Command === undefined) throw new Error(`${service} has no ${operation}`);
  // What is not there any more is answered with an error, which takes as long.
  await clients[service]?.send(new Command(input)).catch(() => {});
};

const begun = performance.now();
for (const call of calls) await make(call);
parentPort?.postMessage(performance.now() - begun);
