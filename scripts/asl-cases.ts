/**
 * Holds any Step Functions endpoint against the States Language cases of test/rehearsal/state-machines/cases: each
 * definition is created, started and waited for, and what came of it is compared with what its page says.
 *
 * Cases with a Task need a worker, and cases with a stop a moment; those are left to the tests. Without
 * `--endpoint` the embedded AWS is held against them, over HTTP as well.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { type DescribeExecutionOutput, SFN } from '@aws-sdk/client-sfn';
import { parse } from 'yaml';
import { z } from 'zod';
import { startEmbeddedAws } from '../rehearsal/embedded-aws.ts';
import { parseScenario } from '../rehearsal/scenario-format/read.ts';
import { type Case, cases } from '../test/rehearsal/state-machines/case.ts';

const usage = `npm run asl-cases -- [--endpoint URL] [--no-expressions] [--differences FILE] [--longest SECONDS] [--without FILE]

  --endpoint URL      where Step Functions is; left out: the embedded AWS
  --no-expressions    only cases without JSONata expressions, for an endpoint that cannot evaluate them
  --differences FILE  differences that are known; any other, and one that is gone, is a failure
  --longest SECONDS   cases that wait longer are left out, for an endpoint whose clock is the real one
  --without FILE      leaves a file of cases out, by its name: limits`;

/** A difference that is known: what the endpoint gives instead, and who is right by the page. */
const Known = z.strictObject({
  rule: z.string(),
  theirs: z.string(),
  right: z.enum(['ours', 'theirs', 'the page does not say']),
  why: z.string(),
});

/** Real time; the endpoint may be slow to begin. */
const patienceSeconds = 120;

const main = async (): Promise<number> => {
  const options = {
    endpoint: { type: 'string' },
    'no-expressions': { type: 'boolean', default: false },
    differences: { type: 'string' },
    longest: { type: 'string', default: 'Infinity' },
    without: { type: 'string', multiple: true, default: [] as string[] },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const longest = Number(values.longest);
  if (Number.isNaN(longest)) throw new TypeError(`--longest ${values.longest}: a number of seconds is needed`);
  const known =
    values.differences === undefined ? [] : z.array(Known).parse(parse(readFileSync(values.differences, 'utf8')));
  const all = cases.flatMap(([file, list]) => list.map((played) => ({ file, played })));
  const playable = all
    .filter(({ file }) => !values.without.includes(file))
    .filter(({ played }) => canBePlayed(played) && (played.expect.seconds ?? 0) <= longest)
    .filter(({ played }) => !values['no-expressions'] || !JSON.stringify(played.definition).includes('{%'));

  const { endpoint, close } = values.endpoint === undefined ? await embedded() : { endpoint: values.endpoint };
  const sfn = new SFN({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'example' },
  });
  const results = await Promise.all(
    playable.map(async ({ file, played }, number) => ({
      file,
      rule: played.rule,
      page: played.page,
      differences: await hold(sfn, played, `asl-case-${number}`),
    })),
  ).finally(() => close?.());

  let failed = 0;
  for (const { file, rule, page, differences } of results) {
    const expected = known.find((each) => each.rule === rule);
    if (differences.length === 0 && expected === undefined) continue;
    if (differences.length === 0) console.log(`NO LONGER DIFFERS  ${file}: ${rule}`);
    else if (expected === undefined) console.log(`DIFFERS  ${file}: ${rule}\n  ${page}`);
    else console.log(`known    ${file}: ${rule}\n  right: ${expected.right}; ${expected.why}`);
    for (const difference of differences) console.log(`  ${difference}`);
    const isAsKnown = expected !== undefined && differences.join('; ').includes(expected.theirs);
    if (!isAsKnown) failed += 1;
  }
  for (const { rule } of known) {
    if (results.some((result) => result.rule === rule)) continue;
    console.log(`NOT PLAYED  ${rule}`);
    failed += 1;
  }
  const agreed = results.filter(({ differences }) => differences.length === 0).length;
  console.log(
    `${results.length} of ${all.length} cases played on ${endpoint}: ${agreed} as the pages say, ` +
      `${results.length - agreed} not; ${failed} of them not as known.`,
  );
  return failed === 0 ? 0 : 1;
};

const canBePlayed = ({ definition, onlyHere, stop, expect }: Case): boolean =>
  onlyHere === undefined &&
  stop === undefined &&
  (expect.refused !== undefined || !JSON.stringify(definition).includes('"Type":"Task"'));

/** An embedded AWS of nothing but the stack, its clock driven as fast as it goes. */
const embedded = async (): Promise<{ endpoint: string; close: () => Promise<void> }> => {
  const scenario = parseScenario(
    JSON.stringify({ version: 1, name: 'cases', now: '2026-08-20T09:00:00Z', releases: [], clusters: [] }),
    'cases',
  );
  const aws = await startEmbeddedAws(scenario);
  const end = new AbortController();
  const isBusy = () => aws.executions.all.some((execution) => execution.status === 'RUNNING');
  const pace = aws.clock.keepPace({ speed: Number.POSITIVE_INFINITY, signal: end.signal, isBusy });
  const close = async () => {
    end.abort();
    await pace;
    await aws.close();
  };
  return { endpoint: aws.url, close };
};

/** Plays one case. Gives what is not as the case says. */
const hold = async (sfn: SFN, { definition, input, expect }: Case, name: string): Promise<string[]> => {
  let machine = '';
  try {
    const created = await sfn.createStateMachine({
      name,
      definition: JSON.stringify(definition),
      roleArn: 'arn:aws:iam::111122223333:role/machine',
    });
    machine = created.stateMachineArn ?? '';
    if (expect.refused !== undefined) return ['it was not refused'];
    const started = await sfn.startExecution({
      stateMachineArn: machine,
      name: `${name}-${Date.now()}`,
      input: JSON.stringify(input),
    });
    const ended = await waitFor(sfn, started.executionArn ?? '');
    return ended === undefined ? [`still RUNNING after ${patienceSeconds} s`] : differences(ended, expect);
  } catch (error) {
    // That a definition is refused counts, not the words; some endpoints name no error at all.
    const isRefused = machine === '' && statusOf(error) === 400;
    return isRefused && expect.refused !== undefined ? [] : [String(error)];
  } finally {
    if (machine !== '') await sfn.deleteStateMachine({ stateMachineArn: machine });
  }
};

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && '$response' in error
    ? (error.$response as { statusCode?: number } | undefined)?.statusCode
    : undefined;

const waitFor = async (sfn: SFN, executionArn: string): Promise<DescribeExecutionOutput | undefined> => {
  const until = Date.now() + patienceSeconds * 1_000;
  while (Date.now() < until) {
    const described = await sfn.describeExecution({ executionArn });
    if (described.status !== 'RUNNING') return described;
    await sleep(200);
  }
  return undefined;
};

const differences = (ended: DescribeExecutionOutput, expect: Case['expect']): string[] => {
  if (ended.stopDate === undefined || ended.startDate === undefined) return ['it has no stopDate'];
  const seconds = (ended.stopDate.getTime() - ended.startDate.getTime()) / 1_000;
  const output: unknown = ended.output === undefined ? undefined : JSON.parse(ended.output);
  const is = (member: string, stated: unknown, seen: unknown): string[] =>
    stated === undefined || isDeepStrictEqual(seen ?? null, stated)
      ? []
      : [`${member}: ${JSON.stringify(seen ?? null)} instead of ${JSON.stringify(stated)}`];
  return [
    ...is('status', expect.status, ended.status),
    ...is('output', expect.output, output),
    ...is('error', expect.error, ended.error),
    ...is('cause', expect.cause, ended.cause),
    ...(expect.causeHas === undefined || ended.cause?.includes(expect.causeHas)
      ? []
      : [`cause: ${JSON.stringify(ended.cause ?? null)} does not hold ${JSON.stringify(expect.causeHas)}`]),
    // A busy endpoint may be late, never early.
    ...(expect.seconds === undefined || seconds >= expect.seconds - 0.5
      ? []
      : [`it took ${seconds} s instead of ${expect.seconds}`]),
  ];
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(usage);
  process.exitCode = 2;
}
