/** The parts of decoded user data, and who runs or reads each. */

/**
 * `shell`: cloud-init runs it once, in the order of the parts. `boothook`: cloud-init runs it early, on every boot.
 * `node-config`: nodeadm reads it. `cloud-config`: settings of cloud-init. `other`: anything else.
 */
export type PartKind = 'shell' | 'boothook' | 'cloud-config' | 'node-config' | 'other';

export interface UserDataPart {
  kind: PartKind;
  /** Media type in lower case, without parameters; null where the user data is no MIME message. */
  contentType: string | null;
  /** Decoded: neither base64 nor gzip. */
  text: string;
  /** Line of the decoded user data on which the text begins, counted from 1; 1 where `isEncoded`. */
  firstLine: number;
  /** It was encoded on its own, so its lines are not lines of the whole. */
  isEncoded: boolean;
}

/** Types for which cloud-init looks at the first line instead (cloudinit/user_data.py, TYPE_NEEDED). */
const untyped = ['text/plain', 'text/x-not-multipart'];

/** By media type, and by the first line where there is none that says it (cloud-init, User data formats). */
export const partKind = (contentType: string | null, text: string): PartKind => {
  switch (contentType) {
    case 'text/x-shellscript':
      return 'shell';
    case 'text/cloud-boothook':
      return 'boothook';
    case 'text/cloud-config':
      return 'cloud-config';
    case 'application/node.eks.aws':
      return 'node-config';
  }
  if (contentType !== null && !untyped.includes(contentType)) return 'other';
  if (text.startsWith('#!')) return 'shell';
  if (text.startsWith('#cloud-boothook')) return 'boothook';
  if (text.startsWith('#cloud-config')) return 'cloud-config';
  if (/^(?:---\s*)?apiVersion:\s*node\.eks\.aws\//.test(text)) return 'node-config';
  return 'other';
};
