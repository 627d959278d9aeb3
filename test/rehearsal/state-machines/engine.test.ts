/** What cases cannot say: the engine's own interface, and that nothing in it hangs on the machine it runs on. */

import { describe, expect, it } from 'vitest';
import { PretendClock } from '../../../rehearsal/clock/pretend-clock.ts';
import {
  type Execution,
  InvalidExecutionInput,
  parseDefinition,
  type RunTask,
  type StartExecution,
  startExecution,
  TaskError,
  type TaskRequest,
} from '../../../rehearsal/state-machines/index.ts';
import { Random } from '../../../rehearsal/state-machines/random.ts';
import { delayMilliseconds } from '../../../rehearsal/state-machines/retry.ts';

const noon = Date.parse('2026-08-20T12:00:00Z');

const noTask: RunTask = async () => null;

const begin = (clock: PretendClock, definition: string, options: Partial<StartExecution> = {}): Execution =>
  startExecution({
    clock,
    machine: {
      arn: 'arn:aws:states:us-east-1:111122223333:stateMachine:m',
      name: 'm',
      roleArn: 'arn:aws:iam::111122223333:role/m',
      definition: parseDefinition(definition, 'm'),
    },
    name: 'one',
    executionArn: 'arn:aws:states:us-east-1:111122223333:execution:m:one',
    seed: '1',
    runTask: noTask,
    ...options,
  });

const play = async (definition: string, options: Partial<StartExecution> = {}): Promise<Execution> => {
  const clock = new PretendClock(noon);
  const execution = begin(clock, definition, options);
  await clock.run();
  return execution;
};

describe('determinism', () => {
  /** Branches of very different weight, lots, jitter, and everything at the same instants. */
  const lively = `
QueryLanguage: JSONata
StartAt: M
States:
  M:
    Type: Map
    Items: "{% $shuffle([1..12]) %}"
    MaxConcurrency: 5
    ItemProcessor:
      StartAt: Think
      States:
        Think:
          Type: Pass
          Output:
            n: "{% $states.input %}"
            heavy: "{% $reduce([1..$states.input], function($a, $b) { $a + $b }) %}"
            id: "{% $uuid() %}"
          Next: Ask
        Ask:
          Type: Task
          Resource: arn:aws:states:::lambda:invoke
          Retry: [ { ErrorEquals: [Busy], JitterStrategy: FULL, IntervalSeconds: 5 } ]
          Output: "{% $states.result & ' ' & $now() & ' ' & $random() %}"
          Next: Rest
        Rest: { Type: Wait, Seconds: 10, End: true }
    End: true
`;

  const busyTwice = (clock: PretendClock): RunTask => {
    let attempts = 0;
    return (request) =>
      new Promise((resolve, reject) => {
        attempts += 1;
        const isBusy = attempts % 3 === 0;
        clock.after(1_000, () => (isBusy ? reject(new TaskError('Busy', 'try again')) : resolve(request.stateName)));
      });
  };

  const bytes = async (seed: string): Promise<string> => {
    const clock = new PretendClock(noon);
    const execution = begin(clock, lively, { seed, runTask: busyTwice(clock) });
    await clock.run();
    expect(execution.status).toBe('SUCCEEDED');
    return JSON.stringify({ history: execution.history, output: execution.output });
  };

  it('gives the same history, to the byte, for the same seed', async () => {
    const first = await bytes('a');
    expect(await bytes('a')).toBe(first);
    expect(first.length).toBeGreaterThan(10_000);
  });

  it('draws other lots for another seed', async () => {
    expect(await bytes('b')).not.toBe(await bytes('a'));
  });

  it('lets no branch overtake another because its expressions are lighter', async () => {
    const weighing = (heavy: string, light: string) => `
QueryLanguage: JSONata
StartAt: P
States:
  P:
    Type: Parallel
    Branches:
      - { StartAt: A, States: { A: { Type: Pass, Output: "{% ${heavy} %}", Next: A2 }, A2: { Type: Succeed } } }
      - { StartAt: B, States: { B: { Type: Pass, Output: "{% ${light} %}", Next: B2 }, B2: { Type: Succeed } } }
    End: true
`;
    const heavy = '$count($map([1..200], function($i) { $i * 2 }))';
    const types = async (definition: string) =>
      (await play(definition)).history.map(({ type, stateEnteredEventDetails }) => [
        type,
        stateEnteredEventDetails?.name,
      ]);
    expect(await types(weighing(heavy, '1'))).toEqual(await types(weighing('1', heavy)));
  });

  it('keeps two executions on one clock apart', async () => {
    const alone = await play(lively, { runTask: async () => 'x' });
    const clock = new PretendClock(noon);
    const together = [1, 2].map(() => begin(clock, lively, { runTask: async () => 'x' }));
    await clock.run();
    for (const execution of together) {
      expect(JSON.stringify(execution.history)).toBe(JSON.stringify(alone.history));
    }
  });
});

describe('jitter', () => {
  const retrier = {
    errorEquals: ['Busy'],
    intervalSeconds: 2,
    maxAttempts: 10,
    backoffRate: 2,
    maxDelaySeconds: 20,
    jitterStrategy: 'FULL',
  } as const;

  it('draws from nothing up to the capped delay', () => {
    const random = new Random('jitter');
    const longest = [0, 1, 2, 3, 4, 5].map((retry) =>
      Math.max(...Array.from({ length: 500 }, () => delayMilliseconds(retrier, retry, random))),
    );
    const shortest = Math.min(...Array.from({ length: 500 }, () => delayMilliseconds(retrier, 3, random)));
    for (const [retry, bound] of [2_000, 4_000, 8_000, 16_000, 20_000, 20_000].entries()) {
      expect(longest[retry]).toBeLessThanOrEqual(bound);
      expect(longest[retry]).toBeGreaterThan(bound * 0.9);
    }
    expect(shortest).toBeLessThan(1_000);
  });

  it('changes nothing with NONE', () => {
    const fixed = { ...retrier, jitterStrategy: 'NONE' } as const;
    const delays = [0, 1, 2, 3, 4].map((retry) => delayMilliseconds(fixed, retry, new Random('x')));
    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 20_000]);
  });
});

describe('starting an execution', () => {
  const pass = 'QueryLanguage: JSONata\nStartAt: A\nStates: { A: { Type: Pass, End: true } }';

  it('refuses an input that is no JSON', () => {
    expect(() => begin(new PretendClock(noon), pass, { input: '{' })).toThrow(InvalidExecutionInput);
  });

  it('refuses an input over 262,144 bytes', () => {
    const fits = `"${'x'.repeat(262_142)}"`;
    expect(begin(new PretendClock(noon), pass, { input: fits }).status).toBe('RUNNING');
    expect(() => begin(new PretendClock(noon), pass, { input: `${fits} ` })).toThrow(InvalidExecutionInput);
  });

  it('has recorded its start when it returns, and keeps the input as it was written', async () => {
    const clock = new PretendClock(noon);
    const execution = begin(clock, pass, { input: '{ "a" : 1 }' });
    expect(execution.history.map(({ type }) => type)).toEqual(['ExecutionStarted']);
    expect(execution.input).toBe('{ "a" : 1 }');
    await clock.run();
    await execution.ended;
    expect(execution.output).toBe('{ "a" : 1 }');
    expect(execution.stopDate).toEqual(new Date(noon));
  });

  it('can be stopped before it has moved', async () => {
    const clock = new PretendClock(noon);
    const execution = begin(clock, pass);
    execution.stop('Never', 'mind');
    await clock.run();
    expect(execution.history.map(({ type }) => type)).toEqual(['ExecutionStarted', 'ExecutionAborted']);
  });

  it('tells of itself and of its children, and when each has ended', async () => {
    const told: string[] = [];
    const execution = await play(
      `
QueryLanguage: JSONata
StartAt: M
States:
  M:
    Type: Map
    Label: Fleet
    Items: [ 20, 10 ]
    MaxConcurrency: 2
    ItemProcessor:
      ProcessorConfig: { Mode: DISTRIBUTED, ExecutionType: STANDARD }
      StartAt: W
      States: { W: { Type: Wait, Seconds: "{% $states.input %}", End: true } }
    End: true
`,
      {
        onStart: ({ input, machine }) => told.push(`start ${machine.name} ${input}`),
        onEnd: ({ input, status }) => told.push(`${status} ${input}`),
      },
    );
    expect(told).toEqual([
      'start m {}',
      'start m/Fleet 20',
      'start m/Fleet 10',
      'SUCCEEDED 10',
      'SUCCEEDED 20',
      'SUCCEEDED {}',
    ]);
    const [run] = execution.mapRuns;
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      itemCount: 2,
      maxConcurrency: 2,
      toleratedFailureCount: 0,
      stopDate: new Date(noon + 20_000),
    });
    expect(run?.arn).toMatch(/^arn:aws:states:us-east-1:111122223333:mapRun:m\/Fleet:[0-9a-f-]{36}$/);
    expect(run?.children.map(({ mapRunArn }) => mapRunArn)).toEqual([run?.arn, run?.arn]);
    expect(run?.children[0]?.history.map(({ type }) => type)).toContain('WaitStateExited');
    expect(run?.children[0]?.name.length).toBeLessThanOrEqual(80);
  });
});

describe('running a task', () => {
  const task = (resource: string) => `
QueryLanguage: JSONata
StartAt: T
States:
  T:
    Type: Task
    Resource: ${resource}
    Arguments: { token: "{% $exists($states.context.Task.Token) ? $states.context.Task.Token : 'none' %}" }
    Catch: [ { ErrorEquals: [States.ALL], Next: S } ]
    Next: S
  S: { Type: Succeed }
`;

  it('hands over what the definition says, and a token only where one is waited for', async () => {
    const requests: TaskRequest[] = [];
    const runTask: RunTask = async (request) => requests.push(request);
    const plain = await play(task('arn:aws:states:::lambda:invoke'), { runTask });
    await play(task('arn:aws:states:::lambda:invoke.waitForTaskToken'), { runTask });
    const [first, second] = requests;
    expect(first).toMatchObject({ resource: 'arn:aws:states:::lambda:invoke', stateName: 'T', execution: plain });
    expect(first?.arguments).toEqual({ token: 'none' });
    expect(first?.taskToken).toBeUndefined();
    expect(second?.taskToken?.length).toBeLessThanOrEqual(2_048);
    expect(second?.arguments).toEqual({ token: second?.taskToken });
  });

  it('ends the execution when the room that runs tasks breaks, and no Catch hides it', async () => {
    for (const runTask of [
      async () => {
        throw new RangeError('a bug of ours');
      },
      () => {
        throw new RangeError('a bug of ours');
      },
    ] satisfies RunTask[]) {
      const execution = await play(task('arn:aws:states:::lambda:invoke'), { runTask });
      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
      expect(execution.cause).toContain('a bug of ours');
    }
  });

  it('takes an answer that is no JSON for such a fault', async () => {
    const execution = await play(task('arn:aws:states:::lambda:invoke'), { runTask: async () => new Date(0) });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('takes no answer for null', async () => {
    const execution = await play(task('arn:aws:states:::lambda:invoke'), { runTask: async () => undefined });
    expect(execution.output).toBe('null');
  });

  it('does not hear what comes after the end', async () => {
    const clock = new PretendClock(noon);
    const requests: TaskRequest[] = [];
    const execution = begin(clock, task('arn:aws:states:::states:startExecution.sync:2'), {
      runTask: (request) => {
        requests.push(request);
        return new Promise((resolve) => clock.after(60_000, () => resolve('late')));
      },
    });
    clock.after(30_000, () => execution.stop());
    clock.after(40_000, () => {
      requests[0]?.submitted({});
      requests[0]?.heartbeat();
    });
    await clock.run();
    expect(execution.history.map(({ type }) => type).slice(-2)).toEqual(['TaskStarted', 'ExecutionAborted']);
    expect(requests[0]?.signal.reason).toBe('execution-stopped');
  });

  it('may start a child execution and be stopped with its parent', async () => {
    const clock = new PretendClock(noon);
    const children: Execution[] = [];
    const wait = 'QueryLanguage: JSONata\nStartAt: W\nStates: { W: { Type: Wait, Seconds: 60, End: true } }';
    const runTask: RunTask = async ({ signal, submitted }) => {
      const child = begin(clock, wait, { executionArn: `${signal}`, name: 'child' });
      children.push(child);
      submitted({ ExecutionArn: child.arn });
      signal.addEventListener('abort', () => child.stop('States.TaskAborted'));
      await child.ended;
      return { Output: child.output };
    };
    const parent = begin(clock, task('arn:aws:states:::states:startExecution.sync:2'), { runTask });
    const other = begin(clock, task('arn:aws:states:::states:startExecution.sync:2'), { runTask, name: 'other' });
    clock.after(30_000, () => parent.stop());
    await clock.run();
    expect([parent.status, other.status]).toEqual(['ABORTED', 'SUCCEEDED']);
    expect(children.map(({ status, stopDate }) => [status, stopDate?.getTime()])).toEqual([
      ['ABORTED', noon + 30_000],
      ['SUCCEEDED', noon + 60_000],
    ]);
  });
});

describe('speed', () => {
  it('plays 2,000 rounds of a poll loop in well under a second', async () => {
    const clock = new PretendClock(noon);
    const began = performance.now();
    const execution = begin(
      clock,
      `
QueryLanguage: JSONata
StartAt: Init
States:
  Init: { Type: Pass, Assign: { n: 0 }, Next: Poll }
  Poll:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Arguments: { FunctionName: poll, Payload: { n: "{% $n %}", cluster: "{% $states.context.Execution.Input.cluster %}" } }
    Output: "{% $states.result.Payload %}"
    Assign: { n: "{% $n + 1 %}" }
    TimeoutSeconds: 60
    Next: Choose
  Choose:
    Type: Choice
    Choices: [ { Condition: "{% $states.input.step = 'Finish' %}", Next: End } ]
    Default: Wait
  Wait: { Type: Wait, Seconds: 30, Next: Poll }
  End: { Type: Succeed, Output: "{% $n %}" }
`,
      {
        input: '{"cluster":"prod"}',
        runTask: () =>
          new Promise((resolve) => {
            clock.after(120, () => {
              const isLast = execution.transitions >= 3 * 2_000 - 1;
              resolve({ Payload: { step: isLast ? 'Finish' : 'Wait' } });
            });
          }),
      },
    );
    await clock.run();
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: '2000', transitions: 6_001 });
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
