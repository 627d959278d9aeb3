import { describe, expect, test } from 'vitest';
import { convertKubeletArguments } from '../../../core/user-data/kubelet-arguments.ts';
import { splitLikeSystemd } from '../../../core/user-data/systemd-words.ts';
import { calling, convert, specOf } from './builders.ts';

const start = { line: 1, part: null };

const convertWords = (text: string) => convertKubeletArguments(text.split(' '), start);

describe('a flag becomes a field of KubeletConfiguration', () => {
  test.each<{ flag: string; config: Record<string, unknown> }>([
    { flag: '--max-pods=110', config: { maxPods: 110 } },
    { flag: '--max-pods 110', config: { maxPods: 110 } },
    { flag: '--max_pods=110', config: { maxPods: 110 } },
    {
      flag: '--kube-reserved=cpu=1,memory=1Gi,ephemeral-storage=1Gi',
      config: { kubeReserved: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' } },
    },
    { flag: '--system-reserved=cpu=100m', config: { systemReserved: { cpu: '100m' } } },
    {
      flag: '--eviction-hard=memory.available<5%,nodefs.available<10%',
      config: { evictionHard: { 'memory.available': '5%', 'nodefs.available': '10%' } },
    },
    { flag: '--eviction-soft=memory.available<1.5Gi', config: { evictionSoft: { 'memory.available': '1.5Gi' } } },
    {
      flag: '--eviction-soft-grace-period=memory.available=1m30s',
      config: { evictionSoftGracePeriod: { 'memory.available': '1m30s' } },
    },
    {
      flag: '--eviction-minimum-reclaim=nodefs.available=500Mi',
      config: { evictionMinimumReclaim: { 'nodefs.available': '500Mi' } },
    },
    { flag: '--eviction-max-pod-grace-period=60', config: { evictionMaxPodGracePeriod: 60 } },
    { flag: '--feature-gates=A=true,B=false', config: { featureGates: { A: true, B: false } } },
    { flag: '--cpu-manager-policy=static', config: { cpuManagerPolicy: 'static' } },
    {
      flag: '--cpu-manager-policy-options=full-pcpus-only=true',
      config: { cpuManagerPolicyOptions: { 'full-pcpus-only': 'true' } },
    },
    { flag: '--topology-manager-policy=restricted', config: { topologyManagerPolicy: 'restricted' } },
    { flag: '--topology-manager-scope=pod', config: { topologyManagerScope: 'pod' } },
    { flag: '--memory-manager-policy=Static', config: { memoryManagerPolicy: 'Static' } },
    {
      flag: '--reserved-cpus=0-1',
      config: { reservedSystemCPUs: '0-1', systemReservedCgroup: '', kubeReservedCgroup: '' },
    },
    { flag: '--image-gc-high-threshold=80', config: { imageGCHighThresholdPercent: 80 } },
    { flag: '--image-gc-low-threshold=70', config: { imageGCLowThresholdPercent: 70 } },
    { flag: '--minimum-image-ttl-duration=10m', config: { imageMinimumGCAge: '10m' } },
    { flag: '--container-log-max-size=50Mi', config: { containerLogMaxSize: '50Mi' } },
    { flag: '--container-log-max-files=5', config: { containerLogMaxFiles: 5 } },
    {
      flag: '--allowed-unsafe-sysctls=net.core.*,kernel.msg*',
      config: { allowedUnsafeSysctls: ['net.core.*', 'kernel.msg*'] },
    },
    { flag: '--pod-max-pids=-1', config: { podPidsLimit: -1 } },
    { flag: '--registry-qps=0', config: { registryPullQPS: 0 } },
    { flag: '--registry-burst=20', config: { registryBurst: 20 } },
    { flag: '--event-qps=0', config: { eventRecordQPS: 0 } },
    { flag: '--kube-api-qps=50', config: { kubeAPIQPS: 50 } },
    { flag: '--kube-api-burst=100', config: { kubeAPIBurst: 100 } },
    { flag: '--serialize-image-pulls=false', config: { serializeImagePulls: false } },
    { flag: '--seccomp-default', config: { seccompDefault: true } },
    { flag: '--protect-kernel-defaults=F', config: { protectKernelDefaults: false } },
    { flag: '--rotate-server-certificates=1', config: { serverTLSBootstrap: true } },
    { flag: '--cluster-dns=169.254.20.10,172.20.0.10', config: { clusterDNS: ['169.254.20.10', '172.20.0.10'] } },
    { flag: '--cluster-domain=corp.local', config: { clusterDomain: 'corp.local' } },
    { flag: '--resolv-conf=/etc/r', config: { resolvConf: '/etc/r' } },
    { flag: '--node-status-update-frequency=10s', config: { nodeStatusUpdateFrequency: '10s' } },
    { flag: '--streaming-connection-idle-timeout=0', config: { streamingConnectionIdleTimeout: '0s' } },
    { flag: '--read-only-port=0', config: { readOnlyPort: 0 } },
    { flag: '--anonymous-auth=false', config: { authentication: { anonymous: { enabled: false } } } },
    { flag: '--authorization-mode=Webhook', config: { authorization: { mode: 'Webhook' } } },
    { flag: '--tls-cipher-suites=A,B', config: { tlsCipherSuites: ['A', 'B'] } },
    {
      flag: '--enforce-node-allocatable=pods,kube-reserved',
      config: { enforceNodeAllocatable: ['pods', 'kube-reserved'] },
    },
    { flag: '--pod-manifest-path=/etc/m', config: { staticPodPath: '/etc/m' } },
    {
      flag: '--register-with-taints=a=b:NoSchedule',
      config: { registerWithTaints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] },
    },
    {
      flag: '--register-with-taints=a:NoExecute,x/y=:PreferNoSchedule',
      config: {
        registerWithTaints: [
          { key: 'a', effect: 'NoExecute' },
          { key: 'x/y', effect: 'PreferNoSchedule' },
        ],
      },
    },
    { flag: '--register-with-taints=', config: { registerWithTaints: [] } },
  ])('$flag', ({ flag, config }) => {
    const { settings, report } = convertWords(flag);
    expect(settings).toEqual({ config, flags: [] });
    expect(report).toMatchObject([{ text: flag, to: expect.stringMatching(/^spec\.kubelet\.config\./) }]);
  });
});

describe('given more than once', () => {
  test.each<{ words: string; config: Record<string, unknown>; dropped: string[] }>([
    { words: '--max-pods=1 --max-pods=2', config: { maxPods: 2 }, dropped: ['--max-pods=1'] },
    {
      words: '--register-with-taints=a=b:NoSchedule --register-with-taints=c=d:NoSchedule',
      config: { registerWithTaints: [{ key: 'c', value: 'd', effect: 'NoSchedule' }] },
      dropped: ['--register-with-taints=a=b:NoSchedule'],
    },
    {
      words: '--cluster-dns=1.1.1.1 --cluster-dns=2.2.2.2',
      config: { clusterDNS: ['1.1.1.1', '2.2.2.2'] },
      dropped: [],
    },
    {
      words: '--feature-gates=A=true --feature-gates=B=true,A=false',
      config: { featureGates: { A: false, B: true } },
      dropped: [],
    },
    {
      words: '--anonymous-auth=false --authentication-token-webhook',
      config: { authentication: { anonymous: { enabled: false }, webhook: { enabled: true } } },
      dropped: [],
    },
  ])('$words', ({ words, config, dropped }) => {
    const { settings, report } = convertWords(words);
    expect(settings.config).toEqual(config);
    expect(report.filter(({ what }) => what === 'dropped').map(({ text }) => text)).toEqual(dropped);
  });
});

describe('a flag without a field stays a flag', () => {
  test.each<{ words: string; flags: string[] }>([
    { words: '--node-labels=a=b,c=d', flags: ['--node-labels=a=b,c=d'] },
    { words: '--node-labels a=b', flags: ['--node-labels=a=b'] },
    { words: '--node-labels=a=b --node-labels=c=d', flags: ['--node-labels=a=b', '--node-labels=c=d'] },
    { words: '-v 4', flags: ['--v=4'] },
    { words: '-v=4', flags: ['--v=4'] },
    { words: '--v=4 --register-schedulable=false', flags: ['--v=4', '--register-schedulable=false'] },
    { words: '--nobody-knows=x', flags: ['--nobody-knows=x'] },
    { words: '--nobody-knows x --v=2', flags: ['--nobody-knows', 'x', '--v=2'] },
    { words: '--nobody-knows --v=2', flags: ['--nobody-knows', '--v=2'] },
  ])('$words', ({ words, flags }) => {
    const { settings, report } = convertWords(words);
    expect(settings).toEqual({ config: {}, flags });
    expect(report.every(({ what, to }) => what === 'carried' && to === 'spec.kubelet.flags')).toBe(true);
  });
});

describe('what nodeadm sets is dropped', () => {
  test.each([
    '--node-ip=10.0.0.1',
    '--hostname-override=x',
    '--cloud-provider=aws',
    '--cloud-provider external',
    '--provider-id=x',
    '--config=/etc/x',
    '--kubeconfig=/etc/x',
    '--pod-infra-container-image=x',
    '--container-runtime=remote',
    '--container-runtime-endpoint=unix:///run/containerd/containerd.sock',
    '--network-plugin=cni',
    '--cgroup-driver=systemd',
    '--allow-privileged',
  ])('%s', (words) => {
    const { settings, report } = convertWords(words);
    expect(settings).toEqual({ config: {}, flags: [] });
    expect(report).toMatchObject([{ text: words, what: 'dropped', to: null }]);
  });
});

describe('what the kubelet could not read blocks', () => {
  test.each<{ words: string; says: RegExp }>([
    { words: '--max-pods=many', says: /"many" is not a whole number/ },
    { words: '--max-pods', says: /it has no value/ },
    { words: '--seccomp-default=yes', says: /neither true nor false/ },
    { words: '--feature-gates=A', says: /"A" has no =/ },
    { words: '--feature-gates=A=on', says: /neither true nor false/ },
    { words: '--eviction-hard=memory.available=5%', says: /has no </ },
    { words: '--sync-frequency=10', says: /is not a duration/ },
    { words: '--register-with-taints=a=b', says: /is not a taint/ },
    { words: '--register-with-taints=a=b:Never', says: /NoSchedule, PreferNoSchedule, NoExecute/ },
    { words: 'stray', says: /it is no flag/ },
    { words: '--seccomp-default false', says: /it is no flag/ },
    { words: '--', says: /it is no flag/ },
    { words: '-x', says: /it is no flag/ },
    { words: '--container-runtime=docker', says: /no Docker/ },
    { words: '--container-runtime-endpoint=unix:///var/run/dockershim.sock', says: /no Docker/ },
    { words: '--docker-endpoint=unix:///var/run/docker.sock', says: /no Docker/ },
  ])('$words: $says', ({ words, says }) => {
    const blocks = convertWords(words).report.filter(({ what }) => what === 'blocks');
    expect(blocks.map(({ why }) => why).join()).toMatch(says);
  });
});

test('keys that user data makes up are keys and nothing more', () => {
  const { settings } = convertWords('--kube-reserved=__proto__=1,constructor=2 --feature-gates=toString=true');
  expect(Object.keys(settings.config.kubeReserved as object)).toEqual(['__proto__', 'constructor']);
  expect(settings.config.featureGates).toEqual({ toString: true });
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('what nodeadm fills, too, keeps its own keys: that is said', () => {
  const { report } = convertWords('--kube-reserved=cpu=1');
  expect(report).toMatchObject([{ what: 'changed', why: expect.stringContaining('memory, ephemeral-storage') }]);
});

describe('systemd split the arguments', () => {
  test.each<{ value: string; words: string[] }>([
    { value: '--a=b --c', words: ['--a=b', '--c'] },
    { value: '  --a=b\t--c  ', words: ['--a=b', '--c'] },
    { value: '', words: [] },
    { value: '--a="b,c"', words: ['--a=b,c'] },
    { value: '"--a=b"', words: ['--a=b'] },
    { value: '--a=b"c"d', words: ['--a=bcd'] },
    { value: '--a=<5%,b<10%', words: ['--a=<5%,b<10%'] },
    { value: '--a=$HOME', words: ['--a=$HOME'] },
    { value: '--a \\\n--b', words: ['--a', '--b'] },
  ])('$value', ({ value, words }) => {
    expect(splitLikeSystemd(value)).toEqual({ words });
  });

  test.each<{ value: string; says: RegExp }>([
    { value: "--a='b'", says: /single quote/ },
    { value: '--a\n--b', says: /line break/ },
    { value: '--a\\b', says: /backslash/ },
    { value: '--a="b', says: /not closed/ },
    { value: '--a="b c"', says: /holds a blank/ },
    { value: '--a=5%n', says: /% that systemd replaces/ },
    { value: '--a=5%%', says: /% that systemd replaces/ },
  ])('and could not be told how: $value', ({ value, says }) => {
    expect(splitLikeSystemd(value)).toMatchObject({ unknown: expect.stringMatching(says) });
    const quoted = `'${value.replaceAll("'", `'"'"'`)}'`;
    expect(convert(calling(`prod --kubelet-extra-args ${quoted}`)).outcome).toBe('refused');
  });
});

test('flags overrule options', () => {
  const words = `prod --dns-cluster-ip 1.2.3.4 --use-max-pods false --kubelet-extra-args '--cluster-dns=5.6.7.8 --max-pods=9'`;
  expect(specOf(convert(calling(words)))).toEqual({ kubelet: { config: { clusterDNS: ['5.6.7.8'], maxPods: 9 } } });
});
