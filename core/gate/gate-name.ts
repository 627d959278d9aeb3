/** How gates are called in answers and in the ledger. */
import type { Gate } from '../policy/policy.ts';

/** `pods-running`, `alarm checkout-5xx`, `lambda arn:…`. */
export const gateName = (gate: Gate): string => {
  if (typeof gate === 'string') return gate;
  if ('probe' in gate) return 'probe';
  return 'alarm' in gate ? `alarm ${gate.alarm}` : `lambda ${gate.lambda}`;
};

/** Those that decide. */
export const decidingGates = ({ gates, dryRun }: { gates: readonly Gate[]; dryRun: readonly string[] }): Gate[] =>
  gates.filter((gate) => !dryRun.includes(gateName(gate)));

/** What the policy names of CloudWatch: names, or, with a `*` at their end, how names begin. */
export const alarmsOf = (gates: readonly Gate[]): string[] =>
  gates.flatMap((gate) => (typeof gate !== 'string' && 'alarm' in gate ? [gate.alarm] : []));

/** ARNs of functions that the policy asks. */
export const functionsOf = (gates: readonly Gate[]): string[] =>
  gates.flatMap((gate) => (typeof gate !== 'string' && 'lambda' in gate ? [gate.lambda] : []));

/** They tell of machines, or of something that concerns the node group only by the way. */
const withoutWorkloads = ['nodes-ready', 'instances'];

/** Does it tell how workloads fare on new nodes? The first wave passes by one that does. */
export const looksAtWorkloads = (name: string): boolean =>
  !withoutWorkloads.includes(name) && !name.startsWith('alarm ');
