/**
 * What a rehearsal costs, as a ratio to the bare calls in it: the same calls, by the same SDK clients, one after another
 * over the same loopback, with nothing around them. Medians of five, because machines are noisy.
 */
import { Worker } from 'node:worker_threads';
import type { EmbeddedAws } from '../rehearsal/embedded-aws.ts';
import { startEmbeddedAws } from '../rehearsal/embedded-aws.ts';
import type { NamedCall } from '../rehearsal/product-calls.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { readScenario } from '../rehearsal/scenario-format/read.ts';

const rounds = 5;
const file = process.argv[2] ?? 'rehearsal/scenarios/first-light.yaml';
const scenario = await readScenario(file);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const timed = async (run: () => Promise<void>): Promise<number> => {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
};

let made: readonly NamedCall[] = [];
let pretendMinutes = 0;
const play = async (): Promise<void> => {
  let aws: EmbeddedAws | undefined;
  const report = await rehearse(scenario, {
    onBegin: (up) => {
      aws = up;
    },
  });
  if (!report.asExpected) throw new Error(report.differences.join('; '));
  made = aws?.productCalls.made ?? [];
  pretendMinutes = report.simulatedSeconds / 60;
};

/** The calls alone, from a thread of their own, as a function's would come. Returns what the thread measured. */
const bare = async (): Promise<number> => {
  const aws = await startEmbeddedAws(scenario);
  const worker = new Worker(new URL('./bench-caller.ts', import.meta.url), {
    workerData: {
      calls: made,
      kubernetes: Object.fromEntries([...aws.world.clusters].map(([name, { endpoint }]) => [name, endpoint])),
    },
    env: {
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: scenario.region,
      AWS_ACCESS_KEY_ID: 'AKIABENCH00000000000',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
  });
  const milliseconds = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  await aws.close();
  return milliseconds;
};

await play(); // Bundles are made, and this process is warm.
const whole: number[] = [];
const alone: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  whole.push(await timed(play));
  alone.push(await bare());
}
const ratio = median(whole) / median(alone);
console.log(`${scenario.name}: ${pretendMinutes.toFixed(0)} pretend minutes, ${made.length} calls`);
console.log(
  `whole rehearsal ${median(whole).toFixed(0)} ms, its calls alone ${median(alone).toFixed(0)} ms (medians of ${rounds})`,
);
console.log(`ratio ${ratio.toFixed(2)}; it may be 2`);
