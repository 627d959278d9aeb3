/** Takes an object of a definition apart, field by field, and refuses what nobody asked for. */

import { DefinitionError } from './errors.ts';
import type { StatesMember } from './expression-references.ts';
import type { FieldRule } from './field-values.ts';
import { compileTemplate, type Template } from './templates.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export class Fields {
  /** In the definition: `/States/Swap`. */
  readonly path: string;
  /** In the state: `Choices[0]`; empty for the state itself. */
  readonly location: string;
  readonly #values: Record<string, unknown>;
  readonly #asked = new Set<string>();

  constructor(value: unknown, path: string, location = '') {
    if (!isRecord(value)) throw new DefinitionError(path, 'must be an object');
    this.#values = value;
    this.path = path;
    this.location = location;
  }

  has(field: string): boolean {
    return this.#values[field] !== undefined;
  }

  /** The field as it stands. */
  take(field: string): unknown {
    this.#asked.add(field);
    return this.#values[field];
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  refuse(field: string, problem: string): never {
    throw new DefinitionError(`${this.path}/${field}`, problem);
  }

  optional<T>(field: string, rule: FieldRule<T>): T | undefined {
    const value = this.take(field);
    if (value === undefined) return undefined;
    return rule.is(value) ? value : this.refuse(field, `must be ${rule.requirement}`);
  }

  required<T>(field: string, rule: FieldRule<T>): T {
    return this.optional(field, rule) ?? this.refuse(field, 'is missing');
  }

  object(field: string): Fields {
    return new Fields(this.take(field), `${this.path}/${field}`, this.#inner(field));
  }

  objects(field: string): Fields[] {
    const list = this.take(field);
    if (list === undefined) return [];
    if (!Array.isArray(list)) return this.refuse(field, 'must be an array');
    return list.map(
      (item: unknown, index) => new Fields(item, `${this.path}/${field}[${index}]`, `${this.#inner(field)}[${index}]`),
    );
  }

  /** A field that may hold expressions; with a rule, a literal is held to it at once. */
  template<T>(field: string, available: readonly StatesMember[] = [], rule?: FieldRule<T>): Template | undefined {
    const value = this.take(field);
    if (value === undefined) return undefined;
    const place = { path: `${this.path}/${field}`, location: this.#inner(field), available };
    const template = compileTemplate(value, place);
    if (template.kind === 'literal' && rule !== undefined && !rule.is(template.value)) {
      this.refuse(field, `must be ${rule.requirement}, or an expression`);
    }
    return template;
  }

  /** Refuses a field that belongs elsewhere, with the reason. */
  forbid(field: string, reason: string): void {
    if (this.has(field)) this.refuse(field, reason);
  }

  /** Call it last: what was not asked for is refused, as AWS does. */
  done(): void {
    for (const field of this.keys())
      if (!this.#asked.has(field)) this.refuse(field, `Field '${field}' is not supported`);
  }

  #inner(field: string): string {
    return this.location === '' ? field : `${this.location}/${field}`;
  }
}
