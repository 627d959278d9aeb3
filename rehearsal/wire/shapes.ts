/**
 * What a request or response looks like, in a vocabulary of our own.
 *
 * This is the only file that reads the schemas of the AWS SDK clients. `NormalizedSchema` is their public reader
 * (`@smithy/core/schema`, marked @public); three things it does not tell are read from the raw arrays and said where.
 */

import { NormalizedSchema } from '@smithy/core/schema';

/** What the exports `DescribeNodegroup$`, `Nodegroup$` and so on of a client are, as far as `NormalizedSchema` cares. */
export type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/** Smithy traits (https://smithy.io/2.0/trait-index.html) of a member together with those of the shape it targets. */
export type Traits = ReturnType<NormalizedSchema['getMergedTraits']>;

/** https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait */
export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

export type Shape =
  | StructureShape
  | { readonly kind: 'list'; readonly element: Member; readonly isSparse: boolean }
  | { readonly kind: 'map'; readonly key: Member; readonly value: Member; readonly isSparse: boolean }
  /** Without a format the protocol's own applies. */
  | { readonly kind: 'timestamp'; readonly format: TimestampFormat | undefined }
  | { readonly kind: 'string' | 'boolean' | 'number' | 'blob' | 'document' | 'unit' };

export interface StructureShape {
  readonly kind: 'structure' | 'union';
  readonly name: string;
  readonly members: readonly Member[];
  readonly memberNames: ReadonlySet<string>;
}

/** A shape in its place: a member of a structure, the element of a list, the key or value of a map. */
export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly traits: Traits;
  readonly isRequired: boolean;
}

/** Shapes refer to each other in circles (DynamoDB's AttributeValue), so a member looks its shape up when first asked. */
class SchemaMember implements Member {
  readonly name: string;
  readonly traits: Traits;
  readonly isRequired: boolean;
  readonly #schema: NormalizedSchema;
  #shape: Shape | undefined;

  constructor(schema: NormalizedSchema, isRequired: boolean) {
    this.name = schema.getMemberName();
    this.traits = schema.getMergedTraits();
    this.isRequired = isRequired;
    this.#schema = schema;
  }

  get shape(): Shape {
    this.#shape ??= shapeOf(this.#schema);
    return this.#shape;
  }
}

const known = new WeakMap<object, Shape>();

/** The shape behind a schema reference. One schema gives one shape, so that shapes can be compared and kept. */
export const shapeOf = (ref: SchemaRef): Shape => {
  const schema = NormalizedSchema.of(ref);
  const raw = schema.getSchema();
  if (typeof raw !== 'object' || raw === null) return read(schema);
  const before = known.get(raw);
  if (before !== undefined) return before;
  const shape = read(schema);
  known.set(raw, shape);
  return shape;
};

const read = (schema: NormalizedSchema): Shape => {
  if (schema.isUnitSchema()) return { kind: 'unit' };
  if (schema.isStructSchema()) return readStructure(schema);
  if (schema.isListSchema()) {
    return { kind: 'list', element: new SchemaMember(schema.getValueSchema(), false), isSparse: isSparse(schema) };
  }
  if (schema.isMapSchema()) {
    const [key, value] = [schema.getKeySchema(), schema.getValueSchema()];
    return {
      kind: 'map',
      key: new SchemaMember(key, false),
      value: new SchemaMember(value, false),
      isSparse: isSparse(schema),
    };
  }
  if (schema.isTimestampSchema()) return { kind: 'timestamp', format: timestampFormat(schema) };
  if (schema.isStringSchema()) return { kind: 'string' };
  if (schema.isBooleanSchema()) return { kind: 'boolean' };
  if (schema.isNumericSchema()) return { kind: 'number' };
  if (schema.isBlobSchema()) return { kind: 'blob' };
  if (schema.isDocumentSchema()) return { kind: 'document' };
  throw new Error(`the wire does not know the kind of ${schema.getName(true)} (big numbers are not supported)`);
};

const readStructure = (schema: NormalizedSchema): StructureShape => {
  const raw = schema.getSchema();
  // Not told by NormalizedSchema: required members come first in a static structure, and its seventh entry says how
  // many they are (`StaticStructureSchema` in @smithy/types; seen in every client of 3.11xx).
  const required = Array.isArray(raw) && typeof raw[6] === 'number' ? raw[6] : 0;
  const members = [...schema.structIterator()].map(([, member], index) => new SchemaMember(member, index < required));
  const awkward = members.find(({ traits }) => traits.xmlAttribute !== undefined);
  if (awkward !== undefined) throw new Error(`the wire does not write XML attributes (${schema.getName()})`);
  return {
    kind: schema.isUnionSchema() ? 'union' : 'structure',
    name: schema.getName() ?? '',
    members,
    memberNames: new Set(members.map(({ name }) => name)),
  };
};

const isSparse = (schema: NormalizedSchema): boolean => schema.getMergedTraits().sparse !== undefined;

/** Not told by NormalizedSchema: timestamp sentinels 5, 6 and 7 carry the format (`SCHEMA` in @smithy/core/schema). */
const timestampFormat = (schema: NormalizedSchema): TimestampFormat | undefined => {
  switch (schema.getSchema()) {
    case 5:
      return 'date-time';
    case 6:
      return 'http-date';
    case 7:
      return 'epoch-seconds';
    default:
      return undefined;
  }
};

/** An operation as its client's schema describes it. */
export interface Operation {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  /** https://smithy.io/2.0/spec/http-bindings.html#http-trait, for REST services. */
  readonly http: { readonly method: string; readonly uri: string; readonly status: number } | undefined;
}

/** An error as its client's schema describes it. */
export interface ErrorShape {
  readonly name: string;
  /** Namespace and name, e.g. `com.amazonaws.eks#ResourceNotFoundException`. */
  readonly id: string;
  readonly shape: StructureShape;
  readonly fault: 'client' | 'server';
  /** https://smithy.io/2.0/spec/http-bindings.html#httperror-trait */
  readonly httpStatus: number | undefined;
  /** https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsqueryerror-trait */
  readonly query: { readonly code: string; readonly status: number } | undefined;
}

// Not told by NormalizedSchema: what kind of shape an export is. The first entry of a static schema says it; see
// static-schemas in @smithy/types, which also types these arrays.
const OPERATION = 9;
const ERROR = -3;

type StaticSchema = readonly [kind: number, namespace: string, name: string, traits: unknown, ...rest: unknown[]];
const isStaticSchema = (value: unknown): value is StaticSchema =>
  Array.isArray(value) && typeof value[0] === 'number' && typeof value[2] === 'string';

/** Every operation and error among the exports of an SDK client (`import * as eks from '@aws-sdk/client-eks'`). */
export const shapesIn = (client: object): { operations: Operation[]; errors: ErrorShape[] } => {
  const operations: Operation[] = [];
  const errors: ErrorShape[] = [];
  for (const schema of Object.values(client)) {
    if (!isStaticSchema(schema)) continue;
    if (schema[0] === OPERATION) operations.push(readOperation(schema));
    if (schema[0] === ERROR) errors.push(readError(schema));
  }
  return { operations, errors };
};

const readOperation = ([, , name, traits, input, output]: StaticSchema): Operation => {
  // A number stands for traits without values (`TraitBitVector` in @smithy/types); `http` has some.
  const [method, uri, status] = (typeof traits === 'object' && (traits as Traits | null)?.http) || [];
  const http = method === undefined || uri === undefined ? undefined : { method, uri, status: status ?? 200 };
  // Looked at when first called: EC2 alone has 823 operations.
  return {
    name,
    http,
    get input() {
      return shapeOf(input as SchemaRef);
    },
    get output() {
      return shapeOf(output as SchemaRef);
    },
  };
};

const readError = (schema: StaticSchema): ErrorShape => {
  const normalized = NormalizedSchema.of(schema as unknown as SchemaRef);
  const traits = normalized.getMergedTraits();
  // `httpError` and `awsQueryError` are not in the SDK's trait types (3.1169), only in its schemas.
  const httpStatus = traits.httpError as number | undefined;
  const query = traits.awsQueryError as readonly [code: string, status: number] | undefined;
  return {
    name: schema[2],
    id: `${schema[1]}#${schema[2]}`,
    fault: traits.error === 'server' ? 'server' : 'client',
    httpStatus,
    query: query && { code: query[0], status: query[1] },
    get shape() {
      return shapeOf(schema as unknown as SchemaRef) as StructureShape;
    },
  };
};
