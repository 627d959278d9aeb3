/** Which operation a REST request means: https://smithy.io/2.0/spec/http-bindings.html#http-trait */

import type { WireRequest } from './messages.ts';
import type { ServiceModel } from './service-models.ts';
import type { Operation } from './shapes.ts';

export interface Route {
  readonly operation: Operation;
  readonly labels: ReadonlyMap<string, string>;
}

interface Template {
  readonly operation: Operation;
  readonly method: string;
  readonly segments: readonly Segment[];
  /** Parameters the query string must hold: `/things?list-type=2`. */
  readonly query: URLSearchParams;
  /** How much of the template is literal; the most literal of several that match is meant. */
  readonly literals: number;
}

type Segment = { readonly text: string } | { readonly label: string; readonly isGreedy: boolean };

const templates = new WeakMap<ServiceModel, readonly Template[]>();

export const routeOf = (model: ServiceModel, request: WireRequest): Route | undefined => {
  const sent = segmentsOf(request.path);
  for (const template of templatesOf(model)) {
    if (template.method !== request.method || ![...template.query].every(isIn(request.query))) continue;
    const labels = match(template.segments, sent);
    if (labels !== undefined) return { operation: template.operation, labels };
  }
  return undefined;
};

const segmentsOf = (path: string): string[] => path.split('/').slice(1);

const isIn =
  (query: URLSearchParams) =>
  ([name, value]: [name: string, value: string]): boolean =>
    value === '' ? query.has(name) : query.getAll(name).includes(value);

const templatesOf = (model: ServiceModel): readonly Template[] => {
  const before = templates.get(model);
  if (before !== undefined) return before;
  const made = [...model.operations.values()].flatMap(templateOf).sort((a, b) => b.literals - a.literals);
  templates.set(model, made);
  return made;
};

const templateOf = (operation: Operation): Template[] => {
  if (operation.http === undefined) return [];
  const [path = '', query = ''] = operation.http.uri.split('?');
  const segments = segmentsOf(path).map((text): Segment => {
    const [, label, plus] = /^\{([^+}]+)(\+?)\}$/.exec(text) ?? [];
    return label === undefined ? { text } : { label, isGreedy: plus === '+' };
  });
  const parameters = new URLSearchParams(query);
  const literals = segments.filter((segment) => 'text' in segment).length + parameters.size;
  return [{ operation, method: operation.http.method, segments, query: parameters, literals }];
};

const match = (template: readonly Segment[], sent: readonly string[]): Map<string, string> | undefined => {
  const labels = new Map<string, string>();
  let at = 0;
  for (const [index, segment] of template.entries()) {
    if ('text' in segment) {
      if (sent[at++] !== segment.text) return undefined;
      continue;
    }
    // A greedy label takes all that the segments after it leave.
    const end = segment.isGreedy ? sent.length - (template.length - index - 1) : at + 1;
    const taken = sent.slice(at, end).join('/');
    const text = end > at ? decode(taken) : undefined;
    if (text === undefined || text === '') return undefined;
    labels.set(segment.label, text);
    at = end;
  }
  return at === sent.length ? labels : undefined;
};

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};
