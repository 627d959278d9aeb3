import { describe, expect, test } from 'vitest';
import { clusterScope, spentScope, spentScopes } from '../../../core/rollout/spent-scope.ts';
import { policyOf, prod } from '../builders.ts';

describe('a release is spent', () => {
  test('in the ring it failed in, for every cluster of it', () => {
    expect(spentScope('staging', prod)).toBe('ring:staging');
    expect(spentScope('staging', { ...prod, clusterName: 'other' })).toBe('ring:staging');
  });

  test('in its cluster alone where that is in no ring', () => {
    expect(spentScope(null, prod)).toBe('cluster:111122223333/us-east-1/prod');
  });

  test('never in a cluster because a ring has its name', () => {
    expect(spentScope('prod', prod)).not.toBe(spentScope(null, prod));
  });
});

describe('a release that a cluster takes must not be spent', () => {
  const ring = (name: string, after?: string) => ({ name, clusters: {}, ...(after === undefined ? {} : { after }) });
  const policy = policyOf({
    rings: [ring('prod', 'staging'), ring('dev'), ring('staging', 'dev'), ring('edge', 'dev')],
  });
  const cluster = 'cluster:111122223333/us-east-1/prod';

  test.each([
    { title: 'in itself, where it is in no ring', name: null, scopes: [cluster] },
    { title: 'in itself and its ring', name: 'dev', scopes: [cluster, 'ring:dev'] },
    { title: 'in every ring before, too', name: 'prod', scopes: [cluster, 'ring:prod', 'ring:staging', 'ring:dev'] },
    { title: 'but may be in rings beside', name: 'edge', scopes: [cluster, 'ring:edge', 'ring:dev'] },
  ])('$title', ({ name, scopes }) => {
    expect(spentScopes(policy, name, prod)).toEqual(scopes);
  });

  test('in a ring that the policy does not know any more', () => {
    expect(spentScopes(policy, 'former', prod)).toEqual([cluster, 'ring:former']);
  });

  test('where what is spent for the cluster alone is found', () => {
    expect(spentScopes(policy, 'prod', prod)).toContain(clusterScope(prod));
    expect(spentScopes(policy, 'prod', prod)).toContain(spentScope('prod', prod));
    expect(spentScopes(policy, null, prod)).toContain(spentScope(null, prod));
  });
});
