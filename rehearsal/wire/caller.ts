/**
 * Who calls, and which service they mean. Both stand in the credential scope of the signature, which is not checked:
 * any key is good here, and what a key may do is for the owner of the wire to say.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */

import { headerOf, type WireRequest } from './messages.ts';

export interface Caller {
  readonly accessKeyId: string | undefined;
  readonly sessionToken: string | undefined;
  readonly region: string;
}

export interface Signature {
  readonly signingName: string;
  readonly caller: Caller;
}

/** The signature of a request, from its Authorization header or from its presigned URL; undefined when it has none. */
export const signatureOf = (request: WireRequest): Signature | undefined => {
  const authorization = headerOf(request, 'authorization');
  const credential = /Credential=([^,\s]+)/.exec(authorization ?? '')?.[1] ?? request.query.get('X-Amz-Credential');
  // AKID/20261123/us-east-1/eks/aws4_request; a multi-region signature (SigV4a) leaves the Region out.
  const scope = credential?.split('/') ?? [];
  const [accessKeyId, signingName] = [scope[0], scope.at(-2)];
  if (accessKeyId === undefined || signingName === undefined || scope.length < 4) return undefined;
  const region = scope.length > 4 ? scope.at(-3) : headerOf(request, 'x-amz-region-set');
  const sessionToken = headerOf(request, 'x-amz-security-token') ?? request.query.get('X-Amz-Security-Token');
  return { signingName, caller: { accessKeyId, sessionToken: sessionToken ?? undefined, region: region ?? '' } };
};
