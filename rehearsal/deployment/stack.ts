/**
 * The stack as `sam deploy` would make it from template.yaml: functions with their versions and environment, state
 * machines with their substitutions, rules, schedules, queues, tables and parameters. What a resource type does that is
 * not played here is recorded; a type nobody has thought of is refused.
 */
import { digest } from '../digest.ts';
import { conditionHolds, type Evaluation, evaluate } from './evaluate.ts';
import { type Resource, type Template, TemplateError } from './template.ts';

export interface Stack {
  name: string;
  functions: DeployedFunction[];
  stateMachines: DeployedStateMachine[];
  schedules: DeployedSchedule[];
  /** Event buses beside the default one, by their names. */
  eventBuses: string[];
  rules: DeployedRule[];
  /** Queues that a function reads. */
  queues: DeployedQueue[];
  tables: DeployedTable[];
  parameters: { name: string; type: string; value: string }[];
  /** Of CloudWatch, with their properties as CloudFormation sends them. */
  alarms: { name: string; properties: Record<string, unknown> }[];
  /** Roles that are resources of their own, by logical id. */
  roles: { logicalId: string; arn: string; trust: unknown }[];
  /** Policies that are resources of their own. */
  managedPolicies: { logicalId: string; arn: string; document: unknown }[];
  /** What queues let in, by their ARNs. */
  queuePolicies: { name: string; queues: string[]; document: unknown }[];
  /** The ARN of the log group that all functions write to. */
  functionLogGroup: string;
  /** SNS topics, by their ARNs. */
  topics: string[];
}

export interface DeployedFunction {
  logicalId: string;
  name: string;
  arn: string;
  version: string;
  versionArn: string;
  /** What its own events call. */
  aliasArn: string;
  roleArn: string;
  handler: string;
  environment: Record<string, string>;
  timeoutSeconds: number;
  memoryMegabytes: number;
  /** Where events go that it could not take: the ARN of a queue. */
  deadLetterQueue: string | undefined;
  /** `Policies`: documents, and ARNs of managed policies. */
  policies: readonly unknown[];
  isTraced: boolean;
  isInVpc: boolean;
  /** `VpcConfig` stands in the template, with or without a value: SAM looks no further (`is_in_vpc`, `sam_resources.py`). */
  namesVpc: boolean;
}

export interface DeployedStateMachine {
  logicalId: string;
  name: string;
  arn: string;
  versionArn: string;
  roleArn: string;
  /** Path of the definition, as the template has it. */
  definitionUri: string;
  substitutions: Record<string, string>;
  policies: readonly unknown[];
  isTraced: boolean;
  isLogged: boolean;
}

export interface DeployedSchedule {
  functionId: string;
  /** SAM makes a role for each schedule. */
  roleArn: string;
  deadLetterQueue: string | undefined;
  arn: string;
  /** `rate(12 hours)` */
  expression: string;
  isEnabled: boolean;
  input: string;
}

export interface DeployedRule {
  name: string;
  arn: string;
  description: string | undefined;
  /** The name of its event bus. */
  bus: string;
  pattern: Record<string, unknown>;
  target: { function: string } | { queue: string };
  /** The target as EventBridge is told of it. */
  sentTarget: SentTarget;
}

export interface SentTarget {
  Id: string;
  Arn: string;
  RetryPolicy?: { MaximumRetryAttempts: number; MaximumEventAgeInSeconds: number };
  DeadLetterConfig?: { Arn: string };
}

export interface DeployedQueue {
  logicalId: string;
  arn: string;
  functionId: string;
  batchSize: number;
  windowSeconds: number;
}

export interface DeployedTable {
  logicalId: string;
  name: string;
  keySchema: unknown;
  attributeDefinitions: unknown;
}

export interface Place {
  stackName: string;
  accountId: string;
  region: string;
  /** Deploy parameters that differ from their defaults. */
  parameters: Readonly<Record<string, string>>;
}

/** Types whose effect no rehearsal depends on: they are taken and nothing is played. */
const takenTypes = ['AWS::Logs::LogGroup', 'AWS::Logs::MetricFilter'];

const playedTypes = [
  'AWS::Serverless::Function',
  'AWS::Serverless::StateMachine',
  'AWS::Events::Rule',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::DynamoDB::Table',
  'AWS::SSM::Parameter',
  'AWS::IAM::Role',
  'AWS::IAM::ManagedPolicy',
  'AWS::Lambda::EventSourceMapping',
  'AWS::CloudWatch::Alarm',
  'AWS::SNS::Topic',
  'AWS::Events::EventBus',
];

export const deploy = (template: Template, place: Place): Stack => {
  for (const [logicalId, { Type }] of Object.entries(template.Resources)) {
    if (!takenTypes.includes(Type) && !playedTypes.includes(Type)) {
      throw new TemplateError(`${logicalId}: resources of type ${Type} are not played`);
    }
  }
  const evaluation: Evaluation = {
    template,
    parameters: parametersOf(template, place),
    attributes: {
      ref: (logicalId) => refOf(logicalId, template, place, evaluation),
      attribute: (logicalId, name) => attributeOf(logicalId, name, template, place, evaluation),
    },
  };
  const of = (type: string): [string, Resource][] =>
    Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
  const properties = (resource: Resource): Record<string, unknown> =>
    evaluate(resource.Properties, evaluation) as Record<string, unknown>;

  const functions = of('AWS::Serverless::Function').map(([id, resource]) =>
    functionOf(id, resource, place, evaluation),
  );
  const events = of('AWS::Serverless::Function').flatMap(([functionId, resource]) =>
    Object.entries((properties(resource).Events ?? {}) as Record<string, SamEvent>).map(([name, event]) => ({
      functionId,
      name,
      event,
    })),
  );
  return {
    name: place.stackName,
    functions,
    stateMachines: of('AWS::Serverless::StateMachine').map(([id, resource]) =>
      stateMachineOf(id, properties(resource), place),
    ),
    schedules: events.flatMap((each) => (each.event.Type === 'ScheduleV2' ? [scheduleOf(each, place)] : [])),
    rules: [
      ...of('AWS::Events::Rule').map(([id, resource]) => ruleOf(id, properties(resource), place)),
      ...events.flatMap((each) =>
        each.event.Type === 'EventBridgeRule' ? [functionRuleOf(each, functions, place)] : [],
      ),
    ],
    queues: of('AWS::Lambda::EventSourceMapping').map(([id, resource]) => queueOf(id, properties(resource), functions)),
    tables: of('AWS::DynamoDB::Table').map(([logicalId, resource]) => {
      const { TableName, KeySchema, AttributeDefinitions } = properties(resource);
      return { logicalId, name: String(TableName), keySchema: KeySchema, attributeDefinitions: AttributeDefinitions };
    }),
    parameters: of('AWS::SSM::Parameter').map(([, resource]) => {
      const { Name, Type, Value } = properties(resource);
      return { name: String(Name), type: String(Type), value: String(Value) };
    }),
    alarms: of('AWS::CloudWatch::Alarm')
      .filter(([, { Condition }]) => Condition === undefined || conditionHolds(Condition, evaluation))
      .map(([id, resource]) => ({ name: generatedName(id, place), properties: properties(resource) })),
    roles: of('AWS::IAM::Role').map(([logicalId, resource]) => ({
      logicalId,
      arn: roleArn(logicalId, place),
      trust: properties(resource).AssumeRolePolicyDocument,
    })),
    managedPolicies: of('AWS::IAM::ManagedPolicy').map(([logicalId, resource]) => ({
      logicalId,
      arn: managedPolicyArn(logicalId, place),
      document: properties(resource).PolicyDocument,
    })),
    queuePolicies: of('AWS::SQS::QueuePolicy').map(([name, resource]) => {
      const { Queues, PolicyDocument } = properties(resource);
      // By URL, as Ref gives it.
      const queues = (Queues as string[]).map((url) => arn('sqs', place, url.split('/').at(-1) ?? ''));
      return { name, queues, document: PolicyDocument };
    }),
    eventBuses: of('AWS::Events::EventBus').map(([id]) => String(evaluate({ Ref: id }, evaluation))),
    functionLogGroup: arn('logs', place, `log-group:${generatedName('FunctionLogs', place)}`),
    topics: of('AWS::SNS::Topic').map(([id]) => String(evaluate({ Ref: id }, evaluation))),
  };
};

interface SamEvent {
  Type: string;
  Properties: Record<string, unknown>;
}

const parametersOf = (template: Template, place: Place): Record<string, unknown> => {
  for (const name of Object.keys(place.parameters)) {
    if (template.Parameters[name] !== undefined) continue;
    const allowed = Object.keys(template.Parameters).join(', ');
    throw new TemplateError(`deploy: unknown parameter ${name}; allowed are ${allowed}`);
  }
  const own = Object.entries(template.Parameters).map(([name, parameter]): [string, unknown] => {
    const value = place.parameters[name] ?? parameter.Default;
    if (value === undefined) throw new TemplateError(`deploy: the parameter ${name} has no value`);
    const text = String(value);
    if (parameter.AllowedValues !== undefined && !parameter.AllowedValues.map(String).includes(text)) {
      throw new TemplateError(
        `deploy.${name}: ${text} is not allowed; allowed are ${parameter.AllowedValues.join(', ')}`,
      );
    }
    if (parameter.AllowedPattern !== undefined && !new RegExp(parameter.AllowedPattern).test(text)) {
      throw new TemplateError(`deploy.${name}: ${text} does not match ${parameter.AllowedPattern}`);
    }
    return [name, parameter.Type === 'CommaDelimitedList' ? (text === '' ? [] : text.split(',')) : text];
  });
  return {
    ...Object.fromEntries(own),
    'AWS::AccountId': place.accountId,
    'AWS::Region': place.region,
    'AWS::Partition': 'aws',
    'AWS::StackName': place.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
};

/** CloudFormation appends something random to the names it makes; here it follows from the name. */
const generatedName = (logicalId: string, { stackName }: Place): string =>
  `${stackName}-${logicalId}-${digest(stackName, logicalId).hex.slice(0, 12).toUpperCase()}`;

const arn = (service: string, { region, accountId }: Place, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

const roleArn = (logicalId: string, place: Place): string =>
  `arn:aws:iam::${place.accountId}:role/${generatedName(logicalId, place)}`;

const managedPolicyArn = (logicalId: string, place: Place): string =>
  `arn:aws:iam::${place.accountId}:policy/${generatedName(logicalId, place)}`;

/** Its own, where it has one, so that people can know it. */
const functionName = (logicalId: string, { Properties }: Resource, place: Place, evaluation: Evaluation): string =>
  String(evaluate(Properties.FunctionName, evaluation) ?? generatedName(logicalId, place));

const stateMachineArn = (properties: Record<string, unknown>, place: Place): string =>
  arn('states', place, `stateMachine:${String(properties.Name)}`);

const resourceOf = (logicalId: string, template: Template): Resource => {
  const resource = template.Resources[logicalId];
  if (resource === undefined) throw new TemplateError(`there is no resource or parameter ${logicalId}`);
  return resource;
};

const refOf = (logicalId: string, template: Template, place: Place, evaluation: Evaluation): unknown => {
  // SAM's own references: the published version and the alias of a function, and the version of a state machine.
  if (logicalId.endsWith('.Version')) {
    const id = logicalId.slice(0, -'.Version'.length);
    return arn('lambda', place, `function:${functionName(id, resourceOf(id, template), place, evaluation)}:1`);
  }
  if (logicalId.endsWith('.Alias')) {
    const id = logicalId.slice(0, -'.Alias'.length);
    const name = functionName(id, resourceOf(id, template), place, evaluation);
    return `${arn('lambda', place, `function:${name}`)}:${aliasName(template)}`;
  }
  const machine = logicalId.endsWith('Version') ? template.Resources[logicalId.slice(0, -'Version'.length)] : undefined;
  const named = (resource: Resource, name: string): string => String(evaluate(resource.Properties[name], evaluation));
  if (machine?.Type === 'AWS::Serverless::StateMachine') {
    return `${stateMachineArn({ Name: named(machine, 'Name') }, place)}:1`;
  }
  const resource = resourceOf(logicalId, template);
  switch (resource.Type) {
    case 'AWS::Serverless::Function':
      return functionName(logicalId, resource, place, evaluation);
    case 'AWS::Serverless::StateMachine':
      return stateMachineArn({ Name: named(resource, 'Name') }, place);
    case 'AWS::DynamoDB::Table':
      return named(resource, 'TableName');
    case 'AWS::SSM::Parameter':
      return named(resource, 'Name');
    case 'AWS::Events::EventBus':
      return named(resource, 'Name');
    case 'AWS::IAM::ManagedPolicy':
      return managedPolicyArn(logicalId, place);
    case 'AWS::SNS::Topic':
      return arn('sns', place, topicName(logicalId, resource, place, evaluation));
    case 'AWS::SQS::Queue':
      return `https://sqs.${place.region}.amazonaws.com/${place.accountId}/${generatedName(logicalId, place)}`;
    default:
      return generatedName(logicalId, place);
  }
};

const attributeOf = (
  logicalId: string,
  name: string,
  template: Template,
  place: Place,
  evaluation: Evaluation,
): unknown => {
  const resource = resourceOf(logicalId, template);
  const own = generatedName(logicalId, place);
  const key = `${resource.Type}.${name}`;
  switch (key) {
    case 'AWS::Serverless::Function.Arn':
      return arn('lambda', place, `function:${functionName(logicalId, resource, place, evaluation)}`);
    case 'AWS::DynamoDB::Table.Arn':
      return arn('dynamodb', place, `table/${String(evaluate(resource.Properties.TableName, evaluation))}`);
    case 'AWS::SQS::Queue.Arn':
      return arn('sqs', place, own);
    case 'AWS::SQS::Queue.QueueName':
      return own;
    case 'AWS::Events::EventBus.Arn':
      return arn('events', place, `event-bus/${String(evaluate(resource.Properties.Name, evaluation))}`);
    case 'AWS::SNS::Topic.TopicArn':
      return arn('sns', place, topicName(logicalId, resource, place, evaluation));
    case 'AWS::SNS::Topic.TopicName':
      return topicName(logicalId, resource, place, evaluation);
    case 'AWS::IAM::Role.Arn':
      return roleArn(logicalId, place);
    case 'AWS::Logs::LogGroup.Arn':
      return arn('logs', place, `log-group:${own}:*`);
    default:
      throw new TemplateError(`${logicalId}.${name}: this attribute is not played`);
  }
};

const aliasName = ({ Globals }: Template): string => String(Globals.Function?.AutoPublishAlias);

const functionOf = (logicalId: string, resource: Resource, place: Place, evaluation: Evaluation): DeployedFunction => {
  const globals = (evaluate(evaluation.template.Globals.Function ?? {}, evaluation) ?? {}) as Record<string, unknown>;
  const own = evaluate(resource.Properties, evaluation) as Record<string, unknown>;
  const settings = { ...globals, ...own };
  // SAM merges maps of Globals with those of the function, and lets the function win.
  const variables = (from: Record<string, unknown>): Record<string, unknown> =>
    (from.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {};
  const environment = { ...variables(globals), ...variables(own) };
  if (resource.Metadata?.BuildMethod !== 'makefile') {
    throw new TemplateError(`${logicalId}: only functions with BuildMethod makefile are built`);
  }
  const name = functionName(logicalId, resource, place, evaluation);
  const functionArn = arn('lambda', place, `function:${name}`);
  return {
    logicalId,
    name,
    arn: functionArn,
    version: '1',
    versionArn: `${functionArn}:1`,
    aliasArn: `${functionArn}:${aliasName(evaluation.template)}`,
    roleArn: roleArn(`${logicalId}Role`, place),
    handler: String(settings.Handler),
    environment: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)])),
    timeoutSeconds: Number(settings.Timeout),
    memoryMegabytes: Number(settings.MemorySize),
    deadLetterQueue: (own.DeadLetterQueue as { TargetArn: string } | undefined)?.TargetArn,
    policies: [own.Policies ?? []].flat(),
    isTraced: settings.Tracing === 'Active',
    isInVpc: settings.VpcConfig !== undefined,
    namesVpc: 'VpcConfig' in (evaluation.template.Globals.Function ?? {}) || 'VpcConfig' in resource.Properties,
  };
};

const stateMachineOf = (logicalId: string, properties: Record<string, unknown>, place: Place): DeployedStateMachine => {
  const machineArn = stateMachineArn(properties, place);
  return {
    logicalId,
    name: String(properties.Name),
    arn: machineArn,
    versionArn: `${machineArn}:1`,
    roleArn: roleArn(`${logicalId}Role`, place),
    definitionUri: String(properties.DefinitionUri),
    substitutions: (properties.DefinitionSubstitutions ?? {}) as Record<string, string>,
    policies: [properties.Policies ?? []].flat(),
    isTraced: (properties.Tracing as { Enabled?: boolean } | undefined)?.Enabled === true,
    isLogged: 'Logging' in properties,
  };
};

const scheduleOf = (
  { functionId, name, event }: { functionId: string; name: string; event: SamEvent },
  place: Place,
): DeployedSchedule => ({
  functionId,
  roleArn: roleArn(`${functionId}${name}Role`, place),
  deadLetterQueue: (event.Properties.DeadLetterConfig as { Arn: string } | undefined)?.Arn,
  arn: arn('scheduler', place, `schedule/default/${generatedName(`${functionId}${name}`, place)}`),
  expression: String(event.Properties.ScheduleExpression),
  isEnabled: event.Properties.State !== 'DISABLED',
  input: String(event.Properties.Input ?? ''),
});

const topicName = (logicalId: string, { Properties = {} }: Partial<Resource>, place: Place, evaluation: Evaluation) =>
  String(evaluate(Properties.TopicName, evaluation) ?? generatedName(logicalId, place));

const ruleOf = (logicalId: string, properties: Record<string, unknown>, place: Place): DeployedRule => {
  const targets = properties.Targets as SentTarget[];
  const [target] = targets;
  if (targets.length !== 1 || target === undefined) throw new TemplateError(`${logicalId}: one target is played`);
  return {
    ...namedRule(String(properties.Name ?? generatedName(logicalId, place)), properties, place),
    pattern: properties.EventPattern as Record<string, unknown>,
    target: target.Arn.includes(':sqs:') ? { queue: target.Arn } : { function: target.Arn },
    sentTarget: target,
  };
};

/** Of an event of a function: SAM makes the rule, and has it call the alias (SAM's EventBridgeRule). */
const functionRuleOf = (
  { functionId, name, event: { Properties } }: { functionId: string; name: string; event: SamEvent },
  functions: readonly DeployedFunction[],
  place: Place,
): DeployedRule => {
  const { RetryPolicy, DeadLetterConfig } = Properties as Pick<SentTarget, 'RetryPolicy' | 'DeadLetterConfig'>;
  return {
    ...namedRule(`${place.stackName}-${functionId}${name}`, Properties, place),
    pattern: Properties.Pattern as Record<string, unknown>,
    target: { function: functionId },
    sentTarget: {
      Id: `${functionId}${name}LambdaTarget`,
      Arn: functions.find(({ logicalId }) => logicalId === functionId)?.aliasArn ?? '',
      ...(RetryPolicy === undefined ? {} : { RetryPolicy }),
      ...(DeadLetterConfig === undefined ? {} : { DeadLetterConfig }),
    },
  };
};

const namedRule = (name: string, { EventBusName, Description }: Record<string, unknown>, place: Place) => {
  // By name or by ARN.
  const bus = EventBusName === undefined ? 'default' : String(EventBusName).replace(/^.*:event-bus\//, '');
  return {
    name,
    arn: arn('events', place, `rule/${bus === 'default' ? '' : `${bus}/`}${name}`),
    description: Description === undefined ? undefined : String(Description),
    bus,
  };
};

const queueOf = (
  logicalId: string,
  { EventSourceArn, FunctionName, BatchSize, MaximumBatchingWindowInSeconds }: Record<string, unknown>,
  functions: readonly DeployedFunction[],
): DeployedQueue => {
  const reader = functions.find(({ aliasArn }) => aliasArn === FunctionName);
  if (reader === undefined) throw new TemplateError(`${logicalId}: the alias of a function of the stack is played`);
  return {
    logicalId,
    arn: String(EventSourceArn),
    functionId: reader.logicalId,
    batchSize: Number(BatchSize ?? 10),
    windowSeconds: Number(MaximumBatchingWindowInSeconds ?? 0),
  };
};
