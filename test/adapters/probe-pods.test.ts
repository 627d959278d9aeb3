/** Probe pods, put into an embedded cluster and taken from it by the product's own client. */
import { describe, expect, test } from 'vitest';
import { AccessDenied } from '../../adapters/fault.ts';
import { clusterConnections } from '../../adapters/kubernetes/connections.ts';
import { kubernetesProbePods } from '../../adapters/kubernetes/probe-pods.ts';
import { probePod, probeSelector } from '../../core/gate/probe-pod.ts';
import { probeDefaults } from '../../core/policy/policy.ts';
import type { Behavior } from '../../rehearsal/world/images.ts';
import { clusterOf, releasesWith } from '../rehearsal/play.ts';
import { beginEmbeddedAws, pass, useEnvironmentOf } from './embedded.ts';

const owner = { rolloutId: 'rollout-1', nodeGroup: 'web' };
const namespace = 'eks-ami-rollout';

const begin = async (cluster: Record<string, unknown> = {}, behavior: Behavior = {}) => {
  const aws = await beginEmbeddedAws({ releases: releasesWith(), clusters: [clusterOf([{ name: 'web' }], cluster)] });
  useEnvironmentOf(aws);
  for (const image of aws.world.images.values()) image.behavior = behavior;
  const roleArn = aws.stack.roles.find(({ logicalId }) => logicalId === 'KubernetesRole')?.arn ?? '';
  const probes = kubernetesProbePods(clusterConnections({ region: 'us-east-1', roleArn }));
  const [node] = aws.world.clusters.get('prod')?.nodes.values() ?? [];
  if (node === undefined) throw new Error('no node');
  const pod = probePod(owner, probeDefaults, { name: 'probe-1', node: node.name, kind: 'node', allocatable: {} });
  const read = async () => (await probes.list('prod', namespace, probeSelector(owner)))[0];
  return { aws, probes, node, pod, read };
};

describe('a probe pod', () => {
  test('is put once, runs on its node, ends, and is gone when told', async () => {
    const { aws, probes, node, pod, read } = await begin();
    await probes.put('prod', pod);
    await probes.put('prod', pod);
    expect(await probes.list('prod', namespace, probeSelector(owner))).toHaveLength(1);
    expect(await probes.list('prod', namespace, probeSelector({ ...owner, rolloutId: 'another' }))).toEqual([]);
    expect(aws.world.clusters.get('prod')?.podNamed(namespace, 'probe-1')?.node?.name).toBe(node.name);
    expect((await read())?.checks).toMatchObject({ waiting: 'ContainerCreating', exitCode: null });
    await pass(aws, 30);
    expect(await read()).toMatchObject({ phase: 'Running', checks: { exitCode: null }, isKeeping: true });
    await pass(aws, 40);
    expect(await read()).toMatchObject({ phase: 'Running', checks: { exitCode: 0 }, isKeeping: true });
    await probes.remove('prod', namespace, 'probe-1');
    expect((await read())?.deletedAt).not.toBeNull();
    await pass(aws, 60);
    expect(await read()).toBeUndefined();
    await probes.remove('prod', namespace, 'probe-1');
  });

  test('that nobody takes away is ended by its deadline', async () => {
    const { aws, probes, node, read } = await begin();
    const short = { ...probeDefaults, timeout: 'PT0S' };
    await probes.put(
      'prod',
      probePod(owner, short, { name: 'probe-1', node: node.name, kind: 'node', allocatable: {} }),
    );
    await pass(aws, 660);
    expect(await read()).toMatchObject({ phase: 'Failed', failure: 'DeadlineExceeded' });
  });

  test('goes to a cordoned node, and to none that is full', async () => {
    const { probes, node, pod, read } = await begin();
    node.isUnschedulable = true;
    await probes.put('prod', pod);
    expect((await read())?.checks).not.toBeNull();
    node.allocatable = { ...node.allocatable, pods: '0' };
    const second = probePod(owner, probeDefaults, { name: 'probe-2', node: node.name, kind: 'node', allocatable: {} });
    await probes.put('prod', second);
    const full = (await probes.list('prod', namespace, probeSelector(owner))).find(({ name }) => name === 'probe-2');
    expect(full).toMatchObject({
      phase: 'Pending',
      checks: null,
      unschedulable: expect.stringContaining('Too many pods'),
    });
  });

  test.each<[string, Behavior, number, object]>([
    [
      'whose containers are not killed',
      { pods: { fail: 'stop', how: 'StuckTerminating', share: 1, afterSeconds: 0 } },
      400,
      { deletedAt: expect.any(String) },
    ],
    [
      'whose exits nobody sees',
      { pods: { fail: 'exit', how: 'ExitLost', share: 1, afterSeconds: 0 } },
      60,
      { checks: { exitCode: null } },
    ],
    [
      'that crashes',
      { pods: { fail: 'run', how: 'CrashLoopBackOff', share: 1, afterSeconds: 0 } },
      120,
      { checks: { exitCode: 1 } },
    ],
    [
      'that hangs under its CPU limit',
      { pods: { fail: 'run', how: 'Hung', share: 1, afterSeconds: 0, only: 'cpu-limit' } },
      120,
      { checks: { exitCode: null } },
    ],
    [
      'whose image is not pulled',
      { pods: { fail: 'start', how: 'ImagePullBackOff', share: 1, afterSeconds: 0 } },
      60,
      { checks: { waiting: 'ImagePullBackOff' } },
    ],
    [
      'without a sandbox',
      { pods: { fail: 'start', how: 'FailedCreatePodSandBox', share: 1, afterSeconds: 0 } },
      60,
      { checks: { waiting: 'ContainerCreating' } },
    ],
  ])('%s', async (_, behavior, seconds, seen) => {
    const { aws, probes, pod, read } = await begin({}, behavior);
    await probes.put('prod', pod);
    await pass(aws, 60);
    if (seconds === 400) await probes.remove('prod', namespace, 'probe-1');
    await pass(aws, seconds);
    expect(await read()).toMatchObject(seen);
  });
});

describe('access', () => {
  test('is tried with a pod that is not put', async () => {
    const { probes, pod, read } = await begin();
    expect(await probes.access('prod', pod)).toEqual({ access: 'granted' });
    expect(await read()).toBeUndefined();
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['without the right', { kubernetesAccess: 'read-only' }, /may not delete pods in eks-ami-rollout/],
    ['without any', { kubernetesAccess: 'denied' }, /403/],
    ['without the namespace', { namespaces: [] }, /404: namespaces "eks-ami-rollout" not found/],
  ])('is denied %s', async (_, cluster, reason) => {
    const { probes, pod } = await begin(cluster);
    expect(await probes.access('prod', pod)).toMatchObject({ access: 'denied', reason: expect.stringMatching(reason) });
  });

  test('that is taken away later is a fault', async () => {
    const { probes, pod } = await begin({ kubernetesAccess: 'read-only' });
    await expect(probes.put('prod', pod)).rejects.toThrow(AccessDenied);
    await expect(probes.remove('prod', namespace, 'probe-1')).rejects.toThrow(AccessDenied);
  });
});
