/**
 * The fault matrix: each main scenario is played once and its calls are recorded; then it is played again for every call and
 * every kind of fault, with that one fault. After each run the invariants must hold, and a fault that passes must not change
 * how the rollout ends. Ends with 1 when a cell is red.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { type Cell, kinds } from '../rehearsal/fault-matrix/cells.ts';
import { defects, putIn } from '../rehearsal/fault-matrix/defects.ts';
import { mainScenarios, playCell, type Recorded, record, sampleOf } from '../rehearsal/fault-matrix/matrix.ts';

const usage = `usage: npm run faults [-- OPTIONS]
  --scenario NAME   one of ${mainScenarios.join(', ')} (default: all of them)
  --only TEXT       cells whose call or fault holds this text; with --break, defects whose name does
  --all             identical polls, too, not only the first, the middle and the last of them
  --sample COUNT    so many cells of all, chosen by --seed
  --seed TEXT       default: the commit
  --break           puts defects into a copy of the sources, one after another: each must turn a cell red`;

const options = (() => {
  try {
    const { values } = parseArgs({
      options: {
        scenario: { type: 'string' },
        only: { type: 'string', default: '' },
        all: { type: 'boolean', default: false },
        sample: { type: 'string', default: '0' },
        seed: { type: 'string' },
        break: { type: 'boolean', default: false },
        worker: { type: 'boolean', default: false },
      },
    });
    const names: readonly string[] = mainScenarios;
    if (values.scenario !== undefined && !names.includes(values.scenario))
      throw new Error(`there is no main scenario ${values.scenario}`);
    if (!/^\d+$/.test(values.sample)) throw new Error('--sample is not a number');
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
})();

interface Task {
  recorded: Recorded;
  cell: Cell;
}

/** What is wrong in a cell; none: it is green. */
interface Played extends Task {
  wrong: string[];
}

const work = (): void => {
  process.on('message', async ({ recorded, cell }: Task) => {
    const wrong = await playCell(recorded, cell).catch((error: unknown) => [`the rehearsal broke: ${String(error)}`]);
    process.send?.(wrong);
  });
};

/** Side by side, as many as there are cores. */
const playAll = async (tasks: readonly Task[]): Promise<Played[]> => {
  const queue = [...tasks];
  const played: Played[] = [];
  const bar = new SingleBar({ format: '{bar} {value} of {total} cells, {duration_formatted}', noTTYOutput: false });
  bar.start(tasks.length, 0);
  const drive = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      let task: Task | undefined;
      const next = (): void => {
        task = queue.shift();
        if (task === undefined) {
          child.disconnect();
          resolve();
        } else child.send({ ...task, recorded: { ...task.recorded, cells: [] } });
      };
      child.on('message', (wrong: string[]) => {
        if (task !== undefined) played.push({ ...task, wrong });
        bar.increment();
        next();
      });
      child.on('exit', (code) => {
        if (code !== 0) reject(new Error(`a worker ended with ${code} at ${task?.cell.call}`));
      });
      next();
    });
  await Promise.all(
    Array.from({ length: availableParallelism() }, () =>
      drive(fork(import.meta.filename, ['--worker'], { serialization: 'advanced' })),
    ),
  );
  bar.stop();
  return played;
};

const tell = (recorded: Recorded, tasks: readonly Task[], played: readonly Played[]): void => {
  const table = new Table({
    head: ['fault', 'tried', 'passed', 'failed'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const row = (name: string, of: readonly Played[]): void => {
    const failed = of.filter(({ wrong }) => wrong.length > 0).length;
    table.push([name, of.length, of.length - failed, failed]);
  };
  for (const kind of kinds)
    row(
      kind,
      played.filter(({ cell }) => cell.fault.fault === kind),
    );
  row('together', played);
  const cells = recorded.cells.length;
  console.log(
    `\n${recorded.name}: ${recorded.calls} calls, ${recorded.leftOut} identical polls left out; ${cells} cells = ${recorded.calls - recorded.leftOut} calls × ${kinds.length} faults; ${tasks.length} tried, ${tasks.length - played.length} skipped`,
  );
  console.log(table.toString());
  for (const { cell, wrong } of played.filter((each) => each.wrong.length > 0)) {
    console.log(`FAIL ${cell.call}, ${cell.fault.fault}: ${wrong.join('; ')}`);
    console.log(`     faults: [ ${JSON.stringify(cell.fault)} ] in ${recorded.name}.yaml`);
  }
};

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'no commit';
  }
};

const playMatrix = async (): Promise<number> => {
  const all: Recorded[] = [];
  let red = 0;
  for (const name of mainScenarios.filter((each) => options.scenario === undefined || each === options.scenario)) {
    const recorded = await record(name, options);
    if (recorded.wrong.length > 0) {
      red += 1;
      console.log(`FAIL ${name} without any fault: ${recorded.wrong.join('; ')}`);
    }
    all.push(recorded);
  }
  const isAsked = ({ call, fault }: Cell): boolean => `${call} ${fault.fault}`.includes(options.only);
  const tasks = all.flatMap((recorded) => recorded.cells.filter(isAsked).map((cell) => ({ recorded, cell })));
  const seed = options.seed ?? commit();
  const count = Number(options.sample);
  const chosen = count === 0 ? tasks : sampleOf(tasks, count, seed);
  if (count > 0) console.log(`${chosen.length} of ${tasks.length} cells, chosen by the seed ${seed}`);
  const played = await playAll(chosen);
  for (const recorded of all) {
    const of = <T extends Task>(tried: readonly T[]): T[] => tried.filter((each) => each.recorded === recorded);
    tell(recorded, of(chosen), of(played));
  }
  red += played.filter(({ wrong }) => wrong.length > 0).length;
  console.log(`\n${played.length} cells tried, ${played.length - red} green, ${red} red`);
  return red;
};

/** Everything a rehearsal is made of, for a run of its own. */
const parts = [
  ...['adapters', 'cli', 'core', 'functions', 'rehearsal', 'scripts', 'statemachines'],
  ...['package.json', 'package-lock.json', 'template.yaml', 'tsconfig.json'],
];

/** How many of the defects no cell showed. */
const playDefects = async (): Promise<number> => {
  let unseen = 0;
  const asked = defects.filter(({ name }) => name.includes(options.only));
  for (const defect of asked) {
    const project = mkdtempSync(path.join(tmpdir(), 'defect-'));
    try {
      for (const part of parts) cpSync(part, path.join(project, part), { recursive: true });
      symlinkSync(path.resolve('node_modules'), path.join(project, 'node_modules'));
      await putIn(project, defect);
      const args = ['scripts/faults.ts', '--scenario', defect.scenario, '--only', defect.only];
      let printed: string;
      try {
        printed = execFileSync(process.execPath, args, {
          cwd: project,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        });
      } catch (error) {
        printed = String((error as { stdout?: string }).stdout);
      }
      const red = printed.split('\n').filter((line) => line.startsWith('FAIL'));
      if (red.length === 0) unseen += 1;
      console.log(`${defect.name} (${defect.file}): ${red.length === 0 ? 'NOTHING TURNED RED' : `${red.length} red`}`);
      for (const line of red.slice(0, 3)) console.log(`  ${line.slice(0, 240)}`);
    } finally {
      rmSync(project, { recursive: true });
    }
  }
  console.log(`${asked.length} defects, ${unseen} of them unseen`);
  return unseen;
};

if (options.worker) work();
else process.exitCode = (await (options.break ? playDefects() : playMatrix())) > 0 ? 1 : 0;
