/** Lambda's Invoke, for people who call a function by its name (Lambda API reference). */
import type * as client from '@aws-sdk/client-lambda';
import { Uint8ArrayBlobAdapter } from '@smithy/core/serde';
import type { InvocationResult } from '../lambda/function-host.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';

export const lambdaOperations = (
  invoke: (name: string, event: unknown) => Promise<InvocationResult> | undefined,
): Operations<typeof client> => ({
  Invoke: async ({ FunctionName, Payload, InvocationType }) => {
    if (InvocationType !== undefined && InvocationType !== 'RequestResponse') {
      throw new AwsError('InvalidParameterValueException', `InvocationType ${InvocationType} is not played`);
    }
    const invoked = invoke(FunctionName, eventOf(Payload));
    if (invoked === undefined) {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${FunctionName}`, {}, { status: 404 });
    }
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

const eventOf = (payload: unknown): unknown => {
  try {
    return payload instanceof Uint8Array && payload.length > 0 ? JSON.parse(new TextDecoder().decode(payload)) : {};
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
  }
};
