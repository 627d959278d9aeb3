import { type Control, pauseOf } from '../core/control/control.ts';
import { stopReason } from '../core/node-group/before-change.ts';
import type { NodeGroupRecord } from '../core/node-group/record.ts';
import type { Andon, Controls, Recalls, Rollouts, SpentReleases } from '../core/ports.ts';
import { readOthers } from './node-group-record.ts';

export interface StopPorts {
  andon: Andon;
  controls: Controls;
  recalls: Recalls;
  rollouts: Rollouts;
  spentReleases: SpentReleases;
}

/** What is read right before a node group is started. */
export interface StopRule {
  isAndonOn: boolean;
  control: Control;
  /** Why it may not be started any more. */
  stop: string | undefined;
  /** Why it is not started for now. */
  pause: string | undefined;
}

export const readStopRule = async (
  ports: StopPorts,
  rolloutId: string,
  record: Pick<NodeGroupRecord, 'name' | 'target' | 'variant' | 'rules' | 'startedAt'>,
): Promise<StopRule> => {
  const others = await readOthers(ports.rollouts, rolloutId, record.name);
  const isAndonOn = await ports.andon.isOn();
  const { value: control } = await ports.controls.read(rolloutId);
  const { imageId } = record.target;
  const { ring } = record.rules;
  const recall = await ports.recalls.of(imageId);
  const spent =
    ring === null || record.variant === null ? null : await ports.spentReleases.inRing(ring, record.variant, imageId);
  // What had been spent before, a person has asked for again.
  const isNews = spent !== null && (spent.spentAt ?? '') > record.startedAt;
  const stop = stopReason(others, isAndonOn, control, recall, isNews ? spent : null);
  return { isAndonOn, control, stop, pause: pauseOf(control) };
};
