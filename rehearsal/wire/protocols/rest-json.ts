/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */

import { writeMembers } from '../documents.ts';
import { commonErrorCodes } from '../errors.ts';
import type { Structure } from '../fitting.ts';
import { restJson, toJson } from '../json.ts';
import { readRestInput, writeRestOutput } from '../rest-bindings.ts';
import { routeOf } from '../rest-routing.ts';
import { type Protocol, phraseMissingMembers, queryErrorHeaders, requestIdHeaders } from './protocol.ts';

export const restJsonProtocol: Protocol = {
  commonErrors: commonErrorCodes.rest,
  isQuery: false,
  asks: ({ method, path }) => `${method} ${path}`,
  find: (request, model) => {
    const route = routeOf(model, request);
    return route && { operation: route.operation, read: () => readRestInput(route, request) };
  },
  phraseMissing: phraseMissingMembers,
  answer: (operation, output, { requestId }) => {
    const { status, headers, body } = writeRestOutput(operation.output, output as Structure);
    return {
      status: status ?? operation.http?.status ?? 200,
      headers: { ...requestIdHeaders(requestId), ...headers },
      body,
    };
  },
  refuse: (refusal, answered) => ({
    status: refusal.status,
    headers: {
      ...requestIdHeaders(answered.requestId),
      'content-type': 'application/json',
      'x-amzn-ErrorType': refusal.code,
      ...queryErrorHeaders(refusal, answered),
    },
    body: toJson({
      [refusal.messageName]: refusal.message,
      ...writeMembers(restJson, refusal.members, refusal.values),
    }),
  }),
};
