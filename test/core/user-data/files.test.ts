/**
 * User data as people have it: eksctl, Terraform, CloudFormation, CDK, Karpenter, proxies, quotes of every kind. Beside each
 * file stands what is expected of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { convertUserDataBytes } from '../../../adapters/user-data/convert.ts';
import { decodeUserData } from '../../../adapters/user-data/decode.ts';
import type { KnownCluster } from '../../../core/user-data/cluster-facts.ts';
import { checkNodeConfig } from '../../../core/user-data/node-config.ts';
import type { ReportEntry } from '../../../core/user-data/report.ts';
import { described } from './builders.ts';

interface Expected {
  shows: string;
  /** Where DescribeCluster says something else than of the cluster `prod`. */
  cluster?: KnownCluster;
  outcome: 'converted' | 'refused';
  /** But for the cluster, which is the described one. */
  spec?: Record<string, unknown>;
  otherParts?: { contentType: string; body: string }[];
  /** Of what is refused: what blocks it. */
  report: string[];
}

const folder = new URL('./files/', import.meta.url).pathname;
const files = readdirSync(folder).filter((file) => !file.endsWith('.expected.yaml'));

const expectedOf = (file: string): Expected =>
  parse(readFileSync(path.join(folder, `${file}.expected.yaml`), 'utf8')) as Expected;

const longest = 140;

const told = ({ part, line, what, text, to }: ReportEntry): string => {
  const place = `${part === null ? '' : `part ${part} `}line ${line} ${what}: `;
  return `${place}${text.length > longest ? `${text.slice(0, longest)}…` : text}${to === null ? '' : ` -> ${to}`}`;
};

const convert = (file: string, { cluster }: Expected) => {
  const converted = convertUserDataBytes(readFileSync(path.join(folder, file)), { ...described, ...cluster });
  if ('mistake' in converted) throw new Error(`${file} ${converted.mistake}`);
  return converted;
};

test('there are many, and none lacks its expectation', () => {
  expect(files.length).toBeGreaterThanOrEqual(25);
  expect(files.map((file) => expectedOf(file).shows)).not.toContain(undefined);
});

describe.each(files.map((file) => ({ file, expected: expectedOf(file) })))('$file', ({ file, expected }) => {
  const converted = convert(file, expected);

  test(expected.shows, () => {
    expect(converted.outcome).toBe(expected.outcome);
    const report = converted.report.filter(({ what }) => expected.outcome === 'converted' || what === 'blocks');
    expect(report.map(told)).toEqual(expected.report);
    if (converted.outcome === 'refused') return;
    const { cluster = {}, ...spec } = expected.spec ?? {};
    expect(converted.nodeConfig.spec).toEqual({
      cluster: { ...described, ...expected.cluster, ...(cluster as object) },
      ...spec,
    });
  });

  test('each entry says why, and what blocks or is lost says what to do', () => {
    for (const { what, why, whatToDo } of converted.report) {
      expect(why).not.toBe('');
      if (what === 'blocks') expect(whatToDo).not.toBeNull();
    }
  });

  if (expected.outcome === 'refused') return;

  test('the new user data holds a NodeConfig that nodeadm takes', () => {
    const decoded = decodeUserData(Buffer.from(converted.userData ?? ''));
    if ('mistake' in decoded) throw new Error(decoded.mistake);
    const [nodeConfig, ...others] = decoded.parts;
    expect(nodeConfig?.contentType).toBe('application/node.eks.aws');
    // nodeadm reads YAML 1.1.
    const read: unknown = parse(nodeConfig?.text ?? '', { version: '1.1' });
    expect(read).toEqual(converted.nodeConfig);
    expect(checkNodeConfig(read)).toEqual({ nodeConfig: converted.nodeConfig });
    const written = (type: string | null, text: string) => ({ type, text: text.trimEnd() });
    expect(others.map(({ contentType, text }) => written(contentType, text))).toEqual(
      (expected.otherParts ?? []).map(({ contentType, body }) => written(contentType.split(';')[0] ?? '', body)),
    );
  });

  test('converted again it is refused: it is for AL2023 already', () => {
    const again = convertUserDataBytes(Buffer.from(converted.userData ?? ''), described);
    expect(again).toMatchObject({ outcome: 'refused', userData: null });
  });
});
