/** Operations as plain typed functions, by service, and how a wire's `serve` is made of them. */

import type { Call, Serve } from './call.ts';
import { notPlayed } from './errors.ts';

/** The input of a command class, its required members present: the wire refuses calls without them. */
type InputOf<Command> = Command extends new (
  ...input: never[]
) => { readonly input: infer Input }
  ? { [Name in keyof Input]: Record<never, never> extends Pick<Input, Name> ? Input[Name] : NonNullable<Input[Name]> }
  : never;

/** The output of a command class, without what its client adds. */
type OutputOf<Command> = Command extends new (
  ...input: never[]
) => { resolveMiddleware(...of: never[]): (...input: never[]) => Promise<{ output: infer Output }> }
  ? keyof Output extends '$metadata'
    ? // biome-ignore lint/suspicious/noConfusingVoidType: an operation without output may return nothing
      void | Record<never, never>
    : Omit<Output, '$metadata'>
  : never;

/**
 * The operations of a service that are played: `const operations: Operations<typeof eks> = { DescribeCluster: … }`,
 * where `eks` is the module of the SDK client.
 */
export type Operations<Client> = {
  readonly [Name in keyof Client as Name extends `${infer Operation}Command` ? Operation : never]?: (
    input: InputOf<Client[Name]>,
    call: Call,
  ) => OutputOf<Client[Name]> | Promise<OutputOf<Client[Name]>>;
};

/** Plays the operations of each service (by its IAM name) and refuses loudly every other. */
export const play =
  (services: Readonly<Record<string, object>>): Serve =>
  async (call) => {
    const operations = services[call.service] as Record<string, (input: unknown, call: Call) => unknown> | undefined;
    const operation = operations?.[call.operation];
    if (operation === undefined) throw notPlayed(call);
    return operation(call.input, call);
  };
