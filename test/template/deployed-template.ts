/** template.yaml as it is deployed: who is in it, and what each may do. */
import { readFileSync } from 'node:fs';
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

/** The stack as it is deployed with these parameters. */
export const stackWith = (parameters: Record<string, string> = {}): Stack => deploy(template, { ...place, parameters });

/** What a function or a state machine may do by the template, when the stack is deployed with these parameters. */
export const rightsOf = (
  { logicalId }: { logicalId: string },
  parameters: Record<string, string> = {},
): Statement[] => {
  const { functions, stateMachines } = stackWith(parameters);
  const policies = [...functions, ...stateMachines].find((each) => each.logicalId === logicalId)?.policies ?? [];
  return policies
    .flatMap((policy) =>
      typeof policy === 'string' ? [] : (policy as { Statement: Record<string, unknown>[] }).Statement,
    )
    .map(({ Sid, Effect, Action, Resource, Condition }) => ({
      sid: String(Sid),
      effect: String(Effect),
      actions: [Action].flat().map(String),
      resources: [Resource].flat().map(String),
      condition: Condition as Statement['condition'],
    }));
};
