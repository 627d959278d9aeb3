/**
 * May a node group be changed now? Asked right before each request to AWS, by each child of a rollout: nothing that was
 * allowed a minute ago is taken for granted.
 */
import { type Control, stopOf } from '../control/control.ts';
import { describeSeconds } from '../duration.ts';
import { describeRecall, type Recall } from '../release/recall.ts';
import type { SpentRelease } from '../release/wanted-release.ts';
import { type Direction, imageFor, type NodeGroupRecord, openAttempt, versionFor, versionName } from './record.ts';
import { type NodeGroupStep, type Settle, settle } from './step.ts';

/** A node group as one look at AWS shows it. */
export type NodeGroupLook =
  | { isThere: false }
  | {
      isThere: true;
      status: string;
      /** The launch template version it is configured with, or the release version where EKS chooses the AMI. */
      configuredVersion: string | null;
      /** Instances that are there to stay, by image. */
      instances: Readonly<Record<string, number>>;
      /** Instances that leave and wait for our lifecycle hook; none where EKS runs the Auto Scaling group. */
      leaving: readonly string[];
    };

/** Somebody else's update is waited for this long before the node group is held. */
export const patienceWithOthersSeconds = 4 * 3600;

/**
 * Why no further node group of a rollout may start, or undefined. A gate that failed in one node group stops the others
 * before their first change, whatever wave they are in; a release that failed in another cluster of the ring stops here, too.
 */
export const stopReason = (
  others: readonly Pick<NodeGroupRecord, 'name' | 'verdict' | 'outcome'>[],
  isAndonOn: boolean,
  control: Control,
  recall: Recall | null = null,
  spent: Pick<SpentRelease, 'releaseVersion' | 'imageId' | 'rolloutId'> | null = null,
): string | undefined => {
  if (isAndonOn) return 'the andon switch is on (or cannot be read)';
  if (recall !== null) return describeRecall(recall);
  if (spent !== null) {
    return `${spent.releaseVersion ?? spent.imageId} was spent in this ring meanwhile, by rollout ${spent.rolloutId}`;
  }
  const asked = stopOf(control);
  if (asked !== undefined) return asked;
  const failed = others.find(
    ({ verdict, outcome }) =>
      verdict !== null || outcome === 'RolledBack' || outcome === 'Held' || outcome === 'Failed',
  );
  return failed && `${failed.name} ${failed.verdict === null ? `ended ${failed.outcome}` : 'failed its health gates'}`;
};

export interface ChangeQuestion {
  record: NodeGroupRecord;
  direction: Direction;
  look: NodeGroupLook;
  isAndonOn: boolean;
  stop: string | undefined;
  /** Why nothing is started for now. */
  pause: string | undefined;
  /** When this step first waited for somebody else; null when it did not. */
  waitingSince: string | null;
  now: string;
}

export type ChangeVerdict = { verdict: 'go' } | { verdict: 'elsewhere'; step: NodeGroupStep };

/** Before an update is asked for. `go` means: ask for it, now. */
export const mayUpdate = (question: ChangeQuestion): ChangeVerdict => {
  const { record, direction, look, isAndonOn } = question;
  const begun = record.attempts.length > 0;
  const stopped = stopBefore(record, direction, question.stop, question.pause);
  if (!look.isThere || look.status === 'DELETING') return elsewhere(gone(record));
  const open = openAttempt(record);
  const isTakenBack = mayTakeBack(record, direction);
  // A request that AWS has answered is watched; one it may not have received is made again as the same request.
  if (open !== undefined && open.updateId !== null && !isTakenBack)
    return elsewhere(watchSoon(`${open.updateId} runs`));
  if (stopped !== undefined) return elsewhere(stopped);
  if (isAndonOn && open !== undefined && look.status === 'UPDATING') return elsewhere(watchSoon('asked for'));
  if (isAndonOn) return elsewhere(settle(begun ? 'Held' : 'Untouched', andonReason(record, direction)));
  if (open !== undefined) return go(record, direction);
  if (look.status === 'UPDATING') return elsewhere(waitForOthers(question));
  if (look.status !== 'ACTIVE' && look.status !== 'DEGRADED') {
    return elsewhere(settle(begun ? 'Held' : 'Untouched', `is ${look.status}; it is left alone`));
  }
  const ours = [versionFor(record, 'back'), versionFor(record, 'forward')];
  if (!ours.includes(look.configuredVersion)) return elsewhere(movedUnderneath(record, look.configuredVersion, ours));
  if (isWhollyOn(look, versionFor(record, direction), imageFor(record, direction))) {
    return elsewhere(
      direction === 'forward' ? { step: 'EvaluateHealthGates' } : settle(outcomeOfReturn(record), returnReason(record)),
    );
  }
  return go(record, direction);
};

const movedUnderneath = (record: NodeGroupRecord, version: string | null, ours: readonly (string | null)[]): Settle =>
  settle(
    'Held',
    `was moved underneath: it is on ${versionName(record)} ${version}, not ${ours.join(' or ')}; it is left alone`,
  );

/**
 * Somebody else took the node group to another version, or is about to, after our update had ended: whatever its nodes
 * say now, it is not about what we brought. Undefined: it is as we left it.
 */
export const movedAfterUpdate = (
  record: NodeGroupRecord,
  { status, configuredVersion }: { status: string; configuredVersion: string | null },
): Settle | undefined => {
  // A refresh of ours that still bakes has not made its version the group's own yet.
  if (openAttempt(record) !== undefined) return undefined;
  const ours = versionFor(record, 'forward');
  if (configuredVersion !== ours) return movedUnderneath(record, configuredVersion, [ours]);
  if (status !== 'UPDATING') return undefined;
  return settle('Held', 'is being moved underneath: somebody else updates it while it bakes; it is left alone');
};

/** A refresh that runs can be rolled back; an update by EKS cannot be stopped. */
export const mayTakeBack = (record: NodeGroupRecord, direction: Direction): boolean =>
  record.group !== null && direction === 'back' && openAttempt(record)?.direction === 'forward';

/** A group that people run is made ready first: nothing of it is replaced without the hook that lets us empty nodes. */
const go = (record: NodeGroupRecord, direction: Direction): ChangeVerdict => {
  if (record.group !== null && !record.group.isPrepared) return elsewhere({ step: 'PrepareNodeGroup', direction });
  return versionFor(record, direction) === null ? elsewhere({ step: 'SwapAmi' }) : { verdict: 'go' };
};

/** What has not begun is not begun any more once a stop rule holds. */
export const stopBefore = (
  record: NodeGroupRecord,
  direction: Direction,
  stop: string | undefined,
  pause: string | undefined,
): Settle | undefined => {
  if (record.isBegun || direction === 'back') return undefined;
  if (stop === undefined) return pause === undefined ? undefined : settle('Deferred', pause);
  return settle(record.attempts.length > 0 ? 'Held' : 'Untouched', `was not started: ${stop}`);
};

/** Configured for a version, and every instance runs its image. */
export const isWhollyOn = (
  look: Extract<NodeGroupLook, { isThere: true }>,
  version: string | null,
  imageId: string | null,
): boolean => look.configuredVersion === version && Object.keys(look.instances).every((each) => each === imageId);

/** A node group that was deleted midway concerns nobody any more. */
export const gone = (record: NodeGroupRecord): Settle => ({
  ...settle('Untouched', `is gone: ${record.name} was deleted while the rollout ran`),
  isGone: true,
});

/** What a node group that is back on its former AMI is called. */
export const outcomeOfReturn = (record: NodeGroupRecord): 'RolledBack' | 'Held' =>
  record.verdict?.verdict === 'Inconclusive' ? 'Held' : 'RolledBack';

export const returnReason = (record: NodeGroupRecord): string =>
  `${record.verdict?.reason ?? 'it was asked for'}; it is back on ${record.from.releaseVersion ?? record.from.imageId}${record.target.template === null ? '' : ` (launch template version ${record.from.launchTemplateVersion})`}`;

const andonReason = (record: NodeGroupRecord, direction: Direction): string =>
  direction === 'forward'
    ? 'the andon switch is on (or cannot be read); nothing further was changed'
    : `the andon switch is on (or cannot be read), so it was not taken back although ${record.verdict?.reason ?? 'that was asked for'}`;

const waitForOthers = ({ record, direction, waitingSince, now }: ChangeQuestion): NodeGroupStep => {
  const waited = waitingSince === null ? 0 : (Date.parse(now) - Date.parse(waitingSince)) / 1000;
  const reason = `${record.name} is UPDATING: somebody else changes it`;
  if (waited < patienceWithOthersSeconds) return { step: 'WaitForOthers', seconds: 60, direction, reason };
  return settle('Held', `${reason}, still after ${describeSeconds(waited)}`);
};

const watchSoon = (what: string): NodeGroupStep => ({ step: 'WaitForUpdate', seconds: 30, reason: `update ${what}` });

const elsewhere = (step: NodeGroupStep): ChangeVerdict => ({ verdict: 'elsewhere', step });
