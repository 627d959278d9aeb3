/** Walls that no linter rule covers: the core never reads the clock, chance or the environment. */
import { globSync, readFileSync } from 'node:fs';

const forbidden: readonly { pattern: RegExp; why: string }[] = [
  { pattern: /\bDate\.now\s*\(/, why: 'time comes in as a value' },
  { pattern: /\bnew Date\s*\(\s*\)/, why: 'time comes in as a value' },
  { pattern: /\bMath\.random\s*\(/, why: 'chance comes in as a value' },
  { pattern: /\brandomUUID\s*\(/, why: 'ids are hashes of content' },
  { pattern: /\bprocess\.env\b/, why: 'settings come in as values' },
  { pattern: /\bconsole\.\w+\s*\(/, why: 'rules return their reasons; handlers log them' },
  { pattern: /\bset(?:Timeout|Interval|Immediate)\s*\(/, why: 'machines wait, rules do not' },
];

const found = globSync('core/**/*.ts').flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      forbidden
        .filter(({ pattern }) => pattern.test(line))
        .map(({ why }) => `${file}:${index + 1}: ${why}: ${line.trim()}`),
    ),
);

for (const line of found) console.error(line);
if (found.length > 0) process.exit(1);
console.log('core/ is pure.');
