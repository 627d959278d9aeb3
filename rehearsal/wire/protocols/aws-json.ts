/**
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html and
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html; they differ in their content type and in whether an
 * error is named with its namespace.
 */

import { writeMembers } from '../documents.ts';
import { commonErrorCodes } from '../errors.ts';
import { awsJson as format, readJson, toJson, writeJson } from '../json.ts';
import { contentTypeOf, headerOf, type WireRequest } from '../messages.ts';
import { type Answered, type Protocol, phraseMissingMembers, queryErrorHeaders, requestIdHeaders } from './protocol.ts';

const JSON_1_0 = 'application/x-amz-json-1.0';
const JSON_1_1 = 'application/x-amz-json-1.1';

const versionOf = (request: WireRequest): string => (contentTypeOf(request) === JSON_1_0 ? JSON_1_0 : JSON_1_1);

/** `AmazonSSM.GetParameter` → `GetParameter`. What stands before the dot is left unread: the signature says the service. */
const target = (request: WireRequest): string => headerOf(request, 'x-amz-target')?.split('.').at(-1) ?? '';

const headers = ({ request, requestId }: Answered): Record<string, string> => ({
  ...requestIdHeaders(requestId),
  'content-type': versionOf(request),
});

export const awsJsonProtocol: Protocol = {
  commonErrors: commonErrorCodes.json,
  isQuery: false,
  asks: target,
  find: (request, model) => {
    const operation = model.operations.get(target(request));
    return operation && { operation, read: () => readJson(format, operation.input, request.body) };
  },
  phraseMissing: phraseMissingMembers,
  answer: (operation, output, answered) => ({
    status: 200,
    headers: headers(answered),
    body: operation.output.kind === 'unit' ? '' : writeJson(format, operation.output, output),
  }),
  refuse: (refusal, answered) => ({
    status: refusal.status,
    headers: { ...headers(answered), ...queryErrorHeaders(refusal, answered) },
    body: toJson({
      __type: versionOf(answered.request) === JSON_1_0 ? refusal.id : refusal.code,
      [refusal.messageName]: refusal.message,
      ...writeMembers(format, refusal.members, refusal.values),
    }),
  }),
};
