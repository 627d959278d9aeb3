/** The calls the product makes: counted, remembered where they change something, and befallen by the scenario's faults. */
import type { Clock } from './clock/pretend-clock.ts';
import { type CallFault, type Fault, Faults, type FunctionFault, refuseBy } from './faults.ts';
import type { Invocation } from './lambda/function-host.ts';
import type { Storms } from './storms.ts';
import type { Call } from './wire/call.ts';
import { Disconnect } from './wire/errors.ts';

export type NamedCall = Pick<Call, 'service' | 'operation' | 'input'>;

export interface MadeCall extends NamedCall {
  /** The folder of the function that made it. */
  function: string;
  /** Pretend time, in milliseconds since 1970. */
  at: number;
  /** Of the invocation. */
  requestId: string;
  /** The fault that befell it. */
  fault?: CallFault | FunctionFault;
}

/**
 * Operations that change something outside of the ledger; any other only looks. The stack's functions invoke
 * themselves, to go on, and those of the account's own that judge, which only look, too.
 */
export const isChange = ({ service, operation }: NamedCall): boolean =>
  !['dynamodb', 'events', 'lambda', 'sns'].includes(service) &&
  !/^(Describe|Get|List|DryRun|ReviewOwnAccess|AssumeRole)/.test(operation);

export class ProductCalls {
  /** By `service:Operation`. */
  readonly counts = new Map<string, number>();
  /** Every call, in order. */
  readonly made: MadeCall[] = [];
  /** Changes of the world the product asked for, in order. */
  readonly changes: { call: string; input: unknown }[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #faults: Faults;
  readonly #storms: Storms;
  readonly #stale = new Map<string, unknown>();

  constructor(faults: readonly Fault[], storms: Storms, clock: Pick<Clock, 'now'>) {
    this.#storms = storms;
    this.#clock = clock;
    this.#faults = new Faults(faults);
  }

  /** Plays a call of the function that moves now, unless a fault befalls it. */
  async play(invocation: Invocation, call: NamedCall, run: () => Promise<unknown>): Promise<unknown> {
    const name = `${call.service}:${call.operation}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const { folder } = invocation.function;
    const fault = this.#faults.befalls({ call: name, function: folder }) ?? this.#storms.befalls(name, this.#clock.now);
    this.made.push({
      service: call.service,
      operation: call.operation,
      input: call.input,
      function: folder,
      at: this.#clock.now,
      requestId: invocation.requestId,
      ...(fault === undefined ? {} : { fault }),
    });
    if (fault === 'dies-before') {
      invocation.die();
      throw new Disconnect();
    }
    const hasEffect = fault === undefined || fault === 'timeout-after' || fault === 'dies-after' || fault === 'stale';
    if (!hasEffect) throw refuseBy(fault, call);
    const asked = `${name} ${JSON.stringify(call.input)}`;
    if (fault === 'stale' && this.#stale.has(asked)) return this.#stale.get(asked);
    if (isChange(call)) this.changes.push({ call: name, input: call.input });
    const output = await run();
    if (this.#faults.playsStale) this.#stale.set(asked, output);
    if (fault === 'dies-after') invocation.die();
    if (fault === 'dies-after' || fault === 'timeout-after') throw new Disconnect();
    return output;
  }
}
