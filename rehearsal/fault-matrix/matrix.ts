/** Plays cells of the fault matrix, and says what each came to. */
import { digest } from '../digest.ts';
import type { EmbeddedAws } from '../embedded-aws.ts';
import { rehearse } from '../rehearse.ts';
import { readScenario } from '../scenario-format/read.ts';
import type { Scenario } from '../scenario-format/schema.ts';
import { type Cell, type Cells, cellsOf, passing } from './cells.ts';

/** Forward, back, and with nodes that are emptied. */
export const mainScenarios = ['two-waves-forward', 'two-waves-bad-ami', 'two-waves-self-managed'] as const;

export interface Recorded extends Cells {
  name: string;
  scenario: Scenario;
  /** The outcomes of its rollouts, without any fault. */
  outcomes: readonly string[];
}

/** Without faults. What is wrong with it already is told, too. */
export const record = async (name: string, options: { all: boolean }): Promise<Recorded & { wrong: string[] }> => {
  const scenario = await readScenario(`rehearsal/scenarios/${name}.yaml`);
  let begun: EmbeddedAws | undefined;
  const { differences, invariants, executions } = await rehearse(scenario, {
    onBegin: (aws) => {
      begun = aws;
    },
  });
  if (begun === undefined) throw new Error(`${name} never began`);
  const cells = cellsOf(begun.productCalls.made, options);
  const outcomes = executions.map(({ outcome }) => outcome);
  return { name, scenario, outcomes, wrong: [...differences, ...invariants], ...cells };
};

/** What is wrong after a run with one fault; nothing: the cell is green. */
export const playCell = async (
  { scenario, outcomes }: Recorded,
  { fault, isTheRecordedRun }: Cell,
): Promise<string[]> => {
  if (isTheRecordedRun) return [];
  const { expect: _, ...world } = scenario;
  const { executions, invariants } = await rehearse({ ...world, faults: [fault] });
  const came = executions.map(({ outcome }) => outcome);
  const isSame = JSON.stringify(came) === JSON.stringify(outcomes);
  if (isSame || !passing.includes(fault.fault)) return invariants;
  return [...invariants, `came to ${came.join(', ') || 'no end'} in place of ${outcomes.join(', ')}`];
};

/** So many of them, the same for the same seed. */
export const sampleOf = <T>(all: readonly T[], count: number, seed: string): T[] => {
  const ranked = all.map((one, index) => ({ one, index, rank: digest('sample', seed, String(index)).hex }));
  const chosen = ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, count);
  return chosen.sort((a, b) => a.index - b.index).map(({ one }) => one);
};
