/**
 * Plays rollouts in messy worlds, drawn from a seed, each with a good release and with a bad one. A good one is never taken
 * back, and held in at most 2 of 100 worlds, with a cause that is true there; a bad one is stopped in at least 95 of 100.
 * Ends with 1 when one of these does not hold.
 *
 *     npm run messy [-- --worlds 200] [-- --seed NUMBER]
 */
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { isStopped, type MessyEnding, playMessyWorld, trueCauses } from '../rehearsal/messy-worlds/play.ts';
import { badWays, drawWorlds, type MessyWorld, messOf, wayOf } from '../rehearsal/messy-worlds/worlds.ts';

const { values } = parseArgs({
  options: {
    worlds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '20261124' },
    only: { type: 'string' },
  },
});
if (!/^[1-9]\d*$/.test(values.worlds) || !/^\d+$/.test(values.seed) || !/^\d*$/.test(values.only ?? '')) {
  console.error('usage: npm run messy [-- --worlds NUMBER --seed NUMBER --only NUMBER]');
  process.exit(2);
}
const seed = Number(values.seed);
const drawn = drawWorlds(seed, Number(values.worlds)).map((world, index) => ({ world, number: index + 1 }));
const worlds = values.only === undefined ? drawn : drawn.filter(({ number }) => number === Number(values.only));

interface Played {
  number: number;
  world: MessyWorld;
  well: MessyEnding;
  bad: MessyEnding;
}

const bar = new SingleBar({ format: '{bar} {value} of {total} worlds, {duration_formatted}', noTTYOutput: false });
bar.start(worlds.length, 0);
const played: Played[] = [];
for (const { number, world } of worlds) {
  played.push({ number, world, well: await playMessyWorld(world, 'well'), bad: await playMessyWorld(world, 'bad') });
  bar.increment();
}
bar.stop();

const share = (part: number, whole: number): string =>
  `${part} of ${whole} (${whole === 0 ? 0 : ((100 * part) / whole).toFixed(1)} %)`;
const withWell = (outcome: string): Played[] => played.filter(({ well }) => well.outcome === outcome);
const table = new Table({
  head: ['worlds', 'a good release', 'a bad one'],
  style: { head: [], border: [], compact: true },
});
const row = (what: string, of: readonly Played[]): void => {
  const ended = (outcome: string): number => of.filter(({ well }) => well.outcome === outcome).length;
  table.push([
    `${what}: ${of.length}`,
    ['Succeeded', 'Held', 'RolledBack'].map((outcome) => `${ended(outcome)} ${outcome}`).join(', '),
    `stopped ${share(of.filter(({ bad }) => isStopped(bad)).length, of.length)}`,
  ]);
};
for (const mess of [...new Set(played.flatMap(({ world }) => messOf(world)))].sort())
  row(
    mess,
    played.filter(({ world }) => messOf(world).includes(mess)),
  );
row('all', played);
console.log(table.toString());

const ways = new Table({ head: ['the bad release', 'stopped'], style: { head: [], border: [], compact: true } });
for (const way of Object.keys(badWays)) {
  const of = played.filter(({ world }) => wayOf(world) === way);
  if (of.length > 0) ways.push([way, share(of.filter(({ bad }) => isStopped(bad)).length, of.length)]);
}
console.log(ways.toString());

const mistakes: string[] = [];
const say = ({ number, world }: Played, what: string, { outcome, reason }: MessyEnding): string =>
  `world ${number} (${messOf(world).join(', ') || 'tidy'}): ${what}: ${outcome}: ${reason.slice(0, 300)}`;
for (const each of played) {
  const { number, world, well, bad } = each;
  if (well.outcome === 'Held') {
    const causes = trueCauses(world, well);
    console.log(
      say(each, causes.length === 0 ? 'held, and the cause is NOT TRUE' : `held by ${causes.join(', ')}`, well),
    );
    if (causes.length === 0) mistakes.push(`world ${number} was held for a cause that is not true in it`);
  } else if (well.outcome !== 'Succeeded') {
    console.log(say(each, 'a good release', well));
  }
  if (!isStopped(bad)) console.log(say(each, `NOT STOPPED, ${wayOf(world)} after ${world.delay} s`, bad));
  for (const invariant of [...well.invariants, ...bad.invariants]) mistakes.push(`world ${number}: ${invariant}`);
}
const held = withWell('Held').length;
const stopped = played.filter(({ bad }) => isStopped(bad)).length;
if (held + withWell('Succeeded').length < played.length) mistakes.push('a good release was taken back, or refused');
if (held > Math.max(1, 0.02 * played.length)) mistakes.push(`a good release was held in ${share(held, played.length)}`);
if (stopped < 0.95 * played.length) mistakes.push(`a bad release was stopped in ${share(stopped, played.length)} only`);
console.log(
  `${played.length} worlds, seed ${seed}: ${mistakes.length === 0 ? 'as it should be' : 'NOT as it should be'}`,
);
for (const mistake of mistakes) console.log(`FAIL ${mistake}`);
process.exitCode = mistakes.length === 0 ? 0 : 1;
