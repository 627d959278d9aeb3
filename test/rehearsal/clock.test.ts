/** The pretend clock: what happens when, in which order, and when there is nothing more to happen. */
import { beforeEach, describe, expect, test } from 'vitest';
import { PretendClock } from '../../rehearsal/clock/pretend-clock.ts';
import { sleep } from '../../rehearsal/clock/sleep.ts';

const noon = Date.parse('2026-08-20T12:00:00Z');
const day = 24 * 3600 * 1000;

let clock: PretendClock;
let happened: [name: string, seconds: number][];
beforeEach(() => {
  clock = new PretendClock(noon);
  happened = [];
});

/** Notes that it happened, and when. */
const note = (name: string) => (): void => void happened.push([name, (clock.now - noon) / 1000]);

const names = (): string[] => happened.map(([name]) => name);

describe('actions', () => {
  test('happen in the order of their instants, those of one instant in the order they were put there', async () => {
    for (const [name, seconds] of [
      ['c', 5],
      ['a', 1],
      ['d', 5],
      ['b', 1],
      ['e', day / 1000],
    ] as const) {
      clock.after(seconds * 1000, note(name));
    }
    await clock.run();
    expect(happened).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 5],
      ['d', 5],
      ['e', 86_400],
    ]);
    expect(clock.now).toBe(noon + day);
  });

  test('put there by an action come after those that were there, also when their instant has passed', async () => {
    clock.after(1000, () => {
      note('a')();
      clock.at(noon - day, note('late'));
      clock.after(0, note('now'));
      clock.after(1000, note('then'));
    });
    clock.after(1000, note('b'));
    await clock.run();
    expect(happened).toEqual([
      ['a', 1],
      ['b', 1],
      ['late', 1],
      ['now', 1],
      ['then', 2],
    ]);
  });

  test('that were cancelled do not happen, and do not keep the clock going', async () => {
    clock.after(1000, note('a')).cancel();
    const later = clock.after(3000, note('c'));
    const done = clock.after(2000, () => {
      note('b')();
      later.cancel();
    });
    await clock.run();
    done.cancel();
    expect(happened).toEqual([['b', 2]]);
    expect(clock.now).toBe(noon + 2000);
  });

  test('wait for the real work of the one before', async () => {
    clock.after(1000, async () => {
      note('begins')();
      // Real time: a request that is served, for example.
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      note('ends')();
    });
    clock.after(1000, note('next'));
    await clock.run();
    expect(happened).toEqual([
      ['begins', 1],
      ['ends', 1],
      ['next', 1],
    ]);
  });

  test('follow what follows from the one before in promises, before time moves', async () => {
    const sleeper = async (name: string, seconds: number): Promise<void> => {
      for (const turn of [1, 2, 3]) {
        await sleep(clock, seconds * 1000);
        // However many promises lie between what happened and what follows.
        for (let step = 0; step < 50; step += 1) await Promise.resolve();
        note(`${name}${turn}`)();
      }
    };
    const both = [sleeper('a', 2), sleeper('b', 3)];
    await clock.run();
    await Promise.all(both);
    expect(happened).toEqual([
      ['a1', 2],
      ['b1', 3],
      ['a2', 4],
      ['b2', 6],
      ['a3', 6],
      ['b3', 9],
    ]);
  });

  test('that throw end the run with what they threw; the next run goes on behind them', async () => {
    clock.after(1000, () => Promise.reject(new Error('broken')));
    clock.after(2000, note('after'));
    await expect(clock.run()).rejects.toThrow('broken');
    await clock.run();
    expect(happened).toEqual([['after', 2]]);
  });
});

describe('a run', () => {
  test('ends where nothing is left, with time where it was', async () => {
    await clock.run();
    expect(clock.now).toBe(noon);
  });

  test('ends at an instant, that one included; what comes later is kept', async () => {
    clock.after(10_000, note('at'));
    clock.after(10_001, note('past'));
    await clock.run({ until: noon + 10_000 });
    expect([names(), clock.now]).toEqual([['at'], noon + 10_000]);
    await clock.run({ until: noon + 10_000 });
    expect(names()).toEqual(['at']);
    await clock.run({ until: noon + 5_000 });
    expect(clock.now).toBe(noon + 10_000);
    await clock.run();
    expect(names()).toEqual(['at', 'past']);
  });

  test('ends where somebody says that it is done, asked between any two actions', async () => {
    for (const name of ['a', 'b', 'c']) clock.after(1000, note(name));
    await clock.run({ isDone: () => happened.length === 2 });
    expect(names()).toEqual(['a', 'b']);
  });

  test('does what may happen meanwhile in its turn, and does not go on for its sake', async () => {
    const look = (): void => {
      note('look')();
      clock.meanwhile(2000, look);
    };
    clock.meanwhile(2000, look);
    await clock.run();
    expect([names(), clock.now]).toEqual([[], noon]);
    clock.after(5000, note('a'));
    clock.after(6000, note('b')).cancel();
    await clock.run();
    expect(happened).toEqual([
      ['look', 2],
      ['look', 4],
      ['a', 5],
    ]);
    await clock.run({ until: noon + day });
    expect(clock.now).toBe(noon + 5000);
  });

  test('shows each step before it is taken, and waits for whoever watches', async () => {
    clock.after(1000, note('a'));
    clock.after(2000, note('b'));
    await clock.run({
      beforeStep: async (instant) => {
        await new Promise((resolve) => setImmediate(resolve));
        happened.push(['before', (instant - clock.now) / 1000]);
      },
    });
    expect(happened).toEqual([
      ['before', 1],
      ['a', 1],
      ['before', 1],
      ['b', 2],
    ]);
  });

  test('of one clock leaves another where it is, also when both run', async () => {
    const other = new PretendClock(noon - day);
    const seen: string[] = [];
    const tick = (of: PretendClock, name: string, every: number, left: number): void => {
      if (left === 0) return;
      of.after(every, () => {
        seen.push(`${name} ${(of.now - (of === clock ? noon : noon - day)) / 1000}`);
        tick(of, name, every, left - 1);
      });
    };
    tick(clock, 'one', 1000, 3);
    tick(other, 'other', 7000, 3);
    await clock.run();
    expect([other.now, seen]).toEqual([noon - day, ['one 1', 'one 2', 'one 3']]);
    tick(clock, 'one', 1000, 3);
    await Promise.all([clock.run(), other.run()]);
    expect([clock.now, other.now]).toEqual([noon + 6000, noon - day + 21_000]);
    expect(seen.filter((each) => each.startsWith('one'))).toEqual([
      'one 1',
      'one 2',
      'one 3',
      'one 4',
      'one 5',
      'one 6',
    ]);
    expect(seen.filter((each) => each.startsWith('other'))).toEqual(['other 7', 'other 14', 'other 21']);
  });
});

describe('keeping pace', () => {
  test('at any speed keeps the order, and never shows an instant past the next action', async () => {
    const end = new AbortController();
    const isInOrder: boolean[] = [];
    for (const [name, seconds] of [
      ['b', 7200],
      ['a', 60],
      ['c', 7200],
    ] as const) {
      clock.after(seconds * 1000, () => {
        isInOrder.push(clock.now >= noon + seconds * 1000);
        note(name)();
        if (name === 'c') end.abort();
      });
    }
    await clock.keepPace({ speed: 10_000_000, isBusy: () => true, signal: end.signal });
    expect([names(), isInOrder]).toEqual([
      ['a', 'b', 'c'],
      [true, true, true],
    ]);
  });

  test('without limit moves as fast as it can while somebody waits, and takes new actions when nobody does', async () => {
    const end = new AbortController();
    let isBusy = true;
    clock.after(30 * day, () => {
      note('month')();
      isBusy = false;
      // The next day is a real one now, so it does not come; what is put there from outside does.
      clock.after(day, note('never'));
      setImmediate(() =>
        clock.after(0, () => {
          note('asked')();
          end.abort();
        }),
      );
    });
    await clock.keepPace({ speed: Number.POSITIVE_INFINITY, isBusy: () => isBusy, signal: end.signal });
    expect(names()).toEqual(['month', 'asked']);
    expect(clock.now).toBeGreaterThanOrEqual(noon + 30 * day);
    expect(clock.now).toBeLessThan(noon + 31 * day);
  });

  test('without limit does not run ahead to what may happen meanwhile, while somebody waits for what never comes', async () => {
    const end = new AbortController();
    clock.meanwhile(day, note('never'));
    clock.after(1000, () => {
      note('a')();
      setTimeout(() => end.abort(), 20);
    });
    await clock.keepPace({ speed: Number.POSITIVE_INFINITY, isBusy: () => true, signal: end.signal });
    expect([names(), clock.now]).toEqual([['a'], noon + 1000]);
  });

  test('ends at once when it was ended before', async () => {
    clock.after(0, note('a'));
    await clock.keepPace({ speed: 1, isBusy: () => true, signal: AbortSignal.abort() });
    expect(names()).toEqual([]);
  });
});
