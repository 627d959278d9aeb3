import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatClusterKey } from '../../core/cluster-key.ts';

describe('the key of a cluster', () => {
  test('is its account, Region and name', () => {
    expect(formatClusterKey({ accountId: '111122223333', region: 'us-east-1', clusterName: 'prod' })).toBe(
      '111122223333/us-east-1/prod',
    );
  });

  test('differs whenever account, Region or name differ', () => {
    const key = fc.record({
      accountId: fc.constantFrom('111122223333', '444455556666'),
      region: fc.constantFrom('us-east-1', 'eu-west-1', 'us-gov-west-1'),
      clusterName: fc.constantFrom('prod', 'prod-2', 'us-east-1'),
    });
    fc.assert(
      fc.property(key, key, (a, b) => {
        const isSame = a.accountId === b.accountId && a.region === b.region && a.clusterName === b.clusterName;
        expect(formatClusterKey(a) === formatClusterKey(b)).toBe(isSame);
      }),
    );
  });
});
