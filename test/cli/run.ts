/** Runs the command as a person's shell would. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A new shell's. What the machine of the tests sets beside it (CI, FORCE_COLOR, AWS_REGION, …) changes what is printed. */
const shell = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, NO_COLOR: '1' };

const command = (
  args: readonly string[],
  env: Record<string, string> = {},
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess =>
  spawn(process.execPath, ['bin/eks-ami-rollout.mjs', ...args], {
    env: { ...shell, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  });

const textOf = (stream: NodeJS.ReadableStream | null): { text: string } => {
  const read = { text: '' };
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    read.text += chunk;
  });
  return read;
};

export const run = (args: readonly string[], env?: Record<string, string>, input?: Uint8Array): Promise<Ended> =>
  new Promise((resolve) => {
    const child = command(args, env, input === undefined ? 'ignore' : 'pipe');
    child.stdin?.end(input);
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    child.once('close', (code) => resolve({ code, stdout: stdout.text, stderr: stderr.text }));
  });

export interface Served {
  /** What it printed, by name. */
  environment: Record<string, string>;
  lines: string[];
  end(signal: NodeJS.Signals): Promise<Ended>;
}

/** Keeps a scenario's world up until `end`. */
export const serve = (file: string, ...more: string[]): Promise<Served> =>
  new Promise((resolve, reject) => {
    const child = command(['rehearse', file, '--serve', '--port', '0', ...more]);
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const ended = new Promise<Ended>((end) => {
      child.once('close', (code) => end({ code, stdout: stdout.text, stderr: stderr.text }));
    });
    child.once('close', () => reject(new Error(stderr.text)));
    child.stdout?.on('data', () => {
      const lines = stdout.text.trim().split('\n');
      if (lines.at(-1) !== 'ready') return;
      const pairs = lines.slice(0, -1).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]);
      resolve({
        lines,
        environment: Object.fromEntries(pairs),
        end: (signal) => {
          child.kill(signal);
          return ended;
        },
      });
    });
  });
