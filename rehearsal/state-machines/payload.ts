/**
 * JSON that travels between states, with the text it has in the history.
 *
 * Value and text are both made at most once: most states hand on what they were given, and a poll loop does so
 * thousands of times.
 */

import { StateFailure } from './errors.ts';

/** 256 KiB of UTF-8 for the input or output of a state, a task or an execution (service-quotas.html). */
export const mostPayloadBytes = 262_144;

export class Payload {
  readonly value: unknown;
  #text: string | undefined;

  /** @param value JSON; nobody changes it afterwards */
  constructor(value: unknown, text?: string) {
    this.value = value;
    this.#text = text;
  }

  /** An array whose text is put together from the texts its items have already. */
  static array(items: readonly Payload[]): Payload {
    return new Payload(
      items.map(({ value }) => value),
      `[${items.map(({ text }) => text).join(',')}]`,
    );
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.value);
    return this.#text;
  }

  get isTooLarge(): boolean {
    const { text } = this;
    // A UTF-16 code unit takes at most three bytes of UTF-8: short texts need no counting.
    return text.length * 3 > mostPayloadBytes && Buffer.byteLength(text) > mostPayloadBytes;
  }
}

/** The cause is AWS's own sentence; for a task it names the resource type, for a state its name. */
export const dataLimitExceeded = (name: string): StateFailure =>
  new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
