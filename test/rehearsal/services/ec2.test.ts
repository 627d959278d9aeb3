/** Launch templates, images and Auto Scaling groups, as a stranger sees them. */
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { imageIdOf } from '../../../rehearsal/world/images.ts';
import { beginEmbeddedAws, nodeGroupOf, pass, strangersOf, templateOf } from '../../adapters/embedded.ts';
import { clusterOf, formerRelease, newRelease, releasesWith } from '../play.ts';

const amiType = 'AL2023_x86_64_STANDARD';
const [formerImage, newImage] = [imageIdOf(amiType, formerRelease), imageIdOf(amiType, newRelease)];

const begin = async (scenario: Record<string, unknown> = {}) => {
  const aws = await beginEmbeddedAws({
    releases: releasesWith(),
    clusters: [clusterOf([{ name: 'web', size: 2 }])],
    ...scenario,
  });
  const clients = strangersOf(aws);
  const LaunchTemplateId = templateOf(nodeGroupOf(aws, 'web')).id;
  return {
    aws,
    ...clients,
    LaunchTemplateId,
    create: async (input: Partial<ec2.CreateLaunchTemplateVersionCommandInput> = {}) => {
      const made = await clients.ec2.send(
        new ec2.CreateLaunchTemplateVersionCommand({
          LaunchTemplateId,
          LaunchTemplateData: { ImageId: newImage },
          ...input,
        }),
      );
      return made.LaunchTemplateVersion;
    },
    describe: async (...Versions: string[]) => {
      const found = await clients.ec2.send(
        new ec2.DescribeLaunchTemplateVersionsCommand({
          LaunchTemplateId,
          ...(Versions.length === 0 ? {} : { Versions }),
        }),
      );
      return found.LaunchTemplateVersions ?? [];
    },
    remove: (...Versions: string[]) =>
      clients.ec2.send(new ec2.DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions })),
  };
};

describe('launch template versions', () => {
  test('have a number that is never given again, also after the newest was deleted', async () => {
    const { create, remove, describe: read } = await begin();
    expect((await create())?.VersionNumber).toBe(3);
    await remove('3');
    expect((await read('$Latest')).map(({ VersionNumber }) => VersionNumber)).toEqual([2]);
    expect((await create())?.VersionNumber).toBe(4);
    expect((await read()).map(({ VersionNumber }) => VersionNumber)).toEqual([4, 2, 1]);
  });

  test('do not become the default by being made; only ModifyLaunchTemplate moves it', async () => {
    const { create, describe: read, ec2: client, LaunchTemplateId } = await begin();
    expect((await create())?.DefaultVersion).toBe(false);
    expect((await read('$Default'))[0]).toMatchObject({ VersionNumber: 1, DefaultVersion: true });
    await client.send(new ec2.ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: '3' }));
    expect((await read('$Default'))[0]).toMatchObject({ VersionNumber: 3, DefaultVersion: true });
  });

  test('hold what is sent and nothing else, unless they name a source', async () => {
    const { create, describe: read } = await begin();
    expect((await create())?.LaunchTemplateData).toEqual({ ImageId: newImage });
    const [source] = await read('2');
    expect((await create({ SourceVersion: '2' }))?.LaunchTemplateData).toEqual({
      ...source?.LaunchTemplateData,
      ImageId: newImage,
    });
    await expect(create({ SourceVersion: '9' })).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateId.VersionNotFound',
    });
  });

  test('are made once for a token, which stands for one request only', async () => {
    const { create, describe: read } = await begin();
    const made = await create({ ClientToken: 'a' });
    expect(await create({ ClientToken: 'a' })).toEqual(made);
    expect(await read()).toHaveLength(3);
    const other = { ClientToken: 'a', LaunchTemplateData: { ImageId: formerImage } };
    await expect(create(other)).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    expect((await create({ ClientToken: 'b' }))?.VersionNumber).toBe(4);
  });

  test('are deleted each for itself: the default one and one that is not there stay behind', async () => {
    const { create, describe: read, remove } = await begin();
    await create();
    const { SuccessfullyDeletedLaunchTemplateVersions: done, UnsuccessfullyDeletedLaunchTemplateVersions: refused } =
      await remove('1', '3', '9');
    expect(done?.map(({ VersionNumber }) => VersionNumber)).toEqual([3]);
    expect(refused?.map(({ VersionNumber, ResponseError }) => [VersionNumber, ResponseError?.Code])).toEqual([
      [1, 'unexpectedError'],
      [9, 'launchTemplateVersionDoesNotExist'],
    ]);
    expect((await read()).map(({ VersionNumber }) => VersionNumber)).toEqual([2, 1]);
  });

  test('come in pages, newest first', async () => {
    const { create, ec2: client, LaunchTemplateId } = await begin();
    for (let made = 0; made < 3; made += 1) await create();
    const pages: (number | undefined)[][] = [];
    const paginator = ec2.paginateDescribeLaunchTemplateVersions({ client, pageSize: 2 }, { LaunchTemplateId });
    for await (const { LaunchTemplateVersions = [] } of paginator) {
      pages.push(LaunchTemplateVersions.map(({ VersionNumber }) => VersionNumber));
    }
    expect(pages).toEqual([[5, 4], [3, 2], [1]]);
  });

  test('of a template that is not there are refused in the words of EC2', async () => {
    const { ec2: client } = await begin();
    const read = (input: ec2.DescribeLaunchTemplateVersionsCommandInput) =>
      client.send(new ec2.DescribeLaunchTemplateVersionsCommand(input));
    await expect(read({ LaunchTemplateId: 'lt-0' })).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateId.NotFound',
    });
    await expect(read({ LaunchTemplateName: 'none' })).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateName.NotFoundException',
    });
  });
});

describe('images', () => {
  const found = async (input: ec2.DescribeImagesCommandInput, change: Record<string, unknown> = {}) => {
    const { aws, ec2: client } = await begin();
    Object.assign(aws.world.images.get(newImage) ?? {}, change);
    const { Images } = await client.send(new ec2.DescribeImagesCommand(input));
    return Images?.map(({ ImageId }) => ImageId);
  };
  const deprecated = { deprecatedAt: Date.parse('2026-08-19T00:00:00Z') };
  const names = [{ Name: 'name', Values: ['amazon-eks-node-al2023-*-v20260810'] }];
  const ids = [{ Name: 'image-id', Values: [newImage] }];

  test.each<[string, ec2.DescribeImagesCommandInput, Record<string, unknown>, string[]]>([
    ['by a pattern of its name', { Filters: names }, {}, [newImage]],
    ['by owner and by filter, both of which must fit', { Owners: ['self'], Filters: names }, {}, []],
    ['deprecated: not by search', { Filters: names }, deprecated, []],
    ['deprecated: by search that asks for it', { Filters: names, IncludeDeprecated: true }, deprecated, [newImage]],
    ['deprecated: by its id', { ImageIds: [newImage] }, deprecated, [newImage]],
    ['to be deprecated tomorrow', { Filters: ids }, { deprecatedAt: Date.parse('2026-08-21T00:00:00Z') }, [newImage]],
    ['disabled: not even by its id', { ImageIds: [newImage] }, { state: 'disabled' }, []],
    ['disabled: where asked for', { Filters: ids, IncludeDisabled: true }, { state: 'disabled' }, [newImage]],
    ['deregistered: by no filter', { Filters: ids, IncludeDisabled: true }, { state: 'deregistered' }, []],
  ])('are found %s', async (_, input, change, images) => {
    expect(await found(input, change)).toEqual(images);
  });

  test('that are not there fail the whole request when they are named', async () => {
    const named = { ImageIds: [formerImage, 'ami-0ffffffffffffffff'] };
    await expect(found(named)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    await expect(found({ ImageIds: [newImage] }, { state: 'deregistered' })).rejects.toThrow(newImage);
  });

  test('are not searched by a filter that is not played: it would answer something else', async () => {
    await expect(found({ Filters: [{ Name: 'boot-mode', Values: ['uefi'] }] })).rejects.toThrow("'boot-mode'");
  });
});

describe('images that somebody made', () => {
  const images = [
    { name: 'golden', builtFrom: `${amiType}@${formerRelease}`, tags: { team: 'shop' } },
    { name: 'from-snapshots', builtFrom: `${amiType}@${formerRelease}`, ancestry: 'unknown' },
  ];
  const beginWith = async () => {
    const world = await begin({ images });
    const { Images = [] } = await world.ec2.send(new ec2.DescribeImagesCommand({ Owners: ['111122223333'] }));
    const named = (name: string): ec2.Image => Images.find((image) => image.Name === name) ?? {};
    const ancestry = async (ImageId = '') =>
      (await world.ec2.send(new ec2.GetImageAncestryCommand({ ImageId }))).ImageAncestryEntries;
    return { ...world, named, ancestry };
  };

  test('are their owner’s, and as the image they were made from in all else', async () => {
    const { named } = await beginWith();
    expect(named('golden')).toMatchObject({
      OwnerId: '111122223333',
      SourceImageId: formerImage,
      SourceImageRegion: 'us-east-1',
      Architecture: 'x86_64',
      Tags: [{ Key: 'team', Value: 'shop' }],
    });
    expect(named('golden').ImageOwnerAlias).toBeUndefined();
    expect(named('from-snapshots').SourceImageId).toBeUndefined();
  });

  test('tell their ancestry, themselves first, up to the root', async () => {
    const { named, ancestry } = await beginWith();
    const { ImageId = '' } = named('golden');
    expect(await ancestry(ImageId)).toMatchObject([
      { ImageId, SourceImageId: formerImage, SourceImageRegion: 'us-east-1' },
      { ImageId: formerImage, ImageOwnerAlias: 'amazon' },
    ]);
    expect(await ancestry(named('from-snapshots').ImageId)).toHaveLength(1);
    await expect(ancestry('ami-0ffffffffffffffff')).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  });

  test('also when that root is gone', async () => {
    const { aws, named, ancestry } = await beginWith();
    Object.assign(aws.world.images.get(formerImage) ?? {}, { state: 'deregistered' });
    expect(await ancestry(named('golden').ImageId)).toHaveLength(2);
  });

  test('can be tagged; what has its tags elsewhere cannot be', async () => {
    const { ec2: client, named, ancestry: _, ...rest } = await beginWith();
    const Tags = [{ Key: 'team', Value: 'bank' }];
    const Resources = [named('golden').ImageId ?? '', rest.LaunchTemplateId];
    await client.send(new ec2.CreateTagsCommand({ Resources, Tags }));
    const { Images } = await client.send(new ec2.DescribeImagesCommand({ ImageIds: Resources.slice(0, 1) }));
    expect(Images?.[0]?.Tags).toEqual(Tags);
    expect(rest.aws.world.launchTemplates.get(rest.LaunchTemplateId)?.tags.team).toBe('bank');
    await expect(client.send(new ec2.CreateTagsCommand({ Resources: ['i-0'], Tags }))).rejects.toThrow("'i-0'");
  });
});

describe('images of other operating systems', () => {
  test('are what their publishers make', async () => {
    const releases = [
      { amiType: 'WINDOWS_FULL_2022_x86_64', release: '1.33-2026.07.14', publishedAt: '2026-07-14T18:00:00Z' },
      { amiType: 'BOTTLEROCKET_ARM_64', release: '1.48.0-713f44ce', publishedAt: '2026-07-01T18:00:00Z' },
    ];
    const clusters = [
      clusterOf([
        { name: 'windows', amiType: 'WINDOWS_FULL_2022_x86_64', release: '1.33-2026.07.14' },
        { name: 'bottlerocket', amiType: 'BOTTLEROCKET_ARM_64', release: '1.48.0-713f44ce' },
      ]),
    ];
    const aws = await beginEmbeddedAws({ releases, clusters });
    const { Images } = await strangersOf(aws).ec2.send(new ec2.DescribeImagesCommand({ Owners: ['amazon'] }));
    const byName = new Map(Images?.map((image) => [image.Name, image]));
    expect(byName.get('Windows_Server-2022-English-Full-EKS_Optimized-1.33-2026.07.14')).toMatchObject({
      OwnerId: '801119661308',
      PlatformDetails: 'Windows',
      RootDeviceName: '/dev/sda1',
    });
    expect(byName.get('bottlerocket-aws-k8s-1.33-aarch64-v1.48.0-713f44ce')).toMatchObject({
      OwnerId: '092701018921',
      Architecture: 'arm64',
      RootDeviceName: '/dev/xvda',
    });
    const nodes = [...(aws.world.clusters.get('prod')?.nodes.values() ?? [])];
    const systems = nodes.map(({ nodeGroup, labels }) => [
      nodeGroup,
      labels['kubernetes.io/os'],
      labels['kubernetes.io/arch'],
    ]);
    expect(systems).toEqual([
      ['windows', 'windows', 'amd64'],
      ['bottlerocket', 'linux', 'arm64'],
    ]);
    const userData = ['windows', 'bottlerocket'].map((name) =>
      Buffer.from(String(templateOf(nodeGroupOf(aws, name)).latest.data.UserData), 'base64').toString(),
    );
    expect(userData[0]).toContain('Start-EKSBootstrap.ps1" -EKSClusterName prod');
    expect(userData[1]).toContain('cluster-name = "prod"');
  });
});

describe('an Auto Scaling group', () => {
  const beginGroup = async (version: string) => {
    const world = await begin({
      autoScalingGroups: [{ name: 'batch', launchTemplate: 'prod-web', version, size: 1 }],
    });
    const group = world.aws.world.autoScalingGroups.get('batch');
    if (group === undefined) throw new Error('no group');
    const read = async () => {
      const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['batch', 'never-made'] });
      const { AutoScalingGroups } = await world.autoScaling.send(asked);
      expect(AutoScalingGroups?.map(({ AutoScalingGroupName }) => AutoScalingGroupName)).toEqual(['batch']);
      return AutoScalingGroups?.[0]?.Instances ?? [];
    };
    return { ...world, group, read };
  };

  test.each([
    ['$Latest', '3', newImage],
    ['$Default', '1', formerImage],
    ['2', '2', formerImage],
  ])('on version %s launches from version %s next', async (version, launched, image) => {
    const { aws, create, group, read, ec2: client } = await beginGroup(version);
    await create({ SourceVersion: '2' });
    group.resize(2);
    await pass(aws, 60);
    const instance = (await read()).at(-1);
    expect(instance).toMatchObject({ LifecycleState: 'InService', LaunchTemplate: { Version: launched } });
    const { Reservations } = await client.send(
      new ec2.DescribeInstancesCommand({ InstanceIds: [instance?.InstanceId ?? ''] }),
    );
    expect(Reservations?.[0]?.Instances?.[0]?.ImageId).toBe(image);
  });

  test('puts another in the place of an instance that goes, and spreads over its zones', async () => {
    const { aws, autoScaling } = await begin({ clusters: [clusterOf([{ name: 'web', size: 3, zones: 3 }])] });
    const { group } = nodeGroupOf(aws, 'web');
    const read = async () => {
      const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group.name] });
      const instances = (await autoScaling.send(asked)).AutoScalingGroups?.[0]?.Instances ?? [];
      return {
        ids: instances.map(({ InstanceId }) => InstanceId),
        states: instances.map(({ LifecycleState }) => LifecycleState),
        zones: instances.map(({ AvailabilityZone }) => AvailabilityZone).sort(),
      };
    };
    const [gone] = group.members;
    if (gone === undefined) throw new Error('no instances');
    group.terminate(gone, { decrement: false });
    expect((await read()).states).toEqual(['Terminating', 'InService', 'InService']);
    await pass(aws, 300);
    const after = await read();
    expect(after.states).toEqual(['InService', 'InService', 'InService']);
    expect(after.ids).not.toContain(gone.id);
    expect(after.zones).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
  });

  test.each(['disabled', 'deregistered'])('launches nothing from an image that is %s', async (state) => {
    const { aws, group, read } = await beginGroup('2');
    Object.assign(aws.world.images.get(formerImage) ?? {}, { state });
    group.resize(3);
    await pass(aws, 600);
    expect(await read()).toHaveLength(1);
  });
});
