/** Random values that fit a shape, for round trips. */

import fc from 'fast-check';
import type { Member, Shape, StructureShape } from '../../../rehearsal/wire/shapes.ts';

/** What a protocol cannot carry there and back. Each is lossy in AWS's own protocols, not only here. */
export interface Limits {
  /** EC2's forms have no empty list, a URL none either. */
  readonly emptyLists: boolean;
  /** Forms have no empty maps and structures: nothing is sent for them. */
  readonly emptyMaps: boolean;
  readonly emptyStructures: boolean;
  readonly text: fc.Arbitrary<string>;
}

const special = fc.constantFrom(
  '',
  ' ',
  'a b',
  ' x ',
  '\n',
  'a\r\nb\tc',
  '<&>"\'',
  'é€漢🚀',
  '../%2F?#+=;,',
  '__proto__',
  '{}',
);
const anyText = fc.oneof(special, fc.string({ unit: 'grapheme', maxLength: 12 }));

/** JSON and CBOR carry everything. */
export const inDocuments: Limits = {
  emptyLists: true,
  emptyMaps: true,
  emptyStructures: true,
  text: fc.oneof(anyText, fc.string({ unit: 'binary', maxLength: 12 })),
};
export const inAwsQueryForms: Limits = { emptyLists: true, emptyMaps: false, emptyStructures: false, text: anyText };
export const inEc2Forms: Limits = { ...inAwsQueryForms, emptyLists: false };
/**
 * XML 1.0 has no place for most control characters, and the JavaScript clients take text of nothing but white space with
 * a line end in it for indentation, however it is escaped (botocore does not).
 */
export const inXml: Limits = {
  emptyLists: true,
  emptyMaps: true,
  emptyStructures: true,
  text: anyText.filter((text) => text.trim() !== '' || !text.includes('\n')),
};

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  // JSON has no minus zero.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);

/** Whole milliseconds: finer is nothing JavaScript knows. Seconds are not enough for dates in HTTP headers alone. */
const timestamp = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });

/** Undefined when no value within the limits exists. */
export const valuesOf = (shape: Shape, limits: Limits, depth = 4): fc.Arbitrary<unknown> | undefined => {
  switch (shape.kind) {
    case 'unit':
      return fc.constant({});
    case 'structure':
      return structuresOf(shape, limits, depth);
    case 'union': {
      const members = shape.members.flatMap((member) => {
        const values = valuesOf(member.shape, limits, depth - 1);
        return values === undefined ? [] : [values.map((value) => ({ [member.name]: value }))];
      });
      return depth <= 0 || members.length === 0 ? undefined : fc.oneof(...members);
    }
    case 'list': {
      const items = depth <= 0 ? undefined : valuesOf(shape.element.shape, limits, depth - 1);
      if (items === undefined) return limits.emptyLists ? fc.constant([]) : undefined;
      return fc.array(items, { minLength: limits.emptyLists ? 0 : 1, maxLength: 3 });
    }
    case 'map': {
      const items = depth <= 0 ? undefined : valuesOf(shape.value.shape, limits, depth - 1);
      if (items === undefined) return limits.emptyMaps ? fc.constant({}) : undefined;
      return fc
        .uniqueArray(fc.tuple(keys(limits), items), {
          selector: ([key]) => key,
          minLength: limits.emptyMaps ? 0 : 1,
          maxLength: 3,
        })
        .map((entries) => Object.fromEntries(entries));
    }
    case 'timestamp':
      return timestamp;
    case 'blob':
      return fc.uint8Array({ maxLength: 9 });
    case 'document':
      return fc.jsonValue({ maxDepth: 2 });
    case 'string':
      return limits.text;
    case 'boolean':
      return fc.boolean();
    case 'number':
      return number;
  }
};

const headerText = fc.stringMatching(/^[a-zA-Z0-9_.:/$-]+$/);

/** The clients lose a map's key `__proto__` (3.1169: it comes back undefined, in CBOR as a prototype). */
const keys = ({ text }: Limits): fc.Arbitrary<string> => text.filter((key) => key !== '__proto__');

const structuresOf = (shape: StructureShape, limits: Limits, depth: number): fc.Arbitrary<unknown> | undefined => {
  const values: Record<string, fc.Arbitrary<unknown>> = {};
  const always: string[] = [];
  for (const member of shape.members) {
    const arbitrary = membersOf(member, limits, depth);
    if (arbitrary === undefined) {
      if (member.isRequired) return undefined;
      continue;
    }
    values[member.name] = arbitrary;
    // Clients invent a token that is left out.
    if (member.isRequired || member.traits.idempotencyToken !== undefined) always.push(member.name);
  }
  if (always.length === 0 && !limits.emptyStructures) {
    const [first] = Object.keys(values);
    if (first === undefined) return undefined;
    always.push(first);
  }
  return fc.record(values, { requiredKeys: always });
};

const membersOf = (member: Member, limits: Limits, depth: number): fc.Arbitrary<unknown> | undefined => {
  const { traits, shape } = member;
  const isNested =
    shape.kind === 'structure' || shape.kind === 'union' || shape.kind === 'list' || shape.kind === 'map';
  if (depth <= 0 && isNested && !member.isRequired) return undefined;
  if (traits.httpResponseCode !== undefined) return fc.integer({ min: 200, max: 299 });
  if (traits.httpHeader !== undefined)
    return valuesOf(shape, { ...limits, emptyLists: false, text: headerText }, depth);
  if (traits.httpPrefixHeaders !== undefined) return undefined;
  if (traits.httpLabel !== undefined && shape.kind === 'string') return limits.text.filter((text) => text !== '');
  if (traits.httpQuery !== undefined) return valuesOf(shape, { ...limits, emptyLists: false }, depth);
  return valuesOf(shape, limits, isNested ? depth - 1 : depth);
};
