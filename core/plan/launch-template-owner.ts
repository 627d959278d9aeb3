/** Launch templates and node groups often belong to a tool that will write them again. Its tags tell which. */
import type { Finding } from './finding.ts';

type Tags = Readonly<Record<string, string>>;

/** The stack that made a resource, by the tags CloudFormation and eksctl put on what they make. */
const stackOf = (...resources: readonly Tags[]): { stack: string; isOfEksctl: boolean } | null => {
  const tags = resources.find((each) => each['aws:cloudformation:stack-name'] !== undefined);
  const stack = tags?.['aws:cloudformation:stack-name'];
  if (tags === undefined || stack === undefined) return null;
  return { stack, isOfEksctl: Object.keys(tags).some((key) => key.startsWith('alpha.eksctl.io/')) };
};

/** Its next deploy that touches the resource would put back what it knows. */
export const warnOfOwner = (nodeGroup: string, templateName: string, ...resources: readonly Tags[]): Finding[] => {
  const owner = stackOf(...resources);
  if (owner === null) return [];
  const { stack, isOfEksctl } = owner;
  return [
    {
      code: 'owned-by-cloudformation',
      level: 'warn',
      nodeGroup,
      message: `${nodeGroup} belongs to ${isOfEksctl ? 'eksctl, by ' : ''}CloudFormation stack ${stack}: an update of it there puts back the version of ${templateName} that the stack names`,
      fix: isOfEksctl
        ? 'before the next eksctl upgrade, write the new image id (ami) into the node group of its configuration file'
        : `before the next deploy of ${stack}, set LaunchTemplate.Version of the AWS::EKS::Nodegroup to the version in use`,
    },
  ];
};

/**
 * What one version of a launch template says otherwise than another, field by field. User data holds secrets at times, so
 * it is never shown.
 */
export const differencesOf = (
  from: Readonly<Record<string, unknown>>,
  to: Readonly<Record<string, unknown>>,
): string[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .sort()
    .filter((field) => JSON.stringify(from[field]) !== JSON.stringify(to[field]))
    .map((field) => (field === 'UserData' ? 'UserData' : `${field} ${shown(from[field])} → ${shown(to[field])}`));

const shown = (value: unknown): string => {
  if (value === undefined) return 'unset';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};
