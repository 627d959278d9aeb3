/** Who may do what with the API of a cluster. */
import type { Identities } from '../services/identities.ts';
import type { Cluster } from '../world/clusters.ts';
import type { Bearer } from './tokens.ts';

/** What is done to what, as Kubernetes authorizes it (Kubernetes, authorization overview, request attributes). */
export interface Attributes {
  verb: string;
  resource: string;
  subresource?: string;
}

/** All, reading alone, or not even that. */
export type Access = Cluster['kubernetesAccess'];

/** Tokens that were found to fit a cluster, so that each is checked once. */
const fitting = new WeakMap<Cluster, Set<string>>();

/** The token is one of somebody's who is known, and made for this cluster. */
export const isAuthentic = async (
  cluster: Cluster,
  identities: Identities,
  bearer: NonNullable<Bearer>,
  authorization: string,
): Promise<boolean> => {
  const secret = identities.secretOf(bearer.accessKeyId);
  const known = fitting.get(cluster) ?? new Set();
  fitting.set(cluster, known);
  if (secret === undefined || known.has(authorization)) return true;
  if (!(await bearer.fits(cluster.name, secret))) return false;
  known.add(authorization);
  return true;
};

/** The account's administrator may all; the product's role what the scenario grants it; nobody else anything. */
export const accessOf = (
  cluster: Cluster,
  { identities, role }: { identities: Identities; role: string },
  accessKeyId: string,
): Access => {
  const caller = identities.roleOf(accessKeyId);
  if (caller === undefined) return 'granted';
  return caller === role ? cluster.kubernetesAccess : 'denied';
};

const readingVerbs: readonly string[] = ['get', 'list', 'watch'];

/** Everybody who is let in may ask what they may do (Kubernetes, RBAC, default role `system:basic-user`). */
export const isAllowed = (access: Access, { verb, resource }: Attributes): boolean => {
  if (access === 'denied') return false;
  return access === 'granted' || readingVerbs.includes(verb) || resource === 'selfsubjectaccessreviews';
};
