/**
 * Each function may do what it does, and no more. No rehearsal would notice a missing right, because the embedded AWS
 * evaluates no policy; so what the functions really called is held against what the template grants them.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { MadeCall } from '../../rehearsal/product-calls.ts';
import { playFile } from '../rehearsal/play.ts';
import { covers, functions, resourcesOfType, rightsOf, type Statement, stateMachines } from './deployed-template.ts';

interface Grant extends Omit<Statement, 'actions'> {
  function: string;
  action: string;
}

const grantsWith = (parameters: Record<string, string> = {}): Grant[] =>
  functions.flatMap((each) =>
    rightsOf(each, parameters).flatMap(({ actions, ...statement }) =>
      actions.map((action) => ({ ...statement, action, function: each.folder })),
    ),
  );

const grants = grantsWith();

const namesOf = (values: readonly string[]): string[] => [...new Set(values)].sort();

/** Actions that only look. AssumeRole does not: it becomes somebody else. */
const isReading = (action: string): boolean => /^\w+:(Describe|Get|List|Query)/.test(action);

/** Everything that changes something outside of the function, and who may do it. */
const whoMayChange: Record<string, string[]> = {
  'autoscaling:CancelInstanceRefresh': ['settle-node-group', 'update-node-group'],
  'autoscaling:CompleteLifecycleAction': ['drain-nodes', 'settle-node-group'],
  'autoscaling:DeleteLifecycleHook': ['settle-node-group'],
  'autoscaling:PutLifecycleHook': ['prepare-node-group'],
  'autoscaling:RecordLifecycleActionHeartbeat': ['drain-nodes'],
  'autoscaling:RollbackInstanceRefresh': ['update-node-group'],
  'autoscaling:StartInstanceRefresh': ['update-node-group'],
  'autoscaling:UpdateAutoScalingGroup': ['prepare-node-group', 'settle-node-group'],
  'dynamodb:DeleteItem': ['detect-releases', 'finish-rollout', 'heal-rollouts'],
  'dynamodb:PutItem': namesOf(functions.map(({ folder }) => folder)),
  'ec2:CreateLaunchTemplateVersion': ['swap-ami'],
  'ec2:CreateTags': ['prepare-node-group', 'update-node-group'],
  'ec2:DeleteLaunchTemplateVersions': ['finish-rollout'],
  'ec2:RunInstances': ['prepare-node-group', 'update-node-group'],
  'eks:UpdateNodegroupVersion': ['update-node-group'],
  'iam:PassRole': ['prepare-node-group', 'update-node-group'],
  'states:StartExecution': ['detect-releases', 'heal-rollouts'],
  'sts:AssumeRole': [
    'drain-nodes',
    'evaluate-health-gates',
    'plan-rollout',
    'settle-node-group',
    'take-baseline',
    'update-node-group',
    'watch-update',
  ],
};

/** Actions for which the service authorization reference lists no type of resource: `*` is the only one that works. */
const withoutResources = [
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:DescribeInstanceRefreshes',
  'ec2:DescribeImages',
  'ec2:DescribeInstanceStatus',
  'ec2:DescribeInstances',
  'ec2:DescribeLaunchTemplateVersions',
  'ec2:DescribeLaunchTemplates',
  'eks:ListClusters',
];

describe('what a function may change', () => {
  test('is what its own step changes', () => {
    const changing = grants.filter(({ action }) => !isReading(action));
    const granted = Object.fromEntries(
      namesOf(changing.map(({ action }) => action)).map((action) => [
        action,
        namesOf(changing.filter((grant) => grant.action === action).map((grant) => grant.function)),
      ]),
    );
    expect(granted).toEqual(whoMayChange);
  });

  test('lies in this account and Region, or is a public image', () => {
    const changing = grants.filter(({ action }) => !isReading(action));
    const elsewhere = changing
      .flatMap(({ resources }) => resources)
      .filter((resource) => !/^arn:aws:(\w+:us-east-1|iam:):111122223333:/.test(resource));
    expect(namesOf(elsewhere)).toEqual(['arn:aws:ec2:us-east-1::image/*', 'arn:aws:ec2:us-east-1::snapshot/*']);
  });

  /** What was there before the stack, and belongs to the clusters. */
  const ofOthers = grants.filter(({ action }) => /^(autoscaling|ec2|eks|iam):/.test(action) && !isReading(action));

  test.each(ofOthers)('$action ($sid) has a condition', ({ condition }) => {
    expect(condition).toBeDefined();
  });

  const tag = { 'aws:ResourceTag/eks-ami-rollout': 'enabled' };

  test('of node groups and launch templates is limited to what carries the opt-in tag', () => {
    const tagged = (grant: Grant): boolean => JSON.stringify(grant.condition) === JSON.stringify({ StringEquals: tag });
    expect(namesOf(ofOthers.filter(tagged).map(({ sid }) => sid))).toEqual([
      'DeleteVersionsNobodyUses',
      'LaunchFromTheTemplate',
      'MakeAVersion',
      'UpdateTheNodeGroup',
    ]);
    // The key of the tag does not exist on what is yet to be launched; there the launch template is the key.
    expect(namesOf(ofOthers.filter((grant) => !tagged(grant)).map(({ sid }) => sid))).toEqual([
      'LaunchWithWhatTheTemplateNames',
      'LetInstancesGo',
      'PassTheRoleOfNodes',
      'PrepareTheGroup',
      'PutTheGroupBack',
      'RefreshTheGroup',
      'TagWhatIsLaunched',
    ]);
  });

  test('of Auto Scaling groups is limited to those that are not of EKS and carry the opt-in tag', () => {
    const ofGroups = ofOthers.filter(({ action }) => action.startsWith('autoscaling:'));
    expect(ofGroups.length).toBeGreaterThan(8);
    for (const { condition } of ofGroups) {
      expect(condition).toEqual({ Null: { 'aws:ResourceTag/eks:nodegroup-name': 'true' }, StringEquals: tag });
    }
  });

  test('passes roles of nodes to EC2 alone, and only those that were named', () => {
    const passed = (parameters?: Record<string, string>): Grant[] =>
      grantsWith(parameters).filter(({ action }) => action === 'iam:PassRole');
    const named = 'arn:aws:iam::111122223333:role/nodes';
    expect(namesOf(passed().flatMap(({ resources }) => resources))).toEqual(['arn:aws:iam::111122223333:role/*']);
    expect(namesOf(passed({ NodeRoleArns: named }).flatMap(({ resources }) => resources))).toEqual([named]);
    for (const { condition } of passed()) {
      expect(condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } });
    }
  });

  test('is limited to the value of the tag that was deployed', () => {
    const [update] = grantsWith({ OptInTag: 'eks-ami-rollout=team-a' }).filter(
      ({ action }) => action === 'eks:UpdateNodegroupVersion',
    );
    expect(update?.condition).toEqual({ StringEquals: { 'aws:ResourceTag/eks-ami-rollout': 'team-a' } });
  });

  test('needs no tag where the stack was deployed so', () => {
    const untagged = grantsWith({ ScopeByTag: 'false' });
    expect(
      untagged.filter(({ condition }) => JSON.stringify(condition)?.includes('ResourceTag/eks-ami-rollout')),
    ).toEqual([]);
    expect(namesOf(untagged.map(({ action }) => action))).toEqual(namesOf(grants.map(({ action }) => action)));
  });
});

describe('every right', () => {
  test('names its action in full', () => {
    expect(grants.filter(({ action }) => /[*?]/.test(action))).toEqual([]);
  });

  test('allows; what is not allowed needs no denial', () => {
    expect(namesOf(grants.map(({ effect }) => effect))).toEqual(['Allow']);
  });

  test('is for everything only where AWS knows no resource for it', () => {
    const forAll = grants.filter(({ resources }) => resources.includes('*'));
    expect(namesOf(forAll.map(({ action }) => action))).toEqual(withoutResources);
  });

  test('has a name that says what for, once in a function', () => {
    for (const each of functions) {
      const names = rightsOf(each).map(({ sid }) => sid);
      expect(names).toEqual([...new Set(names)]);
      expect(names).not.toContain('undefined');
    }
  });
});

describe('a state machine', () => {
  interface Machine {
    substitutions: string[];
    rights: Statement[];
  }

  const [fleet, cluster, nodeGroup] = ['RollOutFleet', 'RollOutCluster', 'RollOutNodeGroup'].map((name) => {
    const found = stateMachines.find(({ logicalId }) => logicalId === `${name}StateMachine`);
    if (found === undefined) throw new Error(`there is no state machine ${name}`);
    return { substitutions: Object.keys(found.Properties.DefinitionSubstitutions ?? {}), rights: rightsOf(found) };
  }) as [Machine, Machine, Machine];

  const targetsOf = ({ rights }: Machine, action: string): string[] =>
    rights.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);

  test.each([fleet, cluster, nodeGroup])('invokes its own functions, by version', (machine) => {
    const own = machine.substitutions.filter((name) => name.endsWith('Function'));
    const targets = targetsOf(machine, 'lambda:InvokeFunction');
    expect(targets.map((target) => /:function:eks-ami-rollout-(\w+)-\w+:\*$/.exec(target)?.[1]).sort()).toEqual(
      own.sort(),
    );
  });

  test('starts, looks at and stops its child, and nothing else', () => {
    for (const [machine, child] of [
      [fleet, 'roll-out-cluster'],
      [cluster, 'roll-out-node-group'],
    ] as const) {
      const states = 'arn:aws:states:us-east-1:111122223333';
      const machineArn = `${states}:stateMachine:eks-ami-rollout-${child}`;
      expect(targetsOf(machine, 'states:StartExecution')).toEqual([machineArn, `${machineArn}:*`]);
      for (const action of ['states:DescribeExecution', 'states:StopExecution']) {
        expect(targetsOf(machine, action)).toEqual([`${states}:execution:eks-ami-rollout-${child}:*`]);
      }
    }
  });

  /** Step Functions developer guide, connect-to-resource: without them the deployment itself is refused. */
  test('is told of the end of its child through the rule of Step Functions', () => {
    for (const machine of [fleet, cluster]) {
      for (const action of ['events:PutTargets', 'events:PutRule', 'events:DescribeRule']) {
        expect(targetsOf(machine, action)).toEqual([
          'arn:aws:events:us-east-1:111122223333:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule',
        ]);
      }
    }
  });

  test('may do nothing beside', () => {
    const actions = (machine: Machine): string[] => namesOf(machine.rights.flatMap((each) => each.actions));
    const ofParents = [
      'events:DescribeRule',
      'events:PutRule',
      'events:PutTargets',
      'lambda:InvokeFunction',
      'states:DescribeExecution',
      'states:StartExecution',
      'states:StopExecution',
    ];
    expect([fleet, cluster, nodeGroup].map(actions)).toEqual([ofParents, ofParents, ['lambda:InvokeFunction']]);
  });
});

test('the identity for the Kubernetes API has no right in AWS', () => {
  const [role, ...others] = resourcesOfType('AWS::IAM::Role');
  expect(others).toEqual([]);
  expect(Object.keys(role?.Properties ?? {})).toEqual(['AssumeRolePolicyDocument']);
});

/**
 * What a call needs. The action has the name of the operation for all that is called here; the resources are those that
 * the service authorization reference marks as required.
 */
const needsOf = (call: MadeCall): { action: string; resource: string }[] => {
  const action = `${call.service}:${call.operation}`;
  const input = call.input as Record<string, string>;
  const arn = (service: string, resource: string, account = '111122223333'): string =>
    `arn:aws:${service}:us-east-1:${account}:${resource}`;
  const needs = (...resources: string[]) => resources.map((resource) => ({ action, resource }));
  switch (action) {
    case 'dynamodb:DeleteItem':
    case 'dynamodb:GetItem':
    case 'dynamodb:PutItem':
    case 'dynamodb:Query':
      return needs(arn('dynamodb', `table/${input.TableName}`));
    case 'ec2:CreateLaunchTemplateVersion':
    case 'ec2:DeleteLaunchTemplateVersions':
      return needs(arn('ec2', `launch-template/${input.LaunchTemplateId}`));
    case 'eks:DescribeCluster':
      return needs(arn('eks', `cluster/${input.name}`));
    case 'eks:ListNodegroups':
      return needs(arn('eks', `cluster/${input.clusterName}`));
    case 'eks:DescribeNodegroup':
      return needs(arn('eks', `nodegroup/${input.clusterName}/${input.nodegroupName}/uuid`));
    // The cluster is required and the node group is judged beside it.
    case 'eks:DescribeUpdate':
    case 'eks:ListUpdates':
      return needs(
        arn('eks', `cluster/${input.name}`),
        arn('eks', `nodegroup/${input.name}/${input.nodegroupName}/uuid`),
      );
    case 'eks:UpdateNodegroupVersion':
      return [
        ...needs(arn('eks', `nodegroup/${input.clusterName}/${input.nodegroupName}/uuid`)),
        ...whatLaunchingNeeds,
      ];
    case 'autoscaling:CancelInstanceRefresh':
    case 'autoscaling:CompleteLifecycleAction':
    case 'autoscaling:DeleteLifecycleHook':
    case 'autoscaling:PutLifecycleHook':
    case 'autoscaling:RecordLifecycleActionHeartbeat':
    case 'autoscaling:RollbackInstanceRefresh':
    case 'autoscaling:StartInstanceRefresh':
    case 'autoscaling:UpdateAutoScalingGroup': {
      const namesTemplate =
        'DesiredConfiguration' in input || 'LaunchTemplate' in input || 'MixedInstancesPolicy' in input;
      return [
        ...needs(arn('autoscaling', `autoScalingGroup:uuid:autoScalingGroupName/${input.AutoScalingGroupName}`)),
        ...(namesTemplate ? [...whatLaunchingNeeds, passNodeRole] : []),
      ];
    }
    case 'ec2:GetImageAncestry':
      return needs(`arn:aws:ec2:us-east-1::image/${input.ImageId}`);
    case 'ssm:GetParameter':
    case 'ssm:GetParametersByPath': {
      const name = input.Name ?? input.Path ?? '';
      // ARNs of AWS's own parameters have no account.
      return needs(arn('ssm', `parameter${name}`, name.startsWith('/aws/') ? '' : undefined));
    }
    case 'ssm:GetParameters':
      return (input.Names as unknown as string[]).flatMap((name) =>
        needs(arn('ssm', `parameter${name}`, name.startsWith('/aws/') ? '' : undefined)),
      );
    case 'states:DescribeExecution':
      return needs(String(input.executionArn));
    case 'states:ListExecutions':
    case 'states:StartExecution':
      return needs(String(input.stateMachineArn));
    case 'sts:AssumeRole':
      return needs(String(input.RoleArn));
    default:
      if (withoutResources.includes(action)) return needs('*');
      throw new Error(`${action} is called by ${call.function}: which resource it needs is not written down here`);
  }
};

/**
 * EKS and Auto Scaling try to launch with the caller's rights what the launch template says (EKS user guide, launch
 * templates; EC2 Auto Scaling user guide, launch template permissions).
 */
const whatLaunchingNeeds = [
  ...['launch-template/lt-0', 'instance/*', 'network-interface/*', 'volume/*', 'security-group/sg-0', 'subnet/s-0']
    .map((resource) => `arn:aws:ec2:us-east-1:111122223333:${resource}`)
    .concat('arn:aws:ec2:us-east-1::image/ami-0')
    .map((resource) => ({ action: 'ec2:RunInstances', resource })),
  ...['instance/*', 'volume/*'].map((resource) => ({
    action: 'ec2:CreateTags',
    resource: `arn:aws:ec2:us-east-1:111122223333:${resource}`,
  })),
];

/** Nodes that people run have an instance profile in their launch template. */
const passNodeRole = { action: 'iam:PassRole', resource: 'arn:aws:iam::111122223333:role/nodes' };

const isGranted = (folder: string, { action, resource }: { action: string; resource: string }): boolean =>
  grants.some(
    (grant) =>
      grant.function === folder &&
      grant.action === action &&
      grant.resources.some((pattern) => covers(pattern, resource)),
  );

/** Functions that look at a group again and again; the plan resolves its version once, and then it is on a number. */
const resolvesAgain = [
  'continue-rollout',
  'update-node-group',
  'watch-update',
  'drain-nodes',
  'evaluate-health-gates',
  'settle-node-group',
  'finish-rollout',
];

/** Rights that these rehearsals do not use, and when they are used. */
const unusedHere: Record<string, string> = {
  ...Object.fromEntries(
    resolvesAgain.map((folder) => [
      `${folder} ec2:DescribeLaunchTemplateVersions`,
      'somebody puts an Auto Scaling group back on $Latest while its rollout runs',
    ]),
  ),
  'advance-fleet eks:ListClusters': 'a rollout of the fleet that a person starts knows no scan that found clusters',
  'detect-releases dynamodb:DeleteItem': 'a rollout that is still listed as open has ended, or never began',
  'detect-releases states:DescribeExecution': 'a scan finds a rollout open whose execution no event told of',
  'heal-rollouts dynamodb:PutItem': 'an execution died after it had written its end and before it freed the lease',
  'review-wave dynamodb:PutItem': 'onFailure: rollBackAll takes back node groups of earlier waves',
  'update-node-group autoscaling:CancelInstanceRefresh': 'Auto Scaling says that the refresh cannot be rolled back',
  'watch-update eks:ListUpdates': 'an update was asked for and its id was never written down',
};

describe('while rollouts are played', () => {
  let calls: MadeCall[];
  beforeAll(async () => {
    calls = [];
    for (const file of [
      'schedule.yaml',
      'bad-ami-never-joins.yaml',
      'stopped-and-healed.yaml',
      'aws-signals.yaml',
      'self-managed-latest-bad-ami.yaml',
      'self-managed-budget-never-frees-patient.yaml',
      'every-family.yaml',
      'self-managed-stopped-and-healed.yaml',
      'self-managed-right-is-missing.yaml',
      'taken-back-by-hand.yaml',
    ]) {
      const { aws, report } = await playFile(file);
      expect(report).toMatchObject({ asExpected: true });
      calls.push(...aws.productCalls.made);
    }
    // Kubernetes asks its own RBAC.
    calls = calls.filter(({ service }) => service !== 'kubernetes');
  });

  test('every function makes only calls that it may make', () => {
    const missing = calls.flatMap((call) =>
      needsOf(call)
        .filter((need) => !isGranted(call.function, need))
        .map(({ action, resource }) => `${call.function} ${action} ${resource}`),
    );
    expect(namesOf(missing)).toEqual([]);
  });

  test('every right is used, or it is known when it would be', () => {
    const used = new Set(calls.flatMap((call) => needsOf(call).map(({ action }) => `${call.function} ${action}`)));
    const unused = grants.map((grant) => `${grant.function} ${grant.action}`).filter((name) => !used.has(name));
    expect(namesOf(unused)).toEqual(namesOf(Object.keys(unusedHere)));
  });

  test('every function is called', () => {
    expect(namesOf(calls.map((call) => call.function))).toEqual(namesOf(functions.map(({ folder }) => folder)));
  });
});
