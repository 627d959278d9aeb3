/**
 * What cannot be read never passes and never goes back: whole rollouts in which one gate's reading fails from the time the
 * update runs, each in every way.
 */
import { describe, expect, test } from 'vitest';
import { gateNames } from '../../core/policy/policy.ts';
import { clusterOf, onlyAnswer, playScenario, releasesWith, sampled, startOfTime } from './play.ts';

interface Reading {
  gate: string | Record<string, unknown>;
  /** By which it is read. */
  call: string;
  /** Which gate the reason names, where another one is read by the same list. */
  told?: string;
}

const readings: Record<string, Reading> = {
  'nodes-ready': { gate: 'nodes-ready', call: 'kubernetes:ListNodes' },
  'pods-running': { gate: 'pods-running', call: 'kubernetes:ListPods' },
  'allocatable-kept': { gate: 'allocatable-kept', call: 'kubernetes:ListNodes', told: 'nodes-ready' },
  'daemonsets-ready': { gate: 'daemonsets-ready', call: 'kubernetes:ListDaemonSets' },
  'deployments-available': { gate: 'deployments-available', call: 'kubernetes:ListDeployments' },
  instances: { gate: 'instances', call: 'ec2:DescribeInstanceStatus' },
  probe: { gate: 'probe', call: 'kubernetes:CreatePod' },
  alarm: { gate: { alarm: 'checkout-5xx' }, call: 'cloudwatch:DescribeAlarms' },
  lambda: {
    gate: { lambda: 'arn:aws:lambda:us-east-1:111122223333:function:checkout-is-well' },
    call: 'lambda:Invoke',
  },
};

const ways = ['throttled', 'error', 'access-denied', 'timeout-before'] as const;

const cells = Object.entries(readings).flatMap(([name, reading]) => ways.map((way) => ({ name, way, ...reading })));

const playWith = (gate: Reading['gate'], more: Record<string, unknown>) =>
  playScenario({
    name: 'a gate that cannot be read',
    now: startOfTime,
    policy: { version: 1, gates: gate === 'nodes-ready' ? ['nodes-ready'] : ['nodes-ready', gate] },
    deploy: { GateFunctionArns: 'arn:aws:lambda:us-east-1:111122223333:function:checkout-is-well' },
    releases: releasesWith(),
    clusters: [
      clusterOf([{ name: 'web', size: 2, maxUnavailable: 2 }], {
        workloads: [
          { name: 'shop/web', replicas: 4 },
          { name: 'kube-system/agent', daemonSet: true },
        ],
        alarms: [{ name: 'checkout-5xx' }],
      }),
    ],
    functions: [{ name: 'checkout-is-well', follows: 'shop/web' }],
    start: { clusterName: 'prod' },
    ...more,
  });

test('every gate of the policy is here', () => {
  expect(Object.keys(readings).sort()).toEqual([...gateNames, 'alarm', 'lambda'].sort());
});

describe.each(sampled(cells, 6, ({ name, way }) => `${name} ${way}`))(
  '$name, $way',
  ({ name, gate, call, way, told = name }) => {
    test('is held, and neither passes nor goes back', async () => {
      const played = await playWith(gate, {
        storms: [{ at: 'PT6M', for: 'P1D', calls: call, fault: way }],
        until: 'P2D',
      });
      const { outcome, nodeGroups, reason } = onlyAnswer(played);
      expect({ outcome, web: nodeGroups.map((each) => each.outcome) }).toEqual({ outcome: 'Held', web: ['Held'] });
      expect(reason).toContain(told);
      expect(
        played.aws.productCalls.changes.filter((change) => change.call === 'eks:UpdateNodegroupVersion'),
      ).toHaveLength(1);
      expect(played.report.invariants).toEqual([]);
    });
  },
);

test('an alarm without data is held, too', async () => {
  const played = await playWith(
    { alarm: 'checkout-5xx' },
    { timeline: [{ at: 'PT6M', setAlarm: { name: 'checkout-5xx', state: 'INSUFFICIENT_DATA' } }] },
  );
  const { outcome, reason } = onlyAnswer(played);
  expect(outcome).toBe('Held');
  expect(reason).toContain('INSUFFICIENT_DATA in checkout-5xx');
});
