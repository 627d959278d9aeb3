/** May node groups be started now? Asked before the lease is taken, before each wave, and by each node group itself. */
import { describeSeconds } from '../duration.ts';
import type { Mode } from '../node-group/record.ts';
import { type Calendar, type Fit, nextFit } from '../window/window.ts';

export interface ClearanceQuestion {
  /** Only what goes forward needs a window; what goes back, or is ended for a dead execution, waits for nothing. */
  mode: Mode;
  /** A person said that it may be started outside of the windows. */
  ignoresWindow: boolean;
  calendar: Calendar;
  /** What would be started next, and how many minutes each is expected to take. */
  nodeGroups: readonly { name: string; minutes: number }[];
  now: string;
}

export type Clearance =
  | { clearance: 'go' }
  /** Nothing could be started; look again then. */
  | { clearance: 'wait'; seconds: number; reason: string }
  | { clearance: 'never'; reason: string };

/** A longer wait frees the lease, and what has been planned is planned again after it. */
export const longestWaitWithLeaseSeconds = 3600;

/** It goes on as soon as one of the node groups could start; each asks again for itself. */
export const clearanceOf = ({ mode, ignoresWindow, calendar, nodeGroups, now }: ClearanceQuestion): Clearance => {
  if (mode !== 'forward' || ignoresWindow || nodeGroups.length === 0) return { clearance: 'go' };
  const instant = Date.parse(now);
  const fits = nodeGroups.map(({ name, minutes }) => ({ name, minutes, ...nextFit(calendar, instant, minutes) }));
  if (fits.some(({ fit }) => fit === 'now')) return { clearance: 'go' };
  const [first] = fits.filter(isLater).sort((a, b) => a.at - b.at);
  if (first === undefined)
    return { clearance: 'never', reason: `${fits.map(told).join('; ')}: no maintenance window is open for so long` };
  const seconds = Math.ceil((first.at - instant) / 1000);
  return {
    clearance: 'wait',
    seconds,
    reason: `${told(first)}, and the next maintenance window for it opens at ${new Date(first.at).toISOString()}, in ${describeSeconds(seconds)}`,
  };
};

const isLater = <Of extends Fit>(fit: Of): fit is Extract<Of, { fit: 'later' }> => fit.fit === 'later';

const told = ({ name, minutes }: { name: string; minutes: number }): string =>
  `${name} usually takes ${minutes} minute${minutes === 1 ? '' : 's'}`;
