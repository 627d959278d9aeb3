/** PodDisruptionBudgets (Kubernetes, disruptions; kubernetes/kubernetes, pkg/controller/disruption). */
import type { Workload } from './pods.ts';

/** One of the two is set. */
export interface Budget {
  name: string;
  minAvailable: number | undefined;
  maxUnavailable: number | undefined;
}

export interface BudgetStatus {
  currentHealthy: number;
  desiredHealthy: number;
  expectedPods: number;
  disruptionsAllowed: number;
  /** It cannot be reckoned, so it allows nothing. */
  failure: string | undefined;
}

/** `maxUnavailable` is reckoned from the scale of the pods' controllers, so it means nothing without one. */
export const budgetStatus = (workload: Workload, budget: Budget, healthy: number): BudgetStatus => {
  const { minAvailable, maxUnavailable = 0 } = budget;
  const { replicas, isBare } = workload;
  if (minAvailable === undefined && isBare) {
    const failure = `found no controllers for pod "${workload.name}"`;
    return { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0, failure };
  }
  const desiredHealthy = minAvailable ?? Math.max(0, replicas - maxUnavailable);
  return {
    currentHealthy: healthy,
    desiredHealthy,
    expectedPods: replicas,
    disruptionsAllowed: Math.max(0, healthy - desiredHealthy),
    failure: undefined,
  };
};

/** How many healthy pods its budgets keep; undefined: it has none. More than one keep all (policy/v1, Eviction). */
export const keptByBudgets = (workload: Workload): number | undefined => {
  const [budget, second] = workload.budgets;
  if (budget === undefined) return undefined;
  const { failure, desiredHealthy } = budgetStatus(workload, budget, 0);
  return second !== undefined || failure !== undefined ? Number.POSITIVE_INFINITY : desiredHealthy;
};
