/** The roles of the stack, and what they are denied: each service says so in its own form. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { PretendClock } from '../../../rehearsal/clock/pretend-clock.ts';
import { deploy, type Stack } from '../../../rehearsal/deployment/stack.ts';
import { parseTemplate } from '../../../rehearsal/deployment/template.ts';
import { Authority } from '../../../rehearsal/iam/authority.ts';
import { decide } from '../../../rehearsal/iam/policy.ts';
import { rolesOf } from '../../../rehearsal/iam/roles.ts';
import { buildWorld } from '../../../rehearsal/scenario-format/build-world.ts';
import { parseScenario } from '../../../rehearsal/scenario-format/read.ts';
import type { World } from '../../../rehearsal/world/world.ts';
import { clusterOf, releasesWith, startOfTime } from '../play.ts';

const template = parseTemplate(readFileSync('template.yaml', 'utf8'));
const stackWith = (parameters: Record<string, string> = {}, edit = (given: typeof template) => given): Stack =>
  deploy(edit(structuredClone(template)), {
    stackName: 'eks-ami-rollout',
    accountId: '111122223333',
    region: 'us-east-1',
    parameters,
  });

/** Its groups: `managed` and `own` with the tag, `bare` and `own-bare` without; templates are named after them. */
const newWorld = (): World =>
  buildWorld(
    parseScenario(
      JSON.stringify({
        version: 1,
        name: 'rights',
        now: startOfTime,
        releases: releasesWith(),
        clusters: [
          clusterOf([
            { name: 'managed' },
            { name: 'bare', tags: {} },
            { name: 'own', kind: 'self-managed' },
            { name: 'own-bare', kind: 'self-managed', tags: {} },
          ]),
        ],
      }),
      'scenario',
    ),
    new PretendClock(Date.parse(startOfTime)),
  );

describe('a call over the wire', () => {
  let world: World;
  beforeEach(() => {
    world = newWorld();
  });

  const templateNamed = (name: string) => {
    const found = [...world.launchTemplates.values()].find((each) => each.name === `prod-${name}`);
    if (found === undefined) throw new Error(`no template ${name}`);
    return found;
  };

  /** Undefined: it is allowed. */
  const denial = (owner: string, call: string, input: unknown, stack = stackWith()) => {
    const authority = new Authority(stack);
    const [service = '', operation = ''] = call.split(':');
    const roleArn = authority.roles.find((role) => role.owner === owner)?.arn ?? '';
    try {
      authority.authorize({ service, operation, input }, { roleArn, sessionArn: `arn:session/${owner}` }, world);
      expect(authority.denials).toEqual([]);
      return undefined;
    } catch (error) {
      expect(authority.denials).toHaveLength(1);
      const { code, message } = error as { code: string; message: string };
      return { code, message };
    }
  };

  const update = (name: string, from = name) => ({
    clusterName: 'prod',
    nodegroupName: name,
    launchTemplate: { id: templateNamed(from).id, version: '2' },
  });
  const refresh = (name: string, from = name) => ({
    AutoScalingGroupName: name,
    DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: templateNamed(from).id, Version: '2' } },
  });

  test('is allowed where all carry the tag', () => {
    expect(denial('update-node-group', 'eks:UpdateNodegroupVersion', update('managed'))).toBeUndefined();
    expect(denial('update-node-group', 'autoscaling:StartInstanceRefresh', refresh('own'))).toBeUndefined();
  });

  test('is not where the node group alone does not', () => {
    const denied = denial('update-node-group', 'eks:UpdateNodegroupVersion', update('bare', 'managed'));
    expect(denied?.code).toBe('access-denied');
    expect(denied?.message).toMatch(
      /^User: arn:session\/update-node-group is not authorized to perform: eks:UpdateNodegroupVersion on resource: arn:aws:eks:us-east-1:111122223333:nodegroup\/prod\/bare\/\S+ because no identity-based policy allows the eks:UpdateNodegroupVersion action$/,
    );
  });

  test('is not where the launch template alone does not, as EKS and Auto Scaling say it', () => {
    expect(denial('update-node-group', 'eks:UpdateNodegroupVersion', update('managed', 'bare'))).toEqual({
      code: 'InvalidRequestException',
      message: expect.stringContaining('You are not authorized to launch instances with this launch template.'),
    });
    expect(denial('update-node-group', 'autoscaling:StartInstanceRefresh', refresh('own', 'own-bare'))).toEqual({
      code: 'access-denied',
      message: `You are not authorized to use launch template: ${templateNamed('own-bare').id}`,
    });
    expect(
      denial('swap-ami', 'ec2:CreateLaunchTemplateVersion', { LaunchTemplateId: templateNamed('bare').id }),
    ).toEqual({
      code: 'access-denied',
      message: expect.stringMatching(/^You are not authorized to perform this operation. User: .*launch-template\/lt-/),
    });
  });

  test('is not where the Auto Scaling group alone does not, or is of EKS', () => {
    expect(denial('update-node-group', 'autoscaling:StartInstanceRefresh', refresh('own-bare', 'own'))).toBeDefined();
    const ofEks = [...world.autoScalingGroups.values()].find(({ name }) => name.startsWith('eks-managed'));
    Object.assign(ofEks?.tags ?? {}, { 'eks-ami-rollout': 'enabled' });
    expect(
      denial('settle-node-group', 'autoscaling:DeleteLifecycleHook', { AutoScalingGroupName: ofEks?.name }),
    ).toBeDefined();
  });

  test('needs no tag where the stack was deployed so', () => {
    const stack = stackWith({ ScopeByTag: 'false' });
    expect(denial('update-node-group', 'eks:UpdateNodegroupVersion', update('bare'), stack)).toBeUndefined();
    expect(denial('update-node-group', 'autoscaling:StartInstanceRefresh', refresh('own-bare'), stack)).toBeUndefined();
  });

  test('passes only the roles of nodes that were named', () => {
    const named = (role: string) => stackWith({ NodeRoleArns: `arn:aws:iam::111122223333:role/${role}` });
    const start = 'autoscaling:StartInstanceRefresh';
    expect(denial('update-node-group', start, refresh('own'), named('prod-nodes'))).toBeUndefined();
    expect(denial('update-node-group', start, refresh('own'), named('other'))?.message).toContain('iam:PassRole');
  });

  test('of one function is not allowed to another', () => {
    expect(denial('watch-update', 'eks:UpdateNodegroupVersion', update('managed'))).toBeDefined();
    expect(denial('KubernetesRole', 'eks:DescribeCluster', { name: 'prod' })).toBeDefined();
    expect(denial('detect-releases', 'states:StartExecution', { stateMachineArn: 'arn:x' })).toBeDefined();
  });

  test('becomes the role for Kubernetes by both policies: that of the caller and that of the role', () => {
    const stack = stackWith();
    const RoleArn = stack.roles[0]?.arn;
    expect(denial('inspect-cluster', 'sts:AssumeRole', { RoleArn })).toBeUndefined();
    expect(denial('take-lease', 'sts:AssumeRole', { RoleArn })).toBeDefined();
    const distrusting = stackWith({}, (given) => {
      const role = given.Resources.KubernetesRole?.Properties.AssumeRolePolicyDocument as never as {
        Statement: { Condition: { ArnLike: Record<string, string> } }[];
      };
      for (const each of role.Statement)
        each.Condition.ArnLike['aws:PrincipalArn'] = 'arn:aws:iam::111122223333:role/x';
      return given;
    });
    expect(denial('inspect-cluster', 'sts:AssumeRole', { RoleArn }, distrusting)).toBeDefined();
  });

  test('whose resources nobody wrote down is a bug, and no answer', () => {
    expect(() =>
      new Authority(stackWith()).authorize(
        { service: 'eks', operation: 'DeleteNodegroup', input: {} },
        { roleArn: stackWith().functions[0]?.roleArn ?? '', sessionArn: '' },
        world,
      ),
    ).toThrow('is not written down');
  });
});

describe('a function', () => {
  const [role] = rolesOf(stackWith({ SubnetIds: 'subnet-1', SecurityGroupIds: 'sg-1' }));
  const may = (action: string, resource: string, context: Record<string, string> = {}): boolean =>
    decide(role?.statements ?? [], { action, resource, context }).isAllowed;
  const byCode = { 'lambda:SourceFunctionArn': role?.functionArn ?? '' };

  test('leaves network interfaces to Lambda', () => {
    for (const action of [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
    ]) {
      expect(may(action, '*'), action).toBe(true);
      expect(may(action, '*', byCode), action).toBe(false);
    }
  });

  test('writes to its own log group alone, and makes none', () => {
    const group = stackWith().functionLogGroup;
    expect(may('logs:PutLogEvents', `${group}:log-stream:one`)).toBe(true);
    expect(may('logs:CreateLogStream', `${group}:log-stream:one`)).toBe(true);
    expect(may('logs:PutLogEvents', `${group}-of-others:log-stream:one`)).toBe(false);
    expect(may('logs:CreateLogGroup', group)).toBe(false);
  });

  test('reads the queue of its own alone', () => {
    const [queue] = stackWith().queues;
    expect(may('sqs:ReceiveMessage', queue?.arn ?? '')).toBe(true);
    expect(may('sqs:ReceiveMessage', `${queue?.arn}-of-others`)).toBe(false);
  });
});

describe('a stack is refused when it is deployed', () => {
  const refused = (owner: string, action: string, parameters: Record<string, string> = {}) => {
    const authority = new Authority(stackWith(parameters), [{ owner, action }]);
    expect(() => authority.checkDeployment(), `${owner} ${action}`).toThrow(action);
  };

  test('without what logs, traces and children of a state machine need', () => {
    refused('roll-out-fleet', 'logs:CreateLogDelivery');
    refused('roll-out-node-group', 'logs:DescribeLogGroups');
    refused('roll-out-cluster', 'events:PutRule');
    refused('roll-out-cluster', 'xray:PutTraceSegments');
  });

  test('without what queues and a VPC need', () => {
    refused('detect-releases', 'sqs:ReceiveMessage');
    refused('heal-rollouts', 'sqs:SendMessage');
    refused('the schedule of detect-releases', 'sqs:SendMessage');
    refused('swap-ami', 'ec2:CreateNetworkInterface', { SubnetIds: 'subnet-1', SecurityGroupIds: 'sg-1' });
  });
});

test('a rule sends only where the policy of the queue lets it', () => {
  const stack = stackWith();
  const authority = new Authority(stack);
  const rule = stack.rules.find(({ target }) => 'queue' in target);
  if (rule === undefined || !('queue' in rule.target)) throw new Error('no rule sends to a queue');
  expect(authority.maySend(rule, rule.target.queue)).toBe(true);
  expect(
    authority.maySend({ ...rule, arn: 'arn:aws:events:us-east-1:111122223333:rule/other' }, rule.target.queue),
  ).toBe(false);
});
