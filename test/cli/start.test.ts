/** The command against a served world, as against an account. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, type Served, serve } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'served-'));
const worlds: Served[] = [];
const serveWorld = async (file: string): Promise<Served> => {
  const served = await serve(file, '--speed', 'max');
  worlds.push(served);
  return served;
};
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.end('SIGTERM')));
  rmSync(folder, { recursive: true, force: true });
});

describe('with a good release', () => {
  let world: Served;
  const cli = (...args: string[]) => run(args, world.environment);
  beforeAll(async () => {
    world = await serveWorld('rehearsal/scenarios/first-light.yaml');
  });

  test('what is wrong with the command ends with 2, and nothing is started', async () => {
    const wrong: [string[], RegExp][] = [
      [['start'], /missing required argument 'cluster'/],
      [['start', 'prod', '--dryrun'], /unknown option '--dryrun'/],
      [['start', 'prod', '--again'], /reason: is required with again/],
      [['start', 'prod', '--release', 'newest'], /release: /],
      [['start', 'prod', '--resume', 'a', '--roll-back', 'b', '--reason', 'x'], /cannot be used with option/],
      [['start', 'no cluster!'], /clusterName: is not a cluster name/],
      [['finish', 'prod'], /unknown command 'finish'/],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await cli(...args);
      expect(stderr).toMatch(message);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    }
    const { stdout } = await cli('status', 'prod');
    expect(stdout).toContain('the ledger knows no rollout of prod');
  });

  test('a cluster that is not there is Refused: 5', async () => {
    const { code, stdout } = await cli('start', 'prdo');
    expect(stdout).toContain('there is no cluster named prdo in us-east-1 of account 111122223333');
    expect(code).toBe(5);
  });

  test('a node group that is not there is Refused: 5, and nothing is changed', async () => {
    const { code, stdout } = await cli('start', 'prod', '--node-group', 'web', 'wbe', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'Refused',
      reason: expect.stringContaining('wbe'),
      nodeGroups: expect.not.arrayContaining([expect.objectContaining({ outcome: 'Updated' })]),
    });
    expect(code).toBe(5);
  });

  test('a dry run is Planned: 0, with the waves', async () => {
    const { code, stdout } = await cli('start', 'prod', '--dry-run');
    expect(stdout).toMatch(/Planned[\s\S]*Waves\n {2}1\. batch\n {2}2\. api, web/);
    expect(code).toBe(0);
  });

  test('a rollout is waited for: Succeeded, 0; the ledger tells of it and of who started it', async () => {
    const { code, stdout } = await cli('start', 'prod', '--reason', 'CVE-2026-1234', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'Succeeded', clusterName: 'prod' });
    expect(code).toBe(0);
    const status = await cli('status', 'prod', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({
      rollouts: [
        {
          request: { startedBy: expect.stringMatching(/^cli:arn:aws:/), reason: 'CVE-2026-1234' },
          answer: { outcome: 'Succeeded' },
        },
      ],
    });
  });

  test('started again there is nothing to do: UpToDate, 0', async () => {
    const { code, stdout } = await cli('start', 'prod');
    expect(stdout).toContain('UpToDate');
    expect(code).toBe(0);
  });

  test('with --no-wait it says which rollout it started', async () => {
    const { code, stdout } = await cli('start', 'prod', '--no-wait', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ rolloutId: expect.any(String), clusterName: 'prod' });
    expect(code).toBe(0);
  });

  test('a stack that is not there is an error: 1', async () => {
    const { code, stderr } = await cli('start', 'prod', '--stack', 'another');
    expect(stderr).toContain('another-roll-out-cluster');
    expect(code).toBe(1);
  });
});

test('a release that fails is RolledBack: 4; the same again is Refused: 5', async () => {
  const world = await serveWorld('rehearsal/scenarios/bad-ami-never-joins.yaml');
  const { code, stdout } = await run(['start', 'prod'], world.environment);
  expect(stdout).toMatch(/RolledBack[\s\S]*NodeCreationFailure/);
  expect(code).toBe(4);
  const again = await run(['start', 'prod', '--node-group', 'api', '--json'], world.environment);
  expect(JSON.parse(again.stdout)).toMatchObject({ outcome: expect.stringMatching(/Refused|UpToDate/) });
});

test('a rollout that cannot end is Held: 3', async () => {
  const world = await serveWorld('rehearsal/scenarios/blocked-drain.yaml');
  const { code, stdout } = await run(['start', 'prod'], world.environment);
  expect(stdout).toMatch(/Held[\s\S]*PodEvictionFailure/);
  expect(code).toBe(3);
});

test('what AWS denies before anything was changed is Failed: 6', async () => {
  const file = path.join(folder, 'denied.yaml');
  const denied = 'faults: [{ call: "ec2:CreateLaunchTemplateVersion", times: 99, fault: access-denied }]\n';
  writeFileSync(file, readFileSync('rehearsal/scenarios/first-light.yaml', 'utf8') + denied);
  const world = await serveWorld(file);
  const { code, stdout } = await run(['start', 'prod'], world.environment);
  expect(stdout).toMatch(/Failed[\s\S]*ec2:CreateLaunchTemplateVersion/);
  expect(code).toBe(6);
});
