/** Where a node group goes after its health gates were read: on baking, finished, back, or to a person. */
import { describeSeconds } from '../duration.ts';
import { type Decision, decideReturn } from '../node-group/decision.ts';
import {
  type GateMemories,
  type GateMemory,
  type NodeGroupRecord,
  noReadings,
  openAttempt,
  type Verdict,
} from '../node-group/record.ts';
import { settle } from '../node-group/step.ts';
import type { Policy } from '../policy/policy.ts';
import { looksAtWorkloads } from './gate-name.ts';
import type { Measurement } from './measurement.ts';

/** Unhealthy readings that are tolerated; one more and the gate has failed. */
export const failureLimit = 2;
/** Missing readings one after another that are tolerated (Argo Rollouts tolerates as many, consecutiveErrorLimit). */
export const missingLimit = 4;

/** How long after the bake a gate may go without a last healthy reading before a person is asked. */
const overtimeSeconds = 2 * 3600;
/** How long after the bake a doubt may last. */
const doubtSeconds = 600;
const shortestIntervalSeconds = 30;
const longestIntervalSeconds = 300;

/** One look at one gate. */
export interface GateReading {
  gate: string;
  measurement: Measurement;
}

export interface GatesQuestion {
  /** `nodes-ready` first, then the others in the order of the policy. */
  readings: readonly GateReading[];
  /** Names of gates that are measured and never decide. */
  dryRun: readonly string[];
  memory: GateMemories;
  /** The first wave: what passes here opens the way for all others. */
  isCanary: boolean;
  /** When the update had ended, ISO 8601. */
  updatedAt: string;
  bakeTimeSeconds: number;
  onFailure: Policy['onFailure'];
  now: string;
}

export interface GatesDecision extends Decision {
  /** The release has proved itself on this node group. */
  hasPassed?: true;
  memory: GateMemories;
}

/** The gravest reading decides. One that could not be taken is read again, and neither passes nor fails a gate. */
export const judgeGates = (question: GatesQuestion): GatesDecision => {
  const { dryRun, updatedAt, bakeTimeSeconds, onFailure, isCanary, now } = question;
  const memory = remember(question.memory, question.readings);
  const readings = question.readings.filter(({ gate }) => !dryRun.includes(gate));
  const rehearsed = question.readings.filter(({ gate }) => dryRun.includes(gate));
  const memoryOf = ({ gate }: GateReading): GateMemory => memory[gate] ?? noReadings;
  const bakedSeconds = secondsBetween(updatedAt, now);
  const overdueSeconds = bakedSeconds - bakeTimeSeconds;

  const failed = readings.find((reading) => isFailed(reading, memoryOf(reading)));
  if (failed !== undefined) return { memory, ...decideReturn(against('Failed', failed), onFailure) };

  const unread = readings.find((each) => each.measurement.kind === 'missing' && memoryOf(each).missing > missingLimit);
  if (unread !== undefined) {
    const times = memoryOf(unread).missing;
    return undecided(memory, against('Inconclusive', unread, `could not be read ${times} times: `));
  }
  if (readings[0]?.measurement.kind === 'nothing-to-measure') {
    return { memory, step: settle('Updated', 'is updated; it has no nodes, so its gates had nothing to measure') };
  }
  const open = readings.find(({ measurement }) => isOpen(measurement));
  if (open !== undefined) {
    const patience = open.measurement.kind === 'doubtful' ? doubtSeconds : overtimeSeconds;
    if (overdueSeconds >= patience) {
      const late = `no healthy end ${describeSeconds(overdueSeconds)} after the bake: `;
      return undecided(memory, against('Inconclusive', open, late));
    }
    return { memory, step: bakeOn(`${told(open)}; it is read again`, bakedSeconds, Number.POSITIVE_INFINITY, true) };
  }
  const passed = readings.map(told).join('; ');
  if (overdueSeconds < 0) {
    const left = describeSeconds(-overdueSeconds);
    return { memory, step: bakeOn(`${passed}; bakes for ${left} more`, bakedSeconds, -overdueSeconds, false) };
  }
  const telling = readings.filter(({ gate }) => looksAtWorkloads(gate));
  if (isCanary && telling.length > 0 && telling.every(({ measurement }) => measurement.kind !== 'healthy')) {
    const reason = `${passed}: no gate that looks at workloads could tell anything, which is too little for the first wave`;
    return undecided(memory, { verdict: 'Inconclusive', reason });
  }
  return {
    memory,
    hasPassed: true,
    step: settle(
      'Updated',
      `${passed}${readings.length > 1 ? ',' : ''} throughout ${describeSeconds(bakedSeconds)} of bake${rehearsed.map((each) => `; in dry run ${toldOfDryRun(each, memoryOf(each))}`).join('')}`,
    ),
  };
};

const isFailed = ({ measurement }: GateReading, memory: GateMemory): boolean =>
  measurement.kind === 'unhealthy' && memory.unhealthy > failureLimit;

/** It may still become one thing or the other. */
const isOpen = ({ kind }: Measurement): boolean =>
  kind !== 'healthy' && kind !== 'abstains' && kind !== 'nothing-to-measure';

const told = ({ gate, measurement }: GateReading): string => {
  switch (measurement.kind) {
    case 'nothing-to-measure':
      return `${gate} had nothing to measure`;
    case 'abstains':
      return `${gate} abstains (${measurement.reason})`;
    default:
      return `${gate}: ${measurement.reason}`;
  }
};

/** Of a gate that decides nothing: what it says, or what it would have done. */
const toldOfDryRun = (reading: GateReading, { readings, unhealthy, missing }: GateMemory): string => {
  if (unhealthy > failureLimit)
    return `${reading.gate} would have failed, unhealthy at ${unhealthy} of ${readings} readings (${told(reading)})`;
  return missing > missingLimit ? `${reading.gate} would have been undecided (${told(reading)})` : told(reading);
};

/** The node group is wholly on the new AMI and nobody can say whether that is good: it stays until a person decides. */
const undecided = (memory: GateMemories, verdict: Verdict): GatesDecision => ({
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

/** What was put on new nodes is looked after before the gates are read again. */
export const withProbes = <D extends Decision>(decision: D, readings: readonly GateReading[]): D =>
  decision.step.step === 'Bake' && readings.some(({ gate }) => gate === 'probe')
    ? { ...decision, step: { ...decision.step, probes: true } }
    : decision;

/**
 * While an update runs: what is unhealthy then is remembered, and a gate that fails is recorded, so that no other node
 * group starts. Everything else is read again in earnest once the update has ended.
 */
export const judgeInFlight = (
  readings: readonly GateReading[],
  earlier: GateMemories,
  dryRun: readonly string[],
): { memory: GateMemories; verdict?: Verdict } => {
  const unhealthy = readings.filter(({ measurement }) => measurement.kind === 'unhealthy');
  const memory = remember(earlier, unhealthy);
  const failed = unhealthy.find(
    (reading) => !dryRun.includes(reading.gate) && isFailed(reading, memory[reading.gate] ?? noReadings),
  );
  if (failed === undefined) return { memory };
  return { memory, verdict: { verdict: 'Failed', reason: `${told(failed)}, while the update ran` } };
};

const against = (verdict: Verdict['verdict'], { gate, measurement }: GateReading, before = ''): Verdict => ({
  verdict,
  reason: `${gate}: ${before}${'reason' in measurement ? measurement.reason : ''}`,
});

const remember = (earlier: GateMemories, readings: readonly GateReading[]): GateMemories => ({
  ...earlier,
  ...Object.fromEntries(
    readings.map(({ gate, measurement: { kind } }) => {
      const { readings: count, unhealthy, missing } = earlier[gate] ?? noReadings;
      const now: GateMemory = {
        readings: count + 1,
        unhealthy: unhealthy + (kind === 'unhealthy' ? 1 : 0),
        missing: kind === 'missing' ? missing + 1 : 0,
      };
      return [gate, now];
    }),
  ),
});

/** Read often at first and ever less often later: most faults show early, and each reading costs. */
const bakeOn = (reason: string, bakedSeconds: number, leftSeconds: number, isOpenStill: boolean) => {
  const interval = Math.min(longestIntervalSeconds, Math.max(shortestIntervalSeconds, bakedSeconds / 3));
  const seconds = isOpenStill ? shortestIntervalSeconds : Math.ceil(Math.min(interval, leftSeconds));
  return { step: 'Bake', seconds, reason } as const;
};

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;
