import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    taskTitleValueFormatTruncate: 0,
    maxWorkers: availableParallelism(),
    // Whole rollouts are played, and machines are slow at times. Nothing is asserted on time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
