import { ofKind } from '../../adapters/aws/node-group-kinds.ts';
import { LedgerConflict, TransientFault } from '../../adapters/fault.ts';
import { beganDrain } from '../../core/node-group/drain.ts';
import { endAttempt, type NodeGroupRecord, openAttempt, withGroup } from '../../core/node-group/record.ts';
import type { ByKind, DrainHooks, GroupSettings, NodeGroupUpdates } from '../../core/ports.ts';
import { logger } from '../lambda.ts';
import type { LookPorts, Member } from '../node-group-look.ts';

export interface RestorePorts extends LookPorts {
  groupSettings: GroupSettings;
  hooks: DrainHooks;
  updates: ByKind<NodeGroupUpdates>;
}

/**
 * Undoes what prepare-node-group did to an Auto Scaling group, however its rollout ended: no refresh of ours goes on
 * without us, nothing is terminated with its pods, the hook is gone, and what the group says of retention is as before.
 */
export const restoreGroup = async (
  ports: RestorePorts,
  clusterName: string,
  present: NodeGroupRecord,
  members: readonly Member[],
): Promise<{ record: NodeGroupRecord; notRestored: string[] }> => {
  const { name, group } = present;
  const notRestored: string[] = [];
  const attempt = async (what: string, command: string, undo: () => Promise<void>): Promise<void> => {
    try {
      await undo();
    } catch (error) {
      if (error instanceof TransientFault || error instanceof LedgerConflict) throw error;
      logger.warn('An Auto Scaling group was not restored', { nodeGroup: name, what, error: String(error) });
      notRestored.push(`${what} is left because ${String(error)} (${command})`);
    }
  };
  if (group?.prepared == null) return { record: present, notRestored };

  const running = openAttempt(present);
  let record = present;
  if (running !== undefined && running.updateId !== null) {
    const { updateId } = running;
    const command = `aws autoscaling cancel-instance-refresh --auto-scaling-group-name ${name}`;
    await attempt(`instance refresh ${updateId}`, command, () =>
      ofKind(ports.updates, present).cancel(clusterName, name, updateId),
    );
    record = endAttempt(record, running, 'Cancelled');
  }
  const { hook, retentionBefore } = group.prepared;
  // Without the hook they would be terminated at once, with whatever runs on them.
  for (const { instanceId } of members.filter(({ lifecycleState }) => lifecycleState === 'Terminating:Wait')) {
    const command = `aws autoscaling complete-lifecycle-action --auto-scaling-group-name ${name} --lifecycle-hook-name ${hook} --instance-id ${instanceId} --lifecycle-action-result ABANDON`;
    await attempt(`the wait of ${instanceId}`, command, () => ports.hooks.complete(name, hook, instanceId, 'ABANDON'));
    const drain = record.group?.drains[instanceId] ?? beganDrain(null, running?.requestedAt ?? '');
    record = withGroup(record, { drains: { ...record.group?.drains, [instanceId]: { ...drain, isRetained: true } } });
  }
  await attempt(
    `lifecycle hook ${hook}`,
    `aws autoscaling delete-lifecycle-hook --auto-scaling-group-name ${name} --lifecycle-hook-name ${hook}`,
    () => ports.hooks.remove(name, hook),
  );
  if (retentionBefore !== 'retain') {
    // `terminate` is what a group does that says nothing (API reference, RetentionTriggers).
    await attempt(
      'the retention trigger TerminateHookAbandon=retain',
      `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --instance-lifecycle-policy RetentionTriggers={TerminateHookAbandon=terminate}`,
      () => ports.groupSettings.setRetention(name, 'terminate'),
    );
  }
  return {
    record: notRestored.length > 0 ? record : withGroup(record, { prepared: null, isPrepared: false }),
    notRestored,
  };
};
