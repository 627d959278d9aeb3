/** Reads a scenario file. Whatever is wrong with it is said with the file, the line or path, and the reason. */
import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import type * as z from 'zod/mini';
import { waysOf } from '../world/pod-failures.ts';
import { wrongReferences } from './references.ts';
import { type NodeGroupEntry, type Scenario, scenarioSchema, selfManagedKeys } from './schema.ts';

export class UnusableScenario extends Error {
  override readonly name = 'UnusableScenario';
}

export const readScenario = async (file: string): Promise<Scenario> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UnusableScenario(`${file}: cannot be read: ${(error as Error).message}`);
  }
  const scenario = parseScenario(text, file);
  const wrong = await wrongReferences(scenario);
  if (wrong.length > 0) throw new UnusableScenario(wrong.map((each) => `${file}: ${each}`).join('\n'));
  return scenario;
};

export const parseScenario = (text: string, file: string): Scenario => {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken !== undefined) throw new UnusableScenario(`${file}: is neither YAML nor JSON: ${broken.message}`);
  const parsed = scenarioSchema.safeParse(document.toJS());
  if (!parsed.success) {
    throw new UnusableScenario(
      mistakesOf(parsed.error.issues)
        .map((mistake) => `${file}: ${mistake}`)
        .join('\n'),
    );
  }
  const contradictions = contradictionsIn(parsed.data);
  if (contradictions.length > 0) {
    throw new UnusableScenario(contradictions.map((each) => `${file}: ${each}`).join('\n'));
  }
  return parsed.data;
};

/**
 * One line a mistake. Of a union that fits nowhere, the alternative that came closest tells what is wrong, unless the union
 * has words of its own.
 */
const mistakesOf = (issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[] = []): string[] =>
  issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'invalid_union' && issue.errors.length > 0 && issue.message === 'Invalid input') {
      const closest = [...issue.errors].sort((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)[0] ?? [];
      return mistakesOf(closest, path);
    }
    return [`${pathText(path)}: ${issue.message}`];
  });

const depthOf = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(0, ...issues.map((issue) => issue.path.length));

const pathText = (path: readonly PropertyKey[]): string => {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '') || 'the document';
};

/** What each key alone allows, but not all of them together. */
const contradictionsIn = (scenario: Scenario): string[] => {
  const found: string[] = [];
  const known = new Map(
    scenario.releases.map(({ amiType, release, publishedAt }) => [`${amiType}@${release}`, publishedAt]),
  );
  const published = (where: string, amiType: string, release: string): string | undefined => {
    const publishedAt = known.get(`${amiType}@${release}`);
    if (publishedAt === undefined) {
      found.push(`${where}: ${amiType} has no release ${release}; list it under "releases"`);
    }
    return publishedAt;
  };
  const running = (where: string, amiType: string, release: string): void => {
    const publishedAt = published(where, amiType, release);
    if (publishedAt !== undefined && Date.parse(publishedAt) > Date.parse(scenario.now)) {
      found.push(`${where}: ${release} runs before it is published, at ${publishedAt}`);
    }
  };
  scenario.releases.forEach(({ amiType, release }, r) => {
    if (scenario.releases.findIndex((each) => each.amiType === amiType && each.release === release) !== r)
      found.push(`releases[${r}]: ${amiType}@${release} is listed twice`);
  });
  scenario.releases.forEach(({ behavior }, r) => {
    [behavior?.pods ?? []].flat().forEach(({ fail, how }, p) => {
      if (waysOf[fail].includes(how)) return;
      found.push(
        `releases[${r}].behavior.pods[${p}].how: ${how} does not go with fail: ${fail}; allowed are ${waysOf[fail].join(', ')}`,
      );
    });
  });
  unique(scenario.parameters ?? [], 'parameters', found);
  unique(scenario.images, 'images', found);
  scenario.images.forEach(({ builtFrom }, i) => {
    const [amiType = '', release = ''] = builtFrom.split('@');
    running(`images[${i}].builtFrom`, amiType, release);
  });
  const ownImage = (where: string, wanted: string | undefined): void => {
    if (wanted === undefined || scenario.images.some(({ name }) => name === wanted)) return;
    found.push(`${where}: there is no image ${wanted}; list it under "images"`);
  };
  unique(scenario.autoScalingGroups, 'autoScalingGroups', found);
  unique(scenario.clusters, 'clusters', found);
  scenario.clusters.forEach((cluster, c) => {
    unique(cluster.nodeGroups, `clusters[${c}].nodeGroups`, found);
    unique(cluster.workloads, `clusters[${c}].workloads`, found);
    cluster.nodeGroups.forEach((group, g) => {
      const where = `clusters[${c}].nodeGroups[${g}]`;
      running(`${where}.release`, group.amiType, group.release);
      ownImage(`${where}.image`, group.image);
      if (group.image !== undefined && group.kind === 'managed') {
        found.push(`${where}.image: EKS chooses the image of a node group of kind managed`);
      }
      const instances = group.instances ?? [];
      for (const [i, { release }] of instances.entries()) running(`${where}.instances[${i}]`, group.amiType, release);
      if (instances.length > 0 && instances.reduce((sum, each) => sum + each.count, 0) !== group.size) {
        found.push(`${where}.instances: the counts do not add up to the size, ${group.size}`);
      }
      if ((group.min ?? 0) > group.size || (group.max ?? group.size) < group.size) {
        found.push(`${where}: size ${group.size} does not lie between min and max`);
      }
      found.push(...selfManagedMistakes(where, group));
    });
    const zones = zonesOfCluster(scenario.region, cluster.nodeGroups);
    for (const zone of Object.keys(cluster.freeAddresses)) {
      if (!zones.includes(zone))
        found.push(
          `clusters[${c}].freeAddresses: ${cluster.name} has no subnet in "${zone}"; allowed are ${zones.join(', ')}`,
        );
    }
    cluster.workloads.forEach((workload, w) => {
      const { nodeGroup, replicas, daemonSet, completes, before, bare } = workload;
      const where = `clusters[${c}].workloads[${w}]`;
      const sick = (before?.pending ?? 0) + (before?.crashing ?? 0);
      if (sick > (replicas ?? 0)) found.push(`${where}.before: ${sick} of ${replicas ?? 0} pods cannot be sick`);
      if (daemonSet && completes) found.push(`${where}.completes: pods of a DaemonSet do not end`);
      if (daemonSet && replicas !== undefined) {
        found.push(`${where}.replicas: a DaemonSet has one pod on every node; leave it out`);
      }
      if (workload.minAvailable !== undefined && workload.maxUnavailable !== undefined) {
        found.push(`${where}: a budget has either "minAvailable" or "maxUnavailable"`);
      }
      if (workload.budgets > 1 && workload.minAvailable === undefined && workload.maxUnavailable === undefined) {
        found.push(`${where}.budgets: needs "minAvailable" or "maxUnavailable"`);
      }
      if (bare && (daemonSet || completes !== false))
        found.push(`${where}.bare: has a controller, it is of a DaemonSet or of Jobs`);
      if (!daemonSet && replicas === undefined) found.push(`${where}: needs either "replicas" or "daemonSet: true"`);
      if (nodeGroup === undefined || cluster.nodeGroups.some((group) => group.name === nodeGroup)) return;
      found.push(`${where}.nodeGroup: ${cluster.name} has no node group ${nodeGroup}`);
    });
  });
  found.push(...groupNamesUsedTwice(scenario));
  scenario.timeline.forEach(({ recall, deprecate }, t) => {
    for (const [key, named] of Object.entries({ recall, deprecate })) {
      const [amiType = '', release = ''] = named?.split('@') ?? [];
      if (named !== undefined) published(`timeline[${t}].${key}`, amiType, release);
    }
  });
  (scenario.parameters ?? []).forEach(({ image, value }, p) => {
    const [amiType = '', release] = image?.split('@') ?? [];
    if (release === undefined) ownImage(`parameters[${p}].image`, image);
    else published(`parameters[${p}].image`, amiType, release);
    if ((image === undefined) === (value === undefined))
      found.push(`parameters[${p}]: needs either "value" or "image"`);
  });
  return found;
};

/** What only a self-managed node group has, and what it cannot have. */
const selfManagedMistakes = (where: string, group: NodeGroupEntry): string[] => {
  if (group.kind !== 'self-managed') {
    const wrong = selfManagedKeys.filter((key) => group[key] !== undefined);
    return wrong.map((key) => `${where}.${key}: only a node group of kind self-managed has it`);
  }
  const found: string[] = [];
  if (!['ACTIVE', 'UPDATING', 'DELETING'].includes(group.status)) {
    found.push(`${where}.status: a self-managed node group is ACTIVE, UPDATING or DELETING, never ${group.status}`);
  }
  if (group.failedUpdates !== undefined) found.push(`${where}.failedUpdates: EKS updates no self-managed node group`);
  if (group.issues !== undefined) found.push(`${where}.issues: EKS knows no self-managed node group, nor its health`);
  if ((group.protected ?? 0) > group.size) found.push(`${where}.protected: there are only ${group.size} instances`);
  return found;
};

/** The name of an Auto Scaling group is used once in an account and Region. Within one list it is looked at elsewhere. */
const groupNamesUsedTwice = ({ clusters, autoScalingGroups }: Scenario): string[] => {
  const selfManaged = clusters.flatMap(({ nodeGroups }, c) =>
    nodeGroups.flatMap(({ kind, name }, g) =>
      kind === 'self-managed' ? [{ name, list: `clusters[${c}].nodeGroups`, index: g }] : [],
    ),
  );
  const others = autoScalingGroups.map(({ name }, index) => ({ name, list: 'autoScalingGroups', index }));
  const all = [...selfManaged, ...others];
  return all.flatMap(({ name, list, index }) => {
    const first = all.find((each) => each.name === name);
    if (first === undefined || first.list === list) return [];
    return [`${list}[${index}].name: ${name} is the name of another Auto Scaling group, ${first.list}[${first.index}]`];
  });
};

const unique = (items: readonly { name: string }[], where: string, found: string[]): void => {
  items.forEach(({ name }, index) => {
    if (items.findIndex((each) => each.name === name) !== index)
      found.push(`${where}[${index}].name: ${name} is used twice`);
  });
};

/** Of all its node groups. */
const zonesOfCluster = (region: string, nodeGroups: readonly { zones: number }[]): string[] =>
  ['a', 'b', 'c', 'd', 'e', 'f']
    .slice(0, Math.max(0, ...nodeGroups.map(({ zones }) => zones)))
    .map((letter) => `${region}${letter}`);
