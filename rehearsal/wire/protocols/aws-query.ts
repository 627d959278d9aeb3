/** https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */

import { commonErrorCodes } from '../errors.ts';
import type { Structure } from '../fitting.ts';
import type { WireRequest } from '../messages.ts';
import { readQuery } from '../query-request.ts';
import type { Shape } from '../shapes.ts';
import { element, escapeXml, writeXmlMembers } from '../xml-response.ts';
import { type Protocol, phraseMissingMembers, requestIdHeaders } from './protocol.ts';

/** The form in the body or, in a GET (a presigned GetCallerIdentity is one), in the query string. */
export const parametersOf = (request: WireRequest): URLSearchParams =>
  request.body.length === 0 ? request.query : new URLSearchParams(request.body.toString('utf8'));

export const action = (request: WireRequest): string => parametersOf(request).get('Action') ?? '';

export const xmlHeaders = (requestId: string): Record<string, string> => ({
  ...requestIdHeaders(requestId),
  'content-type': 'text/xml;charset=UTF-8',
});

/** The elements of an output; operations without one have none. */
export const outputXml = (shape: Shape, output: unknown): string =>
  shape.kind === 'structure' ? writeXmlMembers(shape.members, output as Structure) : '';

export const xmlRoot = (name: string, xmlNamespace: string | undefined, inside: string): string => {
  const attribute = xmlNamespace === undefined ? '' : ` xmlns="${escapeXml(xmlNamespace)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${attribute}>${inside}</${name}>`;
};

export const awsQueryProtocol: Protocol = {
  commonErrors: commonErrorCodes.query,
  isQuery: true,
  asks: action,
  find: (request, model) => {
    const operation = model.operations.get(action(request));
    return operation && { operation, read: () => readQuery('awsQuery', operation.input, parametersOf(request)) };
  },
  phraseMissing: phraseMissingMembers,
  answer: ({ name, output: shape }, output, { requestId, model }) => {
    const result = shape.kind === 'structure' ? element(`${name}Result`, outputXml(shape, output)) : '';
    const metadata = element('ResponseMetadata', element('RequestId', escapeXml(requestId)));
    return {
      status: 200,
      headers: xmlHeaders(requestId),
      body: xmlRoot(`${name}Response`, model?.xmlNamespace, result + metadata),
    };
  },
  refuse: (refusal, { requestId, model }) => ({
    status: refusal.status,
    headers: xmlHeaders(requestId),
    body: xmlRoot(
      'ErrorResponse',
      model?.xmlNamespace,
      element(
        'Error',
        element('Type', refusal.fault) +
          element('Code', escapeXml(refusal.code)) +
          element('Message', escapeXml(refusal.message)) +
          writeXmlMembers(refusal.members, refusal.values),
      ) + element('RequestId', escapeXml(requestId)),
    ),
  }),
};
