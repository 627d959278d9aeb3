import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { DefinitionError } from '../../../rehearsal/state-machines/index.ts';
import { type Case, cases } from './case.ts';
import { type Played, play, startOfTime } from './play.ts';

describe.each(cases)('%s', (_file, list) => {
  it.each(list)('$rule', async (played) => {
    const { refused } = played.expect;
    if (refused !== undefined) {
      const error: unknown = await play(played).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DefinitionError);
      expect(error).toMatchObject({ path: refused.path, message: expect.stringContaining(refused.says) });
      return;
    }
    expect(observed(played, await play(played))).toEqual(expected(played));
  });
});

it('has at least 60 cases, each with a page', () => {
  expect(cases.flatMap(([, list]) => list).length).toBeGreaterThanOrEqual(60);
});

/** The expectation, as far as the case states one. */
const expected = ({ expect: stated }: Case) => {
  const { causeHas: _part, children, ...rest } = stated;
  return { ...rest, ...(children !== undefined && { children }) };
};

/** The same members as the expectation has, taken from what happened. */
const observed = ({ expect: stated }: Case, played: Played) => {
  const { execution, children, attempts, cuts } = played;
  const all = {
    status: execution.status,
    output: execution.output === undefined ? undefined : JSON.parse(execution.output),
    error: execution.error ?? null,
    cause: execution.cause ?? null,
    lengths: { error: execution.error?.length, cause: execution.cause?.length },
    seconds: secondsAt(execution.stopDate),
    transitions: execution.transitions,
    attempts: byState(attempts, ({ seconds }) => seconds),
    arguments: byState(attempts, (attempt) => attempt.arguments),
    cut: byState(cuts, ({ reason }) => reason),
    events: execution.history.map(({ type }) => type),
    previous: execution.history.map(({ previousEventId }) => previousEventId),
    history: execution.history.map(eventOf),
    children: children.map(({ status, input }) => ({ status, input: JSON.parse(input) })),
  };
  if (stated.causeHas !== undefined) expect(execution.cause).toContain(stated.causeHas);
  return Object.fromEntries(Object.entries(all).filter(([member]) => member in expected({ expect: stated } as Case)));
};

const secondsAt = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : (date.getTime() - startOfTime) / 1_000;

const byState = <T extends { readonly state: string }, V>(list: readonly T[], value: (item: T) => V) =>
  Object.fromEntries(
    [...new Set(list.map(({ state }) => state))].map((state) => [
      state,
      list.filter((item) => item.state === state).map(value),
    ]),
  );

/** An event as a case writes it. */
const eventOf = ({ type, previousEventId, timestamp, id: _id, ...members }: HistoryEvent) => {
  const [details] = Object.values(members);
  return {
    type,
    previous: previousEventId,
    at: secondsAt(timestamp),
    ...(details !== undefined && { details: unfold(details) }),
  };
};

/** Texts that hold JSON are shown as what they hold. */
const unfold = (details: object): object =>
  Object.fromEntries(
    Object.entries(details).map(([member, value]: [string, unknown]) =>
      (member === 'input' || member === 'output' || member === 'parameters') && typeof value === 'string'
        ? [member, JSON.parse(value)]
        : [member, value],
    ),
  );
