/**
 * JSONata strings, `{% ... %}`: compiled once, when the definition is loaded; evaluated wherever a state is visited.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */

import jsonata from 'jsonata';
import { DefinitionError } from './errors.ts';
import { forbiddenReference, type StatesMember } from './expression-references.ts';
import { registerFunctions, type World, worldVariable } from './jsonata-functions.ts';

export interface Expression {
  /** The text between the delimiters, as AWS quotes it. */
  readonly source: string;
  /** The field inside the state, as AWS names it: `Output/v`, `Choices[1]/Condition`. */
  readonly location: string;
  readonly compiled: jsonata.Expression;
}

/** What $states holds for one field. */
export interface States {
  readonly input: unknown;
  readonly context: unknown;
  readonly result?: unknown;
  readonly errorOutput?: unknown;
}

/** An expression that gave no JSON: the rest of AWS's sentence about it. */
export class ExpressionFailure extends Error {
  override readonly name = 'ExpressionFailure';
}

/** "The string must start with {% with no leading spaces, and must end with %} with no trailing spaces." */
export const isJsonataString = (text: string): boolean => text.startsWith('{%') && text.endsWith('%}');

export const compileExpression = (
  text: string,
  path: string,
  location: string,
  available: readonly StatesMember[],
): Expression => {
  const source = text.slice(2, -2).trim();
  let compiled: jsonata.Expression;
  try {
    compiled = jsonata(source);
  } catch (error) {
    throw new DefinitionError(path, `INVALID_JSONATA_EXPRESSION: ${messageOf(error)}`);
  }
  const problem = forbiddenReference(compiled, source, available);
  if (problem !== undefined) throw new DefinitionError(path, `UNSUPPORTED_JSONATA_EXPRESSION: ${problem}`);
  registerFunctions(compiled);
  return { source, location, compiled };
};

/** @throws ExpressionFailure */
export const evaluateExpression = async (
  expression: Expression,
  variables: Readonly<Record<string, unknown>>,
  states: States,
  world: World,
): Promise<unknown> => {
  const quoted = `The JSONata expression '${expression.source}' specified for the field '${expression.location}'`;
  let result: unknown;
  try {
    result = await expression.compiled.evaluate(undefined, { ...variables, states, [worldVariable]: world });
  } catch (error) {
    throw new ExpressionFailure(`${quoted} threw an error during evaluation. ${messageOf(error)}`);
  }
  if (result === undefined) throw new ExpressionFailure(`${quoted} returned nothing (undefined).`);
  const json = toJson(result);
  if (json === notJson) {
    throw new ExpressionFailure(`${quoted} returned an unexpected result type. Expected a JSON value.`);
  }
  return json;
};

const messageOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  return 'code' in error ? `${String(error.code)}: ${String(error.message)}` : String(error.message);
};

export const notJson = Symbol('not JSON');

/**
 * A plain copy. jsonata's arrays carry flags of its own, its later versions make objects without a prototype, and a
 * function is a value to it. A number JSON cannot hold becomes the word JavaScript has for it, as on AWS.
 */
export const toJson = (value: unknown): unknown => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      if (value === null) return null;
      return Array.isArray(value) ? arrayToJson(value) : objectToJson(value);
    default:
      return notJson;
  }
};

const arrayToJson = (array: readonly unknown[]): unknown => {
  const copy: unknown[] = [];
  for (const item of array) {
    const json = toJson(item);
    if (json === notJson) return notJson;
    copy.push(json);
  }
  return copy;
};

const objectToJson = (object: object): unknown => {
  const prototype: unknown = Object.getPrototypeOf(object);
  const isPlain = prototype === Object.prototype || prototype === null;
  if (!isPlain || '_jsonata_lambda' in object || '_jsonata_function' in object) return notJson;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(object)) {
    if (item === undefined) continue;
    const json = toJson(item);
    if (json === notJson) return notJson;
    copy[key] = json;
  }
  return copy;
};
