/** Tells a rehearsal as a story: what was found, the plan, how it went, how it ended and why. */
import colors from 'picocolors';
import { nodeGroupTable, paint } from '../../cli/print-answer.ts';
import type { EmbeddedAws } from '../embedded-aws.ts';
import { rehearse } from '../rehearse.ts';
import { type AnswerRead, machineOf, type Report } from '../report.ts';
import type { Scenario } from '../scenario-format/schema.ts';
import {
  configuredImageId,
  configuredVersionNumber,
  desiredSize,
  imagesOf,
  type NodeGroup,
} from '../world/node-groups.ts';
import { progressOf } from './progress.ts';
import { type ProgressDisplay, progressDisplay } from './progress-display.ts';
import { FleetStory } from './tell-fleet.ts';

export interface StoryOutput {
  print(text: string): void;
  width: number;
}

/** In a terminal a pretend minute takes this long, so that one can watch it. */
const realMillisecondsPerMinute = 90;
const longestPauseMilliseconds = 250;
const mostClusters = 5;

export const tellRehearsal = async (
  scenario: Scenario,
  output: StoryOutput,
  title = scenario.name,
): Promise<Report> => {
  const print = (line = ''): void => output.print(line);
  if (scenario.clusters.length > mostClusters) return tellFleet(scenario, print, title);
  const display = progressDisplay(print);
  let story: Story | undefined;
  print(colors.bold(title));
  const report = await rehearse(scenario, {
    onBegin: (aws) => {
      tellWorld(aws, scenario, print);
      story = new Story(aws, display);
    },
    beforeStep: (instant) => story?.beforeStep(instant),
    onEnd: async () => {
      await story?.tell();
      display.end();
    },
  });
  for (const answer of report.executions) tellAnswer(answer, output);
  if (report.executions.length === 0) print('\nNo rollout of a cluster was started.');
  if (story !== undefined) tellNow(story.aws, print);
  tellVerdict(report, print);
  return report;
};

/** Of many clusters nobody reads each plan and each answer. */
const tellFleet = async (scenario: Scenario, print: (line?: string) => void, title: string): Promise<Report> => {
  let story: FleetStory | undefined;
  print(colors.bold(title));
  const report = await rehearse(scenario, {
    onBegin: (aws) => {
      tellWorld(aws, scenario, print);
      story = new FleetStory(aws, scenario, print);
    },
    beforeStep: (instant) => {
      story?.beforeStep(instant);
      return undefined;
    },
  });
  story?.end();
  tellVerdict(report, print);
  return report;
};

/** What is told while the rehearsal runs. */
class Story {
  readonly aws: EmbeddedAws;
  readonly #display: ProgressDisplay;
  readonly #plansTold = new Set<string>();
  #wavesTold = 0;

  constructor(aws: EmbeddedAws, display: ProgressDisplay) {
    this.aws = aws;
    this.#display = display;
  }

  async beforeStep(instant: number): Promise<void> {
    await this.tell();
    if (process.stdout.isTTY !== true || this.aws.executions.all.length === 0) return;
    const minutes = (instant - this.aws.clock.now) / 60_000;
    const milliseconds = Math.min(longestPauseMilliseconds, minutes * realMillisecondsPerMinute);
    if (milliseconds >= 2) await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  async tell(): Promise<void> {
    const waves = wavesBegun(this.aws);
    for (const wave of waves.slice(this.#wavesTold)) {
      if (!this.#plansTold.has(wave.rolloutId)) await this.#tellPlan(wave.rolloutId);
      this.#plansTold.add(wave.rolloutId);
      this.#display.say(`${timeOf(this.aws)}  ${colors.bold(wave.title)}: ${wave.nodeGroups.join(', ')}`);
    }
    this.#wavesTold = waves.length;
    this.#display.show(timeOf(this.aws), progressOf(this.aws));
  }

  /** The plan as the ledger holds it. */
  async #tellPlan(rolloutId: string): Promise<void> {
    const [table] = this.aws.stack.tables;
    const items = table === undefined ? [] : await this.aws.tables.scan(table.name);
    const found = items.find((item) => item.pk === `ROLLOUT#${rolloutId}` && item.sk === 'ROLLOUT');
    const { plan } = JSON.parse(found?.body ?? '{}') as { plan?: PlanInLedger };
    if (plan === undefined) return;
    this.#display.say(colors.bold(`Plan of rollout ${rolloutId}`));
    for (const { name, outcome, reason } of plan.nodeGroups) {
      this.#display.say(`  ${name.padEnd(12)} ${outcome === 'Planned' ? '' : `${outcome}: `}${reason}`);
    }
    this.#display.say(`  waves: ${plan.waves.map((wave) => wave.join(' + ')).join(', then ')}`);
    this.#display.say('');
  }
}

interface PlanInLedger {
  waves: string[][];
  nodeGroups: { name: string; outcome: string; reason: string }[];
}

interface WaveBegun {
  rolloutId: string;
  title: string;
  nodeGroups: string[];
}

/** Each time a cluster's machine has entered the state that starts node groups. */
const wavesBegun = (aws: EmbeddedAws): WaveBegun[] =>
  aws.executions.all
    .filter((execution) => machineOf(execution) === 'roll-out-cluster')
    .flatMap((execution) => execution.history)
    .flatMap(({ stateEnteredEventDetails: entered }) => {
      if (entered?.name !== 'RollOutNodeGroups') return [];
      const { rolloutId, wave, mode, nodeGroups } = JSON.parse(entered.input ?? '{}') as {
        rolloutId: string;
        wave: number;
        mode: string;
        nodeGroups: { nodeGroup: string }[];
      };
      const title = mode === 'forward' ? `Wave ${wave + 1}${wave === 0 ? ', the canary' : ''}` : titles[mode];
      return [{ rolloutId, title: title ?? mode, nodeGroups: nodeGroups.map((each) => each.nodeGroup) }];
    });

const titles: Readonly<Record<string, string>> = { back: 'Goes back', settle: 'Ends what was begun' };

const tellWorld = (aws: EmbeddedAws, scenario: Scenario, print: (line?: string) => void): void => {
  const iso = new Date(aws.clock.now).toISOString();
  print(colors.dim(`It is ${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC; every minute below is pretend time.`));
  print();
  const clusters = [...aws.world.clusters.values()];
  for (const cluster of clusters.slice(0, mostClusters)) {
    print(`Found cluster ${colors.bold(cluster.name)}, Kubernetes ${cluster.version}`);
    for (const nodeGroup of cluster.allNodeGroups()) print(`  ${describeNodeGroup(aws, nodeGroup)}`);
  }
  if (clusters.length > mostClusters) print(`and ${clusters.length - mostClusters} more`);
  for (const { amiType, release, publishedAt } of newestReleases(scenario, aws.clock.now)) {
    print(`Newest release of ${amiType}: ${colors.bold(release)}, published ${publishedAt.slice(0, 10)}`);
  }
  print();
};

const describeNodeGroup = (aws: EmbeddedAws, nodeGroup: NodeGroup): string => {
  const image = aws.world.images.get(configuredImageId(nodeGroup) ?? '');
  const number = configuredVersionNumber(nodeGroup);
  const version = number === undefined ? '' : `, launch template version ${number}`;
  return `${nodeGroup.name.padEnd(12)} ${String(desiredSize(nodeGroup)).padStart(3)} nodes on ${image?.releaseVersion ?? '?'} (${image?.architecture ?? '?'}${version})`;
};

const newestReleases = ({ releases }: Scenario, now: number): Scenario['releases'] => {
  const newest = new Map<string, Scenario['releases'][number]>();
  for (const release of releases) {
    if (Date.parse(release.publishedAt) > now) continue;
    const present = newest.get(release.amiType);
    if (present === undefined || present.publishedAt < release.publishedAt) newest.set(release.amiType, release);
  }
  return [...newest.values()];
};

const timeOf = (aws: EmbeddedAws): string => new Date(aws.clock.now).toISOString().slice(11, 16);

const tellAnswer = (answer: AnswerRead, { print, width }: StoryOutput): void => {
  print('');
  print(`${paint(answer.outcome)}: ${answer.reason}`);
  if (answer.nodeGroups.length > 0) print(nodeGroupTable(answer.nodeGroups, Math.min(width, 130)));
  for (const { level, code, message } of answer.plan.findings) print(colors.dim(`  ${level} ${code}: ${message}`));
};

/** What runs when it is over: the proof of the way back, too. */
const tellNow = (aws: EmbeddedAws, print: (line?: string) => void): void => {
  print();
  print('What runs now');
  for (const nodeGroup of aws.world.nodeGroups().slice(0, 20)) {
    const running = Object.entries(imagesOf(nodeGroup.group.members)).map(
      ([imageId, count]) => `${count} nodes on ${aws.world.images.get(imageId)?.releaseVersion ?? imageId}`,
    );
    print(`  ${`${nodeGroup.cluster.name}/${nodeGroup.name}`.padEnd(20)} ${running.join(', ') || 'no nodes'}`);
  }
};

const tellVerdict = (report: Report, print: (line?: string) => void): void => {
  const minutes = Math.round(report.simulatedSeconds / 60);
  const calls = Object.values(report.calls).reduce((sum, count) => sum + count, 0);
  print();
  print(colors.dim(`${minutes} pretend minutes, ${calls} calls, ${report.transitions} state transitions.`));
  for (const lost of report.lostTriggers) print(colors.yellow(`A trigger was lost: ${lost}`));
  for (const violation of report.invariants) print(colors.red(`Invariant violated: ${violation}`));
  for (const difference of report.differences) print(colors.red(`Not as expected: ${difference}`));
  if (report.asExpected) print(colors.green('As expected, and every invariant holds.'));
};
