/**
 * What an alarm looks at, and which state follows (CloudWatch user guide, alarm-evaluation and
 * alarms-and-missing-data). Looked at are as many periods as the alarm evaluates. CloudWatch looks at some more where
 * data is missing, and does not document how many.
 */
import { type Metric, type Metrics, type Statistic, statistics } from './metrics.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmRule {
  /** Several are added up. */
  metrics: readonly Metric[];
  statistic: Statistic;
  periodSeconds: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  comparison: Comparison;
  missingData: MissingData;
}

const comparisons = {
  GreaterThanThreshold: { isBreach: (value: number, threshold: number) => value > threshold, says: 'greater than' },
  GreaterThanOrEqualToThreshold: {
    isBreach: (value: number, threshold: number) => value >= threshold,
    says: 'greater than or equal to',
  },
  LessThanThreshold: { isBreach: (value: number, threshold: number) => value < threshold, says: 'less than' },
  LessThanOrEqualToThreshold: {
    isBreach: (value: number, threshold: number) => value <= threshold,
    says: 'less than or equal to',
  },
};
type Comparison = keyof typeof comparisons;

const missingDataTreatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
type MissingData = (typeof missingDataTreatments)[number];

export interface SentMetric {
  Namespace?: unknown;
  MetricName?: unknown;
  Dimensions?: { Name: string; Value: unknown }[];
}

/** A metric or an expression (CloudWatch API reference, MetricDataQuery). */
export interface SentQuery {
  Id: string;
  Expression?: string;
  Label?: string;
  MetricStat?: { Stat: unknown; Period: unknown; Metric: SentMetric };
  ReturnData?: boolean;
}

/** What an alarm with such properties looks at; one metric is a list of one. */
export const queriesOf = (name: string, properties: Readonly<Record<string, unknown>>): readonly SentQuery[] => {
  const { Metrics, Statistic: Stat, Period, Namespace, MetricName, Dimensions } = properties;
  const Metric = { Namespace, MetricName, Dimensions } as SentMetric;
  return (Metrics as SentQuery[] | undefined) ?? [{ Id: name, MetricStat: { Stat, Period, Metric }, ReturnData: true }];
};

/** The rule in an alarm's properties as CloudFormation sends them. Throws for one that is not played. */
export const ruleOf = (name: string, properties: Readonly<Record<string, unknown>>): AlarmRule => {
  const oneOf = <Value extends string>(key: string, value: unknown, played: readonly Value[]): Value => {
    const found = played.find((each) => each === value);
    if (found === undefined) throw new Error(`the alarm ${name}: ${key} ${String(value)} is not played`);
    return found;
  };
  const queries = queriesOf(name, properties);
  const [expression, ...more] = queries.flatMap(({ Expression }) => Expression ?? []);
  if ((queries.length > 1 && expression !== 'SUM(METRICS())') || more.length > 0) {
    throw new Error(`the alarm ${name}: of metric math only SUM(METRICS()) is played, not ${expression}`);
  }
  const stats = queries.flatMap(({ MetricStat }) => MetricStat ?? []);
  const [first] = stats;
  if (first === undefined || stats.some(({ Stat, Period }) => Stat !== first.Stat || Period !== first.Period)) {
    throw new Error(`the alarm ${name}: metrics of different statistics or periods are not played`);
  }
  const evaluationPeriods = Number(properties.EvaluationPeriods);
  return {
    metrics: stats.map(({ Metric }) => metricOf(Metric)),
    statistic: oneOf('Statistic', first.Stat, statistics),
    periodSeconds: Number(first.Period),
    evaluationPeriods,
    datapointsToAlarm: Number(properties.DatapointsToAlarm ?? evaluationPeriods),
    threshold: Number(properties.Threshold),
    comparison: oneOf(
      'ComparisonOperator',
      properties.ComparisonOperator,
      Object.keys(comparisons) as (keyof typeof comparisons)[],
    ),
    missingData: oneOf('TreatMissingData', properties.TreatMissingData ?? 'missing', missingDataTreatments),
  };
};

const metricOf = ({ Namespace, MetricName, Dimensions = [] }: SentMetric): Metric => ({
  namespace: String(Namespace),
  name: String(MetricName),
  dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, String(Value)])),
});

interface Datapoint {
  /** Where its period begins, in milliseconds. */
  from: number;
  value: number;
}

export interface Judgement {
  /** Undefined: it keeps the state it is in. */
  state: AlarmState | undefined;
  /** As CloudWatch words it. */
  reason: string;
  /** JSON. */
  reasonData: string;
}

/** How far back an alarm looks, in milliseconds. */
export const rangeOf = ({ periodSeconds, evaluationPeriods }: AlarmRule): number =>
  periodSeconds * evaluationPeriods * 1000;

export const judge = (rule: AlarmRule, metrics: Metrics, now: number): Judgement => {
  const found = datapointsOf(rule, metrics, now);
  const { isBreach } = comparisons[rule.comparison];
  const breaching = found.filter(({ value }) => isBreach(value, rule.threshold)).length;
  const missing = rule.evaluationPeriods - found.length;
  const state = stateOf(rule, { breaching, fine: found.length - breaching, missing });
  return { state, reason: reasonOf(rule, found, missing, state), reasonData: reasonDataOf(rule, found, now) };
};

/** Newest first. */
const datapointsOf = (rule: AlarmRule, metrics: Metrics, now: number): Datapoint[] =>
  Array.from({ length: rule.evaluationPeriods }, (_, index) => now - (index + 1) * rule.periodSeconds * 1000).flatMap(
    (from) => {
      const values = rule.metrics.flatMap(
        (metric) => metrics.over(metric, rule.statistic, from, from + rule.periodSeconds * 1000) ?? [],
      );
      return values.length === 0 ? [] : [{ from, value: values.reduce((total, value) => total + value) }];
    },
  );

/** The table of alarms-and-missing-data. */
const stateOf = (
  { datapointsToAlarm, missingData }: AlarmRule,
  { breaching, fine, missing }: { breaching: number; fine: number; missing: number },
): AlarmState | undefined => {
  switch (missingData) {
    case 'breaching':
      return breaching + missing >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'notBreaching':
      return breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'missing':
      if (breaching + fine === 0) return 'INSUFFICIENT_DATA';
      return breaching >= Math.min(datapointsToAlarm, breaching + fine) ? 'ALARM' : 'OK';
    case 'ignore':
      if (breaching >= datapointsToAlarm) return 'ALARM';
      return fine > 0 ? 'OK' : undefined;
  }
};

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const reasonOf = (
  { comparison, threshold, evaluationPeriods, missingData }: AlarmRule,
  found: readonly Datapoint[],
  missing: number,
  state: AlarmState | undefined,
): string => {
  if (state === 'INSUFFICIENT_DATA') {
    return `Insufficient Data: ${count(missing, 'datapoint')} ${missing === 1 ? 'was' : 'were'} unknown.`;
  }
  const treated = missingData === 'breaching' ? 'Breaching' : 'NonBreaching';
  const filled =
    missing === 0 || missingData === 'missing' || missingData === 'ignore'
      ? ''
      : ` and ${count(missing, 'missing datapoint')} ${missing === 1 ? 'was' : 'were'} treated as [${treated}]`;
  if (found.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${count(evaluationPeriods, 'period')}${filled}.`;
  }
  const { isBreach, says } = comparisons[comparison];
  const shown = found.filter(({ value }) => isBreach(value, threshold) === (state === 'ALARM'));
  const values = shown.map(({ value, from }) => `${decimal(value)} (${dayAndTime(from)})`).join(', ');
  const verb = `${shown.length === 1 ? 'was' : 'were'}${state === 'ALARM' ? '' : ' not'} ${says}`;
  const points = `${shown.length} out of the last ${found.length} datapoints [${values}]`;
  return `Threshold Crossed: ${points} ${verb} the threshold (${decimal(threshold)})${filled}.`;
};

const reasonDataOf = ({ statistic, periodSeconds, threshold }: AlarmRule, found: readonly Datapoint[], now: number) =>
  JSON.stringify({
    version: '1.0',
    queryDate: alarmTime(now),
    ...(found.length === 0 ? {} : { startDate: alarmTime(found.at(-1)?.from ?? now) }),
    statistic,
    period: periodSeconds,
    recentDatapoints: found.map(({ value }) => value).reverse(),
    threshold,
    evaluatedDatapoints: found.map(({ from, value }) => ({ timestamp: alarmTime(from), value })),
  });

const decimal = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

/** `20/08/26 09:35:00` */
const dayAndTime = (at: number): string => {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  return `${date.slice(2).split('-').reverse().join('/')} ${time.slice(0, 8)}`;
};

/** As CloudWatch writes instants into its JSON: `2026-08-20T09:35:00.000+0000`. */
export const alarmTime = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');
