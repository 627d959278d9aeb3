/** SNS (SNS API reference). What is published is kept; nobody is told. */
import type * as client from '@aws-sdk/client-sns';
import { digest } from '../digest.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import type { Topic } from '../world/topics.ts';
import type { World } from '../world/world.ts';
import { pageOf } from './paging.ts';

/** API reference, Publish and ListTopics. */
const limits = { messageBytes: 256 * 1024, subjectLength: 100, pageSize: 100 };

export const snsOperations = (world: World): Operations<typeof client> => {
  const topicNamed = (arn: string | undefined): Topic => {
    const topic = world.topics.get(arn ?? '');
    if (topic === undefined) throw new AwsError('NotFoundException', 'Topic does not exist');
    return topic;
  };
  return {
    CreateTopic: ({ Name, Attributes }) => {
      if (!/^[\w-]{1,256}$/.test(Name)) throw invalid('Topic Name');
      const arn = world.arn('sns', Name);
      const present = world.topics.get(arn);
      if (present === undefined) {
        world.topics.set(arn, { name: Name, arn, attributes: { ...Attributes }, messages: [] });
      }
      return { TopicArn: arn };
    },

    DeleteTopic: ({ TopicArn }) => {
      world.topics.delete(TopicArn);
      return {};
    },

    ListTopics: ({ NextToken }) => {
      const arns = [...world.topics.keys()].sort();
      const page = pageOf(arns, { token: NextToken, size: limits.pageSize, onBadToken: () => invalid('NextToken') });
      return { Topics: page.items.map((TopicArn) => ({ TopicArn })), NextToken: page.nextToken };
    },

    GetTopicAttributes: ({ TopicArn }) => {
      const { arn, attributes } = topicNamed(TopicArn);
      const counts = { SubscriptionsConfirmed: '0', SubscriptionsPending: '0', SubscriptionsDeleted: '0' };
      return { Attributes: { TopicArn: arn, Owner: world.accountId, DisplayName: '', ...counts, ...attributes } };
    },

    Publish: ({ TopicArn, TargetArn, Message, Subject, MessageAttributes }) => {
      const topic = topicNamed(TopicArn ?? TargetArn);
      if (Message === '') throw invalid('Empty message');
      if (Buffer.byteLength(Message) > limits.messageBytes) throw invalid('Message too long');
      // ASCII, begins with a letter, number or mark, no line breaks or control characters, and fewer than 100 of them.
      if (Subject !== undefined && !isSubject(Subject)) throw invalid('Subject');
      const id = digest('message', topic.arn, String(topic.messages.length)).uuid;
      const attributes = MessageAttributes ?? {};
      topic.messages.push({ id, subject: Subject, text: Message, attributes, at: world.clock.now });
      return { MessageId: id };
    },
  };
};

const isSubject = (subject: string): boolean => subject.length <= limits.subjectLength && /^[!-~][ -~]*$/.test(subject);

const invalid = (what: string): AwsError => new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);
