/** How far each node group is, as the world shows it: for bars in a terminal and lines elsewhere. */
import type { EmbeddedAws } from '../embedded-aws.ts';
import { machineOf } from '../report.ts';
import type { Execution } from '../state-machines/index.ts';
import { desiredSize, type NodeGroup } from '../world/node-groups.ts';

export interface NodeGroupProgress {
  name: string;
  /** Nodes that need not be replaced any more. */
  done: number;
  total: number;
  /** What is done with it now, in two or three words. */
  stage: string;
  isGoingBack: boolean;
  hasEnded: boolean;
}

const stages: Readonly<Record<string, string>> = {
  RememberInput: 'begins',
  ChooseStart: 'begins',
  ClearNodeGroup: 'begins',
  TakeBaseline: 'looks at workloads',
  WaitForBaseline: 'looks at workloads',
  SwapAmi: 'swaps the AMI',
  PrepareNodeGroup: 'makes the group ready',
  UpdateNodeGroup: 'asks EKS',
  WaitForOthers: 'waits for others',
  WaitForUpdate: 'EKS replaces nodes',
  WatchUpdate: 'EKS replaces nodes',
  DrainNodes: 'empties nodes',
  ProbeNodes: 'probes new nodes',
  WaitForDrain: 'empties nodes',
  EvaluateHealthGates: 'bakes',
  Bake: 'bakes',
  SettleNodeGroup: 'ends',
};

/** Node groups that an execution works on, or worked on last, in the order they were begun. */
export const progressOf = (aws: EmbeddedAws): NodeGroupProgress[] => {
  const latest = new Map<string, Execution>();
  for (const execution of aws.executions.all) {
    if (machineOf(execution) !== 'roll-out-node-group') continue;
    const { cluster, name } = placeOf(execution);
    latest.set(`${cluster}/${name}`, execution);
  }
  const isOneCluster = aws.world.clusters.size === 1;
  return [...latest].flatMap(([shown, execution]) => {
    const { cluster, name } = placeOf(execution);
    const nodeGroup = aws.world.clusters.get(cluster)?.nodeGroupNamed(name);
    return nodeGroup === undefined ? [] : [oneProgress(isOneCluster ? name : shown, nodeGroup, execution)];
  });
};

const placeOf = (execution: Execution): { cluster: string; name: string } => {
  const { nodeGroup, fence } = JSON.parse(execution.input) as { nodeGroup: string; fence: { clusterName: string } };
  return { cluster: fence.clusterName, name: nodeGroup };
};

const oneProgress = (name: string, nodeGroup: NodeGroup, execution: Execution): NodeGroupProgress => {
  const wanted = wantedImageId(nodeGroup);
  const desired = desiredSize(nodeGroup);
  const left = nodeGroup.group.members.filter((instance) => instance.image.imageId !== wanted).length;
  const entered = execution.history.filter((event) => event.stateEnteredEventDetails !== undefined);
  const state = entered.at(-1)?.stateEnteredEventDetails?.name ?? '';
  const isGoingBack = timesBegun(nodeGroup) > 1;
  const hasEnded = execution.status !== 'RUNNING';
  return {
    name,
    done: desired - Math.min(desired, left),
    total: desired,
    stage: hasEnded ? 'done' : stageOf(state, isGoingBack, nodeGroup.kind),
    isGoingBack,
    hasEnded,
  };
};

/** The image that its last update, or refresh, leads to. */
const wantedImageId = (nodeGroup: NodeGroup): string | undefined => {
  const { group } = nodeGroup;
  if (nodeGroup.kind === 'self-managed') {
    const last = group.refreshes.at(-1);
    return last && group.versionOf(last.launchesFrom)?.data.ImageId;
  }
  const params = nodeGroup.updates.at(-1)?.params;
  const target = params?.find(({ type }) => type === 'LaunchTemplateVersion')?.value;
  return target === undefined ? undefined : nodeGroup.launchTemplate?.template.version(target)?.data.ImageId;
};

/** How often its nodes were begun to be replaced: there, back, … */
const timesBegun = (nodeGroup: NodeGroup): number => {
  if (nodeGroup.kind === 'managed') return nodeGroup.updates.length;
  return nodeGroup.group.refreshes.reduce((sum, { isRollingBack }) => sum + (isRollingBack ? 2 : 1), 0);
};

const stageOf = (state: string, isGoingBack: boolean, kind: NodeGroup['kind']): string => {
  const stage = stages[state] ?? state;
  const inDirection = isGoingBack && stage === 'EKS replaces nodes' ? 'EKS takes them back' : stage;
  return kind === 'managed' ? inDirection : inDirection.replace('EKS', 'Auto Scaling');
};
