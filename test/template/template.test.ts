/** What a user of the template rests on, beyond what `sam validate --lint` and cfn-lint can know. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { parseTemplate, type Resource } from '../../rehearsal/deployment/template.ts';

type Json = Record<string, unknown>;

const text = readFileSync('template.yaml', 'utf8');
const template = parseTemplate(text);
const ofType = (type: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
const functions = ofType('AWS::Serverless::Function');
const machines = ofType('AWS::Serverless::StateMachine');

/** UpdateNodeGroupFunction is functions/update-node-group. */
const folderOf = (logicalId: string): string =>
  logicalId
    .replace(/Function$/, '')
    .replaceAll(/(?<!^)([A-Z])/g, '-$1')
    .toLowerCase();

test('each folder with a handler is a function, and each function has its folder', () => {
  expect(functions.map(([id]) => folderOf(id)).sort()).toEqual(
    globSync('functions/*/handler.ts')
      .map((file) => path.basename(path.dirname(file)))
      .sort(),
  );
});

describe('every function', () => {
  const { Function: globals = {} } = template.Globals;

  it('runs on the Node and the processor it is built for', () => {
    expect(globals).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Tracing: 'Active' });
    for (const [, { Properties, Metadata }] of functions) {
      expect(Properties).not.toHaveProperty('Runtime');
      expect(Properties).not.toHaveProperty('Architectures');
      expect(Metadata).toEqual({ BuildMethod: 'makefile' });
    }
  });

  it('is published as a version with every deployment that changes anything of it', () => {
    expect(globals).toHaveProperty('AutoPublishAlias');
    for (const [, { Properties }] of functions)
      expect(Properties).toMatchObject({ AutoPublishAliasAllProperties: true });
  });

  it('writes its logs to the group that is kept for as long as was asked', () => {
    expect(globals).toMatchObject({ LoggingConfig: { LogGroup: { Ref: 'FunctionLogs' }, LogFormat: 'JSON' } });
    for (const [, { Properties }] of functions) expect(Properties).not.toHaveProperty('LoggingConfig');
  });

  it('says what it is for', () => {
    for (const [, { Properties }] of functions) expect(Properties.Description).toMatch(/\.$/);
  });

  it('is counted by an alarm on errors', () => {
    for (const [id] of functions) expect(text).toContain(`{ Name: FunctionName, Value: !Ref ${id} }`);
  });

  it('gets names of resources and settings of the deployment, and no others', () => {
    const own = functions.flatMap(([, { Properties }]) =>
      Object.keys((Properties.Environment as { Variables?: Json } | undefined)?.Variables ?? {}),
    );
    expect([...new Set(own)].sort()).toEqual([
      'ALLOW_UNTAGGED',
      'EVENT_BUS',
      'KUBERNETES_ROLE_ARN',
      'OPT_IN_TAG',
      'PUBLISH_APPROVED_ARN',
      'ROLL_OUT_CLUSTER_ARN',
      'ROLL_OUT_FLEET_ARN',
      'SCOPE_BY_TAG',
      'START_ON_APPROVED',
      'TOKENS_TABLE',
      'TOPIC_ARN',
    ]);
  });
});

describe.each(machines)('%s', (_id, { Properties }) => {
  const definition = readFileSync(String(Properties.DefinitionUri), 'utf8');
  const substitutions = Properties.DefinitionSubstitutions as Record<string, { Ref: string }>;

  it('has a substitution for each placeholder of its definition, and no more', () => {
    const placeholders = [...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect([...new Set(placeholders)].sort()).toEqual(Object.keys(substitutions).sort());
  });

  it('names versions, so that a rollout ends on the code it began with', () => {
    for (const [name, { Ref }] of Object.entries(substitutions)) {
      expect(Ref).toBe(name.endsWith('Function') ? `${name}.Version` : `${name}Version`);
    }
  });

  it('may invoke just the functions and start just the machines that it names', () => {
    const [policy] = Properties.Policies as { Statement: { Action: string; Resource: unknown }[] }[];
    const resources = (action: string): string =>
      JSON.stringify(policy?.Statement.filter(({ Action }) => Action === action).map(({ Resource }) => Resource) ?? []);
    const invoked = [...resources('lambda:InvokeFunction').matchAll(/(\w+Function)\.Arn/g)].map(([, name]) => name);
    const started = [...resources('states:StartExecution').matchAll(/(\w+StateMachine)/g)].map(([, name]) => name);
    expect([...new Set([...invoked, ...started])].sort()).toEqual(Object.keys(substitutions).sort());
  });

  it('is traced, logs its errors, and has the name that the outside rests on', () => {
    const name = path.basename(String(Properties.DefinitionUri), '.asl.yaml');
    expect(Properties).toMatchObject({ Tracing: { Enabled: true }, Logging: { Level: 'ERROR' } });
    expect(Properties.Name).toEqual({ 'Fn::Sub': `\${AWS::StackName}-${name}` });
  });
});

describe('what triggers the service', () => {
  it('is not lost: what cannot be delivered or handled lies in a queue, and an alarm tells of it', () => {
    const deadLetters = { 'Fn::GetAtt': ['TriggerDeadLetters', 'Arn'] };
    const triggered = functions.filter(([, each]) => each.Properties.Events !== undefined);
    // Only a shortcut: the rollout comes by anyway.
    const notMissed = triggered.filter(([name]) => name === 'DrainNodesFunction');
    expect(notMissed.map(([, { Properties }]) => Properties.EventInvokeConfig)).toEqual([{ MaximumRetryAttempts: 0 }]);
    for (const [, { Properties }] of triggered.filter((each) => !notMissed.includes(each))) {
      expect(Properties.DeadLetterQueue).toEqual({ Type: 'SQS', TargetArn: deadLetters });
      for (const event of Object.values(Properties.Events as Record<string, { Type: string; Properties: Json }>)) {
        if (event.Type !== 'SQS') expect(event.Properties.DeadLetterConfig).toEqual({ Arn: deadLetters });
      }
    }
    for (const [, { Properties }] of ofType('AWS::Events::Rule')) {
      for (const target of Properties.Targets as Json[]) {
        expect(target.DeadLetterConfig).toEqual({ Arn: deadLetters });
      }
    }
    expect(template.Resources.ParameterChanges?.Properties).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: deadLetters },
    });
    expect(template.Resources.TriggerLostAlarm).toBeDefined();
  });

  it('is retried by the queue only after the function has surely ended', () => {
    const visible = Number(template.Resources.ParameterChanges?.Properties.VisibilityTimeout);
    const timeout = Number(template.Resources.DetectReleasesFunction?.Properties.Timeout);
    expect(visible).toBeGreaterThanOrEqual(6 * timeout);
  });
});

test('the ledger and the logs outlive the stack', () => {
  const kept = [...ofType('AWS::DynamoDB::Table'), ...ofType('AWS::Logs::LogGroup')].filter(
    // Tokens of executions that wait: none is worth anything after them.
    ([id]) => id !== 'Tokens',
  );
  expect(kept).toHaveLength(3);
  for (const [, resource] of kept) {
    expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  }
});

test('the ledger can be brought back to any second, and is encrypted', () => {
  expect(template.Resources.Ledger?.Properties).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: true },
  });
});

describe('the deploy parameters', () => {
  const { Metadata, Outputs } = parse(text, { logLevel: 'silent' }) as {
    Metadata: { 'AWS::CloudFormation::Interface': { ParameterGroups: { Parameters: string[] }[] } };
    Outputs: Record<string, { Description?: string }>;
  };

  it.each(Object.entries(template.Parameters))('%s is described, has a default, and is used', (name, parameter) => {
    expect(parameter).toHaveProperty('Description');
    expect(parameter.Default).toBeDefined();
    const [, uses = ''] = text.split('\nConditions:');
    expect(uses).toMatch(new RegExp(`!Ref ${name}\\b|\\$\\{${name}\\}`));
  });

  it('stand in a group each, in the order a person is asked', () => {
    const grouped = Metadata['AWS::CloudFormation::Interface'].ParameterGroups.flatMap(({ Parameters }) => Parameters);
    expect(grouped.sort()).toEqual(Object.keys(template.Parameters).sort());
  });

  it('and the outputs say what they are for', () => {
    for (const output of Object.values(Outputs)) expect(output.Description).toBeTruthy();
  });
});

test('a fresh deployment patches nothing: the stack writes no policy, and the switch is off', () => {
  const written = ofType('AWS::SSM::Parameter').map(([, { Properties }]) => [Properties.Name, Properties.Value]);
  expect(written).toEqual([[{ 'Fn::Sub': `\${ParameterPrefix}/andon` }, 'off']]);
});

test('what the samconfig builds in is the source folder, where the bundler is', () => {
  expect(existsSync('samconfig.toml')).toBe(true);
  expect(readFileSync('samconfig.toml', 'utf8')).toMatch(/build_in_source\s*=\s*true/);
});
