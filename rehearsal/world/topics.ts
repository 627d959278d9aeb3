/** SNS topics, with what was published to them and who wants to be told. Nobody is: deliveries are not played. */
import { digest } from '../digest.ts';

export interface Message {
  id: string;
  subject: string | undefined;
  text: string;
  attributes: Readonly<Record<string, unknown>>;
  at: number;
}

export interface Subscription {
  arn: string;
  protocol: string;
  endpoint: string;
  /** False: whoever is behind the endpoint has yet to say yes. */
  isConfirmed: boolean;
}

export interface Topic {
  name: string;
  arn: string;
  attributes: Record<string, string>;
  messages: Message[];
  subscriptions: Subscription[];
  /** Subscriptions that are gone. */
  unsubscribed: number;
}

/** By ARN. */
export type Topics = Map<string, Topic>;

export const newTopic = (arn: string, attributes: Readonly<Record<string, string>> = {}): Topic => ({
  name: arn.split(':').at(-1) ?? '',
  arn,
  attributes: { ...attributes },
  messages: [],
  subscriptions: [],
  unsubscribed: 0,
});

/** @param now in milliseconds */
export const publishTo = (
  topic: Topic,
  {
    subject,
    text,
    attributes = {},
  }: { subject?: string | undefined; text: string; attributes?: Message['attributes'] },
  now: number,
): Message => {
  const id = digest('message', topic.arn, String(topic.messages.length)).uuid;
  const message = { id, subject, text, attributes, at: now };
  topic.messages.push(message);
  return message;
};
