import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ssmAndon } from '../../adapters/aws/andon.ts';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { busAndTopic } from '../../adapters/aws/notices.ts';
import { ssmImageParameters, ssmParameters } from '../../adapters/aws/parameters.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerApprovedReleases } from '../../adapters/ledger/ledger.ts';
import { type ReleaseNoticeType, releaseNotice } from '../../core/notice/release-notice.ts';
import type { Andon, ApprovedReleases, ImageParameters, Notices, Parameters, Revised } from '../../core/ports.ts';
import {
  type ApprovableReleases,
  type ApprovedRecord,
  afterValidation,
  approvedParameter,
  decideApproved,
} from '../../core/release/approved-release.ts';
import { label } from '../../core/release/wanted-release.ts';
import { environment } from '../environment.ts';
import { lambda, logger } from '../lambda.ts';

const eventSchema = z.object({
  /** When the scan was triggered that saw this, ISO 8601. */
  at: z.string(),
  approvable: z.array(z.custom<ApprovableReleases>((value) => typeof value === 'object' && value !== null)),
});

export interface PublishPorts {
  andon: Andon;
  approved: ApprovedReleases;
  imageParameters: ImageParameters;
  notices: Notices;
  parameterPrefix: string;
  parameters: Parameters;
}

/** Between looks whether an image was validated; five minutes together. */
const pausesSeconds = [15, 45, 60, 180];

/** Writes what each ring may run into the customer's own parameters, and says so once it is to be read there. */
export const publishApprovedWith =
  (ports: PublishPorts) =>
  async (event: unknown): Promise<{ written: string[]; awaited: string[] }> => {
    const { at, approvable } = eventSchema.parse(event);
    const named = approvable.map((each) => ({ ...each, parameter: approvedParameter(ports.parameterPrefix, each) }));
    await settleAsked(ports, named, at);
    const present = await ports.parameters.read(named.map(({ parameter }) => parameter));
    const written: string[] = [];
    for (const each of named) {
      if (await publish(ports, each, present.get(each.parameter)?.value ?? null, at)) written.push(each.parameter);
    }
    let awaited = named.filter(({ parameter }) => written.includes(parameter));
    for (const seconds of pausesSeconds) {
      if (awaited.length === 0) break;
      await sleep(seconds * 1000);
      awaited = await settleAsked(ports, awaited, at);
    }
    logger.info('Published', { written, awaited: awaited.map(({ parameter }) => parameter) });
    return { written, awaited: awaited.map(({ parameter }) => parameter) };
  };

type Named = ApprovableReleases & { parameter: string };

/** Looks which of them hold by now what was asked for; those that do not yet are returned. */
const settleAsked = async (ports: PublishPorts, named: readonly Named[], now: string): Promise<Named[]> => {
  const present = await ports.parameters.read(named.map(({ parameter }) => parameter));
  const awaited: Named[] = [];
  for (const each of named) {
    const { value: record, revision } = await ports.approved.read(each.parameter);
    const { asked } = record;
    if (asked === null) continue;
    const result = afterValidation({ ...record, asked }, present.get(each.parameter)?.value ?? null, now);
    if (result.validation === 'awaited') {
      awaited.push(each);
      continue;
    }
    const isTaken = result.validation === 'passed';
    const failed = `Systems Manager did not take ${asked.imageId}: it is not validated since ${asked.at}`;
    await tell(
      ports,
      isTaken ? (asked.isTakenBack ? 'Release Taken Back' : 'Release Approved') : 'Release Not Published',
      each,
      label(asked),
      { ...result.record, reason: isTaken ? asked.reason : failed },
    );
    await ports.approved.write(each.parameter, result.record, revision);
  }
  return awaited;
};

const tell = async (
  { notices }: PublishPorts,
  type: ReleaseNoticeType,
  { parameter, ring, minor, amiType }: Named,
  release: string,
  { value, reason }: Pick<ApprovedRecord, 'value'> & { reason: string },
): Promise<void> => {
  const notice = releaseNotice(type, release, {
    parameter,
    ring,
    kubernetesVersion: minor,
    amiType,
    imageId: value?.imageId ?? null,
    releaseVersion: value?.releaseVersion ?? null,
    reason,
  });
  await notices.send(notice);
  logger.info('Told', { type, subject: notice.subject, parameter });
};

/** @returns whether it was written */
const publish = async (ports: PublishPorts, named: Named, present: string | null, at: string): Promise<boolean> => {
  const { parameter } = named;
  const { value: record, revision }: Revised<ApprovedRecord> = await ports.approved.read(parameter);
  const decision = decideApproved(named, record, present, at);
  if (decision.decision === 'leave') {
    if (decision.isWorthTelling) logger.warn('An approved release is left', { parameter, reason: decision.reason });
    return false;
  }
  const { release, isTakenBack, reason } = decision;
  if (await ports.andon.isOn()) {
    logger.warn('The andon switch is on (or cannot be read); no release is approved', { parameter, reason });
    return false;
  }
  await ports.approved.write(parameter, { ...record, asked: { ...release, at, isTakenBack, reason } }, revision);
  // What holds it already need not be written again: the ledger of an earlier stack may be gone.
  if (present === release.imageId) return true;
  try {
    await ports.imageParameters.write(parameter, release.imageId);
    return true;
  } catch (error) {
    logger.error('An approved release could not be written', { parameter, ...release, error: String(error) });
    await ports.approved.write(parameter, record, revision + 1);
    return false;
  }
};

const { LEDGER_TABLE, PARAMETER_PREFIX, EVENT_BUS, TOPIC_ARN } = environment(
  'LEDGER_TABLE',
  'PARAMETER_PREFIX',
  'EVENT_BUS',
  'TOPIC_ARN',
);

export const handler = lambda(
  publishApprovedWith({
    andon: ssmAndon(PARAMETER_PREFIX),
    approved: ledgerApprovedReleases(new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings))),
    imageParameters: ssmImageParameters(),
    notices: busAndTopic(EVENT_BUS, TOPIC_ARN),
    parameterPrefix: PARAMETER_PREFIX,
    parameters: ssmParameters(),
  }),
);
