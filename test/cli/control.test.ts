/** What a person asks of a rollout, by the command, against a served world. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, type Served, serve } from './run.ts';

let world: Served;
const cli = (...args: string[]) => run(args, world.environment);

beforeAll(async () => {
  world = await serve('rehearsal/scenarios/approval-expires.yaml', '--speed', '60');
});
afterAll(() => world.end('SIGTERM'));

const statusOf = async (): Promise<{ status: string; waiting: { reason: string } | null }> => {
  const { stdout } = await cli('status', 'prod', '--json');
  return JSON.parse(stdout).rollouts[0];
};

describe('an approval', () => {
  test('is asked for, shown, refused and given; the rollout goes on by itself', async () => {
    const started = await cli('start', 'prod', '--no-wait', '--json');
    const { rolloutId } = JSON.parse(started.stdout);
    await expect.poll(async () => (await statusOf())?.waiting?.reason, { timeout: 60_000 }).toMatch(/must be approved/);

    const shown = await cli('approve', 'prod', '--reason', 'looks good');
    expect(shown.code).toBe(2);
    const plan = /--plan (\w+)/.exec(shown.stderr)?.[1] ?? '';
    expect(shown.stderr).toContain(`asks for the approval of plan ${plan}`);

    const wrong = await cli('approve', rolloutId, '--plan', 'abc', '--reason', 'x', '--json');
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      accepted: false,
      by: 'arn:aws:iam::111122223333:user/administrator',
    });
    expect(wrong.code).toBe(5);

    const paused = await cli('pause', 'prod', '--reason', 'a moment');
    expect(paused).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing further is started') });
    const resumed = await cli('resume', 'prod', '--reason', 'go on');
    expect(resumed.code).toBe(0);
    const right = await cli('approve', rolloutId, '--plan', plan, '--reason', 'looks good');
    expect(right).toMatchObject({ code: 0, stdout: expect.stringContaining('the plan is approved') });
    await expect.poll(async () => (await statusOf()).status, { timeout: 60_000 }).toBe('running');

    const aborted = await cli('abort', 'prod', '--reason', 'changed my mind', '--json');
    expect(JSON.parse(aborted.stdout)).toMatchObject({ accepted: true, rolloutId, clusterName: 'prod' });

    const history = await cli('history', 'prod', '--json');
    const [told] = JSON.parse(history.stdout).rollouts;
    expect(
      told.audit.map(({ action, isAccepted }: { action: string; isAccepted: boolean }) => [action, isAccepted]),
    ).toEqual([
      ['approve', false],
      ['pause', true],
      ['resume', true],
      ['approve', true],
      ['abort', true],
    ]);
    expect(told.startedBy).toBe('cli:arn:aws:iam::111122223333:user/administrator');
  });

  test('of nothing that the ledger knows is wrong usage', async () => {
    const { code, stderr } = await cli('abort', 'nobody', '--reason', 'x');
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'the ledger knows neither a rollout nor a cluster nobody\n' });
    expect((await cli('pause', 'prod')).code).toBe(2);
  });
});

test('uninstall --check turns the andon switch on and lists what is left', async () => {
  const { stdout } = await cli('uninstall', '--check', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ andon: 'on', delete: expect.stringContaining('sam delete') });
  expect(JSON.parse((await cli('andon', '--json')).stdout).andon).toBe('on');
});
