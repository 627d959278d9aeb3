/** User data as EC2 hands it on: plain, in base64, packed, and in parts; and as a launch template takes it. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { EKSClient } from '@aws-sdk/client-eks';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readClusterDetails } from '../../adapters/aws/cluster-details.ts';
import { convertUserDataBytes, encodeUserData } from '../../adapters/user-data/convert.ts';
import { decodeUserData } from '../../adapters/user-data/decode.ts';
import { clusterOf } from '../rehearsal/play.ts';
import { clientSettings, startWire } from '../rehearsal/wire/wire-under-test.ts';
import { beginEmbeddedAws, strangersOf } from './embedded.ts';

const script = '#!/bin/bash\n/etc/eks/bootstrap.sh prod\n';

const base64 = (bytes: string | Uint8Array): Buffer => Buffer.from(Buffer.from(bytes).toString('base64'));

const inParts = (body: string | Uint8Array, encoding = ''): Buffer =>
  Buffer.concat([
    Buffer.from(
      `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: text/x-shellscript\n${encoding}\n`,
    ),
    Buffer.from(body),
    Buffer.from('\n--B--\n'),
  ]);

const textsOf = (bytes: Uint8Array): string[] => {
  const decoded = decodeUserData(bytes);
  return 'mistake' in decoded ? [decoded.mistake] : decoded.parts.map(({ text }) => text);
};

describe('user data is decoded', () => {
  test.each<{ what: string; bytes: Uint8Array }>([
    { what: 'plain', bytes: Buffer.from(script) },
    { what: 'in base64', bytes: base64(script) },
    {
      what: 'in base64 with line breaks',
      bytes: Buffer.from(
        (
          base64(script)
            .toString()
            .match(/.{1,20}/g) ?? []
        ).join('\n'),
      ),
    },
    { what: 'packed', bytes: gzipSync(script) },
    { what: 'packed, in base64', bytes: base64(gzipSync(script)) },
    { what: 'packed, in base64, and in base64 again', bytes: base64(base64(gzipSync(script))) },
    { what: 'in a part', bytes: inParts(script) },
    { what: 'in a part, in base64', bytes: inParts(base64(script), 'Content-Transfer-Encoding: base64\n') },
    { what: 'in a part, in base64 that no header names', bytes: inParts(base64(script)) },
    { what: 'in a part, packed', bytes: inParts(base64(gzipSync(script)), 'Content-Transfer-Encoding: base64\n') },
    { what: 'in a part, the whole packed', bytes: gzipSync(inParts(script)) },
  ])('$what', ({ bytes }) => {
    expect(textsOf(bytes)).toEqual([script]);
  });

  test('lines are those of the whole, or of a part that was encoded on its own', () => {
    expect(decodeUserData(inParts(script))).toMatchObject({ parts: [{ firstLine: 7, isEncoded: false }] });
    expect(decodeUserData(inParts(base64(script)))).toMatchObject({ parts: [{ firstLine: 1, isEncoded: true }] });
  });

  test('whatever is packed and encoded comes out again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(textsOf(base64(gzipSync(`#!/bin/sh\n${text}`)))).toEqual([`#!/bin/sh\n${text}`]);
      }),
    );
  });
});

describe('what is no user data is refused, with the reason', () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000, '#'));

  test.each<{ what: string; bytes: Uint8Array; says: string }>([
    { what: 'nothing', bytes: Buffer.alloc(0), says: 'is empty' },
    { what: 'blanks', bytes: Buffer.from(' \n'), says: 'is empty' },
    { what: 'a gzip bomb', bytes: bomb, says: 'unpacks to more than 262144 bytes' },
    { what: 'a gzip bomb in base64', bytes: base64(bomb), says: 'unpacks to more than 262144 bytes' },
    { what: 'a gzip bomb in a part', bytes: inParts(base64(bomb)), says: 'part 1 unpacks to more than 262144 bytes' },
    { what: 'a large text', bytes: Buffer.alloc(300_000, '#'), says: 'is larger than 262144 bytes' },
    { what: 'half of a gzip', bytes: gzipSync(script).subarray(0, 20), says: 'cannot be unpacked' },
    {
      what: 'other bytes',
      bytes: Buffer.from([0xff, 0xfe, 0x00]),
      says: 'is neither text (UTF-8) nor base64 nor gzip',
    },
    {
      what: 'layer upon layer',
      bytes: [1, 2, 3, 4, 5, 6].reduce<Buffer>((inner) => base64(inner), Buffer.from(script)),
      says: 'layers',
    },
    {
      what: 'a message without parts',
      bytes: Buffer.from('Content-Type: multipart/mixed; boundary=B\n\nx'),
      says: 'without parts',
    },
    {
      what: 'a message without a boundary',
      bytes: Buffer.from('Content-Type: multipart/mixed\n\nx'),
      says: 'names no boundary',
    },
    {
      what: 'quoted-printable',
      bytes: inParts('=23', 'Content-Transfer-Encoding: quoted-printable\n'),
      says: 'quoted-printable',
    },
  ])('$what: $says', ({ bytes, says }) => {
    expect(decodeUserData(bytes)).toEqual({ mistake: expect.stringContaining(says) });
    expect(convertUserDataBytes(bytes, {})).toEqual(decodeUserData(bytes));
  });
});

describe('for a launch template', () => {
  test('what fits is encoded as it is', () => {
    expect(encodeUserData(script)).toEqual({ userData: base64(script).toString() });
    expect(encodeUserData('x'.repeat(16_384))).toEqual({ userData: base64('x'.repeat(16_384)).toString() });
  });

  test('what does not fit is packed, the same each time', () => {
    const text = `${script}${'echo a long script\n'.repeat(2_000)}`;
    const encoded = encodeUserData(text);
    if ('mistake' in encoded) throw new Error(encoded.mistake);
    expect(gunzipSync(Buffer.from(encoded.userData, 'base64')).toString()).toBe(text);
    expect(encodeUserData(text)).toEqual(encoded);
    expect(textsOf(Buffer.from(encoded.userData))).toEqual([text]);
  });

  test('what does not fit packed is refused', () => {
    const noise = Array.from({ length: 700 }, (_, index) => createHash('sha256').update(`${index}`).digest('base64'));
    expect(encodeUserData(noise.join(''))).toEqual({ mistake: expect.stringContaining('larger than the 16384 bytes') });
  });
});

test('texts that YAML 1.1 would take for something else are quoted', () => {
  const words = 'prod --kubelet-extra-args "--system-reserved=a=1:30,b=yes,c=1_000,d=0777,e=null,f=1e3,g=~"';
  const converted = convertUserDataBytes(Buffer.from(`#!/bin/bash\n/etc/eks/bootstrap.sh ${words}\n`), {
    name: 'prod',
    apiServerEndpoint: 'https://x',
    certificateAuthority: 'Q0E=',
    cidr: '10.0.0.0/16',
  });
  expect(converted).toMatchObject({ outcome: 'converted' });
  const { userData } = converted as { userData: string };
  expect(userData.match(/^ +[a-g]: .*$/gm)?.map((line) => line.trim())).toEqual([
    "a: '1:30'",
    "b: 'yes'",
    "c: '1_000'",
    "d: '0777'",
    "e: 'null'",
    "f: '1e3'",
    "g: '~'",
  ]);
});

describe('what a NodeConfig says of its cluster', () => {
  test('is what DescribeCluster says; a cluster that is not there is null', async () => {
    const { eks } = strangersOf(await beginEmbeddedAws({ clusters: [clusterOf([])] }));
    expect(await readClusterDetails('prod', eks)).toEqual({
      name: 'prod',
      apiServerEndpoint: expect.stringMatching(/^https:\/\//),
      certificateAuthority: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      cidr: '172.20.0.0/16',
    });
    expect(await readClusterDetails('prdo', eks)).toBeNull();
  });

  const described = async (cluster: object) => {
    const { url } = await startWire({ eks: { DescribeCluster: () => ({ cluster }) } });
    return readClusterDetails('prod', new EKSClient(clientSettings(url)));
  };

  test('is its service CIDR of IPv6 where it is a cluster of IPv6', async () => {
    const network = { ipFamily: 'ipv6', serviceIpv4Cidr: '172.20.0.0/16', serviceIpv6Cidr: 'fd00::/108' };
    expect(await described({ kubernetesNetworkConfig: network })).toMatchObject({ cidr: 'fd00::/108' });
  });

  test('lacks what a cluster does not have yet', async () => {
    expect(await described({ status: 'CREATING' })).toEqual({ name: 'prod' });
  });
});
