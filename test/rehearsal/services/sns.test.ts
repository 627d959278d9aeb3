/** SNS as a stranger's client sees it. */
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  PublishCommand,
  type PublishCommandInput,
  paginateListSubscriptionsByTopic,
  paginateListTopics,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { beginEmbeddedAws, strangersOf } from '../../adapters/embedded.ts';

const begin = async () => {
  const aws = await beginEmbeddedAws();
  const { sns } = strangersOf(aws);
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'on-call' }));
  const messages = () => aws.world.topics.get(TopicArn)?.messages ?? [];
  return { aws, sns, TopicArn, messages };
};

describe('a topic', () => {
  test('keeps what is published, until it is deleted', async () => {
    const { aws, sns, TopicArn, messages } = await begin();
    expect(TopicArn).toBe('arn:aws:sns:us-east-1:111122223333:on-call');
    // Again is the same one.
    expect((await sns.send(new CreateTopicCommand({ Name: 'on-call' }))).TopicArn).toBe(TopicArn);
    // The stack has one of its own.
    const own = { TopicArn: expect.stringContaining(':eks-ami-rollout-Notifications-') };
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([own, { TopicArn }]);
    const MessageAttributes = { cluster: { DataType: 'String', StringValue: 'prod' } };
    const { MessageId } = await sns.send(
      new PublishCommand({ TopicArn, Subject: 'Gehalten: größer', Message: 'prod/web', MessageAttributes }),
    );
    expect(messages()).toEqual([
      {
        id: MessageId,
        subject: 'Gehalten: größer',
        text: 'prod/web',
        attributes: MessageAttributes,
        at: aws.clock.now,
      },
    ]);
    const again = await sns.send(new PublishCommand({ TargetArn: TopicArn, Message: 'prod/web' }));
    expect(again.MessageId).not.toBe(MessageId);
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    const gone = { name: 'NotFoundException', $metadata: { httpStatusCode: 404 } };
    await expect(sns.send(new PublishCommand({ TopicArn, Message: 'gone' }))).rejects.toMatchObject(gone);
    await expect(sns.send(new GetTopicAttributesCommand({ TopicArn }))).rejects.toMatchObject(gone);
  });

  test.each([
    ['a name with a space', { Name: 'on call' }],
    ['a name of 257 characters', { Name: 'a'.repeat(257) }],
    ['a FIFO topic', { Name: 'on-call.fifo', Attributes: { FifoTopic: 'true' } }],
    ['other attributes of one that is there', { Name: 'on-call', Attributes: { DisplayName: 'Pager' } }],
  ])('refuses %s', async (_, given) => {
    const { sns } = await begin();
    await expect(sns.send(new CreateTopicCommand(given))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('are listed a hundred at a time', async () => {
    const { sns } = await begin();
    for (let number = 0; number < 100; number += 1) await sns.send(new CreateTopicCommand({ Name: `t${number}` }));
    const pages: number[] = [];
    const found = new Set<string | undefined>();
    for await (const { Topics = [] } of paginateListTopics({ client: sns }, {})) {
      pages.push(Topics.length);
      for (const { TopicArn } of Topics) found.add(TopicArn);
    }
    expect([pages, found.size]).toEqual([[100, 2], 102]);
  });
});

describe('a message', () => {
  test.each<[string, Partial<PublishCommandInput>, string]>([
    ['a subject with a line break', { Subject: 'a\nb' }, 'Subject'],
    ['an empty subject', { Subject: '' }, 'Subject'],
    ['a subject of more than 100 characters', { Subject: 'a'.repeat(101) }, 'Subject'],
    ['no text', { Message: '' }, 'Empty message'],
    ['a text of more than 256 KiB', { Message: 'é'.repeat(128 * 1024 + 1) }, 'Message too long'],
    [
      'attributes that make it longer than 256 KiB',
      { Message: 'a'.repeat(256 * 1024 - 10), MessageAttributes: { n: { DataType: 'String', StringValue: 'long' } } },
      'Message too long',
    ],
    ['a structure that is no JSON', { MessageStructure: 'json' }, 'failed to parse'],
    ['a structure without a default', { MessageStructure: 'json', Message: '{"sms":"a"}' }, 'No default entry'],
    ['another structure', { MessageStructure: 'xml' }, 'MessageStructure'],
    ['what only FIFO topics take', { MessageDeduplicationId: 'a' }, 'MessageDeduplicationId'],
    ['no topic', { TopicArn: undefined }, 'TopicArn or TargetArn'],
    ['a topic that is no ARN', { TopicArn: 'on-call' }, 'An ARN must have at least 6 elements, not 1'],
    ['a phone number', { TopicArn: undefined, PhoneNumber: '+4930123456' }, 'not played'],
  ])('is refused with %s', async (_, given, message) => {
    const { sns, TopicArn, messages } = await begin();
    await expect(sns.send(new PublishCommand({ TopicArn, Message: 'a', ...given }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(message),
    });
    expect(messages()).toEqual([]);
  });

  test('of 256 KiB, with a subject of 100 characters, in several forms, is taken', async () => {
    const { sns, TopicArn, messages } = await begin();
    await sns.send(new PublishCommand({ TopicArn, Message: 'a'.repeat(256 * 1024), Subject: 'a'.repeat(100) }));
    const Message = '{"default":"a","sms":"b"}';
    await sns.send(new PublishCommand({ TopicArn, Message, MessageStructure: 'json' }));
    expect(messages()[1]?.text).toBe(Message);
  });
});

describe('a batch', () => {
  const entries = (...ids: string[]): PublishBatchRequestEntry[] => ids.map((Id) => ({ Id, Message: `of ${Id}` }));

  test('takes what it can, and says of each of the others why not', async () => {
    const { sns, TopicArn, messages } = await begin();
    const PublishBatchRequestEntries = [...entries('a', 'b'), { Id: 'c', Message: '' }];
    const answer = await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
    expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['a', 'b']);
    expect(answer.Failed).toEqual([
      { Id: 'c', Code: 'InvalidParameter', Message: 'Invalid parameter: Empty message', SenderFault: true },
    ]);
    expect(messages().map(({ id, text }) => [id, text])).toEqual([
      [answer.Successful?.[0]?.MessageId, 'of a'],
      [answer.Successful?.[1]?.MessageId, 'of b'],
    ]);
  });

  test.each([
    ['nothing', [], 'EmptyBatchRequestException'],
    ['eleven messages', entries(...'abcdefghijk'), 'TooManyEntriesInBatchRequestException'],
    ['one id twice', entries('a', 'a'), 'BatchEntryIdsNotDistinctException'],
    ['an id with a space', entries('a b'), 'InvalidBatchEntryIdException'],
    [
      'more than 256 KiB',
      ['a', 'b'].map((Id) => ({ Id, Message: 'a'.repeat(129 * 1024) })),
      'BatchRequestTooLongException',
    ],
  ])('refuses %s', async (_, PublishBatchRequestEntries, name) => {
    const { sns, TopicArn, messages } = await begin();
    const asked = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries });
    await expect(sns.send(asked)).rejects.toMatchObject({ name });
    expect(messages()).toEqual([]);
  });
});

describe('a subscription', () => {
  test('is there at once, or once its owner has confirmed it; the topic counts both', async () => {
    const { sns, TopicArn } = await begin();
    const subscribe = async (Protocol: string, Endpoint: string, ReturnSubscriptionArn?: boolean) =>
      (await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, ReturnSubscriptionArn }))).SubscriptionArn;
    const queue = 'arn:aws:sqs:us-east-1:111122223333:pager';
    const arn = await subscribe('sqs', queue);
    expect(arn).toMatch(/^arn:aws:sns:us-east-1:111122223333:on-call:[0-9a-f-]{36}$/);
    expect(await subscribe('sqs', queue)).toBe(arn);
    expect(await subscribe('email', 'on-call@example.com')).toBe('pending confirmation');
    expect(await subscribe('email', 'on-call@example.com', true)).toMatch(/on-call:[0-9a-f-]{36}$/);
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const Owner = '111122223333';
    expect(Subscriptions).toEqual([
      { SubscriptionArn: arn, Owner, Protocol: 'sqs', Endpoint: queue, TopicArn },
      { SubscriptionArn: 'PendingConfirmation', Owner, Protocol: 'email', Endpoint: 'on-call@example.com', TopicArn },
    ]);
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({
      TopicArn,
      Owner,
      SubscriptionsConfirmed: '0',
      SubscriptionsPending: '1',
      SubscriptionsDeleted: '1',
    });
  });

  test('is refused for a protocol that is none, for nobody, and on a topic that is not there', async () => {
    const { sns, TopicArn } = await begin();
    const subscribe = (given: object) =>
      sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com', ...given }));
    const invalid = { name: 'InvalidParameterException' };
    await expect(subscribe({ Protocol: 'pigeon' })).rejects.toMatchObject(invalid);
    await expect(subscribe({ Endpoint: '' })).rejects.toMatchObject(invalid);
    await expect(subscribe({ TopicArn: `${TopicArn}-2` })).rejects.toMatchObject({ name: 'NotFoundException' });
    const absent = new ListSubscriptionsByTopicCommand({ TopicArn: `${TopicArn}-2` });
    await expect(sns.send(absent)).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  test('is listed with a hundred others at a time', async () => {
    const { sns, TopicArn } = await begin();
    for (let number = 0; number < 101; number += 1) {
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: `${number}@example.com` }));
    }
    const pages: number[] = [];
    for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn })) {
      pages.push(page.Subscriptions?.length ?? 0);
    }
    expect(pages).toEqual([100, 1]);
  });
});
