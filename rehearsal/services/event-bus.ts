/** EventBridge: what others put on an event bus, and the rules of the stack to look at (EventBridge API reference). */
import type * as client from '@aws-sdk/client-eventbridge';
import type { DeployedRule, Stack } from '../deployment/stack.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import type { World } from '../world/world.ts';
import { pageOf } from './paging.ts';
import type { EventInput } from './triggers.ts';

/** API reference, PutEvents; user guide, eb-putevent-size. */
const mostEntries = 10;
const mostBytes = 1024 * 1024;
/** Of the operations that list. */
const pageSize = 100;

export const eventBridgeOperations = (
  stack: Stack,
  world: Pick<World, 'arn' | 'accountId'>,
  publish: (event: EventInput) => { id: string },
): Operations<typeof client> => {
  const arnOf = (bus: string): string => world.arn('events', `event-bus/${bus}`);
  const buses = (): string[] => ['default', ...stack.eventBuses].sort();
  /** A bus by its name or its ARN. */
  const find = (nameOrArn: string): string | undefined =>
    buses().find((bus) => nameOrArn === bus || nameOrArn === arnOf(bus));
  const busNamed = (nameOrArn = 'default'): string => {
    const found = find(nameOrArn);
    if (found !== undefined) return found;
    throw notFound(`Event bus ${nameOrArn.replace(/^.*:event-bus\//, '')} does not exist.`);
  };
  const ruleNamed = (name: string, busName: string | undefined): DeployedRule => {
    const bus = busNamed(busName);
    const rule = stack.rules.find((each) => each.name === name && each.bus === bus);
    if (rule === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${bus}.`);
    return rule;
  };

  return {
    PutEvents: ({ Entries }) => {
      if (Entries.length < 1 || Entries.length > mostEntries) {
        throw invalid(`Value at 'entries' failed to satisfy constraint: from 1 to ${mostEntries} members`);
      }
      if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > mostBytes) {
        throw invalid('Total size of the entries in the request is over the limit.');
      }
      const results = Entries.map((entry): client.PutEventsResultEntry => {
        const { Source = '', DetailType = '', Detail = '', Resources = [], Time, EventBusName } = entry;
        const refusal = refusalOf(entry);
        if (refusal !== undefined) return refusal;
        const { id } = publish({
          source: Source,
          detailType: DetailType,
          resources: Resources,
          detail: JSON.parse(Detail) as Record<string, unknown>,
          // One for a bus that is not there is taken all the same, and reaches nobody (github.com/aws/aws-sdk/issues/186).
          bus: find(EventBusName ?? 'default') ?? 'nowhere',
          ...(Time === undefined ? {} : { time: Time.getTime() }),
        });
        return { EventId: id };
      });
      return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries: results };
    },

    ListEventBuses: ({ NamePrefix = '', Limit, NextToken }) => {
      const found = buses().filter((bus) => bus.startsWith(NamePrefix));
      const page = pageOf(found, { token: NextToken, size: Limit ?? pageSize, onBadToken });
      return { EventBuses: page.items.map((bus) => ({ Name: bus, Arn: arnOf(bus) })), NextToken: page.nextToken };
    },

    DescribeEventBus: ({ Name }) => {
      const bus = busNamed(Name);
      return { Name: bus, Arn: arnOf(bus) };
    },

    ListRules: ({ NamePrefix = '', EventBusName, Limit, NextToken }) => {
      const bus = busNamed(EventBusName);
      const found = stack.rules
        .filter((rule) => rule.bus === bus && rule.name.startsWith(NamePrefix))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const page = pageOf(found, { token: NextToken, size: Limit ?? pageSize, onBadToken });
      return { Rules: page.items.map(ruleOut), NextToken: page.nextToken };
    },

    DescribeRule: ({ Name, EventBusName }) => ({
      ...ruleOut(ruleNamed(Name, EventBusName)),
      CreatedBy: world.accountId,
    }),

    ListTargetsByRule: ({ Rule, EventBusName, Limit, NextToken }) => {
      const targets = [ruleNamed(Rule, EventBusName).sentTarget];
      const page = pageOf(targets, { token: NextToken, size: Limit ?? pageSize, onBadToken });
      return { Targets: page.items, NextToken: page.nextToken };
    },
  };
};

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);

const onBadToken = (): AwsError => invalid('NextToken is not valid.');

const ruleOut = ({ name, arn, description, bus, pattern }: DeployedRule): client.Rule => ({
  Name: name,
  Arn: arn,
  Description: description,
  EventBusName: bus,
  EventPattern: JSON.stringify(pattern),
  State: 'ENABLED',
});

const refusalOf = ({
  Source,
  DetailType,
  Detail,
}: client.PutEventsRequestEntry): client.PutEventsResultEntry | undefined => {
  const missing = Object.entries({ Source, DetailType, Detail }).find(([, value]) => !value)?.[0];
  if (missing !== undefined) {
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`,
    };
  }
  // Nobody speaks for AWS (user guide, eb-events-structure, source).
  if (/^aws\./i.test(Source ?? '')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  return isObject(Detail ?? '') ? undefined : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
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
