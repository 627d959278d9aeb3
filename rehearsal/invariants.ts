/**
 * What must hold after every rehearsal, whatever was played (DESIGN: invariants). Read from the world and the ledger
 * alone, without a rule of the product's: both would be wrong together. Each violation is one line.
 */
import type { EmbeddedAws } from './embedded-aws.ts';
import { type AnswerRead, answerOf, clusterAnswers, machineOf } from './report.ts';
import type { Scenario } from './scenario-format/schema.ts';
import { configuredImageId, imagesOf, type NodeGroup } from './world/node-groups.ts';

const documentedOutcomes: Readonly<Record<string, readonly string[]>> = {
  'roll-out-cluster': ['UpToDate', 'Planned', 'Succeeded', 'RolledBack', 'Held', 'Refused', 'Failed'],
  'roll-out-fleet': ['Succeeded', 'Incomplete'],
};

/** How the world looked before anything happened, as far as it must look so again. */
export interface Before {
  nodeGroups: Map<string, { configured: string | undefined; images: string; cordoned: number }>;
  templates: Map<string, { versions: number[]; defaultVersion: number }>;
}

const keyOf = (nodeGroup: NodeGroup): string => `${nodeGroup.cluster.name}/${nodeGroup.name}`;

const cordonedIn = (nodeGroup: NodeGroup): number =>
  [...nodeGroup.cluster.nodes.values()].filter(
    (node) => node.instance.group === nodeGroup.group && node.isUnschedulable,
  ).length;

export const lookBefore = ({ world }: EmbeddedAws): Before => ({
  nodeGroups: new Map(
    world.nodeGroups().map((nodeGroup) => [
      keyOf(nodeGroup),
      {
        configured: configuredImageId(nodeGroup),
        images: JSON.stringify(imagesOf(nodeGroup.group.members)),
        cordoned: cordonedIn(nodeGroup),
      },
    ]),
  ),
  templates: new Map(
    [...world.launchTemplates.values()].map((template) => [
      template.id,
      { versions: template.versions.map((version) => version.number), defaultVersion: template.defaultVersion },
    ]),
  ),
});

export const violatedInvariants = async (aws: EmbeddedAws, before: Before, scenario: Scenario): Promise<string[]> => {
  const answers = clusterAnswers(aws);
  return [
    ...wholeNodeGroups(aws, before, answers),
    ...settingsAndCordons(aws, before, answers),
    ...budgets(aws),
    ...templateVersions(aws, before, scenario),
    ...(await leases(aws)),
    ...endings(aws),
    ...answersAgree(aws, answers),
    ...optIns(aws, scenario),
  ];
};

/** The last word a rollout had on a node group; what it left alone stays as an earlier one said. */
const lastWord = (answers: readonly AnswerRead[], nodeGroup: NodeGroup) =>
  answers
    .filter((answer) => answer.clusterName === nodeGroup.cluster.name && answer.outcome !== 'Planned')
    .flatMap((answer) => answer.nodeGroups)
    .filter((each) => each.name === nodeGroup.name && !['Refused', 'Untouched'].includes(each.outcome))
    .at(-1);

const isExcused = (answers: readonly AnswerRead[], nodeGroup: NodeGroup): boolean =>
  ['Held', 'Failed'].includes(lastWord(answers, nodeGroup)?.outcome ?? '');

/** Every node group wholly forward or wholly back, or held; or as mixed as it was, if nobody touched it. */
const wholeNodeGroups = ({ world }: EmbeddedAws, before: Before, answers: readonly AnswerRead[]): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const images = imagesOf(nodeGroup.group.members);
    const configured = configuredImageId(nodeGroup);
    if (Object.keys(images).every((imageId) => imageId === configured)) return [];
    const was = before.nodeGroups.get(keyOf(nodeGroup));
    const isUntouched = nodeGroup.updates.length === 0 && was?.images === JSON.stringify(images);
    if (isUntouched || isExcused(answers, nodeGroup)) return [];
    return [
      `${keyOf(nodeGroup)} is neither wholly forward nor wholly back: configured ${configured}, running ${JSON.stringify(images)}`,
    ];
  });

const settingsAndCordons = ({ world }: EmbeddedAws, before: Before, answers: readonly AnswerRead[]): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const found: string[] = [];
    const settings = JSON.stringify([nodeGroup.scaling, nodeGroup.maxUnavailable]);
    if (settings !== nodeGroup.settingsAtStart) {
      found.push(`${keyOf(nodeGroup)}: settings ${settings}, before ${nodeGroup.settingsAtStart}`);
    }
    const cordoned = cordonedIn(nodeGroup);
    const was = before.nodeGroups.get(keyOf(nodeGroup))?.cordoned ?? 0;
    if (cordoned > was && !isExcused(answers, nodeGroup)) {
      found.push(`${keyOf(nodeGroup)}: ${cordoned} nodes are cordoned, ${was} were before`);
    }
    const { group, scaling } = nodeGroup;
    if (group.members.length !== scaling.desired && world.isAtRest && !isExcused(answers, nodeGroup)) {
      found.push(`${keyOf(nodeGroup)} has ${group.members.length} instances, ${scaling.desired} are asked for`);
    }
    return found;
  });

const budgets = ({ world }: EmbeddedAws): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const { mostOverBudget } = nodeGroup.seen;
    return mostOverBudget > 0
      ? [`${keyOf(nodeGroup)}: ${mostOverBudget} nodes more were out of service at once than its budget allows`]
      : [];
  });

/** At most one new version a template and image; the default version stays where it was. */
const templateVersions = ({ world }: EmbeddedAws, before: Before, scenario: Scenario): string[] => {
  const movesDefault = scenario.timeline.some((entry) => entry.call === 'ec2:ModifyLaunchTemplate');
  return [...world.launchTemplates.values()].flatMap((template) => {
    const was = before.templates.get(template.id);
    if (was === undefined || template.name.startsWith('eks-')) return [];
    const found: string[] = [];
    if (!movesDefault && template.defaultVersion !== was.defaultVersion) {
      found.push(
        `the default version of ${template.name} was moved from ${was.defaultVersion} to ${template.defaultVersion}`,
      );
    }
    const added = template.versions.filter(({ number }) => !was.versions.includes(number));
    const images = added.map((version) => version.data.ImageId);
    for (const image of new Set(images)) {
      const count = images.filter((each) => each === image).length;
      if (count > 1) found.push(`${template.name} got ${count} versions with ${image}`);
    }
    for (const number of was.versions) {
      if (template.version(String(number)) === undefined)
        found.push(`version ${number} of ${template.name} was deleted`);
    }
    return found;
  });
};

/** A lease is free, or its holder lives; a rollout that is listed as open has a living execution. */
const leases = async (aws: EmbeddedAws): Promise<string[]> => {
  const [table] = aws.stack.tables;
  if (table === undefined) return [];
  const items = await aws.tables.scan(table.name);
  const isSomebodyAtIt = aws.executions.all.some((execution) => execution.status === 'RUNNING');
  return items.flatMap((item) => {
    if (item.pk === 'OPEN') return isSomebodyAtIt ? [] : [`the ledger still lists rollout ${item.sk} as open`];
    if (item.sk !== 'LEASE') return [];
    const { holder } = JSON.parse(item.body ?? '{}') as { holder: string | null };
    if (holder === null || aws.executions.find(holder)?.status === 'RUNNING') return [];
    return [`the lease ${item.pk} is held by ${holder}, which is dead`];
  });
};

/** Every execution ended, in a word that is documented. */
const endings = (aws: EmbeddedAws): string[] =>
  aws.executions.all.flatMap((execution) => {
    const machine = machineOf(execution);
    const name = `${machine} ${execution.name}`;
    if (execution.status === 'RUNNING') return [`${name} had not ended`];
    if (execution.status === 'TIMED_OUT') return [`${name} timed out`];
    const allowed = documentedOutcomes[machine];
    if (execution.status === 'ABORTED' || allowed === undefined) return [];
    const answer = answerOf(execution) as { outcome?: string } | undefined;
    const isFailed = execution.status === 'FAILED';
    if (answer?.outcome === undefined || !allowed.includes(answer.outcome)) {
      return [`${name} ended ${execution.status} with ${execution.error ?? 'an output'} and no documented outcome`];
    }
    if (machine === 'roll-out-cluster') {
      const endsWell = ['UpToDate', 'Planned', 'Succeeded'].includes(answer.outcome);
      if (endsWell === isFailed) return [`${name} ended ${execution.status} with the outcome ${answer.outcome}`];
      if (isFailed && execution.error !== answer.outcome)
        return [`${name} failed with ${execution.error}, its answer says ${answer.outcome}`];
    }
    return [];
  });

/** What the last answer says of a node group is what the world shows. */
const answersAgree = ({ world }: EmbeddedAws, answers: readonly AnswerRead[]): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const word = lastWord(answers, nodeGroup);
    const expected = word?.outcome === 'Updated' ? word.to : word?.outcome === 'RolledBack' ? word.from : undefined;
    if (expected === undefined) return [];
    const configured = configuredImageId(nodeGroup);
    const version = String(nodeGroup.launchTemplate?.version);
    if (expected.imageId === configured && expected.launchTemplateVersion === version) return [];
    return [
      `${keyOf(nodeGroup)} is said to be ${word?.outcome} on ${expected.imageId} (version ${expected.launchTemplateVersion}), and is on ${configured} (version ${version})`,
    ];
  });

/** Nothing was changed on what was not opted in. */
const optIns = ({ productCalls, stack }: EmbeddedAws, scenario: Scenario): string[] => {
  const settings = Object.assign({}, ...stack.functions.map((each) => each.environment)) as Record<string, string>;
  if (settings.ALLOW_UNTAGGED === 'true') return [];
  const [key = '', value = ''] = (settings.OPT_IN_TAG ?? '').split('=');
  const optedIn = scenario.clusters.filter(({ tags }) => tags[key] === value).map(({ name }) => name);
  return productCalls.changes.flatMap(({ call, input }) => {
    const { clusterName } = input as { clusterName?: string };
    return clusterName === undefined || optedIn.includes(clusterName)
      ? []
      : [`${call} was called on ${clusterName}, which had not opted in`];
  });
};
