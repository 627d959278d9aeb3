import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { SSMClient } from '@aws-sdk/client-ssm';
import { eksClusters } from '../adapters/aws/clusters.ts';
import { ec2LaunchTemplates } from '../adapters/aws/launch-templates.ts';
import { selfManagedNodeGroups } from '../adapters/aws/self-managed-node-groups.ts';
import { type KubernetesRoleNeed, kubernetesRolesFor } from '../core/plan/kubernetes-roles.ts';
import { projectRoot } from '../rehearsal/project-root.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { readPolicy } from './policy.ts';
import { clientConfig, findStack, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface RbacOptions extends StackOptions {
  json?: boolean;
  /** A document in place of the one that is in force. */
  policy?: string;
  parameterPrefix: string;
  /** The stack's output KubernetesRoleArn; left out: the command asks the stack for it when it is run. */
  roleArn?: string;
}

/** Prints the access entry and the ClusterRoles that a cluster needs, fit for `kubectl apply -f -`. Nothing is changed. */
export const rbac = async (clusterName: string, options: RbacOptions, output: Output): Promise<number> => {
  const { accountId, region } = await findStack(options);
  const config = clientConfig(options);
  const cluster = await eksClusters({ accountId, region }, new EKSClient(config)).read(clusterName);
  if (cluster === null)
    throw new UsageError(`there is no cluster named ${clusterName} in ${region} of account ${accountId}`);
  const read = await readPolicy(options, new SSMClient(config));
  if ('mistakes' in read) {
    output.print(options.json === true ? JSON.stringify({ mistakes: read.mistakes }) : read.mistakes.join('\n'));
    return exitCodes.usage;
  }
  const ofPeople = selfManagedNodeGroups(new AutoScalingClient(config), ec2LaunchTemplates(new EC2Client(config)));
  const needs = kubernetesRolesFor({ gates: read.policy.gates, selfManaged: await ofPeople.list(clusterName) });
  const accessEntry = accessEntryCommand(clusterName, region, options);
  if (options.json === true) {
    output.print(JSON.stringify({ clusterName, accessEntry, roles: needs }));
    return exitCodes.ok;
  }
  const manifests = await Promise.all(
    needs.map(async (need) => `# ${need.role}: ${need.why}\n${await manifestOf(need)}`),
  );
  output.print(
    [
      `# Once for the cluster; its authentication mode must be API or API_AND_CONFIG_MAP:\n#   ${accessEntry}`,
      `# Then: eks-ami-rollout rbac ${clusterName} | kubectl apply -f -`,
      ...manifests,
    ].join('\n---\n'),
  );
  return exitCodes.ok;
};

const accessEntryCommand = (clusterName: string, region: string, { stack, roleArn }: RbacOptions): string => {
  const asked = `"$(aws cloudformation describe-stacks --region ${region} --stack-name ${stack} --query "Stacks[0].Outputs[?OutputKey=='KubernetesRoleArn'].OutputValue" --output text)"`;
  return `aws eks create-access-entry --region ${region} --cluster-name ${clusterName} --principal-arn ${roleArn ?? asked} --kubernetes-groups eks-ami-rollout`;
};

/** The documents are what is applied by hand as well, so there is one text of each. */
const manifestOf = async ({ role, namespace }: KubernetesRoleNeed): Promise<string> => {
  const name = `${role.replace('eks-ami-rollout', 'kubernetes-access')}.yaml`;
  const text = (await readFile(path.join(projectRoot, 'docs', name), 'utf8')).trimEnd();
  if (namespace === undefined) return text;
  return text
    .replaceAll('namespace: eks-ami-rollout', `namespace: ${namespace}`)
    .replace('kind: Namespace\nmetadata:\n  name: eks-ami-rollout', `kind: Namespace\nmetadata:\n  name: ${namespace}`);
};
