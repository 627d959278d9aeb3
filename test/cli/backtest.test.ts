/** The command `backtest`, as a shell would run it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'backtest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const fileWith = (text: string, ending = 'csv'): string => {
  files += 1;
  const file = path.join(folder, `file-${files}.${ending}`);
  writeFileSync(file, text);
  return file;
};

const header = 'release,date,status,k8s,releaseVersion,amiName,amiType,kernel';
const row = (date: string, more: { status?: string; k8s?: string; amiType?: string } = {}): string => {
  const { status = 'released', k8s = '1.33', amiType = 'AL2023_x86_64_STANDARD' } = more;
  const compact = date.replaceAll('-', '');
  return `v${compact},${date},${status},${k8s},${k8s}.4-${compact},a-name,${amiType},6.12`;
};
const csv = (...rows: string[]): string => fileWith(`${[header, ...rows].join('\n')}\n`);
const january = csv(
  row('2026-01-01'),
  row('2026-01-04'),
  row('2026-01-10'),
  row('2026-01-12', { status: 'abandoned' }),
  row('2026-01-20', { amiType: 'AL2_x86_64' }),
);

interface Told {
  settings: Record<string, unknown>;
  policies: { policy: string; ring: string; updates: number; longestGapDays: number; knownBadDays: number }[];
  mistakes: string[];
}

const told = async (...args: string[]): Promise<{ code: number | null; stderr: string; told: Told }> => {
  const { code, stdout, stderr } = await run(['backtest', ...args, '--json']);
  return { code, stderr, told: JSON.parse(stdout) };
};

describe('a history', () => {
  test('is replayed against four policies; the settings are told first', async () => {
    const { code, stdout, stderr } = await run(['backtest', '--releases', january, '--age', 'P5D']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('2026-01-01 to 2026-01-20, day by day; 4 releases in that time');
    expect(stdout).toContain('4 released, 0 recalled, 1 abandoned (these never install)');
    for (const policy of ['latest at once', 'latest, if 5 d old', 'newest that is 5 d old', 'recalls: prod']) {
      expect(stdout).toContain(policy);
    }
    expect(stdout.split('\n').every((line) => line.length <= 120)).toBe(true);
  });

  test('is told as one document, too', async () => {
    const { code, told: document } = await told('--releases', january, '--age', 'P5D');
    expect(code).toBe(0);
    expect(document.settings).toMatchObject({
      from: '2026-01-01',
      to: '2026-01-20',
      releasesInThatTime: 4,
      releases: { released: 4, recalled: 0, abandoned: 1 },
      age: 'P5D',
      incidents: null,
    });
    expect(document.policies.map(({ policy, ring, updates }) => [policy, ring, updates])).toEqual([
      ['latest at once', '', 3],
      ['latest, if 5 d old', '', 1],
      ['newest that is 5 d old', '', 2],
      ['newest that is 5 d old, with rings, verdicts and recalls', 'dev', 3],
      ['newest that is 5 d old, with rings, verdicts and recalls', 'prod', 2],
    ]);
    expect(document.mistakes).toEqual([]);
  });

  test('of one variant, in a part of the time', async () => {
    const args = ['--ami-type', 'AL2023_x86_64_STANDARD', '--kubernetes', '1.33', '--from', '2026-01-05'];
    const { told: document } = await told('--releases', january, ...args, '--to', '2026-01-15');
    expect(document.settings).toMatchObject({ from: '2026-01-05', to: '2026-01-15', releasesInThatTime: 1 });
    expect(document.policies[0]).toMatchObject({ updates: 1, longestGapDays: 5 });
  });

  test('is compared with incidents, by the day each was known', async () => {
    const incidents = fileWith(
      '- { release: v20260104, amiTypes: [AL2023_x86_64_STANDARD], ready: true, knownAfterDays: 2, symptom: x }\n',
      'yaml',
    );
    const { told: document } = await told('--releases', january, '--incidents', incidents);
    expect(document.settings.incidents).toBe(1);
    // From the 6th until the 10th, when the next one came; and, fourteen days old, from the 18th to the end.
    expect(document.policies.map(({ knownBadDays }) => knownBadDays)).toEqual([4, 0, 3, 0, 0]);
  });

  test('is played by policies of one’s own, ring by ring', async () => {
    const policy = fileWith(
      'version: 1\ndenyReleases: ["20260110", "AL2_x86_64@20260120"]\nrings:\n  - { name: prod, clusters: {}, minimumReleaseAge: PT0S }\n',
      'yaml',
    );
    const { told: document, stderr } = await told('--releases', january, '--policy', policy);
    expect(document.policies.at(-1)).toMatchObject({ policy, ring: 'prod', updates: 2 });
    expect(stderr).toBe('not heeded, because --ami-type is not given: AL2_x86_64@20260120\n');
  });
});

describe('the changelog of the AMIs', () => {
  const changelog = [
    '# Changelog',
    '<!--new-changelog-entry-placeholder-->',
    '# AMI Release v20260120',
    '<details><summary><b>Kubernetes 1.33</b></summary><table>',
    '<td>amazon-eks-node-al2023-x86_64-nvidia-1.33-v20260120</td><td rowspan="5">1.33.5-20260120</td>',
    '<td>amazon-eks-node-al2023-arm64-standard-1.33-v20260120</td></table></details>',
    '# AMI Release v20260115',
    '> [!WARNING] This release was abandoned.',
    '* amazon-eks-node-1.33-v20260115',
    '### [Recalled] AMI Release v20260110',
    '* amazon-eks-gpu-node-1.22-v20260110',
    '### AMI Release 20260101',
    '* amazon-eks-arm64-node-1.22-20260101',
    '',
  ];

  test('is read as it is written, today and long ago', async () => {
    const file = fileWith(changelog.join('\n'), 'md');
    const all = await told('--releases', file);
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(all.told.settings.releases).toEqual({ released: 2, recalled: 1, abandoned: 1 });
    const arm = await told('--releases', file, '--ami-type', 'AL2_ARM_64');
    expect(arm.told.settings.releases).toEqual({ released: 1, recalled: 0, abandoned: 0 });
    const nvidia = await told('--releases', file, '--ami-type', 'AL2023_x86_64_NVIDIA', '--kubernetes', '1.33');
    expect(nvidia.told.settings).toMatchObject({ from: '2026-01-20', releasesInThatTime: 1 });
  });

  test('what is unknown in it is named, and the rest is replayed', async () => {
    const file = fileWith(
      [
        ...changelog,
        '# [Postponed] AMI Release v20260202',
        '# AMI Release v20260201',
        '* amazon-eks-node-al2027-x86_64-standard-1.37-v20260201',
        '# AMI Release v20261301',
      ].join('\n'),
      'md',
    );
    const { code, stderr, told: document } = await told('--releases', file);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toEqual([
      `${file}:15: [Postponed] is not known; known are recalled, abandoned`,
      `${file}:16: not the name of an EKS AMI that is known: amazon-eks-node-al2027-x86_64-standard-1.37-v20260201`,
      `${file}:18: 20261301 is not a day`,
    ]);
    expect(document.settings.releases).toEqual({ released: 3, recalled: 1, abandoned: 1 });
  });
});

describe('what cannot be read', () => {
  test('of a history is named line by line; the rest is replayed, and the command ends with 2', async () => {
    const file = csv(
      row('2026-01-01'),
      'v20260102,2026-01-02',
      row('2026-01-03', { amiType: 'AL2027_x86_64' }),
      row('2026-01-04').replace('2026-01-04', '2026-02-30'),
      row('2026-01-05', { status: 'rumoured' }),
      row('2026-01-06').replace('1.33.4-20260106', '1.33'),
      row('2026-01-07'),
    );
    const { code, stderr, told: document } = await told('--releases', file);
    expect(code).toBe(2);
    const lines = stderr.trim().split('\n');
    expect(lines).toEqual(document.mistakes);
    expect(lines).toEqual([
      expect.stringMatching(/:3: .*2.*8|:3: .*8.*2/),
      expect.stringContaining(':4: amiType "AL2027_x86_64" is not an AMI type; known are AL2_x86_64, '),
      expect.stringContaining(':5: date "2026-02-30" is not a day such as 2024-02-02'),
      expect.stringContaining(':6: status "rumoured" is not one of released, recalled, abandoned'),
      expect.stringContaining(':7: releaseVersion "1.33" is not a release version such as 1.33.4-20260710'),
    ]);
    expect(document.settings.releases).toEqual({ released: 2, recalled: 0, abandoned: 0 });
  });

  test('of incidents is named entry by entry', async () => {
    const incidents = fileWith(
      [
        '- { release: v20260104, ready: false, knownAfterDays: 1 }',
        '- { release: v20260110, ready: perhaps, knownAfterDays: 1 }',
        '- { release: v20260110, ready: true, knownAfterDays: -1, amiTypes: [CUSTOM] }',
      ].join('\n'),
      'yaml',
    );
    const { code, stderr, told: document } = await told('--releases', january, '--incidents', incidents);
    expect(code).toBe(2);
    expect(stderr).toContain(`${incidents}: [1] ready: is neither true, false nor flaps`);
    expect(stderr).toContain(`${incidents}: [2] amiTypes[0]: `);
    expect(stderr).toContain(`${incidents}: [2] knownAfterDays: `);
    expect(document.settings.incidents).toBe(1);
  });

  test.each<{ title: string; args: () => string[]; says: string | RegExp }>([
    { title: 'no history', args: () => [], says: "required option '--releases <file>'" },
    { title: 'a file that is not there', args: () => ['--releases', '/none.csv'], says: '/none.csv: cannot be read' },
    {
      title: 'columns that are not there',
      args: () => ['--releases', fileWith('release,date\nv20260101,2026-01-01\n')],
      says: /:1: lacks the column status, k8s, releaseVersion, amiType; needed are release, /,
    },
    { title: 'no rows', args: () => ['--releases', csv()], says: 'holds no release' },
    {
      title: 'no release of a kind',
      args: () => ['--releases', january, '--ami-type', 'AL2_ARM_64'],
      says: 'holds no published release of this kind',
    },
    {
      title: 'an AMI type that EKS does not know',
      args: () => ['--releases', january, '--ami-type', 'AL2'],
      says: '--ami-type AL2 is not an AMI type',
    },
    {
      title: 'a minor that is none',
      args: () => ['--releases', january, '--kubernetes', '133'],
      says: '--kubernetes 133 is not a minor such as 1.33',
    },
    {
      title: 'an age that is none',
      args: () => ['--releases', january, '--age', '14d'],
      says: '--age 14d is not a duration such as P14D',
    },
    {
      title: 'a day that is none',
      args: () => ['--releases', january, '--from', 'yesterday'],
      says: '--from yesterday is not a day such as 2024-01-01',
    },
    {
      title: 'days in the wrong order',
      args: () => ['--releases', january, '--from', '2026-01-10', '--to', '2026-01-01'],
      says: '--from 2026-01-10 is after --to 2026-01-01',
    },
    {
      title: 'incidents that are no list',
      args: () => ['--releases', january, '--incidents', fileWith('release: v20260101\n', 'yaml')],
      says: 'is not a list of incidents',
    },
    {
      title: 'incidents that are no YAML',
      args: () => ['--releases', january, '--incidents', fileWith('- [', 'yaml')],
      says: 'is not YAML',
    },
    {
      title: 'a policy with a typo',
      args: () => ['--releases', january, '--policy', fileWith('version: 1\nminimumAge: P3D\n', 'yaml')],
      says: /unknown key "minimumAge"; allowed are version, minimumReleaseAge, /,
    },
  ])('$title: nothing is replayed', async ({ args, says }) => {
    const { code, stdout, stderr } = await run(['backtest', ...args()]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(says);
  });
});

const releases = fileURLToPath(new URL('../../../shared/data/ami-releases.csv', import.meta.url));
const incidents = fileURLToPath(new URL('../../../shared/data/incidents.yaml', import.meta.url));

describe.skipIf(!existsSync(releases))('the history of the EKS AMIs', () => {
  test('shows how "latest, if 14 days old" starves, and "newest that is" does not', async () => {
    const args = ['--releases', releases, '--incidents', incidents, '--from', '2024-01-01', '--to', '2026-07-14'];
    const { code, stderr, told: document } = await told(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, latest, newest, dev, prod] = document.policies;
    expect(latest).toMatchObject({ policy: 'latest, if 14 d old', updates: 11, longestGapDays: 231 });
    expect(newest).toMatchObject({ policy: 'newest that is 14 d old', updates: 96, longestGapDays: 36 });
    expect(newest?.knownBadDays).toBeGreaterThan(0);
    expect([dev?.knownBadDays, prod?.knownBadDays]).toEqual([0, 0]);
  });

  test('is replayed whole', async () => {
    const { code, told: document } = await told('--releases', releases, '--incidents', incidents);
    expect(code).toBe(0);
    expect(document.settings).toMatchObject({
      from: '2018-12-10',
      to: '2026-07-14',
      releases: { released: 193, recalled: 3, abandoned: 2 },
      incidents: 9,
    });
  });
});
