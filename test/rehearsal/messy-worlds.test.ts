/** What `npm run messy` does for 200 worlds, for a few of them. */
import { describe, expect, test } from 'vitest';
import { isStopped, playMessyWorld, trueCauses } from '../../rehearsal/messy-worlds/play.ts';
import { drawWorlds, messOf, scenarioOf } from '../../rehearsal/messy-worlds/worlds.ts';

const worlds = drawWorlds(20261124, 200);

test('the same seed draws the same worlds', () => {
  expect(drawWorlds(20261124, 3)).toEqual(worlds.slice(0, 3));
  expect(drawWorlds(1, 3)).not.toEqual(worlds.slice(0, 3));
});

test('every kind of mess is in a good share of them, and few are tidy', () => {
  const counts = new Map<string, number>();
  for (const mess of worlds.flatMap(messOf)) counts.set(mess, (counts.get(mess) ?? 0) + 1);
  expect([...counts.keys()].sort()).toEqual([
    'a slow device plugin',
    'autoscaler',
    'flapping',
    'missing readings',
    'sick from before',
    'spot interruptions',
  ]);
  for (const [mess, count] of counts) expect(count, mess).toBeGreaterThan(25);
  expect(worlds.filter((world) => messOf(world).length === 0).length).toBeLessThan(20);
});

test('a good world and its bad one differ in the release alone', () => {
  for (const world of worlds.slice(0, 20)) {
    const { releases: well, ...rest } = scenarioOf(world, 'well');
    const { releases: bad, ...restOfBad } = scenarioOf(world, 'bad');
    expect(restOfBad).toEqual(rest);
    expect(bad).not.toEqual(well);
  }
});

test('a cause is true only where its mess is in the world', () => {
  const [world] = worlds.filter(({ missing }) => missing === null);
  if (world === undefined) throw new Error('each world misses readings');
  const ending = { outcome: 'Held', reason: 'web: nodes-ready: could not be read 5 times', invariants: [] };
  expect(trueCauses(world, ending)).toEqual([]);
});

/** The messiest one. */
describe.each(
  [...worlds.keys()]
    .sort((a, b) => messOf(worlds[b] as never).length - messOf(worlds[a] as never).length || a - b)
    .slice(0, 1),
)('world %i', (index) => {
  const world = worlds[index];
  if (world === undefined) throw new Error('there is no such world');

  test('lets a good release pass', async () => {
    const { outcome, reason, invariants } = await playMessyWorld(world, 'well');
    expect({ outcome, reason, invariants }).toMatchObject({ outcome: 'Succeeded', invariants: [] });
  });

  test('stops a bad one', async () => {
    const ending = await playMessyWorld(world, 'bad');
    expect(isStopped(ending), ending.reason).toBe(true);
    expect(ending.invariants).toEqual([]);
  });
});
