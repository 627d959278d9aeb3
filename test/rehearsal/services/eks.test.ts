/** Managed node groups, as a stranger sees them by EKS, EC2 Auto Scaling and the cluster's own nodes. */
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import * as eks from '@aws-sdk/client-eks';
import { describe, expect, test } from 'vitest';
import type { EmbeddedAws } from '../../../rehearsal/embedded-aws.ts';
import { imageIdOf } from '../../../rehearsal/world/images.ts';
import { beginEmbeddedAws, nodeGroupOf, pass, strangersOf, templateOf } from '../../adapters/embedded.ts';
import { clusterOf, newRelease, releasesWith } from '../play.ts';

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';
const newImage = imageIdOf('AL2023_x86_64_STANDARD', newRelease);

/** A node group `web` whose template has a version 3 with the new release. */
const begin = async (
  nodeGroup: Record<string, unknown> = {},
  { behavior = {}, ...more }: { behavior?: Record<string, unknown>; [key: string]: unknown } = {},
) => {
  const aws = await beginEmbeddedAws({
    releases: releasesWith(behavior),
    clusters: [clusterOf([{ name: 'web', ...nodeGroup }], more)],
  });
  const clients = strangersOf(aws);
  const template = templateOf(nodeGroupOf(aws, 'web'));
  template.add({ ...template.latest.data, ImageId: newImage }, 'new', aws.clock.now);
  const update = async (more: Partial<eks.UpdateNodegroupVersionCommandInput> = {}) => {
    const { update: started } = await clients.eks.send(
      new eks.UpdateNodegroupVersionCommand({
        clusterName: 'prod',
        nodegroupName: 'web',
        launchTemplate: { id: template.id, version: '3' },
        ...more,
      }),
    );
    return started;
  };
  const look = () => lookAt(aws, clients);
  return { aws, clients, template, update, look };
};

/** What can be seen of the node group from outside. */
const lookAt = async (aws: EmbeddedAws, clients: ReturnType<typeof strangersOf>) => {
  const names = { clusterName: 'prod', nodegroupName: 'web' };
  const { nodegroup } = await clients.eks.send(new eks.DescribeNodegroupCommand(names));
  const [name] = nodegroup?.resources?.autoScalingGroups ?? [];
  const { AutoScalingGroups } = await clients.autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name?.name ?? ''] }),
  );
  const nodes = [...(aws.world.clusters.get('prod')?.nodes.values() ?? [])];
  const isNew = (node: (typeof nodes)[number]): boolean =>
    node.labels['eks.amazonaws.com/nodegroup-image'] === newImage;
  const old = nodes.filter((node) => !isNew(node));
  return {
    status: nodegroup?.status,
    version: nodegroup?.launchTemplate?.version,
    desired: AutoScalingGroups?.[0]?.DesiredCapacity ?? 0,
    instances: AutoScalingGroups?.[0]?.Instances?.length ?? 0,
    ready: nodes.filter((node) => isNew(node) && node.isReady).length,
    old: old.length,
    oldInService: old.filter(({ isDraining }) => !isDraining).length,
    oldCordoned: old.filter(({ isUnschedulable, labels }) => isUnschedulable && labels[excludeLabel] === 'true').length,
    cordoned: nodes.filter(({ isUnschedulable }) => isUnschedulable).length,
  };
};

describe('a managed update', () => {
  /** EKS user guide, managed node group update behavior. */
  test('goes through its phases: more nodes, old ones cordoned, replaced within the budget, back to size', async () => {
    const { aws, update, look } = await begin({ size: 5, zones: 3, maxUnavailable: 2 });
    await update();
    const seen = [await look()];
    while (seen.at(-1)?.status === 'UPDATING' && seen.length < 400) {
      await pass(aws, 15);
      seen.push(await look());
    }
    const phases = seen.map((each) => {
      if (each.status === 'ACTIVE') return 'done';
      if (each.desired === 5 && each.old === 5) return 'set-up';
      if (each.oldCordoned < each.old) return 'scale-up';
      return each.old > 0 ? 'upgrade' : 'scale-down';
    });
    expect(phases.filter((phase, index) => phase !== phases[index - 1])).toEqual([
      'set-up',
      'scale-up',
      'upgrade',
      'scale-down',
      'done',
    ]);
    // Twice as many as there are zones, which is more than maxUnavailable.
    expect(Math.max(...seen.map(({ desired }) => desired))).toBe(5 + 6);
    // No old node is touched before there is a new one Ready in each zone.
    const begun = seen.find(({ oldCordoned }) => oldCordoned > 0);
    expect(begun?.ready).toBeGreaterThanOrEqual(3);
    expect(Math.max(...seen.map(({ old, oldInService }) => old - oldInService))).toBe(2);
    expect(seen.at(-1)).toEqual({
      status: 'ACTIVE',
      version: '3',
      desired: 5,
      instances: 5,
      ready: 5,
      old: 0,
      oldInService: 0,
      oldCordoned: 0,
      cordoned: 0,
    });
  });

  test('adds as many nodes as may be unavailable, where that is more than twice the zones', async () => {
    const { aws, update, look } = await begin({ size: 10, zones: 1, maxUnavailable: '70%' });
    await update();
    await pass(aws, 120);
    expect((await look()).desired).toBe(17);
  });

  test('gives up 15 minutes after it made the group larger, when new nodes do not join', async () => {
    const { aws, clients, update, look } = await begin({ size: 2, zones: 1 }, { behavior: { joins: false } });
    const started = await update();
    const read = async () => {
      const asked = { name: 'prod', nodegroupName: 'web', updateId: started?.id };
      return (await clients.eks.send(new eks.DescribeUpdateCommand(asked))).update;
    };
    // Of these 60 s are its set-up.
    await pass(aws, 60 + 14 * 60);
    expect(await read()).toMatchObject({ status: 'InProgress', type: 'VersionUpdate', errors: [] });
    await pass(aws, 90);
    expect(await read()).toMatchObject({ status: 'Failed', errors: [{ errorCode: 'NodeCreationFailure' }] });
    expect(await look()).toMatchObject({ status: 'ACTIVE', version: '2', old: 2, oldInService: 2 });
  });

  test('gives up after 15 minutes of a pod that may not leave, and names the node', async () => {
    const { aws, clients, update, look } = await begin(
      { size: 1, zones: 1 },
      { workloads: [{ name: 'shop/one', replicas: 1, nodeGroup: 'web', minAvailable: 1 }] },
    );
    const [node] = aws.world.clusters.get('prod')?.nodes.values() ?? [];
    const started = await update();
    await pass(aws, 3600);
    const asked = { name: 'prod', nodegroupName: 'web', updateId: started?.id };
    expect((await clients.eks.send(new eks.DescribeUpdateCommand(asked))).update).toMatchObject({
      status: 'Failed',
      errors: [{ errorCode: 'PodEvictionFailure', resourceIds: [node?.name] }],
    });
    expect(await look()).toMatchObject({ status: 'ACTIVE', old: 1 });
  });

  test('is for a number: $Latest and the default version are numbers from then on', async () => {
    const { template, update } = await begin();
    const versionOf = (started: eks.Update | undefined) =>
      started?.params?.find(({ type }) => type === 'LaunchTemplateVersion')?.value;
    expect(versionOf(await update({ launchTemplate: { id: template.id, version: '$Latest' } }))).toBe('3');
    const other = await begin();
    expect(versionOf(await other.update({ launchTemplate: { name: 'prod-web' } }))).toBe('1');
  });

  test('asked for again with its token is the same one, even after it failed', async () => {
    const { aws, clients, update } = await begin({ size: 1, zones: 1 }, { behavior: { joins: false } });
    const started = await update({ clientRequestToken: 'a' });
    expect((await update({ clientRequestToken: 'a' }))?.id).toBe(started?.id);
    await pass(aws, 3600);
    expect(await update({ clientRequestToken: 'a' })).toMatchObject({ id: started?.id, status: 'Failed' });
    const again = await update({ clientRequestToken: 'b' });
    expect(again?.id).not.toBe(started?.id);
    const { updateIds } = await clients.eks.send(new eks.ListUpdatesCommand({ name: 'prod', nodegroupName: 'web' }));
    expect(updateIds).toEqual([started?.id, again?.id]);
  });

  test('of one node group does not keep another from being updated', async () => {
    const aws = await beginEmbeddedAws({
      releases: releasesWith(),
      clusters: [clusterOf([{ name: 'a' }, { name: 'b' }])],
    });
    const { eks: client } = strangersOf(aws);
    for (const nodegroupName of ['a', 'b']) {
      const launchTemplate = { id: templateOf(nodeGroupOf(aws, nodegroupName)).id, version: '2' };
      const asked = { clusterName: 'prod', nodegroupName, launchTemplate };
      const { update } = await client.send(new eks.UpdateNodegroupVersionCommand(asked));
      expect(update?.status).toBe('InProgress');
    }
  });
});

describe('EKS refuses', () => {
  /** The error, as an SDK tells errors apart. */
  const refusal = (request: Promise<unknown>): Promise<string> =>
    request.then(
      () => 'nothing',
      (error: Error) => error.name,
    );

  test.each<[string, Partial<eks.UpdateNodegroupVersionCommandInput>, string]>([
    ['another template', { launchTemplate: { id: 'lt-0123456789abcdef0', version: '3' } }, 'InvalidParameterException'],
    ['a template by name and id', { launchTemplate: { id: 'lt-0', name: 'prod-web' } }, 'InvalidParameterException'],
    ['no template, where it holds the AMI', { launchTemplate: undefined }, 'InvalidParameterException'],
    ['a release beside the template', { releaseVersion: '1.33.4-20260810' }, 'InvalidParameterException'],
    ['a Kubernetes version beside the template', { version: '1.33' }, 'InvalidParameterException'],
    ['a cluster that is not there', { clusterName: 'prdo' }, 'ResourceNotFoundException'],
    ['a node group that is not there', { nodegroupName: 'wbe' }, 'ResourceNotFoundException'],
  ])('%s', async (_, input, name) => {
    const { aws, update } = await begin();
    expect(await refusal(update(input))).toBe(name);
    expect(nodeGroupOf(aws, 'web')).toMatchObject({ status: 'ACTIVE', updates: [] });
  });

  test('a version the template does not have', async () => {
    const { template, update } = await begin();
    expect(await refusal(update({ launchTemplate: { id: template.id, version: '9' } }))).toBe(
      'InvalidRequestException',
    );
  });

  test.each(['UPDATING', 'CREATING', 'DELETING', 'CREATE_FAILED', 'DELETE_FAILED'])(
    'an update of a node group that is %s',
    async (status) => {
      const { update } = await begin({ status });
      expect(await refusal(update())).toBe('ResourceInUseException');
    },
  );

  test('a second update while one runs, and takes the next when it has ended', async () => {
    const { aws, template, update } = await begin({ zones: 1 });
    await update();
    const back = { launchTemplate: { id: template.id, version: '2' } };
    expect(await refusal(update(back))).toBe('ResourceInUseException');
    await pass(aws, 3600);
    expect(await refusal(update(back))).toBe('nothing');
  });

  test('a token that was used for something else', async () => {
    const { template, update } = await begin();
    await update({ clientRequestToken: 'a' });
    const other = { launchTemplate: { id: template.id, version: '2' }, clientRequestToken: 'a' };
    expect(await refusal(update(other))).toBe('InvalidRequestException');
  });

  test("to find a node group's update among those of the cluster", async () => {
    const { clients, update } = await begin();
    const started = await update();
    const read = (nodegroupName?: string) =>
      refusal(clients.eks.send(new eks.DescribeUpdateCommand({ name: 'prod', updateId: started?.id, nodegroupName })));
    expect(await read()).toBe('ResourceNotFoundException');
    expect(await read('web')).toBe('nothing');
  });
});

test('a node group that is deleted midway takes its update, its instances and its name with it', async () => {
  const { aws, clients, update } = await begin({ size: 2 });
  const started = await update();
  const { name } = nodeGroupOf(aws, 'web').group;
  await pass(aws, 180);
  const names = { clusterName: 'prod', nodegroupName: 'web' };
  await clients.eks.send(new eks.DeleteNodegroupCommand(names));
  const read = { name: 'prod', nodegroupName: 'web', updateId: started?.id };
  expect((await clients.eks.send(new eks.DescribeUpdateCommand(read))).update?.status).not.toBe('InProgress');
  await pass(aws, 3600);
  await expect(clients.eks.send(new eks.DescribeNodegroupCommand(names))).rejects.toThrow('No node group found');
  const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
  expect((await clients.autoScaling.send(asked)).AutoScalingGroups).toEqual([]);
  expect(aws.world.clusters.get('prod')?.nodes.size).toBe(0);
  expect(aws.world.instances()).toEqual([]);
  expect(aws.world.isAtRest).toBe(true);
});
