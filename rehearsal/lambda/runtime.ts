/** What runs in a worker: loads a function's bundle as Lambda's runtime would, and hands it one event at a time. */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type FromWorker,
  type FunctionError,
  type InvocationContext,
  type Pretend,
  pretendKey,
  type ToWorker,
  type WorkerSettings,
} from './pretend.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;

const pretend = (globalThis as unknown as Record<symbol, Pretend>)[pretendKey] as Pretend;
const { bundle, handler, instant, seed } = workerData as WorkerSettings;
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

/** The runtime nodejs24.x refuses a handler that declares a third parameter (Lambda developer guide, nodejs-handler). */
const load = async (): Promise<Handler> => {
  pretend.begin(instant, seed);
  const module = (await import(pathToFileURL(bundle).href)) as Record<string, unknown>;
  const loaded = module[handler];
  if (typeof loaded !== 'function') throw new Error(`${bundle} exports no function ${handler}`);
  if (loaded.length > 2) throw new Error(`${handler} declares a callback, which nodejs24.x does not call`);
  return loaded as Handler;
};

/** JSON as it crosses the boundary of a function: what JSON cannot hold is lost on AWS, too. */
const asJson = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

const describe = (error: unknown): FunctionError =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

let isRunning = false;
let isWatching = false;

/** Says that the bundle is asleep, once nothing real is under way for it. */
const watch = (): void => {
  if (isWatching) return;
  isWatching = true;
  // A few turns, because what follows from an answer may itself take turns before it makes the next request.
  let quietTurns = 0;
  const look = (): void => {
    if (!isRunning) {
      isWatching = false;
      return;
    }
    quietTurns += 1;
    if (pretend.isNodeBusy()) quietTurns = 0;
    const until = pretend.nextTimerAt();
    // A function that waits for nothing at all hangs; that is only believed after many turns.
    if (quietTurns < (until === undefined ? 10_000 : 4)) {
      pretend.afterRequests(look);
      return;
    }
    isWatching = false;
    tell({ kind: 'asleep', until });
  };
  pretend.afterRequests(look);
};

const invoke = async (run: Handler, event: unknown, context: InvocationContext): Promise<void> => {
  isRunning = true;
  watch();
  let answer: FromWorker;
  try {
    const { deadline, ...rest } = context;
    const payload = await run(event, { ...rest, getRemainingTimeInMillis: () => deadline - Date.now() });
    answer = { kind: 'answered', payload: asJson(payload) };
  } catch (error) {
    answer = { kind: 'failed', error: describe(error) };
  }
  isRunning = false;
  tell(answer);
};

const serve = (run: Handler): void => {
  parentPort?.on('message', (message: ToWorker) => {
    if (message.kind === 'invoke') {
      pretend.forgetTimers();
      pretend.begin(message.instant, message.seed);
      void invoke(run, message.event, message.context);
    } else {
      pretend.wake(message.instant);
      watch();
    }
  });
  tell({ kind: 'loaded' });
};

load().then(serve, (error: unknown) => tell({ kind: 'not-loaded', error: describe(error) }));
