/** What is recorded of a state that was cut: an event of its type, where the type has one. */

import type { State } from './definition.ts';
import type { Lane } from './lane.ts';
import type { Run } from './run.ts';

/** The state each lane is in. */
const current = new WeakMap<Lane, State>();

export const enter = (lane: Lane, state: State): void => {
  current.set(lane, state);
};

/**
 * AWS records it for the failing strand too, if the state that failed was a Task; other states of a failing strand have
 * recorded their failure themselves.
 *
 * @param into the lane whose history it stands in: that of the Map or Parallel
 */
export const recordAborted = (run: Run, into: Lane, cut: Lane, failingEventId: number, isCut = true): void => {
  const type = current.get(cut)?.type;
  if (type === 'Task' || (isCut && (type === 'Wait' || type === 'Map' || type === 'Parallel'))) {
    run.recordAside(into, { type: `${type}StateAborted` }, failingEventId);
  }
};
