/** The name of a node group's launch template: its own, unless the scenario has several share one. */
export const templateNameOf = (
  clusterName: string,
  nodeGroup: { name: string; launchTemplate?: string | undefined },
): string => nodeGroup.launchTemplate ?? `${clusterName}-${nodeGroup.name}`;
