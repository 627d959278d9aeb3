import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { ec2LaunchTemplates } from '../../adapters/aws/launch-templates.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerControls,
  ledgerLeases,
  ledgerRecalls,
  ledgerRollouts,
  ledgerSpentReleases,
  ledgerVersionUsers,
} from '../../adapters/ledger/ledger.ts';
import { stopBefore } from '../../core/node-group/before-change.ts';
import type { NodeGroupStep } from '../../core/node-group/step.ts';
import { isOursFrom, versionDescription, versionToken } from '../../core/node-group/tokens.ts';
import type { LaunchTemplates, Leases, TemplateVersionReading, VersionUsers } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { type Fence, nodeGroupEventSchema } from '../events.ts';
import { requireLease } from '../fence.ts';
import { lambda, logger } from '../lambda.ts';
import { readRecord } from '../node-group-record.ts';
import { readStopRule, type StopPorts } from '../stop-rule.ts';

export interface SwapPorts extends StopPorts {
  launchTemplates: LaunchTemplates;
  leases: Leases;
  versionUsers: VersionUsers;
}

/** Makes the launch template version that holds the wanted image, from the version in use, or finds it made already. */
export const swapAmiWith =
  (ports: SwapPorts) =>
  async (event: unknown): Promise<NodeGroupStep> => {
    const { rolloutId, nodeGroup, fence } = nodeGroupEventSchema.parse(event);
    const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
    const { stop, pause } = await readStopRule(ports, rolloutId, record);
    const stopped = stopBefore(record, 'forward', stop, pause);
    if (stopped !== undefined) return stopped;
    // Whoever follows the newest version would take the one that is made here before its turn.
    if (record.group !== null && !record.group.isPrepared) return { step: 'PrepareNodeGroup', direction: 'forward' };

    const user = `${fence.clusterName}/${nodeGroup}`;
    const { template, isConfigured } = record.target;
    // Where EKS chooses the AMI there is nothing to make: the update itself names the release.
    if (template !== null && !isConfigured) {
      const made = await findOrMake(ports, rolloutId, { ...template, imageId: record.target.imageId }, fence);
      await ports.versionUsers.add(template.templateId, made.version, user);
      if (record.to.launchTemplateVersion !== made.version) {
        const to = { ...record.to, launchTemplateVersion: made.version };
        await ports.rollouts.writeNodeGroup(rolloutId, { ...record, to }, revision);
      }
      logger.info('Swapped the AMI', { nodeGroup, ...made });
    }
    return { step: 'UpdateNodeGroup', direction: 'forward' };
  };

/** At most one version per template, source version and image: an identical one of ours is used again. */
const findOrMake = async (
  { launchTemplates, leases }: SwapPorts,
  rolloutId: string,
  { templateId, sourceVersion, imageId }: { templateId: string; sourceVersion: string; imageId: string },
  fence: Fence,
): Promise<TemplateVersionReading> => {
  const holding = await launchTemplates.versionsWithImage(templateId, imageId);
  const ours = holding.find((version) => isOursFrom(version.description, sourceVersion));
  if (ours !== undefined) return ours;
  const identity = { rolloutId, templateId, sourceVersion, imageId };
  await requireLease(leases, fence);
  return launchTemplates.createVersion({
    templateId,
    sourceVersion,
    imageId,
    description: versionDescription(identity),
    token: versionToken(identity),
  });
};

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  swapAmiWith({
    andon: ssmAndon(PARAMETER_PREFIX),
    controls: ledgerControls(ledger),
    launchTemplates: ec2LaunchTemplates(),
    leases: ledgerLeases(ledger),
    recalls: ledgerRecalls(ledger),
    spentReleases: ledgerSpentReleases(ledger),
    rollouts: ledgerRollouts(ledger),
    versionUsers: ledgerVersionUsers(ledger),
  }),
);
