import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterLooks,
  beginScan,
  behindOf,
  type ClusterLook,
  finished,
  isThrough,
  mostTurns,
  withClusters,
  withoutClusters,
} from '../../../core/fleet/scan.ts';

const trigger = { scan: 'schedule-1', at: '2026-08-20T09:00:00Z' };
const all = { scope: 'all', startedBy: 'schedule' } as const;
const unreadable = (isTransient: boolean): ClusterLook => ({ look: 'unreadable', isTransient });
const behind = (clusterName: string): ClusterLook => ({ look: 'behind', clusterName, ring: 'dev', after: null });

describe('a scan', () => {
  test('goes on with what is left', () => {
    const begun = withClusters(beginScan(trigger, all), ['a', 'b', 'c']);
    const next = afterLooks(begun, [
      ['a', behind('a')],
      ['b', { look: 'left' }],
    ]);
    expect(next).toMatchObject({ left: ['c'], clusters: 2, turn: 0 });
    expect(isThrough(next)).toBe(false);
    const last = afterLooks(next, [['c', { look: 'not-concerned' }]]);
    expect(last).toMatchObject({ left: [], clusters: 2, unreadable: [] });
    expect(isThrough(last)).toBe(true);
    expect(behindOf(last)).toEqual(['a']);
  });

  test('looks again at what AWS could not answer for, when all have had their turn', () => {
    const begun = withClusters(beginScan(trigger, all), ['a', 'b']);
    const first = afterLooks(begun, [['a', unreadable(true)]]);
    expect(first).toMatchObject({ left: ['b'], again: ['a'], turn: 0, clusters: 0 });
    const second = afterLooks(first, [['b', { look: 'left' }]]);
    expect(second).toMatchObject({ left: ['a'], again: [], turn: 1, clusters: 1 });
    expect(afterLooks(second, [['a', behind('a')]])).toMatchObject({ left: [], clusters: 2, unreadable: [] });
  });

  test('does not look again at what AWS refuses', () => {
    const next = afterLooks(withClusters(beginScan(trigger, all), ['a']), [['a', unreadable(false)]]);
    expect(next).toMatchObject({ left: [], again: [], turn: 0, clusters: 1, unreadable: ['a'] });
  });

  test('asks again which clusters there are, and gives up after its turns', () => {
    const begun = beginScan(trigger, all);
    expect(isThrough(begun)).toBe(false);
    const second = withoutClusters(begun);
    expect(second).toMatchObject({ left: null, turn: 1 });
    expect(isThrough(withClusters(begun, []))).toBe(true);
    const last = { ...begun, turn: mostTurns - 1 };
    expect(withoutClusters(last)).toBeNull();
  });

  test('that has ended keeps its answer, and nothing else', () => {
    const begun = withClusters(beginScan(trigger, all), ['a', 'b']);
    const through = afterLooks(begun, [
      ['a', behind('a')],
      ['b', { look: 'waits', clusterName: 'b', ring: 'prod', after: 'staging' }],
    ]);
    const ended = finished(through, 'arn:fleet');
    expect(ended).toMatchObject({ isFinished: true, started: 'arn:fleet', approvable: [], clusters: 2 });
    expect(ended.found).toEqual([{ look: 'behind', clusterName: 'a', ring: 'dev', after: null }]);
    expect(behindOf(ended)).toEqual(behindOf(through));
  });

  test('of parameters remembers which', () => {
    const scope = {
      scope: 'parameters' as const,
      parameters: ['/golden/web'],
      startedBy: 'event:/golden/web',
    } satisfies Parameters<typeof beginScan>[1];
    expect(beginScan(trigger, scope)).toMatchObject({
      parameters: ['/golden/web'],
      startedBy: 'event:/golden/web',
    });
  });

  test('ends, in slices of any size and whatever fails, and each cluster is counted once', () => {
    const looks = fc.array(fc.constantFrom('behind', 'left', 'throttled', 'denied'), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 4 }), (kinds, slice, calmFrom) => {
        const names = kinds.map((_, index) => `c${index}`);
        const lookOf = (name: string, turn: number): ClusterLook => {
          const kind = kinds[names.indexOf(name)];
          if (kind === 'throttled' && turn < calmFrom) return unreadable(true);
          if (kind === 'denied') return unreadable(false);
          return kind === 'left' ? { look: 'left' } : behind(name);
        };
        let record = withClusters(beginScan(trigger, all), names);
        for (let slices = 0; !isThrough(record); slices += 1) {
          expect(slices).toBeLessThan(names.length * mostTurns);
          const { left, turn } = record;
          if (left === null) throw new Error('the clusters are known');
          record = afterLooks(
            record,
            left.slice(0, slice).map((name) => [name, lookOf(name, turn)] as const),
          );
        }
        const lost = kinds.filter(
          (kind) => kind === 'denied' || (kind === 'throttled' && calmFrom >= mostTurns),
        ).length;
        expect(record.clusters).toBe(names.length);
        expect(record.unreadable).toHaveLength(lost);
        expect(behindOf(record)).toHaveLength(names.length - lost - kinds.filter((kind) => kind === 'left').length);
      }),
    );
  });
});
