import { describe, expect, test } from 'vitest';
import { type LabelSelector, selects } from '../../../core/plan/label-selector.ts';

const selector = (
  matchLabels: LabelSelector['matchLabels'],
  ...matchExpressions: LabelSelector['matchExpressions'][number][]
): LabelSelector => ({ matchLabels, matchExpressions });

/** Kubernetes, labels and selectors, resources that support set-based requirements. */
describe('a label selector', () => {
  test.each<{ what: string; given: LabelSelector; labels: Record<string, string>; means: boolean }>([
    { what: 'means everything when it is empty', given: selector({}), labels: {}, means: true },
    { what: 'wants each label', given: selector({ app: 'web', tier: 'a' }), labels: { app: 'web' }, means: false },
    { what: 'bears further labels', given: selector({ app: 'web' }), labels: { app: 'web', x: 'y' }, means: true },
    {
      what: 'In: one of the values',
      given: selector({}, { key: 'app', operator: 'In', values: ['web', 'api'] }),
      labels: { app: 'api' },
      means: true,
    },
    {
      what: 'In: not without the label',
      given: selector({}, { key: 'app', operator: 'In', values: ['web'] }),
      labels: {},
      means: false,
    },
    {
      what: 'NotIn: also without the label',
      given: selector({}, { key: 'app', operator: 'NotIn', values: ['web'] }),
      labels: {},
      means: true,
    },
    {
      what: 'Exists',
      given: selector({}, { key: 'app', operator: 'Exists', values: [] }),
      labels: { app: '' },
      means: true,
    },
    {
      what: 'DoesNotExist',
      given: selector({}, { key: 'app', operator: 'DoesNotExist', values: [] }),
      labels: { app: 'web' },
      means: false,
    },
    {
      what: 'wants labels and expressions both',
      given: selector({ app: 'web' }, { key: 'tier', operator: 'Exists', values: [] }),
      labels: { app: 'web' },
      means: false,
    },
  ])('$what', ({ given, labels, means }) => {
    expect(selects(given, labels)).toBe(means);
  });

  test('with an operator that nobody knows is an error, and no guess', () => {
    expect(() => selects(selector({}, { key: 'a', operator: 'Like', values: ['b'] }), {})).toThrow('Like');
  });
});
