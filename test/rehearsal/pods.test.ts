/** What befalls pods on a node, as the Kubernetes API shows it to anybody (Kubernetes, pod lifecycle). */
import { describe, expect, test } from 'vitest';
import { podObject } from '../../rehearsal/kubernetes/pod-objects.ts';
import { asTable } from '../../rehearsal/kubernetes/tables.ts';
import { beginEmbeddedAws, pass } from '../adapters/embedded.ts';
import { clusterOf, playScenario, releasesWith, startOfTime } from './play.ts';

const release = '1.33.4-20260710';

interface PodStatus {
  phase: string;
  conditions: { type: string; status: string; reason?: string; lastTransitionTime: string }[];
  containerStatuses: {
    ready: boolean;
    restartCount: number;
    state: {
      waiting?: { reason: string };
      running?: object;
      terminated?: { reason: string; exitCode: number; startedAt: string; finishedAt: string };
    };
    lastState: { terminated?: { exitCode: number } };
  }[];
}

interface Given {
  workloads: Record<string, unknown>[];
  seed?: number;
  notReady?: unknown;
  pods?: unknown;
  amiType?: string;
  allocatable?: unknown;
}

/** A cluster of one old node, on which nothing goes wrong any more than its release says. */
const begin = async ({ workloads, amiType = 'AL2023_x86_64_STANDARD', seed = 1, ...behavior }: Given) => {
  const aws = await beginEmbeddedAws({
    seed,
    releases: [{ amiType, release, publishedAt: '2026-07-10T18:00:00Z', behavior }],
    clusters: [clusterOf([{ name: 'web', amiType, release, size: 1 }], { workloads })],
  });
  const cluster = aws.world.clusters.get('prod');
  if (cluster === undefined) throw new Error('no cluster');
  const look = (name: string) =>
    cluster.pods
      .filter((pod) => pod.workload.name === name)
      .map((pod) => ({ pod, object: podObject(pod), status: podObject(pod).status as unknown as PodStatus }));
  /** The words of `kubectl get pods`. */
  const words = (name: string): unknown[] => {
    const items = look(name).map(({ object }) => object);
    const table = asTable({ kind: 'PodList', items, metadata: {} }, aws.clock.now) as { rows: { cells: unknown[] }[] };
    return table.rows.map(({ cells }) => cells.slice(1, 4).join(' ').replace(/ \(.*/, ''));
  };
  /** Deletes a pod, so that another one starts on the node. */
  const replace = (name: string): void => {
    const [first] = look(name);
    if (first !== undefined) cluster.removePod(first.pod);
  };
  return { aws, cluster, look, words, replace };
};

const web = { name: 'shop/web', replicas: 1 };

describe('a pod', () => {
  test('runs since long, owned by a Deployment through its ReplicaSet', async () => {
    const { look, words } = await begin({ workloads: [{ ...web, replicas: 2 }] });
    expect(words('web')).toEqual(['1/1 Running 0', '1/1 Running 0']);
    const pods = look('web').map(({ object }) => object.metadata);
    const hash = pods[0]?.labels?.['pod-template-hash'];
    expect(hash).toMatch(/^[0-9a-f]{10}$/);
    for (const { name, ownerReferences, labels } of pods) {
      expect(name.startsWith(`web-${hash}-`)).toBe(true);
      expect(labels).toMatchObject({ 'pod-template-hash': hash });
      expect(ownerReferences).toEqual([
        expect.objectContaining({ kind: 'ReplicaSet', name: `web-${hash}`, controller: true }),
      ]);
    }
  });

  test('that is taken away says until when, and another one starts in its place', async () => {
    const { aws, look, words, replace } = await begin({ workloads: [web] });
    replace('web');
    expect(words('web')).toEqual(['1/1 Terminating 0', '0/1 ContainerCreating 0']);
    const [{ object, status } = { object: undefined, status: undefined }] = look('web');
    // When its grace period is over, not when it was asked for.
    expect(object?.metadata.deletionTimestamp).toBe('2026-08-20T09:00:30Z');
    // What has not changed says since when it is so.
    expect(status?.conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe('2026-08-11T09:00:20Z');
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
    );
    await pass(aws, 60);
    expect(words('web')).toEqual(['1/1 Running 0']);
  });
});

describe('on a node that is lost', () => {
  const tenDays = 10 * 24 * 3600;
  const notReady = { afterSeconds: tenDays, everySeconds: 10_000, forSeconds: 300 };
  const readyOf = (status: PodStatus | undefined) => status?.conditions.find(({ type }) => type === 'Ready')?.status;

  test('is not Ready, although its container was when it was last heard of, and is again when the node is', async () => {
    const { aws, look } = await begin({ workloads: [web], notReady });
    await pass(aws, 120);
    const lost = look('web')[0]?.status;
    expect([readyOf(lost), lost?.containerStatuses[0]?.ready]).toEqual(['False', true]);
    await pass(aws, 300);
    expect(readyOf(look('web')[0]?.status)).toBe('True');
  });

  test('does not start until the node is back', async () => {
    const { aws, look, replace } = await begin({ workloads: [web], notReady });
    await pass(aws, 80);
    replace('web');
    await pass(aws, 200);
    expect(look('web').map(({ status }) => status.phase)).toEqual(['Pending']);
    await pass(aws, 120);
    expect(look('web').map(({ status }) => status.phase)).toEqual(['Running']);
  });
});

describe('that does not start', () => {
  test.each([
    ['ImagePullBackOff', '0/1 ImagePullBackOff 0'],
    ['CreateContainerError', '0/1 CreateContainerError 0'],
    ['FailedCreatePodSandBox', '0/1 ContainerCreating 0'],
    ['Hung', '0/1 Running 0'],
  ])('%s', async (how, word) => {
    const { aws, words, replace } = await begin({ workloads: [web], pods: { fail: 'start', how } });
    expect(words('web')).toEqual(['1/1 Running 0']);
    replace('web');
    await pass(aws, 600);
    expect(words('web')).toEqual([word]);
  });

  test('crashes again and again, each time later', async () => {
    const { aws, look, words, replace } = await begin({
      workloads: [web],
      pods: { fail: 'start', how: 'CrashLoopBackOff' },
    });
    replace('web');
    const restarts: number[] = [];
    for (const seconds of [60, 60, 300, 600, 600]) {
      await pass(aws, seconds);
      restarts.push(look('web')[0]?.status.containerStatuses[0]?.restartCount ?? -1);
    }
    // At once, then after 10, 20, 40, 80, 160, 300, 300, … seconds.
    expect(restarts).toEqual([3, 4, 6, 8, 10]);
    expect(words('web')).toEqual(['0/1 CrashLoopBackOff 10']);
    expect(look('web')[0]?.status.containerStatuses[0]?.lastState).toMatchObject({
      terminated: { reason: 'StartError', exitCode: 128 },
    });
  });

  test.each<[string, Record<string, unknown>, boolean]>([
    ['only those that are meant: by name', { only: 'web' }, true],
    ['by namespace and name', { only: 'shop/web' }, true],
    ['another one', { only: 'shop/api' }, false],
    ['with a limit of cpu', { only: 'cpu-limit' }, true],
    ['with a device', { only: 'gpu' }, false],
    ['of a DaemonSet', { only: 'daemonset' }, false],
    ['not before its time', { afterSeconds: 100 * 24 * 3600 }, false],
  ])('%s', async (_, given, fails) => {
    const { aws, look, replace } = await begin({
      workloads: [{ ...web, limits: { cpu: '1' } }],
      pods: { fail: 'start', how: 'ImagePullBackOff', ...given },
    });
    replace('web');
    await pass(aws, 120);
    expect(look('web')[0]?.status.phase).toBe(fails ? 'Pending' : 'Running');
  });

  test('a share of them', async () => {
    const { aws, cluster, look } = await begin({
      workloads: [{ ...web, replicas: 20 }],
      pods: { fail: 'start', how: 'ImagePullBackOff', share: 0.5 },
    });
    for (const { pod } of look('web')) cluster.removePod(pod);
    await pass(aws, 120);
    const failed = look('web').filter(({ status }) => status.phase === 'Pending').length;
    expect(failed).toBeGreaterThan(4);
    expect(failed).toBeLessThan(16);
  });
});

describe('that ran well at first', () => {
  test('hangs: it runs, and is not ready', async () => {
    const { aws, look, words } = await begin({ workloads: [web], pods: { fail: 'run', how: 'Hung' } });
    await pass(aws, 120);
    expect(words('web')).toEqual(['0/1 Running 0']);
    expect(look('web')[0]?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }),
    );
  });

  test('crashes', async () => {
    const { aws, words } = await begin({ workloads: [web], pods: { fail: 'run', how: 'CrashLoopBackOff' } });
    await pass(aws, 40);
    expect(words('web')).toEqual(['0/1 CrashLoopBackOff 1']);
  });

  test('ends, and cannot be made again: it did run, so it is not Pending', async () => {
    const { aws, look, words } = await begin({ workloads: [web], pods: { fail: 'run', how: 'CreateContainerError' } });
    await pass(aws, 120);
    expect(words('web')).toEqual(['0/1 CreateContainerError 0']);
    expect(look('web')[0]?.status.phase).toBe('Running');
  });

  test('does so after its time', async () => {
    const tenDays = 10 * 24 * 3600;
    const { aws, words } = await begin({
      workloads: [web],
      pods: { fail: 'run', how: 'Hung', afterSeconds: tenDays + 600 },
    });
    await pass(aws, 600);
    expect(words('web')).toEqual(['1/1 Running 0']);
    await pass(aws, 120);
    expect(words('web')).toEqual(['0/1 Running 0']);
  });
});

test('that is taken away and stuck stays, and a budget still counts without it', async () => {
  const { aws, cluster, words, replace } = await begin({
    workloads: [web],
    pods: { fail: 'stop', how: 'StuckTerminating' },
  });
  replace('web');
  await pass(aws, 3600);
  expect(words('web')).toEqual(['0/1 Terminating 0', '1/1 Running 0']);
  expect(cluster.workloads.map((workload) => cluster.healthyPodsOf(workload).length)).toEqual([1]);
});

test('that is stuck keeps its device, so that its successor waits for another one', async () => {
  const { aws, words, replace } = await begin({
    workloads: [{ ...web, limits: { 'nvidia.com/gpu': 1 } }],
    amiType: 'AL2023_x86_64_NVIDIA',
    pods: { fail: 'stop', how: 'StuckTerminating', only: 'gpu' },
  });
  replace('web');
  await pass(aws, 3600);
  expect(words('web')).toEqual(['0/1 Terminating 0', '0/1 Pending 0']);
});

test('that hangs goes when its grace period is over', async () => {
  const { aws, words, replace } = await begin({ workloads: [web], pods: { fail: 'run', how: 'Hung' } });
  await pass(aws, 60);
  replace('web');
  await pass(aws, 25);
  expect(words('web')).toHaveLength(2);
  await pass(aws, 10);
  expect(words('web')).toHaveLength(1);
});

test.each([
  ['is on no node', { workloads: [{ ...web, before: { pending: 1 } }] }],
  ['has ended', { workloads: [{ name: 'jobs/web', replicas: 1, completes: true }] }],
])('that %s is gone as soon as it is taken away', async (_, given) => {
  const { cluster } = await begin(given);
  const pod = cluster.pods.find(({ phase }) => phase !== 'Running');
  if (pod === undefined) throw new Error('all of them run');
  expect(cluster.mayEvict(pod)).toBe(true);
  cluster.removePod(pod);
  expect(cluster.podNamed(pod.workload.namespace, pod.name)).toBeUndefined();
});

describe('that ends by itself', () => {
  const job = { name: 'jobs/import', replicas: 1, completes: true };

  test('is of a Job, succeeds, and another one takes its place; the last three are kept', async () => {
    const { aws, look } = await begin({ workloads: [job] });
    const phases = () => look('import').map(({ status }) => status.phase);
    expect(phases().sort()).toEqual(['Running', 'Succeeded', 'Succeeded', 'Succeeded']);
    const names = new Set(look('import').map(({ object }) => object.metadata.name));
    await pass(aws, 2_000);
    expect(phases().sort()).toEqual(['Running', 'Succeeded', 'Succeeded', 'Succeeded']);
    expect(look('import').some(({ object }) => names.has(object.metadata.name))).toBe(false);
    const [ended] = look('import').filter(({ status }) => status.phase === 'Succeeded');
    expect(ended?.object.metadata.ownerReferences).toEqual([expect.objectContaining({ kind: 'Job' })]);
    expect(ended?.status.containerStatuses[0]?.state).toMatchObject({
      terminated: { reason: 'Completed', exitCode: 0 },
    });
  });

  test('and whose exit nobody sees runs on', async () => {
    const { aws, look } = await begin({ workloads: [job], pods: { fail: 'exit', how: 'ExitLost' } });
    await pass(aws, 3600);
    const running = look('import').filter(({ status }) => status.phase === 'Running');
    expect(running).toHaveLength(1);
    expect(running[0]?.status.containerStatuses[0]?.ready).toBe(true);
  });

  test('after as long as the scenario says', async () => {
    const { look } = await begin({ workloads: [{ ...job, completes: { afterSeconds: 60 } }] });
    const ran = look('import').flatMap(({ status }) => {
      const { terminated } = status.containerStatuses[0]?.state ?? {};
      return terminated === undefined
        ? []
        : [(Date.parse(terminated.finishedAt) - Date.parse(terminated.startedAt)) / 1000];
    });
    expect(ran).toEqual([60, 60, 60]);
  });

  test('with an error is started again, unless nobody sees that', async () => {
    const before = { restartsPerHour: 4 };
    const seen = await begin({ workloads: [{ ...web, before }] });
    const lost = await begin({ workloads: [{ ...web, before }], pods: { fail: 'exit', how: 'ExitLost' } });
    const restarts = 9 * 24 * 4;
    for (const { aws } of [seen, lost]) await pass(aws, 901);
    expect(seen.words('web')).toEqual([`1/1 Running ${restarts + 1}`]);
    expect(lost.words('web')).toEqual([`0/1 Running ${restarts}`]);
  });

  test('holds nothing of its node once it has ended', async () => {
    const { cluster } = await begin({ workloads: [job] });
    const [node] = cluster.nodes.values();
    if (node === undefined) throw new Error('no node');
    expect(cluster.podsOn(node)).toHaveLength(1);
  });
});

describe('that was sick before', () => {
  test('fits on no node, or crashes, and so does what takes its place', async () => {
    const { aws, words, look, cluster } = await begin({
      workloads: [{ ...web, replicas: 4, before: { pending: 1, crashing: 1 } }],
    });
    await pass(aws, 30);
    const before = words('web').sort();
    // For nine days, every five minutes.
    expect(before).toEqual(['0/1 CrashLoopBackOff 2554', '0/1 Pending 0', '1/1 Running 0', '1/1 Running 0']);
    for (const { pod } of look('web')) cluster.removePod(pod);
    await pass(aws, 50);
    expect(words('web').sort()).toEqual(['0/1 CrashLoopBackOff 2', '0/1 Pending 0', '1/1 Running 0', '1/1 Running 0']);
    expect(look('web').find(({ status }) => status.phase === 'Pending')?.status.conditions).toEqual([
      expect.objectContaining({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }),
    ]);
  });

  test('restarts now and then, as it did for days', async () => {
    const { aws, look } = await begin({ workloads: [{ ...web, replicas: 2, before: { restartsPerHour: 6 } }] });
    const restarts = () =>
      look('web').reduce((sum, { status }) => sum + (status.containerStatuses[0]?.restartCount ?? 0), 0);
    // Nine days, six an hour.
    expect(restarts()).toBe(9 * 24 * 6);
    await pass(aws, 3 * 3600 + 60);
    expect(restarts()).toBe(9 * 24 * 6 + 18);
  });
});

describe('that needs a device', () => {
  const infer = { name: 'shop/infer', replicas: 2, limits: { 'nvidia.com/gpu': 1 } };
  const amiType = 'AL2023_x86_64_NVIDIA';

  test('is put where one is free, and waits where none is', async () => {
    const { words, cluster } = await begin({ workloads: [infer], amiType });
    expect([...cluster.nodes.values()].map(({ allocatable }) => allocatable['nvidia.com/gpu'])).toEqual(['1']);
    expect(words('infer').sort()).toEqual(['0/1 Pending 0', '1/1 Running 0']);
  });

  test('is put on a node as soon as it offers one', async () => {
    const allocatable = { afterSeconds: 10 * 24 * 3600, set: { 'nvidia.com/gpu': 2 } };
    const { aws, words } = await begin({ workloads: [infer], amiType, allocatable });
    await pass(aws, 60);
    expect(words('infer').sort()).toEqual(['0/1 Pending 0', '1/1 Running 0']);
    await pass(aws, 60);
    expect(words('infer')).toEqual(['1/1 Running 0', '1/1 Running 0']);
  });

  test('finds none where the node has lost it', async () => {
    const { aws, words } = await begin({
      workloads: [infer],
      amiType,
      allocatable: { afterSeconds: 0, set: { 'nvidia.com/gpu': 0 } },
    });
    await pass(aws, 60);
    expect(words('infer').filter((word) => word === '0/1 Pending 0').length).toBeGreaterThan(0);
  });
});

describe('chance', () => {
  const befallen = async (given: Partial<Given>): Promise<string[]> => {
    const { aws, look } = await begin({
      workloads: [{ ...web, replicas: 20 }],
      pods: { fail: 'run', how: 'Hung', share: 0.5 },
      ...given,
    });
    await pass(aws, 60);
    return look('web').flatMap(({ object, status }) =>
      status.containerStatuses[0]?.ready === false ? [object.metadata.name] : [],
    );
  };

  test('befalls the same pods each time, whatever else runs in the cluster', async () => {
    const first = await befallen({});
    expect(first.length).toBeGreaterThan(4);
    expect(await befallen({})).toEqual(first);
    const api = { name: 'shop/api', replicas: 3, before: { restartsPerHour: 60 } };
    expect(await befallen({ workloads: [api, { ...web, replicas: 20 }] })).toEqual(first);
  });

  test('befalls others with another seed', async () => {
    expect(await befallen({ seed: 2 })).not.toEqual(await befallen({}));
  });

  test('that befalls pods does not choose nodes', async () => {
    const sick = { ...web, before: { restartsPerHour: 60, crashing: 1 } };
    const drawn = [];
    for (const workload of [web, sick]) {
      const { aws } = await begin({ workloads: [workload], pods: { fail: 'run', how: 'Hung', share: 0.5 } });
      await pass(aws, 600);
      drawn.push(aws.world.random());
    }
    expect(drawn[0]).toBe(drawn[1]);
  });
});

describe('a pod that is stuck', () => {
  const oldNodesCannotStop = (kind: string) => ({
    name: 'pods stay',
    now: startOfTime,
    releases: [
      { ...releasesWith()[0], behavior: { pods: { fail: 'stop', how: 'StuckTerminating', only: 'web' } } },
      releasesWith()[1],
    ],
    policy: { version: 1, bakeTime: 'PT2M' },
    clusters: [
      clusterOf([{ name: 'workers', kind, size: 2 }], {
        workloads: [{ ...web, replicas: 2, minAvailable: 1, nodeGroup: 'workers' }],
      }),
    ],
    start: { clusterName: 'prod' },
    until: 'P3D',
  });

  test('keeps EKS from emptying its node', async () => {
    const { report } = await playScenario(oldNodesCannotStop('managed-custom-ami'));
    expect(report).toMatchObject({ invariants: [], executions: [{ outcome: 'Held' }] });
    expect(report.executions[0]?.reason).toMatch(/PodEvictionFailure/);
  });

  test('is nobody whom a budget protects: to end it with its node kills no pod', async () => {
    const { report } = await playScenario(oldNodesCannotStop('self-managed'));
    expect(report).toMatchObject({ invariants: [], nodeGroups: { 'prod/workers': { podsKilled: {} } } });
  });
});
