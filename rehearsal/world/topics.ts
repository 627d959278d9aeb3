/** SNS topics, with what was published to them. Nobody is told: subscriptions are not played. */
export interface Message {
  id: string;
  subject: string | undefined;
  text: string;
  attributes: Readonly<Record<string, unknown>>;
  at: number;
}

export interface Topic {
  name: string;
  arn: string;
  attributes: Record<string, string>;
  messages: Message[];
}

/** By ARN. */
export type Topics = Map<string, Topic>;
