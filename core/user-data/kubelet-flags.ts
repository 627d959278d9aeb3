/**
 * Every flag of the kubelet that user data of AL2 may hold, and its place on AL2023: the field of KubeletConfiguration
 * v1beta1 that it stands for (kubernetes/kubernetes, cmd/kubelet/app/options/options.go and
 * staging/src/k8s.io/kubelet/config/v1beta1/types.go), or the flag itself where there is no field.
 */

export type FieldType =
  | 'integer'
  | 'boolean'
  | 'text'
  | 'duration'
  /** `a,b` */
  | 'list'
  /** `a=1,b=2` */
  | 'map'
  /** `a=1`, one pair each time the flag is given */
  | 'pair'
  /** `memory.available<100Mi,nodefs.available<10%` */
  | 'thresholds'
  /** `A=true,B=false` */
  | 'gates'
  /** `key=value:Effect` */
  | 'taints';

export type KubeletFlag =
  /** `field` is a path in KubeletConfiguration. */
  | { fate: 'field'; field: string; type: FieldType }
  | { fate: 'flag'; isSwitch?: true }
  | { fate: 'dropped'; why: string; whatToDo?: string; isSwitch?: true }
  | { fate: 'blocks'; why: string; whatToDo: string; isSwitch?: true };

const fields = (type: FieldType, names: Readonly<Record<string, string>>): [string, KubeletFlag][] =>
  Object.entries(names).map(([flag, field]) => [flag, { fate: 'field', field, type }]);

const flags = (...names: readonly string[]): [string, KubeletFlag][] => names.map((name) => [name, { fate: 'flag' }]);

const nodeadmSets = (what: string): KubeletFlag => ({ fate: 'dropped', why: `nodeadm sets ${what}` });

const noDocker: KubeletFlag = {
  fate: 'blocks',
  why: 'it is a flag for Docker, and there is no Docker on AL2023',
  whatToDo: 'take the flag out',
};

export const kubeletFlags: ReadonlyMap<string, KubeletFlag> = new Map<string, KubeletFlag>([
  ...fields('taints', { 'register-with-taints': 'registerWithTaints' }),
  ...fields('thresholds', { 'eviction-hard': 'evictionHard', 'eviction-soft': 'evictionSoft' }),
  ...fields('gates', { 'feature-gates': 'featureGates' }),
  ...fields('map', {
    'kube-reserved': 'kubeReserved',
    'system-reserved': 'systemReserved',
    'eviction-soft-grace-period': 'evictionSoftGracePeriod',
    'eviction-minimum-reclaim': 'evictionMinimumReclaim',
    'qos-reserved': 'qosReserved',
  }),
  ...fields('pair', {
    'cpu-manager-policy-options': 'cpuManagerPolicyOptions',
    'topology-manager-policy-options': 'topologyManagerPolicyOptions',
  }),
  ...fields('list', {
    'cluster-dns': 'clusterDNS',
    'allowed-unsafe-sysctls': 'allowedUnsafeSysctls',
    'enforce-node-allocatable': 'enforceNodeAllocatable',
    'tls-cipher-suites': 'tlsCipherSuites',
  }),
  ...fields('integer', {
    'max-pods': 'maxPods',
    'pods-per-core': 'podsPerCore',
    'pod-max-pids': 'podPidsLimit',
    'image-gc-high-threshold': 'imageGCHighThresholdPercent',
    'image-gc-low-threshold': 'imageGCLowThresholdPercent',
    'container-log-max-files': 'containerLogMaxFiles',
    'registry-qps': 'registryPullQPS',
    'registry-burst': 'registryBurst',
    'event-qps': 'eventRecordQPS',
    'event-burst': 'eventBurst',
    'kube-api-qps': 'kubeAPIQPS',
    'kube-api-burst': 'kubeAPIBurst',
    'eviction-max-pod-grace-period': 'evictionMaxPodGracePeriod',
    'node-status-max-images': 'nodeStatusMaxImages',
    'oom-score-adj': 'oomScoreAdj',
    'max-open-files': 'maxOpenFiles',
    port: 'port',
    'read-only-port': 'readOnlyPort',
    'healthz-port': 'healthzPort',
  }),
  ...fields('boolean', {
    'register-node': 'registerNode',
    'seccomp-default': 'seccompDefault',
    'serialize-image-pulls': 'serializeImagePulls',
    'fail-swap-on': 'failSwapOn',
    'protect-kernel-defaults': 'protectKernelDefaults',
    'cpu-cfs-quota': 'cpuCFSQuota',
    'cgroups-per-qos': 'cgroupsPerQOS',
    'rotate-certificates': 'rotateCertificates',
    'rotate-server-certificates': 'serverTLSBootstrap',
    'enable-server': 'enableServer',
    'enable-debugging-handlers': 'enableDebuggingHandlers',
    'contention-profiling': 'enableContentionProfiling',
    'enable-controller-attach-detach': 'enableControllerAttachDetach',
    'make-iptables-util-chains': 'makeIPTablesUtilChains',
    'kernel-memcg-notification': 'kernelMemcgNotification',
    'local-storage-capacity-isolation': 'localStorageCapacityIsolation',
    'anonymous-auth': 'authentication.anonymous.enabled',
    'authentication-token-webhook': 'authentication.webhook.enabled',
  }),
  ...fields('duration', {
    'eviction-pressure-transition-period': 'evictionPressureTransitionPeriod',
    'minimum-image-ttl-duration': 'imageMinimumGCAge',
    'node-status-update-frequency': 'nodeStatusUpdateFrequency',
    'runtime-request-timeout': 'runtimeRequestTimeout',
    'streaming-connection-idle-timeout': 'streamingConnectionIdleTimeout',
    'sync-frequency': 'syncFrequency',
    'file-check-frequency': 'fileCheckFrequency',
    'http-check-frequency': 'httpCheckFrequency',
    'volume-stats-agg-period': 'volumeStatsAggPeriod',
    'cpu-manager-reconcile-period': 'cpuManagerReconcilePeriod',
    'cpu-cfs-quota-period': 'cpuCFSQuotaPeriod',
    'authentication-token-webhook-cache-ttl': 'authentication.webhook.cacheTTL',
    'authorization-webhook-cache-authorized-ttl': 'authorization.webhook.cacheAuthorizedTTL',
    'authorization-webhook-cache-unauthorized-ttl': 'authorization.webhook.cacheUnauthorizedTTL',
  }),
  ...fields('text', {
    'reserved-cpus': 'reservedSystemCPUs',
    'cpu-manager-policy': 'cpuManagerPolicy',
    'memory-manager-policy': 'memoryManagerPolicy',
    'topology-manager-policy': 'topologyManagerPolicy',
    'topology-manager-scope': 'topologyManagerScope',
    'container-log-max-size': 'containerLogMaxSize',
    'cluster-domain': 'clusterDomain',
    'resolv-conf': 'resolvConf',
    'hairpin-mode': 'hairpinMode',
    'kube-reserved-cgroup': 'kubeReservedCgroup',
    'system-reserved-cgroup': 'systemReservedCgroup',
    'kubelet-cgroups': 'kubeletCgroups',
    'system-cgroups': 'systemCgroups',
    'cgroup-root': 'cgroupRoot',
    'pod-cidr': 'podCIDR',
    'pod-manifest-path': 'staticPodPath',
    'manifest-url': 'staticPodURL',
    'volume-plugin-dir': 'volumePluginDir',
    'kube-api-content-type': 'contentType',
    'tls-min-version': 'tlsMinVersion',
    'tls-cert-file': 'tlsCertFile',
    'tls-private-key-file': 'tlsPrivateKeyFile',
    'client-ca-file': 'authentication.x509.clientCAFile',
    'authorization-mode': 'authorization.mode',
    'logging-format': 'logging.format',
    address: 'address',
    'healthz-bind-address': 'healthzBindAddress',
  }),
  ...flags('node-labels', 'v', 'vmodule', 'log-flush-frequency', 'reserved-memory', 'manifest-url-header', 'root-dir'),
  ...flags('cert-dir', 'runtime-cgroups', 'lock-file'),
  ['register-schedulable', { fate: 'flag', isSwitch: true }],
  ['node-ip', nodeadmSets('the address of the node, by the family of spec.cluster.cidr')],
  ['provider-id', nodeadmSets('it')],
  ['cloud-provider', nodeadmSets('it to external')],
  ['kubeconfig', nodeadmSets('it')],
  ['bootstrap-kubeconfig', nodeadmSets('it')],
  [
    'hostname-override',
    {
      fate: 'dropped',
      why: 'nodeadm names the node by its private DNS name, as AL2 did from Kubernetes 1.26 on',
      whatToDo: 'if nodes should be named by their instance ids, use spec.featureGates.InstanceIdNodeName',
    },
  ],
  [
    'config',
    {
      fate: 'dropped',
      why: 'nodeadm writes the configuration file of the kubelet and names it',
      whatToDo: 'if the file held settings of yours, put them under spec.kubelet.config',
    },
  ],
  [
    'pod-infra-container-image',
    { fate: 'dropped', why: 'the pause image is part of the AMI, and containerd keeps it' },
  ],
  ['container-runtime', { fate: 'dropped', why: 'containerd is the only runtime; Kubernetes 1.27 took the flag away' }],
  ['container-runtime-endpoint', nodeadmSets('it to the socket of containerd')],
  ['image-service-endpoint', nodeadmSets('it to the socket of containerd')],
  ['image-credential-provider-config', nodeadmSets('it')],
  ['image-credential-provider-bin-dir', nodeadmSets('it')],
  ['cgroup-driver', { fate: 'dropped', why: 'nodeadm sets it to systemd, the one that containerd of AL2023 uses' }],
  ['network-plugin', { fate: 'dropped', why: 'Kubernetes 1.24 took the flag away; CNI is the only way' }],
  ['cni-bin-dir', { fate: 'dropped', why: 'Kubernetes 1.24 took the flag away; containerd names the folder' }],
  ['cni-conf-dir', { fate: 'dropped', why: 'Kubernetes 1.24 took the flag away; containerd names the folder' }],
  ['allow-privileged', { fate: 'dropped', why: 'Kubernetes 1.15 took the flag away', isSwitch: true }],
  ['docker', noDocker],
  ['docker-endpoint', noDocker],
  ['docker-root', noDocker],
  ['image-pull-progress-deadline', noDocker],
]);
