/** EC2: launch templates and their versions, images, instances (EC2 API reference). */
import type * as client from '@aws-sdk/client-ec2';
import { digest } from '../digest.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import { amiTypeInWorld } from '../world/ami-types.ts';
import type { Instance } from '../world/auto-scaling-groups.ts';
import type { Image } from '../world/images.ts';
import type { LaunchTemplate, TemplateData, TemplateVersion } from '../world/launch-templates.ts';
import { freeAddresses } from '../world/subnets.ts';
import type { World } from '../world/world.ts';
import { matchesFilters, tagTexts } from './filters.ts';
import { pageOf } from './paging.ts';

const badToken = (): Error => new AwsError('InvalidNextToken', 'The token is not valid.');

export const ec2Operations = (world: World): Operations<typeof client> => {
  const templateOf = (id: string | undefined, name: string | undefined): LaunchTemplate => {
    if (id === undefined && name === undefined) {
      throw new AwsError(
        'MissingParameter',
        'Either a launch template ID or a launch template name must be specified.',
      );
    }
    const template =
      id === undefined
        ? [...world.launchTemplates.values()].find((each) => each.name === name)
        : world.launchTemplates.get(id);
    if (template !== undefined) return template;
    throw id === undefined
      ? new AwsError(
          'InvalidLaunchTemplateName.NotFoundException',
          `The specified launch template, with template name ${name}, does not exist.`,
        )
      : new AwsError(
          'InvalidLaunchTemplateId.NotFound',
          `The specified launch template, with template ID ${id}, does not exist.`,
        );
  };
  const versionOf = (template: LaunchTemplate, wanted: string): TemplateVersion => {
    const version = template.version(wanted);
    if (version !== undefined) return version;
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${wanted} for the launch template with ID ${template.id}.`,
    );
  };

  /** In the order of their ids; without ids all there are. */
  const instancesNamed = (ids: readonly string[] | undefined): Instance[] => {
    const all = world.instances().sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const id of ids ?? []) {
      if (!all.some((instance) => instance.id === id)) {
        throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
      }
    }
    return ids === undefined ? all : all.filter(({ id }) => ids.includes(id));
  };

  return {
    DescribeLaunchTemplates: ({ LaunchTemplateIds, LaunchTemplateNames, Filters, MaxResults, NextToken }) => {
      for (const id of LaunchTemplateIds ?? []) templateOf(id, undefined);
      for (const name of LaunchTemplateNames ?? []) templateOf(undefined, name);
      const found = [...world.launchTemplates.values()]
        .filter(({ id }) => LaunchTemplateIds?.includes(id) ?? true)
        .filter(({ name }) => LaunchTemplateNames?.includes(name) ?? true)
        .filter((template) =>
          matchesFilters(template, Filters, {
            'launch-template-name': ({ name }) => [name],
            'tag-key': ({ tags }) => Object.keys(tags),
            'tag:*': ({ tags }) => tagTexts(tags),
          }),
        );
      const page = pageOf(found, { token: NextToken, size: MaxResults ?? 200, onBadToken: badToken });
      return { LaunchTemplates: page.items.map((template) => templateOut(world, template)), NextToken: page.nextToken };
    },

    DescribeLaunchTemplateVersions: (input) => {
      const template = templateOf(input.LaunchTemplateId, input.LaunchTemplateName);
      const wanted = input.Versions?.map((version) => versionOf(template, version).number);
      const found = template.versions
        .filter(({ number }) => wanted?.includes(number) ?? true)
        .filter(({ number }) => number >= Number(input.MinVersion ?? 0))
        .filter(({ number }) => number <= Number(input.MaxVersion ?? Number.POSITIVE_INFINITY))
        .filter((version) =>
          matchesFilters(version, input.Filters, {
            'image-id': ({ data }) => (data.ImageId === undefined ? [] : [data.ImageId]),
            'instance-type': ({ data }) => (data.InstanceType === undefined ? [] : [data.InstanceType]),
            'is-default-version': ({ number }) => [String(number === template.defaultVersion)],
          }),
        )
        // Newest first, as EC2 lists them.
        .reverse();
      const page = pageOf(found, { token: input.NextToken, size: input.MaxResults ?? 200, onBadToken: badToken });
      return {
        LaunchTemplateVersions: page.items.map((version) => versionOut(world, template, version)),
        NextToken: page.nextToken,
      };
    },

    CreateLaunchTemplateVersion: (input) => {
      const template = templateOf(input.LaunchTemplateId, input.LaunchTemplateName);
      const { ClientToken, ...rest } = input;
      const request = JSON.stringify(rest);
      const known = template.tokens.get(ClientToken ?? '');
      if (known !== undefined && known.request !== request) {
        throw new AwsError(
          'IdempotentParameterMismatch',
          'The client token was used with other parameters in an earlier request.',
        );
      }
      if (known !== undefined) return { LaunchTemplateVersion: versionOut(world, template, known.version) };
      if ((input.VersionDescription ?? '').length > 255) {
        throw new AwsError('InvalidParameterValue', 'The version description is longer than 255 characters.');
      }
      // Without SourceVersion the new version holds what is sent, and nothing else.
      const source = input.SourceVersion === undefined ? {} : versionOf(template, input.SourceVersion).data;
      const own = JSON.parse(JSON.stringify(input.LaunchTemplateData ?? {})) as TemplateData;
      const version = template.add({ ...source, ...own }, input.VersionDescription ?? '', world.clock.now);
      if (ClientToken !== undefined) template.tokens.set(ClientToken, { request, version });
      return { LaunchTemplateVersion: versionOut(world, template, version) };
    },

    DeleteLaunchTemplateVersions: (input) => {
      const template = templateOf(input.LaunchTemplateId, input.LaunchTemplateName);
      const identity = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
      const deleted: client.DeleteLaunchTemplateVersionsResponseSuccessItem[] = [];
      const refused: client.DeleteLaunchTemplateVersionsResponseErrorItem[] = [];
      for (const wanted of input.Versions) {
        const number = Number(wanted);
        const refuse = (Code: client.LaunchTemplateErrorCode, Message: string): number =>
          refused.push({ ...identity, VersionNumber: number, ResponseError: { Code, Message } });
        if (template.version(wanted) === undefined) {
          refuse('launchTemplateVersionDoesNotExist', `Version ${wanted} does not exist.`);
        } else if (number === template.defaultVersion) {
          refuse('unexpectedError', 'The default version of a launch template cannot be deleted.');
        } else {
          template.versions = template.versions.filter((version) => version.number !== number);
          deleted.push({ ...identity, VersionNumber: number });
        }
      }
      return {
        SuccessfullyDeletedLaunchTemplateVersions: deleted,
        UnsuccessfullyDeletedLaunchTemplateVersions: refused,
      };
    },

    /** With all its versions; who launches from it is not asked (API_DeleteLaunchTemplate). */
    DeleteLaunchTemplate: (input) => {
      const template = templateOf(input.LaunchTemplateId, input.LaunchTemplateName);
      const told = templateOut(world, template);
      world.launchTemplates.delete(template.id);
      return { LaunchTemplate: told };
    },

    ModifyLaunchTemplate: (input) => {
      const template = templateOf(input.LaunchTemplateId, input.LaunchTemplateName);
      if (input.DefaultVersion !== undefined)
        template.defaultVersion = versionOf(template, input.DefaultVersion).number;
      return { LaunchTemplate: templateOut(world, template) };
    },

    DescribeImages: ({ ImageIds, Owners, Filters, IncludeDeprecated, IncludeDisabled, MaxResults, NextToken }) => {
      for (const id of ImageIds ?? []) {
        if (knownImage(world, id) === undefined) {
          throw new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
        }
      }
      const found = [...world.images.values()]
        .filter(({ state }) => state !== 'deregistered')
        .filter(({ state }) => state !== 'disabled' || IncludeDisabled === true)
        // A deprecated image is hidden from searches, not from who names it (EC2 user guide, ami-deprecate).
        .filter(
          ({ deprecatedAt, imageId }) =>
            IncludeDeprecated === true ||
            ImageIds?.includes(imageId) === true ||
            !(deprecatedAt !== undefined && deprecatedAt <= world.clock.now),
        )
        .filter(({ imageId }) => ImageIds?.includes(imageId) ?? true)
        .filter(({ ownerId, ownerAlias }) => Owners?.some((owner) => owner === ownerId || owner === ownerAlias) ?? true)
        .filter((image) =>
          matchesFilters(image, Filters, {
            'image-id': ({ imageId }) => [imageId],
            name: ({ name }) => [name],
            architecture: ({ architecture }) => [architecture],
            state: ({ state }) => [state],
            'owner-id': ({ ownerId }) => [ownerId],
            'owner-alias': ({ ownerAlias }) => (ownerAlias === undefined ? [] : [ownerAlias]),
          }),
        )
        .sort((a, b) => (a.imageId < b.imageId ? -1 : 1));
      const page = pageOf(found, { token: NextToken, size: MaxResults ?? 1000, onBadToken: badToken });
      return { Images: page.items.map((image) => imageOut(world, image)), NextToken: page.nextToken };
    },

    DescribeSubnets: ({ SubnetIds, Filters, MaxResults, NextToken }) => {
      for (const id of SubnetIds ?? []) {
        if (!world.subnets.has(id)) {
          throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
        }
      }
      const found = [...world.subnets.values()]
        .filter(({ id }) => SubnetIds?.includes(id) ?? true)
        .filter((subnet) =>
          matchesFilters(subnet, Filters, {
            'subnet-id': ({ id }) => [id],
            'availability-zone': ({ zone }) => [zone],
          }),
        )
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = pageOf(found, { token: NextToken, size: MaxResults ?? 1000, onBadToken: badToken });
      return {
        Subnets: page.items.map((subnet) => ({
          SubnetId: subnet.id,
          SubnetArn: world.arn('ec2', `subnet/${subnet.id}`),
          AvailabilityZone: subnet.zone,
          AvailableIpAddressCount: freeAddresses(subnet, world.autoScalingGroups.values()),
          State: 'available',
          OwnerId: world.accountId,
        })),
        NextToken: page.nextToken,
      };
    },

    CreateTags: ({ Resources, Tags }) => {
      for (const id of Resources) {
        const resource = world.launchTemplates.get(id) ?? knownImage(world, id);
        // Other resources have tags in other places of the world; nobody has asked for them yet.
        if (resource === undefined) throw new AwsError('InvalidID', `The ID '${id}' is not valid, or not played.`);
        for (const { Key = '', Value = '' } of Tags) resource.tags[Key] = Value;
      }
      return {};
    },

    GetImageAncestry: ({ ImageId }) => {
      const entries: client.ImageAncestryEntry[] = [];
      let image = knownImage(world, ImageId);
      if (image === undefined) {
        throw new AwsError('InvalidAMIID.NotFound', `The image id '[${ImageId}]' does not exist`);
      }
      while (image !== undefined) {
        entries.push({
          ImageId: image.imageId,
          CreationDate: new Date(image.createdAt),
          ...(image.ownerAlias === undefined ? {} : { ImageOwnerAlias: image.ownerAlias }),
          ...(image.sourceImageId === undefined
            ? {}
            : { SourceImageId: image.sourceImageId, SourceImageRegion: world.region }),
        });
        // Ancestors are told also when they are deregistered (EC2 user guide, ami-ancestry).
        image = image.sourceImageId === undefined ? undefined : world.images.get(image.sourceImageId);
      }
      return { ImageAncestryEntries: entries };
    },

    DescribeInstances: ({ InstanceIds, Filters, MaxResults, NextToken }) => {
      const found = instancesNamed(InstanceIds).filter((instance) =>
        matchesFilters(instance, Filters, {
          'instance-id': ({ id }) => [id],
          'image-id': ({ image }) => [image.imageId],
          'instance-state-name': ({ state }) => [state],
          'availability-zone': ({ zone }) => [zone],
          'tag:*': ({ group, templateId, templateVersion }) =>
            tagTexts({
              'aws:autoscaling:groupName': group.name,
              'aws:ec2launchtemplate:id': templateId,
              'aws:ec2launchtemplate:version': String(templateVersion),
              ...group.tags,
            }),
        }),
      );
      const page = pageOf(found, { token: NextToken, size: MaxResults ?? 1000, onBadToken: badToken });
      return {
        Reservations: page.items.map((instance) => ({
          ReservationId: `r-${digest('reservation', instance.id).resourceId}`,
          OwnerId: world.accountId,
          Instances: [instanceOut(instance)],
        })),
        NextToken: page.nextToken,
      };
    },

    DescribeInstanceStatus: ({ InstanceIds, Filters, IncludeAllInstances, MaxResults, NextToken }) => {
      const found = instancesNamed(InstanceIds)
        .filter(({ state }) => IncludeAllInstances === true || state === 'running')
        .filter((instance) =>
          matchesFilters(instance, Filters, {
            'availability-zone': ({ zone }) => [zone],
            'instance-state-name': ({ state }) => [state],
            'instance-status.status': (each) => [statusChecksOf(each)],
            'system-status.status': (each) => [statusChecksOf(each)],
          }),
        );
      const page = pageOf(found, { token: NextToken, size: MaxResults ?? 1000, onBadToken: badToken });
      return {
        InstanceStatuses: page.items.map((instance) => ({
          InstanceId: instance.id,
          AvailabilityZone: instance.zone,
          InstanceState: stateOut(instance),
          InstanceStatus: { Status: statusChecksOf(instance) },
          SystemStatus: { Status: statusChecksOf(instance) },
        })),
        NextToken: page.nextToken,
      };
    },
  };
};

const statusChecksOf = ({ state, isImpaired }: Instance): client.SummaryStatus => {
  if (isImpaired) return 'impaired';
  return state === 'running' ? 'ok' : 'initializing';
};

const knownImage = (world: World, imageId: string): Image | undefined => {
  const image = world.images.get(imageId);
  return image?.state === 'deregistered' ? undefined : image;
};

const templateOut = (world: World, template: LaunchTemplate): client.LaunchTemplate => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  CreateTime: new Date(template.createdAt),
  CreatedBy: `arn:aws:iam::${world.accountId}:root`,
  DefaultVersionNumber: template.defaultVersion,
  LatestVersionNumber: template.latest.number,
  Tags: Object.entries(template.tags).map(([Key, Value]) => ({ Key, Value })),
});

const versionOut = (world: World, template: LaunchTemplate, version: TemplateVersion): client.LaunchTemplateVersion => {
  // What EKS notes for itself is not part of the data EC2 knows.
  const { SourceVersion: _, ...data } = version.data;
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: version.number,
    VersionDescription: version.description,
    CreateTime: new Date(version.createdAt),
    CreatedBy: `arn:aws:iam::${world.accountId}:root`,
    DefaultVersion: version.number === template.defaultVersion,
    LaunchTemplateData: data as client.ResponseLaunchTemplateData,
  };
};

const imageOut = (world: World, image: Image): client.Image => {
  const isWindows = amiTypeInWorld(image.amiType).operatingSystem === 'windows';
  return {
    ImageId: image.imageId,
    Name: image.name,
    OwnerId: image.ownerId,
    ...(image.ownerAlias === undefined ? {} : { ImageOwnerAlias: image.ownerAlias }),
    Architecture: image.architecture,
    State: image.state as client.ImageState,
    CreationDate: new Date(image.createdAt).toISOString(),
    ...(image.deprecatedAt === undefined ? {} : { DeprecationTime: new Date(image.deprecatedAt).toISOString() }),
    Public: image.ownerAlias !== undefined,
    RootDeviceName: image.rootDeviceName,
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    EnaSupport: true,
    PlatformDetails: isWindows ? 'Windows' : 'Linux/UNIX',
    ...(isWindows ? { Platform: 'windows' as client.PlatformValues } : {}),
    ...(image.sourceImageId === undefined
      ? {}
      : { SourceImageId: image.sourceImageId, SourceImageRegion: world.region }),
    Tags: Object.entries(image.tags).map(([Key, Value]) => ({ Key, Value })),
  };
};

const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;

const stateOut = ({ state }: Instance): client.InstanceState => ({ Code: stateCodes[state], Name: state });

const instanceOut = (instance: Instance): client.Instance => ({
  InstanceId: instance.id,
  ImageId: instance.image.imageId,
  InstanceType: instance.instanceType as client._InstanceType,
  LaunchTime: new Date(instance.launchedAt),
  State: stateOut(instance),
  Architecture: instance.image.architecture,
  Placement: { AvailabilityZone: instance.zone },
  Tags: [{ Key: 'aws:autoscaling:groupName', Value: instance.group.name }],
});
