/**
 * Every control, asked when a rollout of a cluster or of a node group enters each of its states: whatever it cuts into,
 * each ends in a state that the invariants accept, and a stop is heeded before the next change.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
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
type Happening = Record<string, unknown>;

interface World {
  kind: 'managed-custom-ami' | 'self-managed';
  behavior?: Happening;
  cluster?: Happening;
  /** More of the first of its two node groups. */
  first?: Happening;
  faults?: Happening[];
  timeline?: Happening[];
  windowTo?: string;
  approval?: 'none';
  gates?: string[];
}

const approve = (rollout: string): Happening => ({ control: { action: 'approve', rollout, expect: {} } });
const why = { reason: 'by a test' };
const dies = (name: string, times: number): Happening[] => [{ function: name, nth: 1, times, fault: 'dies-before' }];

/** A node group's execution whose rollout has lost the lease. */
const childOfAnother = {
  call: 'states:StartExecution',
  input: {
    stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:eks-ami-rollout-roll-out-node-group',
    name: 'of-a-rollout-that-lost-the-lease',
    input: JSON.stringify({
      rolloutId: 'rehearsal-1',
      nodeGroup: 'b',
      mode: 'settle',
      fence: {
        accountId: '111122223333',
        region: 'us-east-1',
        clusterName: 'prod',
        holder: 'arn:aws:states:us-east-1:111122223333:execution:eks-ami-rollout-roll-out-cluster:rehearsal-0',
        generation: 0,
      },
    }),
  },
};

const managed: World = { kind: 'managed-custom-ami' };
const selfManaged: World = {
  kind: 'self-managed',
  cluster: { workloads: [{ name: 'shop/db', replicas: 2, minAvailable: 1 }] },
};

/** Where a state is not entered when all goes well, a world in which it is. */
const worlds: Record<string, World> = {
  'roll-out-cluster ContinueRollout': {
    ...managed,
    timeline: [{ at: 'PT6H', start: { clusterName: 'prod', rollBack: 'rehearsal-1', ...why } }],
  },
  'roll-out-cluster WaitBeforePlan': { ...managed, cluster: { status: 'UPDATING', statusFor: 'PT8M' } },
  'roll-out-cluster WaitUnheard': { ...managed, faults: dies('keep-token', 20) },
  // The window closes after the first wave; before the next one opens, somebody who does not wait for it has the lease.
  'roll-out-cluster WaitForLease': {
    ...managed,
    approval: 'none',
    windowTo: '09:15',
    timeline: [{ at: 'PT23H58M', start: { clusterName: 'prod', ignoreWindow: true, ...why } }],
  },
  'roll-out-cluster NodeGroupDied': { ...managed, faults: dies('settle-node-group', 9) },
  'roll-out-cluster RolloutFailed': { ...managed, behavior: { joins: false } },
  'roll-out-cluster RolloutNotFinished': { ...managed, faults: dies('finish-rollout', 9) },
  'roll-out-node-group WaitForOthers': {
    ...managed,
    first: { failedUpdates: { code: 'ClusterUnreachable', times: 1 } },
  },
  'roll-out-node-group NodeGroupNotSettled': { ...managed, faults: dies('settle-node-group', 9) },
  'roll-out-node-group NodeGroupSuperseded': {
    ...managed,
    timeline: [{ when: { machine: 'roll-out-node-group', enters: 'WaitForUpdate' }, ...childOfAnother }],
  },
  'roll-out-node-group PrepareNodeGroup': selfManaged,
  'roll-out-node-group DrainNodes': selfManaged,
  'roll-out-node-group ProbeNodes': { ...managed, gates: ['nodes-ready', 'probe'] },
  // A budget lets nobody go for longer than a refresh has patience: nodes are emptied before their turn.
  'roll-out-node-group WaitForDrain': {
    ...selfManaged,
    first: { size: 3 },
    cluster: {
      workloads: [
        { name: 'shop/db', replicas: 2, nodeGroup: 'a', minAvailable: 2 },
        { name: 'shop/web', replicas: 4, nodeGroup: 'a', minAvailable: 2 },
      ],
    },
    timeline: [{ at: 'PT3H', setPdb: { cluster: 'prod', workload: 'shop/db', minAvailable: 1 } }],
  },
};

const askedAt = 600;
const andon = (value: string): Happening => ({
  call: 'ssm:PutParameter',
  input: { Name: '/eks-ami-rollout/andon', Value: value, Overwrite: true },
});

/** What happens when a state is entered. */
const happens = (control: ControlName, at: Happening): Happening[] => {
  switch (control) {
    case 'pause':
      return [
        { ...at, control: { action: 'pause', rollout: 'rehearsal-1', expect: {} } },
        { at: 'PT30H', control: { action: 'resume', rollout: 'rehearsal-1', expect: {} } },
        // What was paused before it asked for its approval asks now.
        { at: 'PT31H', ...approve('rehearsal-1') },
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
  {
    kind,
    behavior = {},
    cluster = {},
    first = {},
    faults = [],
    timeline = [],
    windowTo = '20:00',
    approval,
    gates,
  }: World,
  more: { timeline?: Happening[]; expiresAfter?: string; windowTo?: string; isApproved?: boolean } = {},
) => ({
  name: 'controlled',
  now: startOfTime,
  releases: releasesWith(behavior),
  clusters: [
    clusterOf(
      [
        { name: 'a', kind, zones: 1, ...first },
        { name: 'b', kind, zones: 1 },
      ],
      cluster,
    ),
  ],
  policy: {
    version: 1,
    bakeTime: 'PT2M',
    ...(gates === undefined ? {} : { gates }),
    rings: [
      {
        name: 'all',
        mode: 'roll-out',
        clusters: { names: ['*'] },
        approval: approval ?? { required: true, expiresAfter: more.expiresAfter ?? 'P2D' },
        // Thursday; the next one opens on Friday.
        maintenanceWindows: [
          { days: ['thu'], from: '09:00', to: more.windowTo ?? windowTo },
          { days: ['fri'], from: '09:00', to: '20:00' },
        ],
      },
    ],
  },
  faults,
  timeline: [
    ...(more.isApproved === false ? [] : [{ at: `PT${askedAt}S`, ...approve('rehearsal-1') }]),
    ...timeline,
    ...(more.timeline ?? []),
  ],
  start: { clusterName: 'prod' },
  until: 'P5D',
});

/** Seconds after the start at which a world first enters a state while nobody says anything. */
const firstEntry = async (world: World, { machine, state }: { machine: string; state: string }): Promise<number> => {
  let played = entriesOf.get(world);
  if (played === undefined) {
    played = playScenario(scenario(world)).then(entered);
    entriesOf.set(world, played);
  }
  const second = (await played).get(`${machine} ${state}`);
  if (second === undefined) throw new Error(`no execution entered ${state} of ${machine}`);
  return second;
};
const entriesOf = new Map<World, Promise<Map<string, number>>>();

const entered = ({ aws }: Played): Map<string, number> => {
  const entries = new Map<string, number>();
  for (const execution of aws.executions.all) {
    const machine = execution.machine.name.replace('eks-ami-rollout-', '');
    for (const { stateEnteredEventDetails, timestamp } of execution.history) {
      const name = `${machine} ${stateEnteredEventDetails?.name}`;
      const second = Math.round(((timestamp?.getTime() ?? 0) - Date.parse(startOfTime)) / 1000);
      if (stateEnteredEventDetails !== undefined && !entries.has(name)) entries.set(name, second);
    }
  }
  return entries;
};

const cells = places.flatMap(({ machine, state }, index) =>
  controls.flatMap((control, at) => {
    const world = worlds[`${machine} ${state}`] ?? managed;
    const isOfBoth = world === managed;
    // Each state once in the sample, and each control in its turn.
    if (!isSweep) return index % controls.length === at ? [{ machine, state, control, world, kind: world.kind }] : [];
    return (isOfBoth ? [managed, selfManaged] : [world]).map((each) => {
      return { machine, state, control, world: each, kind: each.kind };
    });
  }),
);

test('every control is asked at every state, none is left out', () => {
  const asked = new Set(cells.map(({ machine, state, control }) => `${machine} ${state} ${control}`));
  console.log(`${places.length} states × ${controls.length} controls = ${places.length * controls.length}`);
  console.log(`${asked.size} of them in ${cells.length} cells on this way`);
  expect(asked.size).toBe(isSweep ? places.length * controls.length : places.length);
  const known = places.map(({ machine, state }) => `${machine} ${state}`);
  expect(Object.keys(worlds).filter((name) => !known.includes(name))).toEqual([]);
});

const changes = ({ aws }: Played): string[] => aws.productCalls.changes.map(({ call }) => call);

/** One in six of the states; the sweep takes them all. */
describe.each(sampled(cells, 7, ({ machine, state }) => `${machine} ${state}`))(
  '$control when $machine enters $state, $kind',
  ({ machine, state, control, world }) => {
    test('ends in a state that every invariant accepts', async () => {
      const at = { when: { machine, enters: state } };
      const isOfTime = control === 'window' || control === 'expiry';
      const second = isOfTime ? Math.max(60, await firstEntry(world, { machine, state })) : 0;
      const closing = new Date(Date.parse(startOfTime) + second * 1000 + 59_999).toISOString().slice(11, 16);
      const played = await playScenario(
        control === 'window'
          ? scenario(world, { windowTo: closing > '09:00' ? closing : '20:00' })
          : control === 'expiry'
            ? // Approved just before it expires, or never.
              scenario(world, { isApproved: second > askedAt, expiresAfter: `PT${second}S` })
            : scenario(world, { timeline: happens(control, at) }),
      );
      const { report, aws } = played;
      expect({ invariants: report.invariants, differences: report.differences }).toEqual({
        invariants: [],
        differences: [],
      });
      if (!isOfTime) expect([...entered(played).keys()]).toContain(`${machine} ${state}`);
      const wasAsked = aws.controls.some(({ asked }) => asked.action === control);
      if (!isOfTime && control !== 'andon') expect(wasAsked).toBe(true);
      const [answer] = report.executions;
      if (world === managed && control === 'pause') expect(answer?.outcome).toBe('Succeeded');
      if (world === managed && control === 'window') expect(['Succeeded', 'Refused']).toContain(answer?.outcome);
      if (report.executions.length === 1 && answer?.outcome === 'Refused') {
        expect(changes(played)).not.toContain('eks:UpdateNodegroupVersion');
      }
    });
  },
);
