import { describe, expect, test } from 'vitest';
import { bootstrapOptions } from '../../../core/user-data/bootstrap-options.ts';
import { dnsAddress } from '../../../core/user-data/service-cidr.ts';
import { blocksOf, calling, convert, described, entryFor, specOf } from './builders.ts';

const { certificateAuthority, apiServerEndpoint } = described;

test('there are the nineteen options of the last bootstrap.sh of AL2', () => {
  expect(bootstrapOptions.map(({ option }) => option).sort()).toEqual([
    '--apiserver-endpoint',
    '--aws-api-retry-attempts',
    '--b64-cluster-ca',
    '--cluster-id',
    '--container-runtime',
    '--containerd-config-file',
    '--dns-cluster-ip',
    '--docker-config-json',
    '--enable-docker-bridge',
    '--enable-local-outpost',
    '--ip-family',
    '--kubelet-extra-args',
    '--local-disks',
    '--mount-bpf-fs',
    '--pause-container-account',
    '--pause-container-version',
    '--service-ipv4-cidr',
    '--service-ipv6-cidr',
    '--use-max-pods',
  ]);
});

describe('an option becomes', () => {
  test.each<{ words: string; spec: object; what: string; text?: string }>([
    { words: '--ip-family ipv4', spec: {}, what: 'dropped' },
    { words: '--ip-family IPv4', spec: {}, what: 'dropped' },
    { words: '--dns-cluster-ip 172.20.0.10', spec: {}, what: 'dropped' },
    {
      words: '--dns-cluster-ip 10.1.2.3,10.1.2.4',
      spec: { kubelet: { config: { clusterDNS: ['10.1.2.3', '10.1.2.4'] } } },
      what: 'carried',
    },
    { words: '--use-max-pods true', spec: {}, what: 'dropped' },
    { words: '--use-max-pods false', spec: { kubelet: { config: { maxPods: 110 } } }, what: 'carried' },
    { words: '--use-max-pods no', spec: { kubelet: { config: { maxPods: 110 } } }, what: 'carried' },
    {
      words: "--use-max-pods false --kubelet-extra-args '--max-pods=17'",
      text: '--use-max-pods false',
      spec: { kubelet: { config: { maxPods: 17 } } },
      what: 'carried',
    },
    { words: '--container-runtime containerd', spec: {}, what: 'dropped' },
    {
      words: `--docker-config-json '{"bip":"1"}'`,
      text: '--docker-config-json {"bip":"1"}',
      spec: {},
      what: 'dropped',
    },
    { words: '--enable-docker-bridge true', spec: {}, what: 'dropped' },
    { words: '--pause-container-account 602401143452', spec: {}, what: 'dropped' },
    { words: '--pause-container-version 3.5', spec: {}, what: 'dropped' },
    { words: '--mount-bpf-fs false', spec: {}, what: 'dropped' },
    { words: '--aws-api-retry-attempts 10', spec: {}, what: 'dropped' },
    { words: '--local-disks raid0', spec: { instance: { localStorage: { strategy: 'RAID0' } } }, what: 'carried' },
    { words: '--local-disks raid10', spec: { instance: { localStorage: { strategy: 'RAID10' } } }, what: 'carried' },
    { words: '--local-disks mount', spec: { instance: { localStorage: { strategy: 'Mount' } } }, what: 'carried' },
  ])('$words: $what', ({ words, text, spec, what }) => {
    const conversion = convert(calling(`prod ${words}`));
    expect(specOf(conversion)).toEqual(spec);
    expect(entryFor(conversion, text ?? words)?.what).toBe(what);
  });

  test('a part of the cluster: an Outpost and its id', () => {
    const conversion = convert(calling('prod --enable-local-outpost true --cluster-id 0-1'));
    expect(conversion.nodeConfig?.spec.cluster).toEqual({ ...described, enableOutpost: true, id: '0-1' });
  });

  test('nothing where bootstrap.sh takes it from the environment and the line says otherwise', () => {
    const script = `#!/bin/bash\nexport USE_MAX_PODS=false LOCAL_DISKS=raid0\n/etc/eks/bootstrap.sh prod --use-max-pods true\n`;
    const conversion = convert(script);
    expect(specOf(conversion)).toEqual({ instance: { localStorage: { strategy: 'RAID0' } } });
    expect(entryFor(conversion, 'USE_MAX_PODS=false')?.what).toBe('dropped');
  });
});

describe('each variable that bootstrap.sh reads is as good as its option', () => {
  test.each(bootstrapOptions.map(({ option, variable }) => ({ option, variable })))(
    '$variable for $option',
    ({ option, variable }) => {
      const value = option === '--kubelet-extra-args' ? '--v=4' : 'x';
      const byOption = convert(calling(`prod ${option} ${value}`));
      const byVariable = convert(`#!/bin/bash\n${variable}=${value} /etc/eks/bootstrap.sh prod\n`);
      expect(byVariable.outcome).toBe(byOption.outcome);
      expect(byVariable.nodeConfig).toEqual(byOption.nodeConfig);
    },
  );
});

describe('what bootstrap.sh would not take, or AL2023 cannot do, blocks', () => {
  test.each<{ words: string; says: string }>([
    { words: 'prod --container-runtime dockerd', says: 'there is no Docker on AL2023' },
    { words: 'prod --local-disks raid5', says: 'bootstrap.sh takes raid0, raid10, mount' },
    { words: 'prod --local-disks toString', says: 'bootstrap.sh takes raid0, raid10, mount' },
    { words: 'prod --ip-family ipv5', says: 'bootstrap.sh takes ipv4 or ipv6' },
    { words: 'prod --ip-family ipv6', says: 'the service CIDR 172.20.0.0/16 is not of this family' },
    { words: 'prod --enable-local-outpost yes', says: 'bootstrap.sh takes true or false' },
    { words: 'prod --enable-local-outpost true', says: 'nodeadm would not take the NodeConfig' },
    { words: 'prod --service-ipv4-cidr 10.0.0.0/16', says: 'DescribeCluster says 172.20.0.0/16' },
    { words: 'prod --service-ipv4-cidr fd00::/108', says: 'the CIDR is not of this family' },
    { words: 'prod --service-ipv6-cidr 172.20.0.0/16', says: 'the CIDR is not of this family' },
    { words: 'prod --use-max-pods', says: 'the option has no value' },
    { words: 'prod --help', says: 'bootstrap.sh prints its help and ends' },
    { words: '', says: 'without the name of a cluster' },
    { words: '--use-max-pods true', says: 'without the name of a cluster' },
    { words: 'staging', says: 'DescribeCluster says prod' },
    { words: "''", says: 'DescribeCluster says prod' },
    { words: 'prod $MORE', says: 'it may stand for any options' },
    { words: 'prod "$MORE"', says: 'it may stand for any options' },
    { words: 'prod --use-max-pods $MAX', says: 'nothing in the user data sets MAX' },
    { words: 'prod --containerd-config-file /etc/x.toml', says: 'what is in the file is not certain' },
    { words: 'prod < /etc/x', says: 'bootstrap.sh is given something to read' },
    { words: "prod <<< 'x'", says: 'bootstrap.sh is given something to read' },
  ])('$words: $says', ({ words, says }) => {
    const conversion = convert(calling(words));
    expect(blocksOf(conversion)).toContainEqual(expect.stringContaining(says));
  });
});

describe('what never had an effect is dropped', () => {
  test.each<{ words: string; text: string }>([
    { words: 'prod --use-max-pods=false', text: '--use-max-pods=false' },
    { words: 'prod --node-labels=a=b', text: '--node-labels=a=b' },
    { words: 'prod another', text: 'another' },
    { words: "prod --use-max-pods ''", text: '--use-max-pods' },
    { words: 'prod --use-max-pods false --use-max-pods true', text: '--use-max-pods false' },
  ])('$words: $text', ({ words, text }) => {
    const conversion = convert(calling(words));
    expect(specOf(conversion)).toEqual({});
    expect(conversion.report.find((each) => each.text.trim() === text)?.what).toBe('dropped');
  });
});

describe('facts of the cluster', () => {
  test('come from DescribeCluster where the line says nothing', () => {
    expect(convert(calling('prod')).nodeConfig?.spec.cluster).toEqual(described);
  });

  test('come from the line where nothing is described', () => {
    const words = `prod --b64-cluster-ca ${certificateAuthority} --apiserver-endpoint ${apiServerEndpoint} --service-ipv4-cidr 10.1.0.0/16`;
    expect(convert(calling(words), {}).nodeConfig?.spec.cluster).toEqual({ ...described, cidr: '10.1.0.0/16' });
  });

  test('are missing where neither says them, each by its name', () => {
    expect(
      convert(calling('prod'), {})
        .report.filter(({ what }) => what === 'blocks')
        .map(({ to }) => to),
    ).toEqual(['spec.cluster.apiServerEndpoint', 'spec.cluster.certificateAuthority', 'spec.cluster.cidr']);
  });

  test('are taken from DescribeCluster where the node computes them', () => {
    const words = `"$NAME" --b64-cluster-ca $(ca) --apiserver-endpoint "$ENDPOINT"`;
    const conversion = convert(calling(words));
    expect(conversion.nodeConfig?.spec.cluster).toEqual(described);
    expect(entryFor(conversion, '"$NAME"')).toMatchObject({ what: 'changed', to: 'spec.cluster.name' });
    expect(blocksOf(convert(calling(words), {}))).toContainEqual(
      expect.stringContaining('nothing in the user data sets NAME'),
    );
  });

  test('are compared without regard to a last slash and to letter case of the endpoint', () => {
    const words = `prod --b64-cluster-ca ${certificateAuthority} --apiserver-endpoint ${apiServerEndpoint.toLowerCase()}/`;
    expect(convert(calling(words)).nodeConfig?.spec.cluster).toEqual(described);
  });

  test.each([
    { words: `prod --apiserver-endpoint https://other`, outcome: 'converted' },
    { words: `prod --b64-cluster-ca b3RoZXI=`, outcome: 'converted' },
    { words: `prod --apiserver-endpoint https://other --b64-cluster-ca ${certificateAuthority}`, outcome: 'refused' },
    { words: `prod --apiserver-endpoint ${apiServerEndpoint} --b64-cluster-ca b3RoZXI=`, outcome: 'refused' },
  ])('$words, which bootstrap.sh heeds only as a pair: $outcome', ({ words, outcome }) => {
    expect(convert(calling(words)).outcome).toBe(outcome);
  });

  test('with both families the nodes use IPv6', () => {
    const words = 'prod --service-ipv4-cidr 172.20.0.0/16 --service-ipv6-cidr fd00:1::/108';
    const conversion = convert(calling(words), { ...described, cidr: 'fd00:1::/108' });
    expect(conversion.nodeConfig?.spec.cluster.cidr).toBe('fd00:1::/108');
    expect(entryFor(conversion, '--service-ipv4-cidr 172.20.0.0/16')?.what).toBe('dropped');
  });
});

test.each([
  { cidr: '172.20.0.0/16', address: '172.20.0.10' },
  { cidr: '10.100.0.0/16', address: '10.100.0.10' },
  { cidr: 'fd12:3456::/108', address: 'fd12:3456::a' },
])('nodeadm derives $address from $cidr', ({ cidr, address }) => {
  expect(dnsAddress(cidr)).toBe(address);
});
