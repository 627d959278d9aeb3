/** What kubectl asks before it asks for anything: which groups, versions and resources there are (Kubernetes, API concepts). */

interface Resource {
  name: string;
  singularName: string;
  namespaced: boolean;
  /** Where they are not those of the list. */
  group?: string;
  version?: string;
  kind: string;
  shortNames?: string[];
  categories?: string[];
  verbs: string[];
}

/** What is read as other objects are: one by one, or as a list. */
const readable = (name: string, kind: string, shortNames: string[] = [], more: Partial<Resource> = {}): Resource => ({
  name,
  singularName: kind.toLowerCase(),
  namespaced: true,
  kind,
  shortNames,
  verbs: ['get', 'list'],
  ...more,
});

/** What `kubectl get all` asks for. */
const all = { categories: ['all'] };

const core: Resource[] = [
  readable('nodes', 'Node', ['no'], { namespaced: false, verbs: ['get', 'list', 'patch'] }),
  readable('pods', 'Pod', ['po'], { ...all, verbs: ['create', 'delete', 'get', 'list'] }),
  readable('namespaces', 'Namespace', ['ns'], { namespaced: false, verbs: ['create', 'get', 'list'] }),
  readable('events', 'Event', ['ev'], { verbs: ['list'] }),
  // kubectl evicts by the group and version that stand here.
  {
    name: 'pods/eviction',
    singularName: '',
    namespaced: true,
    group: 'policy',
    version: 'v1',
    kind: 'Eviction',
    verbs: ['create'],
  },
];

const policy: Resource[] = [readable('poddisruptionbudgets', 'PodDisruptionBudget', ['pdb'], { verbs: ['list'] })];

const apps: Resource[] = [
  readable('deployments', 'Deployment', ['deploy'], all),
  readable('replicasets', 'ReplicaSet', ['rs'], all),
  readable('daemonsets', 'DaemonSet', ['ds'], all),
  readable('statefulsets', 'StatefulSet', ['sts'], all),
];

const batch: Resource[] = [readable('jobs', 'Job', [], all)];

const authorization: Resource[] = [
  {
    name: 'selfsubjectaccessreviews',
    singularName: 'selfsubjectaccessreview',
    namespaced: false,
    kind: 'SelfSubjectAccessReview',
    verbs: ['create'],
  },
];

const resourceList = (groupVersion: string, resources: readonly Resource[]): unknown => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources,
});

const groups: Readonly<Record<string, Resource[]>> = {
  apps,
  batch,
  policy,
  'authorization.k8s.io': authorization,
};

const groupOf = (name: string): unknown => {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
};

/** The answer to a question of discovery; undefined: it is none. */
export const discover = (path: string, kubernetesVersion: string): unknown => {
  const [major = '', minor = ''] = kubernetesVersion.split('.');
  switch (path) {
    case '/version':
      return { major, minor, gitVersion: `v${kubernetesVersion}.0-eks-rehearsal`, platform: 'linux/amd64' };
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    case '/apis':
      return {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: Object.keys(groups).map(groupOf),
      };
    case '/api/v1':
      return resourceList('v1', core);
    default: {
      const [, group = ''] = /^\/apis\/([^/]+)\/v1$/.exec(path) ?? [];
      const resources = groups[group];
      return resources && resourceList(`${group}/v1`, resources);
    }
  }
};
