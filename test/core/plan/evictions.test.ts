import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BudgetReading,
  blockedPods,
  type EvictablePod,
  type EvictionQuestion,
  evictionFindings,
} from '../../../core/plan/evictions.ts';

let made = 0;

const aPod = (given: Partial<EvictablePod> = {}): EvictablePod => {
  made += 1;
  return {
    namespace: 'shop',
    name: `web-5d8f-${made}`,
    labels: { app: 'web', 'pod-template-hash': '5d8f' },
    controller: { kind: 'ReplicaSet', name: 'web-5d8f' },
    node: 'old-1',
    isMirror: false,
    hasEnded: false,
    isTerminating: false,
    isReady: true,
    keepAnnotations: [],
    toleratesEverything: false,
    requests: {},
    ...given,
  };
};

/** Of two pods on two nodes. */
const aPair = (given: Partial<EvictablePod> = {}): EvictablePod[] => [aPod(given), aPod({ ...given, node: 'old-2' })];

const aBudget = (given: Partial<BudgetReading> = {}): BudgetReading => ({
  namespace: 'shop',
  name: 'web',
  selector: { matchLabels: { app: 'web' }, matchExpressions: [] },
  rule: 'minAvailable: 1',
  disruptionsAllowed: 1,
  currentHealthy: 2,
  desiredHealthy: 1,
  expectedPods: 2,
  letsSickGo: false,
  failure: null,
  ...given,
});

const aNode = (name: string, allocatable: Record<string, string> = { cpu: '2', pods: '10' }) => ({
  name,
  isReady: true,
  isCordoned: false,
  allocatable,
});

const found = (given: Partial<EvictionQuestion>) =>
  evictionFindings({
    nodeGroups: [{ name: 'web', nodes: ['old-1', 'old-2'], surges: true }],
    nodes: [aNode('old-1'), aNode('old-2'), aNode('other')],
    pods: aPair(),
    budgets: [],
    refuses: [],
    ...given,
  });
const codes = (given: Partial<EvictionQuestion>): string[] => found(given).map(({ code }) => code);

const none = { disruptionsAllowed: 0, desiredHealthy: 2 };

describe('what is found in the way of evictions', () => {
  test.each<{ what: string; given: Partial<EvictionQuestion>; codes: string[] }>([
    { what: 'nothing', given: {}, codes: [] },
    { what: 'nothing of a budget that lets one go', given: { budgets: [aBudget()] }, codes: [] },
    { what: 'a budget that wants all there are', given: { budgets: [aBudget(none)] }, codes: ['pdb-never-allows'] },
    {
      what: 'a budget that cannot be reckoned',
      given: { budgets: [aBudget({ ...none, failure: 'found no controllers', expectedPods: 0, desiredHealthy: 0 })] },
      codes: ['pdb-never-allows'],
    },
    {
      what: 'a budget that has no pod to spare now',
      given: { budgets: [aBudget({ disruptionsAllowed: 0, currentHealthy: 1 })] },
      codes: ['pdb-allows-nothing'],
    },
    {
      what: 'nothing where only pods stay that are not Ready, and the others are enough',
      given: { pods: aPair({ isReady: false }), budgets: [aBudget({ disruptionsAllowed: 0, currentHealthy: 1 })] },
      codes: [],
    },
    {
      what: 'a pod that is not Ready, and the others are not enough',
      given: { pods: aPair({ isReady: false }), budgets: [aBudget({ disruptionsAllowed: 0, currentHealthy: 0 })] },
      codes: ['pdb-allows-nothing'],
    },
    {
      what: 'nothing where sick pods may always go',
      given: {
        pods: aPair({ isReady: false }),
        budgets: [aBudget({ disruptionsAllowed: 0, currentHealthy: 0, letsSickGo: true })],
      },
      codes: [],
    },
    { what: 'nothing of a budget elsewhere', given: { budgets: [aBudget({ ...none, namespace: 'x' })] }, codes: [] },
    { what: 'nothing of a budget of nobody', given: { budgets: [aBudget({ ...none, selector: null })] }, codes: [] },
    {
      what: 'two budgets on a pod, whatever they allow',
      given: { budgets: [aBudget(), aBudget({ name: 'second' })] },
      codes: ['pdb-conflict'],
    },
    { what: 'a workload of one pod', given: { pods: [aPod()] }, codes: ['single-replica'] },
    { what: 'not one that has a second elsewhere', given: { pods: [aPod(), aPod({ node: 'other' })] }, codes: [] },
    {
      what: 'one whose second pod is going',
      given: { pods: [aPod(), aPod({ node: 'other', isTerminating: true })] },
      codes: ['single-replica'],
    },
    { what: 'not a Job', given: { pods: [aPod({ controller: { kind: 'Job', name: 'report' } })] }, codes: [] },
    { what: 'bare pods', given: { pods: [aPod({ controller: null })] }, codes: ['bare-pod'] },
    {
      what: 'pods that ask not to be disturbed',
      given: { pods: aPair({ keepAnnotations: ['karpenter.sh/do-not-disrupt=true'] }) },
      codes: ['do-not-disrupt'],
    },
    {
      what: 'pods that tolerate everything',
      given: { pods: aPair({ toleratesEverything: true }) },
      codes: ['tolerates-everything'],
    },
    {
      what: 'nothing of pods that are not evicted',
      given: {
        pods: [
          aPod({ controller: { kind: 'DaemonSet', name: 'agent' }, toleratesEverything: true }),
          aPod({ controller: { kind: 'Node', name: 'old-1' }, isMirror: true }),
          aPod({ controller: null, hasEnded: true }),
          aPod({ controller: null, isTerminating: true }),
          aPod({ controller: null, node: null }),
          aPod({ controller: null, node: 'other' }),
        ],
      },
      codes: [],
    },
  ])('$what', ({ given, codes: expected }) => {
    expect(codes(given)).toEqual(expected);
  });

  test('names what a person needs', () => {
    const [finding] = found({ budgets: [aBudget({ ...none, rule: 'minAvailable: 2' })] });
    expect(finding).toMatchObject({ level: 'warn', nodeGroup: 'web' });
    expect(finding?.message).toMatch(
      /^web: PodDisruptionBudget shop\/web \(minAvailable: 2\) can never let a pod go, it wants 2 of 2: shop\/web-5d8f-\d+, shop/,
    );
    expect(finding?.fix).toContain('kubectl edit pdb --namespace shop web');
  });

  test('refuses where the policy says so, and nowhere else', () => {
    const given = { budgets: [aBudget(none)], pods: [...aPair(), aPod({ controller: null })] };
    expect(found({ ...given, refuses: ['pdb-never-allows'] }).map(({ code, level }) => `${level} ${code}`)).toEqual([
      'refuse pdb-never-allows',
      'warn bare-pod',
    ]);
  });

  test('is short, whatever there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 30 }), (workloads, replicas) => {
        const pods = Array.from({ length: workloads }, (_, w) =>
          Array.from({ length: replicas }, (_, p) =>
            aPod({ name: `w${w}-${p}`, labels: { app: `w${w}` }, controller: { kind: 'StatefulSet', name: `w${w}` } }),
          ),
        ).flat();
        const budgets = Array.from({ length: workloads }, (_, w) =>
          aBudget({ ...none, name: `w${w}`, selector: { matchLabels: { app: `w${w}` }, matchExpressions: [] } }),
        );
        const findings = found({ pods, budgets });
        expect(findings.length).toBeLessThanOrEqual(13);
        for (const { message } of findings) expect(message.length).toBeLessThan(400);
      }),
      { numRuns: 30 },
    );
  });
});

describe('room elsewhere, where old nodes go first', () => {
  const noSurge = { nodeGroups: [{ name: 'web', nodes: ['old-1', 'old-2'], surges: false }] };
  const wanting = (cpu: string, node = 'old-1') => aPod({ node, requests: { cpu: [cpu] } });

  test.each<{ what: string; given: Partial<EvictionQuestion>; isShort: boolean }>([
    { what: 'is enough', given: { pods: [wanting('1500m'), wanting('500m', 'old-2')] }, isShort: false },
    {
      what: 'is taken by others',
      given: { pods: [wanting('1500m'), wanting('1', 'old-2'), wanting('1', 'other')], nodes: threeNodes('2') },
      isShort: false,
    },
    {
      what: 'is too little on all the others together',
      given: { pods: [wanting('1500m'), wanting('1500m', 'old-2'), wanting('1500m', 'other')], nodes: threeNodes('2') },
      isShort: true,
    },
    {
      what: 'is not on a node that takes no pods',
      given: {
        pods: [wanting('1'), aPod({ node: 'old-2' })],
        nodes: [aNode('old-1'), { ...aNode('old-2'), isCordoned: true }, { ...aNode('other'), isReady: false }],
      },
      isShort: true,
    },
    {
      what: 'is counted in devices as well',
      given: {
        pods: [aPod({ requests: { 'nvidia.com/gpu': ['1'] } }), aPod({ node: 'other' })],
        nodes: [aNode('old-1', { cpu: '2', pods: '10', 'nvidia.com/gpu': '1' }), aNode('other')],
      },
      isShort: true,
    },
    {
      what: 'is counted in pods as well',
      given: { pods: aPair(), nodes: [aNode('old-1'), aNode('old-2'), aNode('other', { pods: '0' })] },
      isShort: false,
    },
  ])('$what', ({ given, isShort }) => {
    expect(codes({ ...noSurge, ...given }).includes('no-room')).toBe(isShort);
    expect(codes(given).includes('no-room')).toBe(false);
  });

  test('is told in numbers', () => {
    const given = { ...noSurge, pods: [aPod({ requests: { memory: ['3Gi'] } })], nodes: [aNode('old-1')] };
    expect(found(given).find(({ code }) => code === 'no-room')?.message).toContain(
      'on old-1 they ask for 3.0 GiB of memory, and 0.0 GiB of memory is free elsewhere',
    );
  });
});

function threeNodes(cpu: string) {
  return ['old-1', 'old-2', 'other'].map((name) => aNode(name, { cpu, pods: '10' }));
}

describe('what keeps pods that were to leave', () => {
  test.each<{ what: string; pod: EvictablePod; budgets: BudgetReading[]; says: string[] }>([
    { what: 'nothing', pod: aPod(), budgets: [], says: [] },
    {
      what: 'a budget',
      pod: aPod(),
      budgets: [aBudget(none)],
      says: ['PodDisruptionBudget shop/web (minAvailable: 1) allows no disruption'],
    },
    {
      what: 'two budgets',
      pod: aPod(),
      budgets: [aBudget(), aBudget({ name: 'second' })],
      says: ['PodDisruptionBudgets shop/web and shop/second both select it'],
    },
    {
      what: 'its own end',
      pod: aPod({ isTerminating: true }),
      budgets: [],
      says: ['it was deleted and does not end'],
    },
    {
      what: 'its toleration',
      pod: aPod({ toleratesEverything: true }),
      budgets: [],
      says: ['it tolerates every taint and comes back'],
    },
    { what: 'nothing on another node', pod: aPod({ node: 'other' }), budgets: [aBudget(none)], says: [] },
  ])('$what', ({ pod, budgets, says }) => {
    expect(blockedPods(['old-1'], { pods: [pod], budgets })).toEqual(
      says.map((message) => ({ pod: `shop/${pod.name}`, message })),
    );
  });
});
