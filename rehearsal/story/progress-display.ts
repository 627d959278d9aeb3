import { type Bar, MultiBar } from 'cli-progress';
import colors from 'picocolors';
import type { NodeGroupProgress } from './progress.ts';

/** Shows progress: a bar a node group in a terminal, else one line a change. */
export interface ProgressDisplay {
  show(time: string, progress: readonly NodeGroupProgress[]): void;
  /** A line beside the progress. */
  say(line: string): void;
  end(): void;
}

export const progressDisplay = (print: (line: string) => void): ProgressDisplay =>
  process.stdout.isTTY === true ? bars() : lines(print);

const bars = (): ProgressDisplay => {
  const multi = new MultiBar({
    format: `  {time}  {name} ${colors.cyan('{bar}')} {value}/{total}  {stage}`,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: false,
    stopOnComplete: false,
    emptyOnZero: true,
    forceRedraw: true,
    linewrap: false,
  });
  const shown = new Map<string, Bar>();
  return {
    show: (time, progress) => {
      for (const { name, done, total, stage } of progress) {
        const payload = { time, name: name.padEnd(12), stage: stage.padEnd(22) };
        const bar = shown.get(name);
        if (bar === undefined) shown.set(name, multi.create(total, done, payload));
        else bar.update(done, payload);
      }
    },
    say: (line) => multi.log(`${line}\n`),
    end: () => multi.stop(),
  };
};

const lines = (print: (line: string) => void): ProgressDisplay => {
  const last = new Map<string, string>();
  return {
    show: (time, progress) => {
      for (const { name, done, total, stage } of progress) {
        const said = `${name.padEnd(12)} ${String(done).padStart(3)} of ${total}  ${stage}`;
        if (last.get(name) === said) continue;
        last.set(name, said);
        print(`  ${time}  ${said}`);
      }
    },
    say: print,
    end: () => {},
  };
};
