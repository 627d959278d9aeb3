/** What speaks against refreshing an Auto Scaling group that people run themselves, and what they should know before. */
import type { RefreshSettings } from '../policy/settings.ts';
import type { NodeGroupFacts } from './facts.ts';
import type { Finding } from './finding.ts';

export const judgeSelfManaged = (nodeGroup: NodeGroupFacts, settings: RefreshSettings): Finding[] => {
  const { name, selfManaged, launchTemplate } = nodeGroup;
  if (selfManaged === null) return [];
  const { follows, protectedInstances, standbyInstances, warmPool, hasWeights } = selfManaged;
  const finding = (code: Finding['code'], level: Finding['level'], message: string, fix?: string): Finding => ({
    code,
    level,
    nodeGroup: name,
    message: `${name} ${message}`,
    ...(fix === undefined ? {} : { fix }),
  });
  const suspended = selfManaged.suspendedProcesses.filter((process) => needed.includes(process));
  return [
    ...(suspended.length === 0
      ? []
      : [
          finding(
            'processes-suspended',
            'refuse',
            `has ${suspended.join(' and ')} suspended, without which no instance can be replaced`,
            `aws autoscaling resume-processes --auto-scaling-group-name ${name} --scaling-processes ${suspended.join(' ')}`,
          ),
        ]),
    ...(follows === null
      ? []
      : [
          finding(
            'not-pinned',
            'warn',
            `follows ${follows} of ${launchTemplate?.templateName}; it is pinned to version ${launchTemplate?.version} first, and stays on a number`,
          ),
        ]),
    ...(protectedInstances.length === 0
      ? []
      : [
          settings.protectedInstances === 'refresh'
            ? finding(
                'protected-instances',
                'warn',
                `has instances that are protected from scale-in (${few(protectedInstances)}); they are replaced, too`,
              )
            : finding(
                'protected-instances',
                'refuse',
                `has instances that are protected from scale-in (${few(protectedInstances)}), and the policy says instanceRefresh.protectedInstances: refuse`,
                `aws autoscaling set-instance-protection --auto-scaling-group-name ${name} --no-protected-from-scale-in --instance-ids ${protectedInstances.join(' ')}`,
              ),
        ]),
    ...(standbyInstances.length === 0
      ? []
      : [
          finding(
            'standby-instances',
            'warn',
            settings.standbyInstances === 'ignore'
              ? `has instances in Standby (${few(standbyInstances)}); they keep their AMI until somebody replaces them`
              : `has instances in Standby (${few(standbyInstances)}); they are terminated and replaced`,
          ),
        ]),
    ...(warmPool === null
      ? []
      : [
          finding(
            'warm-pool',
            'warn',
            `has a warm pool of ${warmPool}; its instances are replaced with the group's, and are not looked at`,
          ),
        ]),
    ...(hasWeights
      ? [
          finding(
            'weighted-capacity',
            'warn',
            'has weights in its mixed instances policy; one with a weight as large as the group may replace everything at once',
          ),
        ]
      : []),
  ];
};

/** Without these an instance refresh fails (EC2 Auto Scaling user guide, suspend and resume processes). */
const needed: readonly string[] = ['Launch', 'Terminate'];

const few = (items: readonly string[]): string =>
  items.length <= 3 ? items.join(', ') : `${items.slice(0, 3).join(', ')} and ${items.length - 3} more`;
