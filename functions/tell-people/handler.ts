import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { busAndTopic } from '../../adapters/aws/notices.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerControls, ledgerRollouts, ledgerTold } from '../../adapters/ledger/ledger.ts';
import { noticeOf, type Occasion } from '../../core/notice/notice.ts';
import type { Answer } from '../../core/outcome/answer.ts';
import type { Controls, Notices, Rollouts, Told } from '../../core/ports.ts';
import { environment } from '../environment.ts';
import { executionSchema } from '../events.ts';
import { lambda, logger } from '../lambda.ts';

const answerSchema = z.custom<Answer>((value) => typeof value === 'object' && value !== null && 'outcome' in value);

const eventSchema = z.object({
  rolloutId: z.string(),
  execution: executionSchema,
  /** What the machine does next. */
  next: z.discriminatedUnion('step', [
    z.object({ step: z.literal('StartNodeGroups'), mode: z.enum(['forward', 'back', 'settle']) }),
    z.object({ step: z.literal('WaitForSignal') }),
    z.object({ step: z.literal('RolloutSucceeded'), answer: answerSchema }),
    z.object({ step: z.literal('RolloutFailed'), cause: z.string() }),
    z.object({ step: z.enum(['TakeLease', 'FinishRollout']) }),
  ]),
});
type Next = z.output<typeof eventSchema>['next'];

export interface TellPorts {
  controls: Pick<Controls, 'read'>;
  notices: Notices;
  rollouts: Pick<Rollouts, 'read'>;
  told: Told;
}

/** Tells what is next, or how it ended, once. A notice is written down after it is sent: better twice than never. */
export const tellPeopleWith =
  (ports: TellPorts) =>
  async (event: unknown): Promise<void> => {
    const { rolloutId, execution, next } = eventSchema.parse(event);
    const found = await ports.rollouts.read(rolloutId);
    // Nothing was planned: whoever asked has the answer.
    if (found === null) return;
    const occasion = await occasionOf(ports, rolloutId, execution.arn, next);
    if (occasion === undefined) return;
    const { key, plan, request } = found.value;
    const notice = noticeOf({ rolloutId, key, plan, startedBy: request.startedBy }, occasion);
    if (notice === undefined || (await ports.told.last(key, notice.type)) === notice.foldedBy) return;
    await ports.notices.send(notice);
    await ports.told.write(key, notice.type, notice.foldedBy);
    logger.info('Told', { rolloutId, type: notice.type, subject: notice.subject });
  };

const occasionOf = async (
  { controls }: TellPorts,
  rolloutId: string,
  execution: string,
  next: Next,
): Promise<Occasion | undefined> => {
  switch (next.step) {
    case 'StartNodeGroups':
      return { occasion: 'starts', mode: next.mode, execution };
    case 'WaitForSignal':
      return { occasion: 'waits', approval: (await controls.read(rolloutId)).value.approval };
    case 'RolloutSucceeded':
      return { occasion: 'ended', answer: next.answer };
    case 'RolloutFailed':
      return { occasion: 'ended', answer: JSON.parse(next.cause) as Answer };
    case 'TakeLease':
    case 'FinishRollout':
      return undefined;
  }
};

const { LEDGER_TABLE, EVENT_BUS, TOPIC_ARN } = environment('LEDGER_TABLE', 'EVENT_BUS', 'TOPIC_ARN');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  tellPeopleWith({
    controls: ledgerControls(ledger),
    notices: busAndTopic(EVENT_BUS, TOPIC_ARN),
    rollouts: ledgerRollouts(ledger),
    told: ledgerTold(ledger),
  }),
);
