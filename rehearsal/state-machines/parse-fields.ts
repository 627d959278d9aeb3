/** Reads the fields that several state types share: Output and Assign, Retry and Catch. */

import type { Assign, Catcher, Retrier } from './definition.ts';
import { errorNames } from './errors.ts';
import type { StatesMember } from './expression-references.ts';
import * as rules from './field-values.ts';
import type { Fields } from './fields.ts';
import type { Template } from './templates.ts';

/** exactOptionalPropertyTypes: a field that is not there leaves no key. */
export const optional = <K extends string>(key: K, template: Template | undefined): { [P in K]?: Template } =>
  template === undefined ? {} : ({ [key]: template } as { [P in K]?: Template });

export const readOutput = (fields: Fields, available: readonly StatesMember[] = []): { output?: Template } =>
  optional('output', fields.template('Output', available));

/** A Unicode identifier of at most 80 characters, and not the reserved one (workflow-variables.html). */
const variableName = /^\p{ID_Start}\p{ID_Continue}*$/u;

export const readAssign = (fields: Fields, available: readonly StatesMember[] = []): { assign?: Assign } => {
  if (!fields.has('Assign')) return {};
  const variables = fields.object('Assign');
  const assign = variables.keys().map((name): [string, Template] => {
    if (name === 'states') variables.refuse(name, "'states' is reserved");
    if ([...name].length > 80 || !variableName.test(name)) variables.refuse(name, 'is no name for a variable');
    return [name, variables.template(name, available) ?? { kind: 'literal', value: null }];
  });
  return { assign };
};

const readErrorEquals = (fields: Fields, isLast: boolean): readonly string[] => {
  const listed = fields.required('ErrorEquals', rules.items);
  const names = listed.filter((item) => typeof item === 'string');
  if (names.length === 0 || names.length < listed.length) {
    fields.refuse('ErrorEquals', 'must be a list of error names that is not empty');
  }
  for (const name of names) {
    if (name.startsWith('States.') && !errorNames.has(name))
      fields.refuse('ErrorEquals', `there is no error '${name}'`);
  }
  if (names.includes('States.ALL') && (names.length > 1 || !isLast)) {
    fields.refuse('ErrorEquals', 'States.ALL must stand alone, and last');
  }
  return names;
};

/** Bounds of a Retrier: concepts-error-handling.html, "Retrying after an error". */
const anyInteger = { ...rules.count, requirement: 'an integer from 0 to 99999999' };
const positive: rules.FieldRule<number> = rules.timeoutSeconds;
const maxDelay: rules.FieldRule<number> = {
  type: 'number',
  is: (value): value is number => positive.is(value) && value < 31_622_400,
  requirement: 'an integer above 0 and below 31622400',
};
const backoff: rules.FieldRule<number> = {
  type: 'number',
  is: (value): value is number => typeof value === 'number' && value >= 1,
  requirement: 'a number of at least 1',
};

export const readRetry = (fields: Fields): readonly Retrier[] => {
  const retriers = fields.objects('Retry');
  return retriers.map((retrier, index) => {
    const jitterStrategy = retrier.optional('JitterStrategy', rules.text) ?? 'NONE';
    if (jitterStrategy !== 'FULL' && jitterStrategy !== 'NONE') {
      return retrier.refuse('JitterStrategy', 'must be FULL or NONE');
    }
    retrier.optional('Comment', rules.text);
    const read: Retrier = {
      errorEquals: readErrorEquals(retrier, index === retriers.length - 1),
      intervalSeconds: retrier.optional('IntervalSeconds', positive) ?? 1,
      maxAttempts: retrier.optional('MaxAttempts', anyInteger) ?? 3,
      backoffRate: retrier.optional('BackoffRate', backoff) ?? 2,
      maxDelaySeconds: retrier.optional('MaxDelaySeconds', maxDelay) ?? Number.POSITIVE_INFINITY,
      jitterStrategy,
    };
    retrier.done();
    return read;
  });
};

export const readCatch = (fields: Fields): readonly Catcher[] => {
  const catchers = fields.objects('Catch');
  return catchers.map((catcher, index) => {
    catcher.optional('Comment', rules.text);
    catcher.forbid('ResultPath', "is only supported for the 'JSONPath' QueryLanguage");
    const read: Catcher = {
      errorEquals: readErrorEquals(catcher, index === catchers.length - 1),
      next: catcher.required('Next', rules.text),
      ...readOutput(catcher, ['errorOutput']),
      ...readAssign(catcher, ['errorOutput']),
    };
    catcher.done();
    return read;
  });
};
