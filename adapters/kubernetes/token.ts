import { Sha256Node } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/transport';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity } from '@smithy/types';

/**
 * A bearer token for the Kubernetes API of an EKS cluster: a presigned STS GetCallerIdentity with the cluster's name in
 * a signed header (aws-cli, customizations/eks/get_token.py). EKS accepts it for about 15 minutes, whatever
 * X-Amz-Expires says. Nothing is sent to STS by us.
 */
export const bearerToken = async (
  clusterName: string,
  region: string,
  credentials: () => Promise<AwsCredentialIdentity>,
): Promise<string> => {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const hostname = `sts.${region}.${suffix}`;
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256: Sha256Node });
  const clusterHeader = 'x-k8s-aws-id';
  const presigned = await signer.presign(
    new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      headers: { host: hostname, [clusterHeader]: clusterName },
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    }),
    // Headers beginning with x- would be moved into the query; this one must stay a header, and be signed.
    { expiresIn: 60, unhoistableHeaders: new Set([clusterHeader]), signableHeaders: new Set(['host', clusterHeader]) },
  );
  const query = Object.entries(presigned.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`;
};
