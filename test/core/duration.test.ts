import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeSeconds, parseDuration } from '../../core/duration.ts';

describe('a duration', () => {
  test.each([
    { text: 'PT0S', seconds: 0 },
    { text: 'PT15M', seconds: 900 },
    { text: 'PT1H30M', seconds: 5_400 },
    { text: 'P3D', seconds: 259_200 },
    { text: 'P1DT12H', seconds: 129_600 },
    { text: 'P2W', seconds: 1_209_600 },
    { text: 'P1W1DT1H1M1S', seconds: 694_861 },
  ])('$text is $seconds seconds', ({ text, seconds }) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each([
    { text: '', why: 'it is empty' },
    { text: 'P', why: 'it names no amount' },
    { text: 'PT', why: 'it names no amount' },
    { text: 'P3DT', why: 'nothing follows the T' },
    { text: '3D', why: 'it does not begin with P' },
    { text: 'P3', why: 'it has no unit' },
    { text: 'P1Y', why: 'a year has no fixed length' },
    { text: 'P1M', why: 'a month has no fixed length' },
    { text: 'PT1.5H', why: 'fractions are not written' },
    { text: '-PT1H', why: 'it is negative' },
    { text: 'P1H', why: 'hours come after a T' },
    { text: 'PT3D', why: 'days come before the T' },
    { text: 'PT1S1M', why: 'units go from large to small' },
    { text: 'p3d', why: 'it is in lower case' },
    { text: ' P3D', why: 'it has a space' },
    { text: '3 days', why: 'it is not ISO 8601' },
  ])('"$text" is none: $why', ({ text }) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('is the sum of its parts', () => {
    const part = fc.nat({ max: 500 });
    fc.assert(
      fc.property(part, part, part, part, part, (w, d, h, m, s) => {
        expect(parseDuration(`P${w}W${d}DT${h}H${m}M${s}S`)).toBe(w * 604_800 + d * 86_400 + h * 3_600 + m * 60 + s);
      }),
    );
  });
});

describe('a length of time is told in its two largest units', () => {
  test.each([
    { seconds: 0, told: '0 s' },
    { seconds: 0.4, told: '0 s' },
    { seconds: 1, told: '1 s' },
    { seconds: 45, told: '45 s' },
    { seconds: 59.6, told: '1 min' },
    { seconds: 60, told: '1 min' },
    { seconds: 90, told: '1 min 30 s' },
    { seconds: 900, told: '15 min' },
    { seconds: 3_600, told: '1 h' },
    { seconds: 3_601, told: '1 h' },
    { seconds: 9_000, told: '2 h 30 min' },
    { seconds: 86_400, told: '1 d' },
    { seconds: 273_600, told: '3 d 4 h' },
    { seconds: 90_000 + 59, told: '1 d 1 h' },
    { seconds: 40 * 86_400, told: '40 d' },
  ])('$seconds seconds are $told', ({ seconds, told }) => {
    expect(describeSeconds(seconds)).toBe(told);
  });

  test('and what is left out is less than the smaller of them', () => {
    const unit: Record<string, number> = { d: 86_400, h: 3_600, min: 60, s: 1 };
    const secondsIn = (told: string): number =>
      [...told.matchAll(/(\d+) (d|h|min|s)/g)].reduce((sum, [, n, u = '']) => sum + Number(n) * (unit[u] ?? 0), 0);
    fc.assert(
      fc.property(fc.nat({ max: 400 * 86_400 }), (seconds) => {
        const told = secondsIn(describeSeconds(seconds));
        expect(told).toBeLessThanOrEqual(seconds);
        expect(seconds - told).toBeLessThan(seconds < 3_600 ? 1 : seconds < 86_400 ? 60 : 3_600);
      }),
    );
  });
});
