/** What an approval is about: which image each node group would get, and what was found. */
import { createHash } from 'node:crypto';
import type { RolloutPlan } from '../plan/plan-rollout.ts';

export interface PlanScope {
  /** Image by node group. */
  targets: Readonly<Record<string, string>>;
  /** Codes of findings, each with its node group. */
  findings: readonly string[];
}

export const scopeOf = (plan: RolloutPlan, names: readonly string[] = plan.waves.flat()): PlanScope => ({
  targets: Object.fromEntries(
    plan.nodeGroups
      .filter(({ name, target }) => target !== null && names.includes(name))
      .map(({ name, target }): [string, string] => [name, target?.imageId ?? ''])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
  findings: [...new Set(plan.findings.map(({ code, nodeGroup }) => `${code} ${nodeGroup ?? ''}`.trim()))].sort(),
});

/** Twelve digits that name it. */
export const planHash = (scope: PlanScope): string =>
  createHash('sha256')
    .update(JSON.stringify([scope.targets, scope.findings]))
    .digest('hex')
    .slice(0, 12);

/** Is nothing in it that was not approved? Less than that needs no other word. */
export const isCovered = (scope: PlanScope, approved: PlanScope): boolean =>
  Object.entries(scope.targets).every(([name, imageId]) => approved.targets[name] === imageId) &&
  scope.findings.every((finding) => approved.findings.includes(finding));
