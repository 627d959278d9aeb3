/**
 * Where the members of a REST operation travel: https://smithy.io/2.0/spec/http-bindings.html
 * Timestamps are date-time in labels and query strings and http-date in headers, unless they say otherwise.
 */

import type { OutgoingHttpHeaders } from 'node:http';
import { readDocument, writeDocument, writeMembers } from './documents.ts';
import { commonError, Misplayed } from './errors.ts';
import type { Structure } from './fitting.ts';
import { parseJson, restJson, toJson } from './json.ts';
import { headerOf, type WireRequest } from './messages.ts';
import type { Route } from './rest-routing.ts';
import type { Member, Shape, StructureShape, TimestampFormat } from './shapes.ts';
import { parseText, writeText } from './text-values.ts';

const isInBody = ({ traits }: Member): boolean =>
  traits.httpLabel === undefined &&
  traits.httpQuery === undefined &&
  traits.httpQueryParams === undefined &&
  traits.httpHeader === undefined &&
  traits.httpPrefixHeaders === undefined &&
  traits.httpPayload === undefined &&
  traits.httpResponseCode === undefined;

export const readRestInput = ({ operation, labels }: Route, request: WireRequest): unknown => {
  const shape = operation.input;
  if (shape.kind !== 'structure') return {};
  const bodyMembers = shape.members.filter(isInBody);
  const body: StructureShape = { ...shape, members: bodyMembers };
  const value: Record<string, unknown> =
    bodyMembers.length === 0 ? {} : { ...(readDocument(restJson, body, parseJson(request.body), '') as Structure) };
  for (const member of shape.members) {
    if (isInBody(member)) continue;
    const item = readBound(member, request, labels);
    if (item !== undefined) value[member.name] = item;
  }
  return value;
};

const readBound = (member: Member, request: WireRequest, labels: Route['labels']): unknown => {
  const { traits, shape, name } = member;
  if (traits.httpLabel !== undefined) return readText(member, labels.get(name) ?? '', 'date-time');
  if (traits.httpQuery !== undefined) {
    const texts = request.query.getAll(traits.httpQuery);
    const [first] = texts;
    if (shape.kind === 'list') {
      return first === undefined ? undefined : texts.map((text) => readText(shape.element, text, 'date-time'));
    }
    return first === undefined ? undefined : readText(member, first, 'date-time');
  }
  if (traits.httpQueryParams !== undefined) return readQueryParameters(shape, request.query);
  if (traits.httpHeader !== undefined) return readHeader(member, headerOf(request, traits.httpHeader.toLowerCase()));
  if (traits.httpPrefixHeaders !== undefined) return readPrefixHeaders(traits.httpPrefixHeaders, request);
  return readPayload(shape, request.body);
};

const readText = (member: Member, text: string, timestamps: TimestampFormat): unknown => {
  const value = parseText(member.shape, text, timestamps);
  if (value === undefined) {
    throw commonError('malformed', `${member.name} should be a ${member.shape.kind}, not "${text}"`);
  }
  return value;
};

/** All of them, bound to other members or not: https://smithy.io/2.0/spec/http-bindings.html#httpqueryparams-trait */
const readQueryParameters = (shape: Shape, query: URLSearchParams): unknown => {
  const isOfLists = shape.kind === 'map' && shape.value.shape.kind === 'list';
  const names = [...new Set(query.keys())];
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [name, isOfLists ? query.getAll(name) : (query.get(name) ?? '')]));
};

const readHeader = (member: Member, text: string | undefined): unknown => {
  if (text === undefined) return undefined;
  const { shape } = member;
  if (shape.kind !== 'list') return readText(member, text, 'http-date');
  return splitHeader(text, shape.element.shape).map((item) => readText(shape.element, item, 'http-date'));
};

/** Items are split at commas; quotes keep one together, and a date has a comma of its own. */
const splitHeader = (text: string, item: Shape): string[] => {
  const isDates = item.kind === 'timestamp' && (item.format ?? 'http-date') === 'http-date';
  const items = text.match(isDates ? /[^,]+,[^,]+/g : /\s*"(?:[^"\\]|\\.)*"\s*|[^,]+/g) ?? [];
  return items
    .map((found) => found.trim())
    .filter((found) => found !== '')
    .map((found) => (found.startsWith('"') ? found.slice(1, -1).replaceAll(/\\(.)/g, '$1') : found));
};

const readPrefixHeaders = (prefix: string, request: WireRequest): unknown => {
  const lower = prefix.toLowerCase();
  const names = Object.keys(request.headers).filter((name) => name.startsWith(lower));
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [name.slice(lower.length), headerOf(request, name) ?? '']));
};

const readPayload = (shape: Shape, body: Buffer): unknown => {
  if (body.length === 0) return undefined;
  if (shape.kind === 'blob') return new Uint8Array(body);
  if (shape.kind === 'string') return body.toString('utf8');
  return readDocument(restJson, shape, parseJson(body), '');
};

export interface RestAnswer {
  /** Of the member bound to the response code, if there is one. */
  readonly status: number | undefined;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
}

/** A structure (an output, or an error with its message) as headers and body; it fits its shape (see fitting.ts). */
export const writeRestOutput = (shape: Shape, value: Structure): RestAnswer => {
  if (shape.kind !== 'structure') return { status: undefined, headers: {}, body: '' };
  const headers: OutgoingHttpHeaders = {};
  let status: number | undefined;
  let payload: Pick<RestAnswer, 'body'> | undefined;
  for (const member of shape.members) {
    const item = value[member.name];
    if (item === undefined || item === null || isInBody(member)) continue;
    const { traits } = member;
    if (traits.httpHeader !== undefined) headers[traits.httpHeader] = printable(writeHeader(member.shape, item));
    else if (traits.httpPrefixHeaders !== undefined) {
      for (const [key, text] of Object.entries(item)) headers[traits.httpPrefixHeaders + key] = printable(String(text));
    } else if (traits.httpResponseCode !== undefined) status = responseCode(item);
    else if (traits.httpPayload !== undefined) {
      payload = { body: writePayload(member.shape, item) };
      headers['content-type'] = payloadType(member);
    }
  }
  const hasPayload = shape.members.some(({ traits }) => traits.httpPayload !== undefined);
  if (hasPayload) return { status, headers, body: payload?.body ?? '' };
  headers['content-type'] = 'application/json';
  return { status, headers, body: toJson(writeMembers(restJson, shape.members.filter(isInBody), value)) };
};

/** Headers hold visible ASCII and blanks: https://www.rfc-editor.org/rfc/rfc9110.html#section-5.5 */
const printable = (text: string): string => {
  if (/^[\t\x20-\x7e]*$/.test(text)) return text;
  throw new Misplayed(`no HTTP header can hold ${JSON.stringify(text)}`);
};

const responseCode = (value: unknown): number => {
  if (Number.isInteger(value) && Number(value) >= 200 && Number(value) < 600) return Number(value);
  throw new Misplayed(`${value} is no HTTP status`);
};

const writeHeader = (shape: Shape, value: unknown): string => {
  if (shape.kind !== 'list') return writeText(shape, value, 'http-date');
  const { shape: item } = shape.element;
  return (value as unknown[])
    .map((one) => writeText(item, one, 'http-date'))
    .map((text) => (item.kind === 'string' && /[",]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : text))
    .join(', ');
};

const writePayload = (shape: Shape, value: unknown): string | Buffer => {
  if (shape.kind === 'blob') return Buffer.from(value as Uint8Array);
  if (shape.kind === 'string') return value as string;
  return toJson(writeDocument(restJson, shape, value));
};

/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#content-type */
const payloadType = ({ traits, shape }: Member): string => {
  if (traits.mediaType !== undefined) return traits.mediaType;
  if (shape.kind === 'blob') return 'application/octet-stream';
  return shape.kind === 'string' ? 'text/plain' : 'application/json';
};
