import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { playFile } from './play.ts';

const files = globSync('rehearsal/scenarios/*.yaml')
  .map((file) => path.basename(file))
  .sort();

describe.each(files)('%s', (file) => {
  test('ends as it expects, with every invariant kept, and twice alike to the byte', async () => {
    const { report } = await playFile(file);
    expect(report).toMatchObject({ asExpected: true, differences: [], invariants: [] });

    const again = await playFile(file);
    expect(JSON.stringify(again.report)).toBe(JSON.stringify(report));
  });
});
