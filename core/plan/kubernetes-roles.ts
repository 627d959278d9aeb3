/** What this service may do in a cluster, in parts: each is a ClusterRole, bound only where it is needed. */
import { controllersOf } from '../gate/measure-gates.ts';
import { probeOf } from '../gate/probe-pod.ts';
import type { Gate } from '../policy/policy.ts';

export interface KubernetesRoleNeed {
  /** Of the ClusterRole and of its binding; the manifest is docs/NAME.yaml with `kubernetes-access` in place of `eks-ami-rollout`. */
  role: 'eks-ami-rollout' | 'eks-ami-rollout-workloads' | 'eks-ami-rollout-drain' | 'eks-ami-rollout-probe';
  /** Where it is a Role of one namespace, and no ClusterRole. */
  namespace?: string;
  why: string;
}

export const kubernetesRolesFor = ({
  gates,
  selfManaged,
}: {
  gates: readonly Gate[];
  /** Names of the Auto Scaling groups that people run in the cluster. */
  selfManaged: readonly string[];
}): KubernetesRoleNeed[] => [
  { role: 'eks-ami-rollout', why: 'nodes and pods are read, and cordons that EKS left are taken away' },
  ...(controllersOf(gates).length === 0
    ? []
    : [
        {
          role: 'eks-ami-rollout-workloads' as const,
          why: `the policy names ${gates.filter((gate) => controllersOf([gate]).length > 0).join(' and ')}`,
        },
      ]),
  ...probeNeed(gates),
  ...(selfManaged.length === 0
    ? []
    : [
        {
          role: 'eks-ami-rollout-drain' as const,
          why: `the nodes of ${selfManaged.join(', ')} are emptied by this service`,
        },
      ]),
];

const probeNeed = (gates: readonly Gate[]): KubernetesRoleNeed[] => {
  const rules = probeOf(gates);
  if (rules === null) return [];
  const { namespace } = rules;
  return [
    { role: 'eks-ami-rollout-probe', namespace, why: `the policy names probe, whose pods are put into ${namespace}` },
  ];
};
