/** docs/answers.md explains whatever a plan can find and however a rollout can end. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clusterOutcomes } from '../../core/outcome/answer.ts';

const text = readFileSync('docs/answers.md', 'utf8');
const codes = [
  ...(/export type FindingCode =(.*?);/s.exec(readFileSync('core/plan/finding.ts', 'utf8'))?.[1] ?? '').matchAll(
    /'([a-z-]+)'/g,
  ),
].map(([, code = '']) => code);

test.each([...codes, ...clusterOutcomes])('%s has a row', (word) => {
  expect(text).toMatch(new RegExp(`^\\| \`${word}\``, 'm'));
});

test('every finding code was found in the source', () => {
  expect(codes).toContain('latest-follower');
});
