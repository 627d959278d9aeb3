/** The cells of the fault matrix: each call of a run, times each kind of fault. */
import type { Fault } from '../faults.ts';
import { faultKinds } from '../faults.ts';
import type { MadeCall } from '../product-calls.ts';

type FaultKind = Fault['fault'];

export const kinds: readonly FaultKind[] = [...faultKinds.calls, ...faultKinds.functions];

/** Faults that pass: a rollout comes to the same end as without them. */
export const passing: readonly FaultKind[] = [
  'throttled',
  'error',
  'timeout-before',
  'timeout-after',
  'dies-before',
  'dies-after',
];

export interface Cell {
  /** `7 of 530: swap-ami ec2:CreateLaunchTemplateVersion` */
  call: string;
  /** As a scenario has it under `faults`: it befalls this one call. */
  fault: Fault;
  /**
   * The recorded run is this cell: an answer can be stale only where the same was asked before, and else the fault changes
   * nothing.
   */
  isTheRecordedRun: boolean;
}

export interface Cells {
  cells: readonly Cell[];
  /** Calls of the recorded run. */
  calls: number;
  /** Polls that are the same as others and were left out. */
  leftOut: number;
}

/**
 * @param made the calls of the run without faults, in order
 * @param options.all tries identical polls, too, not only the first, the middle and the last of them
 */
export const cellsOf = (made: readonly MadeCall[], options: { all: boolean }): Cells => {
  const chosen = options.all ? made.map((_, index) => index) : firstMiddleAndLast(made);
  const asked = made.map(({ service, operation, input }) => `${service}:${operation} ${JSON.stringify(input)}`);
  const cells = chosen.flatMap((index) =>
    kinds.map((kind): Cell => {
      const { service, operation, function: folder } = made[index] as MadeCall;
      const name = `${service}:${operation}`;
      return {
        call: `${index + 1} of ${made.length}: ${folder} ${name}`,
        fault: faultAt(made, index, kind),
        isTheRecordedRun: kind === 'stale' && asked.indexOf(asked[index] ?? '') === index,
      };
    }),
  );
  return { cells, calls: made.length, leftOut: made.length - chosen.length };
};

const faultAt = (made: readonly MadeCall[], index: number, kind: FaultKind): Fault => {
  const { service, operation, function: folder } = made[index] as MadeCall;
  const call = `${service}:${operation}`;
  const before = made.slice(0, index + 1).filter((each) => `${each.service}:${each.operation}` === call);
  if (kind === 'dies-before' || kind === 'dies-after') {
    const nth = before.filter((each) => each.function === folder).length;
    return { function: folder, call, nth, times: 1, fault: kind };
  }
  return { call, nth: before.length, times: 1, fault: kind };
};

/** Of the calls by which one function asks the same of the same again and again. */
const firstMiddleAndLast = (made: readonly MadeCall[]): number[] => {
  const polls = new Map<string, number[]>();
  for (const [index, call] of made.entries()) {
    const key = `${call.function} ${call.service}:${call.operation} ${targetOf(call.input)}`;
    polls.set(key, [...(polls.get(key) ?? []), index]);
  }
  return [...polls.values()]
    .flatMap((all) => (all.length <= 3 ? all : [all[0], all[Math.floor(all.length / 2)], all.at(-1)]))
    .flatMap((index) => (index === undefined ? [] : [index]))
    .sort((a, b) => a - b);
};

/** What a call is about, without what differs from poll to poll: an item's key, and names. */
const targetOf = (input: unknown): string => {
  const { Key, Item, ...rest } = input as { Key?: unknown; Item?: { pk: unknown; sk: unknown } };
  if (Key !== undefined || Item !== undefined) return JSON.stringify(Key ?? { pk: Item?.pk, sk: Item?.sk });
  return JSON.stringify(
    Object.entries(rest).filter(([name, value]) => typeof value === 'string' && !/token/i.test(name)),
  );
};
