import { usualMinutes } from '../node-group/duration.ts';
import { expectedMinutes, recordOf } from '../node-group/record.ts';
import { longestWindowMinutes } from '../window/window-length.ts';
import type { Finding } from './finding.ts';
import type { PlannedNodeGroup } from './plan-node-group.ts';
import type { PlanQuestion } from './plan-rollout.ts';

/** Node groups whose update takes longer than any window is open: they would wait for ever. */
export const withoutWindow = (
  { request, settings, startedAt }: Pick<PlanQuestion, 'request' | 'settings' | 'startedAt'>,
  nodeGroups: readonly PlannedNodeGroup[],
): { index: number; nodeGroup: PlannedNodeGroup; finding: Finding }[] => {
  const longest = longestWindowMinutes(settings.maintenanceWindows);
  if (longest === null || request.ignoreWindow) return [];
  return nodeGroups.flatMap((nodeGroup, index) => {
    if (nodeGroup.outcome !== 'Planned' || nodeGroup.target === null) return [];
    const minutes = expectedMinutes(recordOf(nodeGroup, nodeGroup.target, { wave: 0, startedAt }, settings), 'forward');
    if (minutes <= longest) return [];
    const message = `${nodeGroup.name} usually takes ${minutes} minutes, and the longest maintenance window of ring ${settings.ring} is open for ${longest}`;
    const finding: Finding = {
      code: 'never-fits-window',
      level: 'refuse',
      nodeGroup: nodeGroup.name,
      message,
      fix: `${fasterWith(nodeGroup, longest)}; or a longer window; or by hand: eks-ami-rollout start ${request.clusterName} --node-group ${nodeGroup.name} --ignore-window --reason WHY`,
    };
    return [{ index, nodeGroup: { ...nodeGroup, outcome: 'Refused', reason: message, target: null }, finding }];
  });
};

/** The smallest budget that makes it fast enough. */
const fasterWith = ({ kind, desiredSize: nodes, budget, zones }: PlannedNodeGroup, longest: number): string => {
  if (kind === 'self-managed')
    return 'a larger instanceRefresh.maxHealthyPercentage or a shorter bakeTime makes it faster';
  for (let more = budget + 1; more <= nodes; more += 1) {
    if (usualMinutes({ nodes, budget: more, zones }) <= longest) return `with maxUnavailable ${more} it would fit`;
  }
  return 'no maxUnavailable would make it fit';
};
