/** Compares what a scenario expects with what came. Every difference is one line. */
import type { AnsweredControl } from './control.ts';
import type { EmbeddedAws } from './embedded-aws.ts';
import { type AnswerRead, answerOf, clusterAnswers, machineOf } from './report.ts';
import type { Expectation, ExpectedExecution } from './scenario-format/schema.ts';
import type { NodeGroup } from './world/node-groups.ts';
import type { World } from './world/world.ts';

export const differencesFrom = (aws: EmbeddedAws, expectation: Expectation | undefined): string[] => {
  const controls = aws.controls.flatMap(controlDifferences);
  if (expectation === undefined) return controls;
  const {
    executions,
    neverCalled,
    called,
    fleets,
    told,
    updatesWithin,
    runs: _,
    approved: __,
    ...single
  } = expectation;
  const answers = clusterAnswers(aws);
  const differences: string[] = [...controls];
  if (executions !== undefined) {
    if (executions.length !== answers.length) {
      differences.push(
        `expected ${executions.length} rollouts of a cluster with an answer, there were ${answers.length}: ${answers.map((answer) => answer.outcome).join(', ') || 'none'}`,
      );
    }
    executions.forEach((expected, index) => {
      differences.push(...differencesOf(`executions[${index}]`, expected, answers[index]));
    });
  }
  if (Object.keys(single).length > 0) {
    if (answers.length !== 1)
      differences.push(`expected one rollout of a cluster with an answer, there were ${answers.length}`);
    differences.push(...differencesOf('the rollout', single, answers[0]));
  }
  for (const call of neverCalled ?? []) {
    const times = aws.productCalls.counts.get(call) ?? 0;
    if (times > 0) differences.push(`${call} was never to be called, and was ${times} times`);
  }
  for (const [call, times] of Object.entries(called ?? {})) {
    const counted = aws.productCalls.counts.get(call) ?? 0;
    if (counted !== times) differences.push(`${call} was to be called ${times} times, and was ${counted} times`);
  }
  for (const [pattern, spans] of Object.entries(updatesWithin ?? {})) {
    differences.push(...updatesOutside(aws, pattern, spans));
  }
  if (told !== undefined) {
    const subjects = aws.stack.topics.flatMap((arn) =>
      (aws.world.topics.get(arn)?.messages ?? []).map(({ subject }) => subject ?? ''),
    );
    if (JSON.stringify(subjects) !== JSON.stringify(told)) {
      differences.push(`people were to be told "${told.join('", "')}", and were told "${subjects.join('", "')}"`);
    }
  }
  if (fleets !== undefined) {
    const outcomes = aws.executions.all
      .filter((execution) => machineOf(execution) === 'roll-out-fleet')
      .map((execution) => (answerOf(execution) as { outcome?: string } | undefined)?.outcome ?? execution.status);
    if (JSON.stringify(outcomes) !== JSON.stringify(fleets)) {
      differences.push(`expected fleets ${fleets.join(', ') || 'none'}, there were ${outcomes.join(', ') || 'none'}`);
    }
  }
  return differences;
};

/** The rights of the template are to be enough, whatever a scenario expects. */
export const deniedCalls = ({ authority }: Pick<EmbeddedAws, 'authority'>): string[] => [
  ...new Set(
    authority.denials.map(
      ({ owner, action, resource, behind }) =>
        `the template does not let ${owner} do ${action} on ${resource}${behind === undefined ? '' : ` (behind ${behind})`}`,
    ),
  ),
];

/** What a person asked and was answered otherwise than is expected. */
const controlDifferences = ({ asked, rolloutId, answer }: AnsweredControl): string[] => {
  const { accepted, says } = (answer ?? {}) as { accepted?: boolean; says?: string };
  const name = `${asked.action} of ${rolloutId}`;
  const wanted = asked.expect ?? { accepted: true };
  return [
    ...(wanted.accepted === undefined || wanted.accepted === accepted
      ? []
      : [`${name} was to be ${wanted.accepted ? 'done' : 'refused'}, and the answer was: ${JSON.stringify(answer)}`]),
    ...(wanted.says === undefined || says?.includes(wanted.says) === true
      ? []
      : [`${name}: the answer does not hold "${wanted.says}": ${says ?? 'nothing'}`]),
  ];
};

/** Updates and refreshes that were begun at another time than is expected. */
const updatesOutside = ({ world }: EmbeddedAws, pattern: string, spans: readonly string[]): string[] => {
  const times = spans.map((span) => span.split('/').map((text) => Date.parse(text)));
  return nodeGroupsNamed(world, pattern).flatMap(({ name, nodeGroup }) => {
    const updates = nodeGroup.kind === 'managed' ? nodeGroup.updates.map(({ createdAt }) => createdAt) : [];
    const refreshes = nodeGroup.group.refreshes.filter(({ isPlayed }) => isPlayed).map(({ startedAt }) => startedAt);
    return [...updates, ...refreshes]
      .filter((at) => !times.some(([from = 0, to = 0]) => from <= at && at < to))
      .map((at) => `an update of ${name} was begun at ${new Date(at).toISOString()}, outside of ${spans.join(', ')}`);
  });
};

/** Looks at the instants of `runs` and `approved`, and tells at the end what was not as expected. */
export const watch = (
  { world, stack }: EmbeddedAws,
  { runs = [], approved = [] }: Expectation = {},
): (() => string[]) => {
  const prefix = stack.parameters.find(({ name }) => name.endsWith('/andon'))?.name.replace(/\/andon$/, '') ?? '';
  const looks = [
    ...runs.map(({ at, nodeGroups }) => ({
      at,
      look: () => Object.entries(nodeGroups).flatMap(([pattern, release]) => othersThan(world, pattern, release)),
    })),
    ...approved.map(({ at, parameters }) => ({
      at,
      look: () => Object.entries(parameters).flatMap(([name, release]) => notApproved(world, prefix, name, release)),
    })),
  ];
  const found = looks.map(({ at }) => [`the rehearsal ended before ${at}, so what was then is not known`]);
  looks.forEach(({ at, look }, index) => {
    world.clock.at(Date.parse(at), () => {
      found[index] = look().map((difference) => `at ${at} ${difference}`);
    });
  });
  return () => found.flat();
};

const notApproved = (world: World, prefix: string, name: string, release: string | null): string[] => {
  const value = world.parameters.get(`${prefix}/approved/${name}`)?.value;
  const holds = value === undefined ? null : (world.images.get(value)?.releaseVersion ?? value);
  return holds === release ? [] : [`the approved release ${name} was to be ${release}, and is ${holds}`];
};

const othersThan = (world: World, pattern: string, release: string): string[] => {
  const meant = nodeGroupsNamed(world, pattern);
  if (meant.length === 0) return [`there is no node group ${pattern}`];
  return meant.flatMap(({ name, nodeGroup: { group } }) => {
    const others = new Set(group.members.map(({ image }) => image.releaseVersion).filter((each) => each !== release));
    return others.size === 0 ? [] : [`${name} was to run ${release}, and runs ${[...others].join(', ')}`];
  });
};

const nodeGroupsNamed = (world: World, pattern: string): { name: string; nodeGroup: NodeGroup }[] => {
  const isMeant = new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`);
  return world
    .nodeGroups()
    .map((nodeGroup) => ({ name: `${nodeGroup.cluster.name}/${nodeGroup.name}`, nodeGroup }))
    .filter(({ name }) => isMeant.test(name));
};

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

const differencesOf = (where: string, expected: ExpectedExecution, answer: AnswerRead | undefined): string[] => {
  if (answer === undefined) return [`${where}: expected ${expected.outcome ?? 'an answer'}, there is none`];
  const differences: string[] = [];
  if (expected.clusterName !== undefined && expected.clusterName !== answer.clusterName) {
    differences.push(`${where}: expected cluster ${expected.clusterName}, came ${answer.clusterName}`);
  }
  if (expected.outcome !== undefined && expected.outcome !== answer.outcome) {
    differences.push(`${where}: expected ${expected.outcome}, came ${answer.outcome}: ${answer.reason}`);
  }
  if (expected.reason !== undefined && !answer.reason.includes(expected.reason)) {
    differences.push(`${where}: the reason does not hold "${expected.reason}": ${answer.reason}`);
  }
  for (const [name, outcome] of Object.entries(expected.nodeGroups ?? {})) {
    const came = answer.nodeGroups.find((each) => each.name === name);
    if (came?.outcome !== outcome) {
      differences.push(
        `${where}: expected node group ${name} ${outcome}, came ${came === undefined ? 'nothing' : `${came.outcome}: ${came.reason}`}`,
      );
    }
  }
  for (const code of expected.findings ?? []) {
    if (!answer.plan.findings.some((finding) => finding.code === code)) {
      const came = answer.plan.findings.map((finding) => finding.code).join(', ') || 'none';
      differences.push(`${where}: expected the finding ${code}, came ${came}`);
    }
  }
  return differences;
};
