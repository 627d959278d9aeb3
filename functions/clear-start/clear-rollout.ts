import * as z from 'zod/mini';
import { predictedMinutes } from '../../core/node-group/pace.ts';
import type { NodeGroupRecord } from '../../core/node-group/record.ts';
import { recordOf } from '../../core/node-group/record.ts';
import { isDone } from '../../core/plan/plan-the-rest.ts';
import type { Paces, Rollouts } from '../../core/ports.ts';
import { clearanceOf, longestWaitWithLeaseSeconds } from '../../core/rollout/clearance.ts';
import type { RolloutRecord } from '../../core/rollout/record.ts';
import { executionSchema, fenceSchema } from '../events.ts';
import { freeLease } from '../fence.ts';
import { logger } from '../lambda.ts';
import type { ClearPorts } from './clear-node-group.ts';

const eventSchema = z.object({
  rolloutId: z.string(),
  execution: executionSchema,
  /** Left out before the lease is taken. */
  fence: z.nullish(fenceSchema),
  /** What goes on once it may. */
  next: z.discriminatedUnion('step', [
    z.looseObject({ step: z.literal('TakeLease') }),
    z.looseObject({
      step: z.literal('StartNodeGroups'),
      mode: z.enum(['forward', 'back', 'settle']),
      nodeGroups: z.array(z.object({ nodeGroup: z.string(), executionName: z.string() })),
    }),
  ]),
  now: z.string(),
});
type ClearEvent = z.output<typeof eventSchema>;

export type ClearStep =
  | ClearEvent['next']
  | { step: 'WaitForClearance'; seconds: number; reason: string; isLeaseFreed: boolean; next: unknown }
  | { step: 'FinishRollout'; rolloutId: string; outcome?: 'Refused'; reason: string };

/** Before the lease is taken, and before each wave: may anything of what comes next be started now? */
export const clearRollout = async (ports: ClearPorts, event: unknown): Promise<ClearStep> => {
  const { rolloutId, execution, fence, next, now } = eventSchema.parse(event);
  const found = await ports.rollouts.read(rolloutId);
  const rollout = found?.value;
  /** heal, resume and rollBack work on what an earlier execution planned; they say under the lease what they start. */
  const isFurther = execution.name !== rolloutId;
  if (found === null || rollout?.settings == null || (isFurther && fence == null)) return next;
  const records = await ports.rollouts.readNodeGroups(rolloutId);
  const clearance = clearanceOf({
    mode: next.step === 'TakeLease' ? 'forward' : next.mode,
    ignoresWindow: rollout.ignoresWindow,
    calendar: { windows: rollout.settings.maintenanceWindows, blackouts: rollout.settings.blackouts },
    nodeGroups: await predicted(ports.paces, rollout, records, namesOf(next, rollout, records)),
    now,
  });
  const isBegun = records.some(isDone);
  logger.info('Asked whether node groups may be started', { rolloutId, ...clearance });
  if (clearance.clearance === 'go') {
    if (rollout.waiting !== null) await ports.rollouts.write({ ...rollout, waiting: null }, found.revision);
    return next;
  }
  if (clearance.clearance === 'never') {
    return { step: 'FinishRollout', rolloutId, ...(isBegun ? {} : { outcome: 'Refused' }), reason: clearance.reason };
  }
  const { seconds, reason } = clearance;
  if (fence == null) {
    const other = isBegun ? undefined : await othersWait(ports, rollout);
    if (other !== undefined) {
      return {
        step: 'FinishRollout',
        rolloutId,
        outcome: 'Refused',
        reason: `rollout ${other} of ${rollout.key.clusterName} was started before and waits already`,
      };
    }
  }
  const until = new Date(Date.parse(now) + seconds * 1000).toISOString();
  await ports.rollouts.write({ ...rollout, waiting: { reason, until } }, found.revision);
  // A further execution does not plan again, so it keeps what it has.
  if (fence == null || seconds <= longestWaitWithLeaseSeconds || isFurther) {
    return { step: 'WaitForClearance', seconds, reason, isLeaseFreed: false, next };
  }
  await freeLease(ports.leases, fence);
  const again = { step: 'TakeLease', rolloutId, cluster: rollout.key };
  return { step: 'WaitForClearance', seconds, reason, isLeaseFreed: true, next: again };
};

/** What would be started next: what is said, or of the first wave what has not been. */
const namesOf = (
  next: ClearEvent['next'],
  { plan }: RolloutRecord,
  records: readonly NodeGroupRecord[],
): readonly string[] => {
  if (next.step === 'StartNodeGroups') return next.nodeGroups.map(({ nodeGroup }) => nodeGroup);
  const done = new Set(records.filter(isDone).map(({ name }) => name));
  const waves = plan.waves.map((wave) => wave.filter((name) => !done.has(name)));
  return waves.find((wave) => wave.length > 0) ?? [];
};

/** Before the lease is taken there is a plan, and no record yet. */
const predicted = async (
  paces: Paces,
  { key, plan, settings, startedAt }: RolloutRecord,
  records: readonly NodeGroupRecord[],
  names: readonly string[],
): Promise<{ name: string; minutes: number }[]> => {
  const known = await paces.of(key);
  return names.flatMap((name) => {
    const planned = plan.nodeGroups.find((each) => each.name === name);
    const record =
      records.find((each) => each.name === name) ??
      (planned?.target == null || settings === null
        ? undefined
        : recordOf(planned, planned.target, { wave: 0, startedAt }, settings));
    return record === undefined ? [] : [{ name, minutes: predictedMinutes(record, known.get(name) ?? null) }];
  });
};

const mostRead = 5;

/** Another rollout of the cluster that was started before this one and lives. Two would wake at the same minute. */
const othersWait = async (
  { rollouts, executions }: { rollouts: Rollouts; executions: ClearPorts['executions'] },
  { rolloutId, key, startedAt }: RolloutRecord,
): Promise<string | undefined> => {
  for (const id of await rollouts.listOf(key, mostRead)) {
    if (id === rolloutId) continue;
    const other = (await rollouts.read(id))?.value;
    if (other === undefined || other.status === 'settled') continue;
    if (other.startedAt > startedAt || (other.startedAt === startedAt && other.rolloutId > rolloutId)) continue;
    if ((await executions.status(other.execution)) !== 'ended') return id;
  }
  return undefined;
};
