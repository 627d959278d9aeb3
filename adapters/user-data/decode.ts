/** User data as EC2 and cloud-init hand it on: plain, in base64, packed with gzip, and any of these within MIME parts. */
import { gunzipSync } from 'node:zlib';
import { parseMime } from '../../core/user-data/mime.ts';
import { partKind, type UserDataPart } from '../../core/user-data/part.ts';

/** What gzip unpacks to is not larger; user data itself has at most 16 KB. */
const mostBytes = 262_144;

/** base64 in base64, packed and packed again: nobody nests deeper. */
const mostLayers = 4;

/** The parts of user data, or what is wrong with it. */
export const decodeUserData = (bytes: Uint8Array): { parts: UserDataPart[] } | { mistake: string } => {
  const whole = unwrap(bytes);
  if ('mistake' in whole) return whole;
  const { text } = whole;
  if (text.trim() === '') return { mistake: 'is empty' };
  const message = parseMime(text);
  if (message === null) {
    return { parts: [{ kind: partKind(null, text), contentType: null, text, firstLine: 1, isEncoded: false }] };
  }
  if ('mistake' in message) return message;
  if (message.parts.length === 0) return { mistake: 'is a MIME message without parts' };
  const parts: UserDataPart[] = [];
  for (const [index, { contentType, transferEncoding, body, line }] of message.parts.entries()) {
    const isEncoded = transferEncoding === 'base64' || isBase64(body);
    const unwrapped = isEncoded ? unwrap(Buffer.from(body, 'base64')) : { text: body };
    if ('mistake' in unwrapped) return { mistake: `part ${index + 1} ${unwrapped.mistake}` };
    if (transferEncoding === 'quoted-printable') {
      return { mistake: `part ${index + 1} is encoded as quoted-printable, which is not read here` };
    }
    const kind = partKind(contentType, unwrapped.text);
    parts.push({ kind, contentType, text: unwrapped.text, firstLine: isEncoded ? 1 : line, isEncoded });
  }
  return { parts };
};

/** Takes off base64 and gzip until text is left. */
const unwrap = (bytes: Uint8Array): { text: string } | { mistake: string } => {
  let inner = bytes;
  for (let layer = 0; layer <= mostLayers; layer += 1) {
    if (inner.length > mostBytes) return { mistake: `is larger than ${mostBytes} bytes` };
    if (inner[0] === 0x1f && inner[1] === 0x8b) {
      const unpacked = unpack(inner);
      if ('mistake' in unpacked) return unpacked;
      inner = unpacked.bytes;
      continue;
    }
    const text = asText(inner);
    if (text === null) return { mistake: 'is neither text (UTF-8) nor base64 nor gzip' };
    if (!isBase64(text)) return { text };
    inner = Buffer.from(text, 'base64');
  }
  return { mistake: `is wrapped in more than ${mostLayers} layers of base64 and gzip` };
};

const unpack = (bytes: Uint8Array): { bytes: Uint8Array } | { mistake: string } => {
  try {
    return { bytes: gunzipSync(bytes, { maxOutputLength: mostBytes }) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { mistake: `unpacks to more than ${mostBytes} bytes` };
    return { mistake: 'begins as gzip does, but cannot be unpacked' };
  }
};

/** A byte order mark stays: cloud-init does not take it off, so a script behind it is none. */
const asText = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
};

/** Whole groups of four and nothing else. Scripts, messages and settings hold other characters on their first line. */
const isBase64 = (text: string): boolean => {
  const bare = text.replace(/\s+/g, '');
  return bare.length > 0 && bare.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(bare);
};
