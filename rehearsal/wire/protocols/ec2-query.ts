/**
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html; the request ids stand where EC2 puts them:
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-response
 */

import { commonErrorCodes } from '../errors.ts';
import type { PathStep } from '../fitting.ts';
import { queryKey, readQuery } from '../query-request.ts';
import { element, escapeXml, writeXmlMembers } from '../xml-response.ts';
import { action, outputXml, parametersOf, xmlHeaders, xmlRoot } from './aws-query.ts';
import type { Protocol } from './protocol.ts';

const pathText = (path: readonly PathStep[]): string =>
  path.map((step) => ('listElement' in step ? step.listElement : queryKey('ec2Query', step.member))).join('.');

export const ec2QueryProtocol: Protocol = {
  commonErrors: commonErrorCodes.ec2,
  isQuery: true,
  asks: action,
  find: (request, model) => {
    const operation = model.operations.get(action(request));
    return operation && { operation, read: () => readQuery('ec2Query', operation.input, parametersOf(request)) };
  },
  phraseMissing: ([first = []]) => `The request must contain the parameter ${pathText(first)}`,
  answer: ({ name, output: shape }, output, { requestId, model }) => ({
    status: 200,
    headers: xmlHeaders(requestId),
    body: xmlRoot(
      `${name}Response`,
      model?.xmlNamespace,
      element('requestId', escapeXml(requestId)) + outputXml(shape, output),
    ),
  }),
  refuse: (refusal, { requestId }) => ({
    status: refusal.status,
    headers: xmlHeaders(requestId),
    body: xmlRoot(
      'Response',
      undefined,
      element(
        'Errors',
        element(
          'Error',
          element('Code', escapeXml(refusal.code)) +
            element('Message', escapeXml(refusal.message)) +
            writeXmlMembers(refusal.members, refusal.values),
        ),
      ) + element('RequestID', escapeXml(requestId)),
    ),
  }),
};
