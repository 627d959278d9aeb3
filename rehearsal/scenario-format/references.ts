/** What a scenario names must be there: in its own world, in the template, in the state machines, in the services. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { folderOf } from '../../scripts/bundle.mjs';
import { deploy } from '../deployment/stack.ts';
import { functionIds, parseTemplate, type Template, TemplateError } from '../deployment/template.ts';
import { kubernetesOperations } from '../kubernetes/routes.ts';
import { projectRoot } from '../project-root.ts';
import { serviceModels } from '../wire/service-models.ts';
import { kindsOfPods } from '../world/pod-failures.ts';
import type { Scenario } from './schema.ts';
import { templateNameOf } from './template-name.ts';

/** One line a mistake, with its place. */
export const wrongReferences = async (scenario: Scenario): Promise<string[]> => {
  const template = parseTemplate(await readFile(path.join(projectRoot, 'template.yaml'), 'utf8'));
  return [
    ...deployMistakes(scenario, template),
    ...faultMistakes(scenario, functionIds(template).map(folderOf)),
    ...foreignGroupMistakes(scenario),
    ...alarmMistakes(scenario),
    ...podFailureMistakes(scenario),
    ...timelinePlaceMistakes(scenario),
    ...timelineCallMistakes(scenario),
    ...(await stateMistakes(scenario)),
  ];
};

const unknown = (where: string, what: string, name: string, allowed: readonly string[]): string =>
  `${where}: there is no ${what} ${JSON.stringify(name)}; there are ${allowed.join(', ') || 'none'}`;

const deployMistakes = ({ deploy: parameters = {}, region }: Scenario, template: Template): string[] => {
  try {
    deploy(template, { stackName: 'any', accountId: '111122223333', region, parameters });
    return [];
  } catch (error) {
    if (error instanceof TemplateError) return [error.message];
    throw error;
  }
};

const callMistakes = (where: string, call: string): string[] => {
  const [service = '', operation = ''] = call.split(':');
  const known: Record<string, readonly string[]> = { kubernetes: kubernetesOperations };
  for (const model of serviceModels) known[model.service] = [...model.operations.keys()];
  const operations = known[service];
  if (operations === undefined) return [unknown(where, 'service', service, Object.keys(known))];
  if (operations.includes(operation)) return [];
  const near = operations.filter((each) => each.toLowerCase().startsWith(operation.slice(0, 4).toLowerCase()));
  return [
    `${where}: ${service} has no operation ${JSON.stringify(operation)}${near.length > 0 ? `; near it are ${near.slice(0, 8).join(', ')}` : ''}`,
  ];
};

const faultMistakes = ({ faults }: Scenario, functions: readonly string[]): string[] =>
  faults.flatMap((fault, index) => {
    const where = `faults[${index}]`;
    const isUnknown = 'function' in fault && !functions.includes(fault.function);
    return [
      ...(fault.call === undefined ? [] : callMistakes(`${where}.call`, fault.call)),
      ...(isUnknown ? [unknown(`${where}.function`, 'function', fault.function, functions)] : []),
    ];
  });

const timelineCallMistakes = ({ timeline }: Scenario): string[] =>
  timeline.flatMap(({ call }, index) => (call === undefined ? [] : callMistakes(`timeline[${index}].call`, call)));

const foreignGroupMistakes = ({ autoScalingGroups, clusters }: Scenario): string[] => {
  const templates = clusters.flatMap(({ name, nodeGroups }) => nodeGroups.map((each) => templateNameOf(name, each)));
  return autoScalingGroups.flatMap(({ launchTemplate }, index) =>
    templates.includes(launchTemplate)
      ? []
      : [
          unknown(`autoScalingGroups[${index}].launchTemplate`, 'launch template', launchTemplate, [
            ...new Set(templates),
          ]),
        ],
  );
};

/** Pods are named by what they have in common, or by their workload, with its namespace or without. */
const podFailureMistakes = ({ releases, clusters }: Scenario): string[] => {
  const workloads = clusters.flatMap((cluster) => cluster.workloads.map(({ name }) => name));
  const allowed = [...kindsOfPods, ...new Set(workloads)];
  return releases.flatMap(({ behavior }, r) =>
    [behavior?.pods ?? []].flat().flatMap(({ only }, p) => {
      if (only === undefined || allowed.some((each) => each === only || each.endsWith(`/${only}`))) return [];
      return [unknown(`releases[${r}].behavior.pods[${p}].only`, 'workload', only, allowed)];
    }),
  );
};

/** What follows a workload names one that is there; what is set is an alarm of the scenario. */
const alarmMistakes = ({ clusters, functions, timeline }: Scenario): string[] => {
  const namesOf = (of: readonly Scenario['clusters'][number][]) =>
    of.flatMap(({ workloads }) => workloads.map(({ name }) => name));
  const alarms = clusters.flatMap((each) => each.alarms.map(({ name }) => name));
  const followed = (where: string, wanted: string | undefined, there: readonly string[]): string[] =>
    wanted === undefined || there.includes(wanted) ? [] : [unknown(`${where}.follows`, 'workload', wanted, there)];
  return [
    ...clusters.flatMap((cluster, c) =>
      cluster.alarms.flatMap(({ follows }, a) => followed(`clusters[${c}].alarms[${a}]`, follows, namesOf([cluster]))),
    ),
    ...alarms.flatMap((name, a) =>
      alarms.indexOf(name) === a ? [] : [`clusters[].alarms: ${name} is the name of two alarms of the account`],
    ),
    ...functions.flatMap(({ follows }, f) => followed(`functions[${f}]`, follows, namesOf(clusters))),
    ...timeline.flatMap(({ setAlarm }, t) =>
      setAlarm === undefined || alarms.includes(setAlarm.name)
        ? []
        : [unknown(`timeline[${t}].setAlarm.name`, 'alarm', setAlarm.name, alarms)],
    ),
  ];
};

const timelinePlaceMistakes = ({ timeline, clusters }: Scenario): string[] =>
  timeline.flatMap(({ scale, terminateInstance, spotInterruption, autoscaler, setPdb }, index) => {
    const place = scale ?? terminateInstance ?? spotInterruption ?? autoscaler ?? setPdb;
    if (place === undefined) return [];
    const where = `timeline[${index}]`;
    const cluster = clusters.find(({ name }) => name === place.cluster);
    if (cluster === undefined)
      return [
        unknown(
          where,
          'cluster',
          place.cluster,
          clusters.map(({ name }) => name),
        ),
      ];
    const [what, wanted, there] =
      'workload' in place
        ? ['workload', place.workload, cluster.workloads.map(({ name }) => name)]
        : ['node group', place.nodeGroup, cluster.nodeGroups.map(({ name }) => name)];
    return there.includes(wanted) ? [] : [unknown(where, `${what} of ${cluster.name}`, wanted, there)];
  });

interface Machine {
  States: Record<string, { ItemProcessor?: Machine }>;
}

const statesOf = ({ States }: Machine): string[] =>
  Object.entries(States).flatMap(([name, { ItemProcessor }]) => [
    name,
    ...(ItemProcessor === undefined ? [] : statesOf(ItemProcessor)),
  ]);

const stateMistakes = async ({ timeline }: Scenario): Promise<string[]> => {
  const found: string[] = [];
  for (const [index, { when }] of timeline.entries()) {
    if (when === undefined) continue;
    const file = path.join(projectRoot, 'statemachines', `${when.machine}.asl.yaml`);
    const states = statesOf(parse(await readFile(file, 'utf8')) as Machine);
    if (!states.includes(when.enters)) {
      found.push(unknown(`timeline[${index}].when.enters`, `state of ${when.machine}`, when.enters, states));
    }
  }
  return found;
};
