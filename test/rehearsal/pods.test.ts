/** What befalls pods on a node, as the Kubernetes API shows it to anybody (Kubernetes, pod lifecycle). */
import { describe, expect, test } from 'vitest';
import { podObject } from '../../rehearsal/kubernetes/pod-objects.ts';
import { asTable } from '../../rehearsal/kubernetes/tables.ts';
import { beginEmbeddedAws, pass } from '../adapters/embedded.ts';
import { clusterOf } from './play.ts';

const release = '1.33.4-20260710';

interface PodStatus {
  phase: string;
  conditions: { type: string; status: string; reason?: string }[];
  containerStatuses: {
    ready: boolean;
    restartCount: number;
    state: { waiting?: { reason: string }; running?: object; terminated?: { reason: string; exitCode: number } };
    lastState: { terminated?: { exitCode: number } };
  }[];
}

interface Given {
  workloads: Record<string, unknown>[];
  pods?: unknown;
  amiType?: string;
  allocatable?: unknown;
}

/** A cluster of one old node, on which nothing goes wrong any more than its release says. */
const begin = async ({ workloads, pods, amiType = 'AL2023_x86_64_STANDARD', allocatable }: Given) => {
  const behavior = { ...(pods === undefined ? {} : { pods }), ...(allocatable === undefined ? {} : { allocatable }) };
  const aws = await beginEmbeddedAws({
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
    const { aws, words, replace } = await begin({ workloads: [web] });
    replace('web');
    expect(words('web')).toEqual(['1/1 Terminating 0', '0/1 ContainerCreating 0']);
    await pass(aws, 60);
    expect(words('web')).toEqual(['1/1 Running 0']);
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
