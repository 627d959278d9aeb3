import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Notices } from '../../core/ports.ts';
import { calling, TransientFault } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/** To the service's own event bus, for machines, and to its topic, for people. */
export const busAndTopic = (
  bus: string,
  topicArn: string,
  events = new EventBridgeClient(clientSettings),
  sns = new SNSClient(clientSettings),
): Notices => ({
  send: async ({ type, subject, text, detail }) => {
    const { Entries } = await calling('events:PutEvents', () =>
      events.send(
        new PutEventsCommand({
          Entries: [{ EventBusName: bus, Source: 'eks-ami-rollout', DetailType: type, Detail: JSON.stringify(detail) }],
        }),
      ),
    );
    const refused = Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
    // The call succeeds also when the entry was not taken (EventBridge API reference, PutEvents).
    if (refused !== undefined)
      throw new TransientFault(`events:PutEvents: ${refused.ErrorCode}: ${refused.ErrorMessage}`);
    await calling('sns:Publish', () =>
      sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text })),
    );
  },
});
