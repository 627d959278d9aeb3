import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run, serve } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'scenarios-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dryRun = 'rehearsal/scenarios/dry-run.yaml';
const nothingToDo = 'rehearsal/scenarios/nothing-to-do.yaml';

/** A copy of a scenario, changed. */
const changed = (name: string, from: string | RegExp, to: string): string => {
  const text = readFileSync(dryRun, 'utf8');
  expect(text).toMatch(from);
  const file = path.join(folder, `${name}.yaml`);
  writeFileSync(file, text.replace(from, to));
  return file;
};

describe('rehearse', () => {
  test('ends with 0 when all comes as expected, and tells it', async () => {
    const { code, stdout } = await run(['rehearse', nothingToDo]);
    expect(code).toBe(0);
    expect(stdout).toContain('UpToDate: nothing to do: web runs 1.33.4-20260810, the newest release');
    expect(stdout).toContain('As expected, and every invariant holds.');
  });

  test('with --json prints one document and nothing else', async () => {
    const { code, stdout, stderr } = await run(['rehearse', '--json', dryRun]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      scenario: 'dry run',
      asExpected: true,
      executions: [{ outcome: 'Planned' }],
      transitions: expect.any(Number),
      simulatedSeconds: expect.any(Number),
      differences: [],
      invariants: [],
    });
  });

  test('with --json and several files prints an array', async () => {
    const { stdout } = await run(['rehearse', '--json', dryRun, nothingToDo]);
    expect(JSON.parse(stdout)).toMatchObject([{ asExpected: true }, { asExpected: true }]);
  });

  test('ends with 1 when something comes otherwise, and says what', async () => {
    const { code, stdout } = await run([
      'rehearse',
      '--json',
      changed('otherwise', 'outcome: Planned', 'outcome: Succeeded'),
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      asExpected: false,
      differences: [expect.stringMatching(/^the rollout: expected Succeeded, came Planned: /)],
    });
  });
});

describe('a scenario that cannot be used ends with 2, names the place, and plays nothing', () => {
  test.each([
    ['a file that is not there', () => path.join(folder, 'none.yaml'), /none\.yaml: cannot be read/],
    [
      'a key with a typo',
      () => changed('typo', 'nodeGroups:', 'nodegroups:'),
      /typo\.yaml: clusters\[0\]: unknown key "nodegroups"; allowed are .*nodeGroups/,
    ],
    [
      'a wrong type',
      () => changed('type', /size: \d+/, 'size: many'),
      /type\.yaml: clusters\[0\]\.nodeGroups\[\d\]\.size: .*number/,
    ],
    [
      'a release nobody published',
      () => changed('release', /release: 1\.33\.4-20260710, size/, 'release: 1.33.4-20990101, size'),
      /has no release 1\.33\.4-20990101; list it under "releases"/,
    ],
    ['no YAML', () => changed('broken', 'version: 1', 'version: ['), /broken\.yaml: is neither YAML nor JSON/],
  ])('%s', async (_, make, message) => {
    const { code, stdout, stderr } = await run(['rehearse', '--json', nothingToDo, make()]);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('rehearse --serve', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('prints where it is, then ready, and ends with 0 on %s', async (signal) => {
    const served = await serve(nothingToDo);
    expect(served.lines.map((line) => line.replace(/=.*/s, ''))).toEqual([
      'AWS_ENDPOINT_URL',
      'AWS_REGION',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'ROLL_OUT_FLEET_ARN',
      'ROLL_OUT_CLUSTER_ARN',
      'ROLL_OUT_NODE_GROUP_ARN',
      'ready',
    ]);
    expect(served.environment.ROLL_OUT_CLUSTER_ARN).toBe(
      'arn:aws:states:us-east-1:111122223333:stateMachine:eks-ami-rollout-roll-out-cluster',
    );
    expect(await served.end(signal)).toMatchObject({ code: 0, stderr: '' });
  });

  test('refuses a port that is taken, and names it', async () => {
    const taken = await new Promise<Server>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
    });
    const { port } = taken.address() as { port: number };
    const { code, stdout, stderr } = await run(['rehearse', nothingToDo, '--serve', '--port', String(port)]);
    taken.close();
    expect(stderr).toContain(String(port));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test.each([
    [['--port', '70000'], /a port is a number from 0 to 65535/],
    [['--speed', 'fast'], /pretend seconds a real second, or max/],
    [[dryRun], /--serve takes one scenario/],
  ])('refuses %j', async (more, message) => {
    const { code, stderr } = await run(['rehearse', nothingToDo, '--serve', ...more]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
