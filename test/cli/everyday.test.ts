/** The commands of every day beside `start`: plan, history, report, andon, policy, opt-in. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Ended, run, type Served, serve } from './run.ts';

let world: Served;
const cli = (...args: string[]) => run(args, world.environment);
const json = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout);

beforeAll(async () => {
  world = await serve('rehearsal/scenarios/self-managed-plain.yaml', '--speed', 'max');
});
afterAll(() => world.end('SIGTERM'));

test('plan says what would be done and changes nothing; history tells of it', async () => {
  const { code, stdout } = await cli('plan', 'prod');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Planned {2}prod/);
  expect(stdout).toMatch(/Waves\n {2}1\. workers/);
  const { rollouts } = await json('history', 'prod');
  expect(rollouts).toMatchObject([{ outcome: 'Planned', startedBy: expect.stringContaining('user/administrator') }]);
  const told = await cli('history', 'prod');
  // Whole, so that it can be copied.
  expect(told.stdout).toContain(`Planned  ${rollouts[0].rolloutId}\n`);
  expect((await cli('history', 'nowhere')).stdout).toBe('the ledger knows no rollout of nowhere\n');
});

test('andon is read, set, and heeded', async () => {
  expect(await json('andon')).toEqual({ parameter: '/eks-ami-rollout/andon', region: 'us-east-1', andon: 'off' });
  expect((await cli('andon', 'on')).stdout).toMatch(/^andon is on in us-east-1/);
  expect((await cli('start', 'prod')).code).toBe(5);
  expect((await cli('andon', 'off')).stdout).toMatch(/^andon is off in us-east-1/);
  expect(await json('andon')).toMatchObject({ andon: 'off' });
  // A switch nobody made counts as on.
  expect(await json('andon', '--parameter-prefix', '/elsewhere')).toMatchObject({ andon: 'on' });
  const wrong = await cli('andon', 'maybe');
  expect(wrong.stderr).toContain('Allowed choices are on, off');
  expect(wrong.code).toBe(2);
});

describe('rbac', () => {
  const rolesIn = (text: string): string[] =>
    [...text.matchAll(/^kind: ClusterRole\n.*\n {2}name: (.*)$/gm)].map(([, name = '']) => name);
  const withGates = (gates: string): string => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'policy-')), 'policy.yaml');
    writeFileSync(file, `version: 1\ngates: ${gates}\n`);
    return file;
  };

  test('prints the access entry, and only the roles that policy and cluster need', async () => {
    const { code, stdout } = await cli('rbac', 'prod');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'aws eks create-access-entry --region us-east-1 --cluster-name prod --principal-arn "$(aws cloud',
    );
    // Its node groups are Auto Scaling groups that people run.
    expect(rolesIn(stdout)).toEqual(['eks-ami-rollout', 'eks-ami-rollout-drain']);
    expect(rolesIn((await cli('rbac', 'prod', '--policy', withGates('[daemonsets-ready]'))).stdout)).toEqual([
      'eks-ami-rollout',
      'eks-ami-rollout-workloads',
      'eks-ami-rollout-drain',
    ]);
  });

  test('prints the Role of probes, and their namespace, only where the policy names them', async () => {
    expect((await cli('rbac', 'prod')).stdout).not.toContain('kind: Namespace');
    const gate = '[{ probe: { namespace: ours } }]';
    const { stdout } = await cli('rbac', 'prod', '--policy', withGates(gate));
    expect(stdout).toMatch(/kind: Namespace\nmetadata:\n {2}name: ours\n/);
    expect(stdout).toMatch(/kind: Role\nmetadata:\n {2}name: eks-ami-rollout-probe\n {2}namespace: ours\n/);
    expect(stdout).not.toContain('namespace: eks-ami-rollout');
  });

  test('is what kubectl takes', async () => {
    const { stdout } = await cli('rbac', 'prod', '--role-arn', 'arn:aws:iam::111122223333:role/k');
    expect(stdout).toContain('--principal-arn arn:aws:iam::111122223333:role/k ');
    const kinds = parseAllDocuments(stdout).map((document) => (document.toJS() as { kind?: string } | null)?.kind);
    expect(kinds.filter((kind) => kind !== undefined)).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'ClusterRole',
      'ClusterRoleBinding',
    ]);
  });

  test('tells in JSON why', async () => {
    expect(await json('rbac', 'prod', '--policy', withGates('[deployments-available]'))).toMatchObject({
      clusterName: 'prod',
      roles: [{}, { role: 'eks-ami-rollout-workloads', why: 'the policy names deployments-available' }, {}],
    });
  });

  test('of an unknown cluster or a bad document ends with 2', async () => {
    expect((await cli('rbac', 'nowhere')).stderr).toContain('there is no cluster named nowhere');
    expect(await cli('rbac', 'prod', '--policy', withGates('[happiness]'))).toMatchObject({ code: 2 });
  });
});

describe('policy check', () => {
  const check = (text: string, ...more: string[]): Promise<Ended> =>
    run(['policy', 'check', '-', ...more], {}, Buffer.from(text));

  test('of a good document tells its rings', async () => {
    const { code, stdout } = await check(
      'version: 1\nrings:\n- { name: dev, mode: roll-out, clusters: { names: ["dev-*"], tags: { team: shop } } }\n- { name: prod, after: dev, clusters: {} }\n',
    );
    expect(stdout).toBe(
      'standard input is a good policy document\n  dev  roll-out: clusters named dev-*, with team=shop\n  prod  observe, after dev: clusters of any name\n',
    );
    expect(code).toBe(0);
    expect((await check('{"version":1}')).stdout).toContain('without rings: nothing is changed by itself');
  });

  test('names every mistake, with what is allowed, and ends with 2', async () => {
    const { code, stdout } = await check('version: 1\nbakeTim: PT1M\nonFailure: never\n');
    expect(stdout).toMatch(/unknown key "bakeTim"; allowed are version, /);
    expect(stdout).toMatch(/onFailure: .*rollBack/);
    expect(code).toBe(2);
    expect(JSON.parse((await check('a: [', '--json')).stdout).mistakes).toEqual([
      expect.stringContaining('standard input: is neither YAML nor JSON'),
    ]);
  });

  test('says what a parameter cannot hold', async () => {
    const { code, stdout } = await check(`version: 1 # ${'x'.repeat(8192)}\n`);
    expect(stdout).toMatch(/has 82\d\d bytes, and a parameter holds 8192; put each ring into a parameter of its own/);
    expect(code).toBe(2);
    expect((await check(`version: 1 # ${'x'.repeat(5000)}\n`)).stdout).toContain('needs the advanced tier');
  });

  test('of a file that is not there ends with 2', async () => {
    expect(await run(['policy', 'check', 'nowhere.yaml'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'nowhere.yaml: no such file\n',
    });
  });
});

describe('policy explain', () => {
  test('tells the ring and what applies', async () => {
    const { code, stdout } = await cli('policy', 'explain', 'prod');
    expect(stdout).toMatch(/^prod is in no ring, for there is no policy document: it is only reported on/);
    expect(stdout).toMatch(/minimum release age {2}3 d/);
    expect(code).toBe(0);
    expect(await json('policy', 'explain', 'prod')).toMatchObject({
      clusterName: 'prod',
      isWritten: false,
      rings: [],
      settings: { mode: 'observe', bakeTimeSeconds: 900 },
    });
  });

  test('of a cluster in two rings ends with 5, of one that is not there with 2', async () => {
    const twice = await run(
      ['policy', 'explain', 'prod', '--policy', '-'],
      world.environment,
      Buffer.from('version: 1\nrings:\n- { name: a, clusters: {} }\n- { name: b, clusters: { names: ["p*"] } }\n'),
    );
    expect(twice.stdout).toMatch(/^prod is in two rings, a and b/);
    expect(twice.code).toBe(5);
    const nowhere = await cli('policy', 'explain', 'nope');
    expect(nowhere.stderr).toContain('there is no cluster named nope in us-east-1');
    expect(nowhere.code).toBe(2);
  });
});

describe('opt-in', () => {
  test('prints nothing to do where everything carries the tag', async () => {
    expect(await json('opt-in', 'prod')).toEqual({ clusterName: 'prod', tag: 'eks-ami-rollout=enabled', missing: [] });
    expect((await cli('opt-in', 'prod')).stdout).toMatch(/^# prod, its node groups and launch templates carry/);
  });

  test('prints a command for each thing that does not', async () => {
    const { stdout } = await cli('opt-in', 'prod', '--tag', 'team=shop');
    expect(stdout.match(/^# .*$/gm)).toEqual([
      '# cluster prod',
      '# Auto Scaling group workers',
      '# launch template prod-workers',
    ]);
    expect(stdout.match(/^aws \S+ \S+ --region us-east-1 /gm)).toHaveLength(3);
  });

  test('of a tag that is none ends with 2', async () => {
    const { code, stderr } = await cli('opt-in', 'prod', '--tag', 'shop');
    expect(stderr).toContain('--tag: "shop" is not KEY=VALUE');
    expect(code).toBe(2);
  });
});

test('report tells what each node group runs, since when it was published, and why it is not what it should be', async () => {
  expect((await cli('report')).stdout).toBe('not seen by any scan yet: prod\n');
  expect(await json('report', 'prod')).toEqual({ clusters: [{ clusterName: 'prod', seen: null }] });
  const ssm = new SSMClient({
    endpoint: world.environment.AWS_ENDPOINT_URL ?? '',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
  // A new policy document has every cluster looked at.
  const Name = '/eks-ami-rollout/policy';
  const Value = '{"version":1,"minimumReleaseAge":"P30D"}';
  await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
  ssm.destroy();
  await expect.poll(async () => (await json('report')).clusters[0].seen, { timeout: 20_000 }).not.toBeNull();
  const [{ seen }] = (await json('report', 'prod')).clusters;
  expect(seen).toMatchObject({
    ring: null,
    nodeGroups: [
      {
        nodeGroup: 'workers',
        running: { releaseVersion: '1.33.4-20260710', publishedAt: '2026-07-10T18:00:00.000Z' },
        behind: 1,
        wanted: { releaseVersion: '1.33.4-20260710' },
        outcome: 'UpToDate',
        reason: expect.stringContaining('is too young'),
      },
    ],
  });
  const { stdout } = await cli('report');
  expect(stdout).toMatch(/prod +│ workers +│ 1\.33\.4-20260710 +│ 40 d +│ 1\.33\.4-20260710 +│ 1 +│ UpToDate/);

  const folder = mkdtempSync(path.join(tmpdir(), 'report-'));
  const fileWith = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const releases = fileWith(
    'releases.csv',
    'release,date,status,k8s,releaseVersion,amiType,kernel\nv20260710,2026-07-10,released,1.33,1.33.4-20260710,AL2023_x86_64_STANDARD,6.12.30-1.amzn2023\n',
  );
  const titles = ['ALAS2023-2026-1 (important): kernel6.12', 'ALAS2023-2026-2 (critical): openssl'];
  const items = titles.map((title) => `<item><title>${title}</title></item>`).join('');
  const feed = fileWith('alas.rss', `<rss><channel>${items}</channel></rss>`);
  fileWith('ALAS2023-2026-1.html', 'New Packages: kernel6.12-6.12.40-1.amzn2023.x86_64 ');
  const sources = ['--releases', releases, '--feed', feed, '--details', folder, '--offline'];
  expect((await json('report', ...sources)).advisories).toEqual({
    'AL2023_x86_64_STANDARD@1.33.4-20260710': { open: ['ALAS2023-2026-1'], cannotBeJudged: 1 },
  });
  expect((await cli('report', ...sources)).stdout).toMatch(/│ 1 +│ 1 open, 1 \? +│ UpToDate/);
});
