/**
 * What will keep pods on the nodes that are to be replaced, or hurt when they go: told before anything is touched. EKS and
 * this service empty nodes by evictions, which keep to every disruption budget (Kubernetes, API-initiated eviction).
 */
import { parseQuantity } from '../gate/quantity.ts';
import { workloadOf } from '../gate/workload-pod.ts';
import { type BlockedPod, podsToEvict } from '../node-group/drain.ts';
import type { Finding, FindingCode } from './finding.ts';
import { type LabelSelector, selects } from './label-selector.ts';

/** What an eviction depends on, of a pod. */
export interface EvictablePod {
  namespace: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Null: a bare pod. */
  controller: { kind: string; name: string } | null;
  node: string | null;
  isMirror: boolean;
  hasEnded: boolean;
  isTerminating: boolean;
  isReady: boolean;
  /** Annotations by which its owner asks not to be disturbed. */
  keepAnnotations: readonly string[];
  /** It goes back onto any node, cordoned or not. */
  toleratesEverything: boolean;
  /** What each of its containers asks for, by resource, in the quantities of Kubernetes. */
  requests: Readonly<Record<string, readonly string[]>>;
}

/** A PodDisruptionBudget, as the API server has it (Kubernetes API reference, policy/v1). */
export interface BudgetReading {
  namespace: string;
  name: string;
  /** Null: it selects nothing. */
  selector: LabelSelector | null;
  /** As it was written: `minAvailable: 2`, `maxUnavailable: 25%`. */
  rule: string;
  disruptionsAllowed: number;
  currentHealthy: number;
  desiredHealthy: number;
  expectedPods: number;
  /** Pods that are not Ready may always go. */
  letsSickGo: boolean;
  /** Why the API server cannot reckon it; null: it can. */
  failure: string | null;
}

export interface EvictionNode {
  name: string;
  isReady: boolean;
  isCordoned: boolean;
  allocatable: Readonly<Record<string, string>>;
}

export interface EvictionQuestion {
  nodeGroups: readonly {
    name: string;
    /** Names of its nodes. */
    nodes: readonly string[];
    /** New nodes come before old ones go. */
    surges: boolean;
  }[];
  /** Every node of the cluster. */
  nodes: readonly EvictionNode[];
  /** Every pod of the cluster. */
  pods: readonly EvictablePod[];
  budgets: readonly BudgetReading[];
  /** Codes of findings that refuse a node group; the others warn. */
  refuses: readonly string[];
}

/** What one finding names at most; the rest is counted. */
const mostNamed = 5;
/** Findings of one code about one node group; the rest is counted. */
const mostOfOneCode = 10;

/** What stands in the way of emptying the nodes of each node group, by name, with what to do about it. */
export const evictionFindings = (question: EvictionQuestion): Finding[] =>
  question.nodeGroups.flatMap((nodeGroup) => {
    const own = new Set(nodeGroup.nodes);
    const leaving = evictable(question.pods.filter(({ node }) => node !== null && own.has(node)));
    const about = (code: FindingCode, message: string, fix: string): Finding => ({
      code,
      level: question.refuses.includes(code) ? 'refuse' : 'warn',
      nodeGroup: nodeGroup.name,
      message: `${nodeGroup.name}: ${message}`,
      fix,
    });
    return [
      ...budgetFindings(question, leaving, about),
      ...workloadFindings(question, leaving, about),
      ...(nodeGroup.surges ? [] : roomFindings(question, own, about)),
    ];
  });

type About = (code: FindingCode, message: string, fix: string) => Finding;

const evictable = (pods: readonly EvictablePod[]): EvictablePod[] =>
  pods.filter(
    (pod) => podsToEvict([{ ...pod, controller: pod.controller?.kind ?? null }]).length > 0 && !pod.isTerminating,
  );

const budgetsOf = (pod: EvictablePod, budgets: readonly BudgetReading[]): BudgetReading[] =>
  budgets.filter(
    ({ namespace, selector }) => namespace === pod.namespace && selector !== null && selects(selector, pod.labels),
  );

const budgetFindings = ({ budgets }: EvictionQuestion, leaving: readonly EvictablePod[], about: About): Finding[] => {
  const conflicts = new Map<string, { pods: EvictablePod[]; of: BudgetReading[] }>();
  const kept = new Map<BudgetReading, EvictablePod[]>();
  for (const pod of leaving) {
    const of = budgetsOf(pod, budgets);
    const [only] = of;
    if (of.length > 1) {
      const key = of.map(({ name }) => name).join(' and ');
      const conflict = conflicts.get(`${pod.namespace} ${key}`) ?? { pods: [], of };
      conflict.pods.push(pod);
      conflicts.set(`${pod.namespace} ${key}`, conflict);
    } else if (only !== undefined && keeps(only, pod)) {
      kept.set(only, [...(kept.get(only) ?? []), pod]);
    }
  }
  return [
    ...few(
      [...conflicts.values()].map(({ pods, of }) =>
        about(
          'pdb-conflict',
          `more than one PodDisruptionBudget (${of.map(budgetName).join(', ')}) selects ${namePods(pods)}; the API server evicts no such pod (500)`,
          `leave one of them: kubectl delete pdb --namespace ${of[0]?.namespace} ${of[1]?.name}`,
        ),
      ),
      about,
    ),
    ...few(
      [...kept].map(([budget, pods]) =>
        neverAllows(budget)
          ? about(
              'pdb-never-allows',
              `PodDisruptionBudget ${budgetName(budget)} (${budget.rule}) can never let a pod go${whyNever(budget)}: ${namePods(pods)}`,
              `run one pod more than it keeps, or lower it: kubectl edit pdb --namespace ${budget.namespace} ${budget.name}`,
            )
          : about(
              'pdb-allows-nothing',
              `PodDisruptionBudget ${budgetName(budget)} (${budget.rule}) lets no pod go now, with ${budget.currentHealthy} of ${budget.desiredHealthy} healthy pods that it wants: ${namePods(pods)}`,
              `see which pods are not healthy: kubectl get pods --namespace ${budget.namespace}`,
            ),
      ),
      about,
    ),
  ];
};

/** Does the budget keep this pod where it is now? */
export const keeps = (budget: BudgetReading, pod: Pick<EvictablePod, 'isReady'>): boolean => {
  if (!pod.isReady && (budget.letsSickGo || budget.currentHealthy >= budget.desiredHealthy)) return false;
  return budget.failure !== null || budget.disruptionsAllowed <= 0;
};

/** Not even with every pod healthy. */
const neverAllows = ({ failure, desiredHealthy, expectedPods }: BudgetReading): boolean =>
  failure !== null || (expectedPods > 0 && desiredHealthy >= expectedPods);

const whyNever = ({ failure, desiredHealthy, expectedPods }: BudgetReading): string =>
  failure === null ? `, it wants ${desiredHealthy} of ${expectedPods}` : ` (${failure})`;

const budgetName = ({ namespace, name }: Pick<BudgetReading, 'namespace' | 'name'>): string => `${namespace}/${name}`;

const workloadFindings = ({ pods }: EvictionQuestion, leaving: readonly EvictablePod[], about: About): Finding[] => {
  const findings: Finding[] = [];
  const say = (code: FindingCode, found: readonly EvictablePod[], message: (names: string) => string, fix: string) => {
    if (found.length > 0) findings.push(about(code, message(namePods(found)), fix));
  };
  const sizes = new Map<string, number>();
  for (const pod of pods) {
    const owner = ownerOf(pod);
    if (owner !== null && !pod.hasEnded && !pod.isTerminating) sizes.set(owner, (sizes.get(owner) ?? 0) + 1);
  }
  say(
    'single-replica',
    leaving.filter((pod) => {
      const owner = ownerOf(pod);
      return owner !== null && pod.controller?.kind !== 'Job' && sizes.get(owner) === 1;
    }),
    (names) => `the only pod of its workload is away while it moves: ${names}`,
    'run two of each where that is not borne: kubectl scale --replicas=2',
  );
  say(
    'bare-pod',
    leaving.filter(({ controller }) => controller === null),
    (names) => `nobody makes these pods again once they are evicted, they have no controller: ${names}`,
    'put them under a Deployment or a Job, or be ready to start them again',
  );
  say(
    'do-not-disrupt',
    leaving.filter(({ keepAnnotations }) => keepAnnotations.length > 0),
    (names) =>
      `these pods ask not to be disturbed (${[...new Set(leaving.flatMap((pod) => pod.keepAnnotations))].sort().join(', ')}), which evictions do not heed: ${names}`,
    'start it when they may be disturbed, or keep them with a disruption budget',
  );
  // EKS user guide, managed node update behavior: a Deployment that tolerates every taint fills the node again.
  say(
    'tolerates-everything',
    leaving.filter(({ toleratesEverything, controller }) => toleratesEverything && controller !== null),
    (names) => `these pods tolerate every taint, so they come back onto a node that is being emptied: ${names}`,
    'take the toleration with operator Exists and no key from their template',
  );
  return findings;
};

/** What makes a pod, so far as one can tell from the pod alone. */
const ownerOf = ({ namespace, controller, labels }: EvictablePod): string | null =>
  workloadOf({ namespace, controller, templateHash: labels['pod-template-hash'] ?? null });

/** Amounts by resource. */
type Amounts = ReadonlyMap<string, number>;

/** Without a surge the pods of a node wait until there is room elsewhere. */
const roomFindings = ({ nodes, pods }: EvictionQuestion, own: ReadonlySet<string>, about: About): Finding[] => {
  const used = requestsByNode(pods.filter(({ hasEnded }) => !hasEnded));
  const leaving = requestsByNode(evictable(pods).filter(({ node }) => node !== null && own.has(node)));
  const free = new Map(
    nodes
      .filter(({ isReady, isCordoned }) => isReady && !isCordoned)
      .map(({ name, allocatable }) => [name, leftOf(allocatable, used.get(name))]),
  );
  const short = [...leaving].flatMap(([node, wants]) =>
    [...wants].flatMap(([resource, amount]) => {
      const elsewhere = [...free].reduce(
        (sum, [name, left]) => (name === node ? sum : sum + (left.get(resource) ?? 0)),
        0,
      );
      return amount > elsewhere ? [{ node, resource, amount, elsewhere }] : [];
    }),
  );
  const [first] = short;
  if (first === undefined) return [];
  const { node, resource, amount, elsewhere } = first;
  const names = nameSome([...new Set(short.map((each) => each.node))]);
  return [
    about(
      'no-room',
      `old nodes go before new ones come, and the other nodes have no room for the pods of ${names}: on ${node} they ask for ${describeAmount(resource, amount)}, and ${describeAmount(resource, elsewhere)} is free elsewhere`,
      'add a node for the time of the rollout, or take an update strategy that starts new nodes first',
    ),
  ];
};

const requestsByNode = (pods: readonly EvictablePod[]): Map<string, Amounts> => {
  const sums = new Map<string, Map<string, number>>();
  for (const { node, requests } of pods) {
    if (node === null) continue;
    const sum = sums.get(node) ?? new Map<string, number>();
    sums.set(node, sum);
    for (const [resource, quantities] of [...Object.entries(requests), ['pods', ['1']] as const])
      for (const quantity of quantities) sum.set(resource, (sum.get(resource) ?? 0) + (parseQuantity(quantity) ?? 0));
  }
  return sums;
};

const leftOf = (allocatable: EvictionNode['allocatable'], used: Amounts | undefined): Amounts =>
  new Map(
    Object.entries(allocatable).map(([resource, quantity]) => [
      resource,
      Math.max(0, (parseQuantity(quantity) ?? 0) - (used?.get(resource) ?? 0)),
    ]),
  );

const describeAmount = (resource: string, amount: number): string =>
  resource === 'memory' ? `${(amount / 2 ** 30).toFixed(1)} GiB of memory` : `${Number(amount.toFixed(3))} ${resource}`;

/** Pods that are still on these nodes although they were to leave, and what keeps each. */
export const blockedPods = (
  nodes: readonly string[],
  { pods, budgets }: Pick<EvictionQuestion, 'pods' | 'budgets'>,
): BlockedPod[] =>
  pods
    .filter((pod) => pod.node !== null && nodes.includes(pod.node))
    .filter((pod) => podsToEvict([{ ...pod, controller: pod.controller?.kind ?? null }]).length > 0)
    .map((pod) => ({ pod: `${pod.namespace}/${pod.name}`, message: whyBlocked(pod, budgetsOf(pod, budgets)) }))
    .filter((each): each is BlockedPod => each.message !== null);

const whyBlocked = (pod: EvictablePod, of: readonly BudgetReading[]): string | null => {
  const [only] = of;
  if (pod.isTerminating) return 'it was deleted and does not end';
  if (of.length > 1) return `PodDisruptionBudgets ${of.map(budgetName).join(' and ')} both select it`;
  if (only !== undefined && keeps(only, pod))
    return `PodDisruptionBudget ${budgetName(only)} (${only.rule}) allows no disruption`;
  return pod.toleratesEverything ? 'it tolerates every taint and comes back' : null;
};

const few = (findings: readonly Finding[], about: About): Finding[] => {
  const [first] = findings;
  if (first === undefined || findings.length <= mostOfOneCode) return [...findings];
  const rest = findings.length - mostOfOneCode;
  return [
    ...findings.slice(0, mostOfOneCode),
    about(first.code, `and ${rest} more of these`, 'see all: kubectl get pdb --all-namespaces'),
  ];
};

const namePods = (pods: readonly EvictablePod[]): string =>
  nameSome(pods.map(({ namespace, name }) => `${namespace}/${name}`).sort());

const nameSome = (names: readonly string[]): string => {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};
