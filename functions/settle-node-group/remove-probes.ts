import { probeOf, probeSelector } from '../../core/gate/probe-pod.ts';
import type { NodeGroupRecord } from '../../core/node-group/record.ts';
import type { ProbePods } from '../../core/ports.ts';
import { logger } from '../lambda.ts';

const mostTries = 3;

/** Takes away the probe pods of a node group that is done with. What is left ends by itself, and is named. */
export const removeProbes = async (
  probePods: Pick<ProbePods, 'list' | 'remove'>,
  clusterName: string,
  rolloutId: string,
  { name: nodeGroup, rules: { gates } }: NodeGroupRecord,
): Promise<string[]> => {
  const rules = probeOf(gates);
  if (rules === null) return [];
  const { namespace } = rules;
  const selector = probeSelector({ rolloutId, nodeGroup });
  let fault = '';
  for (let tries = 0; tries < mostTries; tries += 1) {
    try {
      for (const { name, deletedAt } of await probePods.list(clusterName, namespace, selector)) {
        if (deletedAt === null) await probePods.remove(clusterName, namespace, name);
      }
      return [];
    } catch (error) {
      fault = String(error);
    }
  }
  logger.warn('Probe pods were not removed', { nodeGroup, fault });
  return [
    `probe pods may be left because ${fault} (kubectl delete pods --namespace ${namespace} --selector ${selector})`,
  ];
};
