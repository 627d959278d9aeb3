/**
 * What each call needs: the action has the name of the operation for all that is called here, the resources are those
 * that the service authorization reference marks as required (docs.aws.amazon.com/service-authorization, one page a
 * service). What a call needs beside that is in dependents.ts.
 */
import type { Call } from '../wire/call.ts';
import type { World } from '../world/world.ts';
import type { AccessRequest } from './policy.ts';

/** Actions for which the reference lists no type of resource. */
export const withoutResources: readonly string[] = [
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:DescribeInstanceRefreshes',
  'ec2:DescribeImages',
  'ec2:DescribeInstanceStatus',
  'ec2:DescribeInstances',
  'ec2:DescribeLaunchTemplateVersions',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeSubnets',
  'eks:ListClusters',
];

/** Keys of a resource's tags. A resource that is not there has none, so that a condition on a tag denies. */
export const tagKeys = (tags: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

export const needsOf = ({ service, operation, input }: Pick<Call, 'service' | 'operation' | 'input'>, world: World) => {
  const action = `${service}:${operation}`;
  const sent = input as Readonly<Record<string, string | undefined>>;
  const on = (resource: string, tags?: Readonly<Record<string, string>>): AccessRequest => ({
    action,
    resource,
    context: tagKeys(tags),
  });
  const cluster = (name = ''): AccessRequest => on(world.arn('eks', `cluster/${name}`), world.clusters.get(name)?.tags);
  const nodeGroup = (clusterName = '', name = ''): AccessRequest => {
    const found = world.clusters.get(clusterName)?.nodeGroups.get(name);
    return on(world.arn('eks', `nodegroup/${clusterName}/${name}/${found?.uuid ?? 'unknown'}`), found?.tags);
  };
  switch (action) {
    // They need no right (STS API reference, GetCallerIdentity).
    case 'sts:GetCallerIdentity':
      return [];
    case 'sts:AssumeRole':
      return [on(sent.RoleArn ?? '')];
    case 'dynamodb:DeleteItem':
    case 'dynamodb:GetItem':
    case 'dynamodb:PutItem':
    case 'dynamodb:Query':
      return [on(world.arn('dynamodb', `table/${sent.TableName}`))];
    case 'eks:DescribeCluster':
      return [cluster(sent.name)];
    case 'eks:ListNodegroups':
      return [cluster(sent.clusterName)];
    case 'eks:DescribeNodegroup':
    case 'eks:UpdateNodegroupVersion':
      return [nodeGroup(sent.clusterName, sent.nodegroupName)];
    // The cluster is required and the node group is judged beside it.
    case 'eks:DescribeUpdate':
    case 'eks:ListUpdates':
      return [
        cluster(sent.name),
        ...(sent.nodegroupName === undefined ? [] : [nodeGroup(sent.name, sent.nodegroupName)]),
      ];
    case 'ec2:CreateLaunchTemplateVersion':
    case 'ec2:DeleteLaunchTemplateVersions': {
      const { LaunchTemplateId: id = '' } = sent;
      return [on(world.arn('ec2', `launch-template/${id}`), world.launchTemplates.get(id)?.tags)];
    }
    case 'ec2:GetImageAncestry':
      return [on(`arn:aws:ec2:${world.region}::image/${sent.ImageId}`)];
    case 'autoscaling:CancelInstanceRefresh':
    case 'autoscaling:CompleteLifecycleAction':
    case 'autoscaling:DeleteLifecycleHook':
    case 'autoscaling:PutLifecycleHook':
    case 'autoscaling:RecordLifecycleActionHeartbeat':
    case 'autoscaling:RollbackInstanceRefresh':
    case 'autoscaling:StartInstanceRefresh':
    case 'autoscaling:UpdateAutoScalingGroup': {
      const { AutoScalingGroupName: name = '' } = sent;
      const group = world.autoScalingGroups.get(name);
      const unknown = world.arn('autoscaling', `autoScalingGroup:unknown:autoScalingGroupName/${name}`);
      return [on(group?.arn ?? unknown, group?.tags)];
    }
    // Which alarms are found is filtered by name, not by right: what is asked is asked of all.
    case 'cloudwatch:DescribeAlarmHistory':
    case 'cloudwatch:DescribeAlarms':
      return [on(world.arn('cloudwatch', 'alarm:*'))];
    case 'events:PutEvents':
      return ((input as { Entries?: { EventBusName?: string }[] }).Entries ?? []).map(({ EventBusName = 'default' }) =>
        on(EventBusName.startsWith('arn:') ? EventBusName : world.arn('events', `event-bus/${EventBusName}`)),
      );
    case 'lambda:Invoke':
      // The one operation whose right is called otherwise (service authorization reference, AWS Lambda). DryRun tries it.
      return [{ ...on(sent.FunctionName ?? ''), action: 'lambda:InvokeFunction' }];
    case 'sns:Publish':
      return [on(sent.TopicArn ?? '')];
    case 'ssm:GetParameter':
    case 'ssm:GetParametersByPath':
    case 'ssm:PutParameter':
      return [on(parameterArn(world, sent.Name ?? sent.Path ?? ''))];
    case 'ssm:GetParameters':
      return ((input as { Names?: string[] }).Names ?? []).map((name) => on(parameterArn(world, name)));
    case 'states:DescribeExecution':
      return [on(sent.executionArn ?? '')];
    // On the state machine whose execution waits; only those of clusters wait for a token.
    case 'states:SendTaskSuccess':
      return [on(world.arn('states', 'stateMachine:eks-ami-rollout-roll-out-cluster'))];
    case 'states:ListExecutions':
    case 'states:StartExecution':
      return [on(unqualified(sent.stateMachineArn ?? ''))];
    default:
      if (withoutResources.includes(action)) return [on('*')];
      throw new Error(`${action}: which resources it needs is not written down in rehearsal/iam/needs.ts`);
  }
};

/** The account in the ARN of a public parameter is empty (Systems Manager user guide, parameter-store-public-parameters). */
const parameterArn = (world: World, name: string): string =>
  name.startsWith('/aws/') ? `arn:aws:ssm:${world.region}::parameter${name}` : world.arn('ssm', `parameter${name}`);

/** A version or an alias is authorized by the ARN of its state machine (Step Functions developer guide, auth-version-alias). */
export const unqualified = (machineArn: string): string => machineArn.split(':').slice(0, 7).join(':');
