import {
  DescribeUpdateCommand,
  EKSClient,
  ListUpdatesCommand,
  UpdateNodegroupVersionCommand,
} from '@aws-sdk/client-eks';
import type { UpdateLook } from '../../core/node-group/after-update.ts';
import type { NodeGroupUpdates, UpdateAnswer } from '../../core/ports.ts';
import { callingUnless } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/** Updates of managed node groups, by the EKS API. */
export const eksUpdates = (eks = new EKSClient(clientSettings)): NodeGroupUpdates => {
  const describeUpdate = (clusterName: string, nodeGroup: string, updateId: string) =>
    callingUnless(
      `eks:DescribeUpdate ${updateId} of ${nodeGroup}`,
      // Without nodegroupName EKS looks among the updates of the cluster itself (API reference, DescribeUpdate).
      () => eks.send(new DescribeUpdateCommand({ name: clusterName, nodegroupName: nodeGroup, updateId })),
      { ResourceNotFoundException: () => null },
    );

  return {
    update: ({ clusterName, nodeGroup, templateId, version, kubernetesVersion, token }) =>
      callingUnless<UpdateAnswer, UpdateAnswer>(
        `eks:UpdateNodegroupVersion ${nodeGroup}`,
        async () => {
          const { update } = await eks.send(
            new UpdateNodegroupVersionCommand({
              clusterName,
              nodegroupName: nodeGroup,
              // With an ImageId in the template nothing but the template may be given (EKS user guide, launch templates).
              ...(templateId === null
                ? { releaseVersion: version, version: kubernetesVersion ?? undefined }
                : { launchTemplate: { id: templateId, version } }),
              clientRequestToken: token,
            }),
          );
          if (update?.id === undefined)
            throw new Error(`eks:UpdateNodegroupVersion ${nodeGroup} answered no update id`);
          return { answer: 'started', updateId: update.id };
        },
        {
          ResourceInUseException: (error) => ({ answer: 'busy', message: error.message }),
          ResourceNotFoundException: (error) => ({ answer: 'not-found', message: error.message }),
          InvalidParameterException: (error) => ({
            answer: 'rejected',
            message: `InvalidParameterException: ${error.message}`,
          }),
          InvalidRequestException: (error) => ({
            answer: 'rejected',
            message: `InvalidRequestException: ${error.message}`,
          }),
        },
      ),

    // EKS cannot stop an update (EKS user guide, managed node group update behavior).
    cancel: async () => {},

    readUpdate: async (clusterName, nodeGroup, updateId) => {
      const described = await describeUpdate(clusterName, nodeGroup, updateId);
      if (described?.update === undefined) return null;
      const { status, errors } = described.update;
      return {
        status: (status ?? 'InProgress') as UpdateLook['status'],
        errors: (errors ?? []).map((error) => ({
          code: error.errorCode ?? 'Unknown',
          message: error.errorMessage ?? '',
          resourceIds: error.resourceIds ?? [],
        })),
      };
    },

    findUpdate: async (clusterName, nodeGroup, version, since) => {
      const ids: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await callingUnless(
          `eks:ListUpdates ${nodeGroup}`,
          () => eks.send(new ListUpdatesCommand({ name: clusterName, nodegroupName: nodeGroup, nextToken })),
          { ResourceNotFoundException: () => null },
        );
        ids.push(...(page?.updateIds ?? []));
        nextToken = page?.nextToken;
      } while (nextToken !== undefined);
      let newest: { id: string; createdAt: number } | undefined;
      for (const id of ids) {
        const update = (await describeUpdate(clusterName, nodeGroup, id))?.update;
        const createdAt = update?.createdAt?.getTime() ?? 0;
        const leadsTo = update?.params?.some(
          ({ type, value }) => (type === 'LaunchTemplateVersion' || type === 'ReleaseVersion') && value === version,
        );
        // EKS keeps whole seconds of createdAt, the ledger keeps milliseconds.
        if (leadsTo !== true || createdAt + 1000 <= Date.parse(since)) continue;
        if (newest === undefined || createdAt > newest.createdAt) newest = { id, createdAt };
      }
      return newest?.id ?? null;
    },
  };
};
