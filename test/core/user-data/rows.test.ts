/** Every row of the table of bootstrap.sh's options that lies beside the project, where it does. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Conversion } from '../../../core/user-data/convert.ts';
import { kubeletFlags } from '../../../core/user-data/kubelet-flags.ts';
import { calling, convert, described } from './builders.ts';

interface Row {
  al2: string;
  /** Its place in the NodeConfig; null: it has none. */
  nodeConfig: string | null;
  note: string;
}

const table = new URL('../../../../shared/data/bootstrap-to-nodeconfig.json', import.meta.url);
const rows = existsSync(table) ? (JSON.parse(readFileSync(table, 'utf8')) as Row[]) : [];

/** A value that makes sense, where `x` does not. */
const values: Readonly<Record<string, string>> = {
  '--b64-cluster-ca': `${described.certificateAuthority} --apiserver-endpoint ${described.apiServerEndpoint}`,
  '--apiserver-endpoint': `${described.apiServerEndpoint} --b64-cluster-ca ${described.certificateAuthority}`,
  '--service-ipv4-cidr': described.cidr,
  '--service-ipv6-cidr': 'fd00::/108',
  '--ip-family': 'ipv4',
  '--dns-cluster-ip': '172.20.0.53',
  '--kubelet-extra-args': "'--own-flag=x'",
  '--containerd-config-file': '/etc/acme.toml',
  '--enable-local-outpost': 'true --cluster-id 1',
  '--node-labels': 'k=v',
  '--register-with-taints': 'k=v:NoSchedule',
  '--max-pods': '20',
  '--kube-reserved': 'cpu=1',
  '--system-reserved': 'cpu=1',
  '--eviction-hard': 'memory.available<1Gi',
  '--eviction-soft': 'memory.available<1Gi',
  '--feature-gates': 'A=true',
  '--image-gc-high-threshold': '80',
  '--image-gc-low-threshold': '70',
  '--container-log-max-files': '3',
};

/** `--image-gc-*` stands for every flag that begins so. */
const flagsNamed = (name: string): string[] =>
  name.endsWith('*')
    ? [...kubeletFlags.keys()].map((flag) => `--${flag}`).filter((flag) => flag.startsWith(name.slice(0, -1)))
    : [name];

/** User data for each thing that a row names. */
const samples = ({ al2 }: Row): { script: string; of: string }[] => {
  if (al2.startsWith('<positional>')) return [{ script: calling('prod'), of: 'prod' }];
  if (al2.startsWith('exported env')) {
    const script = calling('prod').replace('\n', '\nexport HTTPS_PROXY=http://p:1 NO_PROXY=169.254.169.254\n');
    return [{ script, of: 'HTTPS_PROXY=http://p:1' }];
  }
  if (al2.startsWith('shell before'))
    return [{ script: calling('prod').replace('\n', '\ntouch /x\n'), of: 'touch /x' }];
  if (al2.startsWith('shell after'))
    return [{ script: `${calling('prod')}kubectl get nodes\n`, of: 'kubectl get nodes' }];
  const [option = '', rest] = al2.split(/ (.*)/s);
  if (option === '--kubelet-extra-args' && rest !== undefined) {
    return rest
      .split('/')
      .flatMap(flagsNamed)
      .map((flag) => {
        const given = `${flag}=${values[flag] ?? 'x'}`;
        return { script: calling(`prod --kubelet-extra-args '${given}'`), of: given };
      });
  }
  return (rest ?? values[option] ?? 'x').split('|').map((value) => {
    const script = calling(`prod ${option} ${value}`);
    const of = option === '--kubelet-extra-args' ? '--own-flag=x' : `${option} ${value.split(' --')[0]}`;
    return { script: script.replace('\n', "\ncat > /etc/acme.toml <<'EOF'\nversion = 2\nEOF\n"), of };
  });
};

const placeOf = ({ nodeConfig, al2 }: Row, of: string): string | null => {
  if (nodeConfig?.endsWith('<camelCase key>') === true) {
    return `spec.kubelet.config.${fieldOf(/^--([a-z-]+)/.exec(of)?.[1] ?? '')}`;
  }
  if (al2.startsWith('exported env')) return 'spec.instance.environment.default.HTTPS_PROXY';
  if (nodeConfig === 'separate MIME part text/x-shellscript') return null;
  return nodeConfig?.split(' or ')[0] ?? null;
};

const fieldOf = (name: string): string => {
  const flag = kubeletFlags.get(name);
  return flag?.fate === 'field' ? flag.field : `no field for ${name}`;
};

const valueAt = (conversion: Conversion, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], conversion.nodeConfig);

describe.skipIf(rows.length === 0)('each row of the table', () => {
  for (const { row, script, of } of rows.flatMap((row) => samples(row).map((sample) => ({ row, ...sample })))) {
    test(`${row.al2}: ${of}`, () => {
      const cluster = of.startsWith('--service-ipv6-cidr') ? { ...described, cidr: 'fd00::/108' } : described;
      const conversion = convert(script, cluster);
      const entry = conversion.report.find(({ text }) => text === of);
      const isRefused = row.note.startsWith('BLOCKER') || row.al2.startsWith('shell after');
      expect(conversion.outcome).toBe(isRefused ? 'refused' : 'converted');
      expect(entry?.to).toBe(placeOf(row, of));
      expect(entry?.what).toMatch(isRefused ? /blocks/ : entry?.to == null ? /dropped|carried/ : /carried|changed/);
      if (entry?.to != null) expect(valueAt(conversion, entry.to)).toBeDefined();
    });
  }

  test('none is left out', () => {
    expect(rows.filter((row) => samples(row).length === 0)).toEqual([]);
  });
});
