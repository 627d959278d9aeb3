/**
 * Three starters fight over the lease of a cluster, in every order in which their calls can meet. Each runs the function
 * that takes the lease, as Step Functions runs it: again after a conflict.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { LedgerConflict } from '../../adapters/fault.ts';
import { noControl } from '../../core/control/control.ts';
import { freeLease, type Lease } from '../../core/lease/lease.ts';
import type { Fence } from '../../functions/events.ts';
import { freeLease as giveBack, requireLease } from '../../functions/fence.ts';
import type { LeasePorts, takeLeaseWith } from '../../functions/take-lease/handler.ts';

const key = { accountId: '111122223333', region: 'us-east-1', clusterName: 'prod' };
const starters = ['schedule', 'event', 'person'] as const;
type Starter = (typeof starters)[number];

let takeLease: typeof takeLeaseWith;
beforeAll(async () => {
  // A handler names its table when it is loaded; and what thousands of orders log is not worth reading.
  Object.assign(process.env, { LEDGER_TABLE: 'none', POWERTOOLS_LOG_LEVEL: 'SILENT' });
  takeLease = (await import('../../functions/take-lease/handler.ts')).takeLeaseWith;
});

/** One after another: whoever has the turn makes one call, and comes to rest before its next one. */
class Contender<T> {
  readonly result: Promise<T>;
  isDone = false;
  #rest = Promise.withResolvers<void>();
  #next: (() => void) | undefined;

  constructor(run: (turn: () => Promise<void>) => Promise<T>) {
    const turn = (): Promise<void> =>
      new Promise((resolve) => {
        this.#next = resolve;
        this.#rest.resolve();
      });
    this.result = run(turn).finally(() => {
      this.isDone = true;
      this.#rest.resolve();
    });
    this.result.catch(() => {});
  }

  atRest(): Promise<void> {
    return this.#rest.promise;
  }

  async step(): Promise<void> {
    this.#rest = Promise.withResolvers();
    this.#next?.();
    await this.#rest.promise;
  }
}

/** Lets the contenders make their calls in the order that `choose` says. */
const play = async (contenders: readonly Contender<unknown>[], choose: (options: number) => number): Promise<void> => {
  await Promise.all(contenders.map((each) => each.atRest()));
  for (;;) {
    const able = contenders.filter(({ isDone }) => !isDone);
    if (able.length === 0) return;
    await able[choose(able.length)]?.step();
  }
};

/** What they share: the ledger's lease, written as the ledger writes, and which executions live. */
class Shared {
  lease: Lease;
  revision = 1;
  readonly ended = new Set<string>();
  readonly settled = new Set<string>();
  readonly changes: string[] = [];

  constructor(lease: Lease) {
    this.lease = lease;
  }

  ports(turn: () => Promise<void>): LeasePorts {
    return {
      leases: {
        read: async () => {
          await turn();
          return { value: this.lease, revision: this.revision };
        },
        write: async (_key, lease, replaces) => {
          await turn();
          if (replaces !== this.revision) throw new LedgerConflict('somebody was faster');
          this.lease = lease;
          this.revision += 1;
        },
      },
      executions: {
        status: async (execution) => {
          await turn();
          return this.ended.has(execution) ? 'ended' : 'alive';
        },
      },
      // Nobody else writes the rollout of a starter, nor what people ask of it: when they are read makes no difference.
      rollouts: {
        read: async (rolloutId) =>
          ({ value: { status: this.settled.has(rolloutId) ? 'settled' : 'planned' }, revision: 1 }) as never,
      },
      controls: { read: async () => ({ value: noControl, revision: 0 }) },
    };
  }
}

const executionOf = (starter: Starter): string => `execution-of-${starter}`;

/** Step Functions tries again after a conflict, from the beginning (roll-out-cluster, TakeLease). */
const ask = async (ports: LeasePorts, starter: Starter) => {
  const event = {
    rolloutId: starter,
    cluster: key,
    execution: { arn: executionOf(starter), name: starter, startedAt: '2026-08-20T09:00:00Z', redriveCount: 0 },
  };
  for (;;) {
    try {
      return await takeLease(ports)(event);
    } catch (error) {
      if (!(error instanceof LedgerConflict)) throw error;
    }
  }
};

/** Every sequence of choices, each once. */
const everyOrder = async (once: (choose: (options: number) => number) => Promise<void>): Promise<number> => {
  const path: { chosen: number; options: number }[] = [];
  for (let played = 1; ; played += 1) {
    let depth = 0;
    await once((options) => {
      const at = path[depth] ?? { chosen: 0, options };
      path[depth] = at;
      depth += 1;
      return at.chosen;
    });
    path.length = depth;
    for (let last = path.at(-1); last !== undefined && last.chosen + 1 === last.options; last = path.at(-1)) path.pop();
    const last = path.at(-1);
    if (last === undefined) return played;
    last.chosen += 1;
  }
};

describe('three starters in every order of their calls', () => {
  test.each<{ title: string; lease: Lease; ended?: string }>([
    { title: 'that is free', lease: freeLease },
    { title: 'that was freed', lease: { ...freeLease, generation: 7 } },
    {
      title: 'whose holder ended without freeing it',
      lease: { holder: 'execution-of-former', rolloutId: 'former', generation: 3 },
      ended: 'former',
    },
  ])('one takes a lease $title, and the others are refused and name it', async ({ title, lease, ended }) => {
    const winners = new Map<string, number>();
    const orders = await everyOrder(async (choose) => {
      const shared = new Shared(lease);
      if (ended !== undefined) {
        shared.ended.add(`execution-of-${ended}`);
        shared.settled.add(ended);
      }
      const contenders = starters.map((starter) => new Contender((turn) => ask(shared.ports(turn), starter)));
      await play(contenders, choose);
      const steps = await Promise.all(contenders.map(({ result }) => result));
      const won = steps.flatMap((step, index) => (step.step === 'PlanRollout' ? [starters[index] ?? ''] : []));
      const refused = steps.flatMap((step) =>
        step.step === 'FinishRollout' && step.outcome === 'Refused' ? [step.reason] : [],
      );
      const [winner = 'nobody'] = won;
      const isRight =
        won.length === 1 &&
        refused.length === 2 &&
        refused.every((reason) => reason.startsWith(`rollout ${winner} works on this cluster`)) &&
        shared.lease.holder === `execution-of-${winner}` &&
        shared.lease.generation === lease.generation + 1;
      if (!isRight) expect({ won, refused, lease: shared.lease }).toBe('one winner, two refused');
      winners.set(winner, (winners.get(winner) ?? 0) + 1);
    });
    console.log(`a lease ${title}: ${orders} orders, one winner in each`);
    expect([...winners.keys()].sort()).toEqual([...starters].sort());
    expect([...winners.values()].reduce((sum, count) => sum + count, 0)).toBe(orders);
  });
});

/** The whole turn of a starter: it takes the lease, changes something, frees it and ends. */
const wholeTurn = async (shared: Shared, turn: () => Promise<void>, starter: Starter): Promise<boolean> => {
  const ports = shared.ports(turn);
  const step = await ask(ports, starter);
  if (step.step !== 'PlanRollout') return false;
  const { fence } = step;
  for (const part of ['begin', 'end']) {
    await requireLease(ports.leases, fence);
    shared.changes.push(`${starter} ${part}`);
  }
  shared.settled.add(starter);
  await giveBack(ports.leases, fence);
  shared.ended.add(executionOf(starter));
  return true;
};

test('whoever has the lease works alone, also when it ends while the others ask', async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(99)), async (stream) => {
      const shared = new Shared(freeLease);
      const contenders = starters.map((starter) => new Contender((turn) => wholeTurn(shared, turn, starter)));
      await play(contenders, (options) => (stream.next().value ?? 0) % options);
      const did = await Promise.all(contenders.map(({ result }) => result));
      const workers = shared.changes.filter((_, index) => index % 2 === 0).map((change) => change.split(' ')[0]);
      expect(shared.changes).toEqual(workers.flatMap((worker) => [`${worker} begin`, `${worker} end`]));
      expect(workers.length).toBe(did.filter(Boolean).length);
      expect(workers.length).toBeGreaterThan(0);
      expect(shared.lease.holder).toBeNull();
    }),
  );
});

describe('a redriven execution', () => {
  const run = <T>(shared: Shared, act: (ports: LeasePorts) => Promise<T>): Promise<T> =>
    act(shared.ports(async () => {}));

  test('that lost is refused again while the winner works', async () => {
    const shared = new Shared(freeLease);
    expect(await run(shared, (ports) => ask(ports, 'person'))).toMatchObject({ step: 'PlanRollout' });
    for (const redriven of ['schedule', 'schedule', 'event'] as const) {
      expect(await run(shared, (ports) => ask(ports, redriven))).toMatchObject({ outcome: 'Refused' });
    }
    expect(shared.lease).toEqual({ holder: executionOf('person'), rolloutId: 'person', generation: 1 });
  });

  test('that had won, was stopped, and whose lease was taken since then, changes nothing', async () => {
    const orders = await everyOrder(async (choose) => {
      const shared = new Shared(freeLease);
      const step = await run(shared, (ports) => ask(ports, 'schedule'));
      const fence = (step as { fence: Fence }).fence;
      shared.ended.add(executionOf('schedule'));
      shared.settled.add('schedule');
      const next = new Contender((turn) => ask(shared.ports(turn), 'event'));
      await play([next], () => 0);
      // Redriven now, side by side with a third starter.
      shared.ended.delete(executionOf('schedule'));
      const redriven = new Contender(async (turn) => {
        await requireLease(shared.ports(turn).leases, fence);
        shared.changes.push('schedule');
      });
      const third = new Contender((turn) => ask(shared.ports(turn), 'person'));
      await play([redriven, third], choose);
      await expect(redriven.result).rejects.toThrow('superseded by rollout event (execution-of-event)');
      expect(shared.changes).toEqual([]);
      expect(shared.lease.generation).toBe(2);
    });
    expect(orders).toBeGreaterThan(1);
  });
});
