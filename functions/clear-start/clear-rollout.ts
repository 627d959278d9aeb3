import * as z from 'zod/mini';
import { scopeOf } from '../../core/control/plan-scope.ts';
import { predictedMinutes } from '../../core/node-group/pace.ts';
import type { NodeGroupRecord } from '../../core/node-group/record.ts';
import { recordOf } from '../../core/node-group/record.ts';
import { isDone } from '../../core/plan/plan-the-rest.ts';
import type { Paces, Rollouts } from '../../core/ports.ts';
import type { WaveStart } from '../../core/rollout/after-wave.ts';
import { clearanceOfRollout, longestWaitWithLeaseSeconds } from '../../core/rollout/clearance.ts';
import type { RolloutRecord } from '../../core/rollout/record.ts';
import { beginReturn } from '../begin-return.ts';
import { executionSchema, fenceSchema } from '../events.ts';
import { freeLease } from '../fence.ts';
import { logger } from '../lambda.ts';
import { type StartNodeGroups, startNodeGroups } from '../plan-step.ts';
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
  | StartNodeGroups
  | Wait
  | { step: 'FinishRollout'; rolloutId: string; outcome?: 'Refused' | 'Held'; reason: string };

interface Wait {
  step: 'WaitForSignal';
  /** At most; a person's word ends the wait before. */
  seconds: number;
  reason: string;
  /** The control this was decided by; a word that came since then is not waited for. */
  seen: number;
  isLeaseFreed: boolean;
  next: unknown;
}

/** Before the lease is taken, and before each wave: may anything of what comes next be started now? */
export const clearRollout = async (ports: ClearPorts, event: unknown): Promise<ClearStep> => {
  const { rolloutId, execution, fence, next, now } = eventSchema.parse(event);
  const found = await ports.rollouts.read(rolloutId);
  const rollout = found?.value;
  /** heal, resume and rollBack work on what an earlier execution planned; they say under the lease what they start. */
  const isFurther = execution.name !== rolloutId;
  if (found === null || rollout?.settings == null || (isFurther && fence == null)) return next;
  // Only what goes forward is held up: what goes back, or is ended for a dead execution, waits for nobody.
  if (next.step === 'StartNodeGroups' && next.mode !== 'forward') return next;
  const records = await ports.rollouts.readNodeGroups(rolloutId);
  const { value: control, revision } = await ports.controls.read(rolloutId);
  const isBegun = records.some(isDone);
  const names = namesOf(next, rollout, records);
  const cleared = clearanceOfRollout({
    control,
    approval: isFurther ? null : rollout.settings.approval,
    scope: scopeOf(rollout.plan, restOf(rollout, records).flat()),
    ignoresWindow: rollout.ignoresWindow,
    calendar: { windows: rollout.settings.maintenanceWindows, blackouts: rollout.settings.blackouts },
    nodeGroups: await predicted(ports.paces, rollout, records, names),
    now,
  });
  logger.info('Asked whether node groups may be started', { rolloutId, ...cleared });
  switch (cleared.clearance) {
    case 'go':
      if (rollout.waiting !== null) await ports.rollouts.write({ ...rollout, waiting: null }, found.revision);
      return next;
    case 'never':
      return { step: 'FinishRollout', rolloutId, ...(isBegun ? {} : { outcome: 'Refused' }), reason: cleared.reason };
    case 'end': {
      if (!isBegun) return { step: 'FinishRollout', rolloutId, outcome: 'Held', reason: cleared.reason };
      // How it ends is told under the lease; take-lease leads back here.
      if (fence == null) return { step: 'TakeLease', rolloutId, cluster: rollout.key };
      const updated = records.filter(({ outcome }) => outcome === 'Updated').map(({ name }) => name);
      if (!cleared.goesBack || updated.length === 0)
        return { step: 'FinishRollout', rolloutId, reason: cleared.reason };
      const back = { wave: 0, mode: 'back' as const, nodeGroups: updated, reason: cleared.reason, again: 0, turn: 0 };
      const start: WaveStart = { step: 'StartNodeGroups', ...back };
      await beginReturn(ports.rollouts, rolloutId, start);
      return startNodeGroups(rolloutId, execution, fence, start, rollout.settings.waves.maxConcurrentNodeGroups);
    }
    case 'wait':
      break;
  }
  const { seconds, reason, asks } = cleared;
  const other = fence == null && !isBegun ? await othersWait(ports, rollout) : undefined;
  if (other !== undefined) {
    const why = `rollout ${other} of ${rollout.key.clusterName} was started before and waits already`;
    return { step: 'FinishRollout', rolloutId, outcome: 'Refused', reason: why };
  }
  if (asks !== undefined) await ports.controls.write(rolloutId, { ...control, approval: asks }, revision);
  const until = new Date(Date.parse(now) + seconds * 1000).toISOString();
  await ports.rollouts.write({ ...rollout, waiting: { reason, until } }, found.revision);
  const wait = { step: 'WaitForSignal' as const, seconds, reason, seen: revision + (asks === undefined ? 0 : 1) };
  // A further execution does not plan again, so it keeps what it has.
  if (fence == null || isFurther || seconds <= longestWaitWithLeaseSeconds)
    return { ...wait, isLeaseFreed: false, next };
  await freeLease(ports.leases, fence);
  return { ...wait, isLeaseFreed: true, next: { step: 'TakeLease', rolloutId, cluster: rollout.key } };
};

const restOf = ({ plan }: RolloutRecord, records: readonly NodeGroupRecord[]): string[][] => {
  const done = new Set(records.filter(isDone).map(({ name }) => name));
  return plan.waves.map((wave) => wave.filter((name) => !done.has(name))).filter((wave) => wave.length > 0);
};

/** What would be started next: what is said, or of the first wave what has not been. */
const namesOf = (
  next: ClearEvent['next'],
  rollout: RolloutRecord,
  records: readonly NodeGroupRecord[],
): readonly string[] =>
  next.step === 'StartNodeGroups'
    ? next.nodeGroups.map(({ nodeGroup }) => nodeGroup)
    : (restOf(rollout, records)[0] ?? []);

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
