import { describe, expect, test } from 'vitest';
import { measureAllocatable } from '../../../core/gate/allocatable-kept.ts';
import { type Baseline, takeBaseline } from '../../../core/gate/baseline.ts';
import type { NodeReading } from '../../../core/gate/nodes-ready.ts';
import { ago, aNode, now } from '../builders.ts';

const gpu = { cpu: '3920m', memory: '15000000Ki', pods: '29', 'nvidia.com/gpu': '1' };
const grown = { readySince: ago(601) };
const node = (name: string, allocatable: Record<string, string>, given: Partial<NodeReading> = {}): NodeReading =>
  aNode(name, { instanceType: 'g5.xlarge', allocatable, ...grown, ...given });

const wasBefore = (...nodes: NodeReading[]): Baseline => takeBaseline([], nodes, now);
const measure = (
  fresh: NodeReading[],
  { old = [], baseline = null }: { old?: NodeReading[]; baseline?: Baseline | null },
) => measureAllocatable({ fresh, old, baseline }, now);

describe('a new node, against an old one of its type', () => {
  test.each<[string, Record<string, string>, string, string]>([
    ['that offers the same', gpu, 'healthy', ''],
    ['that offers more', { ...gpu, 'vpc.amazonaws.com/efa': '1' }, 'healthy', ''],
    ['without its GPU', { ...gpu, 'nvidia.com/gpu': '0' }, 'unhealthy', 'nvidia.com/gpu 0 (1 on old nodes)'],
    [
      'that does not even know of GPUs',
      { cpu: gpu.cpu, memory: gpu.memory, pods: gpu.pods },
      'unhealthy',
      'nvidia.com/gpu 0 (1 on old nodes)',
    ],
    ['with room for fewer pods', { ...gpu, pods: '28' }, 'unhealthy', 'pods 28 (29 on old nodes)'],
    ['with a little less memory', { ...gpu, memory: '14300000Ki' }, 'healthy', ''],
    [
      'with much less memory',
      { ...gpu, memory: '14000000Ki' },
      'unhealthy',
      'memory 14000000Ki (15000000Ki on old nodes)',
    ],
    ['with a disk of another size', { ...gpu, 'ephemeral-storage': '1' }, 'healthy', ''],
    ['that says what is no quantity', { ...gpu, pods: 'many' }, 'healthy', ''],
  ])('%s', (_, allocatable, kind, reason) => {
    const measured = measure([node('new', allocatable)], { old: [node('old', { ...gpu, 'ephemeral-storage': '80' })] });
    expect(measured).toMatchObject({ kind, reason: expect.stringContaining(reason) });
  });

  test('is compared with what was there before, once the old ones are gone', () => {
    const baseline = wasBefore(node('old', gpu));
    expect(measure([node('new', { ...gpu, 'nvidia.com/gpu': '0' })], { baseline }).kind).toBe('unhealthy');
    expect(measure([node('new', gpu)], { baseline }).kind).toBe('healthy');
  });

  test('old nodes that lost a device themselves set no lower measure than before', () => {
    const old = [node('old', { ...gpu, 'nvidia.com/gpu': '0' })];
    const baseline = wasBefore(node('old', gpu));
    expect(measure([node('new', { ...gpu, 'nvidia.com/gpu': '0' })], { old, baseline }).kind).toBe('unhealthy');
  });

  test('one odd old node sets no higher measure than the others keep', () => {
    const old = [node('a', gpu), node('b', { ...gpu, 'nvidia.com/gpu': '2' })];
    expect(measure([node('new', gpu)], { old }).kind).toBe('healthy');
  });

  test('is given time for its device plugin', () => {
    const without = { ...gpu, 'nvidia.com/gpu': '0' };
    const old = [node('old', gpu)];
    expect(measure([node('new', without, { readySince: ago(599) })], { old }).kind).toBe('starting');
    expect(measure([node('new', without, { readySince: ago(600) })], { old }).kind).toBe('unhealthy');
  });

  test('of another type says nothing', () => {
    const old = [node('old', gpu, { instanceType: 'g6.xlarge' })];
    expect(measure([node('new', gpu)], { old })).toEqual({ kind: 'abstains', reason: 'no old node of type g5.xlarge' });
  });

  test('that is not Ready says nothing: that is for another gate', () => {
    const fresh = [node('new', {}, { isReady: false })];
    expect(measure(fresh, { old: [node('old', gpu)] })).toEqual({ kind: 'abstains', reason: 'no new node is Ready' });
  });
});
