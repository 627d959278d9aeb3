/** SNS (SNS API reference). What is published is kept; nobody is told. Topics are standard ones. */
import type * as client from '@aws-sdk/client-sns';
import { digest } from '../digest.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import { newTopic, publishTo, type Topic } from '../world/topics.ts';
import type { World } from '../world/world.ts';
import { pageOf } from './paging.ts';
import { refusalOf, refuseBatch, type Sent } from './sns-messages.ts';

/** Of ListTopics and ListSubscriptionsByTopic. */
const pageSize = 100;

/** What the service asks nobody for, because it may deliver there anyway (API reference, Subscribe). */
const confirmedAtOnce = ['sqs', 'lambda', 'firehose', 'application', 'sms'];
const protocols = ['http', 'https', 'email', 'email-json', ...confirmedAtOnce];

export const snsOperations = (world: World): Operations<typeof client> => {
  const topicNamed = (arn: string, parameter = 'TopicArn'): Topic => {
    if (arn.split(':').length < 6) {
      throw invalid(`${parameter} Reason: An ARN must have at least 6 elements, not ${arn.split(':').length}`);
    }
    const topic = world.topics.get(arn);
    if (topic === undefined) throw new AwsError('NotFoundException', 'Topic does not exist');
    return topic;
  };
  const publish = (topic: Topic, sent: Sent): string => {
    const refusal = refusalOf(topic, sent);
    if (refusal !== undefined) throw invalid(refusal);
    const attributes = sent.MessageAttributes ?? {};
    return publishTo(topic, { subject: sent.Subject, text: sent.Message ?? '', attributes }, world.clock.now).id;
  };
  return {
    CreateTopic: ({ Name, Attributes }) => {
      if (/\.fifo$/.test(Name)) throw invalid('Topic Name Reason: FIFO topics are not played by the embedded AWS');
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(Name)) throw invalid('Topic Name');
      const arn = world.arn('sns', Name);
      const present = world.topics.get(arn);
      for (const [attribute, value] of Object.entries(Attributes ?? {})) {
        if (present === undefined || present.attributes[attribute] === value) continue;
        throw invalid('Attributes Reason: Topic already exists with different attributes');
      }
      if (present === undefined) world.topics.set(arn, newTopic(arn, Attributes));
      return { TopicArn: arn };
    },

    DeleteTopic: ({ TopicArn }) => {
      world.topics.delete(TopicArn);
      return {};
    },

    ListTopics: ({ NextToken }) => {
      const page = pageOf([...world.topics.keys()].sort(), { token: NextToken, size: pageSize, onBadToken });
      return { Topics: page.items.map((TopicArn) => ({ TopicArn })), NextToken: page.nextToken };
    },

    GetTopicAttributes: ({ TopicArn }) => {
      const { arn, attributes, subscriptions, unsubscribed } = topicNamed(TopicArn);
      const confirmed = subscriptions.filter(({ isConfirmed }) => isConfirmed).length;
      const counts = {
        SubscriptionsConfirmed: String(confirmed),
        SubscriptionsPending: String(subscriptions.length - confirmed),
        SubscriptionsDeleted: String(unsubscribed),
      };
      return { Attributes: { TopicArn: arn, Owner: world.accountId, DisplayName: '', ...counts, ...attributes } };
    },

    Publish: ({ TopicArn, TargetArn, PhoneNumber, ...sent }) => {
      const arn = TopicArn ?? TargetArn;
      if (arn !== undefined) {
        return { MessageId: publish(topicNamed(arn, TopicArn === undefined ? 'TargetArn' : 'TopicArn'), sent) };
      }
      throw invalid(
        PhoneNumber === undefined
          ? 'TopicArn or TargetArn Reason: no value for required parameter'
          : 'PhoneNumber Reason: text messages are not played by the embedded AWS',
      );
    },

    PublishBatch: ({ TopicArn, PublishBatchRequestEntries: entries }) => {
      const topic = topicNamed(TopicArn);
      refuseBatch(entries);
      const [Successful, Failed]: [client.PublishBatchResultEntry[], client.BatchResultErrorEntry[]] = [[], []];
      for (const { Id, ...sent } of entries) {
        const refusal = refusalOf(topic, sent);
        if (refusal === undefined) Successful.push({ Id, MessageId: publish(topic, sent) });
        else Failed.push({ Id, Code: 'InvalidParameter', Message: `Invalid parameter: ${refusal}`, SenderFault: true });
      }
      return { Successful, Failed };
    },

    Subscribe: ({ TopicArn, Protocol, Endpoint = '', ReturnSubscriptionArn }) => {
      const { arn: topicArn, subscriptions } = topicNamed(TopicArn);
      if (!protocols.includes(Protocol)) {
        throw invalid(`Amazon SNS does not support this protocol string: ${Protocol}`);
      }
      if (Endpoint === '') throw invalid('Endpoint Reason: Endpoint cannot be empty');
      const arn = `${topicArn}:${digest('subscription', topicArn, Protocol, Endpoint).uuid}`;
      let subscription = subscriptions.find((each) => each.arn === arn);
      if (subscription === undefined) {
        const isConfirmed = confirmedAtOnce.includes(Protocol);
        subscription = { arn, protocol: Protocol, endpoint: Endpoint, isConfirmed };
        subscriptions.push(subscription);
      }
      const isSaid = subscription.isConfirmed || ReturnSubscriptionArn === true;
      return { SubscriptionArn: isSaid ? arn : 'pending confirmation' };
    },

    Unsubscribe: ({ SubscriptionArn }) => {
      for (const topic of world.topics.values()) {
        const left = topic.subscriptions.filter(({ arn }) => arn !== SubscriptionArn);
        topic.unsubscribed += topic.subscriptions.length - left.length;
        topic.subscriptions = left;
      }
      return {};
    },

    ListSubscriptionsByTopic: ({ TopicArn, NextToken }) => {
      const topic = topicNamed(TopicArn);
      const page = pageOf(topic.subscriptions, { token: NextToken, size: pageSize, onBadToken });
      return {
        Subscriptions: page.items.map(({ arn, protocol, endpoint, isConfirmed }) => ({
          SubscriptionArn: isConfirmed ? arn : 'PendingConfirmation',
          Owner: world.accountId,
          Protocol: protocol,
          Endpoint: endpoint,
          TopicArn: topic.arn,
        })),
        NextToken: page.nextToken,
      };
    },
  };
};

const invalid = (what: string): AwsError => new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);

const onBadToken = (): AwsError => invalid('NextToken Reason: the token is not valid');
