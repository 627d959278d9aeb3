/** Which health issues of a node group another AMI can end, which pass, and what mends the others. */

/**
 * `ami`: nodes of another image can end it. `passing`: it comes and goes by itself. Else what a person must do first (EKS
 * user guide, troubleshooting managed node groups; API reference, Issue).
 */
type IssueMeaning = 'ami' | 'passing' | { mend: string };

const iam: IssueMeaning = { mend: 'give it back its node role, its instance profile and their rights' };
const subnets: IssueMeaning = {
  mend: 'mend its subnets; a node group cannot change them, so it may have to be made anew',
};
const template: IssueMeaning = {
  mend: 'mend its launch template; EKS’s own copy must not be changed or deleted by hand',
};
const securityGroup: IssueMeaning = { mend: 'put back the security group it names' };
const quota: IssueMeaning = { mend: 'ask for a higher quota, or free what is not used' };
const autoScaling: IssueMeaning = { mend: 'leave its Auto Scaling group to EKS: undo what was changed of it by hand' };

export const healthIssues: Readonly<Record<string, IssueMeaning>> = {
  AmiIdNotFound: 'ami',
  AsgInstanceLaunchFailures: 'ami',
  NodeCreationFailure: 'ami',
  AutoScalingGroupRateLimitExceeded: 'passing',
  AutoScalingGroupInstanceRefreshActive: 'passing',
  ClusterUnreachable: 'passing',
  IamThrottling: 'passing',
  InternalFailure: 'passing',
  Unknown: { mend: 'look at the node group in the EKS console' },
  AccessDenied: iam,
  IamInstanceProfileNotFound: iam,
  IamNodeRoleNotFound: iam,
  AutoScalingGroupInvalidConfiguration: autoScaling,
  AutoScalingGroupNotFound: autoScaling,
  AutoScalingGroupOptInRequired: autoScaling,
  Ec2InstanceTypeDoesNotExist: { mend: 'name an instance type that exists in its Availability Zones' },
  Ec2LaunchTemplateDeletionFailure: template,
  Ec2LaunchTemplateInvalidConfiguration: template,
  Ec2LaunchTemplateMaxLimitExceeded: quota,
  Ec2LaunchTemplateNotFound: template,
  Ec2LaunchTemplateVersionMaxLimitExceeded: quota,
  Ec2LaunchTemplateVersionMismatch: template,
  Ec2SecurityGroupDeletionFailure: securityGroup,
  Ec2SecurityGroupNotFound: securityGroup,
  Ec2SubnetInvalidConfiguration: subnets,
  Ec2SubnetListTooLong: subnets,
  Ec2SubnetMissingIpv6Assignment: subnets,
  Ec2SubnetNotFound: subnets,
  IamLimitExceeded: quota,
  InstanceLimitExceeded: quota,
  InsufficientFreeAddresses: { mend: 'free addresses in its subnets, or give it larger ones' },
  KubernetesLabelInvalid: { mend: 'mend the labels of the node group' },
  LimitExceeded: quota,
  NodeTerminationFailure: { mend: 'look at the instances that do not end' },
  PodEvictionFailure: { mend: 'loosen the disruption budget of the pods that stay' },
  SourceEc2LaunchTemplateNotFound: template,
};

const meaningOf = (code: string): IssueMeaning => healthIssues[code] ?? { mend: `find out what ${code} means` };

/** Issues that keep a node group from being updated now; one that is not known may be anything. */
export const hinderingIssues = <Issue extends { code: string }>(
  issues: readonly Issue[],
): { passing: Issue[]; lasting: Issue[] } => ({
  passing: issues.filter(({ code }) => meaningOf(code) === 'passing'),
  lasting: issues.filter(({ code }) => typeof meaningOf(code) === 'object'),
});

/** What must be done before the node group can be updated. */
export const mendingOf = (issues: readonly { code: string }[]): string => {
  const meanings = issues.map(({ code }) => meaningOf(code));
  return [...new Set(meanings.flatMap((meaning) => (typeof meaning === 'object' ? meaning.mend : [])))].join('; ');
};
