/**
 * CBOR bodies: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html#shape-serialization
 *
 * The bytes are read and written by `cbor` of @smithy/core/cbor. It is exported, but its page calls it internal; what is
 * relied on here: tagged values are `{ tag, value }` (or Date) when read and `tag({ tag, value })` when written.
 */

import { cbor as bytes, tag } from '@smithy/core/cbor';
import { type DocumentFormat, readDocument, writeDocument } from './documents.ts';
import { commonError } from './errors.ts';
import type { Shape } from './shapes.ts';

const EPOCH_TIMESTAMP = 1;

/** All timestamps are tagged epoch seconds; timestampFormat traits do not count. */
export const cborFormat: DocumentFormat = {
  keyOf: (member) => member.name,
  readBlob: (sent) => (sent instanceof Uint8Array ? new Uint8Array(sent) : undefined),
  readTimestamp: (sent) => {
    if (sent instanceof Date) return sent;
    const { tag: number, value } = (sent ?? {}) as { tag?: unknown; value?: unknown };
    return number === EPOCH_TIMESTAMP && (typeof value === 'number' || typeof value === 'bigint')
      ? new Date(Math.round(Number(value) * 1_000))
      : undefined;
  },
  writeBlob: (blob) => blob,
  writeTimestamp: (date) => tag({ tag: EPOCH_TIMESTAMP, value: date.getTime() / 1_000 }),
};

export const readCbor = (shape: Shape, body: Buffer): unknown => {
  if (body.length === 0) return readDocument(cborFormat, shape, {}, '');
  let document: unknown;
  try {
    document = bytes.deserialize(body);
  } catch {
    throw commonError('malformed', 'The request body is no CBOR document');
  }
  return readDocument(cborFormat, shape, document, '');
};

export const toCbor = (document: unknown): Buffer => Buffer.from(bytes.serialize(document));

export const writeCbor = (shape: Shape, value: unknown): Buffer => toCbor(writeDocument(cborFormat, shape, value));
