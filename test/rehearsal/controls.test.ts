/**
 * Every control, asked when a rollout of a cluster or of a node group enters each of its states: whatever it cuts into,
 * each ends in a state that the invariants accept, and a stop is heeded before the next change.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterOf, isSweep, type Played, playScenario, releasesWith, sampled, startOfTime } from './play.ts';

interface Machine {
  States: Record<string, { ItemProcessor?: Machine }>;
}

const statesOf = ({ States }: Machine): string[] =>
  Object.entries(States).flatMap(([name, { ItemProcessor }]) => [
    name,
    ...(ItemProcessor === undefined ? [] : statesOf(ItemProcessor)),
  ]);

const places = ['roll-out-cluster', 'roll-out-node-group'].flatMap((machine) =>
  statesOf(parse(readFileSync(`statemachines/${machine}.asl.yaml`, 'utf8')) as Machine).map((state) => ({
    machine,
    state,
  })),
);

const controls = ['pause', 'abort', 'roll-back', 'andon', 'reject', 'expiry', 'window'] as const;
type ControlName = (typeof controls)[number];
type Kind = 'managed-custom-ami' | 'self-managed';

/** States that only Auto Scaling groups that people run pass through. */
const ofSelfManaged = ['PrepareNodeGroup', 'DrainNodes', 'WaitForDrain'];

const askedAt = 600;
const andon = (value: string) => ({
  call: 'ssm:PutParameter',
  input: { Name: '/eks-ami-rollout/andon', Value: value, Overwrite: true },
});

/** What happens at an instant, or when a state is entered. */
const happens = (control: ControlName, at: Record<string, unknown>): Record<string, unknown>[] => {
  switch (control) {
    case 'pause':
      return [
        { ...at, control: { action: 'pause', rollout: 'rehearsal-1', expect: {} } },
        { at: 'PT12H', control: { action: 'resume', rollout: 'rehearsal-1', expect: {} } },
        // What was paused before it asked for its approval asks now.
        { at: 'PT13H', control: { action: 'approve', rollout: 'rehearsal-1', expect: {} } },
      ];
    case 'abort':
    case 'roll-back':
    case 'reject':
      return [{ ...at, control: { action: control, rollout: 'rehearsal-1', expect: {} } }];
    case 'andon':
      return [{ ...at, ...andon('on') }];
    case 'expiry':
    case 'window':
      return [];
  }
};

const scenario = (
  kind: Kind,
  more: { timeline?: Record<string, unknown>[]; expiresAfter?: string; windowTo?: string; isApproved?: boolean } = {},
) => ({
  name: 'controlled',
  now: startOfTime,
  releases: releasesWith(),
  clusters: [
    clusterOf(
      [
        { name: 'a', kind, zones: 1 },
        { name: 'b', kind, zones: 1 },
      ],
      kind === 'self-managed' ? { workloads: [{ name: 'shop/db', replicas: 2, minAvailable: 1 }] } : {},
    ),
  ],
  policy: {
    version: 1,
    bakeTime: 'PT2M',
    rings: [
      {
        name: 'all',
        mode: 'roll-out',
        clusters: { names: ['*'] },
        approval: { required: true, expiresAfter: more.expiresAfter ?? 'P2D' },
        // Thursday; the next one opens on Friday.
        maintenanceWindows: [
          { days: ['thu'], from: '09:00', to: more.windowTo ?? '20:00' },
          { days: ['fri'], from: '09:00', to: '20:00' },
        ],
      },
    ],
  },
  timeline: [
    ...(more.isApproved === false
      ? []
      : [{ at: `PT${askedAt}S`, control: { action: 'approve', rollout: 'rehearsal-1', expect: {} } }]),
    ...(more.timeline ?? []),
  ],
  start: { clusterName: 'prod' },
  until: 'P4D',
});

/** Seconds after the start at which each state is first entered when nobody says anything. */
const entries = new Map<string, number>();
beforeAll(async () => {
  for (const kind of ['managed-custom-ami', 'self-managed'] as const) {
    const { aws } = await playScenario(scenario(kind));
    for (const execution of aws.executions.all) {
      const machine = execution.machine.name.replace('eks-ami-rollout-', '');
      for (const { stateEnteredEventDetails, timestamp } of execution.history) {
        const name = `${kind} ${machine} ${stateEnteredEventDetails?.name}`;
        const second = ((timestamp?.getTime() ?? 0) - Date.parse(startOfTime)) / 1000;
        if (stateEnteredEventDetails !== undefined && !entries.has(name)) entries.set(name, second);
      }
    }
  }
});

const cells = places.flatMap(({ machine, state }, index) =>
  controls.flatMap((control, at) => {
    const kind: Kind = ofSelfManaged.includes(state) ? 'self-managed' : 'managed-custom-ami';
    const kinds: Kind[] = isSweep ? ['managed-custom-ami', 'self-managed'] : [kind];
    // Each state once in the sample, and each control in its turn.
    const isSampled = index % controls.length === at;
    return isSweep || isSampled ? kinds.map((each) => ({ machine, state, control, kind: each })) : [];
  }),
);

test('the whole product is known', () => {
  console.log(`${places.length} states × ${controls.length} controls; ${cells.length} are played`);
  expect(places.length * controls.length).toBeGreaterThan(cells.length / 2);
});

const changes = ({ aws }: Played): string[] => aws.productCalls.changes.map(({ call }) => call);

/** One in six of the states; the sweep takes them all. */
describe.each(sampled(cells, 6, ({ machine, state }) => `${machine} ${state}`))(
  '$control when $machine enters $state, $kind',
  ({ machine, state, control, kind }) => {
    test('ends in a state that every invariant accepts', async () => {
      const second = Math.round(entries.get(`${kind} ${machine} ${state}`) ?? 0);
      const closing = new Date(Date.parse(startOfTime) + Math.max(60, second) * 1000 + 59_999)
        .toISOString()
        .slice(11, 16);
      const played = await playScenario(
        control === 'window'
          ? scenario(kind, { windowTo: closing })
          : control === 'expiry'
            ? scenario(kind, {
                // Approved just before it expires, or never.
                isApproved: second > askedAt,
                expiresAfter: `PT${Math.max(60, second)}S`,
              })
            : scenario(kind, { timeline: happens(control, { when: { machine, enters: state } }) }),
      );
      const { report } = played;
      expect({ invariants: report.invariants, differences: report.differences }).toEqual({
        invariants: [],
        differences: [],
      });
      const [answer] = report.executions;
      if (control === 'pause') expect(answer?.outcome).toBe('Succeeded');
      if (control === 'window') expect(['Succeeded', 'Refused']).toContain(answer?.outcome);
      if (answer?.outcome === 'Refused') expect(changes(played)).not.toContain('eks:UpdateNodegroupVersion');
    });
  },
);
