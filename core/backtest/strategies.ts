/** What a backtest compares: four ways to choose, and the policies of a file. */
import { orderRings } from '../fleet/fleet.ts';
import type { Policy } from '../policy/policy.ts';
import { settingsFor } from '../policy/settings.ts';
import type { ReplayedRing } from './replay.ts';

/** Rings that are played together. */
export interface Strategy {
  name: string;
  rings: ReplayedRing[];
}

const plain: ReplayedRing = {
  name: '',
  minimumReleaseAgeSeconds: 0,
  denied: [],
  pinned: [],
  considers: 'every-release',
  heedsVerdictsAndRecalls: false,
  after: null,
};

/** `age` in words: `14 d`. */
export const builtInStrategies = (ageSeconds: number, age: string): Strategy[] => {
  const aged = { ...plain, minimumReleaseAgeSeconds: ageSeconds };
  const heeding = { heedsVerdictsAndRecalls: true } as const;
  return [
    { name: 'latest at once', rings: [plain] },
    { name: `latest, if ${age} old`, rings: [{ ...aged, considers: 'newest-alone' }] },
    { name: `newest that is ${age} old`, rings: [aged] },
    {
      name: `newest that is ${age} old, with rings, verdicts and recalls`,
      rings: [
        { ...plain, ...heeding, name: 'dev' },
        { ...aged, ...heeding, name: 'prod', after: 'dev' },
      ],
    },
  ];
};

/** The rings of a policy document in their order; without rings, its top level. */
export const strategyOf = (name: string, policy: Policy): Strategy => {
  const rings = policy.rings.length === 0 ? [null] : orderRings(policy.rings);
  return {
    name,
    rings: rings.map((ring) => {
      const { minimumReleaseAgeSeconds, denied, pinned } = settingsFor(policy, ring);
      return {
        ...plain,
        name: ring?.name ?? '',
        minimumReleaseAgeSeconds,
        denied,
        pinned,
        heedsVerdictsAndRecalls: true,
        after: ring?.after ?? null,
      };
    }),
  };
};
