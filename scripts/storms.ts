/**
 * Storms: two and three faults at once, throttling of a share of all calls for ten minutes, a ledger that is down for five,
 * executions that are stopped, started and scanned for meanwhile. After each the invariants hold. What fails is made smaller
 * and printed with its seed. Ends with 1 when one fails.
 *
 *     npm run storms [-- --count 500] [-- --seed NUMBER]
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import fc from 'fast-check';
import { happenings, kindsInStorms, placesInStorms, playStorm } from '../rehearsal/fault-matrix/storms.ts';

const usage = 'usage: npm run storms [-- --count NUMBER --seed NUMBER]';
const { values } = parseArgs({ options: { count: { type: 'string', default: '500' }, seed: { type: 'string' } } });
if (!/^[1-9]\d*$/.test(values.count) || !/^\d*$/.test(values.seed ?? '')) {
  console.error(usage);
  process.exit(2);
}

const commit = (): number =>
  Number.parseInt(execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).slice(0, 7), 16);
const seed = values.seed === undefined ? commit() : Number(values.seed);
const numRuns = Number(values.count);

const minute = fc.integer({ min: 0, max: 60 });
const weather = fc.record({
  scenario: fc.nat(2),
  faults: fc.array(
    fc.record({
      place: fc.nat(placesInStorms.length - 1),
      nth: fc.integer({ min: 1, max: 4 }),
      kind: fc.nat(kindsInStorms.length - 1),
      times: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  throttling: fc.option(fc.record({ minute, share: fc.constantFrom(0.1, 0.3, 0.6, 0.9) })),
  ledgerDown: fc.option(minute, { freq: 2 }),
  meanwhile: fc.array(fc.record({ minute, what: fc.nat(happenings.length - 1) }), { maxLength: 2 }),
});

const bar = new SingleBar({ format: '{bar} {value} of {total} storms, {duration_formatted}', noTTYOutput: false });
bar.start(numRuns, 0);
let played = 0;
let hasFailed = false;
const result = await fc.check(
  fc.asyncProperty(weather, async (one) => {
    const wrong = await playStorm(one).catch((error: unknown) => [`the rehearsal broke: ${String(error)}`]);
    played += 1;
    bar.update(Math.min(played, numRuns));
    if (wrong.length === 0) return;
    if (!hasFailed) console.log(`\n${wrong.join('; ')}\n${JSON.stringify(one)}\nLooking for a smaller one.`);
    hasFailed = true;
    throw new Error(wrong.join('; '));
  }),
  { numRuns, seed, interruptAfterTimeLimit: 3 * 3600 * 1000 },
);
bar.stop();
if (result.failed) {
  console.log(
    `FAIL after ${result.numRuns} storms and ${result.numShrinks} smaller ones, seed ${seed}: ${result.errorInstance}`,
  );
  console.log(JSON.stringify(result.counterexample?.[0]));
  process.exitCode = 1;
} else console.log(`${result.numRuns} storms, seed ${seed}: every invariant held`);
