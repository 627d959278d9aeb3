import { describe, expect, test } from 'vitest';
import {
  crashesAsUsual,
  crashesPerHour,
  isSettled,
  isStuck,
  longestRunSeconds,
  slowestStartSeconds,
  troubleOf,
  type Usual,
  type WorkloadPod,
  workloadOf,
} from '../../../core/gate/workload-pod.ts';
import { aContainer, ago, aPod, hour, now } from '../builders.ts';

describe('a pod is known by what a person made', () => {
  test.each<[string, Partial<WorkloadPod>, string | null]>([
    ['a Deployment, not its ReplicaSet', {}, 'Deployment shop/web'],
    [
      'a ReplicaSet without a Deployment',
      { controller: { kind: 'ReplicaSet', name: 'web' }, templateHash: null },
      'ReplicaSet shop/web',
    ],
    ['a StatefulSet', { controller: { kind: 'StatefulSet', name: 'db' }, templateHash: null }, 'StatefulSet shop/db'],
    ['a DaemonSet', { controller: { kind: 'DaemonSet', name: 'agent' }, templateHash: null }, 'DaemonSet shop/agent'],
    ['a Job', { controller: { kind: 'Job', name: 'import' }, templateHash: null }, 'Job shop/import'],
    [
      'a CronJob, whatever minute its Job was due',
      { controller: { kind: 'Job', name: 'report-29402820' }, templateHash: null },
      'Job shop/report',
    ],
    ['nothing, where it is bare', { controller: null }, null],
    ['nothing, where the kubelet made it from a file', { controller: { kind: 'Node', name: 'node-1' } }, null],
  ])('%s', (_, given, workload) => {
    expect(workloadOf(aPod('p', given))).toBe(workload);
  });
});

const nothingUsual: Usual = { startSeconds: null, runSeconds: null, crashes: false };
const notStarted = { isReady: false, readySince: null, containers: [aContainer({ hasStarted: false })] };

describe('what is wrong with a pod', () => {
  test.each<[string, Partial<WorkloadPod>, string | null]>([
    ['nothing, where it is Ready', {}, null],
    ['nothing, where it has ended well', { phase: 'Succeeded', isReady: false }, null],
    ['it failed', { phase: 'Failed', isReady: false }, 'Failed'],
    ['it crashes', { containers: [aContainer({ waiting: 'CrashLoopBackOff' })] }, 'CrashLoopBackOff'],
    ['its image is not pulled', { containers: [aContainer({ waiting: 'ImagePullBackOff' })] }, 'ImagePullBackOff'],
    [
      'its image could not be pulled just now',
      { containers: [aContainer({ waiting: 'ErrImagePull' })] },
      'ErrImagePull',
    ],
    ['nothing, where its image is being pulled', { containers: [aContainer({ waiting: 'ContainerCreating' })] }, null],
    [
      'its container is not made',
      { containers: [aContainer({ waiting: 'CreateContainerError' })] },
      'CreateContainerError',
    ],
    [
      'one of its containers crashes',
      { containers: [aContainer(), aContainer({ waiting: 'CrashLoopBackOff' })] },
      'CrashLoopBackOff',
    ],
    ['nothing, where it is being made', { ...notStarted, scheduledAt: ago(299) }, null],
    ['it has not started for five minutes', { ...notStarted, scheduledAt: ago(301) }, 'not started'],
    ['nothing, where it waits for a node', { ...notStarted, node: null, scheduledAt: null, phase: 'Pending' }, null],
    [
      'it crashed a moment ago',
      { containers: [aContainer({ restarts: 1, lastEnd: { at: ago(599), reason: 'Error', exitCode: 1 } })] },
      'restarted (Error)',
    ],
    [
      'nothing, where it crashed long ago',
      { containers: [aContainer({ restarts: 1, lastEnd: { at: ago(601), reason: 'Error', exitCode: 1 } })] },
      null,
    ],
    [
      'nothing, where it ended well and began anew',
      { containers: [aContainer({ restarts: 1, lastEnd: { at: ago(60), reason: 'Completed', exitCode: 0 } })] },
      null,
    ],
    ['nothing, where it stopped being Ready a moment ago', { isReady: false, readySince: ago(299) }, null],
    ['it is not Ready for five minutes', { isReady: false, readySince: ago(301) }, 'not Ready'],
    ['it never got Ready', { isReady: false, readySince: null, scheduledAt: ago(301) }, 'not Ready'],
    ['nothing, where it is taken away', { deletedAt: ago(119) }, null],
    ['nothing, where it is taken away and crashes', { deletedAt: ago(0), phase: 'Failed' }, null],
  ])('%s', (_, given, trouble) => {
    expect(troubleOf(aPod('p', given), nothingUsual, now)).toBe(trouble);
  });

  test.each<[string, Usual, number, string | null]>([
    ['as long as it takes elsewhere, twice', { startSeconds: 400, runSeconds: null, crashes: false }, 799, null],
    ['longer than that', { startSeconds: 400, runSeconds: null, crashes: false }, 801, 'not Ready'],
    [
      'no less than five minutes, however fast it is elsewhere',
      { startSeconds: 2, runSeconds: null, crashes: false },
      299,
      null,
    ],
  ])('it may start for %s', (_, usual, seconds, trouble) => {
    const pod = aPod('p', { isReady: false, readySince: null, scheduledAt: ago(seconds) });
    expect(troubleOf(pod, usual, now)).toBe(trouble);
  });

  test.each<[string, number | null, number, string | null]>([
    ['a pod that never ends by itself may run for ever', null, 90 * 24 * hour, null],
    ['one that ends may run three times as long as those before it', 1_000, 2_999, null],
    ['and no longer', 1_000, 3_001, 'not ended in time'],
    ['and ten minutes at least', 5, 599, null],
  ])('%s', (_, runSeconds, seconds, trouble) => {
    const pod = aPod('p', { scheduledAt: ago(seconds), readySince: ago(seconds) });
    expect(troubleOf(pod, { startSeconds: null, runSeconds, crashes: false }, now)).toBe(trouble);
  });
});

test.each<[string | null, boolean]>([
  [null, false],
  [ago(-30), false],
  [ago(119), false],
  [ago(121), true],
])('a pod that was to be gone at %s is stuck: %s', (deletedAt, stuck) => {
  expect(isStuck(aPod('p', { deletedAt }), now)).toBe(stuck);
});

test('a pod that starts is neither well nor sick', () => {
  expect(isSettled(aPod('p'))).toBe(true);
  expect(isSettled(aPod('p', notStarted))).toBe(false);
  expect(isSettled(aPod('p', { deletedAt: ago(0) }))).toBe(false);
});

describe('what is usual', () => {
  test('the slowest start counts, of pods that never restarted, within an hour', () => {
    const pods = [
      aPod('a', { scheduledAt: ago(100), readySince: ago(70) }),
      aPod('b', { scheduledAt: ago(500), readySince: ago(300) }),
      aPod('c', { scheduledAt: ago(900), readySince: ago(100), containers: [aContainer({ restarts: 1 })] }),
      aPod('d', { scheduledAt: ago(2 * hour), readySince: ago(10) }),
      aPod('e', { scheduledAt: ago(900), isReady: false }),
    ];
    expect(slowestStartSeconds(pods)).toBe(200);
    expect(slowestStartSeconds([])).toBeNull();
  });

  test('the longest run counts, of pods that ended well', () => {
    const ran = (seconds: number) => [aContainer({ ran: { from: ago(seconds), to: ago(0) } })];
    const pods = [
      aPod('a', { phase: 'Succeeded', containers: ran(60) }),
      aPod('b', { phase: 'Succeeded', containers: ran(90) }),
      aPod('c', { phase: 'Failed', containers: ran(500) }),
    ];
    expect(longestRunSeconds(pods)).toBe(90);
    expect(longestRunSeconds([])).toBeNull();
  });
});

describe('pods that crash now and then anyway', () => {
  const crashed = (restarts: number, hours: number): WorkloadPod =>
    aPod('p', {
      scheduledAt: ago(hours * hour),
      containers: [aContainer({ restarts, lastEnd: { at: ago(60), reason: 'Error', exitCode: 1 } })],
    });

  test('are known by how often they did, each pod and hour', () => {
    expect(crashesPerHour([crashed(30, 10), crashed(10, 10)], now)).toBe(2);
    expect(crashesPerHour([], now)).toBe(0);
    expect(crashesPerHour([aPod('p', { scheduledAt: null })], now)).toBe(0);
  });

  test.each([
    [8, 2, true],
    [9, 2, false],
    [2, 0.001, true],
    [0, 0, false],
  ])('%i crashes in an hour where %d are usual are nothing new: %s', (restarts, perHour, asUsual) => {
    expect(crashesAsUsual([crashed(restarts, 1)], perHour, now)).toBe(asUsual);
  });

  test('are not in trouble for it, but for anything else', () => {
    const usual = { ...nothingUsual, crashes: true };
    expect(troubleOf(crashed(1, 1), nothingUsual, now)).toBe('restarted (Error)');
    expect(troubleOf(crashed(1, 1), usual, now)).toBeNull();
    expect(troubleOf(aPod('p', { containers: [aContainer({ waiting: 'CrashLoopBackOff' })] }), usual, now)).toBeNull();
    expect(troubleOf(aPod('p', { containers: [aContainer({ waiting: 'ImagePullBackOff' })] }), usual, now)).toBe(
      'ImagePullBackOff',
    );
  });
});
