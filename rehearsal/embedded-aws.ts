/**
 * The embedded AWS: deploys template.yaml into a pretend account and runs it, bundles and state machines unchanged, over
 * HTTP on loopback and on a pretend clock.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { folderOf } from '../scripts/bundle.mjs';
import { PretendClock } from './clock/pretend-clock.ts';
import { deploy, type Stack } from './deployment/stack.ts';
import { parseTemplate } from './deployment/template.ts';
import { digest } from './digest.ts';
import { Faults, refuseBy } from './faults.ts';
import { failure, serveKubernetes } from './kubernetes/server.ts';
import { prepareBundles } from './lambda/bundles.ts';
import { FunctionHost, type InvocationResult, type LambdaFunction } from './lambda/function-host.ts';
import { projectRoot } from './project-root.ts';
import { accountId, buildWorld } from './scenario-format/build-world.ts';
import type { Scenario } from './scenario-format/schema.ts';
import { autoScalingOperations } from './services/auto-scaling.ts';
import { ec2Operations } from './services/ec2.ts';
import { eksOperations } from './services/eks.ts';
import { Executions } from './services/executions.ts';
import { Identities, stsOperations } from './services/identities.ts';
import { ssmOperations } from './services/ssm.ts';
import { statesOperations } from './services/states.ts';
import { createTables, type Tables } from './services/tables.ts';
import { Triggers } from './services/triggers.ts';
import { type Execution, parseDefinition, type StateMachine } from './state-machines/index.ts';
import type { Call } from './wire/call.ts';
import { Disconnect } from './wire/errors.ts';
import { play } from './wire/operations.ts';
import { listen } from './wire/server.ts';
import type { World } from './world/world.ts';

export const stackName = 'eks-ami-rollout';

export interface EmbeddedAws {
  readonly clock: PretendClock;
  readonly world: World;
  readonly stack: Stack;
  readonly executions: Executions;
  readonly triggers: Triggers;
  readonly identities: Identities;
  readonly tables: Tables;
  readonly url: string;
  /** How often the product made each call, by `service:Operation`. */
  readonly calls: ReadonlyMap<string, number>;
  /** Changes of the world that the product asked for, in order. */
  readonly changes: readonly { call: string; input: unknown }[];
  /** Plays a call as the account's administrator, without the wire. */
  call(name: string, input: unknown): Promise<unknown>;
  /** Told of each state an execution enters; it may stop the execution there. */
  onStateEntered: (execution: Execution, stateName: string) => void;
  /** Told of each execution that starts or ends. */
  onStatus: (execution: Execution) => void;
  /** What the functions logged, newest last. */
  readonly logs: readonly string[];
  /** Events that no retry could deliver. */
  readonly lost: readonly string[];
  /** Where the embedded AWS itself is wrong. Nothing that was rehearsed counts then. */
  readonly bugs: readonly unknown[];
  close(): Promise<void>;
}

/** Operations that change something; anything else only looks. */
const isChange = (operation: string): boolean => !/^(Describe|Get|List|Query|Scan|AssumeRole)/.test(operation);

const mostLogLines = 2_000;

export const startEmbeddedAws = async (scenario: Scenario, options: { port?: number } = {}): Promise<EmbeddedAws> => {
  const clock = new PretendClock(Date.parse(scenario.now));
  const seed = `${scenario.seed}`;
  const template = parseTemplate(await readFile(path.join(projectRoot, 'template.yaml'), 'utf8'));
  const stack = deploy(template, { stackName, accountId, region: scenario.region, parameters: scenario.deploy ?? {} });
  const [bundles, tables] = await Promise.all([
    prepareBundles(stack.functions.map((each) => each.logicalId)),
    createTables(stack.tables),
  ]);
  const world = buildWorld(scenario, clock);
  for (const { name, value } of stack.parameters) world.parameters.put(name, value);
  if (scenario.policy !== undefined) {
    const text = typeof scenario.policy === 'string' ? scenario.policy : JSON.stringify(scenario.policy);
    world.parameters.put(`${stack.parameters[0]?.name.replace(/\/andon$/, '')}/policy`, text);
  }
  const identities = new Identities(accountId);
  for (const { roleArn } of [...stack.functions, ...stack.stateMachines]) identities.addRole(roleArn);
  for (const { arn } of stack.roles) identities.addRole(arn);

  const faults = new Faults(scenario.faults);
  const calls = new Map<string, number>();
  const changes: { call: string; input: unknown }[] = [];
  const logs: string[] = [];
  const lost: string[] = [];
  const stale = new Map<string, unknown>();
  const bugs: unknown[] = [];
  const onBug = (bug: unknown): void => {
    bugs.push(bug);
  };
  let requests = 0;

  const functions = stack.functions.map(
    (each): LambdaFunction & { logicalId: string; roleArn: string } => ({
      logicalId: each.logicalId,
      roleArn: each.roleArn,
      folder: folderOf(each.logicalId),
      name: each.name,
      arn: each.versionArn,
      version: each.version,
      bundle: bundles.bundleOf(each.logicalId),
      handler: each.handler.split('.').at(-1) ?? 'handler',
      environment: each.environment,
      timeoutSeconds: each.timeoutSeconds,
      memoryMegabytes: each.memoryMegabytes,
    }),
  );
  let url = '';
  const host = new FunctionHost({
    clock,
    seed,
    workerFiles: bundles.workerFiles,
    environmentOf: (lambda) => {
      const roleArn = functions.find((each) => each.arn === lambda.arn)?.roleArn ?? '';
      const { accessKeyId, secretAccessKey, sessionToken } = identities.credentialsOf(roleArn, lambda.folder);
      return {
        AWS_ENDPOINT_URL: url,
        AWS_REGION: scenario.region,
        AWS_DEFAULT_REGION: scenario.region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        AWS_LAMBDA_FUNCTION_NAME: lambda.name,
        AWS_LAMBDA_FUNCTION_VERSION: lambda.version,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(lambda.memoryMegabytes),
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        TZ: ':UTC',
        // Nothing of the machine's own configuration reaches a function.
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      };
    },
    onLog: (lambda, line) => {
      logs.push(`${lambda.folder}: ${line}`);
      if (logs.length > mostLogLines) logs.shift();
    },
  });
  const invoke = (arn: string, event: unknown): Promise<InvocationResult> | undefined => {
    const lambda = functions.find((each) => each.arn === arn || each.logicalId === arn);
    return lambda === undefined ? undefined : host.invoke(lambda, event);
  };

  const definitions = new Map<string, string>();
  const machines = await Promise.all(
    stack.stateMachines.map(async ({ name, arn, roleArn, definitionUri, substitutions }): Promise<StateMachine> => {
      const text = (await readFile(path.join(projectRoot, definitionUri), 'utf8')).replace(
        /\$\{(\w+)\}/g,
        (all, key: string) => substitutions[key] ?? all,
      );
      definitions.set(arn, text);
      return { arn, name, roleArn, definition: parseDefinition(text, name) };
    }),
  );

  const triggers = new Triggers({
    clock,
    accountId,
    region: scenario.region,
    seed,
    stack,
    invoke: (functionId, event) => invoke(functionId, event) ?? Promise.reject(new Error(`no function ${functionId}`)),
    onLost: (what) => lost.push(what),
  });
  const executions = new Executions({
    clock,
    seed,
    machines,
    invoke,
    onStateEntered: (execution, stateName) => aws.onStateEntered(execution, stateName),
    onStatus: (execution) => {
      triggers.publish(statusChange(execution));
      aws.onStatus(execution);
    },
  });
  const services = {
    eks: eksOperations(world, onBug),
    ec2: ec2Operations(world),
    autoscaling: autoScalingOperations(world),
    ssm: ssmOperations(world, ({ name, type, dataType }, operation) =>
      triggers.publish({
        source: 'aws.ssm',
        detailType: 'Parameter Store Change',
        resources: [world.arn('ssm', `parameter${name}`)],
        detail: { operation, name, type, ...(dataType === 'text' ? {} : { dataType }) },
      }),
    ),
    states: statesOperations(executions, clock, (machine) => definitions.get(machine.arn) ?? ''),
    sts: stsOperations(identities, clock, accountId),
  };
  const playCall = play(services);

  /** Every call of a function passes here: counted, and befallen by the scenario's faults. */
  const asProduct = async (call: Call, run: () => Promise<unknown>): Promise<unknown> => {
    const invocation = host.current;
    if (invocation === undefined) return run();
    const name = `${call.service}:${call.operation}`;
    calls.set(name, (calls.get(name) ?? 0) + 1);
    const befallen = faults.befalls({ call: name, function: invocation.function.folder })?.fault;
    if (befallen === 'dies-before') {
      invocation.die();
      throw new Disconnect();
    }
    const hasEffect = befallen === undefined || ['timeout-after', 'dies-after', 'stale'].includes(befallen);
    if (befallen !== undefined && !hasEffect) throw refuseBy(befallen, call);
    const staleKey = `${name} ${JSON.stringify(call.input)}`;
    if (befallen === 'stale' && stale.has(staleKey)) return stale.get(staleKey);
    if (isChange(call.operation) && call.service !== 'dynamodb') changes.push({ call: name, input: call.input });
    const output = await run();
    if (faults.playsStale) stale.set(staleKey, output);
    if (befallen === 'dies-after') {
      invocation.die();
      throw new Disconnect();
    }
    if (befallen === 'timeout-after') throw new Disconnect();
    return output;
  };

  const wire = await listen({
    port: options.port ?? 0,
    passThrough: { dynamodb: tables.listener },
    requestId: ({ service, operation, caller }) => {
      requests += 1;
      return digest('request', seed, service, operation, caller.accessKeyId ?? '', String(requests)).uuid;
    },
    onBug,
    serve: (call) => asProduct(call, () => (call.forward === undefined ? playCall(call) : call.forward())),
  });
  url = wire.url;
  const kubernetesRole = stack.roles.find((role) => role.logicalId === 'KubernetesRole')?.arn ?? '';
  const stopKubernetes = await Promise.all(
    [...world.clusters.values()].map((cluster) =>
      serveKubernetes(cluster, {
        world,
        identities,
        role: kubernetesRole,
        serve: async ({ operation }, playIt) => {
          const call = { service: 'kubernetes', operation, input: { cluster: cluster.name } } as unknown as Call;
          try {
            return (await asProduct(call, () => Promise.resolve(playIt()))) as ReturnType<typeof playIt>;
          } catch (error) {
            return kubernetesFault(error);
          }
        },
      }),
    ),
  );

  const aws: EmbeddedAws = {
    clock,
    world,
    stack,
    executions,
    triggers,
    identities,
    tables,
    url,
    calls,
    changes,
    logs,
    lost,
    bugs,
    onStateEntered: () => {},
    onStatus: () => {},
    call: (name, input) => {
      const [service = '', operation = ''] = name.split(':');
      const call = { service, operation, input, caller: {}, requestId: '', headers: {} } as unknown as Call;
      return playCall(call);
    },
    close: async () => {
      await Promise.all([host.close(), wire.close(), ...stopKubernetes.map((stop) => stop())]);
    },
  };
  return aws;
};

/** `Step Functions Execution Status Change` (Step Functions developer guide, eventbridge-integration). */
const statusChange = (execution: Execution) => ({
  source: 'aws.states',
  detailType: 'Step Functions Execution Status Change',
  resources: [execution.arn],
  detail: {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: execution.startDate.getTime(),
    stopDate: execution.stopDate?.getTime() ?? null,
    input: execution.input,
    output: execution.output ?? null,
    inputDetails: { included: true },
    outputDetails: execution.output === undefined ? null : { included: true },
    error: execution.error ?? null,
    cause: execution.cause ?? null,
  },
});

/** The Kubernetes API's own words for a fault; undefined: the connection is cut. */
const kubernetesFault = (error: unknown) => {
  if (error instanceof Disconnect) return undefined;
  const kind = error instanceof Error && 'kind' in error ? String(error.kind) : '';
  if (kind === 'throttled') return failure(429, 'TooManyRequests', 'the server has received too many requests');
  if (kind === 'access-denied') return failure(403, 'Forbidden', 'forbidden (a fault of the scenario)');
  if (kind === 'internal-failure') return failure(500, 'InternalError', 'an error on the server');
  return failure(404, 'NotFound', 'not found (a fault of the scenario)');
};
