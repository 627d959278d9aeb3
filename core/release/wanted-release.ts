import { describeSeconds } from '../duration.ts';
import type { AmiType } from './ami-variant.ts';
import { type ReleaseSelector, selects } from './release-selector.ts';
import { compareBuilds, compareReleaseVersions, parseReleaseVersion, type ReleaseVersion } from './release-version.ts';

/** One published image of one variant and Kubernetes minor, as its publisher's parameters name it. */
export interface Release {
  amiType: AmiType | null;
  /** Null where the publisher gives none: a golden image whose name says nothing. */
  releaseVersion: string | null;
  imageId: string;
  imageName: string | null;
  /**
   * When the release was published in this Region: the LastModifiedDate of its own parameter, ISO 8601. Never the day
   * in its name. Null when that could not be read.
   */
  publishedAt: string | null;
  /** Its publisher recommended this older release again, and not this one since. Left out: nothing of the kind was seen. */
  withdrawnFor?: string | undefined;
}

/** A release that failed on a node group, and is not tried again by itself. */
export interface SpentRelease {
  imageId: string;
  releaseVersion: string | null;
  rolloutId: string;
  reason: string;
  /** ISO 8601; left out by older items. */
  spentAt?: string;
}

/** What decides which of the published releases a node group should run. */
export interface ReleaseRules {
  /** A release younger than this is passed over. Zero takes any. */
  minimumReleaseAgeSeconds: number;
  denied: readonly ReleaseSelector[];
  /** A pin that applies to this variant is the only release wanted. */
  pinned: readonly ReleaseSelector[];
  /** The release a person named for this rollout. */
  named?: ReleaseSelector;
  spent: readonly SpentRelease[];
  /** A person takes a spent release once more. */
  again: boolean;
  /** Only what passed in the ring before is taken; null: no ring comes before, or nobody asks. */
  passedBefore?: PassedBefore | null;
}

/** What passed in a ring, of one variant and Kubernetes minor. */
export interface PassedBefore {
  ring: string;
  /** How long a release must have been there before it goes on. */
  bakeSeconds: number;
  /** `passedAt`: where it first did, ISO 8601. */
  releases: readonly { imageId: string; passedAt: string }[];
}

export interface PassedOver {
  releaseVersion: string | null;
  imageId: string;
  code: RefusedRelease | 'release-not-passed';
  why: string;
}

export type WantedRelease =
  | { wanted: 'release'; release: Release; reason: string; passedOver: PassedOver[] }
  /** The node group runs what it should. */
  | { wanted: 'nothing-newer'; reason: string; passedOver: PassedOver[] }
  /** A person asked for a release that this node group may not have. */
  | { wanted: 'refused'; code: RefusedRelease; reason: string; passedOver: PassedOver[] };

export type RefusedRelease = 'release-denied' | 'release-spent' | 'release-too-young' | 'release-unknown';

export interface WantedReleaseInput {
  /** Every release the publisher lists for the variant and minor, in any order. */
  published: readonly Release[];
  /** The image id the publisher recommends now; newer releases than that one were withdrawn. Null when unknown. */
  recommendedImageId: string | null;
  /** What the node group's configuration names now. */
  running: {
    imageId: string;
    releaseVersion: string | null;
    /** What the name of its image says, where its publisher does not list it any more. */
    builtOn?: string;
  };
  rules: ReleaseRules;
  /** ISO 8601. */
  now: string;
}

/**
 * The release a node group should run: the newest that is old enough, not denied and not spent. "The latest, if old
 * enough" would starve behind a publisher that is faster than the age. Named and pinned releases are taken as they are;
 * nothing else ever leads backwards.
 */
export const wantedRelease = (input: WantedReleaseInput): WantedRelease => {
  const { published, rules, running } = input;
  const releases = newestFirst(published);
  if (rules.named !== undefined) return namedRelease(rules.named, releases, input);

  const passedOver: PassedOver[] = [];
  const pinned = rules.pinned.length > 0;
  const candidates = pinned
    ? releases.filter((release) => rules.pinned.some((pin) => selects(pin, release)))
    : releases.filter((release) => isNewerThan(release, running));
  if (pinned && candidates.length === 0) {
    const pins = rules.pinned.map((pin) => pin.text).join(', ');
    return {
      wanted: 'refused',
      code: 'release-unknown',
      reason: `pinned to ${pins}, which its publisher does not list`,
      passedOver,
    };
  }
  for (const release of candidates) {
    if (release.imageId === running.imageId)
      return nothingNewer(`runs its pinned release ${label(release)}`, passedOver);
    const objection = objectionTo(release, input) ?? notPassed(release, rules.passedBefore ?? null, input.now);
    if (objection === undefined) {
      return { wanted: 'release', release, reason: wantedBecause(release, pinned, passedOver), passedOver };
    }
    passedOver.push({ releaseVersion: release.releaseVersion, imageId: release.imageId, ...objection });
  }
  return nothingNewer(upToDateBecause(running, passedOver), passedOver);
};

/** Each release, newest first, with what speaks against taking it in place of any other. */
export const judgeReleases = (
  input: Omit<WantedReleaseInput, 'running'>,
): { release: Release; objection: { code: PassedOver['code']; why: string } | undefined }[] =>
  newestFirst(input.published).map((release) => {
    const { pinned, passedBefore = null } = input.rules;
    const isPinned = pinned.length === 0 || pinned.some((pin) => selects(pin, release));
    return {
      release,
      objection: isPinned
        ? (objectionTo(release, input) ?? notPassed(release, passedBefore, input.now))
        : { code: 'release-not-passed', why: `is not what ${pinned.map((pin) => pin.text).join(', ')} pins` },
    };
  });

const namedRelease = (
  named: ReleaseSelector,
  releases: readonly Release[],
  input: WantedReleaseInput,
): WantedRelease => {
  const release = releases.find((each) => selects(named, each));
  if (release === undefined) {
    const known = releases.slice(0, 3).map(label).join(', ') || 'none';
    return {
      wanted: 'refused',
      code: 'release-unknown',
      reason: `${named.text} is not published for this variant; the newest are ${known}`,
      passedOver: [],
    };
  }
  const objection = objectionTo(release, input);
  if (release.imageId === input.running.imageId && objection?.code !== 'release-denied') {
    return nothingNewer(`runs ${label(release)} already`, []);
  }
  if (objection !== undefined) {
    return { wanted: 'refused', code: objection.code, reason: `${label(release)} ${objection.why}`, passedOver: [] };
  }
  return { wanted: 'release', release, reason: `${label(release)} was named for this rollout`, passedOver: [] };
};

/** Why a release may not be taken, or undefined when nothing speaks against it. The gravest reason comes first. */
const objectionTo = (
  release: Release,
  { rules, now, published, recommendedImageId }: Omit<WantedReleaseInput, 'running'>,
): { code: RefusedRelease; why: string } | undefined => {
  const denied = denialOf(release, { denied: rules.denied, published, recommendedImageId });
  if (denied !== undefined) return { code: 'release-denied', why: denied };
  const spent = rules.spent.find((each) => each.imageId === release.imageId);
  if (spent !== undefined && !rules.again) {
    return {
      code: 'release-spent',
      why: `is spent since rollout ${spent.rolloutId} (${spent.reason}); take it once more with "again": true and a reason`,
    };
  }
  return tooYoung(release, rules, now);
};

const tooYoung = (
  release: Release,
  rules: ReleaseRules,
  now: string,
): { code: RefusedRelease; why: string } | undefined => {
  if (rules.minimumReleaseAgeSeconds === 0) return undefined;
  if (release.publishedAt === null) {
    return { code: 'release-too-young', why: 'has no known publication time, so its age cannot be told' };
  }
  const ageSeconds = (Date.parse(now) - Date.parse(release.publishedAt)) / 1000;
  if (ageSeconds < rules.minimumReleaseAgeSeconds) {
    const left = describeSeconds(rules.minimumReleaseAgeSeconds - ageSeconds);
    const asked = describeSeconds(rules.minimumReleaseAgeSeconds);
    return { code: 'release-too-young', why: `is too young: ${left} short of the minimum release age of ${asked}` };
  }
  return undefined;
};

/** Why a release may never be taken, by deny list or by its publisher; undefined when nothing says so. */
export const denialOf = (
  release: Release,
  {
    denied,
    published,
    recommendedImageId,
  }: Pick<WantedReleaseInput, 'published' | 'recommendedImageId'> & { denied: readonly ReleaseSelector[] },
): string | undefined => {
  const selector = denied.find((each) => selects(each, release));
  if (selector !== undefined) return `is on the deny list (${selector.text})`;
  const recommended = published.find((each) => each.imageId === recommendedImageId);
  if (recommended !== undefined && isNewerThan(release, recommended)) {
    return `was withdrawn: its publisher recommends ${label(recommended)} again`;
  }
  if (release.withdrawnFor === undefined || release.imageId === recommendedImageId) return undefined;
  return `was withdrawn: its publisher recommended ${release.withdrawnFor} again`;
};

/** What a person names, or goes back to, need not have passed: they have decided. */
const notPassed = (
  { imageId }: Release,
  passedBefore: PassedBefore | null,
  now: string,
): { code: 'release-not-passed'; why: string } | undefined => {
  if (passedBefore === null) return undefined;
  const { ring, bakeSeconds, releases } = passedBefore;
  const passed = releases.find((each) => each.imageId === imageId);
  if (passed === undefined) return { code: 'release-not-passed', why: `has not passed in the ring ${ring}` };
  const until = Date.parse(passed.passedAt) + bakeSeconds * 1000;
  if (Date.parse(now) >= until) return undefined;
  return { code: 'release-not-passed', why: `bakes in the ring ${ring} until ${new Date(until).toISOString()}` };
};

const wantedBecause = (release: Release, pinned: boolean, passedOver: readonly PassedOver[]): string => {
  if (pinned) return `${label(release)} is pinned`;
  if (passedOver.length === 0) return `${label(release)} is the newest release`;
  return `${label(release)} is the newest release that may be taken; ${describePassedOver(passedOver)}`;
};

const upToDateBecause = (running: WantedReleaseInput['running'], passedOver: readonly PassedOver[]): string => {
  const runs = `runs ${running.releaseVersion ?? running.imageId}`;
  if (passedOver.length === 0) return `${runs}, the newest release`;
  return `${runs}; ${describePassedOver(passedOver)}`;
};

const describePassedOver = (passedOver: readonly PassedOver[]): string =>
  passedOver.map((each) => `${each.releaseVersion ?? each.imageId} ${each.why}`).join('; ');

const nothingNewer = (reason: string, passedOver: PassedOver[]): WantedRelease => ({
  wanted: 'nothing-newer',
  reason,
  passedOver,
});

export const label = (release: Pick<Release, 'releaseVersion' | 'imageId'>): string =>
  release.releaseVersion ?? release.imageId;

/** How many releases its publisher has brought out since, withdrawn ones not counted. */
export const releasesBehind = ({
  published,
  recommendedImageId,
  running,
}: Pick<WantedReleaseInput, 'published' | 'recommendedImageId' | 'running'>): number =>
  published.filter(
    (release) =>
      isNewerThan(release, running) && denialOf(release, { denied: [], published, recommendedImageId }) === undefined,
  ).length;

/** By release version; where that says nothing (golden images), whatever is not the running image is newer. */
export const isNewerThan = (release: Release, other: WantedReleaseInput['running']): boolean => {
  if (release.imageId === other.imageId) return false;
  const mine = versionOf(release);
  const theirs = versionOf({ amiType: release.amiType, releaseVersion: other.releaseVersion });
  if (mine === undefined) return release.amiType === null;
  if (theirs === undefined) return other.builtOn === undefined || compareBuilds(mine.build, other.builtOn) > 0;
  return compareReleaseVersions(mine, theirs) > 0;
};

const versionOf = ({
  amiType,
  releaseVersion,
}: Pick<Release, 'amiType' | 'releaseVersion'>): ReleaseVersion | undefined =>
  releaseVersion === null ? undefined : parseReleaseVersion(releaseVersion, amiType);

/** Where versions say nothing of the order, the image ids do: any order, but always the same. */
const newestFirst = (releases: readonly Release[]): Release[] =>
  releases
    .map((release) => ({ release, version: versionOf(release) }))
    .sort((a, b) => newerFirst(a.version, b.version) || a.release.imageId.localeCompare(b.release.imageId))
    .map(({ release }) => release);

const newerFirst = (a: ReleaseVersion | undefined, b: ReleaseVersion | undefined): number =>
  a === undefined || b === undefined ? Number(a === undefined) - Number(b === undefined) : compareReleaseVersions(b, a);
