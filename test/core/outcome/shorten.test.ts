import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Answer, ClusterOutcome, NodeGroupAnswer, NodeGroupOutcome } from '../../../core/outcome/answer.ts';
import { concludeEarly } from '../../../core/outcome/conclude.ts';
import { answerLimitBytes, shortenAnswer } from '../../../core/outcome/shorten.ts';
import type { Finding } from '../../../core/plan/finding.ts';
import { imageOf, newest, versionOf } from '../builders.ts';

const bytesOf = (answer: Answer): number => Buffer.byteLength(JSON.stringify(answer), 'utf8');

const aGroup = (name: string, reason: string, outcome: NodeGroupOutcome = 'Updated'): NodeGroupAnswer => ({
  name,
  kind: 'managed-custom-ami',
  outcome,
  reason,
  from: { imageId: imageOf('20260710'), releaseVersion: versionOf('20260710'), launchTemplateVersion: '3' },
  to: { imageId: imageOf(newest), releaseVersion: versionOf(newest), launchTemplateVersion: '4' },
});

const aFinding = (message: string, code: Finding['code'] = 'template-ahead'): Finding => ({
  code,
  level: 'warn',
  nodeGroup: 'web',
  message,
});

const anAnswer = (given: Partial<Answer> = {}): Answer => ({
  outcome: 'Held',
  reason: 'web: nodes-ready: 2 of 3 new nodes are not Ready',
  rolloutId: 'rollout-9',
  clusterName: 'prod',
  nodeGroups: [aGroup('web', 'why')],
  plan: { waves: [['web']], findings: [aFinding('as it is')] },
  ...given,
});

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

test('an answer has half of what Step Functions cuts a cause at', () => {
  expect(answerLimitBytes).toBe(32_768 / 2);
});

describe('an answer that fits', () => {
  test('is left as it is', () => {
    const answer = anAnswer();
    expect(shortenAnswer(answer)).toBe(answer);
  });

  test('to the last byte is left as it is, and with one byte more is not', () => {
    const empty = anAnswer({ reason: '' });
    const full = { ...empty, reason: 'x'.repeat(answerLimitBytes - bytesOf(empty)) };
    expect(shortenAnswer(full)).toBe(full);
    expect(shortenAnswer({ ...full, reason: `${full.reason}x` })).toMatchObject({ truncated: true });
  });

  test('is counted in bytes, not in letters', () => {
    const answer = anAnswer({ reason: '節'.repeat(8_000) });
    expect(JSON.stringify(answer).length).toBeLessThan(answerLimitBytes);
    expect(shortenAnswer(answer)).toMatchObject({ truncated: true });
  });
});

describe('an answer that does not fit', () => {
  test('loses findings first, as few as need be, and says how many there were of each code', () => {
    const findings = [
      ...many(100, () => aFinding('m'.repeat(200))),
      ...many(7, () => aFinding('t'.repeat(200), 'tag-missing')),
    ];
    const answer = anAnswer({ plan: { waves: [['web']], findings } });
    expect(shortenAnswer(answer)).toEqual({
      ...answer,
      plan: { waves: [['web']], findings: findings.slice(0, 40) },
      truncated: true,
      findingCounts: { 'template-ahead': 100, 'tag-missing': 7 },
    });
  });

  test.each([
    { length: 300, kept: 40 },
    { length: 600, kept: 20 },
    { length: 1_000, kept: 10 },
    { length: 2_000, kept: 5 },
    { length: 3_500, kept: 0 },
  ])('keeps as many findings as fit: of $length letters $kept', ({ length, kept }) => {
    const findings = many(100, () => aFinding('m'.repeat(length)));
    expect(shortenAnswer(anAnswer({ plan: { waves: [], findings } })).plan.findings).toEqual(findings.slice(0, kept));
  });

  test.each([
    { count: 20, length: 300 },
    { count: 28, length: 160 },
    { count: 34, length: 80 },
  ])('then has shorter reasons, and keeps every node group: of $count with $length letters', ({ count, length }) => {
    const nodeGroups = many(count, (index) => aGroup(`group-${index}`, 'r'.repeat(1_000)));
    const shortened = shortenAnswer(anAnswer({ nodeGroups, reason: 'w'.repeat(3_000) }));
    const reason = `${'r'.repeat(length - 1)}…`;
    expect(shortened.nodeGroups).toEqual(nodeGroups.map((group) => ({ ...group, reason })));
    expect(shortened.reason).toBe(`${'w'.repeat(999)}…`);
    expect(shortened.plan).toEqual({ waves: [['web']], findings: [] });
    expect(shortened.nodeGroupCounts).toBeUndefined();
  });

  test('leaves a reason whole that is just short enough', () => {
    const lengths = [299, 300, 301];
    const nodeGroups = many(20, (index) => aGroup(`group-${index}`, 'r'.repeat(lengths[index] ?? 1_000)));
    const { nodeGroups: shortened } = shortenAnswer(anAnswer({ nodeGroups }));
    expect(shortened.slice(0, 3).map((group) => group.reason.endsWith('…'))).toEqual([false, false, true]);
  });

  test('then has only node groups that something happened to, twenty at most, and counts them all', () => {
    const outcomes: NodeGroupOutcome[] = ['UpToDate', 'Updated', 'Untouched', 'RolledBack'];
    const nodeGroups = many(400, (index) => aGroup(`group-${index}`, 'r'.repeat(100), outcomes[index % 4]));
    const shortened = shortenAnswer(anAnswer({ nodeGroups }));
    expect(shortened.nodeGroups).toHaveLength(20);
    expect(shortened.plan.findings).toEqual([]);
    expect(new Set(shortened.nodeGroups.map((group) => group.outcome))).toEqual(new Set(['Updated', 'RolledBack']));
    expect(shortened.nodeGroupCounts).toEqual({ UpToDate: 100, Updated: 100, Untouched: 100, RolledBack: 100 });
  });

  test('at last has neither node groups nor waves, and still counts them', () => {
    const nodeGroups = many(400, (index) => aGroup(`group-${index}`, 'why'));
    const waves = many(400, (index) => [`group-${index}-${'x'.repeat(50)}`]);
    const shortened = shortenAnswer(anAnswer({ nodeGroups, plan: { waves, findings: [aFinding('as it is')] } }));
    expect(shortened).toEqual({
      outcome: 'Held',
      reason: 'web: nodes-ready: 2 of 3 new nodes are not Ready',
      rolloutId: 'rollout-9',
      clusterName: 'prod',
      nodeGroups: [],
      plan: { waves: [], findings: [] },
      truncated: true,
      findingCounts: { 'template-ahead': 1 },
      nodeGroupCounts: { Updated: 400 },
    });
  });

  test('about a cluster name that no cluster has is shortened all the same', () => {
    const answer = concludeEarly({
      outcome: 'Refused',
      reason: 'clusterName: is not a cluster name',
      rolloutId: 'rollout-9',
      clusterName: 'x'.repeat(answerLimitBytes),
    });
    expect(bytesOf(shortenAnswer(answer))).toBeLessThanOrEqual(answerLimitBytes);
  });

  test('is never cut in the middle of a letter', () => {
    const engines = `a${'🚒'.repeat(2_000)}`;
    const shortened = shortenAnswer(
      anAnswer({
        reason: `${engines}!`,
        nodeGroups: many(30, (index) => aGroup(`group-${index}`, engines.slice(index % 2))),
      }),
    );
    expect(shortened.truncated).toBe(true);
    expect(shortened.reason.isWellFormed()).toBe(true);
    expect(shortened.nodeGroups.filter((group) => !group.reason.isWellFormed())).toEqual([]);
  });

  test('is not changed itself', () => {
    const answer = anAnswer({ nodeGroups: many(400, (index) => aGroup(`group-${index}`, 'r'.repeat(500))) });
    const before = structuredClone(answer);
    shortenAnswer(answer);
    expect(answer).toEqual(before);
  });
});

describe('of any answer of up to 60 node groups and 400 findings with long texts', () => {
  const pieces = fc.constantFrom('a', 'node ', 'ß', '節', '🚒', '👩‍🚒', '"', '\\', '\n', '\u0001', '…');
  const text = fc
    .tuple(fc.array(pieces, { minLength: 1, maxLength: 4 }), fc.nat({ max: 400 }))
    .map(([some, count]) => some.join('').repeat(count));
  const outcome = fc.constantFrom<ClusterOutcome>('Succeeded', 'Held', 'RolledBack', 'Failed', 'Refused');
  const groupOutcome = fc.constantFrom<NodeGroupOutcome>('Updated', 'Untouched', 'Held', 'UpToDate', 'Failed');
  const answers: fc.Arbitrary<Answer> = fc
    .record({
      outcome,
      reason: text,
      texts: fc.array(text, { minLength: 1, maxLength: 6 }),
      groups: fc.array(groupOutcome, { maxLength: 60 }),
      findings: fc.array(fc.constantFrom<Finding['code']>('tag-missing', 'no-canary', 'image-unusable'), {
        maxLength: 400,
      }),
    })
    .map(({ outcome, reason, texts, groups, findings }) => {
      const textAt = (index: number): string => texts[index % texts.length] ?? '';
      const nodeGroups = groups.map((each, index) => aGroup(`group-${index}`, textAt(index), each));
      return anAnswer({
        outcome,
        reason,
        nodeGroups,
        plan: {
          waves: [nodeGroups.map((group) => group.name)],
          findings: findings.map((code, index) => aFinding(textAt(index), code)),
        },
      });
    });
  const forAny = (holds: (answer: Answer, shortened: Answer) => void) =>
    fc.assert(
      fc.property(answers, (answer) => {
        holds(answer, shortenAnswer(answer));
      }),
      { numRuns: 150 },
    );

  test('what is told fits into 16 KiB, and parses', () => {
    forAny((_, shortened) => {
      expect(bytesOf(shortened)).toBeLessThanOrEqual(16 * 1024);
      expect(JSON.parse(JSON.stringify(shortened))).toEqual(shortened);
    });
  });

  test('outcome, rollout and cluster stay, and so does the reason, or its first thousand letters', () => {
    forAny((answer, shortened) => {
      const { outcome, rolloutId, clusterName } = answer;
      expect(shortened).toMatchObject({ outcome, rolloutId, clusterName });
      if (shortened.reason === answer.reason) return;
      expect(answer.reason.length).toBeGreaterThan(1_000);
      expect(shortened.reason.endsWith('…')).toBe(true);
      expect(answer.reason.startsWith(shortened.reason.slice(0, -1))).toBe(true);
      expect(shortened.reason.length).toBeGreaterThanOrEqual(990);
    });
  });

  test('it is the same answer when that fits, and says truncated when it does not', () => {
    forAny((answer, shortened) => {
      if (bytesOf(answer) <= answerLimitBytes) expect(shortened).toBe(answer);
      else expect(shortened.truncated).toBe(true);
    });
  });

  test('what was left out is counted', () => {
    const sum = (counts: Record<string, number> = {}): number => Object.values(counts).reduce((a, b) => a + b, 0);
    forAny((answer, shortened) => {
      if (shortened.truncated !== true) return;
      expect(sum(shortened.findingCounts)).toBe(answer.plan.findings.length);
      if (shortened.nodeGroups.length < answer.nodeGroups.length) {
        expect(sum(shortened.nodeGroupCounts)).toBe(answer.nodeGroups.length);
      }
    });
  });

  test('node groups are left out only when no finding is left', () => {
    forAny((answer, shortened) => {
      if (shortened.nodeGroups.length < answer.nodeGroups.length) expect(shortened.plan.findings).toEqual([]);
    });
  });
});
