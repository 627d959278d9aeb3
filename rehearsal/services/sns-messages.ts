/** What SNS takes for a message (SNS API reference, Publish and PublishBatch). */
import type * as client from '@aws-sdk/client-sns';
import { AwsError } from '../wire/errors.ts';
import type { Topic } from '../world/topics.ts';

const limits = { messageBytes: 256 * 1024, subjectLength: 100, batch: 10 };

/** A message as Publish and PublishBatch take it. */
export type Sent = Pick<
  client.PublishInput,
  'Subject' | 'MessageStructure' | 'MessageAttributes' | 'MessageDeduplicationId'
> & { Message: string | undefined };

/** What is wrong with a message; undefined: nothing. */
export const refusalOf = (topic: Topic, sent: Sent): string | undefined => {
  const { Message: text = '', Subject: subject } = sent;
  if (text === '') return 'Empty message';
  if (bytesOf(sent) > Number(topic.attributes.MaximumMessageSize ?? limits.messageBytes)) return 'Message too long';
  // No line breaks or control characters, and at most 100 characters.
  if (subject !== undefined && (subject === '' || subject.length > limits.subjectLength || /\p{Cc}/u.test(subject))) {
    return 'Subject';
  }
  if (sent.MessageDeduplicationId !== undefined) {
    return 'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type';
  }
  if (sent.MessageStructure === undefined) return undefined;
  return sent.MessageStructure === 'json' ? structureRefusalOf(text) : 'MessageStructure';
};

const structureRefusalOf = (text: string): string | undefined => {
  try {
    const parts = JSON.parse(text) as { default?: unknown } | null;
    if (typeof parts?.default === 'string') return undefined;
    return 'Message Structure - No default entry in JSON message body';
  } catch {
    return 'Message Structure - JSON message body failed to parse';
  }
};

/** The text, and names, types and values of attributes. */
const bytesOf = ({ Message, MessageAttributes = {} }: Sent): number =>
  Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType, StringValue, BinaryValue }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType ?? '') +
      Buffer.byteLength(StringValue ?? '') +
      (BinaryValue?.length ?? 0),
    Buffer.byteLength(Message ?? ''),
  );

/** What is wrong with a batch as a whole is refused as a whole. */
export const refuseBatch = (entries: readonly client.PublishBatchRequestEntry[]): void => {
  const ids = entries.map(({ Id = '' }) => Id);
  const refuse = (code: string, message: string): never => {
    throw new AwsError(code, message);
  };
  if (ids.length === 0) refuse('EmptyBatchRequestException', "The batch request doesn't contain any entries.");
  if (ids.length > limits.batch) {
    refuse('TooManyEntriesInBatchRequestException', 'The batch request contains more entries than permissible.');
  }
  if (new Set(ids).size < ids.length) {
    refuse('BatchEntryIdsNotDistinctException', 'Two or more batch entries in the request have the same Id.');
  }
  if (ids.some((id) => !/^[\w-]{1,80}$/.test(id))) {
    refuse(
      'InvalidBatchEntryIdException',
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    );
  }
  if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > limits.messageBytes) {
    refuse('BatchRequestTooLongException', 'The length of all the batch messages put together is more than the limit.');
  }
};
