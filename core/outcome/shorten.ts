import type { Answer } from './answer.ts';

/**
 * Step Functions cuts a cause at 32,768 characters in the middle of whatever stands there (API reference, Fail state);
 * ours is kept to half of that, so that it always parses.
 */
export const answerLimitBytes = 16 * 1024;

/**
 * The answer as JSON that fits. Findings go first, then long reasons, then the node groups that nothing happened to,
 * then all of them; what was left out is counted. The whole answer is in the ledger.
 */
export const shortenAnswer = (answer: Answer, limitBytes = answerLimitBytes): Answer => {
  if (fits(answer, limitBytes)) return answer;
  const findingCounts = countBy(answer.plan.findings, (finding) => finding.code);
  const withFindings = (most: number): Answer => ({
    ...answer,
    plan: { ...answer.plan, findings: answer.plan.findings.slice(0, most) },
    truncated: true,
    findingCounts,
  });
  const attempts: (() => Answer)[] = [
    ...[40, 20, 10, 5, 0].map((most) => () => withFindings(most)),
    ...[300, 160, 80].map((length) => () => withShortReasons(withFindings(0), length)),
    () => withFewNodeGroups(withShortReasons(withFindings(0), 80)),
    () => ({
      ...withFewNodeGroups(withShortReasons(withFindings(0), 80)),
      clusterName: answer.clusterName === null ? null : cut(answer.clusterName, 100),
      nodeGroups: [],
      plan: { waves: [], findings: [] },
    }),
  ];
  for (const attempt of attempts) {
    const shortened = attempt();
    if (fits(shortened, limitBytes)) return shortened;
  }
  throw new Error(`an answer without findings and node groups is larger than ${limitBytes} bytes`);
};

const withShortReasons = (answer: Answer, length: number): Answer => ({
  ...answer,
  reason: cut(answer.reason, 1000),
  nodeGroups: answer.nodeGroups.map((each) => ({ ...each, reason: cut(each.reason, length) })),
});

const withFewNodeGroups = (answer: Answer): Answer => ({
  ...answer,
  nodeGroups: answer.nodeGroups.filter(({ outcome }) => outcome !== 'Untouched' && outcome !== 'UpToDate').slice(0, 20),
  nodeGroupCounts: countBy(answer.nodeGroups, (each) => each.outcome),
});

/** Not longer than so many characters; what was cut off shows. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;

const countBy = <T>(items: readonly T[], key: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
};

const fits = (answer: Answer, limitBytes: number): boolean =>
  new TextEncoder().encode(JSON.stringify(answer)).length <= limitBytes;
