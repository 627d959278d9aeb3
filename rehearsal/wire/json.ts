/** JSON bodies: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#shape-serialization */

import { type DocumentFormat, readDocument, writeDocument } from './documents.ts';
import { commonError } from './errors.ts';
import type { Shape } from './shapes.ts';
import { parseTimestamp, writeTimestamp } from './text-values.ts';

/** awsJson: members go by their own names, timestamps are seconds unless they say otherwise. */
export const awsJson: DocumentFormat = {
  keyOf: (member) => member.name,
  readBlob: (sent) => (typeof sent === 'string' ? new Uint8Array(Buffer.from(sent, 'base64')) : undefined),
  readTimestamp: (sent, format = 'epoch-seconds') =>
    typeof sent === 'string' || typeof sent === 'number' ? parseTimestamp(sent, format) : undefined,
  writeBlob: (blob) => Buffer.from(blob).toString('base64'),
  writeTimestamp: (date, format = 'epoch-seconds') => writeTimestamp(date, format),
};

/** restJson1: the same, but the jsonName trait counts. */
export const restJson: DocumentFormat = { ...awsJson, keyOf: (member) => member.traits.jsonName ?? member.name };

/** The body as plain values; an empty body is an empty structure. */
export const parseJson = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw commonError('malformed', 'The request body is no JSON document');
  }
};

export const readJson = (format: DocumentFormat, shape: Shape, body: Buffer): unknown =>
  readDocument(format, shape, parseJson(body), '');

/** NaN and the infinities, which JSON lacks, are written as strings. */
export const toJson = (document: unknown): string =>
  JSON.stringify(document, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );

export const writeJson = (format: DocumentFormat, shape: Shape, value: unknown): string =>
  toJson(writeDocument(format, shape, value));
