/**
 * Faults by what can be done about them. The state machines retry `TransientFault` and `LedgerConflict` by name; anything
 * else ends in a hold. The name must not begin with `States.`, which Step Functions keeps for itself.
 */
export class TransientFault extends Error {
  override readonly name = 'TransientFault';
}

/** AWS or Kubernetes says no. Trying again would not help. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
}

/** Somebody else wrote the item in between; reading again and deciding anew helps. */
export class LedgerConflict extends Error {
  override readonly name = 'LedgerConflict';
}

/** An error of the SDK, as far as it tells what kind it is. */
interface SdkError {
  name: string;
  message: string;
  Code?: string;
  $fault?: 'client' | 'server';
  $retryable?: { throttling?: boolean };
  $metadata?: { httpStatusCode?: number };
  code?: string;
}

const isSdkError = (error: unknown): error is SdkError => error instanceof Error;

const throttlingNames = [
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'RequestThrottled',
  'SlowDown',
];

/** Connections that broke or were never made; the request may or may not have had its effect. */
const connectionCodes = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'];

const denialNames = ['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation', 'UnauthorizedException'];

/** The error's code, whichever protocol brought it. */
export const codeOf = (error: unknown): string => (isSdkError(error) ? (error.Code ?? error.name) : 'Unknown');

/** Runs one call and names what went wrong: the call, the service's own words, and what kind of fault it is. */
export const calling = async <T>(call: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    throw named(call, error);
  }
};

const named = (call: string, error: unknown): unknown => {
  if (!isSdkError(error)) return error;
  const code = codeOf(error);
  const message = `${call}: ${code}: ${error.message}`;
  if (denialNames.includes(code)) return new AccessDenied(message, { cause: error });
  const isTransient =
    throttlingNames.includes(code) ||
    error.$fault === 'server' ||
    error.$retryable !== undefined ||
    (error.$metadata?.httpStatusCode ?? 0) >= 500 ||
    connectionCodes.includes(error.code ?? '') ||
    error.name === 'TimeoutError';
  return isTransient ? new TransientFault(message, { cause: error }) : error;
};

/** Runs one call; the named errors are answers, not faults. */
export const callingUnless = async <T, U>(
  call: string,
  run: () => Promise<T>,
  answers: Readonly<Record<string, (error: Error) => U>>,
): Promise<T | U> => {
  try {
    return await run();
  } catch (error) {
    const answer = answers[codeOf(error)];
    if (answer !== undefined && error instanceof Error) return answer(error);
    throw named(call, error);
  }
};
