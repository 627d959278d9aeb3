/** Where a node group goes after its health gates were read: on baking, finished, back, or to a person. */
import { describeSeconds } from '../duration.ts';
import { type Decision, decideReturn } from '../node-group/decision.ts';
import { type GateMemory, type NodeGroupRecord, openAttempt, type Verdict } from '../node-group/record.ts';
import { settle } from '../node-group/step.ts';
import type { Policy } from '../policy/policy.ts';
import type { Measurement } from './measurement.ts';

/** Unhealthy readings that are tolerated; one more and the gate has failed. */
export const failureLimit = 2;
/** Missing readings one after another that are tolerated (Argo Rollouts tolerates as many, consecutiveErrorLimit). */
export const missingLimit = 4;

/** How long after the bake a gate may go without a last healthy reading before a person is asked. */
const overtimeSeconds = 2 * 3600;
const shortestIntervalSeconds = 30;
const longestIntervalSeconds = 300;

export interface GateQuestion {
  gate: string;
  measurement: Measurement;
  memory: GateMemory;
  /** When the update had ended, ISO 8601. */
  updatedAt: string;
  bakeTimeSeconds: number;
  onFailure: Policy['onFailure'];
  now: string;
}

export interface GateDecision extends Decision {
  memory: GateMemory;
}

export const judgeGate = (question: GateQuestion): GateDecision => {
  const { gate, measurement, updatedAt, bakeTimeSeconds, onFailure, now } = question;
  const memory = remember(question.memory, measurement);
  const bakedSeconds = (Date.parse(now) - Date.parse(updatedAt)) / 1000;
  const leftSeconds = bakeTimeSeconds - bakedSeconds;
  const again = (reason: string): GateDecision => {
    if (leftSeconds > -overtimeSeconds) {
      return {
        memory,
        step: { step: 'Bake', seconds: shortestIntervalSeconds, reason: `${gate}: ${reason}; it is read again` },
      };
    }
    return undecided(
      memory,
      against('Inconclusive', gate, `no healthy end ${describeSeconds(-leftSeconds)} after the bake: ${reason}`),
    );
  };
  switch (measurement.kind) {
    case 'nothing-to-measure':
      return { memory, step: settle('Updated', `is updated; it has no nodes, so ${gate} had nothing to measure`) };
    case 'healthy':
      if (leftSeconds > 0) return { memory, step: bake(gate, measurement.reason, bakedSeconds, leftSeconds) };
      return {
        memory,
        step: settle('Updated', `${gate}: ${measurement.reason} throughout ${describeSeconds(bakedSeconds)} of bake`),
      };
    case 'starting':
      return again(measurement.reason);
    case 'unhealthy':
      if (memory.unhealthy <= failureLimit) return again(measurement.reason);
      return { memory, ...decideReturn(against('Failed', gate, measurement.reason), onFailure) };
    case 'missing': {
      if (memory.missing <= missingLimit) return again(measurement.reason);
      return undecided(
        memory,
        against('Inconclusive', gate, `could not be read ${memory.missing} times: ${measurement.reason}`),
      );
    }
  }
};

/** The node group is wholly on the new AMI and nobody can say whether that is good: it stays until a person decides. */
const undecided = (memory: GateMemory, verdict: Verdict): GateDecision => ({
  memory,
  verdict,
  step: settle('Held', `${verdict.reason}; it stays on the new AMI until a person decides`),
});

/**
 * A refresh that still bakes can be taken back; what would end the node group otherwise waits for its end, and is decided
 * then.
 */
export const whileItBakes = (record: NodeGroupRecord, decision: Decision): Decision =>
  decision.step.step === 'SettleNodeGroup' && openAttempt(record) !== undefined
    ? {
        step: {
          step: 'WaitForUpdate',
          seconds: shortestIntervalSeconds,
          reason: `its refresh bakes; ${decision.step.reason}`,
        },
      }
    : decision;

/** While an update by EKS runs it cannot be stopped; a gate that fails then is recorded, and no other node group starts. */
export const judgeInFlight = (
  gate: string,
  measurement: Measurement,
  earlier: GateMemory,
): { memory: GateMemory; verdict?: Verdict } => {
  const memory = remember(earlier, measurement);
  if (measurement.kind !== 'unhealthy' || memory.unhealthy <= failureLimit) return { memory };
  return { memory, verdict: against('Failed', gate, `${measurement.reason}, while the update ran`) };
};

const against = (verdict: Verdict['verdict'], gate: string, reason: string): Verdict => ({
  verdict,
  reason: `${gate}: ${reason}`,
});

const remember = (memory: GateMemory, measurement: Measurement): GateMemory => ({
  readings: memory.readings + 1,
  unhealthy: memory.unhealthy + (measurement.kind === 'unhealthy' ? 1 : 0),
  missing: measurement.kind === 'missing' ? memory.missing + 1 : 0,
});

/** Read often at first and ever less often later: most faults show early, and each reading costs. */
const bake = (gate: string, reason: string, bakedSeconds: number, leftSeconds: number) => {
  const interval = Math.min(longestIntervalSeconds, Math.max(shortestIntervalSeconds, bakedSeconds / 3));
  return {
    step: 'Bake',
    seconds: Math.ceil(Math.min(interval, leftSeconds)),
    reason: `${gate}: ${reason}; bakes for ${describeSeconds(leftSeconds)} more`,
  } as const;
};
