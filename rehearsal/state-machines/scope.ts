/**
 * Variables. A state sees those of its own scope and of all scopes around it, with the values they had when it was
 * entered; it assigns only in its own (workflow-variables.html, "Scope").
 */
export class Scope {
  readonly #outer: Scope | undefined;
  readonly #own: Record<string, unknown> = {};
  #visible: Readonly<Record<string, unknown>> | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  /** Everything that can be read here. Nobody changes it: an assignment makes a new one. */
  get visible(): Readonly<Record<string, unknown>> {
    this.#visible ??= { ...this.#outer?.visible, ...this.#own };
    return this.#visible;
  }

  assign(values: readonly (readonly [string, unknown])[]): void {
    if (values.length === 0) return;
    for (const [name, value] of values) this.#own[name] = value;
    this.#visible = undefined;
  }
}
