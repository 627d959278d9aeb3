/**
 * How long EKS takes to replace the nodes of a managed node group (EKS user guide, managed node group update behavior):
 * it adds nodes, then drains and terminates at most `budget` old ones at a time, then takes the added ones away one by
 * one.
 */
export interface UpdateSize {
  nodes: number;
  budget: number;
  zones: number;
}

/** Nodes EKS adds while it updates: twice the zones, or the budget, whichever is more. */
const surgeOf = ({ budget, zones }: UpdateSize): number => Math.max(2 * zones, budget);

/** Minutes a usual update takes: some to set up and boot, some a batch, some to scale down. */
export const usualMinutes = (size: UpdateSize): number =>
  size.nodes === 0 ? 3 : 5 + Math.ceil(size.nodes / size.budget) * 4 + surgeOf(size);

/**
 * Minutes after which an update that has not ended is given up on. EKS gives nodes 15 minutes to join, and each batch
 * 15 minutes to drain; the rest is termination, replacement and slack.
 */
export const longestMinutes = (size: UpdateSize): number =>
  60 + Math.ceil(size.nodes / size.budget) * 30 + surgeOf(size) * 10;
