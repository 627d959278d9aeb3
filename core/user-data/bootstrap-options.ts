/**
 * The options of AL2's bootstrap.sh, one row an option (amazon-eks-ami, templates/al2/runtime/bootstrap.sh, as it was when
 * AL2 ended), and what becomes of each (EKS user guide, Upgrade from Amazon Linux 2 to Amazon Linux 2023; nodeadm's API
 * reference).
 */

import type { ClusterDetails, NodeConfigSpec } from './node-config.ts';
import type { Remark } from './report.ts';
import { addressFamily, dnsAddress } from './service-cidr.ts';

/** Facts of the cluster that the NodeConfig needs and that an option may state, too. */
export type ClusterFact = 'name' | 'apiServerEndpoint' | 'certificateAuthority' | 'cidr';

export interface OptionContext {
  /** Of the NodeConfig, as far as it is known. */
  cluster: Partial<ClusterDetails>;
  /** Flags among `--kubelet-extra-args`, without hyphens. */
  kubeletFlags: ReadonlySet<string>;
}

/** What an option becomes; `spec` is laid over the NodeConfig. */
export interface Decision extends Remark {
  spec?: DeepPartial<NodeConfigSpec>;
}

type DeepPartial<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

export type BootstrapOption = {
  option: string;
  /** The variable of the environment that bootstrap.sh takes it from as well. */
  variable: string;
} & (
  | { states: ClusterFact }
  /** Read on its own: one argument holds many. */
  | { holds: 'kubelet arguments' | 'a file of containerd' }
  | { decide: (value: string, context: OptionContext) => Decision }
);

const dropped = (why: string, whatToDo?: string) => (): Decision => ({
  what: 'dropped',
  why,
  ...(whatToDo === undefined ? {} : { whatToDo }),
});

const pauseImage = dropped(
  'the pause image is part of the AMI',
  'if it must come from elsewhere, set the sandbox image in spec.containerd.config',
);

export const bootstrapOptions: readonly BootstrapOption[] = [
  { option: '--b64-cluster-ca', variable: 'B64_CLUSTER_CA', states: 'certificateAuthority' },
  { option: '--apiserver-endpoint', variable: 'APISERVER_ENDPOINT', states: 'apiServerEndpoint' },
  { option: '--service-ipv4-cidr', variable: 'SERVICE_IPV4_CIDR', states: 'cidr' },
  { option: '--service-ipv6-cidr', variable: 'SERVICE_IPV6_CIDR', states: 'cidr' },
  {
    option: '--ip-family',
    variable: 'IP_FAMILY',
    decide: (value, { cluster: { cidr } }) => {
      const family = value.toLowerCase();
      if (family !== 'ipv4' && family !== 'ipv6') return notAllowed('ipv4 or ipv6');
      if (cidr !== undefined && addressFamily(cidr) !== family) {
        return {
          what: 'blocks',
          why: `the service CIDR ${cidr} is not of this family`,
          whatToDo: 'leave the option out, or give the service CIDR of this family',
        };
      }
      return { what: 'dropped', why: 'there is no field for it: the family of spec.cluster.cidr decides it' };
    },
  },
  {
    option: '--dns-cluster-ip',
    variable: 'DNS_CLUSTER_IP',
    decide: (value, { cluster: { cidr }, kubeletFlags }) => {
      if (kubeletFlags.has('cluster-dns'))
        return { what: 'dropped', why: 'the kubelet flag --cluster-dns overrules it' };
      if (cidr !== undefined && value === dnsAddress(cidr)) {
        return { what: 'dropped', why: 'nodeadm derives the same address from spec.cluster.cidr' };
      }
      return {
        what: 'carried',
        to: 'spec.kubelet.config.clusterDNS',
        why: 'it is not the address that nodeadm derives',
        spec: { kubelet: { config: { clusterDNS: value.split(',').filter((address) => address !== '') } } },
      };
    },
  },
  { option: '--kubelet-extra-args', variable: 'KUBELET_EXTRA_ARGS', holds: 'kubelet arguments' },
  {
    option: '--use-max-pods',
    variable: 'USE_MAX_PODS',
    decide: (value, { kubeletFlags }) => {
      // bootstrap.sh takes anything but "true" for false.
      if (value === 'true') return { what: 'dropped', why: 'nodeadm counts pods by network interfaces, too' };
      if (kubeletFlags.has('max-pods')) {
        const why = 'the number is the one of the kubelet flag --max-pods';
        return { what: 'carried', to: 'spec.kubelet.config.maxPods', why };
      }
      return {
        what: 'carried',
        to: 'spec.kubelet.config.maxPods',
        why: 'without --max-pods the kubelet took its own default, 110; nodeadm would count network interfaces',
        spec: { kubelet: { config: { maxPods: 110 } } },
      };
    },
  },
  {
    option: '--container-runtime',
    variable: 'CONTAINER_RUNTIME',
    decide: (value) =>
      value === 'containerd'
        ? { what: 'dropped', why: 'containerd is the only runtime' }
        : {
            what: 'blocks',
            why: 'containerd is the only runtime; there is no Docker on AL2023',
            whatToDo: 'move the workloads off Docker first',
          },
  },
  { option: '--containerd-config-file', variable: 'CONTAINERD_CONFIG_FILE', holds: 'a file of containerd' },
  {
    option: '--docker-config-json',
    variable: 'DOCKER_CONFIG_JSON',
    decide: dropped('there is no Docker on AL2023', 'settings for registries belong into spec.containerd.config'),
  },
  {
    option: '--enable-docker-bridge',
    variable: 'ENABLE_DOCKER_BRIDGE',
    decide: dropped('there is no Docker on AL2023', 'what used the bridge docker0 needs another way'),
  },
  { option: '--pause-container-account', variable: 'PAUSE_CONTAINER_ACCOUNT', decide: pauseImage },
  { option: '--pause-container-version', variable: 'PAUSE_CONTAINER_VERSION', decide: pauseImage },
  {
    option: '--enable-local-outpost',
    variable: 'ENABLE_LOCAL_OUTPOST',
    decide: (value) =>
      value === 'true' || value === 'false'
        ? {
            what: 'carried',
            to: 'spec.cluster.enableOutpost',
            why: 'the same setting',
            spec: { cluster: { enableOutpost: value === 'true' } },
          }
        : notAllowed('true or false'),
  },
  {
    option: '--cluster-id',
    variable: 'CLUSTER_ID',
    decide: (value) => ({
      what: 'carried',
      to: 'spec.cluster.id',
      why: 'the same setting',
      spec: { cluster: { id: value } },
    }),
  },
  {
    option: '--local-disks',
    variable: 'LOCAL_DISKS',
    decide: (value) => {
      const strategy = localDisks.get(value);
      if (strategy === undefined) return notAllowed([...localDisks.keys()].join(', '));
      return {
        what: 'carried',
        to: 'spec.instance.localStorage.strategy',
        why: 'the same setting',
        spec: { instance: { localStorage: { strategy } } },
      };
    },
  },
  { option: '--mount-bpf-fs', variable: 'MOUNT_BPF_FS', decide: dropped('the system mounts /sys/fs/bpf by itself') },
  {
    option: '--aws-api-retry-attempts',
    variable: 'API_RETRY_ATTEMPTS',
    decide: dropped('nodeadm describes no cluster: its facts are in the NodeConfig'),
  },
];

const localDisks = new Map<string, 'RAID0' | 'RAID10' | 'Mount'>([
  ['raid0', 'RAID0'],
  ['raid10', 'RAID10'],
  ['mount', 'Mount'],
]);

const notAllowed = (allowed: string): Decision => ({
  what: 'blocks',
  why: `bootstrap.sh takes ${allowed}`,
  whatToDo: 'write one of them, or leave the option out',
});
