/** Keeps the embedded AWS up for the aws CLI, boto3, kubectl and our own CLI, until it is told to end. */
import { startEmbeddedAws } from './embedded-aws.ts';
import type { Scenario } from './scenario-format/schema.ts';

export interface ServeOptions {
  /** 0 takes a free one. */
  port: number;
  /** Pretend seconds a real second; Infinity: as fast as it can while somebody waits. */
  speed: number;
  /** Ends it. */
  signal: AbortSignal;
  print(line: string): void;
}

/** The account's administrator. Any other credentials are, too. */
const administrator = { accessKeyId: 'AKIAREHEARSAL0000000', secretAccessKey: 'rehearsal' };

export const serve = async (scenario: Scenario, options: ServeOptions): Promise<void> => {
  const aws = await startEmbeddedAws(scenario, { port: options.port });
  const arnOf = (machine: string): string =>
    aws.stack.stateMachines.find(({ name }) => name.endsWith(`-${machine}`))?.arn ?? '';
  const lines = {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: scenario.region,
    AWS_ACCESS_KEY_ID: administrator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    ROLL_OUT_FLEET_ARN: arnOf('roll-out-fleet'),
    ROLL_OUT_CLUSTER_ARN: arnOf('roll-out-cluster'),
    ROLL_OUT_NODE_GROUP_ARN: arnOf('roll-out-node-group'),
  };
  for (const [name, value] of Object.entries(lines)) options.print(`${name}=${value}`);
  options.print('ready');
  try {
    await aws.clock.keepPace({
      speed: options.speed,
      signal: options.signal,
      isBusy: () =>
        aws.triggers.isBusy ||
        !aws.world.isAtRest ||
        aws.executions.all.some((execution) => execution.status === 'RUNNING'),
    });
    if (aws.bugs.length > 0) throw aws.bugs[0];
  } finally {
    await aws.close();
  }
};
