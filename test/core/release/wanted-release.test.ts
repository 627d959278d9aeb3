import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Release,
  type ReleaseRules,
  releasesBehind,
  type WantedRelease,
  type WantedReleaseInput,
  wantedRelease,
} from '../../../core/release/wanted-release.ts';
import { ago, aRelease, aSpentRelease, day, hour, imageOf, now, selector, versionOf } from '../builders.ts';

interface Case {
  published?: Release[];
  recommended?: string | null;
  running?: WantedReleaseInput['running'];
  rules?: Partial<ReleaseRules>;
}

const running = (date: string): WantedReleaseInput['running'] => ({
  imageId: imageOf(date),
  releaseVersion: versionOf(date),
});

/** A node group on 1 June; 10 July, 1 August and 19 August are out; it is 20 August, and three days are asked for. */
const choose = ({ published, recommended = '20260819', rules, ...rest }: Case = {}): WantedRelease =>
  wantedRelease({
    published: published ?? ['20260601', '20260710', '20260801', '20260819'].map((date) => aRelease(date)),
    recommendedImageId: recommended === null ? null : imageOf(recommended),
    running: rest.running ?? running('20260601'),
    rules: { minimumReleaseAgeSeconds: 3 * day, denied: [], pinned: [], spent: [], again: false, ...rules },
    now,
  });

/** It did a day ago. */
const passedIn = (...dates: string[]) => ({
  ring: 'dev',
  bakeSeconds: 0,
  releases: dates.map((date) => ({ imageId: imageOf(date), passedAt: ago(day) })),
});

/** In one line: what is wanted, or why nothing is. */
const told = (wanted: WantedRelease): string =>
  wanted.wanted === 'release'
    ? `${wanted.release.releaseVersion ?? wanted.release.imageId}`
    : wanted.wanted === 'refused'
      ? wanted.code
      : 'nothing newer';

const passedOver = (wanted: WantedRelease): Record<string, string> =>
  Object.fromEntries(wanted.passedOver.map((each) => [each.releaseVersion ?? each.imageId, each.why]));

test('a release that was taken back is passed over although a newer one is recommended now', () => {
  const published = ['20260601', '20260710', '20260801', '20260819'].map((date) => aRelease(date));
  const taken = published.map((release) =>
    release.imageId === imageOf('20260801') ? { ...release, withdrawnFor: versionOf('20260710') } : release,
  );
  const wanted = choose({ published: taken });
  expect(told(wanted)).toBe(versionOf('20260710'));
  expect(passedOver(wanted)[versionOf('20260801')]).toBe(
    `was withdrawn: its publisher recommended ${versionOf('20260710')} again`,
  );
});

describe('the wanted release', () => {
  test.each<{ title: string; given: Case; wants: string }>([
    {
      title: 'is the newest that is old enough, never "the latest, if old enough"',
      given: {},
      wants: '1.33.4-20260801',
    },
    {
      title: 'is the newest of all where no age is asked for',
      given: { rules: { minimumReleaseAgeSeconds: 0 } },
      wants: '1.33.4-20260819',
    },
    {
      title: 'is one that was published exactly as long ago as is asked for',
      given: { published: [aRelease('20260819', { publishedAt: ago(3 * day) })] },
      wants: '1.33.4-20260819',
    },
    {
      title: 'is none that is a second too young',
      given: { published: [aRelease('20260819', { publishedAt: ago(3 * day - 1) })] },
      wants: 'nothing newer',
    },
    {
      title: 'is as old as its publication says, not the day in its name',
      given: { published: [aRelease('20260710', { publishedAt: ago(hour) })] },
      wants: 'nothing newer',
    },
    {
      title: 'is none whose publication is unknown',
      given: { published: [aRelease('20260710', { publishedAt: null })] },
      wants: 'nothing newer',
    },
    {
      title: 'may be one whose publication is unknown where no age is asked for',
      given: { published: [aRelease('20260710', { publishedAt: null })], rules: { minimumReleaseAgeSeconds: 0 } },
      wants: '1.33.4-20260710',
    },
    {
      title: 'is found in any order of publication',
      given: { published: ['20260801', '20260601', '20260710'].map((date) => aRelease(date)) },
      wants: '1.33.4-20260801',
    },
    {
      title: 'is the higher patch of two of one day',
      given: {
        published: [
          aRelease('20260801', { releaseVersion: '1.33.10-20260801', imageId: 'ami-0000000a' }),
          aRelease('20260801', { releaseVersion: '1.33.9-20260801', imageId: 'ami-0000000b' }),
        ],
      },
      wants: '1.33.10-20260801',
    },
    { title: 'is not denied', given: { rules: { denied: [selector('20260801')] } }, wants: '1.33.4-20260710' },
    {
      title: 'is not denied for its variant',
      given: { rules: { denied: [selector('AL2023_x86_64_STANDARD@20260801')] } },
      wants: '1.33.4-20260710',
    },
    {
      title: 'may be denied for another variant',
      given: { rules: { denied: [selector('AL2023_ARM_64_STANDARD@20260801')] } },
      wants: '1.33.4-20260801',
    },
    {
      title: 'has passed in the ring before',
      given: { rules: { passedBefore: passedIn('20260710') } },
      wants: '1.33.4-20260710',
    },
    {
      title: 'is none where nothing has passed in the ring before',
      given: { rules: { passedBefore: passedIn() } },
      wants: 'nothing newer',
    },
    {
      title: 'has baked long enough in the ring before',
      given: { rules: { passedBefore: { ...passedIn('20260710', '20260801'), bakeSeconds: day } } },
      wants: '1.33.4-20260801',
    },
    {
      title: 'is none that still bakes in the ring before',
      given: { rules: { passedBefore: { ...passedIn('20260710'), bakeSeconds: day + 1 } } },
      wants: 'nothing newer',
    },
    {
      title: 'has passed in the ring before, also where it is pinned',
      given: { rules: { pinned: [selector('20260801')], passedBefore: passedIn() } },
      wants: 'nothing newer',
    },
    {
      title: 'need not have passed where a person names it',
      given: { rules: { named: selector('20260801'), passedBefore: passedIn() } },
      wants: '1.33.4-20260801',
    },
    { title: 'is not withdrawn', given: { recommended: '20260710' }, wants: '1.33.4-20260710' },
    {
      title: 'may be any where the recommendation is unknown',
      given: { recommended: null, rules: { minimumReleaseAgeSeconds: 0 } },
      wants: '1.33.4-20260819',
    },
    {
      title: 'may be any where the recommendation is not listed',
      given: { recommended: '20260101', rules: { minimumReleaseAgeSeconds: 0 } },
      wants: '1.33.4-20260819',
    },
    { title: 'is not spent', given: { rules: { spent: [aSpentRelease('20260801')] } }, wants: '1.33.4-20260710' },
    {
      title: 'may be spent when a person takes it once more',
      given: { rules: { spent: [aSpentRelease('20260801')], again: true } },
      wants: '1.33.4-20260801',
    },
    {
      title: 'is never denied, also when a person takes spent ones once more',
      given: { rules: { denied: [selector('20260801')], spent: [aSpentRelease('20260801')], again: true } },
      wants: '1.33.4-20260710',
    },
    {
      title: 'is not another image of the release that runs',
      given: { running: { imageId: 'ami-00000abc', releaseVersion: versionOf('20260801') } },
      wants: 'nothing newer',
    },
    { title: 'is nothing where the newest runs', given: { running: running('20260819') }, wants: 'nothing newer' },
    {
      title: 'never leads backwards',
      given: { running: running('20260801'), rules: { denied: [selector('20260801')] } },
      wants: 'nothing newer',
    },
    { title: 'is nothing where nothing is published', given: { published: [] }, wants: 'nothing newer' },
  ])('$title', ({ given, wants }) => {
    expect(told(choose(given))).toBe(wants);
  });

  test('says that it is the newest', () => {
    expect(choose({ rules: { minimumReleaseAgeSeconds: 0 } })).toMatchObject({
      reason: '1.33.4-20260819 is the newest release',
      passedOver: [],
    });
  });

  test('says why each newer one was passed over, newest first', () => {
    const wanted = choose({
      published: ['20260601', '20260701', '20260710', '20260720', '20260801', '20260819'].map((date) => aRelease(date)),
      recommended: '20260801',
      rules: {
        denied: [selector('20260710')],
        spent: [aSpentRelease('20260720')],
        minimumReleaseAgeSeconds: 20 * day,
      },
    });
    expect(told(wanted)).toBe('1.33.4-20260701');
    expect(Object.entries(passedOver(wanted))).toEqual([
      ['1.33.4-20260819', 'was withdrawn: its publisher recommends 1.33.4-20260801 again'],
      ['1.33.4-20260801', 'is too young: 15 h short of the minimum release age of 20 d'],
      [
        '1.33.4-20260720',
        'is spent since rollout rollout-7 (nodes never joined); take it once more with "again": true and a reason',
      ],
      ['1.33.4-20260710', 'is on the deny list (20260710)'],
    ]);
    expect(wanted.reason).toBe(
      `1.33.4-20260701 is the newest release that may be taken; ${wanted.passedOver
        .map((each) => `${each.releaseVersion} ${each.why}`)
        .join('; ')}`,
    );
  });

  test('a release younger than the minimum age is passed over, and says by how much', () => {
    const wanted = choose({ published: [aRelease('20260819', { publishedAt: ago(hour) })] });
    expect(passedOver(wanted)).toEqual({
      '1.33.4-20260819': 'is too young: 2 d 23 h short of the minimum release age of 3 d',
    });
    expect(wanted.reason).toBe(
      'runs 1.33.4-20260601; 1.33.4-20260819 is too young: 2 d 23 h short of the minimum release age of 3 d',
    );
  });

  test('a release whose publication is unknown says so', () => {
    const wanted = choose({ published: [aRelease('20260710', { publishedAt: null })] });
    expect(passedOver(wanted)).toEqual({
      '1.33.4-20260710': 'has no known publication time, so its age cannot be told',
    });
  });

  test('a node group that runs the newest release is told so', () => {
    expect(choose({ running: running('20260819') })).toMatchObject({
      reason: 'runs 1.33.4-20260819, the newest release',
    });
  });

  test('the gravest objection is told first: denied before withdrawn before spent before too young', () => {
    const [a, b, c] = ['20260819', '20260818', '20260817'].map((date) => aRelease(date, { publishedAt: ago(hour) }));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three releases');
    const spent = [aSpentRelease('20260819'), aSpentRelease('20260818'), aSpentRelease('20260817')];
    const wanted = choose({
      published: [a, b, c],
      recommended: '20260817',
      rules: { denied: [selector('20260819')], spent },
    });
    expect(wanted.passedOver.map((each) => each.why.split(' ').slice(0, 2).join(' '))).toEqual([
      'is on',
      'was withdrawn:',
      'is spent',
    ]);
  });
});

describe('a pinned release', () => {
  test.each<{ title: string; given: Case; wants: string }>([
    {
      title: 'is wanted, although newer ones are published',
      given: { rules: { pinned: [selector('20260710')] } },
      wants: '1.33.4-20260710',
    },
    {
      title: 'is wanted, although it leads backwards',
      given: { running: running('20260819'), rules: { pinned: [selector('20260710')] } },
      wants: '1.33.4-20260710',
    },
    {
      title: 'is not wanted where it runs',
      given: { running: running('20260710'), rules: { pinned: [selector('20260710')] } },
      wants: 'nothing newer',
    },
    {
      title: 'must be old enough, too',
      given: { rules: { pinned: [selector('20260819')] } },
      wants: 'nothing newer',
    },
    {
      title: 'is never taken when it is denied, too',
      given: { rules: { pinned: [selector('20260710')], denied: [selector('20260710')] } },
      wants: 'nothing newer',
    },
    {
      title: 'that is not listed is refused',
      given: { rules: { pinned: [selector('20260102')] } },
      wants: 'release-unknown',
    },
    {
      title: 'is the newest of several pins',
      given: { rules: { pinned: [selector('20260601'), selector('20260710')] } },
      wants: '1.33.4-20260710',
    },
  ])('$title', ({ given, wants }) => {
    expect(told(choose(given))).toBe(wants);
  });

  test('gives its pin as the reason', () => {
    expect(choose({ rules: { pinned: [selector('20260710')] } }).reason).toBe('1.33.4-20260710 is pinned');
    expect(choose({ running: running('20260710'), rules: { pinned: [selector('20260710')] } }).reason).toBe(
      'runs its pinned release 1.33.4-20260710',
    );
    expect(choose({ rules: { pinned: [selector('20260102')] } }).reason).toBe(
      'pinned to 20260102, which its publisher does not list',
    );
  });
});

describe('a release that a person names', () => {
  const named = (text: string, rules: Partial<ReleaseRules> = {}) => ({ rules: { ...rules, named: selector(text) } });

  test.each<{ title: string; given: Case; wants: string }>([
    { title: 'is wanted, although newer ones are published', given: named('20260710'), wants: '1.33.4-20260710' },
    {
      title: 'is wanted by its image',
      given: named(imageOf('20260710')),
      wants: '1.33.4-20260710',
    },
    {
      title: 'is wanted in place of the pinned one',
      given: named('20260710', { pinned: [selector('20260801')] }),
      wants: '1.33.4-20260710',
    },
    {
      title: 'may lead backwards',
      given: { running: running('20260819'), ...named('20260601') },
      wants: '1.33.4-20260601',
    },
    {
      title: 'is not taken again where it runs',
      given: { running: running('20260710'), ...named('20260710') },
      wants: 'nothing newer',
    },
    { title: 'is refused when it is too young', given: named('20260819'), wants: 'release-too-young' },
    {
      title: 'is taken, although it is young, when no age is asked for',
      given: named('20260819', { minimumReleaseAgeSeconds: 0 }),
      wants: '1.33.4-20260819',
    },
    {
      title: 'is refused when it is denied',
      given: named('20260710', { denied: [selector('20260710')] }),
      wants: 'release-denied',
    },
    {
      title: 'is refused when it is denied, also by a person who takes spent ones once more',
      given: named('20260710', { denied: [selector('20260710')], again: true }),
      wants: 'release-denied',
    },
    {
      title: 'is refused when it was withdrawn',
      given: { recommended: '20260601', ...named('20260710') },
      wants: 'release-denied',
    },
    {
      title: 'is refused when it is denied, also where it runs',
      given: { running: running('20260710'), ...named('20260710', { denied: [selector('20260710')] }) },
      wants: 'release-denied',
    },
    {
      title: 'is refused when it is spent',
      given: named('20260710', { spent: [aSpentRelease('20260710')] }),
      wants: 'release-spent',
    },
    {
      title: 'is taken once more when the person says so',
      given: named('20260710', { spent: [aSpentRelease('20260710')], again: true }),
      wants: '1.33.4-20260710',
    },
    { title: 'is refused when it is not published', given: named('20260102'), wants: 'release-unknown' },
    {
      title: 'is refused when it is published for another variant only',
      given: named('AL2023_ARM_64_STANDARD@20260710'),
      wants: 'release-unknown',
    },
  ])('$title', ({ given, wants }) => {
    expect(told(choose(given))).toBe(wants);
  });

  test.each<{ given: Case; says: string }>([
    { given: named('20260710'), says: '1.33.4-20260710 was named for this rollout' },
    { given: { running: running('20260710'), ...named('20260710') }, says: 'runs 1.33.4-20260710 already' },
    {
      given: named('20260102'),
      says: '20260102 is not published for this variant; the newest are 1.33.4-20260819, 1.33.4-20260801, 1.33.4-20260710',
    },
    {
      given: { published: [], ...named('20260102') },
      says: '20260102 is not published for this variant; the newest are none',
    },
    {
      given: named('20260710', { spent: [aSpentRelease('20260710', { rolloutId: 'rollout-3' })] }),
      says: '1.33.4-20260710 is spent since rollout rollout-3 (nodes never joined); take it once more with "again": true and a reason',
    },
    {
      given: named('20260710', { denied: [selector('AL2023_x86_64_STANDARD@20260710')] }),
      says: '1.33.4-20260710 is on the deny list (AL2023_x86_64_STANDARD@20260710)',
    },
  ])('says: $says', ({ given, says }) => {
    expect(choose(given).reason).toBe(says);
  });
});

describe('a release of a variant whose publisher tells no version', () => {
  const untold = (date: string): Release => aRelease(date, { releaseVersion: null, imageId: 'ami-00000001' });

  test('is not taken for newer than the one that runs', () => {
    expect(told(choose({ published: [untold('20260601')], running: running('20260710') }))).toBe('nothing newer');
  });

  test('does not keep a newer one from being wanted', () => {
    const published = [untold('20260601'), aRelease('20260801')];
    expect(told(choose({ published, recommended: null, running: running('20260710') }))).toBe('1.33.4-20260801');
  });
});

describe('golden images, which tell no release version', () => {
  const golden = (imageId: string): Release => ({
    amiType: null,
    releaseVersion: null,
    imageId,
    imageName: null,
    publishedAt: ago(hour),
  });
  const chooseGolden = (runs: string) =>
    choose({
      published: [golden('ami-00000002')],
      recommended: null,
      running: { imageId: runs, releaseVersion: null },
      rules: { minimumReleaseAgeSeconds: 0 },
    });

  test('whatever the parameter holds is wanted, when it is another one', () => {
    expect(told(chooseGolden('ami-00000009'))).toBe('ami-00000002');
    expect(chooseGolden('ami-00000009').reason).toBe('ami-00000002 is the newest release');
  });

  test('and nothing is when it runs', () => {
    expect(chooseGolden('ami-00000002')).toMatchObject({
      wanted: 'nothing-newer',
      reason: 'runs ami-00000002, the newest release',
    });
  });
});

describe('of any published releases and rules', () => {
  const dates = ['20260601', '20260701', '20260710', '20260720', '20260801', '20260815', '20260819'];
  const subset = fc.subarray(dates);
  const situation = fc.record({
    published: fc.shuffledSubarray(dates),
    runs: fc.constantFrom(...dates),
    recommended: fc.option(fc.constantFrom(...dates)),
    denied: subset,
    spent: subset,
    again: fc.boolean(),
    ageDays: fc.constantFrom(0, 1, 3, 14, 60),
  });
  type Drawn = { published: string[]; runs: string; recommended: string | null; denied: string[]; spent: string[] } & {
    again: boolean;
    ageDays: number;
  };
  const chooseFrom = (drawn: Drawn): WantedRelease =>
    choose({
      published: drawn.published.map((date) => aRelease(date)),
      recommended: drawn.recommended,
      running: running(drawn.runs),
      rules: {
        minimumReleaseAgeSeconds: drawn.ageDays * day,
        denied: drawn.denied.map(selector),
        spent: drawn.spent.map((date) => aSpentRelease(date)),
        again: drawn.again,
      },
    });
  const dateOf = (release: { releaseVersion: string | null }): string => release.releaseVersion?.slice(-8) ?? '';

  test('what is wanted is newer, old enough, not denied, not withdrawn, and spent only for who takes it again', () => {
    fc.assert(
      fc.property(situation, (drawn) => {
        const wanted = chooseFrom(drawn);
        if (wanted.wanted !== 'release') return;
        const date = dateOf(wanted.release);
        expect(drawn.published).toContain(date);
        expect(date > drawn.runs).toBe(true);
        expect(drawn.denied).not.toContain(date);
        if (!drawn.again) expect(drawn.spent).not.toContain(date);
        expect(Date.parse(now) - Date.parse(wanted.release.publishedAt ?? '')).toBeGreaterThanOrEqual(
          drawn.ageDays * day * 1000,
        );
        if (drawn.recommended !== null && drawn.published.includes(drawn.recommended)) {
          expect(date <= drawn.recommended).toBe(true);
        }
      }),
    );
  });

  test('exactly the newer ones than the wanted one are passed over, each with a reason', () => {
    fc.assert(
      fc.property(situation, (drawn) => {
        const wanted = chooseFrom(drawn);
        const floor = wanted.wanted === 'release' ? dateOf(wanted.release) : drawn.runs;
        const newer = drawn.published
          .filter((date) => date > floor && date > drawn.runs)
          .sort()
          .reverse();
        expect(wanted.passedOver.map(dateOf)).toEqual(newer);
        for (const { why } of wanted.passedOver) {
          expect(why).toMatch(/^(is on the deny list|was withdrawn|is spent since|is too young)/);
        }
      }),
    );
  });

  test('the order of publication changes nothing', () => {
    fc.assert(
      fc.property(situation, (drawn) => {
        expect(chooseFrom({ ...drawn, published: [...drawn.published].sort() })).toEqual(chooseFrom(drawn));
      }),
    );
  });

  test('a longer age never makes a newer release wanted', () => {
    fc.assert(
      fc.property(situation, (drawn) => {
        const [shorter, longer] = [chooseFrom({ ...drawn, ageDays: 3 }), chooseFrom({ ...drawn, ageDays: 14 })];
        if (longer.wanted !== 'release') return;
        expect(shorter.wanted === 'release' && dateOf(shorter.release) >= dateOf(longer.release)).toBe(true);
      }),
    );
  });
});

test('how many releases behind counts what came out since, and nothing that was withdrawn', () => {
  const published = ['20260701', '20260710', '20260801', '20260819'].map((date) => aRelease(date));
  const behind = (date: string, recommended: string): number =>
    releasesBehind({ published, recommendedImageId: imageOf(recommended), running: running(date) });
  expect(behind('20260819', '20260819')).toBe(0);
  expect(behind('20260701', '20260819')).toBe(3);
  expect(behind('20260710', '20260801')).toBe(1);
});
