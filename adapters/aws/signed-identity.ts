import { GetCallerIdentityCommand, STSClient, STSServiceException } from '@aws-sdk/client-sts';
import type { SignedIdentities } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/**
 * Who signed a request to STS that was never sent: it is sent now, as it was signed, and STS says whose it is. STS takes
 * no signature that is older than some minutes, and none whose headers were touched (IAM user guide, signing AWS API
 * requests).
 */
export const stsSignedIdentities = (): SignedIdentities => ({
  callerOf: async (headers) => {
    const sts = new STSClient({
      ...clientSettings,
      signer: async () => ({
        sign: async (request) => Object.assign(request, { headers: { ...headers } }),
      }),
    });
    try {
      const { Arn } = await calling('sts:GetCallerIdentity', () => sts.send(new GetCallerIdentityCommand({})));
      return Arn ?? null;
    } catch (error) {
      // It was not signed by anybody STS knows, or not now, or not for this place.
      if (isRefusal(error)) return null;
      throw error;
    }
  },
});

const isRefusal = (error: unknown): boolean => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof STSServiceException && cause.$fault === 'client';
};
