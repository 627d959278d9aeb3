/** What kubectl asks before it asks for anything: which groups, versions and resources there are (Kubernetes, API concepts). */

interface Resource {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  shortNames: string[];
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
  { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', shortNames: ['po'], verbs: ['list'] },
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

const resourceList = (groupVersion: string, resources: readonly Resource[]): unknown => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources,
});

const policyVersion = { groupVersion: 'policy/v1', version: 'v1' };

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
        groups: [{ name: 'policy', versions: [policyVersion], preferredVersion: policyVersion }],
      };
    case '/api/v1':
      return resourceList('v1', core);
    case '/apis/policy/v1':
      return resourceList('policy/v1', policy);
    default:
      return undefined;
  }
};
