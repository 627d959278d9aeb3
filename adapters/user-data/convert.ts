/** User data of AL2 in, user data of AL2023 out: decodes, lets the core convert, and writes the NodeConfig as YAML. */
import { gzipSync } from 'node:zlib';
import { dump } from 'js-yaml';
import type { KnownCluster } from '../../core/user-data/cluster-facts.ts';
import { convertUserData } from '../../core/user-data/convert.ts';
import type { NodeConfig } from '../../core/user-data/node-config.ts';
import { mostUserDataBytes, renderUserData } from '../../core/user-data/render.ts';
import type { ReportEntry } from '../../core/user-data/report.ts';
import { decodeUserData } from './decode.ts';

export type ConvertedUserData =
  /** `userData` is text; it goes into a launch template as `encodeUserData` makes it. */
  | { outcome: 'converted'; userData: string; nodeConfig: NodeConfig; report: ReportEntry[] }
  | { outcome: 'refused'; userData: null; nodeConfig: null; report: ReportEntry[] };

/** `mistake`: it is no user data. */
export const convertUserDataBytes = (
  bytes: Uint8Array,
  cluster: KnownCluster,
): ConvertedUserData | { mistake: string } => {
  const decoded = decodeUserData(bytes);
  if ('mistake' in decoded) return decoded;
  const conversion = convertUserData(decoded.parts, cluster);
  if (conversion.outcome === 'refused') {
    return { outcome: 'refused', userData: null, nodeConfig: null, report: conversion.report };
  }
  const userData = renderUserData(conversion, writeDocument);
  return { outcome: 'converted', userData, nodeConfig: conversion.nodeConfig, report: conversion.report };
};

/** Texts that YAML 1.1, which nodeadm reads, would take for something else are quoted. */
const writeDocument = (nodeConfig: NodeConfig): string => `---\n${dump(nodeConfig, { lineWidth: -1, noRefs: true })}`;

/** As a launch template takes it: base64, packed with gzip where it would not fit otherwise. */
export const encodeUserData = (userData: string): { userData: string } | { mistake: string } => {
  const plain = Buffer.from(userData, 'utf8');
  // The time in the header stays zero, so that the same text is always the same bytes.
  const bytes = plain.length <= mostUserDataBytes ? plain : gzipSync(plain, { level: 9 });
  if (bytes.length <= mostUserDataBytes) return { userData: bytes.toString('base64') };
  return { mistake: `is larger than the ${mostUserDataBytes} bytes EC2 takes, also packed with gzip` };
};
