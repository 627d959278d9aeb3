/** What an alarm makes of its metric, by the tables of the CloudWatch user guide. */
import { describe, expect, test } from 'vitest';
import { PretendClock } from '../../rehearsal/clock/pretend-clock.ts';
import { judge, ruleOf } from '../../rehearsal/world/alarm-rules.ts';
import { type Metric, Metrics } from '../../rehearsal/world/metrics.ts';

const noon = Date.parse('2026-08-20T12:00:00Z');
const properties = {
  Namespace: 'Shop',
  MetricName: 'Errors',
  Dimensions: [{ Name: 'Service', Value: 'checkout' }],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 3,
  Threshold: 2,
  ComparisonOperator: 'GreaterThanThreshold',
};
const metric: Metric = { namespace: 'Shop', name: 'Errors', dimensions: { Service: 'checkout' } };

/** A metric with such values, each so many seconds after noon. */
const recorded = async (
  samples: readonly (readonly [seconds: number, value: number, of?: Metric])[],
): Promise<{ metrics: Metrics; clock: PretendClock }> => {
  const clock = new PretendClock(noon);
  const metrics = new Metrics(clock);
  for (const [seconds, value, of] of samples) clock.after(seconds * 1000, () => metrics.record(of ?? metric, value));
  await clock.run();
  return { metrics, clock };
};

/** One value a minute, the oldest first: 0 is fine, X breaches, - is missing. */
const stateAfter = async (minutes: string, given: Record<string, unknown>) => {
  const marks = minutes.split(' ');
  const { metrics } = await recorded(
    marks.flatMap((mark, index) => (mark === '-' ? [] : [[(index + 1) * 60, mark === 'X' ? 5 : 1] as const])),
  );
  return judge(ruleOf('any', { ...properties, ...given }), metrics, noon + marks.length * 60_000).state;
};

const [OK, ALARM, NONE, KEPT] = ['OK', 'ALARM', 'INSUFFICIENT_DATA', undefined];

/** What the two tables of alarms-and-missing-data say of the periods that are evaluated. */
describe('an alarm whose data is partly missing', () => {
  test.each([
    ['X - X', [ALARM, KEPT, ALARM, OK]],
    ['- - 0', [OK, OK, OK, OK]],
    ['- - -', [NONE, KEPT, ALARM, OK]],
    ['X X X', [ALARM, ALARM, ALARM, ALARM]],
    ['0 X X', [OK, OK, OK, OK]],
    ['X - -', [ALARM, KEPT, ALARM, OK]],
    ['0 - X', [OK, OK, OK, OK]],
  ])('of three of three: %s', async (minutes, states) => {
    const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'];
    const found = treatments.map((TreatMissingData) => stateAfter(minutes, { TreatMissingData }));
    expect(await Promise.all(found)).toEqual(states);
  });

  test.each([
    ['X - X', [ALARM, ALARM, ALARM, ALARM]],
    ['0 - X', [OK, OK, ALARM, OK]],
    ['X 0 X', [ALARM, ALARM, ALARM, ALARM]],
    ['X - -', [ALARM, KEPT, ALARM, OK]],
    ['- - 0', [OK, OK, ALARM, OK]],
    ['- - -', [NONE, KEPT, ALARM, OK]],
    ['0 0 X', [OK, OK, OK, OK]],
  ])('of two of three: %s', async (minutes, states) => {
    const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'];
    const given = { DatapointsToAlarm: 2 };
    const found = treatments.map((TreatMissingData) => stateAfter(minutes, { ...given, TreatMissingData }));
    expect(await Promise.all(found)).toEqual(states);
  });
});

describe('a period', () => {
  test('slides: it ends at the moment of the look, and what came as it began is not in it', async () => {
    const { metrics } = await recorded([
      [10, 1],
      [20, 2],
    ]);
    const sum = (from: number, to: number) => metrics.over(metric, 'Sum', noon + from * 1000, noon + to * 1000);
    expect([sum(0, 9), sum(0, 10), sum(0, 20), sum(10, 20), sum(20, 80)]).toEqual([undefined, 1, 3, 2, undefined]);
  });

  test.each([
    ['Sum', 9],
    ['Maximum', 5],
    ['Minimum', 1],
    ['Average', 3],
    ['SampleCount', 3],
  ] as const)('has a %s', async (statistic, value) => {
    const { metrics } = await recorded([
      [1, 5],
      [2, 1],
      [3, 3],
    ]);
    expect(metrics.over(metric, statistic, noon, noon + 60_000)).toBe(value);
  });
});

test.each([
  ['GreaterThanThreshold', 2, OK],
  ['GreaterThanOrEqualToThreshold', 2, ALARM],
  ['LessThanThreshold', 2, OK],
  ['LessThanThreshold', 1, ALARM],
  ['LessThanOrEqualToThreshold', 2, ALARM],
])('%s 2 makes of %i: %s', async (ComparisonOperator, value, state) => {
  const { metrics, clock } = await recorded([[60, value]]);
  const rule = ruleOf('any', { ...properties, EvaluationPeriods: 1, ComparisonOperator });
  expect(judge(rule, metrics, clock.now).state).toBe(state);
});

describe('several metrics', () => {
  const query = (Id: string, Service: string) => ({
    Id,
    ReturnData: false,
    MetricStat: {
      Stat: 'Sum',
      Period: 60,
      Metric: { ...properties, Dimensions: [{ Name: 'Service', Value: Service }] },
    },
  });
  const math = (Expression: string) => ({
    EvaluationPeriods: 1,
    Threshold: 2,
    ComparisonOperator: 'GreaterThanThreshold',
    Metrics: [{ Id: 'all', Expression, ReturnData: true }, query('a', 'checkout'), query('b', 'basket')],
  });

  test('are added up; those without data are left out', async () => {
    const basket = { ...metric, dimensions: { Service: 'basket' } };
    const { metrics, clock } = await recorded([
      [10, 2],
      [90, 2],
      [100, 1, basket],
    ]);
    const rule = ruleOf('any', math('SUM(METRICS())'));
    expect(judge(rule, metrics, noon + 60_000)).toMatchObject({
      state: 'OK',
      reason:
        'Threshold Crossed: 1 out of the last 1 datapoints [2.0 (20/08/26 12:00:00)] was not greater than the threshold (2.0).',
    });
    expect(judge(rule, metrics, clock.now)).toMatchObject({
      state: 'ALARM',
      reason:
        'Threshold Crossed: 1 out of the last 1 datapoints [3.0 (20/08/26 12:00:40)] was greater than the threshold (2.0).',
    });
  });

  test.each([
    ['other math', math('AVG(METRICS())'), 'only SUM(METRICS()) is played'],
    ['a band', { ...properties, ComparisonOperator: 'GreaterThanUpperThreshold' }, 'is not played'],
    ['a percentile', { ...properties, Statistic: undefined, ExtendedStatistic: 'p99' }, 'is not played'],
    ['no words of CloudWatch', { ...properties, TreatMissingData: 'whatever' }, 'is not played'],
  ])('%s is refused, not ignored', (_, given, message) => {
    expect(() => ruleOf('any', given)).toThrow(message);
  });
});
