import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, type Served, serve } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'user-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = 'test/core/user-data/files';
const cluster = [
  ...['--cluster-name', 'prod'],
  ...['--endpoint', 'https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com'],
  ...['--certificate-authority', 'Q0E='],
  ...['--service-cidr', '172.20.0.0/16'],
];

const written = (name: string, content: string | Uint8Array): string => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};

describe('converted: 0', () => {
  test('the new user data on standard output, what became of the old on standard error', async () => {
    const { code, stdout, stderr } = await run(['convert-user-data', `${files}/joined-and-then.sh`, ...cluster]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="\/\/"\n/);
    expect(stdout).toMatch(/\n--\/\/--\n$/);
    expect(stdout).toContain('cidr: 172.20.0.0/16');
    expect(stderr).toContain(`Converted  ${files}/joined-and-then.sh: 2 carried, 2 changed, 0 dropped`);
    expect(stderr).toMatch(
      /Means something else on AL2023\n {2}line 2: yum install -y amazon-efs-utils\n {4}AL2023 has other/,
    );
    expect(stderr).toContain('do: look whether AL2023 has the packages');
    expect(stderr).toContain('line 3: prod -> spec.cluster.name');
  });

  test('what is printed is user data, which is not converted again', async () => {
    const { stdout } = await run(['convert-user-data', `${files}/joined-and-then.sh`, ...cluster]);
    const again = await run(['convert-user-data', written('again.txt', stdout), ...cluster]);
    expect(again).toMatchObject({ code: 5, stdout: '' });
    expect(again.stderr).toContain('it is for AL2023 already');
  });

  test('with --json one document and nothing else', async () => {
    const { code, stdout, stderr } = await run([
      'convert-user-data',
      `${files}/pods-not-counted.sh`,
      ...cluster,
      '--json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'converted',
      userData: expect.stringContaining('maxPods: 110'),
      nodeConfig: { kind: 'NodeConfig', spec: { kubelet: { config: { maxPods: 110 } } } },
      report: expect.arrayContaining([
        {
          line: 2,
          part: null,
          text: '--use-max-pods false',
          what: 'carried',
          to: 'spec.kubelet.config.maxPods',
          why: expect.any(String),
          whatToDo: null,
        },
      ]),
    });
  });

  test('- reads standard input, also base64 of gzip as a launch template holds it', async () => {
    const packed = readFileSync(`${files}/terraform-base64gzip.b64`);
    const args = ['convert-user-data', '-', '--service-cidr', '172.20.0.0/16'];
    const { code, stdout, stderr } = await run(args, {}, packed);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Converted  standard input') });
    expect(stdout).toContain('- --node-labels=pool=general');
  });

  test('too large for EC2 says so', async () => {
    const long = `#!/bin/bash\n${'touch /var/lib/a-file-of-ours\n'.repeat(700)}/etc/eks/bootstrap.sh prod\n`;
    const { code, stderr } = await run(['convert-user-data', written('long.sh', long), ...cluster]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/It has \d+ bytes and EC2 takes 16384: pack it \(gzip -9\)/);
  });
});

describe('refused: 5', () => {
  test('says what stops it and what to do, and prints no user data', async () => {
    const { code, stdout, stderr } = await run(['convert-user-data', `${files}/docker-in-the-shell.sh`, ...cluster]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('docker-in-the-shell.sh: 2 things stop the move to AL2023');
    expect(stderr).toContain('line 5: systemctl restart docker\n    AL2023 has no such unit');
    expect(stderr).toContain(
      'Nothing was converted. Of the rest: 2 carried, 1 changed, 0 dropped (--json lists them).',
    );
    expect(stderr).not.toContain('Is carried over');
  });

  test('facts of the cluster that nobody gave are named', async () => {
    const { code, stderr } = await run([
      'convert-user-data',
      `${files}/pods-not-counted.sh`,
      '--service-cidr',
      '10.0.0.0/16',
    ]);
    expect(code).toBe(5);
    expect(stderr).toContain('spec.cluster.apiServerEndpoint');
    expect(stderr).toContain('spec.cluster.certificateAuthority');
    expect(stderr).not.toContain('spec.cluster.cidr');
    expect(stderr).toContain('--cluster NAME');
  });

  test('with --json the document is printed all the same', async () => {
    const { code, stdout } = await run(['convert-user-data', `${files}/dockerd.sh`, ...cluster, '--json']);
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'refused', userData: null, nodeConfig: null });
  });
});

describe('wrong usage or bad input: 2, and nothing is printed', () => {
  test.each<[string, () => string[], RegExp]>([
    ['no file', () => [], /missing required argument 'file'/],
    ['a file that is not there', () => [path.join(folder, 'none')], /none cannot be read: ENOENT/],
    ['an empty file', () => [written('empty', '')], /empty is empty/],
    ['a picture', () => [written('picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]))], /is neither text/],
    [
      'two ways to say the cluster',
      () => ['x', '--cluster', 'prod', '--service-cidr', '10.0.0.0/16'],
      /cannot be used with option/,
    ],
    ['an option that is none', () => ['x', '--clustername', 'prod'], /unknown option '--clustername'/],
    ['no Region', () => [`${files}/two-calls.sh`, '--cluster', 'prod'], /no Region: give --region/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await run(['convert-user-data', ...args()]);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('with --cluster', () => {
  let world: Served;
  beforeAll(async () => {
    world = await serve('rehearsal/scenarios/first-light.yaml');
  });
  afterAll(async () => {
    await world.end('SIGTERM');
  });

  test('the cluster is described', async () => {
    const args = ['convert-user-data', `${files}/pods-not-counted.sh`, '--cluster', 'prod', '--json'];
    const { code, stdout } = await run(args, world.environment);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      nodeConfig: {
        spec: {
          cluster: { name: 'prod', apiServerEndpoint: expect.stringMatching(/^https:/), cidr: '172.20.0.0/16' },
        },
      },
    });
  });

  test('one that is not there is bad input', async () => {
    const args = ['convert-user-data', `${files}/pods-not-counted.sh`, '--cluster', 'prdo'];
    const { code, stderr } = await run(args, world.environment);
    expect(stderr).toContain('there is no cluster named prdo in us-east-1');
    expect(code).toBe(2);
  });
});
