/**
 * The JSONata functions that Step Functions adds, takes away, or that would read the machine they run on.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
 */

import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import { Random } from './random.ts';

/** What an expression may know of the world: the pretend instant, and the execution's lots. */
export interface World {
  readonly now: number;
  readonly random: Random;
}

/** The variable under which the world is bound. JSONata cannot spell it. */
export const worldVariable = '\u0000world';

/** How jsonata keeps a built-in function. */
interface BuiltIn {
  readonly implementation: (this: unknown, ...args: readonly unknown[]) => unknown;
}

const isBuiltIn = (value: unknown): value is BuiltIn =>
  typeof value === 'object' &&
  value !== null &&
  'implementation' in value &&
  typeof value.implementation === 'function';

const builtIn = async (name: string): Promise<BuiltIn> => {
  const found: unknown = await jsonata(`$${name}`).evaluate(undefined);
  if (!isBuiltIn(found)) throw new TypeError(`jsonata has no function $${name}`);
  return found;
};

/** Taken from jsonata itself, so that the dates of $now and $toMillis are written and read by its own code. */
const fromMillis = await builtIn('fromMillis');
const toMillis = await builtIn('toMillis');

const worldOf = (focus: jsonata.Focus): World => focus.environment.lookup(worldVariable);

const wrongType = (name: string, position: number): Error =>
  Object.assign(new Error(`Argument ${position} of function "${name}" does not match function signature`), {
    code: 'T0410',
  });

/** "If you provide a non-integer value ..., Step Functions rounds it": measured towards zero. */
const integer = (name: string, position: number, value: unknown): number => {
  if (typeof value !== 'number') throw wrongType(name, position);
  return Math.trunc(value);
};

/** Chunks of an array; nothing for a size of zero or for an empty array. */
const partition = (array: unknown, chunkSize: unknown): unknown => {
  if (array === undefined || chunkSize === undefined) return undefined;
  const items = Array.isArray(array) ? array : [array];
  const size = integer('partition', 2, chunkSize);
  if (size <= 0 || items.length === 0) return undefined;
  const chunks: unknown[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
};

/** AWS accepts 360,145 elements and refuses one more. */
const longestRange = 360_145;

/** Both ends included; nothing when the step leads away from the end. A range of one element is that element. */
const range = (first: unknown, last: unknown, step: unknown): unknown => {
  if (first === undefined || last === undefined || step === undefined) return undefined;
  const start = integer('range', 1, first);
  const end = integer('range', 2, last);
  const stride = integer('range', 3, step);
  const length = stride === 0 ? 0 : Math.floor((end - start) / stride) + 1;
  if (length <= 0) return undefined;
  if (length > longestRange) throw new Error('Expression evaluation memory limit exceeded');
  const values = Array.from({ length }, (_, index) => start + index * stride);
  return values.length === 1 ? values[0] : values;
};

const hashes: ReadonlyMap<unknown, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);

const hash = (text: unknown, algorithm: unknown): unknown => {
  if (text === undefined || algorithm === undefined) return undefined;
  if (typeof text !== 'string') throw wrongType('hash', 1);
  const named = hashes.get(algorithm);
  if (named === undefined) throw new Error(`Unsupported hash algorithm: ${String(algorithm)}`);
  return createHash(named).update(text, 'utf8').digest('hex');
};

const parse = (text: unknown): unknown => {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw wrongType('parse', 1);
  return JSON.parse(text);
};

/** A lot of the execution's, or, with a seed, the number of that seed. (Not the number AWS has for it.) */
const random = (world: World, seed: unknown): number =>
  seed === undefined ? world.random.next() : new Random(`$random ${integer('random', 1, seed)}`).next();

/** Fisher and Yates with the execution's lots; jsonata's own uses Math.random. */
const shuffle = (world: World, array: unknown): unknown => {
  if (array === undefined) return undefined;
  const shuffled = Array.isArray(array) ? [...array] : [array];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(world.random.next() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
};

/** jsonata leaves a time without an offset to Date.parse, which asks the machine for its zone. */
const withoutOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/;

const millisOf = (world: World, timestamp: unknown, picture: unknown): unknown => {
  const isBare = picture === undefined && typeof timestamp === 'string' && withoutOffset.test(timestamp);
  // A picture without a year takes it from `environment.timestamp`.
  const focus = { environment: { timestamp: new Date(world.now) } };
  return toMillis.implementation.call(focus, isBare ? `${timestamp}Z` : timestamp, picture);
};

/** Puts the functions into a compiled expression. */
export const registerFunctions = (expression: jsonata.Expression): void => {
  expression.registerFunction('partition', partition);
  expression.registerFunction('range', range);
  expression.registerFunction('hash', hash);
  expression.registerFunction('parse', parse);
  expression.registerFunction('random', function (seed: unknown) {
    return random(worldOf(this), seed);
  });
  expression.registerFunction('uuid', function () {
    return worldOf(this).random.uuid();
  });
  expression.registerFunction('shuffle', function (array: unknown) {
    return shuffle(worldOf(this), array);
  });
  expression.registerFunction('now', function (picture: unknown, timeZone: unknown) {
    return fromMillis.implementation.call(this, worldOf(this).now, picture, timeZone);
  });
  expression.registerFunction('millis', function () {
    return worldOf(this).now;
  });
  expression.registerFunction('toMillis', function (timestamp: unknown, picture: unknown) {
    return millisOf(worldOf(this), timestamp, picture);
  });
  // $eval is the one built-in that is not there. An undefined function answers T1006, as AWS does.
  expression.assign('eval', undefined);
};
