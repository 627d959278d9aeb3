import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ParameterChange, type ScanRules, scanScope } from '../../../core/release/scan-trigger.ts';
import { policyOf, requestOf } from '../builders.ts';

const policy = policyOf({ goldenParameters: [{ parameter: '/golden/web' }, { parameter: '/golden/db' }] });

const change = (name: string, given: Partial<ParameterChange> = {}): ParameterChange => ({
  name,
  operation: 'Update',
  ...given,
});

const rules: ScanRules = { policy, prefix: '/eks-ami-rollout', startOnApproved: '', ours: new Set() };
const scope = (...changes: ParameterChange[]) => scanScope(changes, rules);

const nothing = { scope: 'none', reason: 'no node group uses a parameter that changed' };

describe('a change of a parameter', () => {
  test.each([
    { name: '/eks-ami-rollout/policy', what: 'the policy document' },
    { name: '/eks-ami-rollout/policy/rings/prod', what: 'the part of a ring' },
  ])('of $what looks at every cluster', ({ name }) => {
    expect(scope(change(name))).toEqual({ scope: 'all', startedBy: `event:${name}` });
  });

  test('that holds a golden AMI looks at what takes its AMI from there', () => {
    expect(scope(change('/golden/web'))).toEqual({
      scope: 'parameters',
      parameters: ['/golden/web'],
      startedBy: 'event:/golden/web',
    });
  });

  test('that nobody uses looks at nothing', () => {
    expect(scope(change('/somebody/else'))).toEqual(nothing);
  });

  test.each([
    '/eks-ami-rollout/policy-of-another',
    '/eks-ami-rollout/policy/rings',
    '/eks-ami-rollout-2/policy',
    '/golden/web2',
    '/golden',
  ])('whose name is only alike looks at nothing: %s', (name) => {
    expect(scope(change(name))).toEqual(nothing);
  });

  test.each([
    { why: 'its new value failed the validation, so nothing has changed', given: { exception: 'ParameterNotValid' } },
    { why: 'only a label was moved', given: { operation: 'LabelParameterVersion' } },
  ])('looks at nothing when $why', ({ given }) => {
    expect(scope(change('/golden/web', given), change('/eks-ami-rollout/policy', given))).toEqual(nothing);
  });

  test.each(['Create', 'Update', 'Delete'])('counts whether it is a %s', (operation) => {
    expect(scope(change('/golden/web', { operation })).scope).toBe('parameters');
  });

  test('of a golden AMI looks at nothing where no policy is known', () => {
    expect(scanScope([change('/golden/web')], { ...rules, policy: null })).toEqual(nothing);
  });
});

describe('a batch of changes', () => {
  test('without a change looks at nothing', () => {
    expect(scope()).toEqual(nothing);
  });

  test('that tells one change twice looks once', () => {
    expect(scope(change('/golden/web'), change('/golden/web'))).toMatchObject({ parameters: ['/golden/web'] });
  });

  test('of several golden AMIs looks at all of them, in the same order however they come', () => {
    const expected = { scope: 'parameters', parameters: ['/golden/db', '/golden/web'], startedBy: 'event:/golden/db' };
    expect(scope(change('/golden/web'), change('/golden/db'))).toEqual(expected);
    expect(scope(change('/golden/db'), change('/golden/web'))).toEqual(expected);
  });

  test('with the policy among them looks at every cluster', () => {
    expect(scope(change('/golden/web'), change('/eks-ami-rollout/policy')).scope).toBe('all');
  });
});

test('what a change starts names it in a way that a rollout accepts, however long the name', () => {
  const names = fc.integer({ min: 1, max: 1000 }).map((length) => `/golden/${'a'.repeat(length)}`);
  fc.assert(
    fc.property(names, (parameter) => {
      const scoped = scanScope([change(parameter)], {
        ...rules,
        policy: policyOf({ goldenParameters: [{ parameter }] }),
      });
      if (scoped.scope === 'none') throw new Error('the parameter is used');
      expect(() => requestOf({ startedBy: scoped.startedBy })).not.toThrow();
    }),
  );
});

describe('a change of an approved parameter', () => {
  const dev = '/eks-ami-rollout/approved/dev/1.33/AL2023_x86_64_STANDARD';
  const followed = policyOf({ goldenParameters: [{ parameter: dev }] });
  const startOnApproved = '/eks-ami-rollout/approved/dev/';

  test('starts nothing, also where a node group takes its AMI from it', () => {
    expect(scanScope([change(dev)], { ...rules, policy: followed })).toEqual(nothing);
  });

  test('starts a scan where the stack was told so', () => {
    const scoped = scanScope([change(dev)], { ...rules, policy: followed, startOnApproved });
    expect(scoped).toMatchObject({ scope: 'parameters', parameters: [dev] });
    const prod = dev.replace('/dev/', '/prod/');
    const policy = policyOf({ goldenParameters: [{ parameter: prod }] });
    expect(scanScope([change(prod)], { ...rules, policy, startOnApproved })).toEqual(nothing);
  });

  test('starts nothing where it holds what this service wrote', () => {
    const ours = new Set([dev]);
    expect(scanScope([change(dev)], { ...rules, policy: followed, startOnApproved, ours })).toEqual(nothing);
  });
});
