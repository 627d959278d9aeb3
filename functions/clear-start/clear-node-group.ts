import { pauseOf, stopOf } from '../../core/control/control.ts';
import { stopBefore } from '../../core/node-group/before-change.ts';
import { predictedMinutes } from '../../core/node-group/pace.ts';
import { type NodeGroupStep, settle } from '../../core/node-group/step.ts';
import type { Controls, Executions, Leases, Paces, Rollouts } from '../../core/ports.ts';
import { clearanceOf } from '../../core/rollout/clearance.ts';
import { nodeGroupEventSchema } from '../events.ts';
import { logger } from '../lambda.ts';
import { readRecord } from '../node-group-record.ts';

export interface ClearPorts {
  controls: Controls;
  executions: Executions;
  leases: Leases;
  paces: Paces;
  rollouts: Rollouts;
}

/** Its wave may have begun long before its turn comes: a node group is started only if it can end in time. */
export const clearNodeGroup = async (ports: ClearPorts, event: unknown): Promise<NodeGroupStep> => {
  const { rolloutId, nodeGroup, fence, now } = nodeGroupEventSchema.parse(event);
  const rollout = (await ports.rollouts.read(rolloutId))?.value;
  if (rollout?.settings == null) throw new Error(`the ledger has no settings of rollout ${rolloutId}`);
  const { value: record, revision } = await readRecord(ports.rollouts, rolloutId, nodeGroup);
  const minutes = predictedMinutes(record, (await ports.paces.of(fence)).get(nodeGroup) ?? null);
  const { value: control } = await ports.controls.read(rolloutId);
  const stopped = stopBefore(record, 'forward', stopOf(control), pauseOf(control));
  if (stopped !== undefined) return stopped;
  const clearance = clearanceOf({
    ignoresWindow: rollout.ignoresWindow,
    calendar: { windows: rollout.settings.maintenanceWindows, blackouts: rollout.settings.blackouts },
    nodeGroups: [{ name: nodeGroup, minutes }],
    now,
  });
  logger.info('Asked whether it may be started', { nodeGroup, minutes, ...clearance });
  switch (clearance.clearance) {
    case 'wait':
      return settle('Deferred', clearance.reason);
    case 'never':
      return settle('Untouched', `was not started: ${clearance.reason}`);
    case 'go':
      await ports.rollouts.writeNodeGroup(
        rolloutId,
        { ...record, predictedMinutes: minutes, deferred: null },
        revision,
      );
      return { step: 'TakeBaseline' };
  }
};
