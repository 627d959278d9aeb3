/** The same scenario gives the same report to the byte, wherever and however busy the machine is. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const scenarios = ['first-light', 'bad-ami-never-joins'].map((name) => `rehearsal/scenarios/${name}.yaml`);
const commandLine = ['bin/eks-ami-rollout.mjs', 'rehearse', '--json', ...scenarios];
const options = { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;

const report = (change: { cwd?: string; env?: Record<string, string>; before?: string[] } = {}): string => {
  const [command = '', ...rest] = [...(change.before ?? []), process.execPath, ...commandLine];
  return execFileSync(command, rest, { ...options, cwd: change.cwd, env: { ...process.env, ...change.env } });
};

let expected: string;
beforeAll(() => {
  expected = report();
});

test('the report tells of every scenario', () => {
  expect((JSON.parse(expected) as { scenario: string }[]).map(({ scenario }) => scenario)).toHaveLength(
    scenarios.length,
  );
});

test('in another time zone and another language', () => {
  expect(report({ env: { TZ: 'Pacific/Kiritimati', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' } })).toBe(expected);
});

test.skipIf(spawnSync('taskset', ['-c', '0', 'true']).status !== 0)('on one core', () => {
  expect(report({ before: ['taskset', '-c', '0'] })).toBe(expected);
});

test('beside two busy loops', () => {
  const busy: ChildProcess[] = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  try {
    expect(report()).toBe(expected);
  } finally {
    for (const each of busy) each.kill('SIGKILL');
  }
});

const elsewhere = mkdtempSync(path.join(tmpdir(), 'another path, with spaces '));
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

test('from another path, with bundles made there', () => {
  for (const name of ['adapters', 'bin', 'cli', 'core', 'functions', 'rehearsal', 'scripts', 'statemachines']) {
    cpSync(name, path.join(elsewhere, name), { recursive: true });
  }
  for (const name of ['package.json', 'package-lock.json', 'template.yaml', 'tsconfig.json']) {
    cpSync(name, path.join(elsewhere, name));
  }
  mkdirSync(path.join(elsewhere, 'node_modules'));
  for (const name of readdirSync('node_modules')) {
    if (name !== '.cache') symlinkSync(path.resolve('node_modules', name), path.join(elsewhere, 'node_modules', name));
  }
  expect(report({ cwd: elsewhere })).toBe(expected);
});
