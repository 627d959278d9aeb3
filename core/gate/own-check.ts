/** The gate `lambda`: a check of your own. What it is asked and may answer is written down in docs/policy.md. */
import type { KubernetesAccess } from '../plan/facts.ts';
import type { Finding } from '../plan/finding.ts';
import type { Measurement } from './measurement.ts';
import type { Unread } from './unread.ts';

/** What it is told. New keys may come. */
export interface CheckQuestion {
  version: 1;
  rolloutId: string;
  accountId: string;
  region: string;
  clusterName: string;
  nodeGroup: string;
  /** When the update was requested, ISO 8601. */
  since: string;
  now: string;
  from: CheckedAmi;
  to: CheckedAmi;
  /** The nodes of the new AMI. A name is null where the cluster could not be read, or the node has not joined. */
  nodes: { name: string | null; instanceId: string }[];
}

interface CheckedAmi {
  imageId: string | null;
  releaseVersion: string | null;
}

/** Words it may answer with. */
export const checkVerdicts = ['healthy', 'unhealthy', 'unknown'] as const;

export interface CheckAnswer {
  verdict: (typeof checkVerdicts)[number];
  reason: string;
}

/** It knows best what it looks at; what it does not know is missing. */
export const measureOwnCheck = (answer: CheckAnswer | Unread): Measurement => {
  if ('fault' in answer) return { kind: 'missing', reason: answer.fault };
  const { verdict, reason } = answer;
  return { kind: verdict === 'unknown' ? 'missing' : verdict, reason };
};

/** What a function answered; anything else than the contract says is a fault that names what was wrong. */
export const parseCheckAnswer = (answered: unknown): CheckAnswer | Unread => {
  const { verdict, reason } = (answered ?? {}) as { verdict?: unknown; reason?: unknown };
  const known = checkVerdicts.find((word) => word === verdict);
  if (known === undefined) {
    const said = JSON.stringify(answered)?.slice(0, 200) ?? 'nothing';
    return {
      fault: `answered ${said}; it must answer {"verdict": ${checkVerdicts.map((word) => `"${word}"`).join(' | ')}, "reason": "…"}`,
    };
  }
  return {
    verdict: known,
    reason: typeof reason === 'string' && reason !== '' ? reason.slice(0, 500) : `it says ${known}`,
  };
};

/** One look before the first change: a function that may not be asked could judge no AMI. */
export const ownCheckFindings = (functionArn: string, access: KubernetesAccess): Finding[] =>
  access.access === 'granted'
    ? []
    : [
        {
          code: 'gate-not-read',
          level: 'refuse',
          message: `the function ${functionArn}, a gate of the policy, cannot be asked: ${access.reason}`,
          fix: 'name it, exactly so, in the stack parameter GateFunctionArns',
        },
      ];
