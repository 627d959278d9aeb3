/** How large each function's bundle is, and how long it takes to load, as a ratio to an empty one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import { functionIds, parseTemplate } from '../rehearsal/deployment/template.ts';
import { prepareBundles } from '../rehearsal/lambda/bundles.ts';

const limitBytes = 500_000;
const rounds = 7;

const logicalIds = functionIds(parseTemplate(readFileSync('template.yaml', 'utf8')));
const bundles = await prepareBundles(logicalIds);

/** What the template and Lambda would put there; the values do not matter for loading. */
const environment = Object.fromEntries(
  [
    'AWS_REGION',
    'ACCOUNT_ID',
    'LEDGER_TABLE',
    'PARAMETER_PREFIX',
    'ALLOW_UNTAGGED',
    'SCOPE_BY_TAG',
    'KUBERNETES_ROLE_ARN',
    'TOKENS_TABLE',
    'EVENT_BUS',
    'TOPIC_ARN',
    'ROLL_OUT_FLEET_ARN',
    'ROLL_OUT_CLUSTER_ARN',
    'PUBLISH_APPROVED_ARN',
    'START_ON_APPROVED',
  ].map((name) => [name, 'us-east-1']),
);

/** Milliseconds to import a module in a fresh process. */
const importTime = (file: string): number => {
  const script = `const t = performance.now(); await import(${JSON.stringify(file)}); process.stdout.write(String(performance.now() - t)); process.exit()`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...environment, OPT_IN_TAG: 'eks-ami-rollout=enabled' },
    encoding: 'utf8',
  });
  return Number(printed.split('\n').at(-1));
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const medianTime = (file: string): number => median(Array.from({ length: rounds }, () => importTime(file)));

const empty = path.join(mkdtempSync(path.join(tmpdir(), 'size-')), 'handler.mjs');
writeFileSync(empty, 'export const handler = async () => {};\n');
const emptyTime = medianTime(empty);

const table = new Table({ head: ['function', 'bytes', 'import, empty = 1'], style: { head: [], border: [] } });
let largest = 0;
for (const logicalId of logicalIds) {
  const file = bundles.bundleOf(logicalId);
  const { size } = statSync(file);
  largest = Math.max(largest, size);
  table.push([logicalId, size, (medianTime(file) / emptyTime).toFixed(1)]);
}
console.log(table.toString());
console.log(
  `largest ${largest} bytes of ${limitBytes}; an empty handler takes 1 (median of ${rounds} fresh processes)`,
);
if (largest > limitBytes) {
  console.error('A bundle is larger than it may be.');
  process.exit(1);
}
