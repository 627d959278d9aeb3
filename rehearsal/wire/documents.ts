/**
 * Bodies that are trees of plain values: JSON and CBOR. Both are read and written by shape the same way; they differ in
 * how a member is named and in how blobs and timestamps look.
 */

import { commonError } from './errors.ts';
import type { Structure } from './fitting.ts';
import type { Member, Shape, StructureShape, TimestampFormat } from './shapes.ts';

export interface DocumentFormat {
  keyOf(member: Member): string;
  /** Undefined when what was sent is no blob. */
  readBlob(sent: unknown): Uint8Array | undefined;
  /** Undefined when what was sent is no timestamp. */
  readTimestamp(sent: unknown, format: TimestampFormat | undefined): Date | undefined;
  writeBlob(blob: Uint8Array): unknown;
  writeTimestamp(date: Date, format: TimestampFormat | undefined): unknown;
}

/**
 * The value in what a caller sent. Members the shape does not know are ignored, as AWS does; a value of the wrong kind
 * is refused. Nulls are absent, except in sparse lists and maps.
 */
export const readDocument = (format: DocumentFormat, shape: Shape, sent: unknown, place: string): unknown => {
  switch (shape.kind) {
    case 'unit':
      return {};
    case 'structure':
    case 'union':
      return readStructure(format, shape, sent, place);
    case 'list':
      if (!Array.isArray(sent)) throw malformed(place, 'a list', sent);
      return sent
        .filter((item) => item !== null || shape.isSparse)
        .map((item, index) =>
          item === null ? null : readDocument(format, shape.element.shape, item, `${place}[${index}]`),
        );
    case 'map':
      return Object.fromEntries(
        Object.entries(object(sent, place))
          .filter(([, item]) => item !== null || shape.isSparse)
          .map(([key, item]) => [
            key,
            item === null ? null : readDocument(format, shape.value.shape, item, `${place}.${key}`),
          ]),
      );
    case 'timestamp':
      return format.readTimestamp(sent, shape.format) ?? fail(place, 'a timestamp', sent);
    case 'blob':
      return format.readBlob(sent) ?? fail(place, 'a blob', sent);
    case 'document':
      return sent;
    case 'number':
      return readNumber(sent) ?? fail(place, 'a number', sent);
    case 'string':
    case 'boolean':
      return typeof sent === shape.kind ? sent : fail(place, `a ${shape.kind}`, sent);
  }
};

const readStructure = (format: DocumentFormat, shape: StructureShape, sent: unknown, place: string): Structure => {
  const fields = object(sent, place);
  const value: Record<string, unknown> = {};
  for (const member of shape.members) {
    const key = format.keyOf(member);
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined || field === null) continue;
    value[member.name] = readDocument(format, member.shape, field, place === '' ? key : `${place}.${key}`);
  }
  if (shape.kind === 'union' && Object.keys(value).length !== 1) {
    throw malformed(place, `one member of the union ${shape.name}`, sent);
  }
  return value;
};

/** NaN and the infinities are strings in JSON: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
const readNumber = (sent: unknown): number | undefined => {
  if (typeof sent === 'number') return sent;
  if (typeof sent === 'bigint') return Number(sent);
  return sent === 'NaN' || sent === 'Infinity' || sent === '-Infinity' ? Number(sent) : undefined;
};

const object = (sent: unknown, place: string): Structure => {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) throw malformed(place, 'a structure', sent);
  return sent as Structure;
};

const malformed = (place: string, expected: string, sent: unknown): Error =>
  commonError('malformed', `${place === '' ? 'The request' : place} should be ${expected}, not ${kindOf(sent)}`);

const fail = (place: string, expected: string, sent: unknown): never => {
  throw malformed(place, expected, sent);
};

const kindOf = (sent: unknown): string =>
  sent === null ? 'null' : Array.isArray(sent) ? 'a list' : sent === '' ? 'an empty string' : `a ${typeof sent}`;

/** The body for a value that fits its shape (see fitting.ts). */
export const writeDocument = (format: DocumentFormat, shape: Shape, value: unknown): unknown => {
  switch (shape.kind) {
    case 'unit':
      return {};
    case 'structure':
    case 'union':
      return writeMembers(format, shape.members, value as Structure);
    case 'list':
      return (value as unknown[]).map((item) =>
        item === null ? null : writeDocument(format, shape.element.shape, item),
      );
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Structure).map(([key, item]) => [
          key,
          item === null ? null : writeDocument(format, shape.value.shape, item),
        ]),
      );
    case 'timestamp':
      return format.writeTimestamp(value as Date, shape.format);
    case 'blob':
      return format.writeBlob(value as Uint8Array);
    case 'document':
    case 'string':
    case 'boolean':
    case 'number':
      return value;
  }
};

/** A structure, or those of its members that travel in the body. */
export const writeMembers = (format: DocumentFormat, members: readonly Member[], value: Structure): Structure => {
  const fields: Record<string, unknown> = {};
  for (const member of members) {
    const item = value[member.name];
    if (item === undefined || item === null) continue;
    fields[format.keyOf(member)] = writeDocument(format, member.shape, item);
  }
  return fields;
};
