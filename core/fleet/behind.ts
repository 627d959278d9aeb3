/** Which clusters a rollout of the fleet should have, from what a scan saw of each. */

export interface LookedAt {
  clusterName: string;
  /** The ring it is in, and the one before that. */
  ring: string | null;
  after: string | null;
  /** `behind`: something of it can be updated now. `waits`: as soon as a release has passed in the ring before. */
  look: 'behind' | 'waits';
}

/**
 * Those that are behind, and those that wait for a ring in which something is under way: what passes there goes on to them
 * in the same rollout. A ring that waits for nothing that moves is not started in vain, scan after scan.
 */
export const clustersToStart = (looked: readonly LookedAt[]): string[] => {
  const moving = new Set(looked.filter(({ look }) => look === 'behind').map(({ ring }) => ring));
  for (let size = -1; size !== moving.size; ) {
    size = moving.size;
    for (const { ring, after } of looked) if (after !== null && moving.has(after)) moving.add(ring);
  }
  return looked
    .filter(({ look, after }) => look === 'behind' || (after !== null && moving.has(after)))
    .map(({ clusterName }) => clusterName);
};
