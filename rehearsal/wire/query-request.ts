/**
 * Form-encoded inputs: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#x-www-form-urlencoded-shape-serialization
 * and, where EC2 differs, https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html#query-key-resolution
 */

import { AwsError, commonError } from './errors.ts';
import type { Structure } from './fitting.ts';
import type { Member, Shape, StructureShape } from './shapes.ts';
import { parseText } from './text-values.ts';

export type QueryDialect = 'awsQuery' | 'ec2Query';

/** `Filter.1.Name=state` as a tree: Filter → 1 → Name → "state". */
interface Node {
  text: string | undefined;
  readonly children: Map<string, Node>;
}

const node = (): Node => ({ text: undefined, children: new Map() });

const treeOf = (parameters: Iterable<readonly [key: string, text: string]>): Node => {
  const root = node();
  for (const [key, text] of parameters) {
    let place = root;
    for (const segment of key.split('.')) {
      const next = place.children.get(segment) ?? node();
      place.children.set(segment, next);
      place = next;
    }
    place.text = text;
  }
  return root;
};

/** What belongs to the request itself and not to its input; the rest of a presigned URL begins with X-Amz-. */
const isInputParameter = ([key]: readonly [key: string, text: string]): boolean =>
  key !== 'Action' && key !== 'Version' && !key.startsWith('X-Amz-');

export const readQuery = (dialect: QueryDialect, shape: Shape, parameters: URLSearchParams): unknown =>
  read(dialect, shape, treeOf([...parameters].filter(isInputParameter)), '', false);

const read = (dialect: QueryDialect, shape: Shape, sent: Node, key: string, isFlat: boolean): unknown => {
  switch (shape.kind) {
    case 'unit':
      return {};
    case 'structure':
    case 'union':
      return readStructure(dialect, shape, sent, key);
    case 'list': {
      // `List=` is how an empty list is sent. EC2's lists are always flat, and it has no way to send an empty one.
      const parent = isFlat ? sent : sent.children.get(shape.element.traits.xmlName ?? 'member');
      return numbered(parent).map(([number, item]) =>
        read(dialect, shape.element.shape, item, `${key}.${isFlat ? '' : 'member.'}${number}`, false),
      );
    }
    case 'map': {
      const [keyName, valueName] = [shape.key.traits.xmlName ?? 'key', shape.value.traits.xmlName ?? 'value'];
      return Object.fromEntries(
        numbered(isFlat ? sent : sent.children.get('entry')).map(([number, entry]) => [
          entry.children.get(keyName)?.text ?? '',
          read(dialect, shape.value.shape, entry.children.get(valueName) ?? node(), `${key}.${number}`, false),
        ]),
      );
    }
    default:
      return readText(dialect, shape, sent.text ?? '', key);
  }
};

/** Children by their numbers, in order: the order of the keys in the body means nothing. */
const numbered = (parent: Node | undefined): [number, Node][] =>
  [...(parent?.children ?? [])]
    .map(([number, child]): [number, Node] => [Number(number), child])
    .filter(([number]) => Number.isInteger(number))
    .sort(([a], [b]) => a - b);

const readStructure = (dialect: QueryDialect, shape: StructureShape, sent: Node, key: string): Structure => {
  const value: Record<string, unknown> = {};
  const unread = new Set(sent.children.keys());
  for (const member of shape.members) {
    const name = queryKey(dialect, member);
    const child = sent.children.get(name);
    unread.delete(name);
    if (child === undefined) continue;
    const isFlat = dialect === 'ec2Query' || member.traits.xmlFlattened !== undefined;
    value[member.name] = read(dialect, member.shape, child, key === '' ? name : `${key}.${name}`, isFlat);
  }
  // EC2 refuses what it does not know; the other query services ignore it.
  const [unknown] = dialect === 'ec2Query' ? unread : [];
  if (unknown !== undefined) {
    throw new AwsError(
      'UnknownParameter',
      `The parameter ${key === '' ? unknown : `${key}.${unknown}`} is not recognized`,
    );
  }
  return value;
};

/** The name a member goes by in the keys of a form-encoded body. */
export const queryKey = (dialect: QueryDialect, { name, traits }: Member): string => {
  const key = traits.xmlName ?? name;
  if (dialect === 'awsQuery') return key;
  const ec2QueryName = traits.ec2QueryName as string | undefined;
  return ec2QueryName ?? key.charAt(0).toUpperCase() + key.slice(1);
};

const readText = (dialect: QueryDialect, shape: Shape, text: string, key: string): unknown => {
  const value = parseText(shape, text, 'date-time');
  if (value !== undefined) return value;
  throw commonError(
    'malformed',
    dialect === 'ec2Query'
      ? `Value (${text}) for parameter ${key} is invalid. It should be a ${shape.kind}`
      : `${key} should be a ${shape.kind}, not "${text}"`,
  );
};
