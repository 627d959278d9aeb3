import { globSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isSweep, playFile, sampled } from './play.ts';

/** Some of them: `npm run rights` plays every one, as does the sweep. */
const files = sampled(
  globSync('rehearsal/scenarios/*.yaml')
    .map((file) => path.basename(file))
    .sort(),
  30,
);

const reports = new Map<string, string>();

test.each(files)('%s ends as it expects, and every invariant holds', async (file) => {
  const { report } = await playFile(file);
  reports.set(file, JSON.stringify(report));
  expect(report).toMatchObject({ asExpected: true, differences: [], invariants: [] });
});

// determinism.test.ts plays some of them again on each run, under other circumstances.
test.each(isSweep ? files : [])('%s gives the same report to the byte when it is played again', async (file) => {
  const { report } = await playFile(file);
  expect(JSON.stringify(report)).toBe(reports.get(file));
});
