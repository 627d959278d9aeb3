import { describe, expect, test } from 'vitest';
import { clustersToStart, type LookedAt } from '../../../core/fleet/behind.ts';

const before: Record<string, string> = { staging: 'dev', prod: 'staging' };

/** `dev behind`: a cluster named after its ring. */
const looked = (...words: string[]): LookedAt[] =>
  words.map((word) => {
    const [ring = '', look] = word.split(' ');
    return { clusterName: ring, ring, after: before[ring] ?? null, look: look === 'waits' ? 'waits' : 'behind' };
  });

describe('a rollout of the fleet has', () => {
  test.each([
    { title: 'what is behind', found: looked('dev behind', 'prod behind'), has: ['dev', 'prod'] },
    {
      title: 'what waits for a ring that moves',
      found: looked('staging waits', 'dev behind'),
      has: ['staging', 'dev'],
    },
    {
      title: 'what waits for a ring that waits for one that moves',
      found: looked('prod waits', 'staging waits', 'dev behind'),
      has: ['prod', 'staging', 'dev'],
    },
    {
      title: 'what waits for a ring in which nobody waits, and that waits itself for one that moves: nobody',
      found: looked('prod waits', 'dev behind'),
      has: ['dev'],
    },
    { title: 'nothing that waits for a ring at rest', found: looked('staging waits', 'prod waits'), has: [] },
    { title: 'nothing when nothing was found', found: [], has: [] },
  ])('$title', ({ found, has }) => {
    expect(clustersToStart(found)).toEqual(has);
  });
});
