import type { NodeGroupRecord } from '../core/node-group/record.ts';
import type { Revised, Rollouts } from '../core/ports.ts';

/** The ledger's record of a node group. It is written before its execution starts. */
export const readRecord = async (
  rollouts: Rollouts,
  rolloutId: string,
  nodeGroup: string,
): Promise<Revised<NodeGroupRecord>> => {
  const found = await rollouts.readNodeGroup(rolloutId, nodeGroup);
  if (found === null) throw new Error(`the ledger has no record of node group ${nodeGroup} in rollout ${rolloutId}`);
  return found;
};

/** The records of the other node groups of a rollout: a failure in one stops those that have not begun. */
export const readOthers = async (
  rollouts: Rollouts,
  rolloutId: string,
  nodeGroup: string,
): Promise<NodeGroupRecord[]> =>
  (await rollouts.readNodeGroups(rolloutId)).filter((record) => record.name !== nodeGroup);
