/**
 * What the functions that read a whole cluster need of memory and time where the cluster has 450 nodes and 10,000 pods:
 * each bundle runs in a process of its own, on the events that a rollout of that cluster gave it. Fails above the memory of
 * its Lambda. Time is told as a ratio to the same function in a small cluster, because machines are noisy.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import Table from 'cli-table3';
import type { EmbeddedAws } from '../rehearsal/embedded-aws.ts';
import { prepareBundles } from '../rehearsal/lambda/bundles.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { parseScenario } from '../rehearsal/scenario-format/read.ts';
import { folderOf } from './bundle.mjs';

const [nodes = 450, pods = 10_000] = process.argv.slice(2).map(Number);
const readers: readonly string[] = ['inspect-cluster', 'take-baseline', 'evaluate-health-gates'];

interface Measured {
  megabytes: number;
  seconds: number;
  memoryMegabytes: number;
  timeoutSeconds: number;
}

/** A cluster of which one small node group is rolled out; its gates compare it with all the rest. */
const scenarioOf = (size: number, count: number) =>
  parseScenario(
    JSON.stringify({
      version: 1,
      name: 'a large cluster',
      now: '2026-08-20T09:00:00Z',
      policy: {
        version: 1,
        gates: ['nodes-ready', 'pods-running', 'allocatable-kept', 'daemonsets-ready', 'deployments-available'],
      },
      releases: [
        { amiType: 'AL2023_x86_64_STANDARD', release: '1.33.4-20260710', publishedAt: '2026-07-10T00:00:00Z' },
        { amiType: 'AL2023_x86_64_STANDARD', release: '1.33.4-20260810', publishedAt: '2026-08-10T00:00:00Z' },
      ],
      clusters: [
        {
          name: 'large',
          version: '1.33',
          tags: { 'eks-ami-rollout': 'enabled' },
          nodeGroups: [
            { name: 'web', size: 5, maxUnavailable: 5 },
            { name: 'rest', size: size - 5, max: size },
          ].map((group) => ({ amiType: 'AL2023_x86_64_STANDARD', release: '1.33.4-20260710', ...group })),
          workloads: Array.from({ length: Math.ceil(count / 50) }, (_, index) => ({
            name: `shop/service-${index}`,
            replicas: 50,
            minAvailable: 40,
          })),
        },
      ],
      start: { clusterName: 'large', nodeGroups: ['web'] },
    }),
    'large cluster',
  );

/**
 * Runs in the child: the event is on the command line, what it took is printed as the last line. Linux keeps the most memory
 * a process had in VmHWM (proc_pid_status(5)); getrusage counts what it was forked from as well.
 */
const child = `
const [bundle, event] = process.argv.slice(1);
import { readFileSync } from 'node:fs';
const { handler } = await import(bundle);
const begun = performance.now();
await handler(JSON.parse(event), { awsRequestId: 'bench', functionName: 'bench', getRemainingTimeInMillis: () => 60000 });
console.log('\\n' + JSON.stringify({ milliseconds: performance.now() - begun, kilobytes: Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) }));
process.exit(0);
`;

/** The last event that a rollout gave each function, by the function's folder. */
const eventsOf = async (aws: EmbeddedAws): Promise<Map<string, unknown>> => {
  const events = new Map<string, unknown>();
  for (const { arn } of aws.executions.all) {
    let nextToken: string | undefined;
    do {
      const page = (await aws.call('states:GetExecutionHistory', {
        executionArn: arn,
        maxResults: 1000,
        ...(nextToken === undefined ? {} : { nextToken }),
      })) as { events: { taskScheduledEventDetails?: { parameters?: string } }[]; nextToken?: string };
      for (const { taskScheduledEventDetails: scheduled } of page.events) {
        const { FunctionName, Payload } = JSON.parse(scheduled?.parameters ?? '{}') as Record<string, unknown>;
        const deployed = aws.stack.functions.find(({ versionArn }) => versionArn === FunctionName);
        if (deployed !== undefined) events.set(folderOf(deployed.logicalId), Payload);
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  return events;
};

/** Else nothing more would be looked at. */
const forgetBaseline = async ({ url, stack }: EmbeddedAws): Promise<void> => {
  const credentials = { accessKeyId: 'AKIABENCH00000000000', secretAccessKey: 'bench' };
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials });
  const TableName = stack.functions.find(({ environment }) => environment.LEDGER_TABLE !== undefined)?.environment
    .LEDGER_TABLE;
  const Key = { pk: { S: 'ROLLOUT#rehearsal-1' }, sk: { S: 'BASELINE#web' } };
  const deleted = await client.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
  if (deleted.Attributes === undefined) throw new Error('there was no baseline of web');
};

const measure = async (aws: EmbeddedAws): Promise<Map<string, Measured>> => {
  const events = await eventsOf(aws);
  await forgetBaseline(aws);
  const bundles = await prepareBundles(aws.stack.functions.map(({ logicalId }) => logicalId));
  const measured = new Map<string, Measured>();
  for (const deployed of aws.stack.functions) {
    const folder = folderOf(deployed.logicalId);
    if (!readers.includes(folder)) continue;
    const event = events.get(folder);
    if (event === undefined) throw new Error(`${folder} was not called`);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', child, bundles.bundleOf(deployed.logicalId), JSON.stringify(event)],
      {
        maxBuffer: 1 << 26,
        env: {
          ...deployed.environment,
          AWS_ENDPOINT_URL: aws.url,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'AKIABENCH00000000000',
          AWS_SECRET_ACCESS_KEY: 'bench',
        },
      },
    );
    const { milliseconds = 0, kilobytes = 0 } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<
      string,
      number
    >;
    const { memoryMegabytes, timeoutSeconds } = deployed;
    measured.set(folder, {
      megabytes: kilobytes / 1024,
      seconds: milliseconds / 1000,
      memoryMegabytes,
      timeoutSeconds,
    });
  }
  return measured;
};

const play = async (size: number, count: number) => {
  let measured = new Map<string, Measured>();
  let seen = '';
  const report = await rehearse(scenarioOf(size, count), {
    onEnd: async (aws) => {
      const [cluster] = aws.world.clusters.values();
      seen = `${cluster?.nodes.size} nodes, ${cluster?.pods.length} pods`;
      measured = await measure(aws);
    },
  });
  if (!report.asExpected) throw new Error([...report.differences, ...report.invariants].join('; '));
  return { measured, seen };
};

const small = await play(20, 200);
const large = await play(nodes, pods);
console.log(`${large.seen}; beside it ${small.seen}`);
const table = new Table({
  head: ['function', 'memory', 'of', 'time, small = 1', 'of its timeout'],
  style: { head: [], border: [], compact: true },
  colAligns: ['left', 'right', 'right', 'right', 'right'],
});
let failed = 0;
for (const [folder, { megabytes, seconds, memoryMegabytes, timeoutSeconds }] of large.measured) {
  // Past half of its time a slower day would end it.
  if (megabytes > memoryMegabytes || seconds > timeoutSeconds / 2) failed += 1;
  table.push([
    folder,
    `${megabytes.toFixed(0)} MB`,
    `${memoryMegabytes} MB`,
    (seconds / (small.measured.get(folder)?.seconds ?? 1)).toFixed(1),
    `${((100 * seconds) / timeoutSeconds).toFixed(0)} %`,
  ]);
}
console.log(table.toString());
console.log(failed === 0 ? 'each stays within its memory and half of its time' : `${failed} need more than they have`);
process.exitCode = failed === 0 ? 0 : 1;
