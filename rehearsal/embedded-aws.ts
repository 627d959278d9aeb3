/**
 * The embedded AWS: deploys template.yaml into a pretend account and runs it, bundles and state machines unchanged, over
 * HTTP on loopback and on a pretend clock.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PretendClock } from './clock/pretend-clock.ts';
import { type AnsweredControl, type AskedControl, controlEvent } from './control.ts';
import { deploy, type Stack } from './deployment/stack.ts';
import { parseTemplate } from './deployment/template.ts';
import { digest } from './digest.ts';
import { Authority, type TakenRight } from './iam/authority.ts';
import { serviceRights } from './iam/dependents.ts';
import { failure, type KubernetesAnswer } from './kubernetes/answers.ts';
import { serveKubernetes } from './kubernetes/server.ts';
import { prepareBundles } from './lambda/bundles.ts';
import { DeployedFunctions, environmentOfLambda } from './lambda/deployed-functions.ts';
import { FunctionHost } from './lambda/function-host.ts';
import { type NamedCall, ProductCalls } from './product-calls.ts';
import { projectRoot } from './project-root.ts';
import { accountId, buildWorld } from './scenario-format/build-world.ts';
import { parseIsoDuration } from './scenario-format/iso-duration.ts';
import type { Scenario } from './scenario-format/schema.ts';
import { alarmStateChange, takeActions } from './services/alarm-actions.ts';
import { terminateLifecycleAction } from './services/auto-scaling/hooks.ts';
import { autoScalingOperations } from './services/auto-scaling.ts';
import { cloudWatchOperations } from './services/cloudwatch.ts';
import { ec2Operations } from './services/ec2.ts';
import { eksOperations } from './services/eks.ts';
import { eventBridgeOperations } from './services/event-bus.ts';
import { Executions, type KeptMachine } from './services/executions.ts';
import { Identities, stsOperations } from './services/identities.ts';
import { lambdaOperations } from './services/lambda.ts';
import { Measurements } from './services/measurements.ts';
import { snsOperations } from './services/sns.ts';
import { ssmOperations } from './services/ssm.ts';
import { statesOperations } from './services/states.ts';
import { createTables, type Tables } from './services/tables.ts';
import { Triggers } from './services/triggers.ts';
import { type Execution, parseDefinition } from './state-machines/index.ts';
import { Storms } from './storms.ts';
import type { Call, Serve } from './wire/call.ts';
import { Disconnect } from './wire/errors.ts';
import { play } from './wire/operations.ts';
import { listen } from './wire/server.ts';
import { newTopic } from './world/topics.ts';
import type { World } from './world/world.ts';

export const stackName = 'eks-ami-rollout';

export interface EmbeddedAws {
  readonly clock: PretendClock;
  readonly world: World;
  readonly stack: Stack;
  readonly executions: Executions;
  readonly triggers: Triggers;
  readonly tables: Tables;
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  readonly productCalls: ProductCalls;
  /** What the roles of the stack may do, did, and were denied. */
  readonly authority: Authority;
  /** Plays a call as the account's administrator, without the wire. */
  call(name: string, input: unknown): Promise<unknown>;
  /** What a person asks of a rollout that runs. It is answered when the function has had its turn. */
  control(asked: AskedControl): Promise<void>;
  readonly controls: readonly AnsweredControl[];
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

const stormsOf = ({ now, storms }: Scenario) =>
  storms.map(({ at, for: length, ...storm }) => {
    const from = Date.parse(now) + (parseIsoDuration(at) ?? 0);
    return { ...storm, from, to: from + (parseIsoDuration(length) ?? 0) };
  });

type GuardedCall = NamedCall & { accessKeyId: string | undefined };

const mostLogLines = 2_000;

export interface EmbeddedAwsOptions {
  /** 0 or nothing takes a free one. */
  port?: number;
  /** Rights that roles of the stack are to do without. */
  withoutRights?: readonly TakenRight[];
}

export const startEmbeddedAws = async (scenario: Scenario, options: EmbeddedAwsOptions = {}): Promise<EmbeddedAws> => {
  const { region } = scenario;
  const seed = String(scenario.seed);
  const clock = new PretendClock(Date.parse(scenario.now));
  const template = parseTemplate(await readFile(path.join(projectRoot, 'template.yaml'), 'utf8'));
  const stack = deploy(template, { stackName, accountId, region, parameters: scenario.deploy ?? {} });
  const functions = new DeployedFunctions(stack, await prepareBundles(stack.functions.map((each) => each.logicalId)));
  const identities = new Identities(accountId);
  const authority = new Authority(stack, options.withoutRights);
  authority.checkDeployment();
  for (const { arn } of authority.roles) identities.addRole(arn);
  const productCalls = new ProductCalls(scenario.faults, new Storms(stormsOf(scenario), seed), clock);
  const controls: AnsweredControl[] = [];
  const [logs, lost, bugs]: [string[], string[], unknown[]] = [[], [], []];
  const onBug = (bug: unknown): void => void bugs.push(bug);
  /** A call of the product, or of anybody else: only the product's are counted and made to fail. */
  const guarded = (call: GuardedCall, run: () => Promise<unknown>): Promise<unknown> => {
    const isProducts = host.current !== undefined && identities.roleOf(call.accessKeyId) !== undefined;
    return isProducts ? productCalls.play(host.current, call, run) : run();
  };

  /** Whoever has the credentials of a role may do what the role may. */
  const authorized = async (call: Call, run: () => Promise<unknown>): Promise<unknown> => {
    const { accessKeyId } = call.caller;
    const roleArn = identities.roleOf(accessKeyId);
    if (roleArn !== undefined) authority.authorize(call, { roleArn, sessionArn: identities.arnOf(accessKeyId) }, world);
    return run();
  };

  const world = buildWorld(scenario, clock);
  putParameters(world, stack, scenario.policy);
  for (const arn of stack.topics) world.topics.set(arn, newTopic(arn));
  const measurements = new Measurements(world.metrics, clock, stack);
  for (const { name, properties } of stack.alarms) world.alarms.add(name, properties);
  const tables = await createTables(stack.tables);
  let playCall: Serve = () => Promise.reject(new Error('the services are not up yet'));
  let requests = 0;
  const wire = await listen({
    port: options.port ?? 0,
    passThrough: { dynamodb: tables.listener },
    requestId: ({ service, operation, caller }) => {
      requests += 1;
      return digest('request', seed, service, operation, caller.accessKeyId ?? '', String(requests)).uuid;
    },
    onBug,
    serve: (call) =>
      guarded({ ...call, accessKeyId: call.caller.accessKeyId }, () =>
        authorized(call, () => (call.forward === undefined ? playCall(call) : call.forward())),
      ),
  });
  const host = new FunctionHost({
    clock,
    seed,
    environmentOf: (lambda) => environmentOfLambda(lambda, { url: wire.url, region, identities }),
    onLog: (lambda, line) => {
      logs.push(`${lambda.folder}: ${line}`);
      if (logs.length > mostLogLines) logs.shift();
    },
  });
  // The functions a person's start will need load while the world is made.
  if ([scenario.start ?? []].flat().some((start) => 'clusterName' in start)) {
    host.prepare(
      functions.usedBy(stack.stateMachines.find(({ name }) => name.endsWith('-roll-out-cluster'))?.arn ?? ''),
    );
  }
  const invoke = (idOrArn: string, event: unknown) => {
    const lambda = functions.find(idOrArn);
    const deployed = stack.functions.find(({ versionArn }) => versionArn === lambda?.arn);
    if (deployed !== undefined) authority.onInvoked(deployed, stack.functionLogGroup);
    const result = lambda && host.invoke(lambda, event);
    if (lambda !== undefined) void result?.then((ended) => measurements.onInvoked(lambda, ended));
    return result;
  };
  const triggers = new Triggers({
    clock,
    accountId,
    region,
    seed,
    stack,
    authority,
    invoke: (functionId, event) => invoke(functionId, event) ?? Promise.reject(new Error(`no function ${functionId}`)),
    onLost: (what, functionId) => {
      lost.push(what);
      measurements.onLost(functionId);
    },
  });
  world.alarms.onChange = (alarm, former) => {
    takeActions(world, alarm, former);
    triggers.publish(alarmStateChange(world, alarm, former));
  };
  world.onLifecycleAction = (action) => triggers.publish(terminateLifecycleAction(action));
  const executions = new Executions({
    clock,
    seed,
    machines: await readMachines(stack, new Date(clock.now)),
    authority,
    invoke,
    onStateEntered: (execution, stateName) => aws.onStateEntered(execution, stateName),
    onStatus: (execution) => {
      if (execution.status === 'RUNNING') host.prepare(functions.usedBy(execution.machine.arn));
      triggers.publish(statusChange(execution));
      measurements.onStatus(execution);
      aws.onStatus(execution);
    },
  });
  playCall = play({
    cloudwatch: cloudWatchOperations(world),
    eks: eksOperations(world, onBug),
    ec2: ec2Operations(world),
    autoscaling: autoScalingOperations(world, onBug),
    events: eventBridgeOperations(stack, world, (event) => triggers.publish(event)),
    lambda: lambdaOperations(world, invoke, (name, event) => {
      const { arn } = functions.find(name) ?? {};
      const called = stack.functions.find(({ versionArn }) => versionArn === arn);
      if (called !== undefined) triggers.invokeLater(called.logicalId, event);
      return called !== undefined;
    }),
    sns: snsOperations(world),
    ssm: ssmOperations(world, {
      onChange: ({ name, type, dataType }, operation, exception) =>
        triggers.publish({
          source: 'aws.ssm',
          detailType: 'Parameter Store Change',
          resources: [world.arn('ssm', `parameter${name}`)],
          detail: {
            operation,
            name,
            type,
            ...(dataType === 'text' ? {} : { dataType }),
            ...(exception === undefined ? {} : { exception }),
          },
        }),
      mayDescribeImages: ({ caller: { accessKeyId } }) => {
        const roleArn = identities.roleOf(accessKeyId);
        return serviceRights.imageParameters.every(
          (right) => roleArn === undefined || authority.mayBy(roleArn, right.action, '*', right) === undefined,
        );
      },
    }),
    states: statesOperations(executions, clock, world),
    sts: stsOperations(identities, clock, accountId),
  });

  const role = stack.roles.find(({ logicalId }) => logicalId === 'KubernetesRole')?.arn ?? '';
  const stopKubernetes = await Promise.all(
    [...world.clusters.values()].map((cluster) =>
      serveKubernetes(cluster, {
        world,
        identities,
        role,
        serve: ({ operation, accessKeyId }, answer) =>
          guarded({ service: 'kubernetes', operation, input: { cluster: cluster.name }, accessKeyId }, () =>
            Promise.resolve(answer()),
          ).then((played) => played as KubernetesAnswer, kubernetesFault),
      }),
    ),
  );

  const aws: EmbeddedAws = {
    clock,
    world,
    stack,
    executions,
    triggers,
    tables,
    url: wire.url,
    productCalls,
    authority,
    logs,
    lost,
    bugs,
    onStateEntered: () => {},
    onStatus: () => {},
    call: (name, input) => {
      const [service = '', operation = ''] = name.split(':');
      const caller = { accessKeyId: undefined, sessionToken: undefined, region };
      return playCall({ service, operation, input, caller, requestId: '', headers: {} });
    },
    controls,
    control: async (asked) => {
      const event = await controlEvent(asked, { executions, identities, stack, tables });
      const answered: AnsweredControl = { asked, rolloutId: String(event.rolloutId), answer: undefined };
      controls.push(answered);
      invoke(`${stackName}-control-rollout`, event)?.then((result) => {
        answered.answer = result.status === 'answered' ? result.payload : result.error;
      });
    },
    close: async () => {
      await Promise.all([host.close(), wire.close(), ...stopKubernetes.map((stop) => stop())]);
    },
  };
  return aws;
};

/** What the stack itself writes, and the policy document beside it. */
const putParameters = (world: World, stack: Stack, policy: Scenario['policy']): void => {
  for (const { name, value } of stack.parameters) world.parameters.put(name, value);
  if (policy === undefined) return;
  const prefix = stack.functions[0]?.environment.PARAMETER_PREFIX ?? '';
  world.parameters.put(`${prefix}/policy`, typeof policy === 'string' ? policy : JSON.stringify(policy));
};

/** The definitions with their substitutions, as CloudFormation makes them. */
const readMachines = (stack: Stack, createdAt: Date): Promise<KeptMachine[]> =>
  Promise.all(
    stack.stateMachines.map(async ({ name, arn, roleArn, definitionUri, substitutions }): Promise<KeptMachine> => {
      const source = await readFile(path.join(projectRoot, definitionUri), 'utf8');
      const text = source.replace(/\$\{(\w+)\}/g, (all, key: string) => substitutions[key] ?? all);
      return { arn, name, roleArn, text, createdAt, definition: parseDefinition(text, name) };
    }),
  );

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
const kubernetesFault = (error: unknown): KubernetesAnswer | undefined => {
  if (error instanceof Disconnect) return undefined;
  const kind = error instanceof Error && 'kind' in error ? String(error.kind) : '';
  if (kind === 'throttled') return failure(429, 'TooManyRequests', 'the server has received too many requests');
  if (kind === 'access-denied') return failure(403, 'Forbidden', 'forbidden (a fault of the scenario)');
  if (kind === 'internal-failure') return failure(500, 'InternalError', 'an error on the server');
  return failure(404, 'NotFound', 'not found (a fault of the scenario)');
};
