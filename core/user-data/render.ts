/** The user data that a launch template holds. */
import type { Conversion } from './convert.ts';
import { writeMime } from './mime.ts';
import type { NodeConfig } from './node-config.ts';

/** EC2 takes this many bytes, before they are encoded in base64 (EC2 user guide, Run commands at launch). */
export const mostUserDataBytes = 16_384;

/** `writeDocument` writes the NodeConfig as YAML or JSON; nodeadm reads both. */
export const renderUserData = (
  { nodeConfig, otherParts }: Extract<Conversion, { outcome: 'converted' }>,
  writeDocument: (nodeConfig: NodeConfig) => string,
): string => writeMime([{ contentType: 'application/node.eks.aws', body: writeDocument(nodeConfig) }, ...otherParts]);
