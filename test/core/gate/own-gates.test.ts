import { describe, expect, test } from 'vitest';
import { type AlarmReading, alarmFindings, measureAlarm } from '../../../core/gate/alarm.ts';
import { measureInstances, type NodeGroupIssue } from '../../../core/gate/instances.ts';
import type { InstanceReading } from '../../../core/gate/nodes-ready.ts';
import { type CheckAnswer, measureOwnCheck, ownCheckFindings, parseCheckAnswer } from '../../../core/gate/own-check.ts';
import type { Unread } from '../../../core/gate/unread.ts';
import { ago, anInstance, now } from '../builders.ts';

const since = ago(1800);
const alarm = (name: string, given: Partial<AlarmReading> = {}): AlarmReading => ({
  name,
  state: 'OK',
  changedAt: ago(86_400),
  firedAt: null,
  ...given,
});

describe('the gate instances: a new instance', () => {
  const issue = (...resourceIds: string[]): NodeGroupIssue => ({
    code: 'NodeCreationFailure',
    message: 'lost',
    resourceIds,
  });
  test.each<[string, Partial<InstanceReading>, NodeGroupIssue[], string, string]>([
    ['that passes its status checks', {}, [], 'healthy', '1 new instances pass'],
    ['that fails them', { isImpaired: true }, [], 'unhealthy', '1 of 1 new instances: i-1 fails its EC2 status checks'],
    ['that fails them while it is young', { isImpaired: true, launchedAt: ago(60) }, [], 'unhealthy', 'fails'],
    ['of which EKS reports an issue', {}, [issue('i-1')], 'unhealthy', 'i-1 has NodeCreationFailure: lost'],
    ['beside another one of which EKS does', {}, [issue('i-9')], 'healthy', ''],
    ['in a group of which EKS reports one', {}, [issue()], 'healthy', ''],
    ['that is not in service yet', { isInService: false, launchedAt: ago(899) }, [], 'starting', 'i-1 is not Healthy'],
    ['that is not in service after 15 minutes', { isInService: false, launchedAt: ago(900) }, [], 'unhealthy', 'i-1'],
    ['whose status checks were not read', { isImpaired: null }, [], 'missing', 'no status checks were read of i-1'],
  ])('%s', (_, given, issues, kind, reason) => {
    const measured = measureInstances({ instances: [anInstance('i-1', given)], issues }, now);
    expect(measured).toMatchObject({ kind, reason: expect.stringContaining(reason) });
  });

  test('that is not there says nothing', () => {
    expect(measureInstances({ instances: [], issues: [issue('i-1')] }, now).kind).toBe('abstains');
  });

  test('that fails outweighs what was not read', () => {
    const instances = [anInstance('i-1', { isImpaired: null }), anInstance('i-2', { isInService: false })];
    expect(measureInstances({ instances, issues: [] }, now).kind).toBe('unhealthy');
  });
});

describe('the gate alarm', () => {
  test.each<[string, string, AlarmReading[] | Unread, string, string]>([
    ['OK', 'a', [alarm('a')], 'healthy', 'OK throughout'],
    [
      'in ALARM since the update',
      'a',
      [alarm('a', { state: 'ALARM', changedAt: since })],
      'unhealthy',
      `a is in ALARM since ${since}`,
    ],
    [
      'OK again',
      'a',
      [alarm('a', { changedAt: ago(60), firedAt: ago(90) })],
      'unhealthy',
      `a went into ALARM at ${ago(90)}`,
    ],
    ['without data', 'a', [alarm('a', { state: 'INSUFFICIENT_DATA' })], 'missing', 'INSUFFICIENT_DATA in a'],
    [
      'without data, after it fired',
      'a',
      [alarm('a', { state: 'INSUFFICIENT_DATA', firedAt: ago(9) })],
      'unhealthy',
      'went into',
    ],
    [
      'in ALARM since before',
      'a',
      [alarm('a', { state: 'ALARM', changedAt: ago(1801) })],
      'doubtful',
      'before the update',
    ],
    ['that is not there', 'a', [alarm('ab')], 'missing', 'there is no alarm a'],
    ['that cannot be read', 'a', { fault: 'cloudwatch:DescribeAlarms: AccessDenied' }, 'missing', 'AccessDenied'],
    ['by the beginning of names', 'shop-*', [alarm('shop-a'), alarm('shop-b')], 'healthy', '2 alarms OK'],
    ['of another name', 'shop-*', [alarm('shop-a'), alarm('pay', { firedAt: ago(9) })], 'healthy', 'OK throughout'],
    ['one of several', 'shop-*', [alarm('shop-a', { firedAt: ago(9) }), alarm('shop-b')], 'unhealthy', 'shop-a'],
    ['no name that begins so', 'shop-*', [alarm('pay')], 'missing', 'there is no alarm shop-*'],
  ])('%s', (_, pattern, alarms, kind, reason) => {
    expect(measureAlarm(pattern, alarms, since)).toMatchObject({ kind, reason: expect.stringContaining(reason) });
  });

  test.each<[string, AlarmReading[] | Unread, string[]]>([
    ['OK', [alarm('a')], []],
    ['in ALARM', [alarm('a', { state: 'ALARM' })], ['alarm-firing']],
    ['without data', [alarm('a', { state: 'INSUFFICIENT_DATA' })], ['gate-not-read']],
    ['that is not there', [], ['gate-not-read']],
    ['that may not be read', { fault: 'denied' }, ['gate-not-read']],
  ])('before the first change, %s', (_, alarms, codes) => {
    const findings = alarmFindings(['a'], alarms);
    expect(findings.map(({ code }) => code)).toEqual(codes);
    expect(findings.every(({ level }) => level === 'refuse')).toBe(true);
  });

  test('before the first change, where the policy names none', () => {
    expect(alarmFindings([], { fault: 'denied' })).toEqual([]);
  });
});

describe('the gate lambda: a function that answers', () => {
  test.each<[unknown, string, string]>([
    [{ verdict: 'healthy', reason: 'all orders' }, 'healthy', 'all orders'],
    [{ verdict: 'unhealthy', reason: 'no orders' }, 'unhealthy', 'no orders'],
    [{ verdict: 'unknown', reason: 'no traffic' }, 'missing', 'no traffic'],
    [{ verdict: 'healthy' }, 'healthy', 'it says healthy'],
    [
      { verdict: 'fine' },
      'missing',
      'answered {"verdict":"fine"}; it must answer {"verdict": "healthy" | "unhealthy" | "unknown"',
    ],
    [{ statusCode: 200 }, 'missing', 'it must answer'],
    ['healthy', 'missing', 'it must answer'],
    [null, 'missing', 'it must answer'],
    [undefined, 'missing', 'answered nothing'],
  ])('%j', (answered, kind, reason) => {
    const answer: CheckAnswer | Unread = parseCheckAnswer(answered);
    expect(measureOwnCheck(answer)).toMatchObject({ kind, reason: expect.stringContaining(reason) });
  });

  test('refuses before the first change when it may not be asked', () => {
    expect(ownCheckFindings('arn:f', { access: 'granted' })).toEqual([]);
    expect(ownCheckFindings('arn:f', { access: 'denied', reason: 'no' })).toMatchObject([
      { code: 'gate-not-read', level: 'refuse', message: expect.stringContaining('arn:f') },
    ]);
  });
});
