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

const wide = (column: Column): Column => ({ ...column, isWide: true });
const count = (title: string, member: string, part: (object: KubernetesObject) => Part = statusOf): Column => ({
  name: title,
  cell: (object) => Number(part(object)[member] ?? 0),
});
const since = (title: string, member: string): Column => ({
  name: title,
  cell: (object, now) => duration((now - Date.parse(String(object[member]))) / 1000),
});

/** What a workload runs, and how its pods are found. */
const templateColumns: Column[] = [
  { name: 'Containers', cell: () => 'main' },
  {
    name: 'Images',
    cell: (object) => {
      const { spec } = (specOf(object).template ?? {}) as { spec?: { containers?: { image: string }[] } };
      return (spec?.containers ?? []).map(({ image }) => image).join(',');
    },
  },
  {
    name: 'Selector',
    cell: (object) => {
      const { matchLabels = {} } = (specOf(object).selector ?? {}) as { matchLabels?: Record<string, string> };
      return Object.entries(matchLabels)
        .map(([key, value]) => `${key}=${value}`)
        .join(',');
    },
  },
];
const template: readonly Column[] = templateColumns.map(wide);

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
    { name: 'Ready', cell: (pod) => `${containersOf(pod).filter(({ ready }) => ready).length}/1` },
    { name: 'Status', cell: podStatus },
    { name: 'Restarts', cell: restarts },
    age,
    wide({ name: 'IP', cell: (pod) => String(statusOf(pod).podIP ?? '<none>') }),
    wide({ name: 'Node', cell: (pod) => String(specOf(pod).nodeName ?? '<none>') }),
  ],
  PodDisruptionBudget: [
    name,
    { name: 'Min Available', cell: (budget) => String(specOf(budget).minAvailable ?? 'N/A') },
    { name: 'Max Unavailable', cell: (budget) => String(specOf(budget).maxUnavailable ?? 'N/A') },
    { name: 'Allowed Disruptions', cell: (budget) => Number(statusOf(budget).disruptionsAllowed ?? 0) },
    age,
  ],
  Deployment: [
    name,
    { name: 'Ready', cell: (object) => `${statusOf(object).readyReplicas ?? 0}/${specOf(object).replicas}` },
    count('Up-to-date', 'updatedReplicas'),
    count('Available', 'availableReplicas'),
    age,
    ...template,
  ],
  ReplicaSet: [
    name,
    count('Desired', 'replicas', specOf),
    count('Current', 'replicas'),
    count('Ready', 'readyReplicas'),
    age,
    ...template,
  ],
  DaemonSet: [
    name,
    count('Desired', 'desiredNumberScheduled'),
    count('Current', 'currentNumberScheduled'),
    count('Ready', 'numberReady'),
    count('Up-to-date', 'updatedNumberScheduled'),
    count('Available', 'numberAvailable'),
    { name: 'Node Selector', cell: () => '<none>' },
    age,
    ...template,
  ],
  StatefulSet: [
    name,
    { name: 'Ready', cell: (object) => `${statusOf(object).readyReplicas ?? 0}/${specOf(object).replicas}` },
    age,
    ...template.slice(0, 2),
  ],
  Job: [
    name,
    { name: 'Status', cell: (job) => (isTrue(job, 'Complete') ? 'Complete' : 'Running') },
    { name: 'Completions', cell: (job) => `${statusOf(job).succeeded ?? 0}/${specOf(job).completions}` },
    {
      name: 'Duration',
      cell: (job, now) => {
        const { startTime, completionTime } = statusOf(job);
        const end = completionTime === undefined ? now : Date.parse(String(completionTime));
        return duration((end - Date.parse(String(startTime))) / 1000);
      },
    },
    age,
    ...template,
  ],
  Event: [
    since('Last Seen', 'lastTimestamp'),
    { name: 'Type', cell: (event) => String(event.type) },
    { name: 'Reason', cell: (event) => String(event.reason) },
    {
      name: 'Object',
      cell: (event) => {
        const { kind, name: of } = event.involvedObject as { kind: string; name: string };
        return `${kind.toLowerCase()}/${of}`;
      },
    },
    wide({ name: 'Subobject', cell: () => '' }),
    wide({
      name: 'Source',
      cell: (event) => {
        const { component, host } = event.source as { component: string; host?: string };
        return host === undefined ? component : `${component}, ${host}`;
      },
    }),
    { name: 'Message', cell: (event) => String(event.message) },
    wide(since('First Seen', 'firstTimestamp')),
    wide({ name: 'Count', cell: (event) => Number(event.count) }),
    wide(name),
  ],
};

interface ContainerRead {
  ready: boolean;
  restartCount: number;
  state: { waiting?: { reason: string }; terminated?: { reason: string } };
  lastState: { terminated?: { finishedAt: string } };
}

const containersOf = (pod: KubernetesObject): ContainerRead[] =>
  (statusOf(pod).containerStatuses ?? []) as ContainerRead[];

/** kubernetes/kubernetes, pkg/printers/internalversion/printers.go, printPod. */
function podStatus(pod: KubernetesObject): string {
  const phase = String(statusOf(pod).phase);
  const [container] = containersOf(pod);
  const { waiting, terminated } = container?.state ?? {};
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  if (pod.metadata.deletionTimestamp !== undefined && !isOver) return 'Terminating';
  return waiting?.reason ?? terminated?.reason ?? phase;
}

function restarts(pod: KubernetesObject, now: number): string {
  const [container] = containersOf(pod);
  const count = container?.restartCount ?? 0;
  const last = container?.lastState.terminated?.finishedAt;
  if (count === 0 || last === undefined) return String(count);
  return `${count} (${duration((now - Date.parse(last)) / 1000)} ago)`;
}

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
