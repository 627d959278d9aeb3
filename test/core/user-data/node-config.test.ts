import { describe, expect, test } from 'vitest';
import { checkNodeConfig } from '../../../core/user-data/node-config.ts';
import { described } from './builders.ts';

const nodeConfig = (spec: object = {}, cluster: object = {}) => ({
  apiVersion: 'node.eks.aws/v1alpha1',
  kind: 'NodeConfig',
  spec: { cluster: { ...described, ...cluster }, ...spec },
});

const mistakesOf = (document: unknown): string[] => {
  const checked = checkNodeConfig(document);
  return 'mistakes' in checked ? checked.mistakes : [];
};

test('every field that nodeadm knows is taken', () => {
  const document = nodeConfig(
    {
      kubelet: {
        config: { maxPods: 20, evictionHard: { 'memory.available': '5%' } },
        flags: ['--v=2'],
        maxPodsExpression: 'max_pods - 2',
      },
      containerd: { config: 'version = 2\n', baseRuntimeSpec: { process: {} } },
      instance: {
        localStorage: { strategy: 'RAID10', mountPath: '/mnt/x/', disabledMounts: ['Containerd', 'PodLogs', 'SOCI'] },
        environment: { default: { HTTP_PROXY: 'http://p' }, kubelet: { A: '' } },
        network: { nameservers: ['10.0.0.2'], domains: ['corp'] },
      },
      featureGates: { InstanceIdNodeName: true, FastImagePull: false },
    },
    { enableOutpost: true, id: '0-1' },
  );
  expect(checkNodeConfig(document)).toEqual({ nodeConfig: document });
});

describe('what nodeadm would refuse is refused, with its path', () => {
  test.each<{ what: string; document: unknown; says: string }>([
    { what: 'nothing', document: null, says: 'expected object' },
    {
      what: 'another kind',
      document: { ...nodeConfig(), kind: 'Node' },
      says: 'kind: Invalid input: expected "NodeConfig"',
    },
    { what: 'another version', document: { ...nodeConfig(), apiVersion: 'v1' }, says: 'apiVersion: ' },
    { what: 'no name', document: nodeConfig({}, { name: undefined }), says: 'spec.cluster.name: ' },
    { what: 'an empty name', document: nodeConfig({}, { name: '' }), says: 'spec.cluster.name: is empty' },
    {
      what: 'no endpoint',
      document: nodeConfig({}, { apiServerEndpoint: undefined }),
      says: 'spec.cluster.apiServerEndpoint: ',
    },
    {
      what: 'an endpoint that is no URL',
      document: nodeConfig({}, { apiServerEndpoint: 'prod' }),
      says: 'is not an https URL',
    },
    {
      what: 'no authority',
      document: nodeConfig({}, { certificateAuthority: undefined }),
      says: 'spec.cluster.certificateAuthority: ',
    },
    {
      what: 'an authority that is not base64',
      document: nodeConfig({}, { certificateAuthority: '-----BEGIN' }),
      says: 'is not base64',
    },
    { what: 'no CIDR', document: nodeConfig({}, { cidr: undefined }), says: 'spec.cluster.cidr: is not a CIDR' },
    { what: 'an address', document: nodeConfig({}, { cidr: '172.20.0.0' }), says: 'spec.cluster.cidr: is not a CIDR' },
    {
      what: 'an Outpost without an id',
      document: nodeConfig({}, { enableOutpost: true }),
      says: 'spec.cluster.id: is required',
    },
    {
      what: 'another strategy',
      document: nodeConfig({ instance: { localStorage: { strategy: 'raid0' } } }),
      says: 'spec.instance.localStorage.strategy: ',
    },
    {
      what: 'a flag with a blank',
      document: nodeConfig({ kubelet: { flags: ['--a b'] } }),
      says: 'spec.kubelet.flags[0]: holds a blank',
    },
    {
      what: 'an unknown field',
      document: nodeConfig({ kubelets: {} }),
      says: 'spec: unknown key "kubelets"; allowed are cluster, kubelet',
    },
    {
      what: 'an unknown gate',
      document: nodeConfig({ featureGates: { Fast: true } }),
      says: 'spec.featureGates: unknown key "Fast"',
    },
    {
      what: 'a variable that is a number',
      document: nodeConfig({ instance: { environment: { default: { A: 1 } } } }),
      says: 'spec.instance.environment.default.A: ',
    },
  ])('$what: $says', ({ document, says }) => {
    expect(mistakesOf(document).join('\n')).toContain(says);
  });

  test('IPv6 is as good as IPv4', () => {
    expect(mistakesOf(nodeConfig({}, { cidr: 'fd12:3456:789a::/108' }))).toEqual([]);
  });
});
