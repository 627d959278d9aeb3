import { ErrorCode } from '@aws-sdk/client-eks';
import { describe, expect, test } from 'vitest';
import { fixesFor, meaningOf, updateErrors } from '../../../core/node-group/update-errors.ts';

describe('errors of an update', () => {
  test('have a meaning, each that the SDK knows and no other', () => {
    expect(Object.keys(updateErrors).sort()).toEqual(Object.values(ErrorCode).sort());
  });

  test.each([
    { codes: ['NodeCreationFailure'], means: 'ami' },
    { codes: ['AccessDenied', 'NodeCreationFailure'], means: 'ami' },
    { codes: ['PodEvictionFailure', 'Unknown'], means: 'pods' },
    { codes: ['PodEvictionFailure', 'AccessDenied'], means: 'mend' },
    { codes: ['Unknown', 'ClusterUnreachable'], means: 'passing' },
    { codes: ['NewInTheApi'], means: 'mend' },
    { codes: [], means: 'mend' },
  ])('$codes together mean $means', ({ codes, means }) => {
    expect(meaningOf(codes)).toBe(means);
  });

  test('say once what helps', () => {
    expect(fixesFor(['IpNotAvailable', 'InsufficientFreeAddresses', 'NewInTheApi'])).toEqual([
      'free addresses in its subnets, or give it larger ones',
    ]);
  });
});
