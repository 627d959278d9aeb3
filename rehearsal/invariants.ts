/**
 * What must hold after every rehearsal, whatever was played (DESIGN: invariants). Read from the world and the ledger
 * alone, without a rule of the product's: both would be wrong together. Each violation is one line.
 */
import type { EmbeddedAws } from './embedded-aws.ts';
import { isChange, type MadeCall } from './product-calls.ts';
import { type AnswerRead, answerOf, clusterAnswers, machineOf } from './report.ts';
import type { Scenario } from './scenario-format/schema.ts';
import type { AutoScalingGroup } from './world/auto-scaling-groups.ts';
import {
  configuredImageId,
  configuredVersionNumber,
  desiredSize,
  imagesOf,
  type NodeGroup,
  settingsOf,
} from './world/node-groups.ts';
import type { World } from './world/world.ts';

const documentedOutcomes: Readonly<Record<string, readonly string[]>> = {
  'roll-out-cluster': ['UpToDate', 'Planned', 'Succeeded', 'RolledBack', 'Held', 'Refused', 'Failed'],
  'roll-out-fleet': ['Succeeded', 'Incomplete'],
};

/** How the world looked before anything happened, as far as it must look so again. */
export interface Before {
  nodeGroups: Map<string, { configured: string | undefined; images: string; cordoned: number; hooks: string[] }>;
  templates: Map<string, { versions: number[]; defaultVersion: number }>;
}

const keyOf = (nodeGroup: NodeGroup): string => `${nodeGroup.cluster.name}/${nodeGroup.name}`;

const cordonedIn = (nodeGroup: NodeGroup): number =>
  [...nodeGroup.cluster.nodes.values()].filter(
    ({ instance, isUnschedulable }) =>
      instance.group === nodeGroup.group && isUnschedulable && !besideTheGroup.includes(instance.lifecycleState),
  ).length;

/** Instances that run and are none of the group's capacity. */
const besideTheGroup: readonly string[] = ['Standby', 'Terminating:Retained'];

export const lookBefore = ({ world }: EmbeddedAws): Before => ({
  nodeGroups: new Map(
    world.nodeGroups().map((nodeGroup) => [
      keyOf(nodeGroup),
      {
        configured: configuredImageId(nodeGroup),
        images: JSON.stringify(imagesOf(nodeGroup.group.members)),
        cordoned: cordonedIn(nodeGroup),
        hooks: [...nodeGroup.group.hooks.hooks.keys()],
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
    ...killedPods(aws),
    ...probePods(aws),
    ...hooks(aws, before),
    ...floatingVersions(aws, before),
    ...templateVersions(aws, before, scenario),
    ...(await leases(aws)),
    ...endings(aws),
    ...answersAgree(aws, answers),
    ...optIns(aws, scenario),
    ...unfencedChanges(aws),
    ...changingTokens(aws),
    ...doubledRefreshes(aws),
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

/** An update or a refresh of it was begun. */
const wasTouched = (nodeGroup: NodeGroup): boolean =>
  (nodeGroup.kind === 'managed' && nodeGroup.updates.length > 0) ||
  nodeGroup.group.refreshes.some(({ isPlayed }) => isPlayed);

/** Every node group wholly forward or wholly back, or held; or as mixed as it was, if nobody touched it. */
const wholeNodeGroups = ({ world }: EmbeddedAws, before: Before, answers: readonly AnswerRead[]): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const images = imagesOf(nodeGroup.group.members);
    const configured = configuredImageId(nodeGroup);
    if (Object.keys(images).every((imageId) => imageId === configured)) return [];
    const was = before.nodeGroups.get(keyOf(nodeGroup));
    const isAsBefore = !wasTouched(nodeGroup) && was?.images === JSON.stringify(images);
    if (isAsBefore || isExcused(answers, nodeGroup)) return [];
    return [
      `${keyOf(nodeGroup)} is neither wholly forward nor wholly back: configured ${configured}, running ${JSON.stringify(images)}`,
    ];
  });

const settingsAndCordons = ({ world }: EmbeddedAws, before: Before, answers: readonly AnswerRead[]): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const found: string[] = [];
    const settings = JSON.stringify(settingsOf(nodeGroup));
    const settingsBefore = JSON.stringify(nodeGroup.settingsAtStart);
    if (settings !== settingsBefore) {
      found.push(`${keyOf(nodeGroup)}: settings ${settings}, before ${settingsBefore}`);
    }
    const cordoned = cordonedIn(nodeGroup);
    const was = before.nodeGroups.get(keyOf(nodeGroup))?.cordoned ?? 0;
    if (cordoned > was && !isExcused(answers, nodeGroup)) {
      found.push(`${keyOf(nodeGroup)}: ${cordoned} nodes are cordoned, ${was} were before`);
    }
    const { members } = nodeGroup.group;
    const desired = desiredSize(nodeGroup);
    if (members.length !== desired && world.isAtRest && !isExcused(answers, nodeGroup)) {
      found.push(`${keyOf(nodeGroup)} has ${members.length} instances, ${desired} are asked for`);
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

/** Auto Scaling asks no budget: whoever refreshes a group has to empty its nodes before they go. */
const killedPods = ({ world }: EmbeddedAws): string[] =>
  world
    .nodeGroups()
    .flatMap((nodeGroup) =>
      Object.entries(nodeGroup.seen.podsKilled).map(
        ([workload, pods]) =>
          `${keyOf(nodeGroup)}: ${pods} pods of ${workload} were killed without an eviction although a budget protects them`,
      ),
    );

/** No pod that a rollout put there is left, but for one that was told to go and cannot. */
const probePods = ({ world }: EmbeddedAws): string[] =>
  [...world.clusters.values()].flatMap((cluster) =>
    cluster.pods
      .filter(({ bare, isTerminating }) => !isTerminating && bare?.labels[ownLabel] === 'eks-ami-rollout')
      .map(({ name, workload }) => `${cluster.name}: the pod ${workload.namespace}/${name} was left`),
  );

/** Kubernetes, recommended labels: the tool that manages an object. */
const ownLabel = 'app.kubernetes.io/managed-by';

/** No lifecycle hook is left, and none of somebody else's is gone. */
const hooks = ({ world }: EmbeddedAws, before: Before): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const was = before.nodeGroups.get(keyOf(nodeGroup))?.hooks ?? [];
    const are = [...nodeGroup.group.hooks.hooks.keys()];
    return [
      ...are.filter((name) => !was.includes(name)).map((name) => `${keyOf(nodeGroup)}: the hook ${name} was left`),
      ...was.filter((name) => !are.includes(name)).map((name) => `${keyOf(nodeGroup)}: the hook ${name} is gone`),
    ];
  });

/** A group that was refreshed does not follow its template to a version that was made meanwhile. */
const floatingVersions = ({ world }: EmbeddedAws, before: Before): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const { configuration, configuredVersion } = nodeGroup.group;
    const { id, version } = configuration.template;
    if (nodeGroup.kind === 'managed' || !version.startsWith('$') || !wasTouched(nodeGroup)) return [];
    const isFormer = before.templates.get(id)?.versions.includes(configuredVersion?.number ?? 0) === true;
    if (isFormer) return [];
    return [`${keyOf(nodeGroup)} is on ${version}, which is now the new version ${configuredVersion?.number}`];
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
    const version = configuredVersionNumber(nodeGroup)?.toString() ?? null;
    if (expected.imageId === configured && expected.launchTemplateVersion === version) return [];
    return [
      `${keyOf(nodeGroup)} is said to be ${word?.outcome} on ${expected.imageId} (version ${expected.launchTemplateVersion}), and is on ${configured} (version ${version})`,
    ];
  });

/** Nothing was changed on what was not opted in. */
const optIns = ({ productCalls, stack, world }: EmbeddedAws, scenario: Scenario): string[] => {
  const settings = Object.assign({}, ...stack.functions.map((each) => each.environment)) as Record<string, string>;
  if (settings.ALLOW_UNTAGGED === 'true') return [];
  const [key = '', value = ''] = (settings.OPT_IN_TAG ?? '').split('=');
  const optedIn = scenario.clusters.filter(({ tags }) => tags[key] === value).map(({ name }) => name);
  return productCalls.changes.flatMap(({ call, input }) => {
    const place = clusterOf(world, input as ChangeInput);
    return place === undefined || optedIn.includes(place)
      ? []
      : [`${call} was called on ${place}, which had not opted in`];
  });
};

interface ChangeInput {
  clusterName?: string;
  /** Of a call to the cluster's own API. */
  cluster?: string;
  AutoScalingGroupName?: string;
}

/** Of which cluster a change is; undefined: of none that can be told from its input. */
const clusterOf = (world: World, { clusterName, cluster, AutoScalingGroupName }: ChangeInput): string | undefined => {
  const group = world.autoScalingGroups.get(AutoScalingGroupName ?? '');
  if (group === undefined) return clusterName ?? cluster;
  return clusterByTag(group) ?? `the Auto Scaling group ${group.name} of no cluster`;
};

const clusterByTag = ({ tags }: AutoScalingGroup): string | undefined =>
  Object.keys(tags).flatMap((key) => /^kubernetes\.io\/cluster\/(.+)$/.exec(key)?.[1] ?? [])[0];

/** Whoever changes something looks right before, in the same invocation, whether the lease is still theirs. */
const unfencedChanges = ({ productCalls }: EmbeddedAws): string[] => {
  const fenced = new Set<string>();
  const switched = new Set<string>();
  const found = new Set<string>();
  for (const call of productCalls.made) {
    if (isLookAtLease(call)) fenced.add(call.requestId);
    const name = `${call.service}:${call.operation}`;
    // What is approved is of no cluster; what stops it is the andon switch.
    if (isLookAtAndon(call)) switched.add(call.requestId);
    if (name === 'ssm:PutParameter') {
      if (!switched.has(call.requestId))
        found.add(`${call.function} called ${name} without a look at the andon switch`);
      continue;
    }
    // Executions are started by those that hold no lease yet.
    if (!isChange(call) || call.service === 'states' || fenced.has(call.requestId)) continue;
    found.add(`${call.function} called ${name} without a look at the lease`);
  }
  return [...found];
};

const isLookAtAndon = ({ service, operation, input }: MadeCall): boolean =>
  service === 'ssm' && operation === 'GetParameter' && String((input as { Name?: string }).Name).endsWith('/andon');

const isLookAtLease = ({ service, operation, input }: MadeCall): boolean =>
  service === 'dynamodb' &&
  operation === 'GetItem' &&
  (input as { Key?: { sk?: { S?: string } } }).Key?.sk?.S === 'LEASE';

/** A version that a rollout asks for twice it asks for by the same token, so that it is made once. */
const changingTokens = ({ productCalls }: EmbeddedAws): string[] => {
  const tokens = new Map<string, Set<string>>();
  for (const { operation, input } of productCalls.made) {
    if (operation !== 'CreateLaunchTemplateVersion') continue;
    const { ClientToken = '', ...asked } = input as Record<string, string>;
    // It names the rollout: another one may ask for the same by a token of its own.
    const description = asked.VersionDescription?.replace(/\b[0-9a-f]{32}\b/, 'TOKEN');
    const key = JSON.stringify({ ...asked, VersionDescription: description });
    tokens.set(key, (tokens.get(key) ?? new Set()).add(ClientToken));
  }
  return [...tokens]
    .filter(([, each]) => each.size > 1)
    .map(([asked, each]) => `the same version was asked for by ${each.size} tokens: ${asked}`);
};

/** What a refresh brought to its end is not asked for once more. */
const doubledRefreshes = ({ world }: EmbeddedAws): string[] =>
  world.nodeGroups().flatMap((nodeGroup) => {
    const played = nodeGroup.group.refreshes
      .filter(({ isPlayed }) => isPlayed)
      .toSorted((a, b) => a.startedAt - b.startedAt);
    return played.flatMap((refresh, index) => {
      const former = played[index - 1];
      const target = JSON.stringify(refresh.desired);
      if (former?.status !== 'Successful' || JSON.stringify(former.desired) !== target) return [];
      return [`${keyOf(nodeGroup)}: instance refresh ${refresh.id} asks for what ${former.id} had done`];
    });
  });
