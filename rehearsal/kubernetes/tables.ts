/** The tables that `kubectl get` prints: the API server makes them (Kubernetes, API concepts, "Receiving resources as Tables"). */
import type { KubernetesObject } from './objects.ts';

interface Column {
  name: string;
  /** Shown with `-o wide` only. */
  isWide?: boolean;
  cell(object: KubernetesObject, now: number): string | number;
}

type Part = Record<string, unknown>;

const specOf = (object: KubernetesObject): Part => (object.spec ?? {}) as Part;
const statusOf = (object: KubernetesObject): Part => (object.status ?? {}) as Part;
const isTrue = (object: KubernetesObject, condition: string): boolean =>
  ((statusOf(object).conditions ?? []) as { type: string; status: string }[]).some(
    ({ type, status }) => type === condition && status === 'True',
  );

const name: Column = { name: 'Name', cell: ({ metadata }) => metadata.name };
const age: Column = {
  name: 'Age',
  cell: ({ metadata }, now) => duration((now - Date.parse(String(metadata.creationTimestamp))) / 1000),
};

interface ContainerStatus {
  restartCount: number;
  state: { waiting?: { reason: string }; terminated?: { reason: string } };
}

const containersOf = (pod: KubernetesObject): ContainerStatus[] =>
  (statusOf(pod).containerStatuses ?? []) as ContainerStatus[];

/** The word that says most, as kubectl chooses it. */
const statusCell = (pod: KubernetesObject): string => {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const states = containersOf(pod).map(({ state }) => state.waiting?.reason ?? state.terminated?.reason);
  return states.find((reason) => reason !== undefined) ?? String(statusOf(pod).phase);
};

const columnsByKind: Readonly<Record<string, readonly Column[]>> = {
  Node: [
    name,
    {
      name: 'Status',
      cell: (node) =>
        [
          isTrue(node, 'Ready') ? 'Ready' : 'NotReady',
          ...(specOf(node).unschedulable === true ? ['SchedulingDisabled'] : []),
        ].join(','),
    },
    { name: 'Roles', cell: () => '<none>' },
    age,
    { name: 'Version', cell: (node) => String((statusOf(node).nodeInfo as Part).kubeletVersion) },
  ],
  Pod: [
    name,
    { name: 'Ready', cell: (pod) => (isTrue(pod, 'Ready') ? '1/1' : '0/1') },
    { name: 'Status', cell: statusCell },
    { name: 'Restarts', cell: (pod) => containersOf(pod).reduce((sum, { restartCount }) => sum + restartCount, 0) },
    age,
    { name: 'Node', isWide: true, cell: (pod) => String(specOf(pod).nodeName ?? '<none>') },
  ],
  PodDisruptionBudget: [
    name,
    { name: 'Min Available', cell: (budget) => String(specOf(budget).minAvailable ?? 'N/A') },
    { name: 'Max Unavailable', cell: (budget) => String(specOf(budget).maxUnavailable ?? 'N/A') },
    { name: 'Allowed Disruptions', cell: (budget) => Number(statusOf(budget).disruptionsAllowed ?? 0) },
    age,
  ],
};

/** A list or an object as a table; undefined for kinds that are not played as one. */
export const asTable = (body: unknown, now: number): unknown => {
  const { kind, items, metadata } = body as { kind: string; items?: KubernetesObject[]; metadata: unknown };
  const columns = columnsByKind[kind.replace(/List$/, '')];
  if (columns === undefined) return undefined;
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'Table',
    metadata: items === undefined ? { resourceVersion: '1' } : metadata,
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: 'string',
      format: column === name ? 'name' : '',
      description: '',
      priority: column.isWide ? 1 : 0,
    })),
    rows: (items ?? [body as KubernetesObject]).map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      object: { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: object.metadata },
    })),
  };
};

/** As kubectl shows an age: 45s, 5m10s, 47m, 7h12m, 30h, 3d4h, 10d. */
const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds));
  const [minutes, hours, days] = [60, 3_600, 86_400].map((unit) => Math.floor(whole / unit)) as [
    number,
    number,
    number,
  ];
  const and = (rest: number, unit: string): string => (rest === 0 ? '' : `${rest}${unit}`);
  if (whole < 120) return `${whole}s`;
  if (minutes < 10) return `${minutes}m${and(whole % 60, 's')}`;
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return `${hours}h${and(minutes % 60, 'm')}`;
  if (hours < 48) return `${hours}h`;
  if (days < 8) return `${days}d${and(hours % 24, 'h')}`;
  return `${days}d`;
};
