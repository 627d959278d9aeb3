/** `npm run faults` plays the whole matrix; here are its rules, and one of each scenario. */
import { describe, expect, test } from 'vitest';
import { cellsOf, kinds } from '../../rehearsal/fault-matrix/cells.ts';
import { mainScenarios, playCell, record, sampleOf } from '../../rehearsal/fault-matrix/matrix.ts';
import type { MadeCall } from '../../rehearsal/product-calls.ts';

const made = (...names: string[]): MadeCall[] =>
  names.map((name, index) => {
    const [folder = '', service = '', operation = '', cluster = 'prod'] = name.split(' ');
    return { function: folder, service, operation, input: { cluster }, requestId: String(index), at: index };
  });

describe('the cells of a run', () => {
  const calls = made('plan eks Describe', 'watch eks Describe', 'watch eks Describe', 'swap ec2 Create');

  test('are each call times each of the nine kinds of fault', () => {
    const { cells, leftOut } = cellsOf(calls, { all: true });
    expect([kinds.length, cells.length, leftOut]).toEqual([9, calls.length * 9, 0]);
  });

  test('name the one call they befall: by its number of all, or of those that the function made where it dies', () => {
    const faultsOf = (call: string) =>
      cellsOf(calls, { all: true })
        .cells.filter((cell) => cell.call.startsWith(call))
        .map(({ fault }) => fault);
    expect(faultsOf('3 of 4')).toContainEqual({ call: 'eks:Describe', nth: 3, times: 1, fault: 'throttled' });
    expect(faultsOf('3 of 4')).toContainEqual({
      function: 'watch',
      call: 'eks:Describe',
      nth: 2,
      times: 1,
      fault: 'dies-after',
    });
  });

  test('with a stale answer are the recorded run where the same was not asked before', () => {
    const stale = cellsOf(calls, { all: true }).cells.filter(({ fault }) => fault.fault === 'stale');
    expect(stale.map(({ isTheRecordedRun }) => isTheRecordedRun)).toEqual([true, false, false, true]);
  });

  test('of identical polls are the first, the middle and the last; how many are left out is told', () => {
    const polls = made(...Array.from({ length: 9 }, () => 'watch eks Describe'), 'watch eks Describe other');
    const { cells, leftOut } = cellsOf(polls, { all: false });
    const numbers = new Set(cells.map(({ call }) => Number.parseInt(call, 10)));
    expect([[...numbers], leftOut]).toEqual([[1, 5, 9, 10], 6]);
  });

  test('a sample is the same for the same seed, and another for another', () => {
    const all = Array.from({ length: 100 }, (_, index) => index);
    expect(sampleOf(all, 10, 'a')).toEqual(sampleOf(all, 10, 'a'));
    expect(sampleOf(all, 10, 'a')).not.toEqual(sampleOf(all, 10, 'b'));
    expect(new Set(sampleOf(all, 10, 'a')).size).toBe(10);
  });
});

test.each(mainScenarios)('%s: one of its cells', async (name) => {
  const recorded = await record(name, { all: false });
  expect(recorded.wrong).toEqual([]);
  const played = sampleOf(recorded.cells, 1, 'one');
  for (const cell of played)
    expect([cell.call, cell.fault.fault, await playCell(recorded, cell)]).toEqual([cell.call, cell.fault.fault, []]);
});
