/**
 * The gate `allocatable-kept`: new nodes offer pods as much as old ones of the same instance type did. A driver or a device
 * plugin that fails leaves a node Ready, with nothing to run accelerated pods on (awslabs/amazon-eks-ami, issues on missing
 * `nvidia.com/gpu`).
 */
import type { Baseline } from './baseline.ts';
import type { Measurement } from './measurement.ts';
import type { NodeReading } from './nodes-ready.ts';
import { few, secondsSince } from './nodes-ready.ts';
import { parseQuantity } from './quantity.ts';

/** A device plugin is a pod: it starts, and registers its devices, after its node is Ready. */
export const devicePluginGraceSeconds = 600;

/** Memory and cpu that the operating system keeps for itself differ a little from release to release. */
const tolerated: Readonly<Record<string, number>> = { cpu: 0.05, memory: 0.05 };

/** Sizes of disks and pages follow the launch template and its user data, not the AMI. */
const isCompared = (resource: string): boolean =>
  resource === 'cpu' || resource === 'memory' || resource === 'pods' || resource.includes('/');

export interface AllocatableReading {
  /** Nodes of the new AMI. */
  fresh: readonly NodeReading[];
  /** Nodes of the same node group on the AMI it comes from. */
  old: readonly NodeReading[];
  /** Null: none was taken. */
  baseline: Baseline | null;
}

export const measureAllocatable = ({ fresh, old, baseline }: AllocatableReading, now: string): Measurement => {
  const ready = fresh.filter(({ isReady }) => isReady);
  const expected = expectedByType(old, baseline);
  const comparable = ready.filter(({ instanceType }) => expected.has(instanceType ?? ''));
  if (comparable.length === 0) {
    const types = [...new Set(ready.map(({ instanceType }) => instanceType ?? 'unknown'))].sort().join(', ');
    return { kind: 'abstains', reason: ready.length === 0 ? 'no new node is Ready' : `no old node of type ${types}` };
  }
  const unhealthy: string[] = [];
  const starting: string[] = [];
  for (const node of comparable) {
    const lacks = lackingOf(node, expected.get(node.instanceType ?? '') ?? {});
    if (lacks.length === 0) continue;
    const isYoung = secondsSince(node.readySince, now) < devicePluginGraceSeconds;
    (isYoung ? starting : unhealthy).push(`${node.name} has ${lacks.join(', ')}`);
  }
  if (unhealthy.length > 0) {
    return { kind: 'unhealthy', reason: `${unhealthy.length} of ${comparable.length} new nodes: ${few(unhealthy)}` };
  }
  if (starting.length > 0) return { kind: 'starting', reason: few(starting) };
  return { kind: 'healthy', reason: `${comparable.length} new nodes offer what old ones did` };
};

/** By instance type: of each resource the least that an old node offers, so that one odd node sets no measure. */
const expectedByType = (
  old: readonly NodeReading[],
  baseline: Baseline | null,
): ReadonlyMap<string, Readonly<Record<string, string>>> => {
  const expected = new Map<string, Readonly<Record<string, string>>>(Object.entries(baseline?.allocatable ?? {}));
  for (const [type, allocatable] of Object.entries(allocatableByType(old))) {
    if (!expected.has(type)) expected.set(type, allocatable);
  }
  return expected;
};

/** What Ready nodes offer, by instance type: of each resource the least that one of them has. */
export const allocatableByType = (nodes: readonly NodeReading[]): Record<string, Record<string, string>> => {
  const found: Record<string, Record<string, string>> = {};
  for (const { instanceType, allocatable, isReady } of nodes) {
    if (instanceType === null || !isReady) continue;
    const compared = Object.entries(allocatable).filter(([resource]) => isCompared(resource));
    const known = found[instanceType];
    found[instanceType] =
      known === undefined
        ? Object.fromEntries(compared)
        : Object.fromEntries(
            Object.entries(known).map(([resource, least]) => [resource, lesser(least, allocatable[resource] ?? '0')]),
          );
  }
  return found;
};

const lesser = (a: string, b: string): string => ((parseQuantity(b) ?? 0) < (parseQuantity(a) ?? 0) ? b : a);

const lackingOf = (node: NodeReading, expected: Readonly<Record<string, string>>): string[] =>
  Object.entries(expected).flatMap(([resource, amount]) => {
    const wanted = parseQuantity(amount);
    if (wanted === null || wanted === 0) return [];
    const text = node.allocatable[resource] ?? '0';
    const has = parseQuantity(text);
    if (has === null || has >= wanted * (1 - (tolerated[resource] ?? 0))) return [];
    return [`${resource} ${text} (${amount} on old nodes)`];
  });
