/**
 * Loaded into a worker before a function's bundle (`--import`). The bundle then runs unchanged on pretend time: its
 * timers, `Date`, high-resolution clocks and randomness are the rehearsal's, and its requests go out one at a time, in
 * the order it made them, so that the same events give the same calls.
 *
 * Real time still passes on the wire and in Node itself; nothing of it is visible to the bundle.
 */
import type http from 'node:http';
import { enableCompileCache, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Pretend, pretendKey } from './pretend.ts';

/** A module of Node without its ES facade, whose making would read every export, and load what nobody uses. */
const builtin = (name: string): Record<string, unknown> =>
  process.getBuiltinModule(name) as unknown as Record<string, unknown>;

const crypto = builtin('node:crypto');
const createHash = crypto.createHash as typeof import('node:crypto').createHash;
const real = { Date, setImmediate };

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

let now = 0;

class PretendDate extends real.Date {
  constructor(...parts: unknown[]) {
    if (parts.length === 0) super(now);
    else super(...(parts as [number]));
  }

  static override now(): number {
    return now;
  }
}

const pretendDate = new Proxy(PretendDate, {
  // `Date()` without `new` gives the present as text.
  apply: () => new PretendDate().toString(),
});

interface Pending {
  due: number;
  sequence: number;
  run: () => void;
  timer: PretendTimer;
}

let sequence = 0;
let pending: Pending[] = [];

/** Stands for Node's Timeout object, as far as bundles look at it. */
class PretendTimer {
  readonly #delay: number;
  readonly #run: () => void;
  readonly #repeats: boolean;

  constructor(delay: unknown, repeats: boolean, run: () => void) {
    // Node makes 1 ms of anything that is not a delay.
    const wanted = Number(delay);
    this.#delay = wanted >= 1 && wanted <= 2 ** 31 - 1 ? Math.trunc(wanted) : 1;
    this.#repeats = repeats;
    this.#run = run;
    this.refresh();
  }

  refresh(): this {
    this.close();
    pending.push({
      due: now + this.#delay,
      sequence: sequence++,
      timer: this,
      run: () => {
        if (this.#repeats) this.refresh();
        this.#run();
      },
    });
    return this;
  }

  close(): this {
    pending = pending.filter((each) => each.timer !== this);
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.toPrimitive](): number {
    return sequence;
  }
}

type Callback = (...parameters: unknown[]) => void;

const pretendSetTimeout = (callback: Callback, delay?: unknown, ...parameters: unknown[]): PretendTimer =>
  new PretendTimer(delay, false, () => callback(...parameters));
const pretendSetInterval = (callback: Callback, delay?: unknown, ...parameters: unknown[]): PretendTimer =>
  new PretendTimer(delay, true, () => callback(...parameters));
const pretendClear = (timer: unknown): void => {
  if (timer instanceof PretendTimer) timer.close();
};
const pretendSleep = (delay?: number, value?: unknown): Promise<unknown> =>
  new Promise((resolve) => pretendSetTimeout(() => resolve(value), delay));

const nextTimer = (): Pending | undefined => {
  let next: Pending | undefined;
  for (const each of pending) {
    if (next === undefined || each.due < next.due || (each.due === next.due && each.sequence < next.sequence))
      next = each;
  }
  return next;
};

// ── Randomness ──────────────────────────────────────────────────────────────────────────────────────────────────────

let seed = '';
let drawn = 0;

/** Bytes that follow from the seed of the invocation and how many were drawn before. */
const pretendBytes = (length: number): Buffer => {
  const blocks: Buffer[] = [];
  for (let have = 0; have < length; have += 32) {
    blocks.push(createHash('sha256').update(`${seed} ${drawn++}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
};

const fill = <View extends ArrayBufferView>(view: View): View => {
  pretendBytes(view.byteLength).copy(Buffer.from(view.buffer, view.byteOffset, view.byteLength));
  return view;
};

const pretendUuid = (): string => {
  const bytes = pretendBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

const pretendRandom = (): number => pretendBytes(6).readUIntBE(0, 6) / 2 ** 48;

const pretendRandomBytes = (size: number, callback?: (error: null, bytes: Buffer) => void): Buffer | undefined => {
  if (callback === undefined) return pretendBytes(size);
  callback(null, pretendBytes(size));
  return undefined;
};

// ── Requests ────────────────────────────────────────────────────────────────────────────────────────────────────────

let inFlight = 0;
let isSending = false;
let onNoneInFlight: (() => void) | undefined;
let waitingToSend: (() => void)[] = [];

const sendNext = (): void => {
  const next = waitingToSend.shift();
  if (next === undefined) return;
  isSending = true;
  next();
};

/** A request counts as in flight from when it is made until its answer was read; it is sent when it is its turn. */
const takeTurn = (request: http.ClientRequest): http.ClientRequest => {
  inFlight += 1;
  const end = request.end.bind(request) as (...parameters: unknown[]) => http.ClientRequest;
  let isOurTurn = false;
  const send: { now?: () => void } = {};
  request.end = (...parameters: unknown[]): http.ClientRequest => {
    send.now = () => {
      isOurTurn = true;
      end(...parameters);
    };
    waitingToSend.push(send.now);
    if (!isSending) sendNext();
    return request;
  };
  request.once('close', () => {
    // Given up before its turn, it must not take one: nothing would ever end it.
    waitingToSend = waitingToSend.filter((each) => each !== send.now);
    // What follows from the answer runs first, so that the next request is the next one in the bundle's own order.
    real.setImmediate(() => {
      inFlight -= 1;
      if (isOurTurn) isSending = false;
      if (!isSending) sendNext();
      if (inFlight > 0 || onNoneInFlight === undefined) return;
      const callback = onNoneInFlight;
      onNoneInFlight = undefined;
      callback();
    });
  });
  return request;
};

type RequestFunction = (...parameters: unknown[]) => http.ClientRequest;

/**
 * A socket's timeout is Node's own and counts real time: on a machine that is busy or was suspended it would end a
 * request that the rehearsal is about to answer. What gets no answer there is said by a fault, never by waiting.
 */
const withoutTimeout = (parameter: unknown): unknown =>
  typeof parameter === 'object' && parameter !== null && Object.hasOwn(parameter, 'timeout')
    ? { ...parameter, timeout: undefined }
    : parameter;

const patchRequests = (module: Record<string, unknown>): void => {
  const original = module.request as RequestFunction;
  const request: RequestFunction = (...parameters) => original(...parameters.map(withoutTimeout));
  module.request = (...parameters: unknown[]) => takeTurn(request(...parameters));
  module.get = (...parameters: unknown[]) => {
    const made = takeTurn(request(...parameters));
    made.end();
    return made;
  };
};

/** What stays open while nothing is done: the port to the host, kept connections, and how we look. */
const idleResources = new Set(['MessagePort', 'TCPSocketWrap', 'TLSWrap', 'Immediate', 'Timeout']);

/** Real work Node does for the bundle besides requests: reading or closing a file, looking up a name. */
const isNodeBusy = (): boolean => process.getActiveResourcesInfo().some((resource) => !idleResources.has(resource));

const pretend: Pretend = {
  begin(instant, seedOfInvocation) {
    now = instant;
    seed = seedOfInvocation;
    drawn = 0;
  },
  wake(instant) {
    now = Math.max(now, instant);
    for (;;) {
      const next = nextTimer();
      if (next === undefined || next.due > now) return;
      pending = pending.filter((each) => each !== next);
      next.run();
    }
  },
  afterRequests(callback) {
    if (inFlight === 0) real.setImmediate(callback);
    else onNoneInFlight = callback;
  },
  isNodeBusy,
  nextTimerAt: () => nextTimer()?.due,
  forgetTimers() {
    pending = [];
  },
};
Object.defineProperty(globalThis, pretendKey, { value: pretend });

// ── In place of the real ones ───────────────────────────────────────────────────────────────────────────────────────

const replaceGlobals = (): void => {
  Object.assign(globalThis, {
    Date: pretendDate,
    setTimeout: pretendSetTimeout,
    clearTimeout: pretendClear,
    setInterval: pretendSetInterval,
    clearInterval: pretendClear,
  });
  Math.random = pretendRandom;
  performance.now = () => now;
  const hrtime = (since?: [number, number]): [number, number] => {
    const [seconds, nanoseconds] = [Math.floor(now / 1000), (now % 1000) * 1e6];
    return since === undefined ? [seconds, nanoseconds] : [seconds - since[0], nanoseconds - since[1]];
  };
  hrtime.bigint = () => BigInt(now) * 1_000_000n;
  process.hrtime = hrtime;
  process.uptime = () => now / 1000;
  const webCrypto = Object.getOwnPropertyDescriptor(globalThis, 'crypto')?.get;
  Object.defineProperty(globalThis, 'crypto', {
    configurable: true,
    value: {
      randomUUID: pretendUuid,
      getRandomValues: fill,
      get subtle(): unknown {
        return (webCrypto?.call(globalThis) as { subtle: unknown } | undefined)?.subtle;
      },
    },
  });
};

const replaceModules = (): void => {
  Object.assign(builtin('node:timers'), {
    setTimeout: pretendSetTimeout,
    clearTimeout: pretendClear,
    setInterval: pretendSetInterval,
    clearInterval: pretendClear,
  });
  Object.assign(builtin('node:timers/promises'), { setTimeout: pretendSleep });
  // getRandomValues of node:crypto cannot be replaced; the SDK draws the ids of its own retries from it, which only
  // stand in a header.
  Object.assign(crypto, { randomUUID: pretendUuid, randomBytes: pretendRandomBytes, randomFillSync: fill });
  patchRequests(builtin('node:http'));
  patchRequests(builtin('node:https'));
  // Node's http offers what its built-in fetch is made of; reading it loads all of that, in every worker.
  for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) {
    Object.defineProperty(builtin('node:http'), name, { configurable: true, enumerable: true, value: undefined });
  }
  syncBuiltinESMExports();
};

// Compiled bundles are kept beside them, so that an environment loads in less time.
enableCompileCache(fileURLToPath(new URL('./compiled/', import.meta.url)));
replaceGlobals();
replaceModules();
