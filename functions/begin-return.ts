import { beginAgain, type Verdict } from '../core/node-group/record.ts';
import type { Rollouts } from '../core/ports.ts';
import type { WaveStart } from '../core/rollout/after-wave.ts';

/** Node groups that had ended well and go back after all begin again; the others go on from where they are. */
export const beginReturn = async (rollouts: Rollouts, rolloutId: string, next: WaveStart): Promise<void> => {
  if (next.mode !== 'back') return;
  const verdict: Verdict = { verdict: 'Asked', reason: next.reason };
  for (const name of next.nodeGroups) {
    const present = await rollouts.readNodeGroup(rolloutId, name);
    if (present === null || present.value.mode === 'back') continue;
    await rollouts.writeNodeGroup(rolloutId, beginAgain(present.value, 'back', verdict), present.revision);
  }
};
