/**
 * What every state of every machine must have, however it is written: a way on when a step dies, and an end of each
 * wait. That the definitions are valid at all is said by `npm run check`.
 */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { clusterOutcomes } from '../../core/outcome/answer.ts';
import { parseTemplate } from '../../rehearsal/deployment/template.ts';

type Json = Record<string, unknown>;
interface State extends Json {
  Type: string;
  Next?: string;
}
interface Flow {
  StartAt: string;
  States: Record<string, State>;
}

const machines = globSync('statemachines/*.asl.yaml')
  .sort()
  .map((file) => [file.replace(/.*\/|\.asl\.yaml$/g, ''), parse(readFileSync(file, 'utf8')) as Flow & Json] as const);

/** The flows inside a state: branches and iterations. */
const flowsOf = (state: State): Flow[] => [
  ...((state.Branches as Flow[] | undefined) ?? []),
  ...(state.ItemProcessor === undefined ? [] : [state.ItemProcessor as Flow]),
];

interface Placed {
  name: string;
  state: State;
  flow: Flow;
  isInside: boolean;
}

const statesOf = (flow: Flow, isInside = false): Placed[] =>
  Object.entries(flow.States).flatMap(([name, state]) => [
    { name, state, flow, isInside },
    ...flowsOf(state).flatMap((inner) => statesOf(inner, true)),
  ]);

const all = machines.flatMap(([machine, flow]) =>
  statesOf(flow).map((placed) => ({ ...placed, machine, place: `${machine}/${placed.name}` })),
);
const ofType = (type: string) => all.filter(({ state }) => state.Type === type);
const isChildStart = (state: State): boolean => state.Resource === 'arn:aws:states:::states:startExecution.sync:2';
const steps = ofType('Task').filter(({ state }) => !isChildStart(state));
/** It waits for people and windows, as long as it is told; its time being up is no failure. */
const waitsForToken = (state: State): boolean => String(state.Resource).endsWith('.waitForTaskToken');
const children = ofType('Task').filter(({ state }) => isChildStart(state));
const catchesAll = (state: State): boolean =>
  ((state.Catch ?? []) as { ErrorEquals: string[] }[]).some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'));

test('there are three machines, and they have steps and children', () => {
  expect(machines.map(([name]) => name)).toEqual(['roll-out-cluster', 'roll-out-fleet', 'roll-out-node-group']);
  expect([steps.length, children.length]).toEqual([21, 2]);
});

describe.each(machines)('%s', (_name, machine) => {
  it('has no time of its own: a machine that times out stops its children in the middle of their work', () => {
    expect(machine).not.toHaveProperty('TimeoutSeconds');
  });

  it('is JSONata', () => {
    expect(machine.QueryLanguage).toBe('JSONata');
  });
});

describe.each(steps)('the step $place', ({ state }) => {
  it('has an end, not before that of its function', () => {
    const { FunctionName } = state.Arguments as { FunctionName: string };
    const { Resources, Globals } = parseTemplate(readFileSync('template.yaml', 'utf8'));
    const ofFunction = Resources[FunctionName.slice(2, -1)]?.Properties.Timeout ?? Globals.Function?.Timeout;
    expect(ofFunction).toBeGreaterThan(0);
    if (waitsForToken(state)) expect(state.TimeoutSeconds).toBe('{% $states.input.seconds %}');
    else expect(state.TimeoutSeconds).toBeGreaterThanOrEqual(Number(ofFunction));
  });

  it('is tried again after what passes, with jitter and a longest wait, but not after a mistake of the machine', () => {
    const [first, second, ...more] = state.Retry as Json[];
    expect(first).toEqual({ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 0 });
    expect(second).toMatchObject({ JitterStrategy: 'FULL' });
    expect(second?.MaxDelaySeconds).toBeLessThanOrEqual(120);
    expect(second?.ErrorEquals).toEqual(
      expect.arrayContaining(['TransientFault', 'LedgerConflict', 'Lambda.TooManyRequestsException']),
    );
    expect(String(second?.ErrorEquals).includes('States.Timeout')).toBe(!waitsForToken(state));
    expect(more).toEqual([]);
  });

  it('goes on somewhere when it fails for good', () => {
    expect(catchesAll(state)).toBe(true);
  });
});

describe.each(children)('the children of $place', ({ state, flow, isInside }) => {
  it('are never ended by their parent: the task has no time of its own, and is not tried again', () => {
    expect(state).not.toHaveProperty('TimeoutSeconds');
    expect(state).not.toHaveProperty('Retry');
  });

  it('never fail an iteration: what they end with becomes a tag', () => {
    expect(isInside).toBe(true);
    expect(catchesAll(state)).toBe(true);
    expect(Object.values(flow.States).map(({ Type }) => Type)).not.toContain('Fail');
  });

  it('have a name, so that a second start is the first one', () => {
    expect(state.Arguments).toHaveProperty('Name');
  });
});

test.each(ofType('Map'))('the Map $place goes on when its own items cannot be read', ({ state }) => {
  expect(catchesAll(state)).toBe(true);
});

test('what a Choice does not know leads to an end, or to a look at what is', () => {
  expect(Object.fromEntries(ofType('Choice').map(({ place, state }) => [place, state.Default]))).toEqual({
    'roll-out-cluster/ChooseAfterPlan': 'FinishRollout',
    'roll-out-cluster/ChooseHowToPlan': 'InspectCluster',
    'roll-out-cluster/ChooseAfterClearance': 'FinishRollout',
    'roll-out-cluster/ChooseAfterLease': 'FinishRollout',
    'roll-out-cluster/ChooseAfterReview': 'FinishRollout',
    'roll-out-cluster/ChooseEnd': 'RolloutFailed',
    'roll-out-fleet/ChooseNextRing': 'FleetFailed',
    'roll-out-node-group/ChooseStart': 'WatchUpdate',
    'roll-out-node-group/ChooseAfterBake': 'EvaluateHealthGates',
    'roll-out-node-group/ChooseNextStep': 'SettleNodeGroup',
  });
});

test.each(ofType('Wait'))('the Wait $place is told for how long', ({ state }) => {
  expect(state.Seconds).toBe('{% $states.input.seconds %}');
});

test('a failed execution of a cluster has a documented outcome for its error', () => {
  const fails = ofType('Fail').filter(({ machine }) => machine === 'roll-out-cluster');
  const literal = fails.map(({ state }) => String(state.Error)).filter((error) => !error.startsWith('{%'));
  expect(fails.length).toBeGreaterThan(0);
  for (const error of literal) expect(clusterOutcomes).toContain(error);
});

test('a failed end says why', () => {
  for (const { state } of ofType('Fail')) expect(state.Cause).toBeTruthy();
});
