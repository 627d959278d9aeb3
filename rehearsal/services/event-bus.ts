/** What others put on the event bus (EventBridge API reference, PutEvents). */
import type * as client from '@aws-sdk/client-eventbridge';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import type { EventInput } from './triggers.ts';

/** API reference, PutEvents; user guide, eb-putevent-size. */
const mostEntries = 10;
const mostBytes = 1024 * 1024;

export const eventBridgeOperations = (
  busArn: string,
  publish: (event: EventInput) => { id: string },
): Operations<typeof client> => ({
  PutEvents: ({ Entries }) => {
    if (Entries.length < 1 || Entries.length > mostEntries) {
      throw new AwsError('ValidationException', `Entries must have between 1 and ${mostEntries} members.`);
    }
    if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > mostBytes) {
      throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
    }
    const results = Entries.map((entry): client.PutEventsResultEntry => {
      const refusal = refusalOf(entry, busArn);
      if (refusal !== undefined) return refusal;
      const { Source = '', DetailType = '', Detail = '{}', Resources = [], Time } = entry;
      const { id } = publish({
        source: Source,
        detailType: DetailType,
        resources: Resources,
        detail: JSON.parse(Detail) as Record<string, unknown>,
        ...(Time === undefined ? {} : { time: Time.getTime() }),
      });
      return { EventId: id };
    });
    return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries: results };
  },
});

const refusalOf = (
  { Source, DetailType, Detail, EventBusName }: client.PutEventsRequestEntry,
  busArn: string,
): client.PutEventsResultEntry | undefined => {
  const invalid = (name: string): client.PutEventsResultEntry => ({
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  });
  if (!Source) return invalid('Source');
  if (!DetailType) return invalid('DetailType');
  if (!Detail) return invalid('Detail');
  if (EventBusName !== undefined && !['default', busArn].includes(EventBusName)) {
    return { ErrorCode: 'InvalidArgument', ErrorMessage: `Event bus ${EventBusName} does not exist.` };
  }
  // Nobody speaks for AWS (user guide, eb-events-structure, source).
  if (/^aws\./i.test(Source)) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  return isObject(Detail) ? undefined : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
};

const isObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

/** 14 for the time, and the UTF-8 bytes of the rest. */
const bytesOf = ({ Source, DetailType, Detail, Resources, Time }: client.PutEventsRequestEntry): number =>
  [Source, DetailType, Detail, ...(Resources ?? [])].reduce(
    (sum, text) => sum + Buffer.byteLength(text ?? ''),
    Time === undefined ? 0 : 14,
  );
