import { describe, expect, test } from 'vitest';
import { mergeBaselines, takeBaseline } from '../../../core/gate/baseline.ts';
import { type ControllerReading, type ControllersReading, measureControllers } from '../../../core/gate/controllers.ts';
import type { WorkloadPod } from '../../../core/gate/workload-pod.ts';
import { ago, aNode, aPod, now } from '../builders.ts';

const fresh = [aNode('1', { name: 'node-1', readySince: ago(1800) })];
const web = (given: Partial<ControllerReading> = {}): ControllerReading => ({
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  generation: 1,
  wanted: 4,
  available: 4,
  ...given,
});
const pods = (ready: number, given: Partial<WorkloadPod> = {}): WorkloadPod[] =>
  Array.from({ length: 4 }, (_, index) => aPod(`web-${index}`, { isReady: index < ready, ...given }));
const wasBefore = (...controllers: ControllerReading[]) => takeBaseline(pods(4), fresh, now, controllers);

const measure = (given: Partial<ControllersReading> = {}) =>
  measureControllers(
    'Deployment',
    { controllers: [web()], pods: pods(4), fresh, baseline: wasBefore(web()), updatedAt: ago(1000), ...given },
    now,
  );

describe('a Deployment', () => {
  const short = (available: number) => ({ controllers: [web({ available })], pods: pods(available) });
  test.each<[string, Partial<ControllersReading>, string]>([
    ['with all its pods', {}, 'healthy'],
    ['that lacks two', short(2), 'unhealthy'],
    ['that lacks one: that may be a bad day of its own', short(3), 'doubtful'],
    ['that lacked as many before', { ...short(2), baseline: wasBefore(web({ available: 2 })) }, 'healthy'],
    ['that lacks pods which fit nowhere', { ...short(2), pods: pods(2, { node: null }) }, 'unhealthy'],
    [
      'that lacks pods on other nodes',
      { ...short(2), pods: [...pods(4).slice(0, 1), ...pods(1, { node: 'old' })] },
      'healthy',
    ],
    ['that lacks pods that leave', { ...short(2), pods: pods(2, { deletedAt: ago(10) }) }, 'healthy'],
    [
      'that somebody changed meanwhile',
      { controllers: [web({ available: 0, generation: 2 })], pods: pods(0) },
      'abstains',
    ],
    ['that is new', { ...short(0), baseline: wasBefore() }, 'abstains'],
    ['with no pod here', { controllers: [web({ available: 0 })], pods: pods(0, { node: 'old' }) }, 'abstains'],
    ['of which nothing is known from before', { ...short(0), baseline: null }, 'abstains'],
    ['that lacks pods right after the update', { ...short(0), updatedAt: ago(299) }, 'starting'],
    ['that lacks pods while the update runs', { ...short(0), updatedAt: null }, 'starting'],
    [
      'that lacks pods while a node is young',
      { ...short(0), fresh: [aNode('1', { name: 'node-1', readySince: ago(60) })] },
      'starting',
    ],
    [
      'beside a DaemonSet that lacks pods',
      { controllers: [web(), web({ kind: 'DaemonSet', available: 0 })] },
      'healthy',
    ],
  ])('%s', (_, given, kind) => {
    expect(measure(given).kind).toBe(kind);
  });

  test('is told in numbers, now and before', () => {
    expect(measure(short(1))).toEqual({
      kind: 'unhealthy',
      reason: 'Deployment shop/web has 1 of 4 pods available, 4 of 4 before',
    });
  });

  test('was as sick before as in the worse of two looks', () => {
    const merged = mergeBaselines(wasBefore(web({ available: 2 })), wasBefore(web()));
    expect(merged.controllers?.['Deployment shop/web']?.available).toBe(2);
    const changed = mergeBaselines(wasBefore(web({ available: 2 })), wasBefore(web({ generation: 2 })));
    expect(changed.controllers?.['Deployment shop/web']).toEqual({ generation: 2, wanted: 4, available: 4 });
  });
});
