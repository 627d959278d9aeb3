/** Does a value fit its shape? Asked of what operations return, and (required members only) of what callers send. */

import { Misplayed } from './errors.ts';
import type { Member, Shape, StructureShape } from './shapes.ts';

export type Structure = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Structure =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/**
 * Throws Misplayed unless AWS could have answered `value`. A member the model does not know, a string where a number
 * belongs or a required member left out is a mistake of ours, and the SDK clients would hide most of them.
 * @param place where the value comes from, e.g. `the output of eks:DescribeNodegroup`
 */
export const assertFits = (shape: Shape, value: unknown, place: string): void => {
  switch (shape.kind) {
    case 'unit':
      if (!isObject(value) || Object.keys(value).length > 0) throw misfit(place, 'nothing', value);
      return;
    case 'structure':
    case 'union':
      assertStructureFits(shape, value, place);
      return;
    case 'list':
      if (!Array.isArray(value)) throw misfit(place, 'a list', value);
      for (const [index, item] of value.entries()) {
        if (item === null && shape.isSparse) continue;
        assertFits(shape.element.shape, item, `${place}[${index}]`);
      }
      return;
    case 'map':
      if (!isObject(value)) throw misfit(place, 'a map', value);
      for (const [key, item] of Object.entries(value)) {
        if (item === null && shape.isSparse) continue;
        assertFits(shape.value.shape, item, `${place}.${key}`);
      }
      return;
    case 'timestamp':
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw misfit(place, 'a valid Date', value);
      return;
    case 'blob':
      if (!(value instanceof Uint8Array)) throw misfit(place, 'a Uint8Array', value);
      return;
    case 'document':
      return;
    case 'string':
    case 'boolean':
    case 'number':
      if (typeof value !== shape.kind) throw misfit(place, `a ${shape.kind}`, value);
      return;
  }
};

const assertStructureFits = (shape: StructureShape, value: unknown, place: string): void => {
  if (!isObject(value)) throw misfit(place, `the structure ${shape.name}`, value);
  for (const name of Object.keys(value)) {
    if (value[name] !== undefined && !shape.memberNames.has(name)) {
      throw new Misplayed(`${place} has a member ${name} that ${shape.name} does not know`);
    }
  }
  for (const { name, isRequired, shape: memberShape } of shape.members) {
    const member = value[name];
    if (member !== undefined && member !== null) assertFits(memberShape, member, `${place}.${name}`);
    else if (isRequired) throw new Misplayed(`${place} lacks ${name}, which ${shape.name} requires`);
  }
  const count = Object.values(value).filter((member) => member !== undefined && member !== null).length;
  if (shape.kind === 'union' && count !== 1) throw misfit(place, `one member of the union ${shape.name}`, value);
};

const misfit = (place: string, expected: string, value: unknown): Misplayed =>
  new Misplayed(`${place} should be ${expected}, but is ${describe(value)}`);

const describe = (value: unknown): string =>
  typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value)).slice(0, 200);

/** One step on the way to a missing member: a member of a structure, or the number-th (from 1) element of a list. */
export type PathStep = { readonly member: Member } | { readonly listElement: number; readonly element: Member };

/** The ways to every required member that `value`, sent by a caller, lacks. */
export const missingMembers = (shape: Shape, value: unknown, path: readonly PathStep[] = []): PathStep[][] => {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return shape.members.flatMap((member) => {
        const sent = (value as Structure)[member.name];
        const here = [...path, { member }];
        if (sent !== undefined) return missingMembers(member.shape, sent, here);
        return member.isRequired ? [here] : [];
      });
    case 'list':
      return (value as unknown[]).flatMap((item, index) =>
        item === null
          ? []
          : missingMembers(shape.element.shape, item, [...path, { listElement: index + 1, element: shape.element }]),
      );
    case 'map':
      return Object.values(value as Structure).flatMap((item) =>
        item === null ? [] : missingMembers(shape.value.shape, item, [...path, { member: shape.value }]),
      );
    default:
      return [];
  }
};
