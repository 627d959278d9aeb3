import { AccessDenied } from '../../adapters/fault.ts';
import { alarmFindings } from '../../core/gate/alarm.ts';
import { alarmsOf, functionsOf } from '../../core/gate/gate-name.ts';
import { ownCheckFindings } from '../../core/gate/own-check.ts';
import { probeAccessFindings, probeOf, trialProbe } from '../../core/gate/probe-pod.ts';
import type { Finding } from '../../core/plan/finding.ts';
import type { Gate } from '../../core/policy/policy.ts';
import type { HealthAlarms, OwnChecks, ProbePods } from '../../core/ports.ts';

/** One look at each gate that is not read from the cluster, before the first change. */
export const gateFindings = async (
  { alarms, ownChecks }: { alarms: HealthAlarms; ownChecks: Pick<OwnChecks, 'access'> },
  gates: readonly Gate[],
): Promise<Finding[]> => {
  const findings: Finding[] = [];
  const patterns = alarmsOf(gates);
  if (patterns.length > 0)
    findings.push(...alarmFindings(patterns, await orDeniedBy(() => alarms.read(patterns, null))));
  for (const arn of functionsOf(gates)) findings.push(...ownCheckFindings(arn, await ownChecks.access(arn)));
  return findings;
};

/** May this service put its probes, and would the cluster take one? */
export const probeFindings = async (
  probePods: Pick<ProbePods, 'access'>,
  clusterName: string,
  gates: readonly Gate[],
): Promise<Finding[]> => {
  const rules = probeOf(gates);
  if (rules === null) return [];
  return probeAccessFindings(clusterName, rules, await probePods.access(clusterName, trialProbe(rules)));
};

/** Whatever else goes wrong is tried again by the state machine. */
const orDeniedBy = async <T>(read: () => Promise<T>): Promise<T | { fault: string }> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    return { fault: error.message };
  }
};
