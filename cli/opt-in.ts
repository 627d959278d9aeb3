import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { eksClusters } from '../adapters/aws/clusters.ts';
import { ec2LaunchTemplates } from '../adapters/aws/launch-templates.ts';
import { eksNodeGroups } from '../adapters/aws/node-groups.ts';
import { selfManagedNodeGroups } from '../adapters/aws/self-managed-node-groups.ts';
import type { Tags } from '../core/plan/facts.ts';
import type { NodeGroupReading } from '../core/ports.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { clientConfig, findStack, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface OptInOptions extends StackOptions {
  json?: boolean;
  tag: string;
}

interface Missing {
  what: string;
  command: string;
}

/** Prints the commands that tag what of a cluster does not carry the opt-in tag yet. Nothing is changed. */
export const optIn = async (clusterName: string, options: OptInOptions, output: Output): Promise<number> => {
  const [key, value] = tagOf(options.tag);
  const { accountId, region } = await findStack(options);
  const config = clientConfig(options);
  const cluster = await eksClusters({ accountId, region }, new EKSClient(config)).read(clusterName);
  if (cluster === null)
    throw new UsageError(`there is no cluster named ${clusterName} in ${region} of account ${accountId}`);
  const launchTemplates = ec2LaunchTemplates(new EC2Client(config));
  const managed = eksNodeGroups(new EKSClient(config));
  const ofPeople = selfManagedNodeGroups(new AutoScalingClient(config), launchTemplates);
  const readings: NodeGroupReading[] = [];
  for (const port of [managed, ofPeople]) {
    for (const name of await port.list(clusterName)) {
      const reading = await port.read(clusterName, name);
      if (reading !== null) readings.push(reading);
    }
  }
  const templateIds = [...new Set(readings.flatMap(({ launchTemplate }) => launchTemplate?.id ?? []))];
  const templates = await launchTemplates.read(templateIds);
  const lacks = (tags: Tags): boolean => tags[key] !== value;
  const at = `--region ${region}`;
  const missing: Missing[] = [
    ...(lacks(cluster.tags)
      ? [
          {
            what: `cluster ${clusterName}`,
            command: `aws eks tag-resource ${at} --resource-arn ${cluster.arn} --tags ${key}=${value}`,
          },
        ]
      : []),
    ...readings.filter(({ tags }) => lacks(tags)).map((reading) => missingOf(reading, { clusterName, key, value, at })),
    ...templates
      .filter(({ tags }) => lacks(tags))
      .map(({ templateId, templateName }) => ({
        what: `launch template ${templateName}`,
        command: `aws ec2 create-tags ${at} --resources ${templateId} --tags Key=${key},Value=${value}`,
      })),
  ];
  if (options.json === true) output.print(JSON.stringify({ clusterName, tag: options.tag, missing }));
  else if (missing.length === 0)
    output.print(`# ${clusterName}, its node groups and launch templates carry ${options.tag}`);
  else output.print(missing.map(({ what, command }) => `# ${what}\n${command}`).join('\n'));
  return exitCodes.ok;
};

const missingOf = (
  { name, kind }: NodeGroupReading,
  { clusterName, key, value, at }: { clusterName: string; key: string; value: string; at: string },
): Missing =>
  kind === 'self-managed'
    ? {
        what: `Auto Scaling group ${name}`,
        command: `aws autoscaling create-or-update-tags ${at} --tags "ResourceId=${name},ResourceType=auto-scaling-group,Key=${key},Value=${value},PropagateAtLaunch=false"`,
      }
    : {
        what: `node group ${name}`,
        command: `aws eks tag-resource ${at} --tags ${key}=${value} --resource-arn "$(aws eks describe-nodegroup ${at} --cluster-name ${clusterName} --nodegroup-name ${name} --query nodegroup.nodegroupArn --output text)"`,
      };

const tagOf = (text: string): [string, string] => {
  const separator = text.indexOf('=');
  if (separator < 1) throw new UsageError(`--tag: "${text}" is not KEY=VALUE`);
  return [text.slice(0, separator), text.slice(separator + 1)];
};
