/** Tells a rehearsal of many clusters on one page: a line for what was published, and for what each day's rollouts did. */
import colors from 'picocolors';
import { paint } from '../../cli/print-answer.ts';
import type { EmbeddedAws } from '../embedded-aws.ts';
import { type AnswerRead, answerOf, machineOf } from '../report.ts';
import { parseIsoDuration } from '../scenario-format/iso-duration.ts';
import type { Scenario } from '../scenario-format/schema.ts';
import type { Execution } from '../state-machines/index.ts';
import type { Image } from '../world/images.ts';

/** A thing that happened, and when. */
interface Line {
  at: number;
  text: string;
}

/** What node groups of several clusters went through on the same day. */
interface Deed {
  begun: number;
  ended: number;
  outcome: string;
  what: string;
  /** Of what went wrong. */
  reason: string | undefined;
  nodeGroups: number;
  clusters: Set<string>;
}

const day = 24 * 3600 * 1000;

export class FleetStory {
  readonly #aws: EmbeddedAws;
  readonly #print: (line?: string) => void;
  readonly #news: Line[];
  #toldUntil: number;

  constructor(aws: EmbeddedAws, scenario: Scenario, print: (line?: string) => void) {
    this.#aws = aws;
    this.#print = print;
    this.#news = newsOf(scenario);
    this.#toldUntil = aws.clock.now;
  }

  /** A day is told when it is over. */
  beforeStep(instant: number): void {
    const today = Math.floor(instant / day) * day;
    if (today > this.#toldUntil) this.#tell(today);
  }

  end(): void {
    this.#tell(Number.POSITIVE_INFINITY);
    this.#print();
    this.#print('What runs now');
    for (const [what, count] of runningNow(this.#aws)) {
      this.#print(`  ${what.padEnd(46)} ${String(count).padStart(4)} node groups`);
    }
  }

  #tell(until: number): void {
    const isTold = ({ at }: Line): boolean => this.#toldUntil <= at && at < until;
    const lines = [...this.#news, ...deedsOf(this.#aws).map(lineOf)].filter(isTold).sort((a, b) => a.at - b.at);
    for (const { at, text } of lines) this.#print(`${colors.dim(momentOf(at))}  ${text}`);
    this.#toldUntil = until;
  }
}

/** What a publisher did, as the scenario has it. */
const newsOf = ({ now, releases, timeline }: Scenario): Line[] => {
  const start = Date.parse(now);
  const news = new Map<string, { at: number; verb: string; release: string; amiTypes: string[] }>();
  const add = (at: number, verb: string, release: string, amiType: string): void => {
    const key = `${at} ${verb} ${release}`;
    const present = news.get(key);
    if (present === undefined) news.set(key, { at, verb, release, amiTypes: [amiType] });
    else present.amiTypes.push(amiType);
  };
  for (const { amiType, release, publishedAt } of releases) {
    if (Date.parse(publishedAt) >= start) add(Date.parse(publishedAt), 'published', release, amiType);
  }
  for (const { at, recall } of timeline) {
    const [amiType = '', release = ''] = recall?.split('@') ?? [];
    if (recall !== undefined && at !== undefined)
      add(start + (parseIsoDuration(at) ?? 0), 'recalled', release, amiType);
  }
  return [...news.values()].map(({ at, verb, release, amiTypes }) => ({
    at,
    text: `${verb === 'recalled' ? colors.yellow('recalled') : verb} ${colors.bold(release)} of ${amiTypes.join(', ')}`,
  }));
};

/** Of the rollouts that have ended, and did something or could not. */
const deedsOf = (aws: EmbeddedAws): Deed[] => {
  const deeds = new Map<string, Deed>();
  for (const execution of aws.executions.all) {
    if (machineOf(execution) !== 'roll-out-cluster' || execution.status === 'RUNNING') continue;
    const answer = answerOf(execution) as AnswerRead | undefined;
    const begun = begunAt(execution);
    for (const { outcome, what, reason } of whatCameOf(aws, execution, answer)) {
      const key = `${Math.floor(begun / day)} ${outcome} ${what}`;
      const ended = execution.stopDate?.getTime() ?? aws.clock.now;
      const deed = deeds.get(key) ?? { begun, ended, outcome, what, reason, nodeGroups: 0, clusters: new Set() };
      deed.begun = Math.min(deed.begun, begun);
      deed.ended = Math.max(deed.ended, ended);
      deed.nodeGroups += 1;
      deed.clusters.add(answer?.clusterName ?? execution.name);
      deeds.set(key, deed);
    }
  }
  return [...deeds.values()];
};

const whatCameOf = (
  { world }: EmbeddedAws,
  execution: Execution,
  answer: AnswerRead | undefined,
): { outcome: string; what: string; reason: string | undefined }[] => {
  if (answer === undefined) return [{ outcome: execution.status, what: 'no answer', reason: undefined }];
  const { outcome, reason, nodeGroups } = answer;
  const went = nodeGroups.filter((group) => group.outcome === 'Updated' || group.outcome === 'RolledBack');
  if (went.length === 0) return outcome === 'UpToDate' ? [] : [{ outcome, what: 'nothing was changed', reason }];
  return went.map((group) => {
    const isBack = group.outcome === 'RolledBack';
    const image = world.images.get((isBack ? group.from : group.to).imageId ?? '');
    return { outcome: group.outcome, what: releaseOf(image), reason: isBack ? group.reason : undefined };
  });
};

/** When its first node group was begun; of one that begun none, when it started. */
const begunAt = ({ history, startDate }: Execution): number =>
  (
    history.find(({ stateEnteredEventDetails: entered }) => entered?.name === 'RollOutNodeGroups')?.timestamp ??
    startDate
  ).getTime();

const lineOf = ({ begun, ended, outcome, what, reason, nodeGroups, clusters }: Deed): Line => {
  const because = reason === undefined ? '' : `\n                         ${reason.slice(0, 200)}`;
  const groups = `${nodeGroups} node group${nodeGroups === 1 ? '' : 's'} of ${namesOf([...clusters])}`;
  return { at: begun, text: `until ${momentOf(ended).slice(-5)}  ${paint(outcome)}: ${groups}: ${what}${because}` };
};

/** Of many, how many and from which to which. */
const namesOf = (clusters: string[]): string => {
  const sorted = clusters.sort();
  return sorted.length <= 3 ? sorted.join(', ') : `${sorted.length} clusters, ${sorted[0]} to ${sorted.at(-1)}`;
};

const releaseOf = (image: Pick<Image, 'amiType' | 'releaseVersion'> | undefined): string =>
  image === undefined ? '?' : `${image.amiType} ${image.releaseVersion}`;

const runningNow = (aws: EmbeddedAws): [string, number][] => {
  const counts = new Map<string, number>();
  for (const { group } of aws.world.nodeGroups()) {
    const what = [...new Set(group.members.map(({ image }) => releaseOf(image)))].join(' and ') || 'no nodes';
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
};

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Tue 2026-10-13 21:00`, in UTC. */
const momentOf = (instant: number): string => {
  const date = new Date(instant);
  const iso = date.toISOString();
  return `${weekdays[date.getUTCDay()]} ${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
};
