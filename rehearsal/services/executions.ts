/** The executions of the stack's state machines: started, waited for, stopped, remembered. */
import type { Clock } from '../clock/pretend-clock.ts';
import { digest } from '../digest.ts';
import type { Authority } from '../iam/authority.ts';
import { type Dependent, serviceRights } from '../iam/dependents.ts';
import { unqualified } from '../iam/needs.ts';
import type { InvocationResult } from '../lambda/function-host.ts';
import {
  type Execution,
  type RunTask,
  type StateMachine,
  startExecution,
  TaskError,
  type TaskRequest,
} from '../state-machines/index.ts';

/** A state machine as Step Functions keeps it. */
export interface KeptMachine extends StateMachine {
  /** The definition as it was handed in. */
  readonly text: string;
  readonly createdAt: Date;
}

export interface ExecutionsOptions {
  clock: Clock;
  seed: string;
  /** The stack's. */
  machines: readonly KeptMachine[];
  authority: Pick<Authority, 'mayBy'>;
  /** Lambda's invoke, by the ARN a definition names. Undefined: there is no such function. */
  invoke(functionArn: string, payload: unknown): Promise<InvocationResult> | undefined;
  onStatus(execution: Execution): void;
  onStateEntered(execution: Execution, stateName: string): void;
}

/** StartExecution was refused; the name is the one of the API. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  readonly code: 'ExecutionAlreadyExists' | 'StateMachineDoesNotExist' | 'InvalidName' | 'InvalidExecutionInput';

  constructor(code: StartRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A task that ends when its token comes back (developer guide, connect-to-resource, task tokens). */
export interface WaitingTask {
  resolve(output: unknown): void;
  reject(error: TaskError): void;
  heartbeat(): void;
}

export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #machines: Map<string, KeptMachine>;
  readonly #byArn = new Map<string, Execution>();
  readonly #waiting = new Map<string, WaitingTask | 'over'>();

  constructor(options: ExecutionsOptions) {
    this.#options = options;
    this.#machines = new Map(options.machines.map((machine) => [machine.arn, machine]));
  }

  /** In the order they were started. */
  get all(): Execution[] {
    return [...this.#byArn.values()];
  }

  find(arn: string): Execution | undefined {
    return this.#byArn.get(arn);
  }

  get machines(): readonly KeptMachine[] {
    return [...this.#machines.values()];
  }

  /** A machine by its ARN, also with a version or alias behind it. */
  machine(arn: string): KeptMachine | undefined {
    return this.machines.find((machine) => arn === machine.arn || arn.startsWith(`${machine.arn}:`));
  }

  /** A machine beside those of the stack. */
  addMachine(machine: KeptMachine): void {
    this.#machines.set(machine.arn, machine);
  }

  /** Its executions are terminated (Step Functions API reference, DeleteStateMachine). */
  removeMachine(arn: string): void {
    this.#machines.delete(arn);
    for (const execution of this.all) if (execution.machine.arn === arn) execution.stop();
  }

  /**
   * For a Standard workflow the same name with the same input is the same execution while it runs; any other second use
   * of a name within 90 days is refused (Step Functions API reference, StartExecution).
   */
  start(machineArn: string, name: string | undefined, input: string): Execution {
    const machine = this.machine(machineArn);
    if (machine === undefined)
      throw new StartRefused('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`);
    const { clock, seed } = this.#options;
    const called = name ?? digest('execution', machineArn, String(this.#byArn.size)).uuid;
    if (!isName(called)) {
      throw new StartRefused('InvalidName', `Invalid Name: '${called}'`);
    }
    const executionArn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${called}`;
    const present = this.#byArn.get(executionArn);
    if (present !== undefined) {
      if (present.status === 'RUNNING' && sameJson(present.input, input)) return present;
      throw new StartRefused('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    }
    try {
      return startExecution({
        clock,
        machine,
        name: called,
        executionArn,
        input,
        runTask: this.#runTask,
        seed,
        onStart: (execution) => {
          this.#byArn.set(execution.arn, execution);
          this.#options.onStatus(execution);
        },
        onEnd: (execution) => this.#options.onStatus(execution),
        onStateEntered: (execution, stateName) => this.#options.onStateEntered(execution, stateName),
        mapRunRefusal: (execution, label) => this.#mapRunRefusal(execution, label),
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidExecutionInput') {
        throw new StartRefused('InvalidExecutionInput', error.message);
      }
      throw error;
    }
  }

  readonly #runTask: RunTask = (request) => {
    switch (request.resource) {
      case 'arn:aws:states:::lambda:invoke':
        return this.#invoke(request);
      case 'arn:aws:states:::lambda:invoke.waitForTaskToken':
        return this.#invokeAndWait(request);
      case 'arn:aws:states:::states:startExecution.sync:2':
        return this.#startAndWait(request);
      default:
        return Promise.reject(new TaskError('States.Runtime', `the integration ${request.resource} is not played`));
    }
  };

  async #invoke(request: TaskRequest): Promise<unknown> {
    const { FunctionName, Payload } = request.arguments as { FunctionName: string; Payload?: unknown };
    const refused = this.#refusal(request, 'lambda:InvokeFunction', FunctionName);
    if (refused !== undefined) throw new TaskError('Lambda.AWSLambdaException', refused);
    const invocation = this.#options.invoke(FunctionName, Payload ?? {});
    if (invocation === undefined) {
      throw new TaskError('Lambda.ResourceNotFoundException', `Function not found: ${FunctionName}`);
    }
    const result = await invocation;
    if (result.status === 'failed') throw new TaskError(result.error.errorType, JSON.stringify(result.error));
    return { ExecutedVersion: FunctionName.split(':').at(-1) ?? '$LATEST', Payload: result.payload, StatusCode: 200 };
  }

  /** The token may come back before the function has answered; a function that failed has failed the task. */
  #invokeAndWait(request: TaskRequest): Promise<unknown> {
    const { taskToken = '' } = request;
    return new Promise((resolve, reject) => {
      this.#waiting.set(taskToken, { resolve, reject, heartbeat: request.heartbeat });
      request.signal.addEventListener('abort', () => this.#waiting.set(taskToken, 'over'));
      this.#invoke(request).then(request.submitted, (error) => {
        this.#waiting.set(taskToken, 'over');
        reject(error);
      });
    });
  }

  /** What waits for a token. `over`: it did, and waits no more. */
  waiting(taskToken: string): WaitingTask | 'over' | undefined {
    return this.#waiting.get(taskToken);
  }

  /** Nothing waits for it any more. */
  forget(taskToken: string): void {
    this.#waiting.set(taskToken, 'over');
  }

  async #startAndWait(request: TaskRequest): Promise<unknown> {
    const { StateMachineArn, Name, Input } = request.arguments as {
      StateMachineArn: string;
      Name?: string;
      Input?: unknown;
    };
    const refused = this.#refusal(request, 'states:StartExecution', unqualified(StateMachineArn));
    if (refused !== undefined) throw new TaskError('StepFunctions.AccessDeniedException', refused);
    const child = this.#startChild(StateMachineArn, Name, JSON.stringify(Input ?? {}));
    for (const right of serviceRights.childIsRead) this.#refusal(request, right.action, child.arn, right);
    request.submitted({ ExecutionArn: child.arn, StartDate: child.startDate.getTime() });
    // When nobody waits any more, Step Functions makes a best effort to stop the child (developer guide, connect-to-resource).
    request.signal.addEventListener('abort', () => {
      const refusals = serviceRights.childIsStopped.map((right) =>
        this.#refusal(request, right.action, child.arn, right),
      );
      if (refusals.some((refused) => refused !== undefined)) return;
      child.stop(
        undefined,
        `The Task state in AWS Step Functions execution [${request.execution.arn}] which was managing this resource was aborted`,
      );
    });
    await child.ended;
    const described = describeForParent(child);
    if (child.status !== 'SUCCEEDED') throw new TaskError('States.TaskFailed', JSON.stringify(described));
    return described;
  }

  /** Why the role of the state machine may not; undefined: it may. */
  #refusal({ execution }: TaskRequest, action: string, resource: string, behind?: Dependent): string | undefined {
    return this.#options.authority.mayBy(execution.machine.roleArn, action, resource, behind);
  }

  /** A Distributed Map starts and reads executions of its own state machine (developer guide, iam-policies-eg-dist-map). */
  #mapRunRefusal({ machine }: Execution, label: string): string | undefined {
    const executions = machine.arn.replace(':stateMachine:', ':execution:');
    for (const right of serviceRights.mapRun) {
      // The guide and the Service Authorization Reference name the children differently; whoever grants both is safe.
      const on =
        right.action === 'states:StartExecution' ? [machine.arn] : [`${executions}/${label}:id`, `${executions}:id`];
      for (const resource of on) {
        const refused = this.#options.authority.mayBy(machine.roleArn, right.action, resource, right);
        if (refused !== undefined) return refused;
      }
    }
    return undefined;
  }

  #startChild(machineArn: string, name: string | undefined, input: string): Execution {
    try {
      return this.start(machineArn, name, input);
    } catch (error) {
      if (!(error instanceof StartRefused)) throw error;
      throw new TaskError(`StepFunctions.${error.code}Exception`, error.message);
    }
  }
}

/** A name of a state machine or an execution (Step Functions API reference, StartExecution). */
export const isName = (text: string): boolean =>
  text.length <= 80 && text !== '' && !/[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u.test(text);

const sameJson = (a: string, b: string): boolean => JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));

/** DescribeExecution in PascalCase with JSON output: what `.sync:2` hands its parent. */
const describeForParent = (child: Execution): Record<string, unknown> => ({
  ...(child.cause === undefined ? {} : { Cause: child.cause }),
  ...(child.error === undefined ? {} : { Error: child.error }),
  ExecutionArn: child.arn,
  Input: JSON.parse(child.input),
  InputDetails: { Included: true },
  Name: child.name,
  ...(child.output === undefined ? {} : { Output: JSON.parse(child.output), OutputDetails: { Included: true } }),
  RedriveCount: child.redriveCount,
  RedriveStatus: 'NOT_REDRIVABLE',
  StartDate: child.startDate.getTime(),
  StateMachineArn: child.machine.arn,
  Status: child.status,
  ...(child.stopDate === undefined ? {} : { StopDate: child.stopDate.getTime() }),
});
