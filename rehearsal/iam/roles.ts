/**
 * The roles of the stack with all their policies: those of the template, and what SAM adds to them
 * (`samtranslator/model/sam_resources.py`, `model/stepfunctions/generators.py` and `model/eventsources/scheduler.py` of
 * aws-sam-translator; checked against what version 1.110.0 makes of template.yaml).
 */
import { folderOf } from '../../scripts/bundle.mjs';
import type { DeployedFunction, DeployedStateMachine, Stack } from '../deployment/stack.ts';
import { TemplateError } from '../deployment/template.ts';
import { type ManagedPolicy, managedPolicies } from './managed-policies.ts';
import { readPolicy, type Statement } from './policy.ts';

export interface Role {
  arn: string;
  /** Whose it is: a folder of functions/, `roll-out-cluster`, or `the schedule of detect-releases`. */
  owner: string;
  statements: readonly Statement[];
  /** Of a function: its ARN without a version. Calls of its code carry it (`lambda:SourceFunctionArn`). */
  functionArn: string | undefined;
}

export const rolesOf = (stack: Stack): Role[] => [
  ...stack.functions.map((each) => ({
    arn: each.roleArn,
    owner: folderOf(each.logicalId),
    statements: [...ofSamForFunction(each), ...ofTemplate(each, stack)],
    functionArn: each.arn,
  })),
  ...stack.stateMachines.map((each) => ({
    arn: each.roleArn,
    owner: each.name.slice(stack.name.length + 1),
    statements: [...(each.isTraced ? managed('AWSXrayWriteOnlyAccess') : []), ...ofTemplate(each, stack)],
    functionArn: undefined,
  })),
  ...stack.schedules.map(({ roleArn, functionId, deadLetterQueue }) => ({
    arn: roleArn,
    owner: `the schedule of ${folderOf(functionId)}`,
    statements: [
      ...allow('lambda:InvokeFunction', aliasOf(functionId, stack), `${functionId}ScheduleLambdaPolicy`),
      ...(deadLetterQueue === undefined ? [] : allow('sqs:SendMessage', deadLetterQueue, 'SQSPolicy of the schedule')),
    ],
    functionArn: undefined,
  })),
  ...stack.roles.map(({ arn, logicalId }) => ({ arn, owner: logicalId, statements: [], functionArn: undefined })),
];

const ofSamForFunction = ({ namesVpc, isTraced, deadLetterQueue }: DeployedFunction): Statement[] => [
  ...managed('AWSLambdaBasicExecutionRole'),
  ...(isTraced ? managed('AWSXrayWriteOnlyAccess') : []),
  ...(namesVpc ? managed('AWSLambdaVPCAccessExecutionRole') : []),
  ...(deadLetterQueue === undefined ? [] : allow('sqs:SendMessage', deadLetterQueue, 'DeadLetterQueuePolicy')),
];

const ofTemplate = (each: DeployedFunction | DeployedStateMachine, stack: Stack): Statement[] =>
  each.policies.flatMap((policy) => {
    if (typeof policy !== 'string') return readPolicy(policy, `of ${each.logicalId}`);
    const own = stack.managedPolicies.find(({ arn }) => arn === policy);
    if (own === undefined) throw new TemplateError(`${each.logicalId}: the policy ${policy} is not known here`);
    return readPolicy(own.document, own.logicalId);
  });

const managed = (name: ManagedPolicy): Statement[] => allow(managedPolicies[name], '*', name);

const allow = (actions: string | readonly string[], resource: string, name: string): Statement[] =>
  readPolicy({ Statement: { Effect: 'Allow', Action: actions, Resource: resource } }, name);

const aliasOf = (functionId: string, { functions }: Stack): string =>
  functions.find(({ logicalId }) => logicalId === functionId)?.aliasArn ?? '';
