import { rehearse as play } from '../rehearsal/rehearse.ts';
import type { Report } from '../rehearsal/report.ts';
import { readScenario, UnusableScenario } from '../rehearsal/scenario-format/read.ts';
import { serve } from '../rehearsal/serve.ts';
import { tellRehearsal } from '../rehearsal/story/tell.ts';
import { PortTaken } from '../rehearsal/wire/server.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import type { Output } from './standard-output.ts';

export interface RehearseOptions {
  json?: boolean;
  serve?: boolean;
  port: number;
  speed: number;
}

/** Plays scenarios, or keeps the world of one up. */
export const rehearse = async (files: readonly string[], options: RehearseOptions, output: Output): Promise<number> => {
  if (options.serve === true) return keepUp(files, options, output);
  // Every file is read before the first is played: a typo in the last one should not cost the others' time.
  const scenarios = await Promise.all(files.map(read));
  const reports: Report[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    const report = options.json === true ? await play(scenario) : await tellRehearsal(scenario, output);
    reports.push(report);
    if (options.json !== true && index < scenarios.length - 1) output.print('');
  }
  if (options.json === true) output.print(JSON.stringify(reports.length === 1 ? reports[0] : reports));
  return reports.every((report) => report.asExpected) ? exitCodes.ok : exitCodes.error;
};

const read = async (file: string) => {
  try {
    return await readScenario(file);
  } catch (error) {
    if (error instanceof UnusableScenario) throw new UsageError(error.message);
    throw error;
  }
};

const keepUp = async (files: readonly string[], options: RehearseOptions, output: Output): Promise<number> => {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) throw new UsageError('--serve takes one scenario');
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  try {
    await serve(await read(file), {
      port: options.port,
      speed: options.speed,
      signal: ending.signal,
      print: (line) => output.print(line),
    });
  } catch (error) {
    if (error instanceof PortTaken) throw new UsageError(error.message);
    throw error;
  }
  return exitCodes.ok;
};
