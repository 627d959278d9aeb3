import { expect, test } from 'vitest';
import { differencesOf } from '../../../core/plan/launch-template-owner.ts';

test('two versions are told apart field by field, user data never shown', () => {
  expect(
    differencesOf(
      {
        ImageId: 'ami-1',
        InstanceType: 'm6i.large',
        UserData: 'c2VjcmV0',
        Monitoring: { Enabled: true },
        KeyName: 'a',
      },
      {
        ImageId: 'ami-1',
        InstanceType: 'm6i.xlarge',
        UserData: 'b3RoZXI=',
        Monitoring: { Enabled: false },
        EbsOptimized: true,
      },
    ),
  ).toEqual([
    'EbsOptimized unset → true',
    'InstanceType m6i.large → m6i.xlarge',
    'KeyName a → unset',
    'Monitoring {"Enabled":true} → {"Enabled":false}',
    'UserData',
  ]);
});

test('long values are cut, and equal versions differ in nothing', () => {
  expect(differencesOf({}, { KeyName: 'x'.repeat(100) })).toEqual([`KeyName unset → ${'x'.repeat(77)}…`]);
  expect(differencesOf({ ImageId: 'ami-1' }, { ImageId: 'ami-1' })).toEqual([]);
});
