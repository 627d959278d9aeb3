import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that play many rollouts, the longest first: begun last, one of them would run on alone. */
const longest = ['scenarios', 'stops', 'determinism', 'self-managed', 'fault-matrix', 'start', 'everyday'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return index === -1 ? longest.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    taskTitleValueFormatTruncate: 0,
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // Whole rollouts are played, and machines are slow at times. Nothing is asserted on time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
