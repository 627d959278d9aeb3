/** IAM's own rules, by its user guide. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccessRequest, decide, matchesPattern, readPolicy } from '../../../rehearsal/iam/policy.ts';

const group = 'arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:uuid:autoScalingGroupName/web';
const tag = 'aws:ResourceTag/eks-ami-rollout';

const statement = (more: Record<string, unknown> = {}) => ({
  Effect: 'Allow',
  Action: 'autoscaling:StartInstanceRefresh',
  Resource: group,
  ...more,
});

const request = (more: Partial<AccessRequest> = {}): AccessRequest => ({
  action: 'autoscaling:StartInstanceRefresh',
  resource: group,
  context: {},
  ...more,
});

const isAllowed = (statements: unknown, asked: AccessRequest): boolean =>
  decide(readPolicy({ Statement: statements }, 'tested'), asked).isAllowed;

describe('a request is allowed', () => {
  test.each([
    ['by a statement that names it', [statement()], request(), true],
    ['by one that stands alone, without a list', statement(), request(), true],
    ['not by nothing', [], request(), false],
    ['not for another action', [statement()], request({ action: 'autoscaling:CancelInstanceRefresh' }), false],
    ['not for another resource', [statement()], request({ resource: `${group}-2` }), false],
    ['whatever the case of the action', [statement({ Action: 'AutoScaling:startinstancerefresh' })], request(), true],
    ['not whatever the case of the resource', [statement({ Resource: group.toUpperCase() })], request(), false],
    ['by * in the action', [statement({ Action: 'autoscaling:*Refresh' })], request(), true],
    ['by * in the resource', [statement({ Resource: `${group.slice(0, -3)}*` })], request(), true],
    ['by ? for one character', [statement({ Resource: group.replace('web', 'w?b') })], request(), true],
    ['not by ? for none', [statement({ Resource: `${group}?` })], request(), false],
    ['by * alone', [statement({ Resource: '*' })], request(), true],
    ['not without a resource by a pattern for some', [statement()], request({ resource: '*' }), false],
    ['by NotResource for any other', [statement({ Resource: undefined, NotResource: 'arn:x' })], request(), true],
    ['not by NotResource for these', [statement({ Resource: undefined, NotResource: group })], request(), false],
    ['not against a Deny, before it', [statement(), statement({ Effect: 'Deny' })], request(), false],
    ['not against a Deny, after it', [statement({ Effect: 'Deny' }), statement()], request(), false],
  ])('%s', (_, statements, asked, wanted) => {
    expect(isAllowed(statements, asked)).toBe(wanted);
  });
});

describe('a condition', () => {
  const by = (Condition: unknown, context: Record<string, string>): boolean =>
    isAllowed([statement({ Condition })], request({ context }));
  const template = 'arn:aws:ec2:us-east-1:111122223333:launch-template/lt-1';

  test.each([
    ['StringEquals: the same', { StringEquals: { [tag]: 'enabled' } }, { [tag]: 'enabled' }, true],
    ['StringEquals: another case', { StringEquals: { [tag]: 'enabled' } }, { [tag]: 'Enabled' }, false],
    ['StringEquals: no wildcards', { StringEquals: { [tag]: '*' } }, { [tag]: 'enabled' }, false],
    ['StringEquals: one of several', { StringEquals: { [tag]: ['a', 'enabled'] } }, { [tag]: 'enabled' }, true],
    ['StringEquals: a key that is not there', { StringEquals: { [tag]: 'enabled' } }, {}, false],
    ['ArnLike: a pattern', { ArnLike: { k: template.replace('lt-1', '*') } }, { k: template }, true],
    ['ArnLike: no * over a colon', { ArnLike: { k: 'arn:aws:*/lt-1' } }, { k: template }, false],
    ['ArnLike: a key that is not there', { ArnLike: { k: '*' } }, {}, false],
    ['Null true: not there', { Null: { k: 'true' } }, {}, true],
    ['Null true: there', { Null: { k: 'true' } }, { k: '' }, false],
    ['Null false: there', { Null: { k: 'false' } }, { k: 'x' }, true],
    ['all must hold', { StringEquals: { a: '1' }, Null: { b: 'true' } }, { a: '1', b: '2' }, false],
    ['all keys must hold', { StringEquals: { a: '1', b: '2' } }, { a: '1' }, false],
  ])('%s', (_, condition, context, wanted) => {
    expect(by(condition, context as Record<string, string>)).toBe(wanted);
  });

  test('of a Deny that does not hold denies nothing', () => {
    const deny = statement({ Effect: 'Deny', Condition: { StringEquals: { [tag]: 'off' } } });
    expect(isAllowed([statement(), deny], request())).toBe(true);
  });
});

describe('what is not understood is refused when the policy is read', () => {
  test.each([
    ['an operator', { Condition: { StringLike: { a: 'b' } } }, 'the condition operator StringLike'],
    ['an operator with IfExists', { Condition: { StringEqualsIfExists: { a: 'b' } } }, 'StringEqualsIfExists'],
    ['an operator on a prototype', { Condition: { toString: { a: 'b' } } }, 'toString'],
    ['NotAction', { NotAction: 'a:B' }, 'NotAction'],
    ['no resource', { Resource: undefined }, 'needs either Resource or NotResource'],
    ['both', { NotResource: '*' }, 'needs either Resource or NotResource'],
    ['another effect', { Effect: 'Maybe' }, 'neither Allow nor Deny'],
  ])('%s', (_, more, message) => {
    expect(() => readPolicy({ Statement: [statement(more)] }, 'tested')).toThrow(message);
  });
});

test('a text without wildcards matches itself alone', () => {
  const plain = fc.string().filter((text) => !/[*?]/.test(text));
  fc.assert(
    fc.property(plain, plain, (pattern, text) => {
      expect(matchesPattern(pattern, text)).toBe(pattern === text);
      expect(matchesPattern(`${pattern}*`, `${pattern}${text}`)).toBe(true);
    }),
  );
});

test('a further Deny never allows, and a further Allow never denies', () => {
  const any = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.constantFrom('a:B', 'a:*', 'a:C'),
    Resource: fc.constantFrom('*', group, 'arn:x'),
  });
  const effects = fc.record({ action: fc.constantFrom('a:B', 'a:C'), resource: fc.constantFrom(group, 'arn:x') });
  fc.assert(
    fc.property(fc.array(any), any, effects, (statements, more, asked) => {
      const before = isAllowed(statements, { ...asked, context: {} });
      const after = isAllowed([...statements, more], { ...asked, context: {} });
      if (more.Effect === 'Deny') expect(after && !before).toBe(false);
      else expect(before && !after).toBe(false);
    }),
  );
});
