/** What makes a scan look: the schedule, or a change of a parameter of the customer's own. */
import type { Policy } from '../policy/policy.ts';
import { approvedFolder } from './approved-release.ts';

/** `Parameter Store Change`, as far as it matters (Systems Manager user guide, sysman-paramstore-cwe). */
export interface ParameterChange {
  name: string;
  operation: string;
  /** Set when a parameter of data type aws:ec2:image failed its validation: then nothing has changed. */
  exception?: string | undefined;
}

export type ScanScope =
  /** Every cluster. */
  | { scope: 'all'; startedBy: string }
  /** Only node groups that take their image from these parameters. */
  | { scope: 'parameters'; parameters: string[]; startedBy: string }
  | { scope: 'none'; reason: string };

export interface ScanRules {
  policy: Policy | null;
  /** Of the service's own parameters. */
  prefix: string;
  /** Approved parameters under this name start a scan; empty: none does. */
  startOnApproved: string;
  /** Approved parameters that hold what this service wrote. */
  ours: ReadonlySet<string>;
}

export const isApprovedParameter = (name: string, prefix: string): boolean => name.startsWith(approvedFolder(prefix));

/** Changes are told in batches and more than once; what does not concern any node group is not scanned for. */
export const scanScope = (changes: readonly ParameterChange[], rules: ScanRules): ScanScope => {
  const { policy, prefix, startOnApproved, ours } = rules;
  const isOurDoing = (name: string): boolean =>
    isApprovedParameter(name, prefix) &&
    (startOnApproved === '' || !name.startsWith(startOnApproved) || ours.has(name));
  const real = changes.filter(
    ({ exception, operation, name }) =>
      exception === undefined && operation !== 'LabelParameterVersion' && !isOurDoing(name),
  );
  const policyChange = real.find(
    ({ name }) => name === `${prefix}/policy` || name.startsWith(`${prefix}/policy/rings/`),
  );
  if (policyChange !== undefined) return { scope: 'all', startedBy: startedBy(policyChange.name) };
  const golden = new Set(policy?.goldenParameters.map((each) => each.parameter) ?? []);
  const parameters = [...new Set(real.map((change) => change.name).filter((name) => golden.has(name)))].sort();
  const [first] = parameters;
  if (first === undefined) return { scope: 'none', reason: 'no node group uses a parameter that changed' };
  return { scope: 'parameters', parameters, startedBy: startedBy(first) };
};

const startedBy = (parameter: string): string => `event:${parameter}`.slice(0, 200);
