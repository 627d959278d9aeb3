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
  verbs: string[];
}

const core: Resource[] = [
  {
    name: 'nodes',
    singularName: 'node',
    namespaced: false,
    kind: 'Node',
    shortNames: ['no'],
    verbs: ['get', 'list', 'patch'],
  },
  { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', shortNames: ['po'], verbs: ['get', 'list'] },
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

const policy: Resource[] = [
  {
    name: 'poddisruptionbudgets',
    singularName: 'poddisruptionbudget',
    namespaced: true,
    kind: 'PodDisruptionBudget',
    shortNames: ['pdb'],
    verbs: ['list'],
  },
];

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

const groups: Readonly<Record<string, Resource[]>> = { policy, 'authorization.k8s.io': authorization };

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
