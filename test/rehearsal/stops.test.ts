/** StopExecution on each machine, at each of its states: whatever it cuts off is ended by heal. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterOf, isSweep, playScenario, releasesWith, sampled, startOfTime } from './play.ts';

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

/** States that only groups of the other kind pass through. */
const ofSelfManaged = ['PrepareNodeGroup', 'DrainNodes', 'WaitForDrain'];

const cells = machines.flatMap(({ name: machine, states }) =>
  states.flatMap((state, index) => {
    const isOfSelfManaged = ofSelfManaged.includes(state);
    const kinds = isSweep && machine !== 'roll-out-fleet' ? (['managed-custom-ami', 'self-managed'] as const) : [];
    const only = isOfSelfManaged ? 'self-managed' : 'managed-custom-ami';
    const all = [1, 2].flatMap((nth) =>
      (['good', 'bad'] as const).flatMap((release) =>
        (kinds.length === 0 ? [only] : kinds).map((kind) => ({ machine, state, nth, release, kind })),
      ),
    );
    // Each state once in the sample, every other time while a bad release is taken back.
    const sampled = index % 2 === 0 || state === 'WaitForDrain' ? 'good' : 'bad';
    return isSweep ? all : all.filter(({ nth, release }) => nth === 1 && release === sampled);
  }),
);

/** Nodes that cannot be emptied for longer than a refresh has patience. */
const stubborn = {
  workloads: [{ name: 'shop/db', replicas: 2, minAvailable: 2 }],
};

/** A fifth of the states; the sweep takes them all. */
describe.each(sampled(cells, 6, ({ machine, state }) => `${machine} ${state}`))(
  '$machine stopped at $state, entry $nth, with a $release release, $kind',
  (cell) => {
    const { machine, state, nth, release, kind } = cell;
    const isSelfManaged = kind === 'self-managed';
    test('is healed, and every invariant holds', async () => {
      const { report } = await playScenario({
        name: 'stopped',
        now: startOfTime,
        releases: releasesWith(releases[release]),
        clusters: [
          clusterOf(
            [
              { name: 'a', kind, zones: 1 },
              { name: 'b', kind, zones: 1 },
            ],
            isSelfManaged ? stubborn : {},
          ),
        ],
        policy: {
          version: 1,
          bakeTime: 'PT2M',
          ...(state === 'ProbeNodes' ? { gates: ['nodes-ready', 'pods-running', 'allocatable-kept', 'probe'] } : {}),
          rings: [{ name: 'all', mode: 'roll-out', clusters: { names: ['*'] } }],
        },
        timeline: [
          { when: { machine, enters: state, nth }, stopExecution: { machine, cause: 'stopped by a test' } },
          ...(isSelfManaged ? [{ at: 'PT2H', setPdb: { cluster: 'prod', workload: 'shop/db', minAvailable: 1 } }] : []),
        ],
        start: machine === 'roll-out-fleet' ? { fleet: {} } : { clusterName: 'prod' },
      });
      expect(report.invariants).toEqual([]);
    });
  },
);
