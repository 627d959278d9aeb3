/** What one look at a cluster found before its plan is made: may it be read, and what stands in the way of new nodes. */
import type { KubernetesAccess } from './facts.ts';
import type { Finding } from './finding.ts';

export interface Inspection {
  /** When, ISO 8601. */
  at: string;
  kubernetes: KubernetesAccess;
  /** May nodes be emptied? Only self-managed node groups need it; null where there is none. */
  drainAccess: KubernetesAccess | null;
  /** What speaks against a gate, a node group, or the cluster. Those of a node group count only where it is to be changed. */
  findings: readonly Finding[];
}

/** Nothing was looked at. */
export const nothingFound: Omit<Inspection, 'at'> = {
  kubernetes: { access: 'granted' },
  drainAccess: null,
  findings: [],
};
