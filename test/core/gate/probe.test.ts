import { describe, expect, test } from 'vitest';
import {
  measureProbe,
  noProbes,
  type ProbeMemory,
  type ProbePodReading,
  probeRound,
} from '../../../core/gate/probe.ts';
import { probeAccessFindings, probeName, probeOf, trialProbe } from '../../../core/gate/probe-pod.ts';
import { probeDefaults } from '../../../core/policy/policy.ts';
import { ago, aNode, later, now } from '../builders.ts';

const owner = { rolloutId: 'rollout-1', nodeGroup: 'web' };
const fresh = ['1', '2', '3'].map((id) => aNode(id));
const [node] = fresh;
if (node === undefined) throw new Error('no node');
const old = aNode('old');
const nameOn = (of = node, nth = 0, kind: 'node' | 'nvidia' = 'node') => probeName(owner, 1, of.name, kind, nth);

const aProbe = (given: Partial<ProbePodReading> = {}): ProbePodReading => ({
  name: nameOn(),
  createdAt: ago(30),
  deletedAt: null,
  phase: 'Running',
  failure: null,
  unschedulable: null,
  checks: { waiting: null, message: null, startedAt: ago(20), exitCode: null, finishedAt: null },
  isKeeping: true,
  ...given,
});
const waiting = (reason: string, message: string | null = null) => ({
  waiting: reason,
  message,
  startedAt: null,
  exitCode: null,
  finishedAt: null,
});
const ended = (exitCode: number, seconds = 5) => ({
  waiting: null,
  message: null,
  startedAt: ago(60),
  exitCode,
  finishedAt: ago(seconds),
});

const round = (given: Partial<Parameters<typeof probeRound>[0]> = {}) =>
  probeRound({
    owner,
    attempt: 1,
    rules: probeDefaults,
    fresh: [node],
    others: [],
    pods: [],
    memory: noProbes,
    now,
    ...given,
  });
const of = (pods: ProbePodReading[], memory = noProbes) => {
  const { put, remove, memory: after } = round({ pods, memory });
  const [probe] = after.nodes;
  return { put: put.length, remove: remove.length, verdict: probe?.verdict, reason: probe?.reason, after };
};

describe('the probe of a node', () => {
  test.each<[string, Partial<ProbePodReading>, { verdict: string; remove?: number; reason?: RegExp }]>([
    ['that runs', {}, { verdict: 'open' }],
    [
      'that runs and runs',
      { checks: { ...ended(0), exitCode: null, startedAt: ago(360) } },
      { verdict: 'failing', reason: /6 min: containers do not end/ },
    ],
    ['that ended well is told to go', { checks: ended(0) }, { verdict: 'open', remove: 1 }],
    [
      'that ended well, and no process can be run in it yet',
      { checks: ended(0), isKeeping: false },
      { verdict: 'open' },
    ],
    [
      'in which no process can be run',
      { checks: ended(0, 100), isKeeping: false },
      { verdict: 'failing', reason: /exec fails/ },
    ],
    [
      'that ended badly once',
      { checks: ended(3) },
      { verdict: 'open', remove: 1, reason: /exit code 3: DNS did not answer/ },
    ],
    ['that waits for its containers', { checks: waiting('ContainerCreating') }, { verdict: 'open' }],
    [
      'that waits too long for them',
      { checks: waiting('ContainerCreating'), createdAt: ago(301) },
      { verdict: 'failing' },
    ],
    [
      'whose container cannot be made',
      { checks: waiting('CreateContainerError'), createdAt: ago(61) },
      { verdict: 'failing' },
    ],
    [
      'whose image cannot be pulled',
      { checks: waiting('ImagePullBackOff'), createdAt: ago(61) },
      { verdict: 'barred' },
    ],
    [
      'that is written wrongly',
      { checks: waiting('CreateContainerConfigError'), createdAt: ago(61) },
      { verdict: 'barred' },
    ],
    [
      'that fits nowhere',
      { checks: null, createdAt: ago(61), unschedulable: 'Too many pods' },
      { verdict: 'full', reason: /Too many pods/ },
    ],
    ['that was evicted', { checks: null, phase: 'Failed', failure: 'Evicted' }, { verdict: 'full', remove: 1 }],
    [
      'that had to be ended',
      { checks: { ...ended(0), exitCode: null }, phase: 'Failed', failure: 'DeadlineExceeded' },
      { verdict: 'failing', remove: 1 },
    ],
    ['that goes', { deletedAt: later(3) }, { verdict: 'open' }],
    [
      'that does not go',
      { deletedAt: ago(180) },
      { verdict: 'failing', reason: /Terminating for 3 min: containers do not end/ },
    ],
  ])('%s', (_, pod, { verdict, remove = 0, reason = /./ }) => {
    expect(of([aProbe(pod)])).toMatchObject({ put: 0, remove, verdict, reason: expect.stringMatching(reason) });
  });

  test('is put once: whoever does it again asks for the same pod', () => {
    expect(round().put).toEqual(round().put);
    expect(of([]).put).toBe(1);
    expect(of([aProbe()]).put).toBe(0);
    expect(round({ attempt: 2 }).put[0]?.name).not.toBe(round().put[0]?.name);
  });

  test('has passed when it is gone, and is done again half an hour later', () => {
    const toGo = of([aProbe({ checks: ended(0) })]).after;
    const passed = of([], toGo);
    expect(passed).toMatchObject({ verdict: 'passed', put: 0 });
    expect(round({ memory: passed.after, now: later(1799) }).put).toEqual([]);
    const again = round({ memory: passed.after, now: later(1800) });
    expect(again.put.map(({ name }) => name)).toEqual([nameOn(node, 1)]);
    expect(again.memory.nodes[0]?.verdict).toBe('passed');
  });

  test('is tried again when it ended badly, and fails at the second time', () => {
    const once = of([aProbe({ checks: ended(3) })]).after;
    const twice = of([aProbe({ name: nameOn(node, 1), checks: ended(3) })], once);
    expect(twice).toMatchObject({ verdict: 'failing', remove: 1 });
    const good = of([aProbe({ name: nameOn(node, 2), checks: ended(0) })], twice.after).after;
    expect(of([], good).verdict).toBe('passed');
  });

  test('that nobody knows any more is taken away', () => {
    expect(round({ pods: [aProbe({ name: 'probe-of-a-node-that-is-gone' })] }).remove).toEqual([
      'probe-of-a-node-that-is-gone',
    ]);
  });

  test('of GPUs is one more, where they are advertised', () => {
    const gpu = aNode('g', { allocatable: { 'nvidia.com/gpu': '1' } });
    expect(round({ fresh: [gpu] }).put.map(({ name }) => name)).toEqual([nameOn(gpu), nameOn(gpu, 0, 'nvidia')]);
  });

  test('waits for its node', () => {
    expect(round({ fresh: [aNode('1', { isReady: false })] }).put).toEqual([]);
  });

  const controlled = (
    verdict: 'open' | 'passed' | 'failing' | 'barred' | 'full',
    memory: ProbeMemory,
  ): ProbeMemory => ({
    ...memory,
    controls: memory.nodes.map((each) => ({ ...each, node: old.name, verdict })),
  });
  const told = (memory: ProbeMemory) => measureProbe({ memory, fresh: [node], variant: null }).kind;
  const notPulled = [aProbe({ checks: waiting('ErrImagePull'), createdAt: ago(90) })];
  const notEnding = [aProbe({ checks: { ...ended(0), exitCode: null, startedAt: ago(360) } })];

  test('is put on a node of another AMI as well, once one is in trouble', () => {
    for (const pods of [notPulled, notEnding]) {
      const asked = round({ pods, others: [aNode('young', { isReady: false }), old] });
      expect(asked.put.map(({ name }) => name)).toEqual([nameOn(old)]);
      expect(told(asked.memory)).toBe('starting');
    }
    expect(round({ pods: [aProbe()], others: [old] }).put).toEqual([]);
  });

  test.each<[string, ProbePodReading[], Record<string, string>]>([
    [
      'whose image is not pulled',
      notPulled,
      { passed: 'unhealthy', barred: 'missing', failing: 'missing', none: 'missing' },
    ],
    [
      'that does not end',
      notEnding,
      { passed: 'unhealthy', barred: 'unhealthy', failing: 'missing', none: 'unhealthy' },
    ],
    [
      'whose registry refuses for now',
      [aProbe({ checks: waiting('ErrImagePull', '429 Too Many Requests'), createdAt: ago(90) })],
      { passed: 'missing', none: 'missing' },
    ],
  ])('%s, compared with the other AMI', (_, pods, kinds) => {
    const { memory } = round({ pods });
    const { none, ...others } = kinds;
    expect(told(memory)).toBe(none);
    for (const [verdict, kind] of Object.entries(others)) {
      expect([verdict, told(controlled(verdict as 'passed', memory))]).toEqual([verdict, kind]);
    }
  });

  test('still knows why its registry refused when its kubelet backs off', () => {
    const pods = [aProbe({ checks: waiting('ErrImagePull', 'toomanyrequests: pull rate'), createdAt: ago(90) })];
    const backingOff = [aProbe({ checks: waiting('ImagePullBackOff', 'Back-off pulling'), createdAt: ago(120) })];
    const { memory } = round({ pods: backingOff, memory: round({ pods }).memory });
    expect(told(controlled('passed', memory))).toBe('missing');
  });
});

describe('the gate', () => {
  const probes = (...verdicts: ('open' | 'passed' | 'failing' | 'barred' | 'full')[]): ProbeMemory => ({
    ...noProbes,
    nodes: verdicts.map((verdict, index) => ({
      node: fresh[index]?.name ?? '',
      kind: 'node',
      tries: 0,
      failures: 0,
      verdict,
      reason: verdict,
      passedAt: null,
      removedAt: null,
    })),
  });
  const measure = (memory: ProbeMemory | null, nodes = fresh, variant: string | null = null) =>
    measureProbe({ memory, fresh: nodes, variant });

  test.each<[string, ProbeMemory | null, string]>([
    ['before its first round', null, 'starting'],
    ['with nodes that have no probe yet', noProbes, 'starting'],
    ['with a probe that runs', probes('passed', 'open', 'passed'), 'starting'],
    ['with all passed', probes('passed', 'passed', 'passed'), 'healthy'],
    ['with a full node beside those that passed', probes('passed', 'full', 'passed'), 'healthy'],
    ['with full nodes only', probes('full', 'full', 'full'), 'abstains'],
    ['with one of three failing: that may be a bad day of its own', probes('passed', 'failing', 'passed'), 'doubtful'],
    ['with two failing', probes('passed', 'failing', 'failing'), 'unhealthy'],
    ['with an image that nobody can pull', probes('barred', 'barred', 'barred'), 'missing'],
    ['with an image that others pulled', probes('passed', 'barred', 'barred'), 'unhealthy'],
    [
      'that could not be read, whatever was before',
      { ...probes('failing', 'failing', 'failing'), fault: '403' },
      'missing',
    ],
    ['that could not be read, and had passed', { ...probes('passed', 'passed', 'passed'), fault: '429' }, 'missing'],
  ])('%s', (_, memory, kind) => {
    expect(measure(memory).kind).toBe(kind);
  });

  test('says it in numbers', () => {
    expect(measure(probes('passed', 'passed', 'passed'))).toMatchObject({ reason: /3 of 3 new nodes/ });
    expect(measure(probes('failing'), fresh.slice(0, 1))).toEqual({
      kind: 'unhealthy',
      reason: '1 of 1 new nodes: node-of-1: failing',
    });
  });

  test('does not count nodes that are gone, or not Ready', () => {
    expect(measure(probes('passed', 'failing', 'failing'), fresh.slice(0, 1)).kind).toBe('healthy');
    expect(measure(probes('passed'), [aNode('1', { isReady: false })]).kind).toBe('starting');
  });

  test('is for Linux', () => {
    expect(measure(null, fresh, 'WINDOWS_CORE_2022_x86_64').kind).toBe('abstains');
  });
});

describe('the pod', () => {
  const { manifest } = trialProbe({ ...probeDefaults, command: ['/check'] });
  test('has no token and no right of its own', () => {
    expect(manifest).toMatchObject({
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true },
        tolerations: [{ operator: 'Exists' }],
        containers: [{ command: ['/check'], resources: { limits: { cpu: '100m' } } }, { name: 'keeps' }],
      },
    });
  });

  test('is of the policy, by its name or with settings', () => {
    expect(probeOf(['nodes-ready'])).toBeNull();
    expect(probeOf(['probe'])).toEqual(probeDefaults);
    expect(probeOf([{ probe: { ...probeDefaults, namespace: 'ours' } }])?.namespace).toBe('ours');
  });

  test('that may not be put refuses the rollout, with what grants it', () => {
    expect(probeAccessFindings('prod', probeDefaults, { access: 'granted' })).toEqual([]);
    expect(probeAccessFindings('prod', probeDefaults, { access: 'denied', reason: 'no namespace' })).toMatchObject([
      { code: 'gate-not-read', level: 'refuse', fix: 'eks-ami-rollout rbac prod | kubectl apply -f -' },
    ]);
  });
});
