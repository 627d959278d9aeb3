/**
 * What services say of themselves in CloudWatch, as far as an alarm can follow from it: Step Functions of executions,
 * Lambda of invocations, SQS of dead letters (their developer guides, procedure-cw-metrics, monitoring-metrics-types and
 * sqs-available-cloudwatch-metrics).
 */
import type { Clock } from '../clock/pretend-clock.ts';
import type { Stack } from '../deployment/stack.ts';
import type { InvocationResult, LambdaFunction } from '../lambda/function-host.ts';
import type { Execution } from '../state-machines/index.ts';
import type { Metric, Metrics } from '../world/metrics.ts';

const executionMetrics = {
  RUNNING: 'ExecutionsStarted',
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  ABORTED: 'ExecutionsAborted',
  TIMED_OUT: 'ExecutionsTimedOut',
} as const;

const ofExecutions = (name: string, machineArn: string): Metric => ({
  namespace: 'AWS/States',
  name,
  dimensions: { StateMachineArn: machineArn },
});

const ofFunction = (name: 'Invocations' | 'Errors', functionName: string): Metric => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: functionName },
});

const lettersIn = (queueArn: string): Metric => ({
  namespace: 'AWS/SQS',
  name: 'ApproximateNumberOfMessagesVisible',
  dimensions: { QueueName: queueArn.split(':').at(-1) ?? '' },
});

/** Queues say how full they are once a minute, for as long as they are in use. */
const minute = 60_000;

export class Measurements {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #deadLetterQueues: ReadonlyMap<string, string>;
  readonly #deadLetters = new Map<string, number>();

  constructor(metrics: Metrics, clock: Clock, { functions, stateMachines }: Stack) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#deadLetterQueues = new Map(
      functions.flatMap(({ logicalId, deadLetterQueue }) =>
        deadLetterQueue === undefined ? [] : [[logicalId, deadLetterQueue] as const],
      ),
    );
    const measured = [
      ...stateMachines.flatMap(({ arn }) => Object.values(executionMetrics).map((name) => ofExecutions(name, arn))),
      ...functions.flatMap(({ name }) => [ofFunction('Invocations', name), ofFunction('Errors', name)]),
      ...[...this.#deadLetterQueues.values()].map(lettersIn),
    ];
    for (const metric of measured) metrics.measure(metric);
  }

  /** An execution began or ended. */
  onStatus({ status, machine }: Execution): void {
    const name = executionMetrics[status as keyof typeof executionMetrics];
    if (name !== undefined) this.#metrics.record(ofExecutions(name, machine.arn), 1);
  }

  onInvoked({ name }: LambdaFunction, { status }: InvocationResult): void {
    this.#metrics.record(ofFunction('Invocations', name), 1);
    this.#metrics.record(ofFunction('Errors', name), status === 'failed' ? 1 : 0);
  }

  /** An event for a function came to lie in its dead-letter queue, where nobody takes it away. */
  onLost(functionId: string): void {
    const queue = this.#deadLetterQueues.get(functionId);
    if (queue === undefined) return;
    const before = this.#deadLetters.get(queue) ?? 0;
    this.#deadLetters.set(queue, before + 1);
    if (before > 0) this.#metrics.record(lettersIn(queue), before + 1);
    else this.#keepSaying(queue);
  }

  #keepSaying(queue: string): void {
    this.#metrics.record(lettersIn(queue), this.#deadLetters.get(queue) ?? 0);
    this.#clock.meanwhile(minute, () => this.#keepSaying(queue));
  }
}
