/** Ids that follow from content, never from chance or arrival, in the shapes AWS uses. */
import { createHash } from 'node:crypto';

export interface Digest {
  /** 64 hexadecimal digits. */
  hex: string;
  /** In the form of a UUID, version 4. */
  uuid: string;
  /** 17 hexadecimal digits, as in `i-0123456789abcdef0`. */
  resourceId: string;
}

export const digest = (...content: readonly string[]): Digest => {
  const hex = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return {
    hex,
    uuid: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    resourceId: `0${hex.slice(0, 16)}`,
  };
};
