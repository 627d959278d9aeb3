/** Plays scenarios for tests, and keeps the world they ended in. */
import { createHash } from 'node:crypto';
import type { EmbeddedAws } from '../../rehearsal/embedded-aws.ts';
import { rehearse } from '../../rehearsal/rehearse.ts';
import type { Report } from '../../rehearsal/report.ts';
import { parseScenario, readScenario } from '../../rehearsal/scenario-format/read.ts';
import type { Scenario } from '../../rehearsal/scenario-format/schema.ts';

export interface Played {
  report: Report;
  /** As it was left. Its servers are closed, its world can be read. */
  aws: EmbeddedAws;
}

/** Whether the long way was asked for: `npm run sweep` instead of `npm test`. */
export const isSweep = process.env.MODE === 'sweep';

/** One in so many, or all of them on the long way. Chosen by name, so that a new one moves none of the others. */
export const sampled = <T>(all: readonly T[], oneIn: number, nameOf: (each: T) => string = String): T[] =>
  all.filter((each) => isSweep || createHash('sha256').update(nameOf(each)).digest().readUInt32BE() % oneIn === 0);

export const playFile = async (name: string): Promise<Played> =>
  play(await readScenario(`rehearsal/scenarios/${name}`));

/** A scenario as a plain value, checked like a file. */
export const playScenario = (scenario: Record<string, unknown>): Promise<Played> =>
  play(parseScenario(JSON.stringify({ version: 1, ...scenario }), 'scenario'));

const play = async (scenario: Scenario): Promise<Played> => {
  let aws: EmbeddedAws | undefined;
  const report = await rehearse(scenario, {
    onBegin: (begun) => {
      aws = begun;
    },
  });
  if (aws === undefined) throw new Error('the rehearsal never began');
  return { report, aws };
};

/** The one answer of a rehearsal that started one rollout. */
export const onlyAnswer = ({ report }: Played): Report['executions'][number] => {
  const [answer, ...more] = report.executions;
  if (answer === undefined || more.length > 0) throw new Error(`there were ${report.executions.length} answers`);
  return answer;
};

export const formerRelease = '1.33.4-20260710';
export const newRelease = '1.33.4-20260810';

/** Two releases of AL2023 on x86_64, the newer of which behaves as told. */
export const releasesWith = (behavior: Record<string, unknown> = {}): Record<string, unknown>[] => [
  { amiType: 'AL2023_x86_64_STANDARD', release: formerRelease, publishedAt: '2026-07-10T18:00:00Z' },
  { amiType: 'AL2023_x86_64_STANDARD', release: newRelease, publishedAt: '2026-08-10T18:00:00Z', behavior },
];

/** A cluster that has opted in. */
export const clusterOf = (nodeGroups: Record<string, unknown>[], more: Record<string, unknown> = {}) => ({
  name: 'prod',
  version: '1.33',
  tags: { 'eks-ami-rollout': 'enabled' },
  nodeGroups: nodeGroups.map((nodeGroup) => ({
    amiType: 'AL2023_x86_64_STANDARD',
    release: formerRelease,
    size: 1,
    ...nodeGroup,
  })),
  ...more,
});

export const startOfTime = '2026-08-20T09:00:00Z';
