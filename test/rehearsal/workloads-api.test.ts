/** What makes pods, and the events of a cluster, as any client of the Kubernetes API sees them. */
import { describe, expect, test } from 'vitest';
import { AccessDenied } from '../../adapters/fault.ts';
import { KubernetesApi } from '../../adapters/kubernetes/api.ts';
import { bearerToken } from '../../adapters/kubernetes/token.ts';
import type { EmbeddedAws } from '../../rehearsal/embedded-aws.ts';
import { beginEmbeddedAws, pass } from '../adapters/embedded.ts';
import { clusterOf } from './play.ts';

const release = '1.33.4-20260710';
const amiType = 'AL2023_x86_64_STANDARD';

interface Listed {
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    labels?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string }[];
  };
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
}

interface EventListed {
  involvedObject: { kind: string; name: string; uid: string };
  reason: string;
  message: string;
  type: string;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: string; host?: string };
}

const begin = async (
  workloads: Record<string, unknown>[],
  { behavior = {}, cluster = {}, size = 2 }: { behavior?: unknown; cluster?: object; size?: number } = {},
) => {
  const aws = await beginEmbeddedAws({
    releases: [{ amiType, release, publishedAt: '2026-07-10T18:00:00Z', behavior }],
    clusters: [clusterOf([{ name: 'web', amiType, release, size }], { workloads, ...cluster })],
  });
  const world = aws.world.clusters.get('prod');
  if (world?.endpoint === undefined) throw new Error('no cluster');
  const api = new KubernetesApi(world.endpoint);
  const token = await tokenOf({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' });
  const list = <T = Listed>(path: string, query: Record<string, string> = {}) => api.list<T>(path, query, token);
  return { aws, world, api, list };
};

const tokenOf = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
  bearerToken('prod', 'us-east-1', async () => credentials);

const web = { name: 'shop/web', replicas: 3 };

/** Takes all pods of the cluster away, so that others start. */
const replaceAll = ({ world }: { world: { pods: unknown[]; removePod(pod: never): void } }): void => {
  for (const pod of [...world.pods]) world.removePod(pod as never);
};

describe('a Deployment', () => {
  test('counts its pods, and owns them through its ReplicaSet', async () => {
    const { list } = await begin([web]);
    const [deployment] = await list('/apis/apps/v1/deployments');
    expect(deployment).toMatchObject({
      metadata: { name: 'web', namespace: 'shop' },
      spec: { replicas: 3 },
      status: { replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 },
    });
    const [replicaSet] = await list('/apis/apps/v1/namespaces/shop/replicasets');
    expect(replicaSet?.metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'Deployment', name: 'web', uid: deployment?.metadata.uid }),
    ]);
    for (const { metadata } of await list('/api/v1/namespaces/shop/pods')) {
      expect(metadata.ownerReferences).toEqual([
        expect.objectContaining({
          kind: 'ReplicaSet',
          name: replicaSet?.metadata.name,
          uid: replicaSet?.metadata.uid,
        }),
      ]);
      expect(metadata.labels?.['pod-template-hash']).toBe(replicaSet?.metadata.labels?.['pod-template-hash']);
    }
  });

  test('none of whose pods is ready leaves out what is zero, as the API does', async () => {
    const begun = await begin([web], { behavior: { pods: { fail: 'start', how: 'CreateContainerError' } } });
    replaceAll(begun);
    await pass(begun.aws, 120);
    const [deployment] = await begun.list('/apis/apps/v1/deployments');
    expect(deployment?.status).toEqual({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      unavailableReplicas: 3,
    });
  });
});

test('a DaemonSet counts nodes that it should be on, and pods that are', async () => {
  const agent = { name: 'kube-system/agent', daemonSet: true };
  const begun = await begin([agent], { behavior: { pods: { fail: 'start', how: 'ImagePullBackOff' } }, size: 3 });
  const status = async () => (await begun.list('/apis/apps/v1/daemonsets'))[0]?.status;
  expect(await status()).toMatchObject({ desiredNumberScheduled: 3, numberReady: 3, numberAvailable: 3 });
  const [pod] = begun.world.pods;
  if (pod !== undefined) begun.world.removePod(pod);
  await pass(begun.aws, 120);
  expect(await status()).toMatchObject({
    desiredNumberScheduled: 3,
    currentNumberScheduled: 3,
    numberReady: 2,
    numberUnavailable: 1,
  });
});

test('a Job is there as long as its pod is', async () => {
  const { aws, list } = await begin([{ name: 'jobs/import', replicas: 1, completes: { afterSeconds: 60 } }]);
  const jobs = await list('/apis/batch/v1/namespaces/jobs/jobs');
  const [pod] = (await list('/api/v1/pods')).filter(({ status }) => status.phase === 'Running');
  expect(jobs.filter(({ status }) => status.active === 1).map(({ metadata }) => metadata.name)).toEqual([
    pod?.metadata.ownerReferences?.[0]?.name,
  ]);
  expect(jobs.filter(({ status }) => status.succeeded === 1)).toHaveLength(3);
  expect(pod?.metadata.labels).toMatchObject({ 'job-name': expect.stringMatching(/^import-\d{8}$/) });
  await pass(aws, 600);
  const later = await list('/apis/batch/v1/jobs');
  expect(later).toHaveLength(4);
  expect(later.map(({ metadata }) => metadata.name)).not.toContain(jobs[0]?.metadata.name);
});

test('there are no StatefulSets, and one that is asked for by name is not found', async () => {
  const { api, list } = await begin([web]);
  const token = await tokenOf({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' });
  expect(await list('/apis/apps/v1/statefulsets')).toEqual([]);
  await expect(api.list('/apis/apps/v1/namespaces/shop/deployments/cart', {}, token)).rejects.toThrow(
    'deployments "cart" not found',
  );
});

describe('events', () => {
  test.each<[string, string, string[]]>([
    ['start', 'ImagePullBackOff', ['Failed', 'BackOff']],
    ['start', 'CreateContainerError', ['Failed']],
    ['start', 'FailedCreatePodSandBox', ['FailedCreatePodSandBox']],
    ['start', 'CrashLoopBackOff', ['Failed', 'BackOff']],
    ['start', 'Hung', ['Started', 'Unhealthy']],
    ['run', 'CrashLoopBackOff', ['Started', 'BackOff']],
    ['run', 'Hung', ['Started', 'Unhealthy']],
    ['stop', 'StuckTerminating', ['Killing', 'FailedKillPod']],
  ])('tell of %s: %s', async (fail, how, reasons) => {
    const begun = await begin([web], { behavior: { pods: { fail, how } } });
    replaceAll(begun);
    await pass(begun.aws, 600);
    const told = await begun.list<EventListed>('/api/v1/namespaces/shop/events');
    expect([...new Set(told.map(({ reason }) => reason))]).toEqual(expect.arrayContaining(reasons));
    const worst = told.find(({ reason }) => reason === reasons.at(-1));
    expect(worst?.involvedObject.kind).toBe('Pod');
    expect(worst?.source).toEqual({ component: 'kubelet', host: expect.stringMatching(/^ip-10-/) });
  });

  test('that go on are counted, and forgotten an hour after they ended', async () => {
    // The clock stands still where nothing happens: something else always does.
    const busy = { name: 'jobs/import', replicas: 1, completes: true };
    const begun = await begin([{ ...web, replicas: 1 }, busy], {
      behavior: { pods: { fail: 'start', how: 'FailedCreatePodSandBox', only: 'web' } },
    });
    replaceAll(begun);
    await pass(begun.aws, 3 * 3600);
    const ofSandbox = () =>
      begun.list<EventListed>('/api/v1/events', { fieldSelector: 'reason=FailedCreatePodSandBox,type=Warning' });
    const [event] = await ofSandbox();
    // Every 14 seconds, for three hours.
    expect(event?.count).toBe(Math.floor((3 * 3600 - 20) / 14) + 1);
    expect(Date.parse(event?.lastTimestamp ?? '')).toBeGreaterThan(begun.aws.clock.now - 15_000);
    const [pod] = begun.world.pods.filter(({ isTerminating, job }) => !isTerminating && job === undefined);
    if (pod !== undefined) begun.world.removePod(pod);
    await pass(begun.aws, 3_700);
    expect((await ofSandbox()).map(({ involvedObject }) => involvedObject.name)).not.toContain(
      event?.involvedObject.name,
    );
  });

  test('say why a pod fits nowhere, and when it does after all', async () => {
    const infer = { name: 'shop/infer', replicas: 1, limits: { 'nvidia.com/gpu': 1 } };
    const { aws, world, list } = await begin([infer]);
    const told = () => list<EventListed>('/api/v1/events', { fieldSelector: 'source=default-scheduler' });
    await expect(told()).rejects.toThrow('field label not supported: source');
    const ofScheduler = async () =>
      (await list<EventListed>('/api/v1/events')).map(({ reason, message }) => `${reason}: ${message}`);
    expect(await ofScheduler()).toEqual(['FailedScheduling: 0/2 nodes are available: 2 Insufficient nvidia.com/gpu.']);
    const [node] = world.nodes.values();
    if (node === undefined) throw new Error('no node');
    node.allocatable = { ...node.allocatable, 'nvidia.com/gpu': '1' };
    world.schedulePods();
    await pass(aws, 60);
    expect(await ofScheduler()).toContain(
      `Scheduled: Successfully assigned shop/${world.pods[0]?.name} to ${node.name}`,
    );
    expect(world.pods[0]?.isReady).toBe(true);
  });

  test('tell of nodes', async () => {
    const { aws, list } = await begin([], {
      behavior: { notReady: { afterSeconds: 10 * 24 * 3600, everySeconds: 10_000, forSeconds: 60 } },
    });
    await pass(aws, 600);
    const reasons = (await list<EventListed>('/api/v1/events')).map(({ involvedObject, reason }) => [
      involvedObject.kind,
      reason,
    ]);
    expect(reasons.sort()).toEqual([
      ['Node', 'NodeNotReady'],
      ['Node', 'NodeNotReady'],
      ['Node', 'NodeReady'],
      ['Node', 'NodeReady'],
    ]);
  });
});

describe('a node', () => {
  const conditionsOf = async (list: (path: string) => Promise<Listed[]>): Promise<Record<string, string>> => {
    const [node] = await list('/api/v1/nodes');
    const conditions = node?.status.conditions as { type: string; status: string }[];
    return Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
  };
  const well = { MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False', Ready: 'True' };

  test('is under no pressure', async () => {
    const { list } = await begin([]);
    expect(await conditionsOf(list)).toEqual(well);
  });

  test('that is not heard of says nothing any more', async () => {
    const { aws, list } = await begin([], {
      behavior: { notReady: { afterSeconds: 10 * 24 * 3600, everySeconds: 10_000, forSeconds: 6_000 } },
    });
    await pass(aws, 600);
    expect([...new Set(Object.values(await conditionsOf(list)))]).toEqual(['Unknown']);
  });

  test('reports what its AMI has it report, as YAML writes it', async () => {
    const { aws, list } = await begin([], {
      behavior: { conditions: { afterSeconds: 60, set: { KernelReady: false, NetworkingReady: 'Unknown' } } },
    });
    await pass(aws, 1);
    expect(await conditionsOf(list)).toEqual({ ...well, KernelReady: 'False', NetworkingReady: 'Unknown' });
  });
});

test('a cordon that is only tried changes nothing', async () => {
  const { api, world } = await begin([]);
  const token = await tokenOf({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' });
  const [node] = world.nodes.values();
  const cordon = (query: string) =>
    api.patch(`/api/v1/nodes/${node?.name}${query}`, { spec: { unschedulable: true } }, token);
  await cordon('?dryRun=All');
  expect(node?.isUnschedulable).toBe(false);
  await cordon('');
  expect(node?.isUnschedulable).toBe(true);
});

describe('whoever may read may read these', () => {
  const paths = ['/api/v1/events', '/apis/apps/v1/deployments', '/apis/apps/v1/daemonsets', '/apis/batch/v1/jobs'];
  const asTheProduct = async (aws: EmbeddedAws): Promise<string> => {
    const RoleArn = aws.stack.roles.find(({ logicalId }) => logicalId === 'KubernetesRole')?.arn ?? '';
    const answer = await aws.call('sts:AssumeRole', { RoleArn, RoleSessionName: 'test' });
    const { AccessKeyId, SecretAccessKey, SessionToken } = (answer as { Credentials: Record<string, string> })
      .Credentials;
    return tokenOf({
      accessKeyId: AccessKeyId ?? '',
      secretAccessKey: SecretAccessKey ?? '',
      sessionToken: SessionToken ?? '',
    });
  };

  test.each(paths)('%s', async (path) => {
    for (const kubernetesAccess of ['granted', 'read-only']) {
      const { aws, api } = await begin([web], { cluster: { kubernetesAccess } });
      await expect(api.list(path, {}, await asTheProduct(aws))).resolves.toBeInstanceOf(Array);
    }
    const { aws, api } = await begin([web], { cluster: { kubernetesAccess: 'denied' } });
    await expect(api.list(path, {}, await asTheProduct(aws))).rejects.toThrow(AccessDenied);
  });
});
