/**
 * May this cluster be changed at all, now? Asked before its node groups are read, so that a refusal costs little.
 */
import { describeSeconds } from '../duration.ts';
import type { RingOfCluster } from '../policy/settings.ts';
import type { ClusterFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { RolloutRequest } from './request.ts';

/** The tag a cluster must carry. Set when the stack is deployed. */
export interface OptIn {
  key: string;
  value: string;
  /** A rollout that a person starts may do without the tag. */
  allowUntagged: boolean;
  /** Node groups, launch templates and Auto Scaling groups need the tag too, because the stack's rights depend on it. */
  scopeByTag: boolean;
}

export type ClusterVerdict =
  | { verdict: 'go' }
  | { verdict: 'wait'; seconds: number; reason: string }
  | { verdict: 'hold'; reason: string }
  | { verdict: 'refuse'; finding: Finding };

/** A cluster that somebody else updates is waited for this long (DESIGN: 2 h), then the rollout is held. */
export const clusterPatienceSeconds = 2 * 3600;

const pollSeconds = 60;

export interface ClusterQuestion {
  request: RolloutRequest;
  /** Null: EKS knows no cluster of this name. */
  cluster: ClusterFacts | null;
  ring: RingOfCluster;
  optIn: OptIn;
  isAndonOn: boolean;
  /** Name of the parameter that holds the andon switch. */
  andonParameter: string;
  startedAt: string;
  now: string;
}

/** Was the rollout started by one of our own starters, not by a person? */
export const isAutomatic = (request: Pick<RolloutRequest, 'startedBy'>): boolean =>
  request.startedBy === 'schedule' || request.startedBy.startsWith('event:');

export const judgeCluster = (question: ClusterQuestion): ClusterVerdict => {
  const { request, cluster, ring, optIn, isAndonOn, andonParameter } = question;
  const name = request.clusterName;
  if (cluster === null) {
    return refuse({
      code: 'cluster-not-found',
      message: `there is no cluster named ${name} in ${request.region} of account ${request.accountId}`,
      fix: `aws eks list-clusters --region ${request.region}`,
    });
  }
  const isOptedIn = cluster.tags[optIn.key] === optIn.value;
  if (!isOptedIn && (isAutomatic(request) || !optIn.allowUntagged)) {
    return refuse({
      code: 'not-opted-in',
      message: `${name} does not carry the opt-in tag ${optIn.key}=${optIn.value}`,
      fix: `aws eks tag-resource --region ${request.region} --resource-arn ${cluster.arn} --tags ${optIn.key}=${optIn.value}`,
    });
  }
  if ('conflict' in ring) {
    return refuse({
      code: 'two-rings',
      message: `${name} is selected by more than one ring: ${ring.conflict.join(', ')}`,
      fix: 'let exactly one ring of the policy document select it',
    });
  }
  if (isAutomatic(request) && request.heal === undefined && ring.ring?.mode !== 'roll-out') {
    return refuse({
      code: 'not-opted-in',
      message: `no ring in mode roll-out selects ${name}; it is only observed`,
      fix: 'add it to a ring with "mode: roll-out" in the policy document',
    });
  }
  if (isAndonOn && !request.dryRun) {
    return refuse({
      code: 'andon',
      message: 'the andon switch is on (or cannot be read): no rollout may change anything',
      fix: `aws ssm put-parameter --name ${andonParameter} --value off --overwrite`,
    });
  }
  return judgeStatus(question, cluster);
};

const judgeStatus = ({ request, startedAt, now }: ClusterQuestion, { status, key }: ClusterFacts): ClusterVerdict => {
  // A dry run changes nothing, so it need not wait for anybody.
  if (status === 'ACTIVE' || (status === 'UPDATING' && request.dryRun)) return { verdict: 'go' };
  const finding: Finding = {
    code: 'cluster-status',
    level: 'refuse',
    message: `${key.clusterName} is ${status}; only an ACTIVE cluster is patched`,
  };
  if (status !== 'UPDATING') return { verdict: 'refuse', finding };
  const waitedSeconds = (Date.parse(now) - Date.parse(startedAt)) / 1000;
  const reason = `${key.clusterName} is UPDATING: somebody else changes it`;
  if (waitedSeconds < clusterPatienceSeconds) return { verdict: 'wait', seconds: pollSeconds, reason };
  return { verdict: 'hold', reason: `${reason}, still after ${describeSeconds(waitedSeconds)}` };
};

const refuse = (finding: Omit<Finding, 'level'>): ClusterVerdict => ({
  verdict: 'refuse',
  finding: { ...finding, level: 'refuse' },
});
