/** What every protocol can do with a request. The wire knows no more of a protocol than this. */

import type { CommonErrorCodes } from '../errors.ts';
import type { PathStep } from '../fitting.ts';
import type { RawResponse, WireRequest } from '../messages.ts';
import type { Refusal } from '../refusals.ts';
import type { ServiceModel } from '../service-models.ts';
import type { Operation } from '../shapes.ts';

export interface Found {
  readonly operation: Operation;
  /** The input. Throws an AwsError when what was sent cannot be read. */
  read(): unknown;
}

/** What an answer is an answer to. */
export interface Answered {
  readonly request: WireRequest;
  readonly requestId: string;
  /** Undefined when the request was refused before the service was known. */
  readonly model: ServiceModel | undefined;
}

export interface Protocol {
  readonly commonErrors: CommonErrorCodes;
  /** Whether the awsQueryError trait counts. */
  readonly isQuery: boolean;
  /** What the request asks for, for messages: an operation's name, or a method and path. */
  asks(request: WireRequest): string;
  find(request: WireRequest, model: ServiceModel): Found | undefined;
  /** The service's words for required members that were not sent. There is at least one. */
  phraseMissing(members: readonly (readonly PathStep[])[]): string;
  /** `output` fits the operation's shape. */
  answer(operation: Operation, output: unknown, answered: Answered): RawResponse;
  refuse(refusal: Refusal, answered: Answered): RawResponse;
}

/** Clients look for the request id under either name. */
export const requestIdHeaders = (requestId: string): Record<string, string> => ({
  'x-amzn-RequestId': requestId,
  'x-amz-request-id': requestId,
});

/**
 * How the framework behind most services puts it, e.g. "1 validation error detected: Value null at
 * 'parameterFilters.1.member.key' failed to satisfy constraint: Member must not be null".
 */
export const phraseMissingMembers = (members: readonly (readonly PathStep[])[]): string => {
  const each = members.map(
    (path) => `Value null at '${pathText(path)}' failed to satisfy constraint: Member must not be null`,
  );
  return `${each.length} validation error${each.length === 1 ? '' : 's'} detected: ${each.join('; ')}`;
};

const pathText = (path: readonly PathStep[]): string =>
  path.map((step) => ('listElement' in step ? `${step.listElement}.member` : lowerFirst(step.member.name))).join('.');

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** Services that once spoke awsQuery still tell clients that ask for it the old code: awsQueryCompatible. */
export const queryErrorHeaders = (refusal: Refusal, { request }: Answered): Record<string, string> =>
  request.headers['x-amzn-query-mode'] === undefined ? {} : { 'x-amzn-query-error': refusal.queryError };
