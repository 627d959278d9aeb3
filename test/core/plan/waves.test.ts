import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type WaveMember, type WaveRules, wavesOf } from '../../../core/plan/waves.ts';
import { shares } from '../builders.ts';

const standard: WaveRules = { canary: 1, ...shares('25%', '100%') };

/** Node groups a, b, c, … of these sizes. */
const groups = (...sizes: number[]): WaveMember[] =>
  sizes.map((desiredSize, index) => ({ name: String.fromCharCode(97 + index), desiredSize }));

describe('waves', () => {
  test.each([
    { title: 'of no node group are none', sizes: [], waves: [] },
    { title: 'of one node group are one', sizes: [3], waves: ['a'] },
    { title: 'of two are the canary and the other', sizes: [3, 3], waves: ['a', 'b'] },
    { title: 'of four are the canary, which is a quarter, and the rest', sizes: [3, 3, 3, 3], waves: ['a', 'bcd'] },
    { title: 'of five are one, a quarter rounded up, and the rest', sizes: [3, 3, 3, 3, 3], waves: ['a', 'b', 'cde'] },
    { title: 'of nine are one, three together, and the rest', sizes: Array(9).fill(3), waves: ['a', 'bc', 'defghi'] },
    { title: 'begin with the smallest node group', sizes: [9, 2, 5], waves: ['b', 'ca'] },
    { title: 'begin with the first by name of several small ones', sizes: [2, 1, 1], waves: ['b', 'ca'] },
    { title: 'never begin with a node group without nodes, which gives no verdict', sizes: [0, 4], waves: ['b', 'a'] },
    { title: 'end with the node groups without nodes', sizes: [0, 4, 0, 2], waves: ['d', 'bac'] },
    { title: 'of node groups without nodes are waves all the same', sizes: [0, 0], waves: ['a', 'b'] },
  ])('$title', ({ sizes, waves }) => {
    expect(wavesOf(groups(...sizes), standard).map((wave) => wave.join(''))).toEqual(waves);
  });

  test.each([
    { canary: 2, by: ['25%', '100%'], waves: ['ab', 'cdefgh'] },
    { canary: 3, by: ['25%', '100%'], waves: ['abc', 'defgh'] },
    { canary: 20, by: ['25%', '100%'], waves: ['abcdefgh'] },
    { canary: 1, by: ['100%'], waves: ['a', 'bcdefgh'] },
    { canary: 1, by: ['10%', '20%', '60%', '100%'], waves: ['a', 'b', 'cde', 'fgh'] },
  ])('of eight node groups with canary $canary and then $by are $waves', ({ canary, waves, by }) => {
    expect(wavesOf(groups(3, 3, 3, 3, 3, 3, 3, 3), { canary, ...shares(...by) }).map((wave) => wave.join(''))).toEqual(
      waves,
    );
  });
});

describe('of any node groups and any rules', () => {
  const members = fc.uniqueArray(
    fc.record({ name: fc.stringMatching(/^[a-z]{1,4}$/), desiredSize: fc.nat({ max: 6 }) }),
    { selector: (member) => member.name, maxLength: 40 },
  );
  const rules = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 }))
    .map(([canary, percents]) => ({
      canary,
      ...shares(...[...percents.sort((a, b) => a - b), 100].map((percent) => `${percent}%`)),
    }));
  const sizeOf = (of: readonly WaveMember[], name: string): number =>
    of.find((member) => member.name === name)?.desiredSize ?? Number.NaN;

  test('every node group is in exactly one wave, and no wave is empty', () => {
    fc.assert(
      fc.property(members, rules, (of, by) => {
        const waves = wavesOf(of, by);
        expect(waves.flat().sort()).toEqual(of.map((member) => member.name).sort());
        expect(waves.every((wave) => wave.length > 0)).toBe(true);
      }),
    );
  });

  test('the first wave has as many node groups as the canary says, or all there are', () => {
    fc.assert(
      fc.property(members, rules, (of, by) => {
        expect(wavesOf(of, by)[0]?.length ?? 0).toBe(Math.min(by.canary, of.length));
      }),
    );
  });

  test('after each wave no more are done than the canary and the share of that wave allow', () => {
    fc.assert(
      fc.property(members, rules, (of, by) => {
        const ends = [by.canary, ...by.then.map((share) => Math.ceil((of.length * Number.parseInt(share, 10)) / 100))];
        let done = 0;
        for (const wave of wavesOf(of, by)) {
          done += wave.length;
          // Where a wave has ended is one of the ends the rules name.
          expect(ends.map((end) => Math.min(end, of.length))).toContain(done);
        }
      }),
    );
  });

  test('there are no more waves than the canary and the shares', () => {
    fc.assert(
      fc.property(members, rules, (of, by) => {
        expect(wavesOf(of, by).length).toBeLessThanOrEqual(1 + by.then.length);
      }),
    );
  });

  test('no node group goes before a smaller one, but those without nodes go last', () => {
    fc.assert(
      fc.property(members, rules, (of, by) => {
        const sizes = wavesOf(of, by)
          .flat()
          .map((name) => sizeOf(of, name) || Number.POSITIVE_INFINITY);
        expect(sizes).toEqual([...sizes].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
      }),
    );
  });

  test('the same node groups in another order make the same waves', () => {
    const shuffled = members.chain((of) =>
      fc.tuple(fc.constant(of), fc.shuffledSubarray(of, { minLength: of.length })),
    );
    fc.assert(
      fc.property(shuffled, rules, ([of, other], by) => {
        expect(wavesOf(other, by)).toEqual(wavesOf(of, by));
      }),
    );
  });
});
