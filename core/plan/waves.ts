/**
 * Waves: which node groups of a cluster are updated together. The first, smallest wave is the canary; the others follow
 * by cumulative share of the cluster's node groups, rounded up.
 */
export interface WaveRules {
  /** Node groups in the first wave. */
  canary: number;
  /** Cumulative shares such as `25%`, rising, ending with `100%`. */
  then: readonly string[];
}

export interface WaveMember {
  name: string;
  desiredSize: number;
}

/**
 * Splits the node groups into waves. Small ones go first, because what is wrong shows in one node as well as in many.
 * A node group without nodes gives no verdict, so it is never a canary while there is one with nodes.
 */
export const wavesOf = (members: readonly WaveMember[], rules: WaveRules): string[][] => {
  const ordered = [...members].sort(
    (a, b) =>
      Number(a.desiredSize === 0) - Number(b.desiredSize === 0) ||
      a.desiredSize - b.desiredSize ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const ends = [rules.canary, ...rules.then.map((share) => shareOf(share, ordered.length))];
  const waves: string[][] = [];
  let begun = 0;
  for (const end of ends) {
    const wave = ordered.slice(begun, Math.max(begun, end));
    if (wave.length === 0) continue;
    waves.push(wave.map((member) => member.name));
    begun += wave.length;
  }
  return waves;
};

const shareOf = (share: string, total: number): number => Math.ceil((total * Number.parseInt(share, 10)) / 100);
