/** What becomes of a scenario when a role has to do without one of its rights. */
import { rehearse } from '../rehearse.ts';
import { readScenario } from '../scenario-format/read.ts';
import { DeployRefused, type TakenRight } from './authority.ts';

const folder = 'rehearsal/scenarios';

/** How the scenario failed, a line a difference; undefined: it did not, so nothing needed the right. */
export const withoutRight = async (scenario: string, right: TakenRight): Promise<string | undefined> => {
  try {
    const { asExpected, differences, invariants } = await rehearse(
      await readScenario(`${folder}/${scenario}`),
      {},
      { withoutRights: [right] },
    );
    return asExpected ? undefined : [...differences, ...invariants].join('\n');
  } catch (error) {
    if (error instanceof DeployRefused) return `the stack cannot be deployed: ${error.message}`;
    throw error;
  }
};
