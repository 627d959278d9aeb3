/** Metrics of CloudWatch: samples as they came, and what they come to over a period. */
import type { Clock } from '../clock/pretend-clock.ts';

export interface Metric {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
}

export const statistics = ['Sum', 'Maximum', 'Minimum', 'Average', 'SampleCount'] as const;
export type Statistic = (typeof statistics)[number];

interface Sample {
  at: number;
  value: number;
}

/** No alarm looks further back (CloudWatch API reference, PutMetricAlarm, Period). */
const keptMilliseconds = 7 * 24 * 3600 * 1000;

export class Metrics {
  readonly #clock: Clock;
  readonly #samples = new Map<string, Sample[]>();
  /** Told of each sample. */
  onSample: (metric: Metric) => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on it is known that no sample means that nothing happened. */
  measure(metric: Metric): void {
    if (!this.isMeasured(metric)) this.#samples.set(keyOf(metric), []);
  }

  isMeasured(metric: Metric): boolean {
    return this.#samples.has(keyOf(metric));
  }

  record(metric: Metric, value: number): void {
    this.measure(metric);
    const samples = this.#samples.get(keyOf(metric)) ?? [];
    const { now } = this.#clock;
    samples.push({ at: now, value });
    while ((samples[0]?.at ?? now) < now - keptMilliseconds) samples.shift();
    this.onSample(metric);
  }

  /** Of the samples after `from` and up to `to`, in milliseconds; undefined: there is none. */
  over(metric: Metric, statistic: Statistic, from: number, to: number): number | undefined {
    const samples = this.#samples.get(keyOf(metric)) ?? [];
    const values = samples
      .slice(samples.findLastIndex(({ at }) => at <= from) + 1, samples.findLastIndex(({ at }) => at <= to) + 1)
      .map(({ value }) => value);
    return values.length === 0 ? undefined : combined(statistic, values);
  }
}

export const keyOf = ({ namespace, name, dimensions }: Metric): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);

const combined = (statistic: Statistic, values: readonly number[]): number => {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Maximum':
      return Math.max(...values);
    case 'Minimum':
      return Math.min(...values);
    case 'SampleCount':
      return values.length;
  }
};
