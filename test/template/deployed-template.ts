/** template.yaml as it is deployed: who is in it, and what each may do. */
import { readFileSync } from 'node:fs';
import { evaluate } from '../../rehearsal/deployment/evaluate.ts';
import { deploy, type Stack } from '../../rehearsal/deployment/stack.ts';
import { parseTemplate, type Resource } from '../../rehearsal/deployment/template.ts';
import { folderOf } from '../../scripts/bundle.mjs';

const template = parseTemplate(readFileSync('template.yaml', 'utf8'));

export const resourcesOfType = (type: string): (Resource & { logicalId: string })[] =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([logicalId, resource]) => ({ ...resource, logicalId }));

export const functions = resourcesOfType('AWS::Serverless::Function').map((resource) => ({
  ...resource,
  folder: folderOf(resource.logicalId),
}));

export const stateMachines = resourcesOfType('AWS::Serverless::StateMachine');

const place = { stackName: 'eks-ami-rollout', accountId: '111122223333', region: 'us-east-1' };

export interface Statement {
  sid: string;
  effect: string;
  actions: string[];
  resources: string[];
  condition: Record<string, Record<string, unknown>> | undefined;
}

/** What a function or a state machine may do, when the stack is deployed with these parameters. */
export const rightsOf = (resource: Resource, parameters: Record<string, string> = {}): Statement[] => {
  const stack = deploy(template, { ...place, parameters });
  const policies = evaluate(resource.Properties.Policies, {
    template,
    parameters: {
      ...Object.fromEntries(
        Object.entries(template.Parameters).map(([name, { Type, Default }]) => {
          const value = parameters[name] ?? Default;
          return [name, Type === 'CommaDelimitedList' ? String(value).split(',') : value];
        }),
      ),
      'AWS::AccountId': place.accountId,
      'AWS::Region': place.region,
      'AWS::Partition': 'aws',
      'AWS::StackName': place.stackName,
    },
    attributes: { ref: (id) => arnOf(id, stack), attribute: (id) => arnOf(id, stack) },
  }) as { Statement: Record<string, unknown>[] }[];
  return policies.flatMap(({ Statement }) =>
    Statement.map(({ Sid, Effect, Action, Resource, Condition }) => ({
      sid: String(Sid),
      effect: String(Effect),
      actions: [Action].flat().map(String),
      resources: [Resource].flat().map(String),
      condition: Condition as Statement['condition'],
    })),
  );
};

/** Policies name other resources of the stack by their ARN, and by nothing else. */
const arnOf = (logicalId: string, stack: Stack): string => {
  const found = [...stack.functions, ...stack.stateMachines, ...stack.roles].find(
    (each) => each.logicalId === logicalId,
  );
  if (found !== undefined) return found.arn;
  const [table] = stack.tables;
  if (template.Resources[logicalId]?.Type !== 'AWS::DynamoDB::Table' || table === undefined)
    throw new Error(`what ARN ${logicalId} has is not known here`);
  return `arn:aws:dynamodb:${place.region}:${place.accountId}:table/${table.name}`;
};

/** `*` and `?` of a policy's resource (IAM user guide, reference_policies_elements_resource). */
export const covers = (pattern: string, arn: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(arn);
