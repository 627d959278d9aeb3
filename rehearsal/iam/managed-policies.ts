/**
 * AWS managed policies that SAM attaches to the roles it makes, as their pages in the AWS managed policy reference have
 * them (docs.aws.amazon.com/aws-managed-policy/latest/reference/NAME.html). A template cannot leave them out.
 */
const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

export const managedPolicies = {
  /** To every function. */
  AWSLambdaBasicExecutionRole: logs,
  /** Where `VpcConfig` stands in the template, also one that a condition leaves without value. */
  AWSLambdaVPCAccessExecutionRole: [
    ...logs,
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  /** To a function that a queue invokes by an event of SAM. */
  AWSLambdaSQSQueueExecutionRole: [...logs, 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
  /** To functions and state machines with tracing. */
  AWSXrayWriteOnlyAccess: [
    'xray:GetSamplingRules',
    'xray:GetSamplingStatisticSummaries',
    'xray:GetSamplingTargets',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ],
} as const satisfies Record<string, readonly string[]>;

export type ManagedPolicy = keyof typeof managedPolicies;
