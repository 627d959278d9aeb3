/** CloudFormation's intrinsic functions (CloudFormation template reference, intrinsic-function-reference). */
import type { Template } from './template.ts';
import { TemplateError } from './template.ts';

/** What `Ref` and `Fn::GetAtt` give for the resources of the stack. */
export interface Attributes {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, name: string): unknown;
}

export interface Evaluation {
  template: Template;
  parameters: Readonly<Record<string, unknown>>;
  attributes: Attributes;
}

/** `!Ref AWS::NoValue`: the property is as if it were not there. */
const noValue = Symbol('AWS::NoValue');

/** The value an expression stands for. Members without a value fall away. */
export const evaluate = (expression: unknown, evaluation: Evaluation): unknown => {
  const value = resolve(expression, evaluation);
  return value === noValue ? undefined : value;
};

const resolve = (expression: unknown, evaluation: Evaluation): unknown => {
  const each = (item: unknown): unknown => resolve(item, evaluation);
  if (Array.isArray(expression)) return expression.map(each).filter((item) => item !== noValue);
  if (typeof expression !== 'object' || expression === null) return expression;
  const entries = Object.entries(expression);
  const [name, argument] = entries[0] ?? [];
  if (
    entries.length === 1 &&
    name !== undefined &&
    (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))
  ) {
    const intrinsic = intrinsics[name];
    if (intrinsic === undefined) throw new TemplateError(`the intrinsic function ${name} is not played`);
    if (name === 'Condition' && typeof argument !== 'string') return mapObject(entries, each);
    return intrinsic(argument, evaluation);
  }
  return mapObject(entries, each);
};

const mapObject = (entries: [string, unknown][], each: (value: unknown) => unknown): unknown =>
  Object.fromEntries(entries.map(([name, value]) => [name, each(value)]).filter(([, value]) => value !== noValue));

const listOf = (argument: unknown, evaluation: Evaluation): unknown[] => {
  const list = resolve(argument, evaluation);
  if (!Array.isArray(list)) throw new TemplateError(`a list was expected, not ${JSON.stringify(list)}`);
  return list;
};

const intrinsics: Record<string, (argument: unknown, evaluation: Evaluation) => unknown> = {
  Ref: (name, { parameters, attributes }) => {
    if (name === 'AWS::NoValue') return noValue;
    const key = String(name);
    return key in parameters ? parameters[key] : attributes.ref(key);
  },
  Condition: (name, evaluation) => conditionHolds(String(name), evaluation),
  'Fn::GetAtt': (argument, { attributes }) => {
    const [logicalId, name] = argument as [string, string];
    return attributes.attribute(logicalId, name);
  },
  'Fn::Sub': (argument, evaluation) => {
    const [text, own = {}] = (Array.isArray(argument) ? argument : [argument]) as [string, Record<string, unknown>?];
    return text.replace(/\$\{(!?)([^}]+)\}/g, (all, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (name in own) return String(resolve(own[name], evaluation));
      const point = name.indexOf('.');
      const reference = point === -1 ? { Ref: name } : { 'Fn::GetAtt': [name.slice(0, point), name.slice(point + 1)] };
      const value = resolve(reference, evaluation);
      if (typeof value !== 'string' && typeof value !== 'number') throw new TemplateError(`${all} has no text`);
      return String(value);
    });
  },
  'Fn::If': (argument, evaluation) => {
    const [condition, yes, no] = argument as [string, unknown, unknown];
    return resolve(conditionHolds(condition, evaluation) ? yes : no, evaluation);
  },
  'Fn::Equals': (argument, evaluation) => {
    const [left, right] = listOf(argument, evaluation);
    return String(left) === String(right);
  },
  'Fn::Not': (argument, evaluation) => !listOf(argument, evaluation)[0],
  'Fn::And': (argument, evaluation) => listOf(argument, evaluation).every(Boolean),
  'Fn::Or': (argument, evaluation) => listOf(argument, evaluation).some(Boolean),
  'Fn::Join': (argument, evaluation) => {
    const [separator, parts] = argument as [string, unknown];
    return listOf(parts, evaluation).join(separator);
  },
  'Fn::Select': (argument, evaluation) => {
    const [index, list] = argument as [unknown, unknown];
    return listOf(list, evaluation)[Number(index)];
  },
  'Fn::Split': (argument, evaluation) => {
    const [separator, text] = listOf(argument, evaluation);
    return String(text).split(String(separator));
  },
  'Fn::FindInMap': (argument, evaluation) => {
    const [map, first, second] = listOf(argument, evaluation).map(String) as [string, string, string];
    const found = evaluation.template.Mappings[map]?.[first]?.[second];
    if (found === undefined) throw new TemplateError(`the mapping ${map} has no ${first}.${second}`);
    return found;
  },
};

export const conditionHolds = (name: string, evaluation: Evaluation): boolean => {
  const condition = evaluation.template.Conditions[name];
  if (condition === undefined) throw new TemplateError(`there is no condition ${name}`);
  return resolve(condition, evaluation) === true;
};
