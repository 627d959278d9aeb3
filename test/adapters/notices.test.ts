/** What is told reaches the bus and the topic, and what a bus does not take is no silence. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { expect, test } from 'vitest';
import { busAndTopic } from '../../adapters/aws/notices.ts';
import type { Notice } from '../../core/notice/notice.ts';
import { clientSettings, startWire } from '../rehearsal/wire/wire-under-test.ts';

const notice: Notice = {
  type: 'Rollout Ended',
  subject: 'Held: prod',
  text: 'prod\nbecause',
  detail: {
    version: 1,
    rolloutId: 'prod-1',
    accountId: '111122223333',
    region: 'us-east-1',
    clusterName: 'prod',
    startedBy: 'schedule',
    reason: 'because',
    nodeGroups: [],
    outcome: 'Held',
  },
  foldedBy: 'prod-1',
};
const topicArn = 'arn:aws:sns:us-east-1:111122223333:topic';

const told = async (entry: object) => {
  const sent: unknown[] = [];
  const { url } = await startWire({
    events: {
      PutEvents: (input: unknown) => {
        sent.push(input);
        return { FailedEntryCount: 0, Entries: [entry] };
      },
    },
    sns: {
      Publish: (input: unknown) => {
        sent.push(input);
        return { MessageId: '1' };
      },
    },
  });
  const settings = clientSettings(url);
  await busAndTopic('eks-ami-rollout', topicArn, new EventBridgeClient(settings), new SNSClient(settings)).send(notice);
  return sent;
};

test('a notice goes to the bus with its detail, and to the topic with its subject', async () => {
  const [event, message] = await told({ EventId: '1' });
  expect(event).toMatchObject({
    Entries: [{ EventBusName: 'eks-ami-rollout', Source: 'eks-ami-rollout', DetailType: 'Rollout Ended' }],
  });
  expect(JSON.parse((event as { Entries: { Detail: string }[] }).Entries[0]?.Detail ?? '')).toEqual(notice.detail);
  expect(message).toMatchObject({ TopicArn: topicArn, Subject: 'Held: prod', Message: 'prod\nbecause' });
});

test('an entry that the bus does not take is an error', async () => {
  await expect(told({ ErrorCode: 'InternalFailure', ErrorMessage: 'try later' })).rejects.toThrow(
    'events:PutEvents: InternalFailure: try later',
  );
});
