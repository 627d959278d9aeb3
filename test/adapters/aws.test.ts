/** The ports of AWS, answered by AWS's own clients: what they ask for, and what they make of the answers. */

import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { ec2AutoScalingGroups } from '../../adapters/aws/auto-scaling-groups.ts';
import { eksClusters } from '../../adapters/aws/clusters.ts';
import { sfnExecutions } from '../../adapters/aws/executions.ts';
import { ec2Images } from '../../adapters/aws/images.ts';
import { ec2Instances } from '../../adapters/aws/instances.ts';
import { ec2LaunchTemplates } from '../../adapters/aws/launch-templates.ts';
import { nodeGroupInstances } from '../../adapters/aws/node-group-instances.ts';
import { eksUpdates } from '../../adapters/aws/node-group-updates.ts';
import { eksNodeGroups } from '../../adapters/aws/node-groups.ts';
import { ssmParameters } from '../../adapters/aws/parameters.ts';
import { ssmPolicyDocument } from '../../adapters/aws/policy-document.ts';
import { AccessDenied, TransientFault } from '../../adapters/fault.ts';
import { isOursFrom, versionDescription, versionToken } from '../../core/node-group/tokens.ts';
import type { EmbeddedAws } from '../../rehearsal/embedded-aws.ts';
import { AwsError, commonError } from '../../rehearsal/wire/errors.ts';
import { imageIdOf } from '../../rehearsal/world/images.ts';
import { hub } from '../core/builders.ts';
import { clusterOf, formerRelease, newRelease, releasesWith } from '../rehearsal/play.ts';
import { clientSettings, startWire } from '../rehearsal/wire/wire-under-test.ts';
import { beginEmbeddedAws, nodeGroupOf, pass, strangersOf, templateOf, useEnvironmentOf } from './embedded.ts';

const amiType = 'AL2023_x86_64_STANDARD';
const formerImage = imageIdOf(amiType, formerRelease);
const newImage = imageIdOf(amiType, newRelease);

const begin = async (
  nodeGroups: Record<string, unknown>[] = [{ name: 'web' }],
  more: Record<string, unknown> = {},
): Promise<EmbeddedAws> => {
  const aws = await beginEmbeddedAws({ releases: releasesWith(), clusters: [clusterOf(nodeGroups)], ...more });
  useEnvironmentOf(aws);
  return aws;
};

/** A wire that plays only this, for answers the embedded world never gives. */
const answeredBy = async (service: string, operations: object) =>
  clientSettings((await startWire({ [service]: operations })).url);

const refusing = async () => clientSettings((await startWire(() => Promise.reject(commonError('access-denied')))).url);

describe('a new launch template version', () => {
  const identity = (templateId: string, sourceVersion: string) => ({
    rolloutId: 'rollout-1',
    templateId,
    sourceVersion,
    imageId: newImage,
  });
  const request = (templateId: string, sourceVersion: string) => {
    const identified = identity(templateId, sourceVersion);
    return { ...identified, description: versionDescription(identified), token: versionToken(identified) };
  };

  /** A template whose version in use, 3, is neither the default nor the newest, and differs from both. */
  const beginWithHistory = async () => {
    const aws = await begin();
    const { id } = templateOf(nodeGroupOf(aws, 'web'));
    const stranger = strangersOf(aws).ec2;
    for (const [InstanceType, UserData] of [
      ['m7i.xlarge', 'aW4gdXNl'],
      ['c7i.large', 'bmV3ZXI='],
    ] as const) {
      await stranger.send(
        new ec2.CreateLaunchTemplateVersionCommand({
          LaunchTemplateId: id,
          SourceVersion: '2',
          LaunchTemplateData: { InstanceType, UserData, MetadataOptions: { HttpTokens: 'required' } },
        }),
      );
    }
    const describe = async (version: string) => {
      const { LaunchTemplateVersions } = await stranger.send(
        new ec2.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: [version] }),
      );
      return LaunchTemplateVersions?.[0];
    };
    return { aws, id, describe, templates: ec2LaunchTemplates() };
  };

  test('is the version in use with another image, and nothing else', async () => {
    const { id, describe, templates } = await beginWithHistory();
    const made = await templates.createVersion(request(id, '3'));
    expect(made).toMatchObject({ version: '5', imageId: newImage });
    const [source, version] = [await describe('3'), await describe(made.version)];
    expect(version?.LaunchTemplateData).toEqual({ ...source?.LaunchTemplateData, ImageId: newImage });
    expect(version?.LaunchTemplateData).toMatchObject({ InstanceType: 'm7i.xlarge', UserData: 'aW4gdXNl' });
  });

  test('leaves the default version where it is', async () => {
    const { id, templates } = await beginWithHistory();
    await templates.createVersion(request(id, '3'));
    expect(await templates.read([id])).toMatchObject([{ templateId: id, newestVersion: '5', defaultVersion: '1' }]);
  });

  test('is made once for one token, and again for another', async () => {
    const { id, templates } = await beginWithHistory();
    const asked = request(id, '3');
    const made = await templates.createVersion(asked);
    expect(await templates.createVersion(asked)).toEqual(made);
    expect(await templates.createVersion({ ...asked, token: 'another' })).toMatchObject({ version: '6' });
  });

  test('is known again by whoever needs the same one', async () => {
    const { id, templates } = await beginWithHistory();
    const made = await templates.createVersion(request(id, '3'));
    const [found, ...more] = await templates.versionsWithImage(id, newImage);
    expect(more).toEqual([]);
    expect(found).toEqual(made);
    expect(isOursFrom(found?.description ?? '', '3')).toBe(true);
    expect(isOursFrom(found?.description ?? '', '2')).toBe(false);
  });

  test('is read by its number; what is not there is null', async () => {
    const { id, templates } = await beginWithHistory();
    expect(await templates.readVersion(id, '2')).toMatchObject({ version: '2', imageId: formerImage });
    expect(await templates.readVersion(id, '99')).toBeNull();
    expect(await templates.readVersion('lt-0123456789abcdef0', '1')).toBeNull();
    expect(await templates.read([])).toEqual([]);
  });

  test('is deleted once, and the second time is none the worse; a default one is not deleted', async () => {
    const { id, templates, describe } = await beginWithHistory();
    for (const _ of ['asked', 'asked again']) await templates.deleteVersion(id, '4');
    await expect(describe('4')).rejects.toThrow();
    await templates.deleteVersion('lt-0123456789abcdef0', '1');
    await expect(templates.deleteVersion(id, '1')).rejects.toThrow(/unexpectedError: .*default version/);
  });

  test('is found among more than one page of them, the newest first', async () => {
    const aws = await begin();
    const template = templateOf(nodeGroupOf(aws, 'web'));
    for (let made = 0; made < 410; made += 1) {
      template.add({ ImageId: made % 2 === 0 ? newImage : formerImage }, `made ${made}`, aws.clock.now);
    }
    const templates = ec2LaunchTemplates();
    expect(await templates.countVersions(template.id)).toBe(412);
    const found = await templates.versionsWithImage(template.id, newImage);
    expect(found.map(({ version }) => Number(version))).toEqual(
      Array.from({ length: 205 }, (_, index) => 411 - 2 * index),
    );
  });
});

describe('the update of a node group', () => {
  const beginWithVersion = async (nodeGroup: Record<string, unknown> = {}) => {
    const aws = await begin([{ name: 'web', zones: 1, ...nodeGroup }]);
    const template = templateOf(nodeGroupOf(aws, 'web'));
    template.add({ ...template.latest.data, ImageId: newImage }, 'new', aws.clock.now);
    const asked = {
      clusterName: 'prod',
      nodeGroup: 'web',
      templateId: template.id,
      version: '3',
      kubernetesVersion: null,
      token: 'first',
      since: new Date(aws.clock.now).toISOString(),
      takesBack: null,
      refresh: null,
    };
    return { aws, asked, nodeGroups: { ...eksNodeGroups(), ...eksUpdates() } };
  };

  test('asked for again with its token is the same update, while it runs and after', async () => {
    const { aws, asked, nodeGroups } = await beginWithVersion();
    const started = await nodeGroups.update(asked);
    expect(started).toEqual({ answer: 'started', updateId: expect.any(String) });
    expect(await nodeGroups.update(asked)).toEqual(started);
    await pass(aws, 3600);
    expect(await nodeGroups.update(asked)).toEqual(started);
    expect(nodeGroupOf(aws, 'web').updates).toHaveLength(1);
  });

  test('is answered with a word for each refusal', async () => {
    const { aws, asked, nodeGroups } = await beginWithVersion();
    expect(await nodeGroups.update({ ...asked, version: '99', token: 'a' })).toMatchObject({ answer: 'rejected' });
    expect(await nodeGroups.update({ ...asked, templateId: 'lt-0123456789abcdef0', token: 'b' })).toMatchObject({
      answer: 'rejected',
      message: expect.stringMatching(/^InvalidParameterException: /),
    });
    expect(await nodeGroups.update({ ...asked, nodeGroup: 'gone', token: 'c' })).toMatchObject({ answer: 'not-found' });
    expect(await nodeGroups.update({ ...asked, clusterName: 'gone', token: 'd' })).toMatchObject({
      answer: 'not-found',
      message: expect.stringContaining('gone'),
    });
    expect(nodeGroupOf(aws, 'web').updates).toEqual([]);
    await nodeGroups.update(asked);
    expect(await nodeGroups.update({ ...asked, token: 'e' })).toMatchObject({ answer: 'busy' });
    expect(await nodeGroups.update({ ...asked, version: '2' })).toMatchObject({ answer: 'rejected' });
  });

  test('is read as it goes, and as it ends', async () => {
    const { aws, asked, nodeGroups } = await beginWithVersion();
    const started = await nodeGroups.update(asked);
    const id = started.answer === 'started' ? started.updateId : '';
    expect(await nodeGroups.readUpdate('prod', 'web', id)).toEqual({ status: 'InProgress', errors: [] });
    expect(await nodeGroups.read('prod', 'web')).toMatchObject({ status: 'UPDATING' });
    await pass(aws, 3600);
    expect(await nodeGroups.readUpdate('prod', 'web', id)).toEqual({ status: 'Successful', errors: [] });
    expect(await nodeGroups.read('prod', 'web')).toMatchObject({ status: 'ACTIVE', launchTemplate: { version: '3' } });
    expect(await nodeGroups.readUpdate('prod', 'web', 'no-such-update')).toBeNull();
    expect(await nodeGroups.readUpdate('prod', 'gone', id)).toBeNull();
  });

  test('that fails tells why, and which instances it speaks of', async () => {
    const { aws, asked, nodeGroups } = await beginWithVersion();
    for (const image of aws.world.images.values()) if (image.imageId === newImage) image.behavior = { joins: false };
    const started = await nodeGroups.update(asked);
    await pass(aws, 3600);
    const update = await nodeGroups.readUpdate('prod', 'web', started.answer === 'started' ? started.updateId : '');
    const fresh = nodeGroupOf(aws, 'web').group.members.filter(({ image }) => image.imageId === newImage);
    expect(update).toEqual({
      status: 'Failed',
      errors: [
        {
          code: 'NodeCreationFailure',
          message: expect.stringContaining('not joining'),
          resourceIds: fresh.map(({ id }) => id),
        },
      ],
    });
  });

  test('whose answer was lost is found by where it leads, from when it was asked for', async () => {
    const { aws, asked, nodeGroups } = await beginWithVersion();
    const update = async (version: string, token: string): Promise<string> => {
      const started = await nodeGroups.update({ ...asked, version, token });
      await pass(aws, 7200);
      return started.answer === 'started' ? started.updateId : started.answer;
    };
    const at = (milliseconds: number): string => new Date(aws.clock.now + milliseconds).toISOString();
    const begun = at(0);
    const forward = await update('3', '1');
    const back = await update('2', '2');
    const asked3 = at(400);
    const again = await update('3', '3');
    expect(new Set([forward, back, again]).size).toBe(3);
    expect(await nodeGroups.findUpdate('prod', 'web', '2', begun)).toBe(back);
    expect(await nodeGroups.findUpdate('prod', 'web', '3', begun)).toBe(again);
    // EKS keeps whole seconds, so an update may look older than the instant we wrote down before we asked.
    expect(await nodeGroups.findUpdate('prod', 'web', '3', asked3)).toBe(again);
    expect(await nodeGroups.findUpdate('prod', 'web', '3', at(0))).toBeNull();
    expect(await nodeGroups.findUpdate('prod', 'web', '4', begun)).toBeNull();
    expect(await nodeGroups.findUpdate('prod', 'gone', '3', begun)).toBeNull();
  });
});

describe('node groups', () => {
  test('are read as EKS tells them', async () => {
    const aws = await begin([
      { name: 'web', size: 4, maxUnavailable: '50%', zones: 2, tags: { team: 'shop' } },
      { name: 'ill', status: 'DEGRADED', issues: [{ code: 'AccessDenied', message: 'no role' }] },
      { name: 'eks-chooses', kind: 'managed' },
    ]);
    const nodeGroups = eksNodeGroups();
    const template = templateOf(nodeGroupOf(aws, 'web'));
    expect(await nodeGroups.read('prod', 'web')).toEqual({
      name: 'web',
      status: 'ACTIVE',
      issues: [],
      tags: { team: 'shop' },
      kind: 'managed-custom-ami',
      desiredSize: 4,
      maxUnavailable: { percentage: 50 },
      subnetIds: [expect.stringMatching(/^subnet-/), expect.stringMatching(/^subnet-/)],
      capacityType: 'ON_DEMAND',
      surges: true,
      autoScalingGroups: [nodeGroupOf(aws, 'web').group.name],
      launchTemplate: { id: template.id, name: 'prod-web', version: '2' },
      chosenByEks: null,
      selfManaged: null,
    });
    expect(await nodeGroups.read('prod', 'ill')).toMatchObject({
      status: 'DEGRADED',
      maxUnavailable: { nodes: 1 },
      issues: [{ code: 'AccessDenied', message: 'no role', resourceIds: [] }],
    });
    expect(await nodeGroups.read('prod', 'eks-chooses')).toMatchObject({ kind: 'managed', launchTemplate: null });
    expect(await nodeGroups.read('prod', 'gone')).toBeNull();
    expect(await nodeGroups.read('gone', 'web')).toBeNull();
  });

  test('and their Auto Scaling groups are listed beyond the first page, and read by name', async () => {
    const names = Array.from({ length: 130 }, (_, index) => `group-${1000 + index}`);
    const aws = await begin(names.map((name) => ({ name, size: 0 })));
    const groups = ec2AutoScalingGroups();
    expect(await eksNodeGroups().list('prod')).toEqual(names);
    const all = names.map((name) => nodeGroupOf(aws, name).group.name);
    expect((await groups.listAll()).map(({ name }) => name).sort()).toEqual([...all].sort());
    expect((await groups.read([...all, 'gone'])).map(({ name }) => name).sort()).toEqual([...all].sort());
    // No names at all would mean every group there is.
    expect(await groups.read([])).toEqual([]);
  });
});

test.each([
  ['no cluster', { pages: [[]], names: [] }],
  ['pages, one of them empty', { pages: [['a', 'b'], [], ['c']], names: ['a', 'b', 'c'] }],
])('clusters are listed to the end: %s', async (_, { pages, names }) => {
  const settings = await answeredBy('eks', {
    ListClusters: ({ nextToken = '0' }) => ({
      clusters: pages[Number(nextToken)],
      ...(Number(nextToken) + 1 < pages.length ? { nextToken: String(Number(nextToken) + 1) } : {}),
    }),
  });
  expect(await eksClusters(hub, new EKSClient(settings)).list()).toEqual(names);
});

test('a cluster is read as EKS tells it; one that is not there is null', async () => {
  await begin([], { clusters: [clusterOf([], { status: 'UPDATING' })] });
  const clusters = eksClusters(hub);
  expect(await clusters.read('prod')).toEqual({
    key: { ...hub, clusterName: 'prod' },
    arn: 'arn:aws:eks:us-east-1:111122223333:cluster/prod',
    status: 'UPDATING',
    version: '1.33',
    tags: { 'eks-ami-rollout': 'enabled' },
  });
  expect(await clusters.read('prdo')).toBeNull();
});

/** What DescribeAutoScalingGroups always says of a group. */
const anAutoScalingGroup = {
  AutoScalingGroupName: 'a',
  MinSize: 0,
  MaxSize: 500,
  DesiredCapacity: 0,
  DefaultCooldown: 300,
  AvailabilityZones: ['us-east-1a'],
  HealthCheckType: 'EC2',
  CreatedTime: new Date(0),
};

describe('the template an Auto Scaling group launches from', () => {
  test.each([
    ['$Latest of a template by id', { LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '$Latest' } }, '$Latest'],
    ['no version said: the default one', { LaunchTemplate: { LaunchTemplateId: 'lt-1' } }, '$Default'],
    [
      'a mixed instances policy',
      {
        MixedInstancesPolicy: {
          LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateId: 'lt-1', Version: '$Latest' } },
        },
      },
      '$Latest',
    ],
    ['a launch configuration', { LaunchConfigurationName: 'old' }, undefined],
  ])('%s', async (_, group, version) => {
    const settings = await answeredBy('autoscaling', {
      DescribeAutoScalingGroups: () => ({
        AutoScalingGroups: [{ ...anAutoScalingGroup, ...group }],
      }),
    });
    const [read] = await ec2AutoScalingGroups(new AutoScalingClient(settings)).listAll();
    expect(read?.template).toEqual(version === undefined ? null : { id: 'lt-1', name: null, version });
  });
});

describe('the instances of a node group', () => {
  test('are those that are there to stay, with what each of them runs', async () => {
    const aws = await begin([
      {
        name: 'web',
        size: 3,
        instances: [
          { release: formerRelease, count: 2 },
          { release: newRelease, count: 1 },
        ],
      },
    ]);
    const { group } = nodeGroupOf(aws, 'web');
    const [first, ...others] = group.members;
    if (first === undefined) throw new Error('no instances');
    group.terminate(first, { decrement: true });
    const reader = nodeGroupInstances(ec2AutoScalingGroups(), ec2Instances(), { withStatusChecks: true });
    const read = await reader.read([group.name]);
    expect(read.map(({ instanceId }) => instanceId)).toEqual(others.map(({ id }) => id));
    expect(read.map(({ imageId }) => imageId)).toEqual([formerImage, newImage]);
    expect(read.every(({ isInService, isImpaired }) => isInService && isImpaired === false)).toBe(true);
    group.resize(3);
    expect((await reader.read([group.name])).at(-1)).toMatchObject({
      imageId: formerImage,
      launchedAt: '2026-08-20T09:00:00.000Z',
      isInService: false,
    });
  });

  test('are read once each, however many there are', async () => {
    const aws = await begin([{ name: 'web', size: 410 }]);
    const { group } = nodeGroupOf(aws, 'web');
    const read = await nodeGroupInstances(ec2AutoScalingGroups(), ec2Instances(), { withStatusChecks: false }).read([
      group.name,
    ]);
    expect(read.map(({ instanceId }) => instanceId)).toEqual(group.members.map(({ id }) => id));
  });

  /** EC2 as its API reference has it: what is asked for by id must be there, and be no more than a hundred. */
  test('have their status checks read, also when there are many and Auto Scaling lists one too many', async () => {
    const listed = Array.from({ length: 230 }, (_, index) => `i-${1000 + index}`);
    const known = listed.slice(1);
    const statusOf = (id: string) =>
      [known[0], known.at(-1), 'i-of-another-group'].includes(id) ? ('impaired' as const) : ('ok' as const);
    const wire = await startWire({
      autoscaling: {
        DescribeAutoScalingGroups: () => ({
          AutoScalingGroups: [
            {
              ...anAutoScalingGroup,
              Instances: listed.map((InstanceId) => ({
                InstanceId,
                AvailabilityZone: 'us-east-1a',
                LifecycleState: 'InService',
                HealthStatus: 'Healthy',
                ProtectedFromScaleIn: false,
              })),
            },
          ],
        }),
      },
      ec2: {
        DescribeInstances: ({ Filters = [] }: ec2.DescribeInstancesCommandInput) => {
          const there = (Filters[0]?.Values ?? []).filter((id) => known.includes(id));
          return { Reservations: [{ Instances: there.map((InstanceId) => ({ InstanceId, ImageId: newImage })) }] };
        },
        DescribeInstanceStatus: (input: ec2.DescribeInstanceStatusCommandInput) => {
          const { InstanceIds: named = [], Filters = [], NextToken } = input;
          const missing = named.find((id) => !known.includes(id));
          if (missing !== undefined) throw new AwsError('InvalidInstanceID.NotFound', `${missing} does not exist`);
          if (named.length > 100) throw new AwsError('InvalidParameterValue', 'more than 100 instance ids');
          const statuses = (named.length > 0 ? named : [...known, 'i-of-another-group']).map((InstanceId) => ({
            InstanceId,
            InstanceStatus: { Status: InstanceId === known[0] ? ('ok' as const) : statusOf(InstanceId) },
            SystemStatus: { Status: InstanceId === known[0] ? statusOf(InstanceId) : ('ok' as const) },
          }));
          const found = statuses.filter(({ InstanceStatus, SystemStatus }) =>
            Filters.every(({ Name, Values }) =>
              Values?.includes(Name === 'system-status.status' ? SystemStatus.Status : InstanceStatus.Status),
            ),
          );
          // What is not asked for by id comes in pages; the first may be empty.
          if (named.length > 0) return { InstanceStatuses: found };
          return NextToken === undefined ? { InstanceStatuses: [], NextToken: 'more' } : { InstanceStatuses: found };
        },
      },
    });
    const settings = clientSettings(wire.url);
    const groups = ec2AutoScalingGroups(new AutoScalingClient(settings));
    const instances = ec2Instances(new ec2.EC2Client(settings));
    const read = await nodeGroupInstances(groups, instances, { withStatusChecks: true }).read(['a']);
    expect(read.map(({ instanceId }) => instanceId)).toEqual(known);
    const impaired = read.filter(({ isImpaired }) => isImpaired).map(({ instanceId }) => instanceId);
    expect(impaired).toEqual([known[0], known.at(-1)]);
  });
});

describe('images', () => {
  test('that are gone are left out; disabled and deprecated ones are told apart', async () => {
    const aws = await begin();
    const states = { available: 'available', disabled: 'disabled', deregistered: 'deregistered' };
    const ids = Object.entries(states).map(([date, state], index) => {
      const [image] = aws.world.images.values();
      if (image === undefined) throw new Error('no images');
      const imageId = `ami-0000000000000000${index}`;
      aws.world.images.set(imageId, { ...image, imageId, name: date, state, deprecatedAt: aws.clock.now - 1 });
      return imageId;
    });
    const read = await ec2Images().read([...ids, 'ami-0ffffffffffffffff', ids[0] ?? '']);
    expect(read.map(({ imageId, state }) => [imageId, state])).toEqual([
      [ids[0], 'available'],
      [ids[1], 'disabled'],
    ]);
    expect(read[0]).toMatchObject({ ownerAlias: 'amazon', ownerId: '602401143452', architecture: 'x86_64' });
  });

  test('are asked for no more than 200 at a time, the most a filter takes', async () => {
    const asked: string[][] = [];
    const settings = await answeredBy('ec2', {
      DescribeImages: ({ Filters = [], NextToken }: ec2.DescribeImagesCommandInput) => {
        const values = Filters[0]?.Values ?? [];
        if (NextToken === undefined) asked.push(values);
        const half = values.length / 2;
        const page = NextToken === undefined ? values.slice(0, half) : values.slice(half);
        return {
          Images: page.map((ImageId) => ({ ImageId })),
          ...(NextToken === undefined ? { NextToken: 'more' } : {}),
        };
      },
    });
    const ids = Array.from({ length: 450 }, (_, index) => `ami-${1000 + index}`);
    const read = await ec2Images(new ec2.EC2Client(settings)).read(ids);
    expect(read.map(({ imageId }) => imageId)).toEqual(ids);
    expect(asked.map(({ length }) => length)).toEqual([200, 200, 50]);
  });
});

describe('what an image was made from', () => {
  const images = [
    { name: 'hardened', builtFrom: `${amiType}@${formerRelease}` },
    { name: 'from-snapshots', builtFrom: `${amiType}@${formerRelease}`, ancestry: 'unknown' },
  ];
  const idOf = (aws: EmbeddedAws, name: string): string =>
    [...aws.world.images.values()].find((image) => image.name === name)?.imageId ?? '';

  test('is told up to the publisher’s, without itself', async () => {
    const aws = await begin([{ name: 'web' }], { images });
    expect(await ec2Images().ancestorsOf(idOf(aws, 'hardened'))).toEqual([formerImage]);
    expect(await ec2Images().ancestorsOf(idOf(aws, 'from-snapshots'))).toEqual([]);
    expect(await ec2Images().ancestorsOf(formerImage)).toEqual([]);
  });

  test('is nothing of one that has just gone, or is somebody else’s', async () => {
    await begin();
    expect(await ec2Images().ancestorsOf('ami-0ffffffffffffffff')).toEqual([]);
    const settings = await answeredBy('ec2', {
      GetImageAncestry: () => Promise.reject(new AwsError('AuthFailure', 'Not authorized for images: [ami-0a]')),
    });
    expect(await ec2Images(new ec2.EC2Client(settings)).ancestorsOf('ami-0000000a')).toEqual([]);
  });

  test('that may not be asked for is a fault, not nothing', async () => {
    await expect(ec2Images(new ec2.EC2Client(await refusing())).ancestorsOf('ami-0000000a')).rejects.toThrow(
      AccessDenied,
    );
  });
});

describe('parameters', () => {
  const path = '/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard';

  test('are read by name, each with its version and the time it was written', async () => {
    const aws = await begin();
    await aws.call('ssm:PutParameter', { Name: '/golden/web', Value: 'a', Type: 'String' });
    await aws.call('ssm:PutParameter', { Name: '/golden/web', Value: newImage, Overwrite: true });
    const read = await ssmParameters().read([`${path}/recommended/image_id`, '/golden/web', '/golden/none']);
    expect([...read.keys()].sort()).toEqual([`${path}/recommended/image_id`, '/golden/web']);
    expect(read.get('/golden/web')).toEqual({
      name: '/golden/web',
      value: newImage,
      version: 2,
      lastModified: '2026-08-20T09:00:00.000Z',
    });
    expect(read.get(`${path}/recommended/image_id`)).toMatchObject({ value: newImage, version: 2 });
  });

  test('are asked for ten at a time, each once', async () => {
    const asked: string[][] = [];
    const settings = await answeredBy('ssm', {
      GetParameters: ({ Names }: { Names: string[] }) => {
        asked.push(Names);
        return { Parameters: Names.map((Name) => ({ Name, Value: 'x' })) };
      },
    });
    const names = Array.from({ length: 23 }, (_, index) => `/p/${100 + index}`);
    const read = await ssmParameters(new SSMClient(settings)).read([...names, ...names]);
    expect(asked.map(({ length }) => length)).toEqual([10, 10, 3]);
    expect([...read.keys()]).toEqual(names);
  });

  /** GetParametersByPath may answer an empty page although more follow (API reference). */
  test('below a path are read past an empty page', async () => {
    const settings = await answeredBy('ssm', {
      GetParametersByPath: ({ NextToken }: { NextToken?: string }) =>
        NextToken === undefined
          ? { Parameters: [], NextToken: 'more' }
          : { Parameters: [{ Name: `${path}/recommended/image_id`, Value: newImage }] },
    });
    expect(await ssmParameters(new SSMClient(settings)).below(path)).toEqual([
      { name: `${path}/recommended/image_id`, value: newImage, version: 0, lastModified: null },
    ]);
  });

  test('that could not be read are a fault, not none', async () => {
    const { url } = await startWire(() => Promise.reject(commonError('throttled')));
    const parameters = ssmParameters(new SSMClient(clientSettings(url)));
    await expect(parameters.read(['/a'])).rejects.toThrow(TransientFault);
    await expect(parameters.below(path)).rejects.toThrow(TransientFault);
  });
});

describe('the andon switch', () => {
  test.each([
    ['off', false],
    [' off\n', false],
    ['on', true],
    ['OFF', true],
    ['offf', true],
    ['{"andon": "off"}', true],
  ])('%j is on: %s', async (Value, isOn) => {
    const aws = await begin([]);
    await aws.call('ssm:PutParameter', { Name: '/p/andon', Value });
    expect(await ssmAndon('/p').isOn()).toBe(isOn);
  });

  test('is on where it is not there, and where it cannot be read', async () => {
    await begin([]);
    expect(await ssmAndon('/p').isOn()).toBe(true);
    expect(await ssmAndon('/p', new SSMClient(await refusing())).isOn()).toBe(true);
  });

  test('is created off by the stack', async () => {
    const aws = await begin([]);
    expect(await ssmAndon(aws.stack.functions[0]?.environment.PARAMETER_PREFIX ?? '').isOn()).toBe(false);
  });
});

describe('the policy document', () => {
  const readWith = async (parameters: Record<string, string>) => {
    const aws = await begin([]);
    for (const [name, Value] of Object.entries(parameters)) {
      await aws.call('ssm:PutParameter', { Name: `/p/policy${name}`, Value });
    }
    return ssmPolicyDocument('/p').read();
  };
  const ring = (name: string): string => `{ name: ${name}, clusters: { names: [${name}] } }`;

  test('that is nowhere is the default one, and not written', async () => {
    expect(await readWith({})).toMatchObject({ isWritten: false, policy: { rings: [] } });
  });

  test('is read with its rings, in the order of their names, page by page', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `r${100 + index}`);
    const reading = await readWith({
      '': `{ version: 1, bakeTime: PT1M, rings: [${ring('first')}] }`,
      ...Object.fromEntries([...names].reverse().map((name) => [`/rings/${name}`, ring(name)])),
    });
    if (!('policy' in reading)) throw new Error(reading.mistakes.join('\n'));
    expect(reading.isWritten).toBe(true);
    expect(reading.policy.rings.map(({ name }) => name)).toEqual(['first', ...names]);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'rings without a document',
      { '/rings/a': ring('a') },
      /^\/p\/policy: there are rings .*, but no policy document$/,
    ],
    ['no YAML', { '': 'version: [1' }, /^\/p\/policy: is neither YAML nor JSON: /],
    ['a ring that is no YAML', { '': 'version: 1', '/rings/a': '{' }, /^\/p\/policy\/rings\/a: is neither YAML/],
    ['an unknown key', { '': '{ version: 1, bakeTme: PT1M }' }, /^\/p\/policy: .*bakeTme/],
  ])('with %s is a mistake that names its parameter', async (_, parameters, mistake) => {
    expect(await readWith(parameters)).toEqual({ mistakes: [expect.stringMatching(mistake)] });
  });

  test('that cannot be read is a fault: it is not taken for none', async () => {
    const policy = ssmPolicyDocument('/p', new SSMClient(await refusing()));
    await expect(policy.read()).rejects.toThrow('ssm:GetParameter /p/policy');
  });
});

describe('executions', () => {
  const waiting = JSON.stringify({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } });
  const beginMachine = async () => {
    const aws = await begin([]);
    const made = (await aws.call('states:CreateStateMachine', {
      name: 'waits',
      definition: JSON.stringify({ QueryLanguage: 'JSONata', ...JSON.parse(waiting) }),
      roleArn: 'arn:aws:iam::111122223333:role/any',
    })) as { stateMachineArn: string };
    return { aws, machine: made.stateMachineArn, executions: sfnExecutions() };
  };

  test('of one name are started once, also when the first has ended and by a version of the machine', async () => {
    const { aws, machine, executions } = await beginMachine();
    const started = await executions.start(machine, 'one', { a: 1 });
    expect(await executions.start(machine, 'one', { a: 1 })).toEqual(started);
    expect(await executions.start(`${machine}:1`, 'one', { a: 2 })).toEqual(started);
    await pass(aws, 120);
    expect(await executions.start(`${machine}:1`, 'one', { a: 1 })).toEqual(started);
    expect(aws.executions.all.map(({ arn }) => arn)).toEqual([started.arn]);
  });

  test('are alive while they run and ended after; one that Step Functions has forgotten has ended', async () => {
    const { aws, machine, executions } = await beginMachine();
    expect(await executions.isRunning(machine)).toBe(false);
    const { arn } = await executions.start(machine, 'one', {});
    expect(await executions.status(arn)).toBe('alive');
    expect(await executions.isRunning(machine)).toBe(true);
    await aws.call('states:StopExecution', { executionArn: arn });
    expect(await executions.status(arn)).toBe('ended');
    expect(await executions.isRunning(machine)).toBe(false);
    expect(await executions.status(arn.replace(/one$/, 'forgotten'))).toBe('ended');
  });

  test('that cannot be read are unknown, never ended: their lease stays held', async () => {
    const aws = await begin([]);
    await aws.close();
    const { sfn } = strangersOf(aws);
    expect(await sfnExecutions(sfn).status('arn:aws:states:us-east-1:111122223333:execution:m:one')).toBe('unknown');
  });
});
