/** https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */

import { cborFormat, readCbor, toCbor, writeCbor } from '../cbor.ts';
import { writeMembers } from '../documents.ts';
import { commonErrorCodes } from '../errors.ts';
import type { WireRequest } from '../messages.ts';
import { type Protocol, phraseMissingMembers, queryErrorHeaders, requestIdHeaders } from './protocol.ts';

/** `…/service/GraniteServiceVersion20100801/operation/DescribeAlarms` → `DescribeAlarms`. */
const operationName = ({ path }: WireRequest): string => /\/service\/[^/]+\/operation\/([^/]+)$/.exec(path)?.[1] ?? '';

const PROTOCOL = { 'smithy-protocol': 'rpc-v2-cbor' };
const CBOR_BODY = { ...PROTOCOL, 'content-type': 'application/cbor' };

export const rpcV2CborProtocol: Protocol = {
  commonErrors: commonErrorCodes.cbor,
  isQuery: false,
  asks: operationName,
  find: (request, model) => {
    const operation = model.operations.get(operationName(request));
    return operation && { operation, read: () => readCbor(operation.input, request.body) };
  },
  phraseMissing: phraseMissingMembers,
  answer: ({ output: shape }, output, { requestId }) =>
    shape.kind === 'unit'
      ? { status: 200, headers: { ...requestIdHeaders(requestId), ...PROTOCOL }, body: '' }
      : { status: 200, headers: { ...requestIdHeaders(requestId), ...CBOR_BODY }, body: writeCbor(shape, output) },
  refuse: (refusal, answered) => ({
    status: refusal.status,
    headers: {
      ...requestIdHeaders(answered.requestId),
      ...CBOR_BODY,
      ...queryErrorHeaders(refusal, answered),
    },
    body: toCbor({
      __type: refusal.id,
      [refusal.messageName]: refusal.message,
      ...writeMembers(cborFormat, refusal.members, refusal.values),
    }),
  }),
};
