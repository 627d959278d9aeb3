/** Everything an execution draws by lot, from a seed: never from the machine it runs on. */

import { createHash } from 'node:crypto';

/** The first 128 bits of the seed's hash, as four numbers. */
const words = (seed: string): [number, number, number, number] => {
  const digest = createHash('sha256').update(seed).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
};

/** Writes sixteen bytes as a version 4 UUID (RFC 9562, 5.4). */
const uuidOf = (bytes: Buffer): string => {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};

/** An id that depends on what it stands for, and on nothing else. */
export const uuidFor = (content: string): string =>
  uuidOf(createHash('sha256').update(content).digest().subarray(0, 16));

/** Small Fast Counter, 32 bits, by Chris Doty-Humphrey (PractRand): the same numbers for the same seed on any machine. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    [this.#a, this.#b, this.#c, this.#counter] = words(seed);
  }

  /** A number in [0, 1). */
  next(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return (result >>> 0) / 4_294_967_296;
  }

  uuid(): string {
    return uuidOf(Buffer.from(Array.from({ length: 16 }, () => Math.floor(this.next() * 256))));
  }
}
