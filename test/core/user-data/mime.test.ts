import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMime, writeMime } from '../../../core/user-data/mime.ts';
import { partKind } from '../../../core/user-data/part.ts';

const bodiesOf = (text: string): string[] => {
  const message = parseMime(text);
  return message === null || 'mistake' in message ? [] : message.parts.map(({ body }) => body);
};

const lines = (...all: string[]): string => all.join('\n');

describe('a message is taken apart', () => {
  test('into bodies, their types, their transfer encoding and their lines', () => {
    const message = lines(
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="//"',
      '',
      'who reads this has no MIME',
      '--//',
      'Content-Type: text/x-shellscript; charset="us-ascii"',
      'Content-Transfer-Encoding: BASE64',
      '',
      'one',
      'two',
      '',
      '--//',
      'content-type:TEXT/Cloud-Config',
      '',
      'three',
      '--//--',
      'nobody reads this',
    );
    expect(parseMime(message)).toEqual({
      parts: [
        { contentType: 'text/x-shellscript', transferEncoding: 'base64', body: 'one\ntwo\n', line: 9 },
        { contentType: 'text/cloud-config', transferEncoding: '', body: 'three', line: 15 },
      ],
    });
  });

  test.each<{ what: string; text: string; bodies: string[] }>([
    {
      what: 'a boundary without quotes',
      text: 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B;\n\n--B\n\nx\n--B--\n',
      bodies: ['x'],
    },
    {
      what: 'a header over two lines',
      text: 'MIME-Version: 1.0\nContent-Type: multipart/mixed;\n  boundary="B"\n\n--B\n\nx\n--B--\n',
      bodies: ['x'],
    },
    {
      what: 'line ends of the standard',
      text: 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n\r\nx\r\n\r\n--B--\r\n',
      bodies: ['x\r\n'],
    },
    {
      what: 'no end',
      text: 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n--B\n\nx\n',
      bodies: ['x\n'],
    },
    {
      what: 'no empty line after the headers of a part',
      text: 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: text/x-shellscript\n#!/bin/sh\nx\n--B--\n',
      bodies: ['#!/bin/sh\nx'],
    },
    {
      what: 'two headers of one name',
      text: 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/x-shellscript\nContent-Type: charset="us-ascii"\n\nx\n--B--\n',
      bodies: ['x'],
    },
    {
      what: 'a boundary that begins another line',
      text: 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\n--Bx\n--B-\n--B--\n',
      bodies: ['--Bx\n--B-'],
    },
    {
      what: 'one part and no boundary',
      text: 'Content-Type: text/x-shellscript\n\n#!/bin/sh\n',
      bodies: ['#!/bin/sh\n'],
    },
    {
      what: 'parts that are empty',
      text: 'Content-Type: multipart/mixed; boundary=B\n\n--B\n--B\n--B--\n',
      bodies: ['', ''],
    },
  ])('with $what', ({ text, bodies }) => {
    expect(bodiesOf(text)).toEqual(bodies);
  });

  test.each(['#!/bin/bash\nMIME-Version: 1.0\n', '#cloud-config\na: b\n', '', 'a: b\n', '\nMIME-Version: 1.0\n'])(
    'unless it is none: %j',
    (text) => {
      expect(parseMime(text)).toBeNull();
    },
  );

  test('unless it names no boundary', () => {
    expect(parseMime('MIME-Version: 1.0\nContent-Type: multipart/mixed\n\nx')).toEqual({
      mistake: 'the header Content-Type names no boundary',
    });
  });
});

test('what is written is read again, whatever the bodies hold', () => {
  const body = fc
    .array(fc.oneof(fc.string(), fc.constantFrom('--//', '\n--//--\n', '\n', '--//1//', '#!/bin/sh\n')))
    .map((all) => all.join(''));
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 3 }), (bodies) => {
      const written = writeMime(bodies.map((each) => ({ contentType: 'text/x-shellscript', body: each })));
      expect(bodiesOf(written)).toEqual(bodies);
    }),
  );
});

test('what is not ASCII is sent in base64', () => {
  const written = writeMime([{ contentType: 'text/x-shellscript; charset="utf-8"', body: 'echo é\n' }]);
  expect(written).toContain('Content-Transfer-Encoding: base64\n\nZWNobyDDqQo=\n');
});

describe('who runs or reads a part', () => {
  test.each<{ type: string | null; text: string; kind: string }>([
    { type: 'text/x-shellscript', text: '', kind: 'shell' },
    { type: 'text/cloud-config', text: '', kind: 'cloud-config' },
    { type: 'text/cloud-boothook', text: '', kind: 'boothook' },
    { type: 'application/node.eks.aws', text: '', kind: 'node-config' },
    { type: 'text/plain', text: '#!/bin/sh', kind: 'shell' },
    { type: 'text/plain', text: '#cloud-config', kind: 'cloud-config' },
    { type: 'text/jinja2', text: '#!/bin/sh', kind: 'other' },
    { type: null, text: '#!/bin/sh', kind: 'shell' },
    { type: null, text: '#cloud-boothook\n', kind: 'boothook' },
    { type: null, text: '#cloud-config\n', kind: 'cloud-config' },
    { type: null, text: '---\napiVersion: node.eks.aws/v1alpha1', kind: 'node-config' },
    { type: null, text: 'apiVersion: node.eks.aws/v1alpha1', kind: 'node-config' },
    { type: null, text: 'echo', kind: 'other' },
  ])('$type $text: $kind', ({ type, text, kind }) => {
    expect(partKind(type, text)).toBe(kind);
  });
});
