/** Whatever the user data: it is converted or refused, and nothing of the call is lost without a word. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convertUserDataBytes } from '../../../adapters/user-data/convert.ts';
import { bootstrapOptions } from '../../../core/user-data/bootstrap-options.ts';
import type { Conversion } from '../../../core/user-data/convert.ts';
import { kubeletFlags } from '../../../core/user-data/kubelet-flags.ts';
import { checkNodeConfig } from '../../../core/user-data/node-config.ts';
import { convert, described } from './builders.ts';

const sound = (converted: Pick<Conversion, 'outcome' | 'nodeConfig' | 'report'>): void => {
  const blocks = converted.report.filter(({ what }) => what === 'blocks');
  if (converted.outcome === 'refused') {
    expect(blocks).not.toEqual([]);
    return;
  }
  expect(blocks).toEqual([]);
  expect(checkNodeConfig(converted.nodeConfig)).toEqual({ nodeConfig: converted.nodeConfig });
};

/** Pieces that user data is made of, in any order. */
const fragment = fc.oneof(
  fc.constantFrom(
    '#!/bin/bash\n',
    '#!/bin/sh -e\n',
    '#cloud-config\n',
    '#cloud-boothook\n',
    'MIME-Version: 1.0\n',
    'Content-Type: multipart/mixed; boundary="//"\n',
    'Content-Type: text/x-shellscript\n',
    'Content-Transfer-Encoding: base64\n',
    '\n--//\n',
    '\n--//--\n',
    '\n\n',
    '\r\n',
    '/etc/eks/bootstrap.sh ',
    'prod ',
    "--kubelet-extra-args '",
    '--kubelet-extra-args "',
    '--node-labels=a=b ',
    '--max-pods=',
    '--use-max-pods false ',
    '--b64-cluster-ca ',
    '"',
    "'",
    '`',
    '$(',
    ')',
    '${',
    '}',
    '\\',
    '\\\n',
    '<<EOF\n',
    '\nEOF\n',
    'if true; then\n',
    'fi\n',
    'f() {\n',
    'case x in\n',
    'A=(',
    'export HTTP_PROXY=',
    ' || ',
    ' && ',
    ' | tee ',
    ' &\n',
    '{{}}',
    'kubectl get nodes\n',
    '\u0000',
    'é',
    '((((((((',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

test('any text is converted, refused, or no user data; it never crashes', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), fc.boolean(), (fragments, isDescribed) => {
      const converted = convertUserDataBytes(Buffer.from(fragments.join('')), isDescribed ? described : {});
      if ('mistake' in converted) expect(converted.mistake).not.toBe('');
      else sound(converted);
    }),
    { numRuns: 3000 },
  );
});

test('any bytes are converted, refused, or no user data; they never crash', () => {
  const start = fc.constantFrom([], [0x1f, 0x8b], [0x1f, 0x8b, 0x08, 0x00], [0xef, 0xbb, 0xbf], [0x23, 0x21]);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (first, rest) => {
      const converted = convertUserDataBytes(new Uint8Array([...first, ...rest]), described);
      if ('outcome' in converted) sound(converted);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['parentheses', '('.repeat(50_000)],
  ['substitutions', '$('.repeat(50_000)],
  ['variables', `echo ${'${A:-'.repeat(20_000)}`],
  ['conditions', 'if true; then\n'.repeat(10_000)],
  ['quotes', '"$(echo "'.repeat(10_000)],
  ['words', `/etc/eks/bootstrap.sh ${'a '.repeat(50_000)}`],
  ['calls', '/etc/eks/bootstrap.sh prod\n'.repeat(5_000)],
  ['lines that block', 'docker ps\n'.repeat(20_000)],
  ['boundaries', `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n${'--B\n\n'.repeat(20_000)}`],
])('nor do many %s', (_, text) => {
  const converted = convertUserDataBytes(Buffer.from(`#!/bin/bash\n${text}`), described);
  expect(converted).toMatchObject({ outcome: 'refused' });
});

/** The tokens of a call, before they are quoted. */
const plain = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_./:=,-]{0,11}$/);
const flagValue = fc.oneof(
  plain,
  fc.nat(500).map(String),
  fc.constantFrom('true', 'a=b', 'a=b:NoSchedule', 'x<5%', '10s'),
);
const kubeletWord = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...kubeletFlags.keys()), flagValue)
      .map(([flag, value]) => `--${flag}=${value}`),
  },
  { weight: 1, arbitrary: plain.map((flag) => `--own-${flag}`) },
  { weight: 1, arbitrary: plain },
);
const settled = [
  ['prod'],
  ['--use-max-pods', 'false'],
  ['--use-max-pods', 'true'],
  ['--container-runtime', 'containerd'],
  ['--dns-cluster-ip', '1.2.3.4'],
  ['--local-disks', 'mount'],
  ['--mount-bpf-fs', 'true'],
  ['--pause-container-version', '3.5'],
  ['--kubelet-extra-args', '--max-pods=20 --node-labels=a=b,c=d --v=3'],
  ['--kubelet-extra-args', '--register-with-taints=a=b:NoSchedule --node-ip=1.2.3.4 --reserved-cpus=0'],
];
const group = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...settled) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...bootstrapOptions.map(({ option }) => option)), plain)
      .map((pair) => [...pair]),
  },
  {
    weight: 1,
    arbitrary: fc.array(kubeletWord, { maxLength: 4 }).map((words) => ['--kubelet-extra-args', words.join(' ')]),
  },
  { weight: 1, arbitrary: plain.map((word) => [word]) },
  { weight: 1, arbitrary: plain.map((word) => [`--${word}`]) },
);

/** Each token is written in one of the ways people write them; some need a variable before. */
const quotings: readonly ((token: string, index: number) => { word: string; before?: string })[] = [
  (token) => ({ word: /^[A-Za-z0-9_./:=,-]+$/.test(token) ? token : `'${token}'` }),
  (token) => ({ word: `'${token}'` }),
  (token) => ({ word: `"${token}"` }),
  (token) => ({ word: `"${token.slice(0, 2)}"'${token.slice(2)}'` }),
  (token) => ({ word: token.replace(/[^A-Za-z0-9_./:=,-]/g, '\\$&') }),
  (token, index) => ({ word: `"$V${index}"`, before: `V${index}='${token}'` }),
  (token, index) => ({ word: `"\${V${index}:-none}"`, before: `export V${index}="${token}"` }),
  (token, index) => ({ word: `"\${V${index}[@]}"`, before: `V${index}=("${token}")` }),
  (token) => ({ word: `\\\n  "${token}"` }),
];

const call = fc.array(group, { maxLength: 6 }).chain((groups) => {
  const tokens = ['prod', ...groups.flat()];
  const ways = fc.array(fc.nat(quotings.length - 1), { minLength: tokens.length, maxLength: tokens.length });
  return ways.map((chosen) => {
    const written = tokens.map((token, index) => quotings[chosen[index] ?? 0]?.(token, index) ?? { word: token });
    const before = written.flatMap(({ before }) => before ?? []).join('\n');
    return {
      tokens,
      script: `#!/bin/bash\n${before}\n/etc/eks/bootstrap.sh ${written.map(({ word }) => word).join(' ')}\n`,
    };
  });
});

const valueAt = (document: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);

/** Paths of the NodeConfig below which nothing is looked at. */
const leavesOf = (nodeConfig: Conversion['nodeConfig']): string[] => {
  const { kubelet = {}, containerd = {}, instance = {} } = nodeConfig?.spec ?? {};
  return [
    ...Object.keys(kubelet.config ?? {}).map((key) => `spec.kubelet.config.${key}`),
    ...(kubelet.flags === undefined ? [] : ['spec.kubelet.flags']),
    ...Object.keys(containerd).map((key) => `spec.containerd.${key}`),
    ...Object.keys(instance.localStorage ?? {}).map((key) => `spec.instance.localStorage.${key}`),
    ...Object.keys(instance.environment?.default ?? {}).map((key) => `spec.instance.environment.default.${key}`),
  ];
};

/** They follow from reservedSystemCPUs. */
const follows = ['spec.kubelet.config.systemReservedCgroup', 'spec.kubelet.config.kubeReservedCgroup'];

test('each token of the call is in the NodeConfig, in the report, or refuses the move', () => {
  let converted = 0;
  fc.assert(
    fc.property(call, ({ tokens, script }) => {
      const conversion = convert(script);
      sound(conversion);
      const { report, nodeConfig } = conversion;
      if (conversion.outcome === 'refused') return;
      converted += 1;
      const document = JSON.stringify(nodeConfig);
      for (const token of tokens.flatMap((each) => each.split(' '))) {
        const isTold = document.includes(token) || report.some(({ text }) => text.split(' ').includes(token));
        expect(isTold, `${token} of ${script}`).toBe(true);
      }
      // What is said to be somewhere is there, and what is there has been said.
      const told = report.flatMap(({ to }) => to ?? []);
      for (const to of told) expect(valueAt(nodeConfig, to), to).toBeDefined();
      for (const leaf of leavesOf(nodeConfig).filter((each) => !follows.includes(each))) {
        expect(
          told.some((to) => to === leaf || to.startsWith(`${leaf}.`)),
          leaf,
        ).toBe(true);
      }
    }),
    { numRuns: 1500 },
  );
  // Else it would say nothing.
  expect(converted).toBeGreaterThan(300);
});
