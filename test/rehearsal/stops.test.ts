/** StopExecution on each machine, at each of its states: whatever it cuts off is ended by heal. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterOf, isSweep, playScenario, releasesWith, startOfTime } from './play.ts';

interface Machine {
  States: Record<string, { Type: string; ItemProcessor?: Machine }>;
}

/** Its states, those inside of a Map too. */
const statesOf = ({ States }: Machine): string[] =>
  Object.entries(States).flatMap(([name, { ItemProcessor }]) => [
    name,
    ...(ItemProcessor === undefined ? [] : statesOf(ItemProcessor)),
  ]);

const machines = ['roll-out-fleet', 'roll-out-cluster', 'roll-out-node-group'].map((name) => ({
  name,
  states: statesOf(parse(readFileSync(`statemachines/${name}.asl.yaml`, 'utf8')) as Machine),
}));

const releases = { good: {}, bad: { joins: false } };

const cells = machines.flatMap(({ name: machine, states }) =>
  states.flatMap((state, index) => {
    const all = [1, 2].flatMap((nth) =>
      (['good', 'bad'] as const).map((release) => ({ machine, state, nth, release })),
    );
    // Each state once in the sample, every other time while a bad release is taken back.
    return isSweep
      ? all
      : all.filter(({ nth, release }) => nth === 1 && release === (index % 2 === 0 ? 'good' : 'bad'));
  }),
);

describe.each(cells)('$machine stopped at $state, entry $nth, with a $release release', (cell) => {
  const { machine, state, nth, release } = cell;
  test('is healed, and every invariant holds', async () => {
    const { report } = await playScenario({
      name: 'stopped',
      now: startOfTime,
      releases: releasesWith(releases[release]),
      clusters: [
        clusterOf([
          { name: 'a', zones: 1 },
          { name: 'b', zones: 1 },
        ]),
      ],
      policy: {
        version: 1,
        bakeTime: 'PT2M',
        rings: [{ name: 'all', mode: 'roll-out', clusters: { names: ['*'] } }],
      },
      timeline: [{ when: { machine, enters: state, nth }, stopExecution: { machine, cause: 'stopped by a test' } }],
      start: machine === 'roll-out-fleet' ? { fleet: {} } : { clusterName: 'prod' },
    });
    expect(report.invariants).toEqual([]);
  });
});
