import { ofKind } from '../../adapters/aws/node-group-kinds.ts';
import { LedgerConflict, TransientFault } from '../../adapters/fault.ts';
import { type NodeGroupRecord, openAttempt } from '../../core/node-group/record.ts';
import type { Finding } from '../../core/plan/finding.ts';
import type { AutoScalingGroups, ByKind, LaunchTemplates, Leases, NodeGroups, VersionUsers } from '../../core/ports.ts';
import type { Fence } from '../events.ts';
import { requireLease, Superseded } from '../fence.ts';
import { logger } from '../lambda.ts';

export interface VersionPorts {
  autoScalingGroups: AutoScalingGroups;
  launchTemplates: LaunchTemplates;
  leases: Leases;
  nodeGroups: ByKind<NodeGroups>;
  versionUsers: VersionUsers;
}

/**
 * A version that we made and that nobody uses any more is deleted: else it would be the newest, and the owner's next
 * apply would install it. What cannot be deleted is named with the command.
 */
export const removeUnusedVersions = async (
  ports: VersionPorts,
  fence: Fence,
  records: readonly NodeGroupRecord[],
): Promise<Finding[]> => {
  const findings: Finding[] = [];
  for (const record of records) {
    const { template, isConfigured } = record.target;
    const version = record.to.launchTemplateVersion;
    if (template === null || isConfigured || version === null || record.outcome === 'Updated') continue;
    const { templateId } = template;
    try {
      const reading = await ofKind(ports.nodeGroups, record).read(fence.clusterName, record.name);
      if (reading?.launchTemplate?.version === version) continue;
      // What EKS is asked to move to is not in use yet, and will be.
      if (openAttempt(record) !== undefined || reading?.status === 'UPDATING') {
        findings.push(
          versionLeft(record, templateId, version, 'because an update that may use it has not been seen to end'),
        );
        continue;
      }
      const users = await ports.versionUsers.remove(templateId, version, `${fence.clusterName}/${record.name}`);
      if (users.length > 0 || (await isPinned(ports.autoScalingGroups, templateId, version))) continue;
      await requireLease(ports.leases, fence);
      await ports.launchTemplates.deleteVersion(templateId, version);
    } catch (error) {
      if (error instanceof Superseded || error instanceof LedgerConflict || error instanceof TransientFault)
        throw error;
      logger.warn('A launch template version was not deleted', { templateId, version, error: String(error) });
      findings.push(versionLeft(record, templateId, version, `because ${String(error)}`));
    }
  }
  return findings;
};

/** An Auto Scaling group of somebody else may have been pinned to it meanwhile. */
const isPinned = async (groups: AutoScalingGroups, templateId: string, version: string): Promise<boolean> =>
  (await groups.listAll()).some(({ template }) => template?.id === templateId && template.version === version);

const versionLeft = (record: NodeGroupRecord, templateId: string, version: string, why: string): Finding => ({
  code: 'version-left',
  level: 'warn',
  nodeGroup: record.name,
  message: `version ${version} of launch template ${templateId}, made for ${record.name}, is left ${why}`,
  fix: `aws ec2 delete-launch-template-versions --launch-template-id ${templateId} --versions ${version}`,
});
