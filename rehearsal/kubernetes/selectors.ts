/** Selectors of a list request (Kubernetes, labels and selectors, field selectors). */
import type { KubernetesObject } from './objects.ts';

/** `a=b,c!=d,e,!f,g in (h,i),j notin (k)`: every requirement must hold. */
export const matchesLabels = (labels: Readonly<Record<string, string>>, selector: string): boolean =>
  requirementsOf(selector).every((requirement) => meets(labels, requirement));

/** Commas within parentheses part values, the others part requirements. */
const requirementsOf = (selector: string): string[] =>
  selector
    .split(/,(?![^(]*\))/)
    .map((each) => each.trim())
    .filter((each) => each !== '');

const meets = (labels: Readonly<Record<string, string>>, requirement: string): boolean => {
  const [, key = '', operator, list = ''] = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(requirement) ?? [];
  if (operator !== undefined) {
    const isIn = list.split(',').some((value) => value.trim() === labels[key]);
    return operator === 'in' ? isIn : !isIn;
  }
  if (requirement.startsWith('!')) return !(requirement.slice(1).trim() in labels);
  const [, name = requirement, compare, value] = /^([^=!]+?)\s*(!=|==?)\s*(.*)$/.exec(requirement) ?? [];
  if (compare === undefined) return name in labels;
  return compare === '!=' ? labels[name] !== value : labels[name] === value;
};

/** The fields that objects of a kind can be selected by, as far as they are played. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  Node: ['metadata.name', 'spec.unschedulable'],
  Pod: ['metadata.name', 'metadata.namespace', 'spec.nodeName', 'status.phase'],
  Namespace: ['metadata.name', 'status.phase'],
  PodDisruptionBudget: ['metadata.name', 'metadata.namespace'],
  Event: [
    'metadata.name',
    'metadata.namespace',
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'reason',
    'reportingComponent',
    'type',
  ],
  Deployment: ['metadata.name', 'metadata.namespace'],
  ReplicaSet: ['metadata.name', 'metadata.namespace'],
  DaemonSet: ['metadata.name', 'metadata.namespace'],
  StatefulSet: ['metadata.name', 'metadata.namespace'],
  Job: ['metadata.name', 'metadata.namespace'],
};

/** A test of `a=b,c!=d` on the fields of a kind, or the field that it does not know. */
export const fieldSelector = (
  kind: string,
  selector: string,
): { matches(object: KubernetesObject): boolean } | { unknown: string } => {
  const terms = requirementsOf(selector).map((term) => {
    const [, field = term, operator = '=', value = ''] = /^([^=!]+)(!=|==?)(.*)$/.exec(term) ?? [];
    return { field, isEqual: operator !== '!=', value };
  });
  const unknown = terms.find(({ field }) => selectable[kind]?.includes(field) !== true);
  if (unknown !== undefined) return { unknown: unknown.field };
  return {
    matches: (object) => terms.every(({ field, isEqual, value }) => (valueAt(object, field) === value) === isEqual),
  };
};

/** What is absent is the empty text, or false. */
const valueAt = (object: KubernetesObject, field: string): string => {
  const value = field
    .split('.')
    .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], object);
  return String(value ?? (field === 'spec.unschedulable' ? false : ''));
};
