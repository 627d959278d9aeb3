/** What a rehearsal came to: what people and machines read of it. The same scenario gives the same report, to the byte. */

import { type EmbeddedAws, stackName } from './embedded-aws.ts';
import type { Execution } from './state-machines/index.ts';
import { imagesOf } from './world/node-groups.ts';

/** An answer of roll-out-cluster, as it stands in the output or the cause. */
export interface AnswerRead {
  outcome: string;
  reason: string;
  rolloutId: string;
  clusterName: string | null;
  nodeGroups: { name: string; outcome: string; reason: string; from: AmiRead; to: AmiRead }[];
  plan: { waves: string[][]; findings: { code: string; nodeGroup?: string; message: string; level: string }[] };
}

interface AmiRead {
  imageId: string | null;
  releaseVersion: string | null;
  launchTemplateVersion: string | null;
}

export interface NodeGroupReport {
  mostOutOfService: number;
  mostExtra: number;
  images: Record<string, number>;
  cordoned: number;
  /** Of a self-managed one: pods that an instance refresh killed although a disruption budget protects them. */
  podsKilled?: Record<string, number>;
}

export interface Report {
  scenario: string;
  asExpected: boolean;
  executions: AnswerRead[];
  calls: Record<string, number>;
  transitions: number;
  simulatedSeconds: number;
  nodeGroups: Record<string, NodeGroupReport>;
  /** Of executions of roll-out-fleet. */
  fleets: unknown[];
  /** Executions that ended without an answer: stopped from outside, or dead. */
  withoutAnswer: { name: string; machine: string; status: string }[];
  /** Events that no retry could deliver, and why: on AWS they lie in a dead-letter queue. */
  lostTriggers: string[];
  differences: string[];
  invariants: string[];
}

export const machineOf = (execution: Execution): string => execution.machine.name.slice(stackName.length + 1);

/** Output of a SUCCEEDED execution, cause of a FAILED one; undefined when it left neither. */
export const answerOf = (execution: Execution): unknown => {
  const text = execution.status === 'SUCCEEDED' ? execution.output : execution.cause;
  if (text === undefined || execution.status === 'ABORTED' || execution.status === 'TIMED_OUT') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const clusterAnswers = (aws: EmbeddedAws): AnswerRead[] =>
  aws.executions.all
    .filter((execution) => machineOf(execution) === 'roll-out-cluster')
    .flatMap((execution) => (answerOf(execution) as AnswerRead | undefined) ?? []);

export const reportOf = (
  aws: EmbeddedAws,
  scenario: { name: string; now: string },
  found: { differences: string[]; invariants: string[] },
): Report => {
  const all = aws.executions.all;
  return {
    scenario: scenario.name,
    asExpected: found.differences.length === 0 && found.invariants.length === 0,
    executions: clusterAnswers(aws),
    calls: Object.fromEntries([...aws.productCalls.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    transitions: all.reduce((sum, execution) => sum + execution.transitions, 0),
    simulatedSeconds: Math.round((aws.clock.now - Date.parse(scenario.now)) / 1000),
    nodeGroups: Object.fromEntries(
      aws.world.nodeGroups().map((nodeGroup) => [
        `${nodeGroup.cluster.name}/${nodeGroup.name}`,
        {
          mostOutOfService: nodeGroup.seen.mostOutOfService,
          mostExtra: nodeGroup.seen.mostExtra,
          images: imagesOf(nodeGroup.group.members),
          cordoned: [...nodeGroup.cluster.nodes.values()].filter(
            (node) => node.instance.group === nodeGroup.group && node.isUnschedulable,
          ).length,
          ...(nodeGroup.kind === 'self-managed' ? { podsKilled: nodeGroup.seen.podsKilled } : {}),
        },
      ]),
    ),
    fleets: all
      .filter((execution) => machineOf(execution) === 'roll-out-fleet')
      .flatMap((execution) => answerOf(execution) ?? []),
    withoutAnswer: all
      .filter((execution) => machineOf(execution) !== 'roll-out-node-group' && answerOf(execution) === undefined)
      .map((execution) => ({ name: execution.name, machine: machineOf(execution), status: execution.status })),
    lostTriggers: [...aws.lost],
    differences: found.differences,
    invariants: found.invariants,
  };
};
