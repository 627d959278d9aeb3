/** What cannot be read never passes and never rolls back: each gate, and each way in which reading it fails. */
import { describe, expect, test } from 'vitest';
import { gateName } from '../../../core/gate/gate-name.ts';
import { judgeGates } from '../../../core/gate/judge-gates.ts';
import { type AwsReading, type ClusterReading, measureGates } from '../../../core/gate/measure-gates.ts';
import type { GateMemories, NodeGroupRecord } from '../../../core/node-group/record.ts';
import type { Gate } from '../../../core/policy/policy.ts';
import { ago, aNode, anInstance, aRecord, now } from '../builders.ts';

const faults = ['ec2: RequestLimitExceeded: Rate exceeded', 'AccessDenied: not authorized', 'there is none'];
const gates: Gate[] = [
  'pods-running',
  'daemonsets-ready',
  'deployments-available',
  'instances',
  { alarm: 'checkout' },
  { lambda: 'arn:f' },
];

const unread = (fault: string): { cluster: ClusterReading; aws: AwsReading } => ({
  cluster: {
    nodes: [aNode('i-1')],
    instances: [anInstance('i-1')],
    pods: { fault },
    controllers: { fault },
    baseline: null,
  },
  aws: { machines: { fault }, alarms: { fault }, checks: { 'arn:f': { fault } } },
});

const recordWith = (gate: Gate): NodeGroupRecord => {
  const record = aRecord();
  return { ...record, rules: { ...record.rules, gates: ['nodes-ready', gate] } };
};

describe.each(gates.map((gate) => [gateName(gate), gate] as const))('%s', (name, gate) => {
  test.each(faults)('%s', (fault) => {
    const { cluster, aws } = unread(fault);
    const readings = measureGates(recordWith(gate), cluster, aws, now);
    expect(readings.at(-1)).toEqual({ gate: name, measurement: { kind: 'missing', reason: fault } });

    let memory: GateMemories = {};
    const ends = new Set<string>();
    for (let reading = 0; reading < 10; reading += 1) {
      const judged = judgeGates({
        readings,
        dryRun: [],
        memory,
        isCanary: true,
        updatedAt: ago(86_400),
        bakeTimeSeconds: 900,
        onFailure: 'rollBack',
        now,
      });
      memory = judged.memory;
      ends.add(judged.step.step === 'SettleNodeGroup' ? judged.step.outcome : judged.step.step);
      expect(judged.hasPassed).toBeUndefined();
      expect(judged.verdict?.verdict ?? 'Inconclusive').toBe('Inconclusive');
    }
    expect([...ends]).toEqual(['Held']);
  });
});

test('a gate that nobody asked now is no reading at all', () => {
  const { cluster } = unread('x');
  const aws = { machines: null, alarms: null, checks: null };
  expect(measureGates(recordWith({ alarm: 'checkout' }), cluster, aws, now).map(({ gate }) => gate)).toEqual([
    'nodes-ready',
  ]);
});

test('where no new node is, nothing else is asked', () => {
  const { aws } = unread('x');
  const nobody = { nodes: [], instances: [], pods: [], controllers: null, baseline: null };
  expect(measureGates(recordWith({ alarm: 'checkout' }), nobody, aws, now)).toEqual([
    { gate: 'nodes-ready', measurement: { kind: 'nothing-to-measure' } },
  ]);
});
