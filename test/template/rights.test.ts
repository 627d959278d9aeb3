/**
 * Each function may do what it does, and no more. A right that is missing fails a rehearsal; one that nobody uses fails
 * `npm run rights`.
 */
import { describe, expect, test } from 'vitest';
import { withoutResources } from '../../rehearsal/iam/needs.ts';
import { readPolicy } from '../../rehearsal/iam/policy.ts';
import { functions, resourcesOfType, rightsOf, type Statement, stackWith, stateMachines } from './deployed-template.ts';

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
  'events:PutEvents': ['publish-approved', 'tell-people'],
  'iam:PassRole': ['prepare-node-group', 'update-node-group'],
  'lambda:InvokeFunction': ['detect-releases'],
  'sns:Publish': ['publish-approved', 'tell-people'],
  'ssm:PutParameter': ['publish-approved'],
  'sqs:DeleteMessage': ['detect-releases'],
  'sqs:ReceiveMessage': ['detect-releases'],
  'states:SendTaskSuccess': ['control-rollout'],
  'states:StartExecution': ['detect-releases', 'heal-rollouts'],
  'sts:AssumeRole': [
    'drain-nodes',
    'evaluate-health-gates',
    'inspect-cluster',
    'probe-nodes',
    'settle-node-group',
    'take-baseline',
    'update-node-group',
    'watch-update',
  ],
};

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

test('people read the ledger, start rollouts and ask control-rollout, and change nothing by themselves', () => {
  const allowed = stackWith()
    .managedPolicies.slice(1)
    .flatMap(({ logicalId, document }) =>
      readPolicy(document, logicalId).flatMap(({ effect, actions, resources }) =>
        actions.map((action) => `${logicalId} ${effect} ${action} ${resources.map((each) => each.split(':').at(-1))}`),
      ),
    );
  expect(allowed).toEqual([
    'ReaderPolicy Allow dynamodb:GetItem table/eks-ami-rollout-ledger',
    'ReaderPolicy Allow dynamodb:Query table/eks-ami-rollout-ledger',
    'OperatorPolicy Allow states:StartExecution eks-ami-rollout-roll-out-cluster',
    'OperatorPolicy Allow states:DescribeExecution *',
    'OperatorPolicy Allow lambda:InvokeFunction eks-ami-rollout-control-rollout',
  ]);
});

test('task tokens are read by one function, and kept by one', () => {
  const ofTokens = grants.filter(({ resources }) => resources.some((resource) => /-tokens|Tokens/.test(resource)));
  expect(namesOf(ofTokens.map((grant) => grant.function))).toEqual(['control-rollout', 'keep-token']);
});

describe('every right', () => {
  test('names its action in full', () => {
    expect(grants.filter(({ action }) => /[*?]/.test(action))).toEqual([]);
  });

  test('allows; only what SAM adds needs denials, the same for every function', () => {
    const [limits, ...ofPeople] = stackWith().managedPolicies;
    expect(ofPeople.map(({ logicalId }) => logicalId)).toEqual(['ReaderPolicy', 'OperatorPolicy']);
    for (const { logicalId, policies } of stackWith().functions) {
      expect(
        policies.filter((policy) => typeof policy === 'string'),
        logicalId,
      ).toEqual([limits?.arn]);
    }
    const effects = readPolicy(limits?.document, 'FunctionLimits').map(({ effect }) => effect);
    expect(namesOf(effects)).toEqual(['Deny']);
    expect(namesOf(grants.map(({ effect }) => effect))).toEqual(['Allow']);
  });

  /** A right on single alarms finds no composite ones (CloudWatch user guide, identity-based policies). */
  const onSomeTooLittle = ['cloudwatch:DescribeAlarmHistory', 'cloudwatch:DescribeAlarms'];

  test('is for everything only where AWS knows no resource for it, or would leave something out', () => {
    const forAll = grants.filter(({ resources }) => resources.includes('*'));
    expect(namesOf(forAll.map(({ action }) => action))).toEqual([...onSomeTooLittle, ...withoutResources].sort());
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

  test('starts, looks at and stops its child, the fleet also the iterations of its Map, and nothing else', () => {
    const states = 'arn:aws:states:us-east-1:111122223333';
    const machineArn = (name: string) => `${states}:stateMachine:eks-ami-rollout-${name}`;
    const executions = (name: string) => `${states}:execution:eks-ami-rollout-${name}:*`;
    // The guide and the Service Authorization Reference name the iterations differently.
    const iterations = [executions('roll-out-fleet/Clusters'), executions('roll-out-fleet')];
    for (const [machine, starts, looksAt] of [
      [
        fleet,
        [machineArn('roll-out-cluster'), machineArn('roll-out-fleet')],
        [executions('roll-out-cluster'), ...iterations],
      ],
      [cluster, [machineArn('roll-out-node-group')], [executions('roll-out-node-group')]],
    ] as const) {
      expect(targetsOf(machine, 'states:StartExecution')).toEqual(starts);
      for (const action of ['states:DescribeExecution', 'states:StopExecution']) {
        expect(targetsOf(machine, action)).toEqual(looksAt);
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
    const ofAll = [
      'lambda:InvokeFunction',
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
    ];
    const ofParents = [
      'events:DescribeRule',
      'events:PutRule',
      'events:PutTargets',
      ...ofAll,
      'states:DescribeExecution',
      'states:StartExecution',
      'states:StopExecution',
    ];
    expect([fleet, cluster, nodeGroup].map(actions)).toEqual([ofParents, ofParents, ofAll]);
  });
});

test('the identity for the Kubernetes API has no right in AWS', () => {
  const [role, ...others] = resourcesOfType('AWS::IAM::Role');
  expect(others).toEqual([]);
  expect(Object.keys(role?.Properties ?? {})).toEqual(['AssumeRolePolicyDocument']);
});
