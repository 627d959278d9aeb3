import { describe, expect, test } from 'vitest';
import {
  type AfterDrain,
  afterDrain,
  type Drain,
  type DrainAction,
  drainActions,
  type LeavingNode,
  nodesAhead,
  notReadyYet,
  type PodReading,
  podsToEvict,
} from '../../../core/node-group/drain.ts';
import { aDrain, aGroupRecord, failed, former, hour, imageOf, later, newest, now, withAttempts } from '../builders.ts';

const aPod = (name: string, given: Partial<PodReading> = {}): PodReading => ({
  namespace: 'shop',
  name,
  controller: 'ReplicaSet',
  isMirror: false,
  hasEnded: false,
  isTerminating: false,
  ...given,
});

const aLeavingNode = (given: Partial<LeavingNode> = {}): LeavingNode => ({
  instanceId: 'i-1',
  node: 'node-1',
  isCordoned: true,
  pods: [aPod('web-1')],
  waits: true,
  ...given,
});

/** In words: `cordon node-1, evict web-1`. */
const told = (actions: readonly DrainAction[]): string =>
  actions
    .map((action) => {
      switch (action.do) {
        case 'cordon':
          return `cordon ${action.node}`;
        case 'evict':
          return `evict ${action.pod.name}`;
        default:
          return action.do;
      }
    })
    .join(', ');

const actions = (leaving: Partial<LeavingNode> = {}, drain: Drain = aDrain(60), notReady: string[] = []): string =>
  told(drainActions({ drain, leaving: aLeavingNode(leaving), notReady, timeoutSeconds: 6 * hour, now }));

const blocked = { pod: 'shop/web-1', message: 'The disruption budget web needs 4 healthy pods and has 4 currently' };

describe('a node that leaves', () => {
  test.each<{ title: string; leaving?: Partial<LeavingNode>; drain?: Drain; notReady?: string[]; is: string }>([
    {
      title: 'is cordoned before its pods are evicted',
      leaving: { isCordoned: false },
      is: 'cordon node-1, evict web-1',
    },
    { title: 'that is cordoned has its pods evicted', is: 'evict web-1' },
    { title: 'that is empty may go', leaving: { pods: [] }, is: 'release' },
    {
      title: 'that is empty takes no more, and may go',
      leaving: { pods: [], isCordoned: false },
      is: 'cordon node-1, release',
    },
    { title: 'that never joined may go', leaving: { node: null, pods: [] }, is: 'release' },
    {
      title: 'is waited for while its pods end',
      leaving: { pods: [aPod('web-1', { isTerminating: true })] },
      is: '',
    },
    { title: 'is kept by a beat now and then', drain: aDrain(601), is: 'beat, evict web-1' },
    { title: 'is not touched before the new nodes are Ready', notReady: ['i-9'], is: '' },
    { title: 'is kept meanwhile', drain: aDrain(601), notReady: ['i-9'], is: 'beat' },
    {
      title: 'that is empty already may go, whatever the new nodes do',
      leaving: { pods: [] },
      notReady: ['i-9'],
      is: 'release',
    },
    { title: 'whose pods do not go is kept with them', drain: aDrain(6 * hour), is: 'retain' },
    {
      title: 'whose pods went at last may go, however long it took',
      drain: aDrain(7 * hour),
      leaving: { pods: [] },
      is: 'release',
    },
  ])('$title', ({ leaving, drain, notReady, is }) => {
    expect(actions(leaving, drain, notReady)).toBe(is);
  });

  test('before its turn is emptied, and neither kept nor let go', () => {
    expect(actions({ waits: false, isCordoned: false }, aDrain(hour))).toBe('cordon node-1, evict web-1');
    expect(actions({ waits: false, pods: [] })).toBe('');
    expect(actions({ waits: false }, aDrain(6 * hour))).toBe('');
  });
});

test('pods of DaemonSets, mirror pods and pods that have ended stay; bare pods go, too', () => {
  const pods = [
    aPod('web-1'),
    aPod('bare', { controller: null }),
    aPod('aws-node-1', { controller: 'DaemonSet' }),
    aPod('kube-proxy', { isMirror: true }),
    aPod('job-1', { hasEnded: true, controller: 'Job' }),
  ];
  expect(podsToEvict(pods).map(({ name }) => name)).toEqual(['web-1', 'bare']);
});

describe('after a round', () => {
  const forward = withAttempts(aGroupRecord(), 'forward');
  const afterRound = (given: Partial<AfterDrain> = {}) =>
    afterDrain({ record: forward, open: [], givenUp: [], notReady: [], isAhead: false, now, ...given });
  const open = (seconds: number, drain: Partial<Drain> = {}) => [{ instanceId: 'i-1', drain: aDrain(seconds, drain) }];

  test('the refresh goes on when every node is empty', () => {
    expect(afterRound().step).toMatchObject({ step: 'WaitForUpdate', seconds: 30 });
  });

  test('it is looked again, the longer it takes the less often, and the pod and its budget are named', () => {
    expect(afterRound({ open: open(60) }).step).toMatchObject({ step: 'WaitForUpdate', seconds: 30 });
    expect(afterRound({ open: open(900, { blocked }) }).step).toEqual({
      step: 'WaitForUpdate',
      seconds: 150,
      reason:
        '1 node to be emptied, node-1 for 15 min: pod shop/web-1 stays (The disruption budget web needs 4 healthy pods and has 4 currently)',
    });
    expect(afterRound({ open: open(5 * hour) }).step).toMatchObject({ seconds: 300 });
  });

  test('what it waits for is told: the new nodes', () => {
    expect(afterRound({ open: open(60), notReady: ['i-9'] }).step).toMatchObject({
      reason: '1 node to be emptied, node-1 for 1 min; not before the new nodes are Ready: i-9',
    });
  });

  test('nodes that are emptied before their turn have a wait of their own, and then the refresh', () => {
    expect(afterRound({ open: open(60), isAhead: true }).step.step).toBe('WaitForDrain');
    expect(afterRound({ isAhead: true }).step).toMatchObject({ step: 'UpdateNodeGroup', direction: 'forward' });
  });

  const lost = { open: open(6 * hour, { blocked }), givenUp: open(6 * hour, { blocked }) };

  test('a node that was given up takes the node group back; that is nobody’s fault but the pods’', () => {
    expect(afterRound(lost)).toMatchObject({
      step: { step: 'UpdateNodeGroup', direction: 'back' },
      verdict: {
        verdict: 'Inconclusive',
        reason: expect.stringMatching(
          /^node-1 could not be emptied in 6 h: pod shop\/web-1 stays \(The disruption budget web/,
        ),
      },
    });
  });

  test('where the policy says hold, it is held', () => {
    const holding = { ...forward, rules: { ...forward.rules, onFailure: 'hold' as const } };
    expect(afterRound({ ...lost, record: holding })).toMatchObject({
      step: { outcome: 'Held', reason: expect.stringContaining('onFailure: hold') },
      verdict: { verdict: 'Inconclusive' },
    });
  });

  test('on the way back there is nowhere left to go: it is held with both reasons', () => {
    const returning = withAttempts({ ...forward, verdict: failed }, 'back');
    expect(afterRound({ ...lost, record: returning }).step).toMatchObject({
      outcome: 'Held',
      reason: expect.stringMatching(
        /^nodes-ready: 2 of 3 new nodes are not Ready; on the way back node-1 could not be/,
      ),
    });
  });
});

describe('old nodes wait for new ones', () => {
  const record = withAttempts(aGroupRecord(), 'forward');
  const instance = (imageId: string, launchedAt: string, lifecycleState = 'InService') => ({
    instanceId: 'i-9',
    imageId,
    launchedAt,
    lifecycleState,
  });
  const ready = { name: 'node-9', instanceId: 'i-9', isReady: true };

  test.each([
    { title: 'that have not joined', nodes: [], is: ['i-9'] },
    { title: 'that are not Ready', nodes: [{ ...ready, isReady: false }], is: ['node-9'] },
    { title: 'and not for those that are Ready', nodes: [ready], is: [] },
  ])('$title', ({ nodes, is }) => {
    expect(notReadyYet(record, [instance(imageOf(newest), later(30))], nodes)).toEqual(is);
  });

  test('but not for old ones, those from before the update, or those that leave', () => {
    expect(notReadyYet(record, [instance(imageOf(former), later(30))], [])).toEqual([]);
    expect(notReadyYet(record, [instance(imageOf(newest), later(-60))], [])).toEqual([]);
    expect(notReadyYet(record, [instance(imageOf(newest), later(30), 'Terminating:Wait')], [])).toEqual([]);
  });

  test('on the way back the former ones are the new ones', () => {
    const returning = withAttempts({ ...record, verdict: failed }, 'back');
    expect(notReadyYet(returning, [instance(imageOf(former), later(30))], [])).toEqual(['i-9']);
    expect(notReadyYet(returning, [instance(imageOf(newest), later(30))], [])).toEqual([]);
  });
});

test('before the next refresh as many nodes are emptied as it takes at once, those begun with first', () => {
  const old = ['i-3', 'i-1', 'i-2'].map((instanceId) => ({ instanceId, isCordoned: instanceId === 'i-2' }));
  expect(nodesAhead(old, 2)).toEqual(['i-2', 'i-1']);
});
