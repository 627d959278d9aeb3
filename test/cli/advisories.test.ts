/** The command `advisories`, as a shell would run it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'advisories-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fileWith = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};

const releases = fileWith(
  'releases.csv',
  `release,date,status,k8s,releaseVersion,amiName,amiType,kernel,containerd
v20260701,2026-07-01,released,1.33,1.33.4-20260701,a,AL2023_x86_64_STANDARD,6.12.30-1.amzn2023,2.2.3-1.amzn2023
v20260714,2026-07-14,released,1.33,1.33.4-20260714,a,AL2023_x86_64_STANDARD,6.12.41-1.amzn2023,2.2.4-1.amzn2023
`,
);
const item = (title: string, link = ''): string =>
  `<item><title>${title}</title><link>${link}</link><pubDate>Tue, 07 Jul 2026 18:00:00 GMT</pubDate></item>`;
const feedOf = (...items: string[]): string =>
  `<?xml version="1.0"?><rss version="2.0"><channel><title>ALAS</title>${items.join('')}</channel></rss>`;
const feed = fileWith(
  'alas.rss',
  feedOf(
    item('ALAS2023-2026-1 (important): kernel6.12'),
    item('ALAS2023-2026-2 (critical): containerd'),
    item('ALAS2023-2026-3 (important): openssl'),
    item('ALAS2023-2026-4 (low): kernel6.12'),
  ),
);
fileWith('ALAS2023-2026-1.html', '<b>New Packages:</b><pre>kernel6.12-6.12.40-1.amzn2023.x86_64</pre>');

interface Told {
  advisories: { advisory: { id: string }; verdict: { verdict: string; reason?: string } }[];
  mistakes: string[];
}
const told = async (...more: string[]) => {
  const ran = await run(['advisories', '--releases', releases, '--json', ...more]);
  const { advisories, mistakes } = JSON.parse(ran.stdout) as Told;
  return {
    code: ran.code,
    mistakes,
    verdicts: Object.fromEntries(advisories.map(({ advisory, verdict }) => [advisory.id, verdict.verdict])),
  };
};

describe('advisories', () => {
  test('are judged for the newest release by what their pages say; what is not known cannot be judged', async () => {
    expect(await told('--feed', feed, '--details', folder, '--offline')).toEqual({
      code: 0,
      mistakes: [],
      verdicts: {
        'ALAS2023-2026-1': 'fixed',
        'ALAS2023-2026-2': 'cannot-be-judged',
        'ALAS2023-2026-3': 'cannot-be-judged',
      },
    });
  });

  test('and for a release that is named', async () => {
    const { verdicts } = await told('--feed', feed, '--details', folder, '--offline', '--release', '20260701');
    expect(verdicts['ALAS2023-2026-1']).toBe('open');
  });

  test('as a table that begins with what is open', async () => {
    const ran = await run([
      ...['advisories', '--releases', releases, '--feed', feed, '--details', folder, '--offline'],
      ...['--release', 'v20260701'],
    ]);
    expect(ran.stdout.indexOf(' open ')).toBeLessThan(ran.stdout.indexOf('cannot-be-judged'));
    expect(ran.stdout).toContain('6.12.40-1.amzn2023');
    expect(ran.stdout).toContain('1 release: 1 open, 0 fixed, 2 cannot be judged');
  });

  test('come from the web, feed and pages', async () => {
    const server = createServer((request, response) => {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const page = '<b>New Packages:</b><pre>containerd-2.2.5-1.amzn2023.aarch64</pre>';
      const item2 = item('ALAS2023-2026-2 (critical): containerd', `${base}/2.html`);
      const broken = item('ALAS2023-2026-5 (critical): containerd', `${base}/5.html`);
      response.statusCode = request.url === '/5.html' ? 403 : 200;
      response.end(request.url === '/alas.rss' ? feedOf(item2, broken) : page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await told('--feed', `${base}/alas.rss`)).toEqual({
        code: 2,
        mistakes: [`${base}/5.html: cannot be read: HTTP 403`],
        verdicts: { 'ALAS2023-2026-2': 'open', 'ALAS2023-2026-5': 'cannot-be-judged' },
      });
    } finally {
      server.close();
    }
  });

  test('whose titles say something else are named, and the others are judged', async () => {
    const odd = fileWith('odd.rss', feedOf(item('News'), item('ALAS2023-2026-1 (important): kernel6.12')));
    expect(await told('--feed', odd, '--details', folder, '--offline')).toEqual({
      code: 2,
      mistakes: [`${odd}: item 1: title "News" is not one such as "ALAS2023-2026-1695 (important): kernel6.12"`],
      verdicts: { 'ALAS2023-2026-1': 'fixed' },
    });
  });
});

describe('bad input is named, and nothing is printed', () => {
  const atom = fileWith('atom.xml', '<?xml version="1.0"?><feed><entry/></feed>');
  const html = fileWith('page.html', '<html><body><p>Not found</body>');
  const nothing = path.join(folder, 'none.rss');
  test.each([
    ['a feed that is not one', ['--feed', atom], `${atom}: is not an RSS feed: it has no <rss><channel>, but <feed>`],
    ['a page that is no XML', ['--feed', html], `${html}:1: is not a feed:`],
    ['a file that is not there', ['--feed', nothing], `${nothing}: cannot be read`],
    ['a severity', ['--severity', 'grave'], '--severity grave is not one of low, medium, important, critical'],
    ['an AMI type', ['--ami-type', 'AL3'], '--ami-type AL3 is not an AMI type'],
    ['a release', ['--release', 'v20200101'], 'holds no release v20200101'],
  ])('%s', async (_, more, message) => {
    const ran = await run(['advisories', '--releases', releases, '--offline', ...more]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
  });
});
