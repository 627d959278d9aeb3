/** EKS: clusters, managed node groups and their updates (EKS API reference). */
import type * as client from '@aws-sdk/client-eks';
import { digest } from '../digest.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import type { Cluster } from '../world/clusters.ts';
import { runManagedUpdate, type UpdateTarget } from '../world/managed-update.ts';
import { type ManagedNodeGroup, scaleTo, type Update } from '../world/node-groups.ts';
import { usual } from '../world/timing.ts';
import type { World } from '../world/world.ts';
import { pageOf } from './paging.ts';

export const eksOperations = (world: World, onBug: (bug: unknown) => void): Operations<typeof client> => {
  const clusterNamed = (name: string): Cluster => {
    const cluster = world.clusters.get(name);
    if (cluster === undefined) throw notFound(`No cluster found for name: ${name}.`, { clusterName: name });
    return cluster;
  };
  const nodeGroupNamed = (clusterName: string, name: string): ManagedNodeGroup => {
    const nodeGroup = clusterNamed(clusterName).nodeGroups.get(name);
    if (nodeGroup !== undefined) return nodeGroup;
    throw notFound(`No node group found for name: ${name}.`, { clusterName, nodegroupName: name });
  };
  const badToken = (): Error => new AwsError('InvalidParameterException', 'The nextToken is invalid.');

  return {
    ListClusters: ({ maxResults, nextToken }) => {
      const page = pageOf([...world.clusters.keys()].sort(), {
        token: nextToken,
        size: maxResults ?? 100,
        onBadToken: badToken,
      });
      return { clusters: page.items, nextToken: page.nextToken };
    },

    DescribeCluster: ({ name }) => ({ cluster: clusterOut(world, clusterNamed(name)) }),

    ListNodegroups: ({ clusterName, maxResults, nextToken }) => {
      const page = pageOf([...clusterNamed(clusterName).nodeGroups.keys()].sort(), {
        token: nextToken,
        size: maxResults ?? 100,
        onBadToken: badToken,
      });
      return { nodegroups: page.items, nextToken: page.nextToken };
    },

    DescribeNodegroup: ({ clusterName, nodegroupName }) => ({
      nodegroup: nodeGroupOut(world, nodeGroupNamed(clusterName, nodegroupName)),
    }),

    UpdateNodegroupVersion: (input) => {
      const nodeGroup = nodeGroupNamed(input.clusterName, input.nodegroupName);
      const { clientRequestToken, ...rest } = input;
      const request = JSON.stringify(rest);
      const known = nodeGroup.tokens.get(clientRequestToken ?? '');
      if (known !== undefined) {
        if (known.request === request) return { update: updateOut(known.update) };
        throw new AwsError('InvalidRequestException', 'The clientRequestToken was used with other parameters.', {
          clusterName: input.clusterName,
          nodegroupName: input.nodegroupName,
        });
      }
      const update = startUpdate(world, nodeGroup, input, onBug);
      if (clientRequestToken !== undefined) nodeGroup.tokens.set(clientRequestToken, { request, update });
      return { update: updateOut(update) };
    },

    DescribeUpdate: ({ name, updateId, nodegroupName }) => {
      // Without a node group the cluster's own updates are meant, and it has none here.
      const updates = nodegroupName === undefined ? [] : nodeGroupNamed(name, nodegroupName).updates;
      clusterNamed(name);
      const update = updates.find((each) => each.id === updateId);
      if (update === undefined) throw notFound(`No update found for ID: ${updateId}`, { clusterName: name });
      return { update: updateOut(update) };
    },

    ListUpdates: ({ name, nodegroupName, maxResults, nextToken }) => {
      clusterNamed(name);
      const updates = nodegroupName === undefined ? [] : nodeGroupNamed(name, nodegroupName).updates;
      const page = pageOf(
        updates.map((update) => update.id),
        { token: nextToken, size: maxResults ?? 100, onBadToken: badToken },
      );
      return { updateIds: page.items, nextToken: page.nextToken };
    },

    DeleteNodegroup: ({ clusterName, nodegroupName }) => {
      const nodeGroup = nodeGroupNamed(clusterName, nodegroupName);
      nodeGroup.status = 'DELETING';
      for (const update of nodeGroup.updates) if (update.status === 'InProgress') update.status = 'Cancelled';
      for (const instance of nodeGroup.group.members) nodeGroup.group.terminate(instance, { decrement: true });
      world.clock.after(usual.nodeGroupDeletionSeconds * 1000, () => {
        nodeGroup.status = 'DELETED';
        nodeGroup.cluster.nodeGroups.delete(nodeGroup.name);
        world.autoScalingGroups.delete(nodeGroup.group.name);
      });
      return { nodegroup: nodeGroupOut(world, nodeGroup) };
    },

    UpdateNodegroupConfig: ({ clusterName, nodegroupName, scalingConfig, updateConfig }) => {
      const nodeGroup = nodeGroupNamed(clusterName, nodegroupName);
      refuseIfBusy(nodeGroup);
      if (updateConfig?.maxUnavailable !== undefined) nodeGroup.maxUnavailable = { nodes: updateConfig.maxUnavailable };
      if (updateConfig?.maxUnavailablePercentage !== undefined) {
        nodeGroup.maxUnavailable = { percentage: updateConfig.maxUnavailablePercentage };
      }
      const { min, max, desired } = nodeGroup.scaling;
      scaleTo(nodeGroup, {
        min: scalingConfig?.minSize ?? min,
        max: scalingConfig?.maxSize ?? max,
        desired: scalingConfig?.desiredSize ?? desired,
      });
      const update: Update = {
        id: digest('config-update', nodeGroup.uuid, String(nodeGroup.updates.length)).uuid,
        status: 'Successful',
        type: 'VersionUpdate',
        params: [],
        createdAt: world.clock.now,
        errors: [],
      };
      return { update: { ...updateOut(update), type: 'ConfigUpdate' } };
    },
  };
};

const startUpdate = (
  world: World,
  nodeGroup: ManagedNodeGroup,
  input: UpdateInput,
  onBug: (bug: unknown) => void,
): Update => {
  refuseIfBusy(nodeGroup);
  const invalid = (message: string): AwsError =>
    new AwsError('InvalidParameterException', message, {
      clusterName: nodeGroup.cluster.name,
      nodegroupName: nodeGroup.name,
    });
  const target = nodeGroup.isCustomAmi
    ? customTarget(nodeGroup, input, invalid)
    : releaseTarget(world, nodeGroup, input, invalid);
  const update: Update = {
    id: digest('update', nodeGroup.uuid, String(nodeGroup.updates.length + 1)).uuid,
    status: 'InProgress',
    type: 'VersionUpdate',
    params: paramsOf(nodeGroup, target),
    createdAt: world.clock.now,
    errors: [],
  };
  nodeGroup.updates.push(update);
  nodeGroup.status = 'UPDATING';
  runManagedUpdate(world, nodeGroup, update, target).catch(onBug);
  return update;
};

interface UpdateInput {
  launchTemplate?: client.LaunchTemplateSpecification | undefined;
  version?: string | undefined;
  releaseVersion?: string | undefined;
}

type Invalid = (message: string) => AwsError;

/** What was asked for (EKS API reference, UpdateParam). */
const paramsOf = (nodeGroup: ManagedNodeGroup, target: UpdateTarget): Update['params'] => [
  ...(nodeGroup.isCustomAmi
    ? []
    : [
        { type: 'Version', value: target.version },
        { type: 'ReleaseVersion', value: target.releaseVersion },
      ]),
  ...(nodeGroup.launchTemplate === undefined || target.templateVersion === undefined
    ? []
    : [
        { type: 'LaunchTemplateName', value: nodeGroup.launchTemplate.template.name },
        { type: 'LaunchTemplateVersion', value: String(target.templateVersion) },
      ]),
];

/** The launch template holds the image: its version is all that may be given. */
const customTarget = (nodeGroup: ManagedNodeGroup, input: UpdateInput, invalid: Invalid): UpdateTarget => {
  if (input.version !== undefined || input.releaseVersion !== undefined) {
    throw invalid('You cannot specify the field kubernetesVersion or releaseVersion when using custom AMIs.');
  }
  if (input.launchTemplate?.id === undefined && input.launchTemplate?.name === undefined)
    throw invalid("Launch template details can't be null for Custom ami type node group");
  const wanted = templateVersionOf(nodeGroup, input.launchTemplate, invalid);
  return {
    templateVersion: wanted.number,
    data: wanted.data,
    version: nodeGroup.version,
    releaseVersion: wanted.data.ImageId ?? '',
  };
};

/** EKS chooses the image by Kubernetes minor and release version (EKS API reference, UpdateNodegroupVersion). */
const releaseTarget = (
  world: World,
  nodeGroup: ManagedNodeGroup,
  { version: wantedMinor, releaseVersion, launchTemplate }: UpdateInput,
  invalid: Invalid,
): UpdateTarget => {
  const { amiType, cluster } = nodeGroup;
  const isNothingGiven = wantedMinor === undefined && releaseVersion === undefined && launchTemplate === undefined;
  // The reference's text on the parameter: the cluster's version, where nothing is given.
  const version = wantedMinor ?? (isNothingGiven ? cluster.version : nodeGroup.version);
  if (minorNumber(version) > minorNumber(cluster.version)) {
    throw invalid(`Nodegroup Kubernetes version ${version} is newer than that of the cluster, ${cluster.version}`);
  }
  const wanted = launchTemplate === undefined ? undefined : templateVersionOf(nodeGroup, launchTemplate, invalid);
  if (wanted?.data.ImageId !== undefined) {
    throw invalid('A launch template with an image id cannot be used with a node group of a chosen AMI type.');
  }
  const image =
    releaseVersion === undefined
      ? world.newestImage(amiType, version)
      : world.imageOfRelease(amiType, releaseVersion, version);
  if (image?.releaseVersion === undefined || image.minor !== version) {
    throw invalid(`Requested release version ${releaseVersion} is not valid for kubernetes version ${version}.`);
  }
  // Documents contradict one another; a scenario says which of them is played.
  const isOlder = image.createdAt < (world.images.get(nodeGroup.releaseImageId)?.createdAt ?? 0);
  if (isOlder && world.unproven.olderRelease === 'refused') {
    throw invalid(
      `Requested release version ${releaseVersion} is older than ${nodeGroup.releaseVersion}, which the node group runs.`,
    );
  }
  const use = nodeGroup.launchTemplate;
  const number = wanted?.number ?? use?.version;
  const data = wanted?.data ?? use?.template.version(String(use.version))?.data ?? nodeGroup.ownTemplate.latest.data;
  return {
    ...(number === undefined ? {} : { templateVersion: number }),
    data: { ...data, ImageId: image.imageId },
    version,
    releaseVersion: image.releaseVersion,
  };
};

const minorNumber = (version: string): number => Number(version.split('.')[1]);

const templateVersionOf = (
  nodeGroup: ManagedNodeGroup,
  { id, name, version }: client.LaunchTemplateSpecification,
  invalid: Invalid,
) => {
  const use = nodeGroup.launchTemplate;
  if (use === undefined) {
    throw invalid('A node group that was created without a launch template cannot be updated to use one.');
  }
  if (id !== undefined && name !== undefined) throw invalid('Both name and id of a launch template were given.');
  if ((id ?? use.template.id) !== use.template.id || (name ?? use.template.name) !== use.template.name) {
    throw invalid('You cannot change the launch template of a node group, only its version.');
  }
  const wanted = use.template.version(version ?? '$Default');
  if (wanted === undefined) {
    throw new AwsError(
      'InvalidRequestException',
      `Launch template ${use.template.id} does not have version ${version}`,
      { clusterName: nodeGroup.cluster.name, nodegroupName: nodeGroup.name },
    );
  }
  return wanted;
};

const refuseIfBusy = (nodeGroup: ManagedNodeGroup): void => {
  if (nodeGroup.status === 'ACTIVE' || nodeGroup.status === 'DEGRADED') return;
  throw new AwsError(
    'ResourceInUseException',
    `Nodegroup cannot be updated as it is currently not in Active State (${nodeGroup.status})`,
    { clusterName: nodeGroup.cluster.name, nodegroupName: nodeGroup.name },
  );
};

const clusterOut = (world: World, cluster: Cluster): client.Cluster => ({
  name: cluster.name,
  arn: world.arn('eks', `cluster/${cluster.name}`),
  createdAt: new Date(cluster.createdAt),
  version: cluster.version,
  status: cluster.status as client.ClusterStatus,
  platformVersion: 'eks.1',
  tags: { ...cluster.tags },
  roleArn: `arn:aws:iam::${world.accountId}:role/eks-cluster`,
  accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16', ipFamily: 'ipv4' },
  ...(cluster.endpoint === undefined
    ? {}
    : {
        endpoint: cluster.endpoint.url,
        certificateAuthority: { data: Buffer.from(cluster.endpoint.certificateAuthority).toString('base64') },
      }),
});

const nodeGroupOut = (world: World, nodeGroup: ManagedNodeGroup): client.Nodegroup => {
  const { cluster, scaling, maxUnavailable, launchTemplate, group } = nodeGroup;
  return {
    nodegroupName: nodeGroup.name,
    nodegroupArn: world.arn('eks', `nodegroup/${cluster.name}/${nodeGroup.name}/${nodeGroup.uuid}`),
    clusterName: cluster.name,
    version: nodeGroup.version,
    // For a custom AMI the release version is the image's id (EKS API reference, Nodegroup).
    releaseVersion: nodeGroup.releaseVersion,
    amiType: (nodeGroup.isCustomAmi ? 'CUSTOM' : nodeGroup.amiType) as client.AMITypes,
    createdAt: new Date(nodeGroup.createdAt),
    modifiedAt: new Date(nodeGroup.createdAt),
    status: nodeGroup.status as client.NodegroupStatus,
    capacityType: nodeGroup.capacityType,
    scalingConfig: { minSize: scaling.min, maxSize: scaling.max, desiredSize: scaling.desired },
    subnets: [...nodeGroup.subnets],
    nodeRole: `arn:aws:iam::${world.accountId}:role/eks-node`,
    labels: {},
    resources: { autoScalingGroups: [{ name: group.name }] },
    health: {
      issues: nodeGroup.issues.map(({ code, message, resourceIds }) => ({
        code: code as client.NodegroupIssueCode,
        message,
        resourceIds,
      })),
    },
    updateConfig: {
      ...('nodes' in maxUnavailable
        ? { maxUnavailable: maxUnavailable.nodes }
        : { maxUnavailablePercentage: maxUnavailable.percentage }),
      updateStrategy: nodeGroup.updateStrategy,
    },
    ...(launchTemplate === undefined
      ? {}
      : {
          launchTemplate: {
            id: launchTemplate.template.id,
            name: launchTemplate.template.name,
            version: String(launchTemplate.version),
          },
        }),
    tags: { ...nodeGroup.tags },
  };
};

const updateOut = (update: Update): client.Update => ({
  id: update.id,
  status: update.status,
  type: update.type,
  params: update.params.map(({ type, value }) => ({ type: type as client.UpdateParamType, value })),
  createdAt: new Date(update.createdAt),
  errors: update.errors.map(({ errorCode, errorMessage, resourceIds }) => ({
    errorCode: errorCode as client.ErrorCode,
    errorMessage,
    resourceIds,
  })),
});

const notFound = (message: string, members: Record<string, string>): AwsError =>
  new AwsError('ResourceNotFoundException', message, members);
