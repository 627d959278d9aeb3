/**
 * What starts the product without a person: EventBridge rules, the queue behind one, and the schedule. Delivery is at
 * least once on AWS; here it is once, in order, after a moment.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../clock/pretend-clock.ts';
import type { DeployedQueue, DeployedSchedule, Stack } from '../deployment/stack.ts';
import { digest } from '../digest.ts';
import type { Authority } from '../iam/authority.ts';
import type { InvocationResult } from '../lambda/function-host.ts';
import { usual } from '../world/timing.ts';
import { matchesPattern } from './event-patterns.ts';

export interface EventInput {
  source: string;
  detailType: string;
  resources: readonly string[];
  detail: Record<string, unknown>;
  /** When it happened, in milliseconds; left out: now. */
  time?: number;
  /** The name of the event bus; left out: the default one, where AWS's own events are. */
  bus?: string;
}

export interface TriggersOptions {
  clock: Clock;
  accountId: string;
  region: string;
  seed: string;
  stack: Stack;
  authority: Pick<Authority, 'mayBy' | 'maySend'>;
  /** Invokes a function of the stack by its logical id. */
  invoke(functionId: string, event: unknown): Promise<InvocationResult>;
  /** An event that no retry could deliver, and the function it was for. */
  onLost(what: string, functionId: string): void;
}

/** Lambda tries an asynchronous invocation twice more, after one and after two minutes (developer guide, invocation-async). */
const asynchronousRetries = [60, 120];

export class Triggers {
  readonly #options: TriggersOptions;
  readonly #waiting = new Map<string, unknown[]>();
  #events = 0;
  #underWay = 0;

  constructor(options: TriggersOptions) {
    this.#options = options;
  }

  /** Something was triggered that has not ended. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Puts an event on the bus; rules that match it get it a moment later. */
  publish({ source, detailType, resources, detail, time, bus = 'default' }: EventInput): { id: string } {
    const { authority, clock, accountId, region, seed, stack } = this.#options;
    this.#events += 1;
    const event = {
      version: '0',
      id: digest('event', seed, String(this.#events)).uuid,
      'detail-type': detailType,
      source,
      account: accountId,
      time: `${new Date(time ?? clock.now).toISOString().slice(0, 19)}Z`,
      region,
      resources,
      detail,
    };
    for (const rule of stack.rules) {
      if (rule.bus !== bus || !matchesPattern(rule.pattern, event)) continue;
      this.#underWay += 1;
      clock.after(usual.eventDeliverySeconds * 1000, () => {
        const { target } = rule;
        if ('function' in target) return this.#invokeAsynchronously(target.function, event, 0);
        if (!authority.maySend(rule, target.queue))
          return this.#lose(`${rule.name}: the queue takes nothing of it`, '');
        this.#enqueue(target.queue, event);
      });
    }
    return { id: event.id };
  }

  /** The schedule fires now. */
  fire(schedule: DeployedSchedule): void {
    const { authority, clock, seed, stack } = this.#options;
    const scheduledTime = `${new Date(clock.now).toISOString().slice(0, 19)}Z`;
    this.#events += 1;
    const input = schedule.input
      .replaceAll('<aws.scheduler.scheduled-time>', scheduledTime)
      .replaceAll('<aws.scheduler.schedule-arn>', schedule.arn)
      .replaceAll('<aws.scheduler.execution-id>', digest('schedule', seed, String(this.#events)).uuid)
      .replaceAll('<aws.scheduler.attempt-number>', '1');
    this.#underWay += 1;
    const alias = stack.functions.find(({ logicalId }) => logicalId === schedule.functionId)?.aliasArn ?? '';
    const refused = authority.mayBy(schedule.roleArn, 'lambda:InvokeFunction', alias);
    clock.at(clock.now, () => {
      if (refused !== undefined) return this.#lose(`the schedule: ${refused}`, schedule.functionId);
      this.#invokeAsynchronously(schedule.functionId, JSON.parse(input), 0);
    });
  }

  /** Fires the schedule now and then at its rate, for as long as it is enabled. */
  keepFiring(schedule: DeployedSchedule): void {
    const [, amount, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule.expression) ?? [];
    const seconds = Number(amount) * ({ minute: 60, hour: 3600, day: 86_400 }[unit] ?? Number.NaN);
    if (Number.isNaN(seconds)) throw new Error(`the schedule ${schedule.expression} is not played`);
    const tick = (): void => {
      this.fire(schedule);
      this.#options.clock.after(seconds * 1000, tick);
    };
    if (schedule.isEnabled) tick();
  }

  /** An asynchronous invocation: the function is called a moment later. */
  invokeLater(functionId: string, event: unknown): void {
    const { clock } = this.#options;
    this.#underWay += 1;
    clock.at(clock.now, () => this.#invokeAsynchronously(functionId, event, 0));
  }

  #lose(what: string, functionId: string): void {
    this.#underWay -= 1;
    this.#options.onLost(what, functionId);
  }

  #invokeAsynchronously(functionId: string, event: unknown, tried: number): void {
    const { clock } = this.#options;
    void this.#options.invoke(functionId, event).then((result) => {
      const wait = asynchronousRetries[tried];
      if (result.status === 'answered') {
        this.#underWay -= 1;
      } else if (wait === undefined) {
        this.#lose(`${functionId}: ${result.error.errorType}: ${result.error.errorMessage}`, functionId);
      } else {
        clock.after(wait * 1000, () => this.#invokeAsynchronously(functionId, event, tried + 1));
      }
    });
  }

  /** The first message opens the batching window; when it closes, all that came are handed over. */
  #enqueue(queueArn: string, event: unknown): void {
    const queue = this.#options.stack.queues.find((each) => each.arn === queueArn);
    if (queue === undefined) throw new Error(`no function reads the queue ${queueArn}`);
    const waiting = this.#waiting.get(queueArn) ?? [];
    this.#waiting.set(queueArn, [...waiting, event]);
    if (waiting.length > 0) return;
    this.#options.clock.after(queue.windowSeconds * 1000, () => this.#deliverBatch(queue));
  }

  #deliverBatch(queue: DeployedQueue): void {
    const waiting = this.#waiting.get(queue.arn) ?? [];
    const batch = waiting.slice(0, queue.batchSize);
    const left = waiting.slice(queue.batchSize);
    this.#waiting.set(queue.arn, left);
    const { clock, region, seed } = this.#options;
    // What does not fit into this batch is the next one; it has waited for as long.
    if (left.length > 0) clock.at(clock.now, () => this.#deliverBatch(queue));
    const event = {
      Records: batch.map((body) => {
        const text = JSON.stringify(body);
        const now = String(clock.now);
        return {
          messageId: digest('message', seed, text).uuid,
          receiptHandle: digest('receipt', seed, text).hex,
          body: text,
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: now,
            SenderId: 'AIDAIENQZJOLO23YVJ4VO',
            ApproximateFirstReceiveTimestamp: now,
          },
          messageAttributes: {},
          md5OfBody: createHash('md5').update(text).digest('hex'),
          eventSource: 'aws:sqs',
          eventSourceARN: queue.arn,
          awsRegion: region,
        };
      }),
    };
    void this.#options.invoke(queue.functionId, event).then((result) => {
      this.#underWay -= batch.length;
      if (result.status === 'answered') return;
      this.#options.onLost(`${queue.functionId}: ${result.error.errorMessage}`, queue.functionId);
    });
  }
}
