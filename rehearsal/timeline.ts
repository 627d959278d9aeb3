/** Makes happen what a scenario says shall happen: what starts the rollout, and what comes in between. */

import { type EmbeddedAws, stackName } from './embedded-aws.ts';
import { minorsOf } from './scenario-format/build-world.ts';
import { parseIsoDuration } from './scenario-format/iso-duration.ts';
import type { Scenario, StartEntry, TimelineEntry } from './scenario-format/schema.ts';
import type { Execution } from './state-machines/index.ts';
import type { AlarmState } from './world/alarm-rules.ts';
import { autoscale } from './world/autoscaler.ts';
import { type NodeGroup, scaleTo, settingsOf } from './world/node-groups.ts';
import { recommend } from './world/parameters.ts';
import { interrupt } from './world/spot.ts';

export interface Timeline {
  /** Something is still to happen. */
  readonly isPending: boolean;
}

/** Puts everything on the clock. What waits for a state to be entered waits there. */
export const begin = (aws: EmbeddedAws, scenario: Scenario): Timeline => {
  let pending = 0;
  let started = 0;
  const start = (entry: StartEntry, isFirst: boolean): void => {
    started += 1;
    startBy(aws, entry, `rehearsal-${started}`, isFirst);
  };
  const starts = scenario.start === undefined ? [] : Array.isArray(scenario.start) ? scenario.start : [scenario.start];
  for (const entry of starts) {
    pending += 1;
    aws.clock.at(aws.clock.now, () => {
      pending -= 1;
      start(entry, true);
    });
  }
  const playEntry = async (entry: TimelineEntry): Promise<void> => {
    try {
      await happen(aws, entry, scenario, (again) => start(again, false));
    } finally {
      pending -= 1;
    }
  };
  const waiting: { entry: TimelineEntry; seen: number }[] = [];
  for (const entry of scenario.timeline) {
    if (entry.when !== undefined) {
      waiting.push({ entry, seen: 0 });
      continue;
    }
    pending += 1;
    aws.clock.after(parseIsoDuration(entry.at ?? 'PT0S') ?? 0, () => playEntry(entry));
  }
  aws.onStateEntered = (execution, stateName) => {
    for (const each of waiting) {
      const { when } = each.entry;
      if (when === undefined || !isOf(execution, when.machine) || when.enters !== stateName) continue;
      each.seen += 1;
      if (each.seen !== when.nth) continue;
      if (each.entry.stopExecution !== undefined) execution.stop(undefined, each.entry.stopExecution.cause);
      else {
        // What it cuts into may be the last thing that happens.
        pending += 1;
        aws.clock.at(aws.clock.now, () => playEntry(each.entry));
      }
    }
  };
  return {
    get isPending() {
      return pending > 0;
    },
  };
};

const machineArn = (aws: EmbeddedAws, machine: string): string =>
  aws.stack.stateMachines.find(({ name }) => name === `${stackName}-${machine}`)?.arn ?? machine;

const startBy = (aws: EmbeddedAws, entry: StartEntry, name: string, isFirst: boolean): void => {
  if ('schedule' in entry) {
    for (const schedule of aws.stack.schedules) {
      if (isFirst) aws.triggers.keepFiring(schedule);
      else aws.triggers.fire(schedule);
    }
  } else if ('parameterChange' in entry) {
    changeParameter(aws, String(entry.parameterChange));
  } else if ('fleet' in entry) {
    aws.executions.start(
      machineArn(aws, 'roll-out-fleet'),
      typeof entry.name === 'string' ? entry.name : name,
      JSON.stringify(entry.fleet),
    );
  } else {
    aws.executions.start(machineArn(aws, 'roll-out-cluster'), name, JSON.stringify(entry));
  }
};

/** The event of a parameter that was written; its value may be what it was. */
const changeParameter = (aws: EmbeddedAws, name: string): void => {
  const present = aws.world.parameters.get(name);
  aws.triggers.publish({
    source: 'aws.ssm',
    detailType: 'Parameter Store Change',
    resources: [aws.world.arn('ssm', `parameter${name}`)],
    detail: { operation: 'Update', name, type: present?.type ?? 'String' },
  });
};

/** Also an iteration of its Distributed Map, which is called after it. */
const isOf = ({ machine: { name } }: Execution, machine: string): boolean =>
  name.split('/')[0] === `${stackName}-${machine}`;

const happen = async (
  aws: EmbeddedAws,
  entry: TimelineEntry,
  scenario: Scenario,
  start: (entry: StartEntry) => void,
): Promise<void> => {
  const { world } = aws;
  if (entry.recall !== undefined) recall(aws, entry.recall, scenario);
  if (entry.deprecate !== undefined) deprecate(aws, entry.deprecate, scenario);
  if (entry.call !== undefined) await callOfSomebody(aws, entry.call, entry.input ?? {});
  if (entry.stopExecution !== undefined) {
    const { machine, cause } = entry.stopExecution;
    for (const execution of aws.executions.all) {
      if (execution.status === 'RUNNING' && isOf(execution, machine)) execution.stop(undefined, cause);
    }
  }
  if (entry.schedule === true) for (const schedule of aws.stack.schedules) aws.triggers.fire(schedule);
  if (entry.parameterChange !== undefined) changeParameter(aws, entry.parameterChange);
  if (entry.scale !== undefined) {
    const nodeGroup = nodeGroupNamed(aws, entry.scale);
    const { desired } = entry.scale;
    const { min, max } = nodeGroup.kind === 'managed' ? nodeGroup.scaling : nodeGroup.group;
    const scaling = { min: Math.min(min, desired), max: Math.max(max, desired), desired };
    nodeGroup.settingsAtStart = { ...nodeGroup.settingsAtStart, scaling };
    scaleTo(nodeGroup, scaling);
  }
  if (entry.terminateInstance !== undefined) {
    const { group } = nodeGroupNamed(aws, entry.terminateInstance);
    const instance = group.members.at(-1);
    if (instance !== undefined) group.terminate(instance, { decrement: false });
  }
  if (entry.spotInterruption !== undefined) {
    const nodeGroup = nodeGroupNamed(aws, entry.spotInterruption);
    const { members } = nodeGroup.group;
    const instance = members[Math.floor(world.random() * members.length)];
    if (instance !== undefined) interrupt(world, nodeGroup, instance);
  }
  if (entry.autoscaler !== undefined) autoscale(world, nodeGroupNamed(aws, entry.autoscaler), entry.autoscaler.by);
  if (entry.setPdb !== undefined) {
    const { cluster, workload, minAvailable } = entry.setPdb;
    const found = world.clusters
      .get(cluster)
      ?.workloads.find(({ namespace, name }) => `${namespace}/${name}` === workload);
    if (found === undefined) throw new Error(`setPdb: ${cluster} has no workload ${workload}`);
    const [budget, ...more] = found.budgets;
    found.budgets = [{ name: budget?.name ?? found.name, minAvailable, maxUnavailable: undefined }, ...more];
  }
  if (entry.setAlarm !== undefined) {
    const { name, state } = entry.setAlarm;
    const alarm = world.alarms.get(name);
    if (alarm === undefined) throw new Error(`setAlarm: there is no alarm ${name}`);
    world.alarms.hold(alarm, state as AlarmState, 'somebody keeps it so');
  }
  if (entry.start !== undefined) start(entry.start);
  if (entry.control !== undefined) await aws.control(entry.control);
};

/** Settings that somebody else changes shall stay as they set them. */
const callOfSomebody = async (aws: EmbeddedAws, call: string, input: unknown): Promise<void> => {
  const before = aws.world.nodeGroups().map((nodeGroup) => ({ nodeGroup, settings: settingsOf(nodeGroup) }));
  await aws.call(call, input);
  for (const { nodeGroup, settings } of before) {
    const changed = Object.entries(settingsOf(nodeGroup)).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(settings[name]),
    );
    nodeGroup.settingsAtStart = { ...nodeGroup.settingsAtStart, ...Object.fromEntries(changed) };
  }
};

const nodeGroupNamed = (
  aws: EmbeddedAws,
  { cluster, nodeGroup }: { cluster: string; nodeGroup: string },
): NodeGroup => {
  const found = aws.world.clusters.get(cluster)?.nodeGroupNamed(nodeGroup);
  if (found === undefined) throw new Error(`timeline: ${cluster} has no node group ${nodeGroup}`);
  return found;
};

const deprecate = ({ world }: EmbeddedAws, text: string, scenario: Scenario): void => {
  const [amiType = '', release = ''] = text.split('@');
  const entry = scenario.releases.find((each) => each.amiType === amiType && each.release === release);
  for (const minor of entry === undefined ? [] : minorsOf(scenario, entry)) {
    const image = world.imageOfRelease(amiType, release, minor);
    if (image !== undefined) image.deprecatedAt = world.clock.now;
  }
};

/** Its publisher takes a release back: `recommended` moves to the newest one that is left, and the image is deprecated. */
const recall = ({ world }: EmbeddedAws, text: string, scenario: Scenario): void => {
  const [amiType = '', recalled = ''] = text.split('@');
  const published = scenario.releases
    .filter((each) => each.amiType === amiType && Date.parse(each.publishedAt) <= world.clock.now)
    .sort((a, b) => Date.parse(b.publishedAt) - Date.parse(a.publishedAt));
  const entry = published.find(({ release }) => release === recalled);
  for (const minor of entry === undefined ? [] : minorsOf(scenario, entry)) {
    const image = world.imageOfRelease(amiType, recalled, minor);
    if (image !== undefined) image.deprecatedAt = world.clock.now;
    const former = published.find((each) => each !== entry && minorsOf(scenario, each).includes(minor));
    if (former === undefined) continue;
    const { deprecatedAt: _, ...release } = former;
    recommend(world.parameters, { ...release, minor }, world.clock.now);
  }
};
