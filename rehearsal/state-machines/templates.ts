/**
 * A field that may hold JSONata strings at any depth: "if its value, or any value nested inside a JSON object or array,
 * is a JSONata string, the interpreter evaluates the JSONata expression and then replaces it with the result"
 * (States Language, "JSONata Evaluation"). Keys are never evaluated.
 */

import type { StatesMember } from './expression-references.ts';
import { compileExpression, type Expression, isJsonataString } from './expressions.ts';

export type Template =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'array'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Template])[] };

/** Where a template stands. */
export interface Place {
  /** In the definition, for a person who reads a refusal: `/States/Swap/Output/v`. */
  readonly path: string;
  /** In the state, for the history: `Output/v`. */
  readonly location: string;
  readonly available: readonly StatesMember[];
}

/** A place inside a place: `/v` of an object, `[2]` of an array. */
export const inside = (place: Place, step: string): Place => ({
  ...place,
  path: place.path + step,
  location: place.location + step,
});

export const compileTemplate = (value: unknown, place: Place): Template => {
  if (typeof value === 'string' && isJsonataString(value)) {
    return {
      kind: 'expression',
      expression: compileExpression(value, place.path, place.location, place.available),
    };
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => compileTemplate(item, inside(place, `[${index}]`)));
    return items.every((item) => item.kind === 'literal') ? { kind: 'literal', value } : { kind: 'array', items };
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, member]: [string, unknown]) => [key, compileTemplate(member, inside(place, `/${key}`))] as const,
    );
    return members.every(([, member]) => member.kind === 'literal')
      ? { kind: 'literal', value }
      : { kind: 'object', members };
  }
  return { kind: 'literal', value };
};

/** Evaluates what is to be evaluated, one after the other in the order of the definition. */
export const evaluateTemplate = async (
  template: Template,
  evaluate: (expression: Expression) => Promise<unknown>,
): Promise<unknown> => {
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'expression':
      return evaluate(template.expression);
    case 'array': {
      const items: unknown[] = [];
      for (const item of template.items) items.push(await evaluateTemplate(item, evaluate));
      return items;
    }
    case 'object': {
      const object: Record<string, unknown> = {};
      for (const [key, member] of template.members) object[key] = await evaluateTemplate(member, evaluate);
      return object;
    }
  }
};
