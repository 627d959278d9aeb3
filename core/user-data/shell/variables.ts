/** What is known of the shell's variables at one point of a script. What is not certain is unknown, and says why. */

export type Value =
  | { kind: 'text'; text: string }
  /** An array; its indices are 0, 1, 2 and so on. */
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'unknown'; why: string };

export const unknown = (why: string): Value => ({ kind: 'unknown', why });

export class Variables {
  readonly #values = new Map<string, Value>();
  /** Where each was exported. */
  readonly #exported = new Map<string, number>();
  readonly #never: ReadonlyMap<string, string>;
  #doubt: string | null = null;
  #doubtForGood: string | null = null;
  /** Position in the script of the statement that is followed. */
  at = 0;
  /** The first statement after which any variable may have been set, and exported. */
  doubtedAt: number | null = null;
  #areAllExported = false;
  /** `IFS` was changed, so what unquoted variables split into is not certain. */
  isSplittingChanged = false;

  /** `never`: variables that are not followed, and why. */
  constructor(never: ReadonlyMap<string, string> = new Map()) {
    this.#never = never;
  }

  get(name: string): Value {
    if (this.#doubtForGood !== null) return unknown(this.#doubtForGood);
    const why = this.#never.get(name);
    if (why !== undefined) return unknown(why);
    return this.#values.get(name) ?? unknown(this.#doubt ?? `nothing in the user data sets ${name}`);
  }

  /** Assigned variables are exported by themselves (`set -a`). */
  get areAllExported(): boolean {
    return this.#areAllExported;
  }

  set areAllExported(areAllExported: boolean) {
    this.#areAllExported = areAllExported;
    // Functions may be called from here on.
    if (areAllExported) for (const name of this.#never.keys()) this.export(name);
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
    if (this.areAllExported || this.#exported.has(name)) this.#exported.set(name, this.at);
    if (name === 'IFS') this.isSplittingChanged = true;
  }

  export(name: string): void {
    this.#exported.set(name, this.at);
  }

  /** What programs that the script starts are given, and where it was set. */
  exported(): { name: string; value: Value; at: number }[] {
    return [...this.#exported].map(([name, at]) => ({ name, value: this.get(name), at }));
  }

  /** Anything may have been set: nothing that was known is certain any more. */
  doubt(why: string): void {
    this.#doubt = why;
    this.doubtedAt ??= this.at;
    for (const name of this.#values.keys()) this.#values.set(name, unknown(why));
  }

  /** Anything may be set from now on, too. */
  doubtForGood(why: string): void {
    this.#doubtForGood = why;
    this.doubtedAt ??= this.at;
  }
}
