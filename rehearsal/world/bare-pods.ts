/**
 * Pods that somebody puts into a cluster without a controller (Kubernetes, pod lifecycle). Programs are not run here: the
 * last `sleep` of a container's command says how long it runs, and one without a sleep ends well after a while.
 */
import type { Workload } from './pods.ts';
import { healthy } from './pods.ts';
import { usual } from './timing.ts';

/** What is used of a Pod that is posted (Kubernetes API reference, core/v1 Pod). */
export interface PodManifest {
  metadata?: {
    name?: string;
    generateName?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: PodSpec;
}

export interface PodSpec {
  nodeName?: string;
  restartPolicy?: string;
  activeDeadlineSeconds?: number;
  tolerations?: { key?: string; operator?: string }[];
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: {
        nodeSelectorTerms?: { matchFields?: { key: string; operator: string; values?: string[] }[] }[];
      };
    };
  };
  containers: ContainerSpec[];
  [key: string]: unknown;
}

export interface ContainerSpec {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
}

/** What the API server keeps of it. */
export interface BarePod {
  name: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  spec: PodSpec;
  /** The only node it may run on; undefined: any. */
  nodeName: string | undefined;
  /** It does not go through the scheduler. */
  isAssigned: boolean;
  toleratesAll: boolean;
  /** The containers beside the first run for so long; undefined: there are none. */
  othersRunSeconds: number | undefined;
}

/** The fields by which a manifest names one node: directly, or as a DaemonSet does (Kubernetes, DaemonSet, how pods are scheduled). */
const nodeNameOf = ({ nodeName, affinity }: PodSpec): string | undefined =>
  nodeName ??
  affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
    ?.flatMap(({ matchFields }) => matchFields ?? [])
    .find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values?.[0];

export const barePodOf = ({ metadata, spec }: Required<Pick<PodManifest, 'metadata' | 'spec'>>): BarePod => {
  const others = spec.containers.slice(1).map(runSecondsOf);
  return {
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    spec,
    nodeName: nodeNameOf(spec),
    isAssigned: spec.nodeName !== undefined,
    toleratesAll: (spec.tolerations ?? []).some(({ key, operator }) => key === undefined && operator === 'Exists'),
    othersRunSeconds: others.length === 0 ? undefined : Math.max(...others),
  };
};

const runSecondsOf = ({ command = [], args = [] }: ContainerSpec): number => {
  const slept = [...[...command, ...args].join(' ').matchAll(/\bsleep\s+(\d+|infinity)\b/g)].at(-1)?.[1];
  if (slept === undefined) return usual.barePodRunSeconds;
  return slept === 'infinity' ? Number.POSITIVE_INFINITY : Number(slept);
};

/** The world's rules are about workloads; a pod without a controller is one of its own. */
export const workloadOfBarePod = (namespace: string, { name, spec }: BarePod): Workload => {
  const seconds = spec.containers[0] === undefined ? 0 : runSecondsOf(spec.containers[0]);
  return {
    namespace,
    name,
    replicas: 0,
    isDaemonSet: false,
    nodeGroup: undefined,
    budgets: [],
    isBare: true,
    annotations: {},
    toleratesAll: false,
    limits: Object.assign({}, ...spec.containers.map(({ resources }) => resources?.limits ?? {})),
    runSeconds: Number.isFinite(seconds) ? seconds : undefined,
    before: healthy,
  };
};
