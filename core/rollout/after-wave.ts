/** What a rollout does when the node groups it started have ended, well or not. */
import { createHash } from 'node:crypto';
import { type Control, stopOf } from '../control/control.ts';
import type { Mode, NodeGroupRecord } from '../node-group/record.ts';
import type { Policy } from '../policy/policy.ts';

export interface WaveStart {
  step: 'StartNodeGroups';
  /** Index of the wave, from 0. */
  wave: number;
  mode: Mode;
  nodeGroups: string[];
  reason: string;
  /** How often the node groups of this wave were started again because their executions had died. */
  again: number;
  /** How often they were started again because they had been deferred. */
  turn: number;
}

export type AfterWave = WaveStart | { step: 'FinishRollout'; reason: string };

export interface WaveQuestion {
  waves: readonly (readonly string[])[];
  records: readonly NodeGroupRecord[];
  /** The wave that has just ended. */
  wave: number;
  mode: Mode;
  /** What was started in it. */
  started: readonly string[];
  again: number;
  turn: number;
  onFailure: Policy['onFailure'];
  isAndonOn: boolean;
  control: Control;
}

/** A child whose execution died is ended by another one; a third death is a person's business. */
const mostAgain = 3;

export const afterWave = (question: WaveQuestion): AfterWave => {
  const { waves, records, wave, mode, started, again, turn, onFailure } = question;
  const deferred = (waves[wave] ?? []).filter((name) => isDeferred(recordOf(records, name)));
  const dead = started.filter((name) => recordOf(records, name)?.outcome == null && !deferred.includes(name));
  if (dead.length > 0) {
    if (again >= mostAgain) return finish(`${dead.join(', ')} could not be brought to an end`);
    return {
      step: 'StartNodeGroups',
      wave,
      mode: 'settle',
      nodeGroups: dead,
      reason: `the execution that worked on ${dead.join(', ')} has died; what it began is ended`,
      again: again + 1,
      turn,
    };
  }
  if (mode === 'back') return finish('everything that was to go back has been tried');
  const bad = records.filter((record) => isBad(record));
  const updated = records.filter((record) => record.outcome === 'Updated').map((record) => record.name);
  const stop = stopOf(question.control);
  if (stop !== undefined && question.control.end?.wish === 'roll-back' && updated.length > 0) {
    return { step: 'StartNodeGroups', wave, mode: 'back', nodeGroups: updated, reason: stop, again: 0, turn: 0 };
  }
  if (bad.length > 0) {
    const because = bad.map((record) => `${record.name} ended ${record.outcome}`).join(', ');
    if (onFailure === 'rollBackAll' && updated.length > 0 && bad.some((record) => record.outcome === 'RolledBack')) {
      return {
        step: 'StartNodeGroups',
        wave,
        mode: 'back',
        nodeGroups: updated,
        reason: `${because}; the policy says onFailure: rollBackAll`,
        again: 0,
        turn: 0,
      };
    }
    return finish(because);
  }
  if (stop !== undefined) return finish(stop);
  const isLeft = (name: string): boolean => recordOf(records, name)?.outcome == null;
  const next = waves.findIndex((names, index) => index > wave && names.some(isLeft));
  if (mode === 'settle' && again === 0) return finish('what was begun is ended');
  if (next === -1 && deferred.length === 0) return finish('every wave has passed');
  if (question.isAndonOn) return finish('the andon switch is on (or cannot be read)');
  if (deferred.length > 0) {
    const reason = `${deferred.join(', ')} of wave ${wave + 1} had to wait`;
    return { step: 'StartNodeGroups', wave, mode: 'forward', nodeGroups: deferred, reason, again: 0, turn: turn + 1 };
  }
  return {
    step: 'StartNodeGroups',
    wave: next,
    mode: 'forward',
    nodeGroups: (waves[next] ?? []).filter(isLeft),
    reason: `wave ${wave + 1} passed`,
    again: 0,
    turn: 0,
  };
};

/**
 * The name of a child execution: at most 80 characters, unique for 90 days (Step Functions API, StartExecution). The same
 * start names the same child; a redriven parent, and one that took the lease again, names another one, because an ended
 * child's name cannot be used again.
 */
export const childName = (
  parent: { executionName: string; redriveCount: number; generation: number },
  start: WaveStart,
  nodeGroup: string,
): string => {
  const { executionName, redriveCount, generation } = parent;
  const { wave, mode, again, turn } = start;
  const identity = [executionName, redriveCount, generation, wave, mode, again, turn, nodeGroup].join(' ');
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  return `${nodeGroup.slice(0, 40)}-${start.mode}-${hash}`;
};

/** Its turn came, and it was told to wait. */
const isDeferred = (record: NodeGroupRecord | undefined): boolean =>
  record !== undefined && record.deferred !== null && record.outcome === null;

/** A node group that was to be updated and was not gave no verdict, so its wave has not passed; a deleted one is no loss. */
const isBad = ({ outcome, isGone }: NodeGroupRecord): boolean =>
  outcome !== null && outcome !== 'Updated' && outcome !== 'UpToDate' && !isGone;

const recordOf = (records: readonly NodeGroupRecord[], name: string): NodeGroupRecord | undefined =>
  records.find((record) => record.name === name);

const finish = (reason: string): AfterWave => ({ step: 'FinishRollout', reason });
