/**
 * Lambda, on the pretend clock: each function's bundle runs in workers of its own, one invocation at a time in each, as
 * in a real execution environment. Only one of them moves at a time: the clock waits until it answers or sleeps.
 */
import { Worker } from 'node:worker_threads';
import type { Clock, Scheduled } from '../clock/pretend-clock.ts';
import { digest } from '../digest.ts';
import type { FromWorker, FunctionError, InvocationContext, ToWorker, WorkerSettings } from './pretend.ts';

/** A deployed version of a function. */
export interface LambdaFunction {
  /** The folder under functions/: what people call it. */
  readonly folder: string;
  readonly name: string;
  /** Of the version. */
  readonly arn: string;
  readonly roleArn: string;
  readonly version: string;
  /** Path of the bundle, and the name of the handler it exports. */
  readonly bundle: string;
  readonly handler: string;
  /** Modules of the worker it runs in: the preload and the runtime. */
  readonly workerFiles: { readonly preload: string; readonly runtime: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
}

export type InvocationResult =
  | { status: 'answered'; payload: unknown }
  /** `errorType` is what Step Functions sees as the error's name. */
  | { status: 'failed'; error: FunctionError };

/** Who is invoking: told to whoever serves the requests the function makes. */
export interface Invocation {
  readonly function: LambdaFunction;
  readonly requestId: string;
  /** Ends the environment at once, as when the process dies. */
  die(): void;
}

export interface FunctionHostOptions {
  readonly clock: Clock;
  /** What every function finds in its environment besides its own: region, credentials, endpoint. */
  readonly environmentOf: (lambda: LambdaFunction) => Readonly<Record<string, string>>;
  readonly seed: string;
  /** Lines the functions wrote to their logs. */
  readonly onLog: (lambda: LambdaFunction, line: string) => void;
}

export class FunctionHost {
  readonly #options: FunctionHostOptions;
  readonly #environments = new Map<string, Environment[]>();
  readonly #invocations = new Map<string, number>();
  #current: Invocation | undefined;
  #preparing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: FunctionHostOptions) {
    this.#options = options;
  }

  /** The invocation that moves now; its requests are the ones that arrive. */
  get current(): Invocation | undefined {
    return this.#current;
  }

  /** Resolves inside an action of the clock, when the function has answered, failed, or was ended. */
  invoke(lambda: LambdaFunction, event: unknown): Promise<InvocationResult> {
    const count = (this.#invocations.get(lambda.arn) ?? 0) + 1;
    this.#invocations.set(lambda.arn, count);
    const requestId = digest(this.#options.seed, lambda.arn, String(count)).uuid;
    return new Promise((resolve) => {
      this.#options.clock.at(this.#options.clock.now, () => this.#run(lambda, event, requestId, resolve));
    });
  }

  /**
   * Loads environments before they are needed, one after another, while others run. Nothing of it can be observed but
   * that a rehearsal takes less real time.
   */
  prepare(lambdas: readonly LambdaFunction[]): void {
    for (const lambda of lambdas) {
      this.#preparing = this.#preparing.then(async () => {
        const all = this.#environments.get(lambda.arn) ?? [];
        if (all.length > 0 || this.#isClosed) return;
        const environment = this.#newEnvironment(lambda);
        this.#environments.set(lambda.arn, [environment]);
        await environment.loaded;
      });
    }
  }

  /** Ends every worker. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#environments.values()].flat();
    this.#environments.clear();
    await Promise.all(all.map((environment) => environment.end()));
  }

  async #run(
    lambda: LambdaFunction,
    event: unknown,
    requestId: string,
    resolve: (result: InvocationResult) => void,
  ): Promise<void> {
    const { clock } = this.#options;
    const environment = this.#idleEnvironment(lambda);
    const deadline = clock.now + lambda.timeoutSeconds * 1000;
    const end = (result: InvocationResult): void => {
      timeout.cancel();
      environment.isBusy = false;
      resolve(result);
    };
    const fail = (errorType: string, errorMessage: string): void => {
      this.#discard(lambda, environment);
      end({ status: 'failed', error: { errorType, errorMessage, trace: [] } });
    };
    let isDead = false;
    const invocation: Invocation = {
      function: lambda,
      requestId,
      die: () => {
        isDead = true;
        environment.interrupt();
      },
    };
    // A function over its time is ended, and a new environment takes its place.
    const timeout: Scheduled = clock.at(deadline, () => {
      if (!environment.isBusy) return;
      fail(
        'Sandbox.Timedout',
        `RequestId: ${requestId} Error: Task timed out after ${lambda.timeoutSeconds}.00 seconds`,
      );
    });
    const move = async (message: ToWorker): Promise<void> => {
      this.#current = invocation;
      const answer = await environment.move(message);
      this.#current = undefined;
      if (isDead)
        return fail('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited with error: exit status 1`);
      switch (answer.kind) {
        case 'answered':
          return end({ status: 'answered', payload: answer.payload });
        case 'failed':
          return end({ status: 'failed', error: answer.error });
        case 'died':
          return fail('Runtime.ExitError', `RequestId: ${requestId} Error: ${answer.reason}`);
        case 'not-loaded':
          this.#discard(lambda, environment);
          return end({ status: 'failed', error: answer.error });
        case 'asleep':
          if (answer.until === undefined) return;
          environment.wake = clock.at(answer.until, () =>
            environment.isBusy ? move({ kind: 'wake', instant: clock.now }) : undefined,
          );
          return;
        case 'loaded':
          return;
      }
    };
    await move({
      kind: 'invoke',
      event,
      context: contextOf(lambda, requestId, deadline),
      instant: clock.now,
      seed: requestId,
    });
  }

  #idleEnvironment(lambda: LambdaFunction): Environment {
    const all = this.#environments.get(lambda.arn) ?? [];
    this.#environments.set(lambda.arn, all);
    let environment = all.find((each) => !each.isBusy);
    if (environment === undefined) {
      environment = this.#newEnvironment(lambda);
      all.push(environment);
    }
    environment.isBusy = true;
    return environment;
  }

  #newEnvironment(lambda: LambdaFunction): Environment {
    const { clock, environmentOf, onLog } = this.#options;
    return new Environment({
      files: lambda.workerFiles,
      environment: { ...environmentOf(lambda), ...lambda.environment },
      settings: { bundle: lambda.bundle, handler: lambda.handler, instant: clock.now, seed: lambda.arn },
      onLog: (line) => onLog(lambda, line),
    });
  }

  #discard(lambda: LambdaFunction, environment: Environment): void {
    const all = this.#environments.get(lambda.arn) ?? [];
    this.#environments.set(
      lambda.arn,
      all.filter((each) => each !== environment),
    );
    void environment.end();
  }
}

/** What is heard of a worker: its own word, or that its process has ended. */
type Word = FromWorker | { kind: 'died'; reason: string };

/** An execution environment of a function: one worker. */
class Environment {
  isBusy = false;
  wake: Scheduled | undefined;
  readonly #worker: Worker;
  /** Settles when the bundle was loaded, or could not be. */
  readonly loaded: Promise<Word>;
  #hear: (word: Word) => void = () => {};
  #death: Word | undefined;

  constructor(options: {
    files: LambdaFunction['workerFiles'];
    environment: Readonly<Record<string, string>>;
    settings: WorkerSettings;
    onLog: (line: string) => void;
  }) {
    this.#worker = new Worker(options.files.runtime, {
      execArgv: ['--import', options.files.preload],
      env: { ...options.environment },
      workerData: options.settings,
      // Answers of AWS make much short-lived data.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
      stdout: true,
      stderr: true,
    });
    // Ended on purpose, a worker says nothing; ended by itself, it is a function whose process died.
    this.#worker.on('error', (error) => this.#die(String(error)));
    this.#worker.on('exit', (code) => this.#die(`Runtime exited with error: exit status ${code}`));
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) if (line !== '') options.onLog(line);
      });
    }
    this.loaded = new Promise((resolve) => {
      this.#hear = resolve;
    });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
  }

  /** Hands the worker a message and waits until it answers or sleeps. */
  async move(message: ToWorker): Promise<Word> {
    const loaded = await this.loaded;
    if (loaded.kind !== 'loaded') return loaded;
    // It may have died since its last answer, of work it had not waited for.
    if (this.#death !== undefined) return this.#death;
    return new Promise((resolve) => {
      this.#hear = resolve;
      this.#worker.postMessage(message);
    });
  }

  /** The process dies while it moves: whoever waits for it hears so at once. */
  interrupt(): void {
    this.#hear({ kind: 'asleep', until: undefined });
  }

  #die(reason: string): void {
    this.#death ??= { kind: 'died', reason };
    this.#hear(this.#death);
  }

  async end(): Promise<void> {
    this.wake?.cancel();
    this.#hear({ kind: 'asleep', until: undefined });
    this.#hear = () => {};
    await this.#worker.terminate();
  }
}

const contextOf = (lambda: LambdaFunction, requestId: string, deadline: number): InvocationContext => ({
  functionName: lambda.name,
  functionVersion: lambda.version,
  invokedFunctionArn: lambda.arn,
  memoryLimitInMB: String(lambda.memoryMegabytes),
  awsRequestId: requestId,
  logGroupName: `/aws/lambda/${lambda.name}`,
  logStreamName: `[${lambda.version}]`,
  deadline,
});
