/** docs/user-data.md: its examples are what the command does, and no option is missing. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bootstrapOptions } from '../../core/user-data/bootstrap-options.ts';
import { run } from '../cli/run.ts';

const text = readFileSync('docs/user-data.md', 'utf8');

const example = (name: string): string => {
  const found = new RegExp(`<!-- ${name} -->\\n\\n\`\`\`\\w*\\n(.*?)\`\`\``, 's').exec(text)?.[1];
  if (found === undefined) throw new Error(`docs/user-data.md has no example "${name}"`);
  return found;
};

const convert = (old: string) =>
  run(
    [
      'convert-user-data',
      '-',
      ...['--cluster-name', 'prod', '--endpoint', 'https://EXAMPLE.gr7.us-east-1.eks.amazonaws.com'],
      ...['--certificate-authority', 'Y2VydGlmaWNhdGU=', '--service-cidr', '172.20.0.0/16'],
    ],
    {},
    Buffer.from(old),
  );

describe('the examples are what comes', () => {
  test('converted', async () => {
    expect(await convert(example('example: old'))).toEqual({
      code: 0,
      stdout: example('example: new'),
      stderr: example('example: report'),
    });
  });

  test('refused', async () => {
    expect(await convert(example('refused: old'))).toEqual({
      code: 5,
      stdout: '',
      stderr: example('refused: report'),
    });
  });
});

test.each(bootstrapOptions.map(({ option }) => option))('%s has a row', (option) => {
  expect(text).toMatch(new RegExp(`^\\| \`${option}\` +\\|`, 'm'));
});
