/**
 * Rights that no call of the product shows: a service asks for them with the role of the caller, or with a role that it
 * was given, a row a right. `page` says where AWS writes it; without a page there is a reason why it stays all the same.
 */
import type { Call } from '../wire/call.ts';
import type { Configuration } from '../world/auto-scaling-groups.ts';
import type { LaunchTemplate, TemplateData } from '../world/launch-templates.ts';
import type { World } from '../world/world.ts';
import { tagKeys } from './needs.ts';

export interface Dependent {
  /** The call, or what a service does by itself. */
  behind: readonly string[];
  action: string;
  /** Of docs.aws.amazon.com. */
  page: string;
  /** No page of AWS says it of this call: why it is taken for needed. */
  unproven?: string;
}

interface LaunchRight extends Dependent {
  /** On what, and with which condition keys, for a launch from a template. */
  on(launch: Launch): { resource: string; context: Record<string, string> }[];
}

/** A launch that is tried with the caller's rights before a call is accepted. */
export interface Launch {
  world: World;
  template: LaunchTemplate;
  data: TemplateData;
}

const byEks = ['eks:UpdateNodegroupVersion'];
const byAutoScaling = ['autoscaling:StartInstanceRefresh', 'autoscaling:UpdateAutoScalingGroup'];
const pages = {
  eks: 'eks/latest/userguide/launch-templates.html',
  autoScaling: 'autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html',
  runInstances: 'service-authorization/latest/reference/list_amazonec2.html',
};

/** Those of RunInstances are judged for each resource by itself, and the keys differ. */
const runInstances = ({ world, template, data }: Launch): ReturnType<LaunchRight['on']> => {
  const templateArn = world.arn('ec2', `launch-template/${template.id}`);
  const context = { 'ec2:LaunchTemplate': templateArn };
  const texts = (value: unknown): string[] => [value ?? []].flat().map(String);
  const named = [
    'instance/*',
    'network-interface/*',
    'volume/*',
    'subnet/subnet-of-the-group',
    ...texts(data.SecurityGroupIds).map((id) => `security-group/${id}`),
    ...texts(data.KeyName).map((name) => `key-pair/${name}`),
  ];
  return [
    { resource: templateArn, context: tagKeys(template.tags) },
    { resource: `arn:aws:ec2:${world.region}::image/${data.ImageId}`, context },
    ...named.map((resource) => ({ resource: world.arn('ec2', resource), context })),
  ];
};

const createTags = ({ world, data }: Launch): ReturnType<LaunchRight['on']> =>
  ((data.TagSpecifications ?? []) as { ResourceType: string }[]).map(({ ResourceType }) => ({
    resource: world.arn('ec2', `${ResourceType}/*`),
    context: { 'ec2:CreateAction': 'RunInstances' },
  }));

/** The world's instance profiles have the name of their role. */
const passRole = ({ world, data }: Launch): ReturnType<LaunchRight['on']> => {
  const { Name } = (data.IamInstanceProfile ?? {}) as { Name?: string };
  if (Name === undefined) return [];
  return [
    {
      resource: `arn:aws:iam::${world.accountId}:role/${Name}`,
      context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    },
  ];
};

/** Behind calls that name a launch template. */
export const launchRights: readonly LaunchRight[] = [
  { behind: byAutoScaling, action: 'ec2:RunInstances', page: pages.autoScaling, on: runInstances },
  { behind: byAutoScaling, action: 'ec2:CreateTags', page: pages.autoScaling, on: createTags },
  { behind: byAutoScaling, action: 'iam:PassRole', page: pages.autoScaling, on: passRole },
  {
    behind: byEks,
    action: 'ec2:RunInstances',
    page: pages.eks,
    unproven: 'the page says it of templates with tags; of others CloudTrail shows it, and no page says it',
    on: runInstances,
  },
  { behind: byEks, action: 'ec2:CreateTags', page: pages.eks, on: createTags },
];

const xray = ['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'];

const rows = (behind: string, page: string, ...actions: string[]): Dependent[] =>
  actions.map((action) => ({ behind: [behind], action, page }));

/** Behind what a service does with the role of a function, a state machine or a schedule. */
export const serviceRights = {
  imageParameters: rows(
    'ssm:PutParameter of an image',
    'systems-manager/latest/userguide/parameter-store-ec2-aliases.html',
    'ec2:DescribeImages',
  ),
  functionLogs: rows(
    'a function logs',
    'lambda/latest/dg/monitoring-cloudwatchlogs.html',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ),
  functionTraces: rows(
    'a function is traced',
    'lambda/latest/dg/services-xray.html',
    ...xray.map((name) => `xray:${name}`),
  ),
  /** Lambda refuses a function in a VPC whose role cannot do this. */
  functionInVpc: rows(
    'a function is put into a VPC',
    'lambda/latest/dg/configuration-vpc.html',
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ),
  deadLetters: rows(
    'a function has a dead-letter queue',
    'lambda/latest/dg/invocation-async-retain-records.html',
    'sqs:SendMessage',
  ),
  queueReader: rows(
    'a queue invokes a function',
    'lambda/latest/dg/services-sqs-configure.html',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:ReceiveMessage',
  ),
  machineLogs: rows(
    'a state machine logs',
    'step-functions/latest/dg/cw-logs.html',
    'logs:CreateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:DescribeLogGroups',
    'logs:DescribeResourcePolicies',
    'logs:GetLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:UpdateLogDelivery',
  ),
  machineTraces: rows(
    'a state machine is traced',
    'step-functions/latest/dg/concepts-xray-tracing.html',
    ...xray.map((name) => `xray:${name}`),
  ),
  /** Without them the state machine itself is refused: "is not authorized to create managed-rule". */
  childRule: rows(
    'startExecution.sync:2',
    'step-functions/latest/dg/connect-stepfunctions.html',
    'events:DescribeRule',
    'events:PutRule',
    'events:PutTargets',
  ),
  childIsRead: rows(
    'startExecution.sync:2',
    'step-functions/latest/dg/connect-stepfunctions.html',
    'states:DescribeExecution',
  ),
  mapRun: rows(
    'a Distributed Map',
    'step-functions/latest/dg/iam-policies-eg-dist-map.html',
    'states:StartExecution',
    'states:DescribeExecution',
    'states:StopExecution',
  ),
  childIsStopped: rows(
    'the end of an execution that waits by startExecution.sync:2',
    'step-functions/latest/dg/connect-stepfunctions.html',
    'states:StopExecution',
  ),
  scheduleDeadLetters: rows(
    'a schedule has a dead-letter queue',
    'scheduler/latest/UserGuide/configuring-schedule-dlq.html',
    'sqs:SendMessage',
  ),
} as const satisfies Record<string, readonly Dependent[]>;

/** Actions that stand in a policy which SAM attaches, and that no page says are needed. */
export const unprovenActions: Readonly<Record<string, string>> = {
  'xray:GetSamplingStatisticSummaries':
    'AWS has it in AWSXrayWriteOnlyAccess, which SAM attaches where there is tracing (lambda/latest/dg/services-xray.html); it only reads how much is sampled',
};

/** Resources that stand in a policy and are met by no launch that is played, with the reason they stay. */
export const unprovenResources: Readonly<Record<string, string>> = Object.fromEntries(
  ['capacity-reservation', 'key-pair', 'placement-group', 'snapshot', 'network-interface'].map((type) => [
    type,
    `RunInstances and CreateTags are judged on a ${type} where a template names one (${pages.runInstances}); which of them the trial of EKS and Auto Scaling names is not documented`,
  ]),
);

/** The launch behind a call; undefined: it names no launch template, or one that is not there. */
export const launchBehind = (
  { service, operation, input }: Pick<Call, 'service' | 'operation' | 'input'>,
  world: World,
): Launch | undefined => {
  const wanted = `${service}:${operation}`;
  if (byEks.includes(wanted)) {
    const { launchTemplate } = input as { launchTemplate?: { id?: string; name?: string; version?: string } };
    return launchFrom(world, launchTemplate?.id, launchTemplate?.name, launchTemplate?.version);
  }
  if (!byAutoScaling.includes(wanted)) return undefined;
  const sent = input as SentConfiguration & { DesiredConfiguration?: SentConfiguration; AutoScalingGroupName?: string };
  const { LaunchTemplate, MixedInstancesPolicy } = sent.DesiredConfiguration ?? sent;
  const named = LaunchTemplate ?? MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  if (named !== undefined) return launchFrom(world, named.LaunchTemplateId, named.LaunchTemplateName, named.Version);
  // A refresh without one launches what the group is configured for.
  if (operation !== 'StartInstanceRefresh') return undefined;
  const { template } = world.autoScalingGroups.get(sent.AutoScalingGroupName ?? '')?.configuration ?? noConfiguration;
  return launchFrom(world, template.id, undefined, template.version);
};

const noConfiguration: Pick<Configuration, 'template'> = { template: { id: '', version: '' } };

interface SentTemplate {
  LaunchTemplateId?: string;
  LaunchTemplateName?: string;
  Version?: string;
}

interface SentConfiguration {
  LaunchTemplate?: SentTemplate;
  MixedInstancesPolicy?: { LaunchTemplate?: { LaunchTemplateSpecification?: SentTemplate } };
}

const launchFrom = (
  world: World,
  id: string | undefined,
  name: string | undefined,
  version = '$Default',
): Launch | undefined => {
  const template = [...world.launchTemplates.values()].find((each) => each.id === id || each.name === name);
  const data = template?.version(version)?.data;
  return template === undefined || data === undefined ? undefined : { world, template, data };
};
