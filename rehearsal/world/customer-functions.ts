/** Lambda functions of the account's own, which judge a node group when they are asked. */
import type { World } from './world.ts';

/** `answers` by the contract in docs/policy.md; `fails`: its code throws; `babbles`: it answers something else. */
export const waysToAnswer = ['answers', 'fails', 'babbles'] as const;

export interface CustomerFunction {
  arn: string;
  /** The workload that it looks at, NAMESPACE/NAME. */
  follows: string;
  how: (typeof waysToAnswer)[number];
}

/** What Lambda answers for it. */
export const answerOf = (
  world: World,
  { follows, how }: CustomerFunction,
  event: unknown,
): { payload: unknown; isFailed: boolean } => {
  if (how === 'fails') {
    return { payload: { errorType: 'Error', errorMessage: 'connect ECONNREFUSED 10.0.0.7:443' }, isFailed: true };
  }
  if (how === 'babbles') return { payload: { statusCode: 200, body: 'fine' }, isFailed: false };
  const { clusterName } = event as { clusterName?: string };
  const cluster = world.clusters.get(clusterName ?? '');
  const share = cluster?.shareThatServes(follows);
  if (share === undefined) {
    return { payload: { verdict: 'unknown', reason: `${clusterName} has no ${follows}` }, isFailed: false };
  }
  const reason = `${Math.round(share * 100)} % of ${follows} serve`;
  return { payload: { verdict: share === 1 ? 'healthy' : 'unhealthy', reason }, isFailed: false };
};
