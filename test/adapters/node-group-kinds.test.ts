/**
 * One port, one contract: whatever kind a node group is of, an update of it is started, looked at, finishes, fails, goes
 * back, is asked for twice, and is found again by whoever comes after a death. A further kind adds a row to `kinds`.
 */
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateVersionCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { nodeGroupKinds, ofKind } from '../../adapters/aws/node-group-kinds.ts';
import { updateKinds } from '../../adapters/aws/update-kinds.ts';
import type { RefreshPreferences } from '../../core/node-group/instance-refresh.ts';
import type { NodeGroupKind } from '../../core/plan/facts.ts';
import type { NodeGroupReading, NodeGroups, NodeGroupUpdates, UpdateAnswer, UpdateRequest } from '../../core/ports.ts';
import type { EmbeddedAws } from '../../rehearsal/embedded-aws.ts';
import { clusterOf, formerRelease, newRelease, releasesWith } from '../rehearsal/play.ts';
import { beginEmbeddedAws, pass, strangersOf, useEnvironmentOf } from './embedded.ts';

interface Kind {
  what: string;
  kind: NodeGroupKind;
  /** Keys of the node group in the scenario. */
  settings?: Record<string, unknown>;
  /** Can an update be taken back, or ended, while it runs? */
  canStop: boolean;
}

const kinds: Kind[] = [
  { what: 'of EKS', kind: 'managed-custom-ami', canStop: false },
  { what: 'whose AMI EKS chooses', kind: 'managed', canStop: false },
  {
    what: 'whose AMI EKS chooses, with a launch template',
    kind: 'managed',
    settings: { launchTemplate: 'web' },
    canStop: false,
  },
  { what: 'that people run', kind: 'self-managed', canStop: true },
  {
    what: 'that people run with mixed instances',
    kind: 'self-managed',
    settings: { instanceTypes: ['m6i.large', 'm5.large'] },
    canStop: true,
  },
];

const refresh: RefreshPreferences = {
  minHealthyPercentage: 100,
  maxHealthyPercentage: 110,
  checkpointPercentages: [],
  checkpointDelaySeconds: 0,
  bakeTimeSeconds: 0,
  protectedInstances: 'Refresh',
  standbyInstances: 'Ignore',
};

interface Begun {
  aws: EmbeddedAws;
  nodeGroups: NodeGroups;
  updates: NodeGroupUpdates;
  /** To the version with the new image, whose former one is `from`. */
  forward: UpdateRequest;
  from: string;
  /** The way back, as it is asked for from now. */
  back(): UpdateRequest;
  /** The images of its instances, as EC2 says it. */
  images(): Promise<string[]>;
  newImage: string;
  formerImage: string;
}

const begin = async ({ kind, settings = {} }: Kind): Promise<Begun> => {
  const aws = await beginEmbeddedAws({
    releases: releasesWith(),
    clusters: [clusterOf([{ name: 'web', kind, size: 2, zones: 1, ...settings }])],
  });
  useEnvironmentOf(aws);
  const nodeGroups = ofKind(nodeGroupKinds(), { kind });
  const updates = ofKind(updateKinds(), { kind });
  const reading = await there(nodeGroups);
  const from = versionOf(reading);
  const { autoScaling, ec2 } = strangersOf(aws);
  const images = async (): Promise<string[]> => {
    const { AutoScalingGroups: [group] = [] } = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: (await there(nodeGroups)).autoScalingGroups }),
    );
    const ids = (group?.Instances ?? []).map(({ InstanceId }) => InstanceId ?? '');
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }));
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ ImageId }) => ImageId ?? '')).sort();
  };
  const [formerImage = ''] = await images();
  const newImage = [...aws.world.images.keys()].find((imageId) => imageId !== formerImage) ?? '';
  const templateId = reading.chosenByEks === null ? (reading.launchTemplate?.id ?? '') : null;
  const version = templateId === null ? newRelease : await makeVersion(ec2, templateId, from, newImage);
  const request = (direction: 'forward' | 'back', token: string): UpdateRequest => ({
    clusterName: 'prod',
    nodeGroup: 'web',
    templateId,
    version: direction === 'forward' ? version : from,
    kubernetesVersion: reading.chosenByEks?.version ?? null,
    token,
    since: new Date(aws.clock.now).toISOString(),
    takesBack: direction === 'back' ? version : null,
    refresh,
  });
  return {
    aws,
    nodeGroups,
    updates,
    forward: request('forward', 'forward-1'),
    from,
    back: () => request('back', 'back-1'),
    images,
    newImage,
    formerImage,
  };
};

const makeVersion = async (ec2: EC2Client, templateId: string, from: string, imageId: string): Promise<string> => {
  const made = await ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId: templateId,
      SourceVersion: from,
      LaunchTemplateData: { ImageId: imageId },
    }),
  );
  return String(made.LaunchTemplateVersion?.VersionNumber);
};

/** What it is configured for: a launch template version, or a release version. */
const versionOf = ({ chosenByEks, launchTemplate }: NodeGroupReading): string =>
  chosenByEks?.releaseVersion ?? launchTemplate?.version ?? '';

const there = async (nodeGroups: NodeGroups): Promise<NodeGroupReading> => {
  const reading = await nodeGroups.read('prod', 'web');
  if (reading === null) throw new Error('prod has no node group web');
  return reading;
};

const idOf = (answer: UpdateAnswer): string => {
  if (answer.answer !== 'started') throw new Error(`${answer.answer}: ${answer.message}`);
  return answer.updateId;
};

describe.each(kinds)('a node group $what', (kind) => {
  test('is listed and read: what it is, where its nodes come from, and which number that is', async () => {
    const { nodeGroups } = await begin(kind);
    expect(await nodeGroups.list('prod')).toEqual(['web']);
    expect(await nodeGroups.list('elsewhere').catch(() => [])).toEqual([]);
    const reading = await there(nodeGroups);
    expect(reading).toMatchObject({
      name: 'web',
      kind: kind.kind,
      status: 'ACTIVE',
      desiredSize: 2,
      tags: { 'eks-ami-rollout': 'enabled' },
    });
    if (kind.kind === 'managed') {
      expect(reading.chosenByEks).toEqual({
        amiType: 'AL2023_x86_64_STANDARD',
        version: '1.33',
        releaseVersion: formerRelease,
      });
    } else {
      expect(reading).toMatchObject({ chosenByEks: null, launchTemplate: { name: 'prod-web', version: '2' } });
    }
    expect(await nodeGroups.read('prod', 'gone')).toBeNull();
    expect(await nodeGroups.read('elsewhere', 'web')).toBeNull();
  });

  test('starts an update, is UPDATING, and finishes on the new version', async () => {
    const { aws, nodeGroups, updates, forward, images, newImage } = await begin(kind);
    const id = idOf(await updates.update(forward));
    await pass(aws, 30);
    expect(await updates.readUpdate('prod', 'web', id)).toEqual({ status: 'InProgress', errors: [] });
    expect(await there(nodeGroups)).toMatchObject({ status: 'UPDATING' });
    await pass(aws, 4 * 3600);
    expect(await updates.readUpdate('prod', 'web', id)).toEqual({ status: 'Successful', errors: [] });
    expect(await there(nodeGroups)).toMatchObject({ status: 'ACTIVE' });
    expect(versionOf(await there(nodeGroups))).toBe(forward.version);
    expect(await images()).toEqual([newImage, newImage]);
  });

  test('asked for twice is asked for once, while it runs and after', async () => {
    const { aws, updates, forward } = await begin(kind);
    const started = await updates.update(forward);
    await pass(aws, 30);
    expect(await updates.update(forward)).toEqual(started);
    await pass(aws, 4 * 3600);
    expect(await updates.update(forward)).toEqual(started);
  });

  test('is found by whoever comes after a death, and nothing else is', async () => {
    const { aws, updates, forward, from } = await begin(kind);
    expect(await updates.findUpdate('prod', 'web', forward.version, forward.since)).toBeNull();
    const id = idOf(await updates.update(forward));
    expect(await updates.findUpdate('prod', 'web', forward.version, forward.since)).toBe(id);
    expect(await updates.findUpdate('prod', 'web', from, forward.since)).toBeNull();
    await pass(aws, 30);
    const later = new Date(aws.clock.now + 60_000).toISOString();
    expect(await updates.findUpdate('prod', 'web', forward.version, later)).toBeNull();
    expect(await updates.findUpdate('prod', 'gone', forward.version, forward.since)).toBeNull();
  });

  test('goes back when it has ended', async () => {
    const { aws, nodeGroups, updates, forward, back, from, images, formerImage } = await begin(kind);
    await updates.update(forward);
    await pass(aws, 4 * 3600);
    const id = idOf(await updates.update(back()));
    await pass(aws, 4 * 3600);
    expect(await updates.readUpdate('prod', 'web', id)).toMatchObject({ status: 'Successful' });
    expect(await there(nodeGroups)).toMatchObject({ status: 'ACTIVE' });
    expect(versionOf(await there(nodeGroups))).toBe(from);
    expect(await images()).toEqual([formerImage, formerImage]);
  });

  test('goes back while it runs, where that can be done; else it is busy', async () => {
    const { aws, nodeGroups, updates, forward, back, from, images, formerImage } = await begin(kind);
    const id = idOf(await updates.update(forward));
    await pass(aws, 120);
    const request = back();
    const answer = await updates.update(request);
    if (!kind.canStop) {
      expect(answer).toMatchObject({ answer: 'busy' });
      return;
    }
    expect(answer).toEqual({ answer: 'started', updateId: id });
    // Whoever died before the answer asks again, and looks for it.
    expect(await updates.update(request)).toEqual(answer);
    expect(await updates.findUpdate('prod', 'web', request.version, request.since)).toBe(id);
    await pass(aws, 4 * 3600);
    expect(await updates.readUpdate('prod', 'web', id)).toMatchObject({ status: 'TakenBack' });
    expect(await there(nodeGroups)).toMatchObject({ status: 'ACTIVE' });
    expect(versionOf(await there(nodeGroups))).toBe(from);
    expect(await images()).toEqual([formerImage, formerImage]);
  });

  test('is ended while it runs, where that can be done, and twice is once', async () => {
    const { aws, updates, forward } = await begin(kind);
    const id = idOf(await updates.update(forward));
    await pass(aws, 120);
    await updates.cancel('prod', 'web', id);
    await updates.cancel('prod', 'web', id);
    await pass(aws, 4 * 3600);
    expect(await updates.readUpdate('prod', 'web', id)).toMatchObject({
      status: kind.canStop ? 'Cancelled' : 'Successful',
    });
    await updates.cancel('prod', 'web', id);
  });

  test('that cannot launch from its template fails, and tells why', async () => {
    const { aws, updates, forward, newImage } = await begin(kind);
    const id = idOf(await updates.update(forward));
    const image = aws.world.images.get(newImage);
    if (image !== undefined) image.state = 'deregistered';
    await pass(aws, 4 * 3600);
    const look = await updates.readUpdate('prod', 'web', id);
    expect(look?.status).toBe('Failed');
    expect(look?.errors).toEqual([
      { code: expect.any(String), message: expect.stringMatching(/./), resourceIds: expect.any(Array) },
    ]);
  });

  test('answers in a word what it will not do', async () => {
    const { updates, forward } = await begin(kind);
    expect(await updates.update({ ...forward, version: '99', token: 'a' })).toMatchObject({ answer: 'rejected' });
    expect(await updates.update({ ...forward, nodeGroup: 'gone', token: 'b' })).toMatchObject({ answer: 'not-found' });
    await updates.update(forward);
    expect(await updates.update({ ...forward, version: '1', token: 'c' })).toMatchObject({ answer: 'busy' });
    expect(await updates.readUpdate('prod', 'web', '01234567-89ab-cdef-0123-456789abcdef')).toBeNull();
  });
});

describe('an Auto Scaling group that people run', () => {
  const selfManaged = async (settings: Record<string, unknown>, name = 'web') => {
    const aws = await beginEmbeddedAws({
      releases: releasesWith(),
      clusters: [
        clusterOf([
          { name, kind: 'self-managed', size: 3, ...settings },
          { name: 'managed', kind: 'managed-custom-ami' },
        ]),
        { ...clusterOf([{ name: 'other', kind: 'self-managed' }]), name: 'second' },
      ],
    });
    useEnvironmentOf(aws);
    return { aws, nodeGroups: nodeGroupKinds().selfManaged };
  };

  test('is the one its tag says, and never one of EKS', async () => {
    const { nodeGroups } = await selfManaged({});
    expect(await nodeGroups.list('prod')).toEqual(['web']);
    expect(await nodeGroups.list('second')).toEqual(['other']);
    expect(await nodeGroups.read('second', 'web')).toBeNull();
  });

  test('that follows the newest version is read by the number that is now', async () => {
    const { aws, nodeGroups } = await selfManaged({ launchTemplateVersion: '$Latest' });
    const reading = await there(nodeGroups);
    const { ec2 } = strangersOf(aws);
    const { LaunchTemplates: [template] = [] } = await ec2.send(
      new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['prod-web'] }),
    );
    expect(reading.launchTemplate?.version).toBe(String(template?.LatestVersionNumber));
    expect(reading.selfManaged?.follows).toBe('$Latest');
  });

  test('that follows the default version is read by that number', async () => {
    const { aws, nodeGroups } = await selfManaged({ launchTemplateVersion: '$Default' });
    const { ec2 } = strangersOf(aws);
    const { LaunchTemplateVersions: [version] = [] } = await ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'prod-web', Versions: ['$Default'] }),
    );
    expect(await there(nodeGroups)).toMatchObject({
      launchTemplate: { version: String(version?.VersionNumber) },
      selfManaged: { follows: '$Default' },
    });
  });

  test('tells what a person should know of it', async () => {
    const { nodeGroups } = await selfManaged({
      protected: 2,
      standby: 1,
      warmPool: 2,
      suspended: ['AZRebalance'],
      instanceTypes: ['m6i.large', 'm5.large'],
    });
    expect((await there(nodeGroups)).selfManaged).toEqual({
      follows: null,
      unusable: null,
      hasWeights: false,
      suspendedProcesses: ['AZRebalance'],
      protectedInstances: [expect.stringMatching(/^i-/), expect.stringMatching(/^i-/)],
      standbyInstances: [expect.stringMatching(/^i-/)],
      warmPool: 2,
    });
  });
});
