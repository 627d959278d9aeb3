/**
 * Bearer tokens of EKS: a presigned STS GetCallerIdentity, with the cluster's name in a signed header. The API server
 * replays it with its own cluster's name, so a token for another cluster does not fit (aws-iam-authenticator).
 */
import { Sha256Node } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/transport';
import { SignatureV4 } from '@smithy/signature-v4';

export type Bearer =
  | { accessKeyId: string; fits(clusterName: string, credentials: Secret): Promise<boolean> }
  | undefined;

export interface Secret {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Reads an Authorization header; undefined when it holds no token of EKS. */
export const readBearer = (authorization: string | undefined): Bearer => {
  const encoded = /^Bearer k8s-aws-v1\.([A-Za-z0-9_-]+)$/.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64url').toString();
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const [accessKeyId, , region] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const signature = url.searchParams.get('X-Amz-Signature');
  if (accessKeyId === undefined || region === undefined || signature === null) return undefined;
  return {
    accessKeyId,
    fits: async (clusterName, credentials) => (await signed(url, clusterName, region, credentials)) === signature,
  };
};

/** The date of a token is not checked: pretend time is not the machine's. */
const signed = async (url: URL, clusterName: string, region: string, credentials: Secret): Promise<string> => {
  const date = url.searchParams.get('X-Amz-Date') ?? '';
  const signingDate = new Date(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256: Sha256Node });
  const presigned = await signer.presign(
    new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname: url.hostname,
      path: '/',
      headers: { host: url.hostname, 'x-k8s-aws-id': clusterName },
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    }),
    {
      signingDate,
      expiresIn: Number(url.searchParams.get('X-Amz-Expires') ?? 60),
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
      signableHeaders: new Set(['host', 'x-k8s-aws-id']),
    },
  );
  return String(presigned.query?.['X-Amz-Signature']);
};
