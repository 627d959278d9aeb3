/** Plays a history day by day against rules: which release would have run when, and how good was that? */
import type { ReleaseSelector } from '../release/release-selector.ts';
import { type SpentRelease, wantedRelease } from '../release/wanted-release.ts';
import { type HistoricRelease, type History, instantOf } from './history.ts';

/** How one ring chooses. */
export interface ReplayedRing {
  name: string;
  minimumReleaseAgeSeconds: number;
  denied: readonly ReleaseSelector[];
  pinned: readonly ReleaseSelector[];
  /** The newest alone, if it is old enough; else the newest that is. */
  considers: 'newest-alone' | 'every-release';
  /**
   * Its gates fail a release whose nodes do not stay Ready, on the day it comes, and it goes back. From the day a release
   * is known to be bad it is not taken any more, and a ring that runs it goes back.
   */
  heedsVerdictsAndRecalls: boolean;
  /** The ring before, by its name: only what passed there is taken. */
  after: string | null;
}

export interface ReplayResult {
  ring: string;
  /** Releases taken that stayed. What runs at first is none. */
  updates: number;
  /** How often it went back: a gate failed, or the release turned out bad. */
  takenBack: number;
  /** Days without an update, the longest time; from the first day to the last one that are counted. */
  longestGapDays: number;
  /** The highest age of what ran. */
  oldestDays: number;
  /** Days on a release that was known to be bad by then. */
  knownBadDays: number;
  /** From what ran to the newest release that was not known to be bad by then, on average and at most. */
  behindDays: { mean: number; worst: number };
}

/** Rings in their order; the first and the last day that are counted. Before the first one it is played, too. */
export const replay = (
  { releases }: History,
  rings: readonly ReplayedRing[],
  { from, to }: { from: number; to: number },
): ReplayResult[] => {
  const states = rings.map((ring) => new RingState(ring));
  const first = releases[0]?.day ?? from;
  for (let day = first; day <= to; day += 1) {
    const out = releases.filter((release) => release.day <= day);
    for (const state of states) {
      const before = states.find(({ ring }) => ring.name === state.ring.after);
      state.playDay(day, out, before);
      if (day >= from) state.count(day, out);
    }
  }
  return states.map((state) => state.result(from, to));
};

class RingState {
  readonly ring: ReplayedRing;
  /** What ran before, and could be gone back to; the last one is what runs. */
  readonly #ran: HistoricRelease[] = [];
  readonly #passed = new Set<HistoricRelease>();
  readonly #spent: SpentRelease[] = [];
  #updateDays: number[] = [];
  #backDays: number[] = [];
  #days = 0;
  #oldest = 0;
  #knownBad = 0;
  #behind = { sum: 0, worst: 0 };

  constructor(ring: ReplayedRing) {
    this.ring = ring;
  }

  playDay(day: number, out: readonly HistoricRelease[], before: RingState | undefined): void {
    if (this.ring.heedsVerdictsAndRecalls) this.#goBackFromBad(day);
    // What its gates fail is tried once; the next best has its turn on the same day.
    for (let tries = 0; tries <= out.length; tries += 1) {
      const wanted = this.#wanted(day, out, before);
      if (wanted === undefined) return;
      this.#ran.push(wanted);
      if (!this.ring.heedsVerdictsAndRecalls || wanted.bad?.isSeenByGates !== true) {
        this.#passed.add(wanted);
        if (this.#ran.length > 1) this.#updateDays.push(day);
        return;
      }
      this.#spent.push({ ...wanted.release, rolloutId: '', reason: 'its gates failed' });
      this.#ran.pop();
      this.#backDays.push(day);
    }
  }

  #goBackFromBad(day: number): void {
    const isBad = (release: HistoricRelease | undefined): boolean =>
      release?.bad != null && release.bad.knownDay <= day;
    if (!isBad(this.#ran.at(-1)) || this.#ran.length < 2) return;
    while (isBad(this.#ran.at(-1)) && this.#ran.length > 1) this.#ran.pop();
    this.#backDays.push(day);
  }

  #wanted(day: number, out: readonly HistoricRelease[], before: RingState | undefined): HistoricRelease | undefined {
    const { considers, heedsVerdictsAndRecalls: isHeeding, ...rules } = this.ring;
    const there = considers === 'newest-alone' ? out.slice(-1) : out;
    const open = before === undefined ? there : there.filter((release) => before.#passed.has(release));
    const known = isHeeding ? open.filter(({ bad }) => bad !== null && bad.knownDay <= day) : [];
    const running = this.#ran.at(-1);
    const answer = wantedRelease({
      published: open.map(({ release }) => release),
      recommendedImageId: null,
      running: { imageId: running?.release.imageId ?? '', releaseVersion: running?.release.releaseVersion ?? null },
      rules: {
        minimumReleaseAgeSeconds: rules.minimumReleaseAgeSeconds,
        denied: [...rules.denied, ...known.map(({ release: { imageId } }) => byImage(imageId))],
        pinned: rules.pinned,
        spent: [...this.#spent, ...(before === undefined ? [] : before.#spent)],
        again: false,
      },
      now: instantOf(day),
    });
    if (answer.wanted !== 'release') return undefined;
    return open.find(({ release }) => release.imageId === answer.release.imageId);
  }

  count(day: number, out: readonly HistoricRelease[]): void {
    const running = this.#ran.at(-1);
    if (running === undefined) return;
    this.#days += 1;
    this.#oldest = Math.max(this.#oldest, day - running.day);
    if (running.bad !== null && running.bad.knownDay <= day) this.#knownBad += 1;
    const newestGood = out.findLast(({ bad }) => bad === null || bad.knownDay > day);
    const behind = Math.max(0, (newestGood?.day ?? running.day) - running.day);
    this.#behind = { sum: this.#behind.sum + behind, worst: Math.max(this.#behind.worst, behind) };
  }

  result(from: number, to: number): ReplayResult {
    const inWindow = (day: number): boolean => day >= from && day <= to;
    const updates = this.#updateDays.filter(inWindow);
    const edges = [from, ...updates, to];
    return {
      ring: this.ring.name,
      updates: updates.length,
      takenBack: this.#backDays.filter(inWindow).length,
      longestGapDays: Math.max(...edges.slice(1).map((day, index) => day - (edges[index] ?? day))),
      oldestDays: this.#oldest,
      knownBadDays: this.#knownBad,
      behindDays: { mean: this.#days === 0 ? 0 : this.#behind.sum / this.#days, worst: this.#behind.worst },
    };
  }
}

const byImage = (imageId: string): ReleaseSelector => ({ by: 'imageId', value: imageId, text: imageId });
