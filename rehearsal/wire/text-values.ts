/** Simple values as text, the way they stand in forms, XML, URLs and headers. */

import type { Shape, TimestampFormat } from './shapes.ts';

/** A simple value, or undefined when the text is none. `timestamps` is the format of those that do not name their own. */
export const parseText = (shape: Shape, text: string, timestamps: TimestampFormat): unknown => {
  switch (shape.kind) {
    case 'string':
      return text;
    case 'boolean':
      return parseBoolean(text);
    case 'number':
      return text.trim() === '' || (text !== 'NaN' && Number.isNaN(Number(text))) ? undefined : Number(text);
    case 'timestamp':
      return parseTimestamp(text, shape.format ?? timestamps);
    case 'blob':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      throw new Error(`a ${shape.kind} is no simple value`);
  }
};

const parseBoolean = (text: string): boolean | undefined =>
  text.toLowerCase() === 'true' ? true : text.toLowerCase() === 'false' ? false : undefined;

/** The inverse, for a value that fits its shape (see fitting.ts). */
export const writeText = (shape: Shape, value: unknown, timestamps: TimestampFormat): string => {
  switch (shape.kind) {
    case 'string':
    case 'boolean':
    case 'number':
      return String(value);
    case 'timestamp':
      return String(writeTimestamp(value as Date, shape.format ?? timestamps));
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    default:
      throw new Error(`a ${shape.kind} is no simple value`);
  }
};

/**
 * What was sent as a timestamp, or undefined when it is none. AWS cuts at milliseconds, and so does JavaScript.
 * https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait
 */
export const parseTimestamp = (sent: string | number, format: TimestampFormat): Date | undefined => {
  const milliseconds = format === 'epoch-seconds' ? Math.round(Number(sent) * 1_000) : Date.parse(String(sent));
  return Number.isNaN(milliseconds) || sent === '' ? undefined : new Date(milliseconds);
};

export const writeTimestamp = (date: Date, format: TimestampFormat): string | number => {
  switch (format) {
    case 'date-time':
      return date.toISOString();
    case 'http-date':
      return date.toUTCString();
    case 'epoch-seconds':
      return date.getTime() / 1_000;
  }
};
