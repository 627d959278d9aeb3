/**
 * MIME multi-part messages, as far as user data uses them: cloud-init and nodeadm read headers, a boundary and bodies
 * (RFC 2046, 5.1). Bodies are handed on as they are; who reads them undoes their transfer encoding.
 */

export interface MimePart {
  /** Media type in lower case, without parameters. */
  contentType: string;
  /** `Content-Transfer-Encoding` in lower case; empty where there is none. */
  transferEncoding: string;
  body: string;
  /** Line of the message on which the body begins, counted from 1. */
  line: number;
}

/** Null: this is no MIME message. */
export const parseMime = (text: string): { parts: MimePart[] } | { mistake: string } | null => {
  const message = parseHeaders(text, 0, 1);
  const contentType = message.headers.get('content-type');
  if (contentType === undefined && !message.headers.has('mime-version')) return null;
  const type = mediaType(contentType ?? 'text/plain');
  if (!type.startsWith('multipart/')) {
    return { parts: [partOf(message.headers, text.slice(message.bodyAt), message.bodyLine)] };
  }
  const boundary = boundaryOf(contentType ?? '');
  if (boundary === null) return { mistake: 'the header Content-Type names no boundary' };
  return { parts: split(text, message, boundary) };
};

interface Message {
  headers: Map<string, string>;
  bodyAt: number;
  bodyLine: number;
}

/** Headers end at an empty line, or at the first line that is none: some templates forget the empty one. */
const parseHeaders = (text: string, at: number, line: number): Message => {
  const headers = new Map<string, string>();
  let last = '';
  let position = at;
  let number = line;
  while (position < text.length) {
    const end = endOfLine(text, position);
    const content = text.slice(position, end).replace(/\r?\n$/, '');
    const header = /^([!-9;-~]+):[ \t]*(.*)$/.exec(content);
    if (content === '') {
      return { headers, bodyAt: end, bodyLine: number + 1 };
    } else if (/^[ \t]/.test(content) && last !== '') {
      headers.set(last, `${headers.get(last)} ${content.trim()}`);
    } else if (header === null || content.startsWith('#')) {
      break;
    } else {
      last = (header[1] ?? '').toLowerCase();
      // A header that is there twice counts once: the first.
      if (!headers.has(last)) headers.set(last, header[2] ?? '');
    }
    position = end;
    number += 1;
  }
  return { headers, bodyAt: position, bodyLine: number };
};

/** Where the line after this one begins. */
const endOfLine = (text: string, at: number): number => {
  const found = text.indexOf('\n', at);
  return found === -1 ? text.length : found + 1;
};

const mediaType = (header: string): string => (header.split(';')[0] ?? '').trim().toLowerCase();

const boundaryOf = (header: string): string | null => {
  const match = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(header);
  const boundary = match?.[1] ?? match?.[2] ?? '';
  return boundary === '' ? null : boundary;
};

const partOf = (headers: ReadonlyMap<string, string>, body: string, line: number): MimePart => ({
  contentType: mediaType(headers.get('content-type') ?? 'text/plain'),
  transferEncoding: (headers.get('content-transfer-encoding') ?? '').trim().toLowerCase(),
  body,
  line,
});

/** What stands before the first delimiter and after the last is nobody's. The line break before a delimiter is its own. */
const split = (text: string, { bodyAt, bodyLine }: Message, boundary: string): MimePart[] => {
  const parts: MimePart[] = [];
  let begun: { at: number; line: number } | null = null;
  let position = bodyAt;
  let line = bodyLine;
  const finish = (end: number): void => {
    if (begun === null) return;
    const { headers, bodyAt: at, bodyLine: bodyLineOfPart } = parseHeaders(text.slice(0, end), begun.at, begun.line);
    parts.push(partOf(headers, text.slice(Math.min(at, end), end), bodyLineOfPart));
  };
  while (position < text.length) {
    const end = endOfLine(text, position);
    const content = text.slice(position, end).trimEnd();
    if (content === `--${boundary}` || content === `--${boundary}--`) {
      const isCrlf = text.slice(position - 2, position) === '\r\n';
      finish(Math.max(begun?.at ?? 0, position - (isCrlf ? 2 : 1)));
      begun = { at: end, line: line + 1 };
      if (content === `--${boundary}--`) return parts;
    }
    position = end;
    line += 1;
  }
  // Nobody closed it; what was begun still counts, as it does for cloud-init.
  finish(text.length);
  return parts;
};

export interface WritablePart {
  /** The whole header, with parameters. */
  contentType: string;
  body: string;
}

/**
 * One message of these parts. The boundary is the one of AWS's own examples unless a body holds it. Bodies that are not
 * ASCII are sent in base64, which cloud-init and nodeadm undo.
 */
export const writeMime = (parts: readonly WritablePart[]): string => {
  const boundary = freeBoundary(parts);
  const lines = ['MIME-Version: 1.0', `Content-Type: multipart/mixed; boundary="${boundary}"`, ''];
  for (const { contentType, body } of parts) {
    lines.push(`--${boundary}`, `Content-Type: ${contentType}`);
    if (isAscii(body)) lines.push('', body);
    else lines.push('Content-Transfer-Encoding: base64', '', inBase64(body));
  }
  return `${[...lines, `--${boundary}--`].join('\n')}\n`;
};

const freeBoundary = (parts: readonly WritablePart[]): string => {
  for (let number = 0; ; number += 1) {
    const boundary = number === 0 ? '//' : `//${number}//`;
    if (!parts.some(({ body }) => body.includes(`--${boundary}`))) return boundary;
  }
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what ASCII is
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

const inBase64 = (text: string): string =>
  (
    Buffer.from(text, 'utf8')
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n');
