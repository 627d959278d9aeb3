/** Lambda's Invoke, by a function's name or ARN, with the answer or without waiting for it (Lambda API reference, Invoke). */
import type * as client from '@aws-sdk/client-lambda';
import { Uint8ArrayBlobAdapter } from '@smithy/core/serde';
import type { InvocationResult } from '../lambda/function-host.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';
import { answerOf } from '../world/customer-functions.ts';
import type { World } from '../world/world.ts';

export const lambdaOperations = (
  world: World,
  invoke: (name: string, event: unknown) => Promise<InvocationResult> | undefined,
  /** Puts the event into the function's queue; false: there is no such function. */
  enqueue: (name: string, event: unknown) => boolean,
): Operations<typeof client> => ({
  Invoke: async ({ FunctionName, Payload, InvocationType }) => {
    if (InvocationType === 'Event') {
      if (!enqueue(FunctionName, eventOf(Payload))) throw notFound(FunctionName);
      return { StatusCode: 202 };
    }
    const own = world.customerFunctions.get(FunctionName.split(':function:').at(-1) ?? '');
    if (own !== undefined) {
      // It says whether the caller may, and runs nothing.
      if (InvocationType === 'DryRun') return { StatusCode: 204 };
      const { payload, isFailed } = answerOf(world, own, eventOf(Payload));
      return {
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        Payload: Uint8ArrayBlobAdapter.fromString(JSON.stringify(payload)),
        ...(isFailed ? { FunctionError: 'Unhandled' } : {}),
      };
    }
    if (InvocationType === 'DryRun') throw notFound(FunctionName);
    if (InvocationType !== undefined && InvocationType !== 'RequestResponse') {
      throw new AwsError('InvalidParameterValueException', `InvocationType ${InvocationType} is not played`);
    }
    const invoked = invoke(FunctionName, eventOf(Payload));
    if (invoked === undefined) throw notFound(FunctionName);
    const result = await invoked;
    const isFailed = result.status === 'failed';
    const payload = isFailed ? result.error : result.payload;
    return {
      StatusCode: 200,
      ExecutedVersion: '1',
      Payload: Uint8ArrayBlobAdapter.fromString(JSON.stringify(payload ?? null)),
      ...(isFailed ? { FunctionError: 'Unhandled' } : {}),
    };
  },
});

const notFound = (name: string): AwsError =>
  new AwsError('ResourceNotFoundException', `Function not found: ${name}`, {}, { status: 404 });

const eventOf = (payload: unknown): unknown => {
  try {
    return payload instanceof Uint8Array && payload.length > 0 ? JSON.parse(new TextDecoder().decode(payload)) : {};
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
  }
};
