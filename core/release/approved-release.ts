/**
 * Approved releases: which one the customer's own parameter names for a ring, a Kubernetes minor and an AMI type, so that
 * Terraform, CloudFormation and Karpenter launch what has passed. The first ring's names what is wanted there, a later
 * one's only what has passed in the ring before.
 */
import type { AmiType } from './ami-variant.ts';
import type { ReleaseListing } from './release-listing.ts';
import { isNewerThan, judgeReleases, label, type Release, type ReleaseRules } from './wanted-release.ts';

export interface NamedRelease {
  imageId: string;
  releaseVersion: string | null;
}

/** What a scan saw of the releases of a variant in a ring. */
export interface ApprovableReleases {
  ring: string;
  /** Kubernetes minor. */
  minor: string;
  amiType: AmiType;
  /** Newest first. */
  allowed: NamedRelease[];
  /** Those that nobody may run any more, or that failed in the ring or before it. */
  refused: { imageId: string; why: string }[];
}

/** Longer lists say nothing more: nobody goes back so far. */
export const mostApprovable = 10;

export const approvedFolder = (prefix: string): string => `${prefix}/approved/`;

export const approvedParameter = (
  prefix: string,
  { ring, minor, amiType }: Pick<ApprovableReleases, 'ring' | 'minor' | 'amiType'>,
): string => `${approvedFolder(prefix)}${ring}/${minor}/${amiType}`;

/** Of a listing, what may be taken in a ring; `usable`: whether EC2 agrees with what the publisher says of a release. */
export const approvableReleases = (
  where: Pick<ApprovableReleases, 'ring' | 'minor' | 'amiType'>,
  {
    listing,
    rules,
    usable,
    now,
  }: { listing: ReleaseListing; rules: ReleaseRules; usable: (release: Release) => boolean; now: string },
): ApprovableReleases => {
  const judged = judgeReleases({ ...listing, rules, now });
  const isRefused = (code: string | undefined): boolean => code === 'release-denied' || code === 'release-spent';
  return {
    ...where,
    allowed: judged
      .filter(({ release, objection }) => objection === undefined && usable(release))
      .map(({ release: { imageId, releaseVersion } }) => ({ imageId, releaseVersion }))
      .slice(0, mostApprovable),
    refused: judged
      .flatMap(({ release, objection }) =>
        isRefused(objection?.code) ? [{ imageId: release.imageId, why: (objection?.why ?? '').slice(0, 300) }] : [],
      )
      .slice(0, mostApprovable),
  };
};

/** What the ledger knows of one of these parameters. */
export interface ApprovedRecord {
  /** What we wrote last, and was seen there. */
  value: NamedRelease | null;
  /** What it held before that, newest first. */
  former: NamedRelease[];
  /** What was asked for and has not been seen there: Systems Manager validates an image after it has said yes. */
  asked: AskedRelease | null;
  /** Images that it did not take, and when that was seen, ISO 8601. */
  rejected: { imageId: string; at: string }[];
}

export interface AskedRelease extends NamedRelease {
  /** ISO 8601. */
  at: string;
  isTakenBack: boolean;
  reason: string;
}

export const noApproval: ApprovedRecord = { value: null, former: [], asked: null, rejected: [] };

export type ApprovedDecision =
  | { decision: 'write'; release: NamedRelease; isTakenBack: boolean; reason: string }
  /** `isWorthTelling`: somebody should look. */
  | { decision: 'leave'; reason: string; isWorthTelling: boolean };

/** @param present what the parameter holds; null: there is none */
export const decideApproved = (
  { allowed, refused, ring, amiType }: ApprovableReleases,
  { value, former, asked, rejected }: ApprovedRecord,
  present: string | null,
  now: string,
): ApprovedDecision => {
  if (asked !== null) return leave(`${label(asked)} was written at ${asked.at} and is being validated`);
  const usable = allowed.filter(
    (each) => !rejected.some(({ imageId, at }) => imageId === each.imageId && Date.parse(now) - Date.parse(at) < aDay),
  );
  const newest = usable[0];
  if (value === null) {
    if (newest === undefined) return leave(`no release may be taken in the ring ${ring} yet`);
    if (present !== null && present !== newest.imageId) {
      return leave(`it holds ${present}, which this service did not write; delete it to have it written`, true);
    }
    return write(newest, `${label(newest)} may be taken in the ring ${ring}`);
  }
  const isNewer =
    newest !== undefined && isNewerThan({ ...newest, amiType, imageName: null, publishedAt: null }, value);
  if (isNewer) return write(newest, `${label(newest)} may be taken in the ring ${ring}`);
  if (present !== value.imageId) {
    const holds = present === null ? 'it was deleted' : `somebody wrote ${present}`;
    return leave(`${holds} after ${label(value)}; it is left so until a newer release may be taken`, true);
  }
  const why = refused.find(({ imageId }) => imageId === value.imageId)?.why;
  if (why === undefined) return leave(`it holds ${label(value)}`);
  const back = former.find(({ imageId }) => usable.some((each) => each.imageId === imageId)) ?? newest;
  return back === undefined
    ? leave(`${label(value)} ${why}, and there is no release to go back to`, true)
    : write(back, `${label(value)} ${why}`, true);
};

/** An image that was not taken is not written again before that. */
const aDay = 24 * 3600 * 1000;

const leave = (reason: string, isWorthTelling = false): ApprovedDecision => ({
  decision: 'leave',
  reason,
  isWorthTelling,
});

const write = (release: NamedRelease, reason: string, isTakenBack = false): ApprovedDecision => ({
  decision: 'write',
  release,
  isTakenBack,
  reason,
});

/** Systems Manager advises to try again after five minutes (user guide, parameter-store-ec2-aliases). */
const longestValidationMilliseconds = 600_000;

export type Validation = { validation: 'awaited' } | { validation: 'passed' | 'failed'; record: ApprovedRecord };

/** What became of what was asked for, by what the parameter holds now. */
export const afterValidation = (
  record: ApprovedRecord & { asked: AskedRelease },
  present: string | null,
  now: string,
): Validation => {
  const { value, asked, former, rejected } = record;
  const { imageId, releaseVersion } = asked;
  if (present === imageId) {
    const older = former.filter((each) => each.imageId !== imageId);
    return {
      validation: 'passed',
      record: {
        value: { imageId, releaseVersion },
        former: (value === null || asked.isTakenBack ? older : [value, ...older]).slice(0, mostApprovable),
        asked: null,
        rejected,
      },
    };
  }
  if (Date.parse(now) - Date.parse(asked.at) < longestValidationMilliseconds) return { validation: 'awaited' };
  return {
    validation: 'failed',
    record: { ...record, asked: null, rejected: [...rejected, { imageId, at: now }].slice(-mostApprovable) },
  };
};
