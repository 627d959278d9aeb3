import { describe, expect, test } from 'vitest';
import { type Advisory, judgeAdvisory, parseFixed, parseTitle } from '../../../core/advisory/advisory.ts';

const advisory = (given: Partial<Advisory> = {}): Advisory => ({
  id: 'ALAS2023-2026-1695',
  severity: 'important',
  package: 'kernel6.12',
  publishedAt: null,
  link: null,
  fixed: { 'kernel6.12': '6.12.40-1.amzn2023' },
  ...given,
});
const release = {
  release: 'v20260714',
  amiType: 'AL2023_x86_64_STANDARD',
  minor: '1.33',
  packages: { kernel: '6.12.41-2.amzn2023.x86_64', containerd: '2.2.4-1.amzn2023.0.3' },
} as const;

test.each([
  [
    'ALAS2023-2026-1695 (important): kernel6.12',
    { id: 'ALAS2023-2026-1695', severity: 'important', package: 'kernel6.12' },
  ],
  [
    'ALASKERNEL-5.10-2026-080 (Critical): kernel',
    { id: 'ALASKERNEL-5.10-2026-080', severity: 'critical', package: 'kernel' },
  ],
  ['Amazon Linux news', undefined],
  ['ALAS2023-2026-1695 (grave): kernel', undefined],
  ['', undefined],
])('the title %j', (title, parsed) => {
  expect(parseTitle(title)).toEqual(parsed);
});

test('the versions of an advisory are those under "New Packages", for any architecture', () => {
  const page = `<p>kernel-6.12.1-1.amzn2023.x86_64 is affected</p><h2>New Packages:</h2><pre>aarch64:<br />
    kernel6.12-6.12.40-1.amzn2023.aarch64<br />&nbsp;&nbsp;kernel6.12-tools-6.12.40-1.amzn2023.aarch64<br /><br />
    noarch:<br />containerd-stress-1:2.2.5-1.amzn2023.noarch<br /></pre>`;
  expect(parseFixed(page)).toEqual({
    'kernel6.12': '6.12.40-1.amzn2023',
    'kernel6.12-tools': '6.12.40-1.amzn2023',
    'containerd-stress': '1:2.2.5-1.amzn2023',
  });
  expect(parseFixed('<html>nothing</html>')).toEqual({});
});

describe.each([
  ['has the remedy', {}, {}, 'fixed'],
  ['lacks it', { fixed: { 'kernel6.12': '6.12.42-1.amzn2023' } }, {}, 'open'],
  ['is of another kernel', { package: 'kernel', fixed: { kernel: '6.1.140-1.amzn2023' } }, {}, 'not-concerned'],
  ['is of another Amazon Linux', { id: 'ALAS2-2026-1' }, {}, 'not-concerned'],
  ['is Bottlerocket', {}, { amiType: 'BOTTLEROCKET_x86_64' as const }, 'not-concerned'],
  ['does not list the package', { package: 'openssl', fixed: { openssl: '3.5-1' } }, {}, 'cannot-be-judged'],
  ['is about one whose page was not read', { fixed: null }, {}, 'cannot-be-judged'],
  ['is about one whose page names no version', { fixed: {} }, {}, 'cannot-be-judged'],
  ['lists another package', { package: 'containerd', fixed: { containerd: '2.2.4-1.amzn2023.0.4' } }, {}, 'open'],
])('a release that %s', (_, about, of, verdict) => {
  test(verdict, () => {
    expect(judgeAdvisory(advisory(about), { ...release, ...of })).toMatchObject({ verdict });
  });
});

test('the extras of AL2 are of the kernel they are called after', () => {
  const al2 = { ...release, amiType: 'AL2_x86_64', packages: { kernel: '5.10.240-1.amzn2' } } as const;
  const extra = { id: 'ALASKERNEL-5.10-2026-080', package: 'kernel', fixed: { kernel: '5.10.241-1.amzn2' } };
  expect(judgeAdvisory(advisory(extra), al2)).toEqual({
    verdict: 'open',
    has: '5.10.240-1.amzn2',
    needs: '5.10.241-1.amzn2',
  });
  expect(judgeAdvisory(advisory({ ...extra, id: 'ALAS2-2026-99' }), al2)).toMatchObject({ verdict: 'not-concerned' });
});
