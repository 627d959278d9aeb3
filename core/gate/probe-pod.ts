/** What a probe is: which pod is put on a new node, what it does there, and how it is called. */
import { createHash } from 'node:crypto';
import { parseDuration } from '../duration.ts';
import type { KubernetesAccess } from '../plan/facts.ts';
import type { Finding } from '../plan/finding.ts';
import { type Gate, type ProbeRules, probeDefaults } from '../policy/policy.ts';
import type { NodeReading } from './nodes-ready.ts';

/** `node`: any node. The others: nodes that advertise such devices. */
export const probeKinds = ['node', 'nvidia', 'neuron'] as const;
export type ProbeKind = (typeof probeKinds)[number];

/** One pod to be put on one node. */
export interface ProbePod {
  namespace: string;
  name: string;
  /** As the Kubernetes API takes it (core/v1 Pod). */
  manifest: object;
}

/** Whose probes: the labels that a rollout's pods carry, so that the next turn finds them whatever died. */
export interface ProbeOwner {
  rolloutId: string;
  nodeGroup: string;
}

/** What the policy says of the gate `probe`; null: it does not name it. */
export const probeOf = (gates: readonly Gate[]): ProbeRules | null => {
  for (const gate of gates) {
    if (gate === 'probe') return probeDefaults;
    if (typeof gate !== 'string' && 'probe' in gate) return gate.probe;
  }
  return null;
};

export const probeTimeoutSeconds = ({ timeout }: ProbeRules): number => parseDuration(timeout) ?? 300;

const hash = (...parts: (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 20);

/** The same for the same try, so that a replay finds its own pod there. */
export const probeName = (
  { rolloutId, nodeGroup }: ProbeOwner,
  attempt: number,
  node: string,
  kind: ProbeKind,
  nth: number,
): string => `probe-${hash(rolloutId, nodeGroup, attempt, node, kind, nth)}`;

export const probeLabels = ({ rolloutId, nodeGroup }: ProbeOwner): Record<string, string> => ({
  'app.kubernetes.io/managed-by': 'eks-ami-rollout',
  'eks-ami-rollout/rollout': hash(rolloutId),
  'eks-ami-rollout/node-group': hash(nodeGroup),
});

export const probeSelector = (owner: ProbeOwner): string =>
  Object.entries(probeLabels(owner))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

const neuronResources = ['aws.amazon.com/neuron', 'aws.amazon.com/neurondevice', 'aws.amazon.com/neuroncore'];

/** The probes that a node gets. Devices that are not advertised are the gate `allocatable-kept`'s to find. */
export const probeKindsOf = ({ allocatable }: Pick<NodeReading, 'allocatable'>): ProbeKind[] => {
  const has = (resource: string): boolean => Number(allocatable[resource] ?? 0) > 0;
  return [
    'node',
    ...(has('nvidia.com/gpu') ? (['nvidia'] as const) : []),
    ...(neuronResources.some(has) ? (['neuron'] as const) : []),
  ];
};

/**
 * Resolves a name that every cluster has, and counts under a CPU limit; ends with 3 where the name is not found. Programs
 * are run on the way, so that starting one is tried as well.
 */
const checks = [
  'getent hosts kubernetes.default.svc > /dev/null || exit 3',
  'i=0; while [ "$i" -lt 3000000 ]; do i=$((i+1)); done',
  '[ "$i" -eq 3000000 ] || exit 4',
].join('\n');

/** What exit codes of ours mean. */
const exitCodes: Readonly<Record<number, string>> = {
  3: 'DNS did not answer',
  4: 'it did not count to its end',
  127: 'its program is not in the image',
};

export const describeExit = (exitCode: number): string => {
  const meaning = exitCodes[exitCode];
  return `exit code ${exitCode}${meaning === undefined ? '' : `: ${meaning}`}`;
};

/** The container that does not end by itself, so that ending one is tried as well. */
export const keepsName = 'keeps';

export const probePod = (
  owner: ProbeOwner,
  rules: ProbeRules,
  { name, node, kind, allocatable }: { name: string; node: string; kind: ProbeKind } & Pick<NodeReading, 'allocatable'>,
): ProbePod => {
  const { namespace } = rules;
  // It outlives its reader by no more than this.
  const deadlineSeconds = 2 * probeTimeoutSeconds(rules) + 600;
  return {
    namespace,
    name,
    manifest: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: { 'app.kubernetes.io/name': 'probe', ...probeLabels(owner) },
        annotations: {
          'eks-ami-rollout/rollout': owner.rolloutId,
          'eks-ami-rollout/node-group': owner.nodeGroup,
          'eks-ami-rollout/node': node,
          // Else a pod without a controller keeps its node (Cluster Autoscaler, FAQ).
          'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true',
        },
      },
      spec: {
        restartPolicy: 'Never',
        activeDeadlineSeconds: deadlineSeconds,
        terminationGracePeriodSeconds: 5,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        // As a DaemonSet's pods are bound: the scheduler keeps count of what is free, and a full node says so.
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
            },
          },
        },
        tolerations: [{ operator: 'Exists' }],
        securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
        containers: containersOf(rules, kind, allocatable, deadlineSeconds),
      },
    },
  };
};

/** One that is never put: would the cluster take it? */
export const trialProbe = (rules: ProbeRules): ProbePod =>
  probePod({ rolloutId: 'trial', nodeGroup: 'trial' }, rules, {
    name: 'probe-trial',
    node: 'trial',
    kind: 'node',
    allocatable: {},
  });

/** One look before the first change. */
export const probeAccessFindings = (
  clusterName: string,
  { namespace }: ProbeRules,
  access: KubernetesAccess,
): Finding[] =>
  access.access === 'granted'
    ? []
    : [
        {
          code: 'gate-not-read',
          level: 'refuse',
          message: `the gate probe of the policy cannot put its pods into the namespace ${namespace} of ${clusterName}: ${access.reason}`,
          fix: `eks-ami-rollout rbac ${clusterName} | kubectl apply -f -`,
        },
      ];

const containersOf = (
  { image, gpuImage, command }: ProbeRules,
  kind: ProbeKind,
  allocatable: NodeReading['allocatable'],
  deadlineSeconds: number,
): object[] => {
  switch (kind) {
    case 'node':
      return [
        container('checks', image, command ?? ['sh', '-c', checks]),
        {
          ...container(keepsName, image, ['sh', '-c', `sleep ${deadlineSeconds}`]),
          readinessProbe: { exec: { command: ['true'] }, periodSeconds: 5, timeoutSeconds: 5 },
        },
      ];
    case 'nvidia':
      return [
        {
          ...container('nvidia-smi', gpuImage, ['nvidia-smi'], { 'nvidia.com/gpu': '1', memory: '512Mi' }),
          // The image asks for a driver as new as its CUDA, of which nothing is used here.
          env: [{ name: 'NVIDIA_DISABLE_REQUIRE', value: 'true' }],
        },
      ];
    case 'neuron': {
      const resource = neuronResources.find((each) => Number(allocatable[each] ?? 0) > 0) ?? 'aws.amazon.com/neuron';
      return [container('devices', image, ['sh', '-c', 'ls /dev/neuron*'], { [resource]: '1' })];
    }
  }
};

const container = (
  name: string,
  image: string,
  command: readonly string[],
  devices: Readonly<Record<string, string>> = {},
): object => ({
  name,
  image,
  command,
  resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '100m', memory: '128Mi', ...devices } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
});
