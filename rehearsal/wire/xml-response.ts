/** Answers in XML: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#xml-shape-serialization */

import { Misplayed } from './errors.ts';
import type { Structure } from './fitting.ts';
import type { Member, Shape } from './shapes.ts';
import { writeText } from './text-values.ts';

/** The elements of a structure that fits its shape (see fitting.ts), without one around them. */
export const writeXmlMembers = (members: readonly Member[], value: Structure): string => {
  let xml = '';
  for (const member of members) {
    const item = value[member.name];
    if (item !== undefined && item !== null) xml += writeMember(member, item);
  }
  return xml;
};

const writeMember = (member: Member, value: unknown): string => {
  const name = member.traits.xmlName ?? member.name;
  const { shape } = member;
  if (member.traits.xmlFlattened === undefined) return element(name, content(shape, value));
  if (shape.kind === 'list') {
    return (value as unknown[]).map((item) => element(name, content(shape.element.shape, item))).join('');
  }
  return entries(shape, value as Structure, name);
};

const content = (shape: Shape, value: unknown): string => {
  switch (shape.kind) {
    case 'unit':
      return '';
    case 'structure':
    case 'union':
      return writeXmlMembers(shape.members, value as Structure);
    case 'list': {
      const name = shape.element.traits.xmlName ?? 'member';
      return (value as unknown[]).map((item) => element(name, content(shape.element.shape, item))).join('');
    }
    case 'map':
      return entries(shape, value as Structure, 'entry');
    default:
      return escapeXml(writeText(shape, value, 'date-time'));
  }
};

const entries = (shape: Shape, value: Structure, name: string): string => {
  if (shape.kind !== 'map') throw new Misplayed(`a ${shape.kind} cannot be flattened`);
  const [keyName, valueName] = [shape.key.traits.xmlName ?? 'key', shape.value.traits.xmlName ?? 'value'];
  return Object.entries(value)
    .map(([key, item]) =>
      element(name, element(keyName, escapeXml(key)) + element(valueName, content(shape.value.shape, item))),
    )
    .join('');
};

export const element = (name: string, inside: string): string => `<${name}>${inside}</${name}>`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters XML cannot hold
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
/** Line ends are escaped too: parsers would make one of two, or take away what stands alone (XML 1.0, 2.11). */
const ESCAPED = /[&<>"'\r\n\u0085\u2028]/g;

export const escapeXml = (text: string): string => {
  if (UNWRITABLE.test(text)) throw new Misplayed(`XML cannot hold ${JSON.stringify(text)}`);
  return text.replace(ESCAPED, (character) => `&#${character.charCodeAt(0)};`);
};
