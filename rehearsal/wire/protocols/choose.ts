/** Which protocol a request speaks, told by its shape alone: a service may be spoken to in more than one. */

import { contentTypeOf, type WireRequest } from '../messages.ts';
import type { ServiceModel } from '../service-models.ts';
import { awsJsonProtocol } from './aws-json.ts';
import { awsQueryProtocol } from './aws-query.ts';
import { ec2QueryProtocol } from './ec2-query.ts';
import type { Protocol } from './protocol.ts';
import { restJsonProtocol } from './rest-json.ts';
import { rpcV2CborProtocol } from './rpc-v2-cbor.ts';

/** @param model the service, where the signature named one we know; EC2's forms look like those of the other services */
export const protocolOf = (request: WireRequest, model: ServiceModel | undefined): Protocol => {
  const contentType = contentTypeOf(request);
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') return rpcV2CborProtocol;
  if (request.headers['x-amz-target'] !== undefined || contentType.startsWith('application/x-amz-json-')) {
    return awsJsonProtocol;
  }
  if (contentType === 'application/x-www-form-urlencoded' || request.query.has('Action')) {
    return model?.protocol === 'ec2Query' ? ec2QueryProtocol : awsQueryProtocol;
  }
  return restJsonProtocol;
};
