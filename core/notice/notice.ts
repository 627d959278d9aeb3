/** What people are told of a rollout: once when it starts, asks, goes back and ends. An event for machines, a text for people. */
import * as z from 'zod/mini';
import type { Approval } from '../control/control.ts';
import { type Answer, clusterOutcomes } from '../outcome/answer.ts';
import type { RolloutRecord } from '../rollout/record.ts';

const nodeGroup = z.object({
  name: z.string(),
  outcome: z.string().check(z.describe('Planned before it ends; afterwards as in the answer.')),
  from: z.nullable(z.string()).check(z.describe('Release or image it ran.')),
  to: z.nullable(z.string()).check(z.describe('Release or image it goes to, or went to.')),
});

/** `detail` of the events. Keys may be added; none changes its meaning while the version stays. */
export const noticeDetailSchema = z.object({
  version: z.literal(1),
  rolloutId: z.string(),
  accountId: z.string(),
  region: z.string(),
  clusterName: z.string(),
  startedBy: z.string(),
  reason: z.string().check(z.describe('One sentence, as in the answer and the ledger.')),
  nodeGroups: z.array(nodeGroup),
  outcome: z.optional(z.enum(clusterOutcomes)).check(z.describe('Of Rollout Ended.')),
  planHash: z.optional(z.string()).check(z.describe('Of Approval Wanted: what an approval names.')),
  expiresAt: z.optional(z.string()).check(z.describe('Of Approval Wanted: ISO 8601.')),
});
export type NoticeDetail = z.output<typeof noticeDetailSchema>;

export const noticeTypes = ['Rollout Started', 'Approval Wanted', 'Rollout Goes Back', 'Rollout Ended'] as const;
export type NoticeType = (typeof noticeTypes)[number];

export interface Notice {
  type: NoticeType;
  /** At most 100 ASCII characters in one line (SNS API reference, Publish). */
  subject: string;
  text: string;
  detail: NoticeDetail;
  /** The same text again is a repeat: it is not told. */
  foldedBy: string;
}

/** What comes next, or how it ended. */
export type Occasion =
  | { occasion: 'starts'; mode: 'forward' | 'back' | 'settle'; execution: string }
  | { occasion: 'waits'; approval: Approval | null }
  | { occasion: 'ended'; answer: Answer };

type KnownRollout = Pick<RolloutRecord, 'rolloutId' | 'key' | 'plan'> & { startedBy: string };

/** Undefined: there is nothing to tell. */
export const noticeOf = (rollout: KnownRollout, occasion: Occasion): Notice | undefined => {
  switch (occasion.occasion) {
    case 'starts':
      return noticeOfStart(rollout, occasion);
    case 'waits':
      return occasion.approval?.state === 'asked' ? noticeOfApproval(rollout, occasion.approval) : undefined;
    case 'ended':
      return noticeOfEnd(rollout, occasion.answer);
  }
};

const noticeOfStart = (
  rollout: KnownRollout,
  { mode, execution }: Extract<Occasion, { occasion: 'starts' }>,
): Notice | undefined => {
  if (mode === 'settle') return undefined;
  const { rolloutId, key, startedBy } = rollout;
  const going = planned(rollout);
  const names = going.map(({ name }) => name).join(', ');
  const reason =
    mode === 'forward' ? `${names}: started by ${startedBy}` : 'what it brought is taken back; the end says why';
  return {
    type: mode === 'forward' ? 'Rollout Started' : 'Rollout Goes Back',
    subject: subjectOf(`${mode === 'forward' ? 'Started' : 'Goes back'}: ${key.clusterName}`),
    text: textOf(rollout, reason, [
      ...going.map(({ name, from, to }) => `  ${name}: ${from ?? 'unknown'} -> ${to ?? 'unknown'}`),
      `To look: eks-ami-rollout status ${key.clusterName}`,
      ...(mode === 'forward' ? [`To stop: eks-ami-rollout abort ${rolloutId} --reason WHY`] : []),
    ]),
    detail: { ...detailOf(rollout, reason), nodeGroups: going },
    foldedBy: mode === 'forward' ? rolloutId : `${rolloutId} ${execution}`,
  };
};

const noticeOfApproval = (rollout: KnownRollout, { planHash, expiresAt, scope }: Approval): Notice => {
  const { rolloutId, key } = rollout;
  const reason = `its plan ${planHash} must be approved until ${expiresAt}`;
  const going = planned(rollout);
  return {
    type: 'Approval Wanted',
    subject: subjectOf(`Approval wanted: ${key.clusterName}`),
    text: textOf(rollout, reason, [
      ...going.map(
        ({ name, from, to }) => `  ${name}: ${from ?? 'unknown'} -> ${to ?? scope.targets[name] ?? 'unknown'}`,
      ),
      ...scope.findings.map((finding) => `  finding ${finding}`),
      `To approve: eks-ami-rollout approve ${rolloutId} --plan ${planHash} --reason WHY`,
      `To reject: eks-ami-rollout reject ${rolloutId} --reason WHY`,
    ]),
    detail: { ...detailOf(rollout, reason), nodeGroups: going, planHash, expiresAt },
    foldedBy: `${rolloutId} ${planHash}`,
  };
};

const noticeOfEnd = (rollout: KnownRollout, answer: Answer): Notice | undefined => {
  const { outcome, reason, nodeGroups } = answer;
  // Nothing was to be done, or nothing was meant to be.
  if (outcome === 'UpToDate' || outcome === 'Planned') return undefined;
  const { rolloutId, key } = rollout;
  const ended = nodeGroups.map(({ name, outcome: of, from, to }) => ({
    name,
    outcome: of,
    from: from.releaseVersion ?? from.imageId,
    to: to.releaseVersion ?? to.imageId,
  }));
  return {
    type: 'Rollout Ended',
    subject: subjectOf(`${outcome}: ${key.clusterName}`),
    text: textOf(rollout, reason, [
      ...ended.map(({ name, outcome: of, from, to }) => `  ${name}: ${of}, ${from ?? 'unknown'} -> ${to ?? 'unknown'}`),
      ...(outcome === 'Held'
        ? [
            `To go on: eks-ami-rollout resume ${rolloutId} --reason WHY`,
            `To take it back: eks-ami-rollout roll-back ${rolloutId} --reason WHY`,
          ]
        : []),
      `To look: eks-ami-rollout history ${key.clusterName}`,
    ]),
    detail: { ...detailOf(rollout, reason), outcome, nodeGroups: ended },
    // Every scan would be refused for the same reason, and nobody reads the tenth message.
    foldedBy: outcome === 'Refused' ? `Refused ${reason}` : `${rolloutId} ${outcome} ${reason}`,
  };
};

const planned = ({ plan }: KnownRollout): NoticeDetail['nodeGroups'] =>
  plan.nodeGroups
    .filter(({ target }) => target !== null)
    .map(({ name, outcome, from, to }) => ({
      name,
      outcome,
      from: from.releaseVersion ?? from.imageId,
      to: to.releaseVersion ?? to.imageId,
    }));

const detailOf = ({ rolloutId, key, startedBy }: KnownRollout, reason: string) => {
  const { accountId, region, clusterName } = key;
  return { version: 1 as const, rolloutId, accountId, region, clusterName, startedBy, reason };
};

const textOf = ({ rolloutId, key }: KnownRollout, reason: string, lines: readonly string[]): string =>
  [`${key.clusterName} in ${key.region} of ${key.accountId}, rollout ${rolloutId}`, reason, ...lines].join('\n');

const subjectOf = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
