/**
 * Map state, distributed: each item is an execution of its own, with its own history; the parent's history holds only
 * the Map Run.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */

import type { MapMode, MapState } from './definition.ts';
import { StateFailure } from './errors.ts';
import * as rules from './field-values.ts';
import { errorDetails } from './history.ts';
import { itemsOf, maxConcurrencyOf, selectItem } from './map.ts';
import { dataLimitExceeded, Payload } from './payload.ts';
import { uuidFor } from './random.ts';
import type { Execution, MapRun } from './run.ts';
import type { Leaving, Visit } from './visit.ts';

type Distributed = Extract<MapMode, { kind: 'distributed' }>;

/** "If you don't specify it, Step Functions runs 10,000 parallel child workflow executions." */
const mostChildren = 10_000;

/** How many failures a run bears. Where neither is set, none; where both are, the first that is breached counts. */
interface Tolerance {
  readonly count: number | undefined;
  readonly percentage: number | undefined;
}

const isBreached = ({ count, percentage }: Tolerance, failed: number, items: number): boolean => {
  if (count === undefined && percentage === undefined) return failed > 0;
  return (count !== undefined && failed > count) || (percentage !== undefined && (failed / items) * 100 > percentage);
};

/** @throws StateFailure */
export const attemptDistributedMap = async (visit: Visit<MapState>, mode: Distributed): Promise<Leaving> => {
  const { state, run, lane } = visit;
  const items = await itemsOf(visit);
  const wanted = await maxConcurrencyOf(visit);
  const tolerance = await toleranceOf(visit, mode);
  visit.record({ type: 'MapStateStarted', mapStateStartedEventDetails: { length: items.length } });
  // Which error AWS names is on no page; States.Permissions is what "insufficient privileges" is called.
  const refused = run.mapRunRefusal(mode.label);
  if (refused !== undefined) throw new StateFailure('States.Permissions', refused);
  const mapRun = new RunningMapRun(visit, mode, items.length, wanted, tolerance);
  run.startMapRun(mapRun);
  visit.record({ type: 'MapRunStarted', mapRunStartedEventDetails: { mapRunArn: mapRun.arn } });
  const uncut = lane.onCut(() => mapRun.end('ABORTED'));

  try {
    await mapRun.runAll(items, wanted === 0 ? mostChildren : Math.min(wanted, mostChildren));
  } catch (failure) {
    if (failure instanceof StateFailure) {
      mapRun.end('FAILED');
      visit.record({ type: 'MapRunFailed', mapRunFailedEventDetails: errorDetails(failure) });
    }
    throw failure;
  } finally {
    uncut();
  }
  mapRun.end('SUCCEEDED');
  visit.record({ type: 'MapRunSucceeded' });
  run.recordAside(lane, { type: 'MapStateSucceeded' });
  const result = Payload.array(mapRun.children.map(resultOf));
  if (result.isTooLarge) throw dataLimitExceeded(state.name);
  return visit.leave(state, result, { result: result.value });
};

const toleranceOf = async (visit: Visit<MapState>, mode: Distributed): Promise<Tolerance> => {
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = mode;
  return {
    count: count && (await visit.evaluateAs('ToleratedFailureCount', count, rules.count)),
    percentage: percentage && (await visit.evaluateAs('ToleratedFailurePercentage', percentage, rules.percentage)),
  };
};

class RunningMapRun implements MapRun {
  readonly arn: string;
  readonly execution: Execution;
  readonly startDate: Date;
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
  readonly itemCount: number;
  readonly children: Execution[] = [];
  status: MapRun['status'] = 'RUNNING';
  stopDate: Date | undefined;
  readonly #visit: Visit<MapState>;
  readonly #mode: Distributed;
  readonly #tolerance: Tolerance;
  #running = 0;
  #failed = 0;
  #wake: (() => void) | undefined;

  constructor(
    visit: Visit<MapState>,
    mode: Distributed,
    itemCount: number,
    maxConcurrency: number,
    tolerance: Tolerance,
  ) {
    const { run } = visit;
    const [arn, partition, service, region, account, , machine] = run.execution.arn.split(':');
    const id = uuidFor(`map run ${run.execution.arn} ${visit.enteredEventId} ${visit.retryCount}`);
    this.arn = [arn, partition, service, region, account, 'mapRun', `${machine}/${mode.label}`, id].join(':');
    this.execution = run.execution;
    this.startDate = new Date(run.clock.now);
    this.itemCount = itemCount;
    this.maxConcurrency = maxConcurrency;
    this.toleratedFailureCount = tolerance.count ?? 0;
    this.toleratedFailurePercentage = tolerance.percentage ?? 0;
    this.#visit = visit;
    this.#mode = mode;
    this.#tolerance = tolerance;
  }

  /** @throws StateFailure States.ExceedToleratedFailureThreshold */
  async runAll(items: readonly unknown[], limit: number): Promise<void> {
    for (;;) {
      while (this.#running < limit && this.children.length < items.length && !this.#isBreached) {
        await this.#startNext(items);
      }
      if (this.#isBreached) {
        const cause = 'The specified tolerated failure threshold was exceeded';
        throw new StateFailure('States.ExceedToleratedFailureThreshold', cause);
      }
      if (this.#running === 0) return;
      await this.#visit.lane.block(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
  }

  /** Children that still run are stopped: their results are wanted no more. */
  end(status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = new Date(this.#visit.run.clock.now);
    for (const child of this.children) child.stop();
  }

  get #isBreached(): boolean {
    return isBreached(this.#tolerance, this.#failed, this.itemCount);
  }

  async #startNext(items: readonly unknown[]): Promise<void> {
    const index = this.children.length;
    const input = await selectItem(this.#visit, { Index: index, Value: items[index] });
    this.#running += 1;
    const child = this.#visit.run.startChild({
      mapRunArn: this.arn,
      label: this.#mode.label,
      name: uuidFor(`child ${this.arn} ${index}`),
      flow: this.#visit.state.processor,
      input,
      onEnd: () => this.#childEnded(child),
    });
    this.children.push(child);
  }

  #childEnded(child: Execution): void {
    this.#running -= 1;
    if (child.status !== 'SUCCEEDED') this.#failed += 1;
    this.#wake?.();
  }
}

/**
 * The output of a child, or, of one that failed and was tolerated, its description: "for failed child workflow
 * executions, output is the same as with NONE" (input-output-resultwriter.html). Its exact members are not in the page.
 */
const resultOf = (child: Execution): Payload => {
  if (child.output !== undefined) return new Payload(JSON.parse(child.output), child.output);
  return new Payload({
    ExecutionArn: child.arn,
    ...(child.cause !== undefined && { Cause: child.cause }),
    ...(child.error !== undefined && { Error: child.error }),
    Input: child.input,
    InputDetails: { Included: true },
    Name: child.name,
    StartDate: child.startDate.toISOString(),
    StateMachineArn: child.machine.arn,
    Status: child.status,
    ...(child.stopDate !== undefined && { StopDate: child.stopDate.toISOString() }),
  });
};
