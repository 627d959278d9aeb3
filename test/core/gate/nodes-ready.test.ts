import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Measurement } from '../../../core/gate/measurement.ts';
import {
  type InstanceReading,
  measureInFlight,
  measureNodesReady,
  type NodeReading,
  type NodesReadyReading,
} from '../../../core/gate/nodes-ready.ts';
import { ago, aNode, anInstance, former, imageOf, newest, now } from '../builders.ts';

const measure = (reading: NodesReadyReading): Measurement => measureNodesReady(reading, imageOf(newest), now);

const byKubernetes = (instances: InstanceReading[], nodes: NodeReading[]): Measurement =>
  measure({ witness: 'kubernetes', instances, nodes });

const byAws = (instances: InstanceReading[], ...issues: string[]): Measurement =>
  measure({ witness: 'aws', instances, issues });

const minutes = 60;
const young = { launchedAt: ago(15 * minutes - 1) };
const grown = { launchedAt: ago(15 * minutes) };
const neverReady = { isReady: false, createdAt: ago(300), readySince: ago(300) };
const lostReady = { isReady: false, createdAt: ago(600), readySince: ago(60) };

describe('new nodes, by the Kubernetes API', () => {
  test.each<{ title: string; instances: InstanceReading[]; nodes: NodeReading[]; kind: Measurement['kind'] }>([
    {
      title: 'all Ready are healthy',
      instances: [anInstance('i-1'), anInstance('i-2')],
      nodes: [aNode('i-1'), aNode('i-2')],
      kind: 'healthy',
    },
    {
      title: 'one that lost Ready and has it again is a doubt',
      instances: [anInstance('i-1'), anInstance('i-2')],
      nodes: [aNode('i-1'), aNode('i-2', { readySince: ago(419) })],
      kind: 'doubtful',
    },
    {
      title: 'one that has had it again for seven minutes is healthy',
      instances: [anInstance('i-1')],
      nodes: [aNode('i-1', { readySince: ago(420) })],
      kind: 'healthy',
    },
    {
      title: 'one that took its time to get Ready at first is healthy',
      instances: [anInstance('i-1', grown)],
      nodes: [aNode('i-1', { createdAt: ago(15 * minutes), readySince: ago(0) })],
      kind: 'healthy',
    },
    {
      title: 'one that has not joined yet is starting',
      instances: [anInstance('i-1', young)],
      nodes: [],
      kind: 'starting',
    },
    {
      title: 'one that has not joined after 15 minutes is unhealthy',
      instances: [anInstance('i-1', grown)],
      nodes: [],
      kind: 'unhealthy',
    },
    {
      title: 'one that has joined and is not Ready yet is starting',
      instances: [anInstance('i-1', young)],
      nodes: [aNode('i-1', neverReady)],
      kind: 'starting',
    },
    {
      title: 'one that is not Ready after 15 minutes is unhealthy',
      instances: [anInstance('i-1', grown)],
      nodes: [aNode('i-1', neverReady)],
      kind: 'unhealthy',
    },
    {
      title: 'one that was Ready and is not any more is unhealthy, however young',
      instances: [anInstance('i-1', young)],
      nodes: [aNode('i-1', lostReady)],
      kind: 'unhealthy',
    },
    {
      title: 'one unhealthy among healthy ones is unhealthy',
      instances: [anInstance('i-1'), anInstance('i-2')],
      nodes: [aNode('i-1'), aNode('i-2', lostReady)],
      kind: 'unhealthy',
    },
    {
      title: 'one starting and one unhealthy are unhealthy',
      instances: [anInstance('i-1', young), anInstance('i-2', grown)],
      nodes: [],
      kind: 'unhealthy',
    },
    {
      title: 'one starting among healthy ones is starting',
      instances: [anInstance('i-1'), anInstance('i-2', young)],
      nodes: [aNode('i-1')],
      kind: 'starting',
    },
    { title: 'none are nothing to measure', instances: [], nodes: [], kind: 'nothing-to-measure' },
    {
      title: 'on the former AMI do not count',
      instances: [anInstance('i-1', { imageId: imageOf(former) })],
      nodes: [aNode('i-1', lostReady)],
      kind: 'nothing-to-measure',
    },
    {
      title: 'of other node groups do not count',
      instances: [anInstance('i-1')],
      nodes: [aNode('i-1'), aNode('i-9', lostReady)],
      kind: 'healthy',
    },
    {
      title: 'that are cordoned are healthy',
      instances: [anInstance('i-1')],
      nodes: [aNode('i-1', { isCordoned: true })],
      kind: 'healthy',
    },
    {
      title: 'are what Kubernetes says, not what EC2 says',
      instances: [anInstance('i-1', { isInService: false, isImpaired: true })],
      nodes: [aNode('i-1')],
      kind: 'healthy',
    },
  ])('$title', ({ instances, nodes, kind }) => {
    expect(byKubernetes(instances, nodes).kind).toBe(kind);
  });

  test('are told with their names and the witness', () => {
    expect(byKubernetes([anInstance('i-1')], [aNode('i-1')])).toEqual({
      kind: 'healthy',
      reason: '1 of 1 new nodes Ready (Kubernetes API)',
    });
    expect(byKubernetes([anInstance('i-1', young)], [])).toEqual({
      kind: 'starting',
      reason: 'i-1 has not joined (Kubernetes API)',
    });
    expect(byKubernetes([anInstance('i-1'), anInstance('i-2')], [aNode('i-1', lostReady), aNode('i-2')])).toEqual({
      kind: 'unhealthy',
      reason: `1 of 2 new nodes: node-of-i-1 is not Ready since ${ago(60)} (Kubernetes API)`,
    });
  });

  test.each([
    { count: 3, told: 'i-1 has not joined, i-2 has not joined, i-3 has not joined' },
    { count: 4, told: 'i-1 has not joined, i-2 has not joined, i-3 has not joined and 1 more' },
    { count: 5, told: 'i-1 has not joined, i-2 has not joined, i-3 has not joined and 2 more' },
  ])('are told three at most of $count, and how many more', ({ count, told }) => {
    const instances = ['i-1', 'i-2', 'i-3', 'i-4', 'i-5'].slice(0, count).map((id) => anInstance(id));
    expect(byKubernetes(instances, [])).toMatchObject({
      reason: `${count} of ${count} new nodes: ${told} (Kubernetes API)`,
    });
  });
});

describe('new nodes, by what EKS, EC2 and Auto Scaling say', () => {
  test.each<{ title: string; instances: InstanceReading[]; issues?: string[]; kind: Measurement['kind'] }>([
    { title: 'in service are healthy', instances: [anInstance('i-1')], kind: 'healthy' },
    {
      title: 'in service with unread status checks are healthy',
      instances: [anInstance('i-1', { isImpaired: null })],
      kind: 'healthy',
    },
    {
      title: 'that fail their status checks are unhealthy, however young',
      instances: [anInstance('i-1', { ...young, isImpaired: true })],
      kind: 'unhealthy',
    },
    {
      title: 'not yet in service are starting',
      instances: [anInstance('i-1', { ...young, isInService: false })],
      kind: 'starting',
    },
    {
      title: 'not in service after 15 minutes are unhealthy',
      instances: [anInstance('i-1', { ...grown, isInService: false })],
      kind: 'unhealthy',
    },
    {
      title: 'are unhealthy while EKS reports an issue',
      instances: [anInstance('i-1')],
      issues: ['NodeCreationFailure'],
      kind: 'unhealthy',
    },
    { title: 'none are nothing to measure', instances: [], kind: 'nothing-to-measure' },
    {
      title: 'on the former AMI do not count',
      instances: [anInstance('i-1', { imageId: imageOf(former), isImpaired: true })],
      kind: 'nothing-to-measure',
    },
  ])('$title', ({ instances, issues = [], kind }) => {
    expect(byAws(instances, ...issues).kind).toBe(kind);
  });

  test('are told with the witness', () => {
    expect(byAws([anInstance('i-1')])).toMatchObject({
      reason: '1 of 1 new nodes Ready (EKS, EC2 and Auto Scaling)',
    });
    expect(byAws([anInstance('i-1', { isImpaired: true })])).toMatchObject({
      reason: '1 of 1 new nodes: i-1 fails its EC2 status checks (EKS, EC2 and Auto Scaling)',
    });
    expect(byAws([], 'AccessDenied: no', 'Unknown: why')).toEqual({
      kind: 'unhealthy',
      reason: 'EKS reports AccessDenied: no; Unknown: why',
    });
  });
});

test('without a witness the measurement is missing, and says why', () => {
  expect(measure({ witness: 'none', reason: 'connection refused' })).toEqual({
    kind: 'missing',
    reason: 'connection refused',
  });
});

describe('of any new nodes', () => {
  const readings = fc.array(
    fc.record({
      isYoung: fc.boolean(),
      isNew: fc.boolean(),
      node: fc.constantFrom('none' as const, 'ready' as const, 'never' as const, 'lost' as const),
    }),
    { maxLength: 6 },
  );
  type Drawn = { isYoung: boolean; isNew: boolean; node: 'none' | 'ready' | 'never' | 'lost' };
  const instancesOf = (drawn: Drawn[]): InstanceReading[] =>
    drawn.map(({ isYoung, isNew }, index) =>
      anInstance(`i-${index}`, { ...(isYoung ? young : grown), imageId: imageOf(isNew ? newest : former) }),
    );
  const nodesOf = (drawn: Drawn[]): NodeReading[] =>
    drawn.flatMap(({ node }, index) => {
      if (node === 'none') return [];
      return [aNode(`i-${index}`, node === 'ready' ? {} : node === 'never' ? neverReady : lostReady)];
    });

  test('healthy is said exactly when there is one, and every one has joined and is Ready', () => {
    fc.assert(
      fc.property(readings, (drawn) => {
        const fresh = drawn.filter((each) => each.isNew);
        const isHealthy = fresh.length > 0 && fresh.every((each) => each.node === 'ready');
        expect(byKubernetes(instancesOf(drawn), nodesOf(drawn)).kind === 'healthy').toBe(isHealthy);
      }),
    );
  });

  test('time alone never makes them healthier', () => {
    const severity = ['healthy', 'starting', 'unhealthy'];
    fc.assert(
      fc.property(readings, (drawn) => {
        const later = drawn.map((each) => ({ ...each, isYoung: false }));
        const [a, b] = [drawn, later].map((each) => byKubernetes(instancesOf(each), nodesOf(each)).kind);
        expect(severity.indexOf(b ?? '')).toBeGreaterThanOrEqual(severity.indexOf(a ?? ''));
      }),
    );
  });
});

describe('while an update runs', () => {
  const inFlight = (...nodes: NodeReading[]): Measurement => measureInFlight(nodes, imageOf(newest));

  test.each<{ title: string; nodes: NodeReading[]; kind: Measurement['kind'] }>([
    { title: 'no new node is nothing to measure', nodes: [], kind: 'nothing-to-measure' },
    {
      title: 'nodes of the former AMI are nothing to measure',
      nodes: [aNode('i-1', { imageId: imageOf(former), ...lostReady })],
      kind: 'nothing-to-measure',
    },
    {
      title: 'nodes whose image is unknown are nothing to measure',
      nodes: [aNode('i-1', { imageId: null })],
      kind: 'nothing-to-measure',
    },
    { title: 'new nodes that are Ready are healthy', nodes: [aNode('i-1'), aNode('i-2')], kind: 'healthy' },
    { title: 'new nodes that were never Ready are EKS’s to find', nodes: [aNode('i-1', neverReady)], kind: 'healthy' },
    {
      title: 'a new node that was Ready and is not any more is unhealthy',
      nodes: [aNode('i-1'), aNode('i-2', lostReady)],
      kind: 'unhealthy',
    },
  ])('$title', ({ nodes, kind }) => {
    expect(inFlight(...nodes).kind).toBe(kind);
  });

  test('the node that was lost is named', () => {
    expect(inFlight(aNode('i-1'), aNode('i-2', lostReady))).toMatchObject({
      reason: `1 of 2 new nodes: node-of-i-2 is not Ready since ${ago(60)} (Kubernetes API)`,
    });
  });
});
